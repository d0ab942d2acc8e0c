"""Nouns refuse what cannot be."""

import numpy as np
import pytest

from unusual.domain import Frame, ObjectErrors, ScoreCurve
from unusual.errors import DataError


@pytest.mark.parametrize(
    ("times", "scores", "said"),
    [([0.0, 1.0], [1.0], "must both be"), ([0.0, 0.0], [1.0, 2.0], "rise strictly"), ([1.0, 0.5], [1.0, 2.0], "rise")],
)
def test_a_curve_has_a_score_for_each_of_its_rising_times(times, scores, said):
    with pytest.raises(DataError, match=f"gate.*{said}"):
        ScoreCurve("gate", "live", np.array(times), np.array(scores))


def test_the_worst_object_is_the_one_whose_looks_and_moves_are_most_unusual_together():
    looks, moves = np.array([1, 3], np.float32), np.array([5, 0], np.float32)
    errors = ObjectErrors(np.zeros((2, 4), np.float32), looks, moves, np.array([0, -1], np.int16))
    assert errors.worst == 0
    assert [errors.raised_by(n) for n in range(2)] == ["moves", "looks"]


def test_a_frame_is_of_the_first_session_and_follows_what_came_before_unless_it_says_otherwise():
    frame = Frame(0, 0.0, np.zeros((2, 2, 3), np.uint8))
    assert (frame.after_gap, frame.session) == (False, 0)
