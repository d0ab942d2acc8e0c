"""What the check finds: damage, gaps, wrong labels, and differences from the published totals."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from unusual.data.check import ClipCheck, check_dataset
from unusual.data.published import Totals
from unusual.domain import ReadReport, Wholeness
from unusual.errors import DataError

SHARED = Path(__file__).parents[2].parent / "shared"


def frames(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for i in range(count):
        cv2.imwrite(str(folder / f"{i:03d}.png"), np.full((16, 24), i, np.uint8))
    return folder


def video(path: Path, count: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for i in range(count):
        writer.write(np.random.default_rng(i).integers(0, 255, (48, 64, 3), dtype=np.uint8))
    writer.release()
    return path


def lobby(root: Path) -> Path:  # a set in the shared layout that nobody published
    frames(root / "training/frames/01", 3)
    frames(root / "testing/frames/01", 4)
    frames(root / "testing/frames/02", 3)
    np.save(root / "frame_labels.npy", np.array([0, 1, 1, 0, 0, 0, 1]))
    return root


def test_a_whole_set_has_no_problems(tmp_path):
    check = check_dataset(lobby(tmp_path / "lobby"))
    assert (check.name, check.layout, check.root) == ("own", "shared layout", tmp_path / "lobby")
    assert (check.train, check.test) == (Totals(1, 3), Totals(2, 7, 3))
    assert check.known_train is None and check.known_test is None and check.problems == ()
    assert check.clips[1] == ClipCheck("test", "01", ReadReport(Wholeness.COMPLETE, 4, 4), 2)


def test_progress_names_the_clip_being_read(tmp_path):
    calls = []
    check_dataset(lobby(tmp_path / "lobby"), lambda *call: calls.append(call))
    assert calls == [(0, 3, "train/01"), (1, 3, "test/01"), (2, 3, "test/02"), (3, 3, "")]


def test_a_missing_frame_is_named(tmp_path):
    root = lobby(tmp_path / "lobby")
    (root / "training/frames/01/001.png").unlink()
    assert check_dataset(root).problems == ("train clip 01: frame 1 is missing",)


def test_an_empty_clip_is_unreadable(tmp_path):
    root = lobby(tmp_path / "lobby")
    (root / "training/frames/02").mkdir()
    check = check_dataset(root)
    assert check.clips[1].read.wholeness is Wholeness.UNREADABLE
    assert len(check.problems) == 1 and check.problems[0].startswith("train clip 02: unreadable, 0 frames: ")


def test_damaged_videos_are_told_from_whole_ones(tmp_path):
    whole = video(tmp_path / "normal/a.avi", 12)
    video(tmp_path / "test/cut.avi", 12).write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (tmp_path / "test/noise.avi").write_bytes(b"no video at all")
    (tmp_path / "labels.csv").write_text("video,start_s,end_s\ncut,0,1\n")
    check = check_dataset(tmp_path)
    assert [clip.read.wholeness for clip in check.clips] == ["complete", "partial", "unreadable"]
    assert 0 < check.clips[1].read.decoded < 12
    assert [problem.split(",")[0] for problem in check.problems] == [
        "test clip cut: partial",
        "test clip noise: unreadable",
    ]


def test_a_change_of_size_ends_a_clip(tmp_path):
    root = lobby(tmp_path / "lobby")
    cv2.imwrite(str(root / "training/frames/01/002.png"), np.zeros((20, 30), np.uint8))
    check = check_dataset(root)
    assert (check.clips[0].read.wholeness, check.clips[0].read.decoded) == (Wholeness.PARTIAL, 2)
    assert len(check.problems) == 1 and check.problems[0].startswith("train clip 01: partial, 2 of 3 frames: ")


def test_time_stamps_that_the_reader_had_to_make_up_are_told(tmp_path):
    (tmp_path / "normal").mkdir()
    with av.open(str(tmp_path / "normal/raw.h264"), "w") as container:  # a bare stream has no time stamps
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        for i in range(5):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 40 * i, np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    check = check_dataset(tmp_path)
    assert check.clips[0].read.wholeness is Wholeness.COMPLETE
    assert len(check.problems) == 1 and "time stamps" in check.problems[0]


def test_labels_that_do_not_fit_are_named(tmp_path):
    root = lobby(tmp_path / "lobby")
    (root / "testing/test_frame_mask").mkdir()
    np.save(root / "testing/test_frame_mask/01.npy", np.array([0, 1, 1, 1]))
    first, second = check_dataset(root).problems
    assert first.startswith("test clip 01: ") and first.endswith("01.npy disagree on 1 of 4 frames")
    assert second.startswith("test clip 02: no label file ")


def test_a_second_source_that_cannot_be_read_is_named(tmp_path):
    root = lobby(tmp_path / "lobby")
    (root / "UCSDped9.m").write_text("gt_frame = [2:3];\ngt_frame = [3:9];\n")
    (root / "testing/frames/02").rename(tmp_path / "elsewhere")
    problems = check_dataset(root).problems
    assert len(problems) == 1 and problems[0].endswith("7 labels, but the test clips have 4 frames together")


def test_a_clip_without_labels_among_labelled_ones_is_named(tmp_path):
    for name in ("a", "b"):
        video(tmp_path / f"test/{name}.avi", 3)
    (tmp_path / "masks").mkdir()
    np.savez(tmp_path / "masks/a.npz", masks=np.ones((3, 48, 64), bool))
    check = check_dataset(tmp_path)
    assert check.problems == ("test clip b: has no ground truth, others of the set have",)
    assert (check.test.abnormal, check.clips[1].abnormal) == (3, None)


def test_a_published_set_is_held_against_its_totals(tmp_path):
    root = tmp_path / "UCSDped1"
    for number in range(1, 37):
        if number != 7:
            frames(root / f"Test/Test{number:03d}", 0 if number == 3 else 200 if number == 2 else 2)
    problems = check_dataset(root).problems
    assert problems[0].startswith("test clip Test003: unreadable, 0 frames")
    assert problems[1:5] == (
        "train: 0 clips; ped1 has 34",
        "train: 0 frames; ped1 has 6800",
        "test: clip Test007 is missing; ped1 has 36",
        "test: clip Test001 has 2 frames; ped1 has 200",
    )
    assert problems[5].startswith("test: clip Test004 ")  # Test002 is whole, Test003 was told
    assert problems[-2:] == ("test: 35 clips; ped1 has 36", "test: 266 frames; ped1 has 7200")


def test_missing_clips_are_one_line(tmp_path):
    for number in (4, 9):
        frames(tmp_path / f"UCSDped1/Test/Test{number:03d}", 200)
    missing = [problem for problem in check_dataset(tmp_path / "UCSDped1").problems if "missing" in problem]
    first = ", ".join(f"Test{number:03d}" for number in (1, 2, 3, 5, 6, 7))
    assert missing == [f"test: clips {first} and 28 more are missing; ped1 has 36"]


def test_a_name_that_was_guessed_is_called_a_guess(tmp_path):
    frames(tmp_path / "UCSDped1/Test/Test002", 200)
    assert check_dataset(tmp_path / "UCSDped1").notes[0] == "ped1: a guess, by the name of its folder"
    assert check_dataset(lobby(tmp_path / "lobby")).notes == ()


def test_test_clips_without_any_labels_are_said_to_be_unlabelled(tmp_path):
    frames(tmp_path / "test/door", 3)
    check = check_dataset(tmp_path)
    assert check.notes == ("the test clips are unlabelled: they can be scored, and compared with nothing",)
    assert check.problems == ()


@pytest.mark.parametrize(("end_s", "told"), [(1.1, False), (1.2, False), (1.3, True), (60, True)])
def test_a_label_that_ends_after_its_clip_is_told(tmp_path, end_s, told):
    """Twelve frames at ten a second: the last one lasts until 1.2 s."""
    video(tmp_path / "test/a.avi", 12)
    (tmp_path / "labels.csv").write_text(f"video,start_s,end_s\na,0.5,{end_s}\n")
    check = check_dataset(tmp_path)
    said = f"test clip a: {tmp_path / 'labels.csv'}: a stretch ends at {end_s:g} s, the clip at 1.2 s"
    assert check.problems == ((said,) if told else ())
    assert check.test.abnormal == 7


def test_no_data_set_is_an_error_and_not_a_problem(tmp_path):
    with pytest.raises(DataError, match="found nothing"):
        check_dataset(tmp_path)


@pytest.mark.skipif(not (SHARED / "data/ped2").is_dir(), reason="UCSD Ped2 does not lie beside the project")
def test_real_ped2_is_whole():
    check = check_dataset(SHARED / "data/ped2")
    assert (check.name, check.problems) == ("ped2", ())
    assert (check.train, check.test) == (Totals(16, 2550), Totals(12, 2010, 1648))


@pytest.mark.skipif(not (SHARED / "data/ped2-h264").is_dir(), reason="UCSD Ped2 does not lie beside the project")
def test_real_ped2_as_videos_takes_a_row_of_labels_dropped_in(tmp_path):
    (tmp_path / "testing").symlink_to(SHARED / "data/ped2-h264/testing")
    (tmp_path / "frame_labels_ped2.npy").symlink_to(SHARED / "data/ped2/frame_labels_ped2.npy")
    check = check_dataset(tmp_path)
    assert (check.name, check.test) == ("ped2", Totals(12, 2010, 1648))
    assert check.problems == ("train: 0 clips; ped2 has 16", "train: 0 frames; ped2 has 2550")
