"""The confidence from which on a detection counts is where tracks lose their boxes least."""

from fractions import Fraction

import numpy as np
import pytest

from unusual.methods.objects import threshold
from unusual.methods.objects.objects import ObjectConfig
from unusual.methods.objects.threshold import by_footage, share_lost
from unusual.methods.objects.tracks import TrackConfig
from unusual.video.writer import write_video

OBJECTS, TRACKS = ObjectConfig(detector="any.onnx", score=0.0, smallest_side=0), TrackConfig()
SHAPE, FRAMES = (120, 160), 300


def person(left, confidence):
    return [left, 40.0, left + 12, 70.0, confidence, 0.0]


def seen(frame):
    """Two who stand, of whom every third look is unsure, and nobody: found once a second, and suspected in between."""
    unsure = frame % 3 == 2
    rows = [person(20.0, 0.28 if unsure else 0.9), person(60.0, 0.9)]
    rows += [person(120.0, 0.5)] * (frame % 6 == 0) + [person(120.0, 0.12)] * (frame % 6 == 2)
    return np.array(rows, np.float32)


@pytest.fixture
def detector(monkeypatch):
    class Counting:
        looks = 0

        def __init__(self, path, score, sha256):
            assert score == 0.1  # what is suspected is asked for

        def find(self, rgb, tile):
            Counting.looks += 1
            return seen(Counting.looks)

    monkeypatch.setattr(threshold, "Detector", Counting)
    monkeypatch.setattr(threshold, "find_detector", lambda name: name)
    return Counting


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    file = tmp_path_factory.mktemp("threshold") / "ordinary.mp4"
    with write_video(file, SHAPE[1], SHAPE[0], Fraction(10)) as sink:
        for frame in range(FRAMES + 400):
            sink.add(np.zeros((*SHAPE, 3), np.uint8), frame / 10)
    return file


def test_a_threshold_above_what_some_looks_reach_loses_boxes():
    window = [(seen(frame), SHAPE) for frame in range(FRAMES)]
    lost = {score: share_lost([window], score, OBJECTS, TRACKS, 10.0) for score in (0.2, 0.35)}
    assert lost[0.2] == 0
    assert lost[0.35] == pytest.approx(1 / 6, abs=0.02)  # of one of two, every third frame


def test_a_track_is_not_followed_from_one_window_into_the_next():
    windows = [[(np.array([person(20.0, 0.9)], np.float32), SHAPE)]] * FRAMES * 2
    assert share_lost(windows, 0.2, OBJECTS, TRACKS, 10.0) == 0


def test_footage_with_too_few_boxes_tells_nothing():
    assert share_lost([[(seen(frame), SHAPE) for frame in range(10)]], 0.2, OBJECTS, TRACKS, 10.0) == float("inf")


def test_the_lowest_threshold_at_which_hardly_a_box_is_lost_is_taken(detector, video):
    assert by_footage([video], Fraction(10), OBJECTS, TRACKS, 10.0) == ["objects.score=0.15"]


def test_of_a_film_ten_seconds_are_looked_at_and_twenty_are_not(detector, video):
    by_footage([video], Fraction(10), OBJECTS, TRACKS, 5.0)
    assert detector.looks == 3 * 50  # of 70 s, every second frame of those from 0, 30 and 60 s on


@pytest.mark.parametrize("changed", [{"score": 0.3}, {"detector": ""}], ids=["it is set", "there is no detector"])
def test_nothing_is_chosen_where(changed, video):
    objects = ObjectConfig(**{"detector": "any.onnx", "score": 0.0, **changed})
    assert by_footage([video], Fraction(10), objects, TRACKS, 10.0) == []
