"""Objects are found once: known from an earlier reading by the same rules, and found anew by others."""

import numpy as np
import pytest

from unusual.errors import OutputError
from unusual.methods.objects import keeping
from unusual.methods.objects.keeping import KeptObjects
from unusual.methods.objects.objects import Objects

FRAME = np.zeros((4, 6, 3), np.uint8)


class Finder:
    """Finds one object in each frame, and counts how often it is asked."""

    def __init__(self, rules=()):
        self.asked, self.rules = 0, dict(rules)

    def foreground(self, rate, ground):
        """Nobody stands out."""

    def find(self, before, frame, after, standing_out):
        assert standing_out is None
        self.asked += 1
        return Objects(
            np.array([[self.asked, 0, 5, 4]], np.float32),
            np.array([0.5], np.float32),
            np.array([0], np.int16),
            np.zeros(1, np.float32),
        )


def find_all(folder, rules, frames=3):
    """What is found in so many frames, all of a video, and how often something had to be looked for."""
    finder = Finder(rules)
    kept = KeptObjects(finder, folder, 10.0)
    found = [kept.find(index, FRAME, FRAME, FRAME).xyxy.tolist() for index in range(frames)]
    kept.keep(whole=True)
    return found, finder.asked


def test_the_second_reading_finds_what_the_first_did_and_looks_for_nothing(tmp_path):
    first, looked = find_all(tmp_path, {"blur": 3})
    assert looked == 3
    assert find_all(tmp_path, {"blur": 3}) == (first, 0)


def test_a_frame_that_was_not_seen_before_is_looked_at_and_kept_too(tmp_path):
    find_all(tmp_path, {"blur": 3}, frames=2)
    assert find_all(tmp_path, {"blur": 3}, frames=5)[1] == 3
    assert find_all(tmp_path, {"blur": 3}, frames=5)[1] == 0


def test_other_rules_find_anew_and_leave_what_was_kept(tmp_path, monkeypatch):
    find_all(tmp_path, {"blur": 3})
    assert find_all(tmp_path, {"blur": 5})[1] == 3
    assert find_all(tmp_path, {"blur": 3})[1] == 0
    monkeypatch.setattr(keeping, "RULES", keeping.RULES + 1)
    assert find_all(tmp_path, {"blur": 3})[1] == 3


def test_without_a_folder_nothing_is_kept_nor_remembered():
    finder = Finder()
    kept = KeptObjects(finder, None, 10.0)
    for _ in range(2):
        kept.find(0, FRAME, FRAME, FRAME)
    kept.keep(whole=True)
    assert finder.asked == 2


def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(tmp_path, monkeypatch):
    def refuse(*_):
        raise OutputError("the disk is full")

    monkeypatch.setattr(keeping, "save_objects", refuse)
    assert find_all(tmp_path, {})[1] == 3
    assert find_all(tmp_path, {})[1] == 3


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-40], lambda data: b"noise"], ids=["cut short", "no file of ours"]
)
def test_what_was_kept_and_is_broken_is_found_anew(tmp_path, spoil):
    find_all(tmp_path, {})
    (file,) = tmp_path.iterdir()
    file.write_bytes(spoil(file.read_bytes()))
    assert find_all(tmp_path, {})[1] == 3
