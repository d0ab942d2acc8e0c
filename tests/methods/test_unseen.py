"""What tells how ordinary footage scores was not learnt from by who judges it."""

import numpy as np
import pytest

from unusual.methods.footage import Footage
from unusual.methods.unseen import TURNS, in_turns, unseen_by


class Counter:
    """Judges by nothing: it knows which frames it was told to forget."""

    def __init__(self, forgotten=()):
        self.forgotten = list(forgotten)

    def units(self, footage):
        return footage.frames

    def scorer_without(self, footage):
        return Counter(value for stretch in footage for value in stretch.pictures[:, 0].tolist())


def films(*lengths):
    numbers = np.split(np.arange(sum(lengths), dtype=np.uint8), np.cumsum(lengths)[:-1])
    return [Footage.of_frames(f"film {n}", rows[:, None]) for n, rows in enumerate(numbers)]


@pytest.mark.parametrize("lengths", [(100,), (7, 60, 33), (20,) * 5, (3,)])
def test_each_frame_is_judged_once_by_who_has_forgotten_it_and_a_fifth_of_all(lengths):
    unseen = in_turns(Counter(), films(*lengths))
    judged = [each.footage.pictures[:, 0].tolist() for each in unseen]
    assert [frame for part in judged for frame in part] == list(range(sum(lengths)))
    for frames, each in zip(judged, unseen, strict=True):
        assert set(frames) <= set(each.scorer.forgotten)
        assert len(each.scorer.forgotten) <= -(-sum(lengths) // TURNS)


def test_what_was_held_out_is_judged_by_the_one_scorer():
    scorer = Counter()
    assert {each.scorer for each in unseen_by(scorer, films(4, 5))} == {scorer}
