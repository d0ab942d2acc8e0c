"""Videos scored one after another: each in a folder of its own, and one that is broken costs no other."""

import json
import shutil
import sys

import cv2
import numpy as np
import pytest

from unusual.video.reader import open_video


def test_two_videos_of_one_name_get_two_folders(run, trained, scene, tmp_path):
    video = scene / "test/01.mp4"
    assert run("score", video, video, "-c", trained, "--out", tmp_path, "--no-annotate")[0] == 0
    assert {p.name for p in tmp_path.iterdir()} == {"01", "01-2", "report.html"}


def test_a_folder_of_videos_stands_for_its_videos(run, trained, scene, tmp_path):
    assert run("score", scene / "test", "-c", trained, "--out", tmp_path, "--no-annotate")[0] == 0
    assert {p.name for p in tmp_path.iterdir()} == {"01", "02", "report.html"}


def test_one_bad_clip_does_not_cost_the_others(run, trained, scene, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(scene, own, ignore=shutil.ignore_patterns("cache", "masks"))
    (own / "test/00.mp4").write_bytes(b"no video")
    code, _, err = run("evaluate", own, "-c", trained, "--out", tmp_path / "ev")
    assert code == 2
    assert "1 of 3 videos could not be scored" in err
    assert "00.mp4" in err
    document = json.loads((tmp_path / "ev/results.json").read_text())
    assert [clip["name"] for clip in document["clips"]] == ["01.mp4", "02.mp4"]
    assert "00.mp4" in document["left_out"][0]
    assert (tmp_path / "ev/report.html").exists()


def test_without_matplotlib_only_its_pictures_are_missing(run, trained, scene, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, _, err = run("evaluate", scene, "-c", trained, "--out", tmp_path)
    assert code == 0
    assert "unusual[report]" in err
    assert (tmp_path / "report.html").exists()
    assert not list(tmp_path.glob("*.png"))


@pytest.fixture
def two_scenes(scene, tmp_path):
    """A set of two cameras as ShanghaiTech distributes its own, the second of which sees the first's mirror image."""
    root = tmp_path / "shanghaitech"
    (root / "testing/test_frame_mask").mkdir(parents=True)
    parts = (("normal/01", "training/videos", "001", 360), ("test/01", "testing/frames", "0014", 40))
    for film, part, clip, frames in parts:
        with open_video(scene / f"{film}.mp4") as opened:
            pictures = [frame.rgb for frame, _ in zip(opened, range(frames), strict=False)]
        for number, way in (("01", 1), ("02", -1)):
            (root / f"{part}/{number}_{clip}").mkdir(parents=True)
            for at, picture in enumerate(pictures):
                cv2.imwrite(str(root / f"{part}/{number}_{clip}/{at:03}.png"), picture[:, ::way, ::-1])
            np.save(root / f"testing/test_frame_mask/{number}_0014.npy", np.arange(40) > 20)
    return root


def test_of_several_scenes_each_is_learnt_by_itself_and_judges_its_own_clips(run, two_scenes, tmp_path):
    words = ("--cache", tmp_path / "cache")
    code, out, err = run("train", two_scenes, "--method", "habits", "--out", tmp_path / "m", *words)
    assert (code, out) == (0, f"checkpoints: {tmp_path / 'm'}, of 2 scenes\n")
    assert "scene 02, 2 of 2, 1 clips: each scene is learnt by itself" in err
    assert err.endswith(f"next: unusual evaluate {two_scenes} --checkpoint {tmp_path / 'm'}\n")
    for which, folder in (("m", "each"), ("m/01", "first")):
        assert run("evaluate", two_scenes, "-c", tmp_path / which, "--out", tmp_path / folder)[0] == 0
    told = {where.parent: where.read_text() for where in tmp_path.glob("*/*_0014/scores.csv")}
    assert told[tmp_path / "each/01_0014"] == told[tmp_path / "first/01_0014"]
    assert told[tmp_path / "each/02_0014"] != told[tmp_path / "first/02_0014"]
    code, _, err = run("score", two_scenes / "testing/frames/01_0014", "-c", tmp_path / "m", "--out", tmp_path / "s")
    assert code == 2
    assert f"give a scene's, such as {tmp_path / 'm/01'}" in err
    shutil.rmtree(tmp_path / "m/02")
    code, _, err = run("evaluate", two_scenes, "-c", tmp_path / "m", "--out", tmp_path / "ev")
    assert code == 2
    assert "nothing was learnt of scene 02, but of 01: train on it" in err


def test_what_holds_for_any_camera_is_learnt_of_all_scenes_together(run, two_scenes, tmp_path):
    words = ("--method", "frame-difference", "--set", "clips.height=32", "--cache", tmp_path / "cache")
    assert run("train", two_scenes, *words, "--out", tmp_path / "m")[1] == f"checkpoint: {tmp_path / 'm'}\n"
    assert run("evaluate", two_scenes, "-c", tmp_path / "m", "--out", tmp_path / "ev")[0] == 0


def test_a_folder_of_frames_gets_no_results_among_its_frames(run, trained, tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "gate").mkdir()
    for number in range(10):
        cv2.imwrite(str(tmp_path / f"gate/{number}.png"), rng.integers(0, 255, (48, 64, 3), np.uint8))
    assert run("score", tmp_path / "gate", "-c", trained, "--out", tmp_path, "--no-annotate")[0] == 0
    assert {p.name for p in tmp_path.iterdir()} == {"gate", "gate-2", "report.html"}
    assert len(list((tmp_path / "gate").iterdir())) == 10
