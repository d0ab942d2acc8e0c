"""Frames decoded once: found again, told apart, never half there."""

import os
from fractions import Fraction

import cv2
import numpy as np
import pytest

from unusual.errors import ConfigError, VideoError
from unusual.video.cache import cache_folder, cache_video
from unusual.video.writer import write_video


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for n in range(5):
        cv2.imwrite(str(folder / f"{n}.png"), np.full((8, 10, 3), 10 * n, np.uint8))
    return folder


def cached(source, folder, **changes):
    seen = []

    def prepare(rgb):
        seen.append(1)
        return rgb[:4, :6, :1]

    arguments = {"shape": (4, 6, 1), "prepare": prepare, "folder": folder, "most_bytes": 10_000, **changes}
    return cache_video(source, **arguments), len(seen)


def test_a_video_is_decoded_once(source, tmp_path):
    first, decoded = cached(source, tmp_path / "cache")
    assert first.pictures.shape == (5, 4, 6, 1)
    assert first.pictures[:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40]
    assert decoded == 5
    again, decoded = cached(source, tmp_path / "cache")
    assert decoded == 0
    np.testing.assert_array_equal(again.pictures, first.pictures)
    with pytest.raises(ValueError, match="read-only"):
        again.pictures[0] = 1


@pytest.mark.parametrize(
    ("suffix", "content"),
    [(".json", ""), (".json", "{"), (".json", "[" * 100_000), (".json", '{"seams": "x"}'), (".u8", "odd"), (".u8", "")],
)
def test_what_was_kept_and_is_damaged_is_decoded_anew(source, tmp_path, suffix, content):
    cached(source, tmp_path / "cache")
    (file,) = (tmp_path / "cache").glob(f"*{suffix}")
    file.write_text(content)
    again, decoded = cached(source, tmp_path / "cache")
    assert decoded == 5
    assert again.pictures[:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40]


def test_a_change_of_the_video_is_noticed(source, tmp_path):
    cached(source, tmp_path / "cache")
    cv2.imwrite(str(source / "1.png"), np.full((8, 10, 3), 99, np.uint8))
    os.utime(source / "1.png", ns=(1, 1))
    changed, decoded = cached(source, tmp_path / "cache")
    assert decoded == 5
    assert changed.pictures[1, 0, 0, 0] == 99


def test_what_was_wrong_is_remembered(source, tmp_path):
    (source / "2.png").write_bytes(b"no picture")
    for _ in range(2):
        video, _ = cached(source, tmp_path / "cache")
        assert any("2.png" in problem for problem in video.problems)


def test_too_much_is_refused_and_nothing_is_left(source, tmp_path):
    with pytest.raises(ConfigError, match="frame cache"):
        cached(source, tmp_path / "cache", most_bytes=60)
    assert not (tmp_path / "cache").exists()


def test_no_video_no_cache(tmp_path):
    with pytest.raises(VideoError):
        cached(tmp_path / "missing.mp4", tmp_path / "cache")


def test_the_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("UNUSUAL_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("UNUSUAL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "unusual" / "frames"


def test_a_pause_of_the_recording_is_kept_with_its_frames(tmp_path):
    with write_video(tmp_path / "gap.mp4", 64, 48, Fraction(25)) as sink:
        for n in range(20):
            sink.add(np.full((48, 64, 3), 10 * n, np.uint8), n / 25 + 60 * (n >= 12))
    for _ in range(2):
        made, _ = cached(tmp_path / "gap.mp4", tmp_path / "cache")
        assert made.seams == (12,)
