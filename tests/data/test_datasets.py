"""Each layout, written here on tiny frames in exactly the form in which it is handed round."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from unusual.data.datasets import DatasetVideo, open_dataset, read_masks, read_truth
from unusual.data.truth import FrameRanges, LabelFile, LabelRow, PixelMasks, SecondsTable
from unusual.errors import DataError

SHARED = Path(__file__).parents[2].parent / "shared"
REAL = pytest.mark.skipif(not (SHARED / "data/ped2").is_dir(), reason="UCSD Ped2 does not lie beside the project")


def frames(folder: Path, count: int, name: str = "{:03d}.jpg", first: int = 0) -> Path:
    folder.mkdir(parents=True)
    for i in range(first, first + count):
        cv2.imwrite(str(folder / name.format(i)), np.full((16, 24), i, np.uint8))
    return folder


def video(path: Path, count: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (32, 24))
    for i in range(count):
        writer.write(np.full((24, 32, 3), 9 * i, np.uint8))
    writer.release()
    return path


def text(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def array(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, values)


def abnormal(clip: DatasetVideo, count: int) -> list[int]:  # frames, counted from 0, of a clip at 10 a second
    truth = read_truth(clip, np.arange(count) / 10)
    assert truth is not None
    return np.flatnonzero(truth.abnormal).tolist()


def ucsd(root: Path) -> Path:
    frames(root / "Train/Train001", 3, "{:03d}.tif", 1)
    for clip in ("Test/Test001", "Test/Test002", "Test/Test003"):
        frames(root / clip, 4, "{:03d}.tif", 1)
    frames(root / "Test/Test002_gt", 4, "{:03d}.bmp", 1)
    (root / "Test/._Test004").mkdir()
    (root / "Test/.DS_Store").write_bytes(b"")
    lines = ["[1:2]", "[2:2, 4:4]", "[3:4]"]
    name = "UCSDped1.m" if "1" in root.name else "UCSDped2.m"
    text(root / "Test" / name, "TestVideoFile = {};\n" + "".join(f"x{{end+1}}.gt_frame = {x};\n" for x in lines))
    text(root / f"Test/{name}~", "a backup that an editor left")
    return root


def test_ucsd_as_distributed(tmp_path):
    dataset = open_dataset(ucsd(tmp_path / "UCSDped1"))
    assert (dataset.name, dataset.layout) == ("ped1", "UCSD as distributed")
    assert [clip.name for clip in dataset.train] == ["Train001"]
    assert [clip.name for clip in dataset.test] == ["Test001", "Test002", "Test003"]
    assert [abnormal(clip, 4) for clip in dataset.test] == [[0, 1], [1, 3], [2, 3]]
    masks = [read_masks(clip) for clip in dataset.test]
    assert masks[0] is None and masks[2] is None and masks[1] is not None
    assert np.stack(list(masks[1])).shape == (4, 16, 24)


def test_a_missing_clip_does_not_move_the_labels_of_the_others(tmp_path):
    root = ucsd(tmp_path / "renamed")
    (root / "Test/Test001").rename(tmp_path / "elsewhere")
    dataset = open_dataset(root)
    assert dataset.name == "ped2"  # by UCSDped2.m
    assert [abnormal(clip, 4) for clip in dataset.test] == [[1, 3], [2, 3]]


def test_the_folder_around_a_published_set_stands_for_it(tmp_path):
    ucsd(tmp_path / "v1p2/UCSDped2")
    text(tmp_path / "v1p2/README.txt", "")
    assert open_dataset(tmp_path / "v1p2").root == tmp_path / "v1p2/UCSDped2"
    ucsd(tmp_path / "v1p2/UCSDped1")
    with pytest.raises(DataError, match=r"several data sets, name one: .*UCSDped1, .*UCSDped2"):
        open_dataset(tmp_path / "v1p2")


def shared(root: Path) -> Path:
    frames(root / "training/frames/01", 3)
    for clip, count in (("01", 4), ("02", 3), ("10", 5)):
        frames(root / "testing/frames" / clip, count)
        (root / "testing/frames" / clip / "._000.jpg").write_bytes(b"")
    return root


ROW = np.array([[0, 1, 1, 0, *(0, 0, 1), *(1, 0, 0, 0, 1)]])
SHARED_TRUTH = [[1, 2], [2], [0, 4]]


def test_the_shared_layout_without_labels_has_no_truth(tmp_path):
    dataset = open_dataset(shared(tmp_path / "lobby"))
    assert (dataset.name, dataset.layout) == ("own", "shared layout")
    assert [clip.name for clip in dataset.test] == ["01", "02", "10"]
    assert read_truth(dataset.test[0], np.arange(4.0)) is None and read_masks(dataset.test[0]) is None


def test_labels_in_seconds_are_used_in_the_shared_layout_too(tmp_path):
    root = shared(tmp_path / "avenue")
    text(root / "labels.csv", "video,start_s,end_s\n02,0.1,0.2\n")
    dataset = open_dataset(root)
    assert dataset.name == "own", "its folder's name decides nothing"
    assert [abnormal(clip, count) for clip, count in zip(dataset.test, (4, 3, 5), strict=True)] == [[], [1, 2], []]


def write_liu(root: Path) -> None:
    cells = np.empty((1, 3), dtype=object)
    cells[0, :] = [np.array([[2], [3]], np.uint8), np.array([[3], [3]], np.uint8), np.array([[1, 5], [1, 5]], np.uint8)]
    savemat(root / "ped2.mat", {"gt": cells})


def write_frame_masks(root: Path) -> None:
    for name, labels in zip(("01", "02", "10"), np.split(ROW[0], [4, 7]), strict=True):
        array(root / f"test_frame_mask/{name}.npy", labels)


def write_mask_pictures(root: Path) -> None:
    for name, labels in zip(("01", "02", "10"), np.split(ROW[0], [4, 7]), strict=True):
        (root / "masks" / name).mkdir(parents=True)
        for i, label in enumerate(labels):
            cv2.imwrite(str(root / "masks" / name / f"{i:03d}.png"), np.full((16, 24), 255 * label, np.uint8))


WRITERS = {
    FrameRanges: write_liu,
    LabelRow: lambda root: np.save(root / "frame_labels_ped2.npy", ROW),
    LabelFile: write_frame_masks,
    PixelMasks: write_mask_pictures,
}


@pytest.mark.parametrize("kind", WRITERS, ids=lambda kind: kind.__name__)
def test_the_shared_layout_with_each_kind_of_label(tmp_path, kind):
    root = shared(tmp_path / "set")
    WRITERS[kind](root)
    dataset = open_dataset(root)
    assert all(isinstance(clip.truth, kind) and not clip.also for clip in dataset.test)
    assert [abnormal(clip, n) for clip, n in zip(dataset.test, (4, 3, 5), strict=True)] == SHARED_TRUTH
    assert (read_masks(dataset.test[0]) is not None) == (kind is PixelMasks)


def test_of_several_sources_the_publishers_own_come_first(tmp_path):
    root = shared(tmp_path / "set")
    for write in WRITERS.values():
        write(root)
    clip = open_dataset(root).test[0]
    assert [type(source) for source in (clip.truth, *clip.also)] == [LabelFile, FrameRanges, LabelRow, PixelMasks]
    text(root / "UCSDped2.m", "gt_frame = [1:1];\n" * 3)
    assert open_dataset(root).test[0].truth == FrameRanges(root / "UCSDped2.m", order=0, clips=3, number=1)


def test_the_shared_layout_holds_videos_too(tmp_path):
    root = tmp_path / "set"
    video(root / "training/01.avi", 3)
    for name, count in (("2", 3), ("10", 5), ("1", 4)):
        video(root / f"testing/{name}.avi", count)
    np.save(root / "frame_labels.npy", ROW)
    dataset = open_dataset(root)
    assert [clip.source.name for clip in dataset.test] == ["1.avi", "2.avi", "10.avi"]
    assert [abnormal(clip, n) for clip, n in zip(dataset.test, (4, 3, 5), strict=True)] == SHARED_TRUTH


def test_labels_that_do_not_fit_name_the_clip_and_both_numbers(tmp_path):
    root = shared(tmp_path / "set")
    np.save(root / "frame_labels.npy", ROW[:, :-1])
    with pytest.raises(DataError, match=r"clip 10: .*frame_labels\.npy: 11 labels, but the test clips have 12 frames"):
        read_truth(open_dataset(root).test[2], np.arange(5.0))


@pytest.mark.parametrize("where", ["testing_label_mask", "ground_truth_demo/testing_label_mask"])
def test_avenue_as_distributed(tmp_path, where):
    video(tmp_path / "training_videos/01.avi", 3)
    (tmp_path / where).mkdir(parents=True)
    for number in (1, 2, 10):
        video(tmp_path / f"testing_videos/{number:02d}.avi", 4)
        cells = np.empty((1, 4), dtype=object)
        for i in range(4):
            cells[0, i] = np.full((24, 32), i == number % 4, np.uint8)
        savemat(tmp_path / where / f"{number}_label.mat", {"volLabel": cells})
    dataset = open_dataset(tmp_path)
    assert (dataset.name, dataset.layout) == ("avenue", "Avenue as distributed")
    assert [abnormal(clip, 4) for clip in dataset.test] == [[1], [2], [2]]
    masks = read_masks(dataset.test[0])
    assert masks is not None and [mask.sum() for mask in masks] == [0, 24 * 32, 0, 0]


def test_shanghaitech_as_distributed(tmp_path):
    root = tmp_path / "set"
    video(root / "training/videos/01_001.avi", 3)
    for name in ("01_0014", "01_0015"):
        frames(root / "testing/frames" / name, 4)
    array(root / "testing/test_frame_mask/01_0014.npy", np.array([0, 1, 1, 0], np.int8))
    volume = np.zeros((4, 16, 24), np.uint8)
    volume[1:3, 2, 3] = 1
    array(root / "testing/test_pixel_mask/01_0014.npy", volume)
    dataset = open_dataset(root)
    assert (dataset.name, dataset.layout) == ("shanghaitech", "ShanghaiTech as distributed")
    assert [len(part) for part in (dataset.train, dataset.test)] == [1, 2]
    assert abnormal(dataset.test[0], 4) == [1, 2]
    masks = read_masks(dataset.test[0])
    assert masks is not None and np.array_equal(np.stack(list(masks)), volume == 1)
    with pytest.raises(DataError, match=r"clip 01_0015: no label file .*01_0015\.npy"):
        read_truth(dataset.test[1], np.arange(4.0))


def own(root: Path) -> Path:
    video(root / "normal/morning.avi", 3)
    video(root / "test/door.avi", 6)
    frames(root / "test/yard", 6)
    text(root / "test/notes.txt", "no video")
    return root


def test_your_own_videos_with_labels_in_seconds(tmp_path):
    root = own(tmp_path)
    text(root / "labels.csv", "video,start_s,end_s,kind\ndoor.avi,0.1,0.2,cart\ndoor,0.4,0.4,fall\n")
    dataset = open_dataset(root)
    assert (dataset.name, dataset.layout) == ("own", "normal/ and test/")
    assert [clip.name for clip in dataset.test] == ["door", "yard"]
    assert dataset.test[0].truth == SecondsTable(root / "labels.csv", ("door.avi", "door"))
    assert abnormal(dataset.test[0], 6) == [1, 2, 4] and abnormal(dataset.test[1], 6) == []
    truth = read_truth(dataset.test[0], np.arange(6) / 10)
    assert truth is not None and truth.kinds == ("cart", "fall")


def test_your_own_videos_with_masks(tmp_path):
    root = own(tmp_path)
    (root / "masks").mkdir()
    np.savez_compressed(root / "masks/door.npz", masks=np.arange(6)[:, None, None] % 2 * np.ones((6, 2, 2), bool) > 0)
    dataset = open_dataset(root)
    assert abnormal(dataset.test[0], 6) == [1, 3, 5]
    assert read_truth(dataset.test[1], np.arange(6.0)) is None and read_masks(dataset.test[1]) is None


@pytest.mark.parametrize("part", ["normal", "test"])
def test_one_of_the_two_folders_is_enough(tmp_path, part):
    video(tmp_path / part / "a.avi", 2)
    dataset = open_dataset(tmp_path)
    assert [len(dataset.train), len(dataset.test)] == ([1, 0] if part == "normal" else [0, 1])


def test_a_label_for_a_video_that_is_not_there_is_refused(tmp_path):
    text(own(tmp_path) / "labels.csv", "video,start_s,end_s\ndor,0,1\n")
    with pytest.raises(DataError, match="'dor' names none of the test videos"):
        open_dataset(tmp_path)


def test_videos_of_one_stem_keep_their_suffix_and_must_be_named_in_full(tmp_path):
    video(own(tmp_path) / "test/door.mkv", 2)
    assert [clip.name for clip in open_dataset(tmp_path).test] == ["door.avi", "door.mkv", "yard"]
    text(tmp_path / "labels.csv", "video,start_s,end_s\ndoor.mkv,0,1\n")
    assert abnormal(open_dataset(tmp_path).test[1], 2) == [0, 1] and abnormal(open_dataset(tmp_path).test[0], 6) == []
    text(tmp_path / "labels.csv", "video,start_s,end_s\ndoor,0,1\n")
    with pytest.raises(DataError, match="'door' names 2 of the test videos"):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("folder", "clips", "name"),
    [
        pytest.param("UCSD-Ped1", (1, 1), "ped1", id="by the folder"),
        pytest.param("Avenue", (1, 1), "avenue", id="by the folder, in capitals"),
        pytest.param("data", (16, 12), "ped2", id="by how many clips there are, where none can be counted"),
        pytest.param("data", (34, 36), "ped1", id="by how many clips another has"),
        pytest.param("data", (16, 11), "own", id="not at all"),
    ],
)
def test_a_set_in_the_shared_layout_is_recognised(tmp_path, folder, clips, name):
    for part, count in zip(("training", "testing"), clips, strict=True):
        for i in range(count):
            (tmp_path / folder / part / f"frames/{i + 1:02d}").mkdir(parents=True)
    assert open_dataset(tmp_path / folder).name == name


def counted(root, lengths, name="{:02d}"):
    """Test clips of this many pictures, which nobody looks into."""
    for number, length in enumerate(lengths, 1):
        folder = root / "testing/frames" / name.format(number)
        folder.mkdir(parents=True)
        for i in range(length):
            (folder / f"{i}.jpg").touch()
    return root


def named(root):
    dataset = open_dataset(root)
    return dataset.name, dataset.note


def test_any_clips_are_not_taken_for_those_of_a_set_that_has_as_many(tmp_path):
    for number in range(16):
        (tmp_path / f"mine/training/frames/{number}").mkdir(parents=True)
    mine = counted(tmp_path / "mine", [3] * 12)
    assert named(mine) == ("own", "")
    assert {clip.rate for clip in open_dataset(mine).test} == {25}


def test_a_label_file_beats_the_folders_name(tmp_path):
    counted(tmp_path / "avenue", [3, 4])
    array(tmp_path / "avenue/frame_labels_ped2.npy", np.zeros(7))
    assert named(tmp_path / "avenue") == ("ped2", "")


@pytest.mark.parametrize(
    ("name", "rate"), [("UCSDped1", 10), ("ped2", 10), ("shanghaitech", 24), ("avenue", 25), ("lobby", 25)]
)
def test_frames_of_a_published_set_have_the_rate_that_it_was_filmed_at(tmp_path, name, rate):
    for part in ("training", "testing"):
        (tmp_path / name / part / "frames/01").mkdir(parents=True)
    dataset = open_dataset(tmp_path / name)
    assert {clip.rate for clip in (*dataset.train, *dataset.test)} == {rate}


def test_a_rate_that_is_given_stands_in_place_of_the_known_one(tmp_path):
    dataset = open_dataset(shared(tmp_path / "ped2"), rate=Fraction(30_000, 1001))
    assert {clip.rate for clip in (*dataset.train, *dataset.test)} == {Fraction(30_000, 1001)}


def test_a_link_to_a_set_is_the_set(tmp_path):
    for name in ("01", "02", "03"):
        (tmp_path / "ped2/testing/frames" / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "ped2")
    dataset = open_dataset(tmp_path / "link")
    assert dataset.name == "ped2" and len(dataset.test) == 3


def test_what_is_no_data_set_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "hollow/training/frames").mkdir(parents=True)
    for name, message in {
        "absent": "no such folder: .*absent",
        "file": "file is not a folder",
        "empty": r"empty has no clips in a known layout. Looked for Train/ and Test/ \(UCSD\).*; found nothing",
        "hollow": "; found training$",
    }.items():
        with pytest.raises(DataError, match=message) as caught:
            open_dataset(tmp_path / name)
        assert "\n" not in str(caught.value)


@REAL
def test_real_ped2_all_labels_agree():
    dataset = open_dataset(SHARED / "data/ped2")
    assert (dataset.name, len(dataset.train), len(dataset.test)) == ("ped2", 16, 12)
    counted = 0
    for clip in dataset.test:
        times_s = np.arange(len(list(clip.source.iterdir()))) / 10
        rows = [
            read_truth(DatasetVideo(clip.name, clip.source, source), times_s) for source in (clip.truth, *clip.also)
        ]
        assert len(rows) == 4
        assert all(row is not None and np.array_equal(row.abnormal, rows[0].abnormal) for row in rows)
        counted += int(rows[0].abnormal.sum())
    assert counted == 1648
