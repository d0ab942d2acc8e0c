"""Videos scored one after another: each in a folder of its own, and one that is broken costs no other."""

import json
import shutil
import sys

import cv2
import numpy as np


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


def test_a_folder_of_frames_gets_no_results_among_its_frames(run, trained, tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "gate").mkdir()
    for number in range(10):
        cv2.imwrite(str(tmp_path / f"gate/{number}.png"), rng.integers(0, 255, (48, 64, 3), np.uint8))
    assert run("score", tmp_path / "gate", "-c", trained, "--out", tmp_path, "--no-annotate")[0] == 0
    assert {p.name for p in tmp_path.iterdir()} == {"gate", "gate-2", "report.html"}
    assert len(list((tmp_path / "gate").iterdir())) == 10
