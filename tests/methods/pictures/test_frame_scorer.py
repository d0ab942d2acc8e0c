"""Scorers that judge single frames: which clip judges which frame."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from in_pieces import assert_judged_alike_in_pieces
from tiny import footage, learner_of

from unusual.methods.pictures.pixels import pooled_errors
from unusual.run.config import make_config

SMALL = ["clips.height=48", "clips.width=64", "clips.crop=0", "training.precision=fp32"]
CHANGES = {
    "conv-ae": ["network.frames=4", "network.widths=[8, 8, 8]"],
    "future-frame": ["network.widths=[4, 8]"],
    "frame-difference": [],
}
STEPS = [
    *[("conv-ae", step) for step in ("step=0", "step=1", "step=2", "step=4", "stride=2")],
    *[("future-frame", step) for step in ("step=0", "step=1", "step=5")],
    *[("frame-difference", step) for step in ("step=0", "step=1", "step=2")],
]


def scorer_of(name, *changes):
    return learner_of(make_config(name, changes=[*CHANGES[name], *SMALL, *changes])).scorer()


def pictures(frames):
    return footage(1, frames)[0].pictures


def judged(scorer, frames):
    return list(scorer.judge("v", ((n / 10, picture) for n, picture in enumerate(frames))))


@pytest.fixture(params=STEPS, ids="{0[0]} {0[1]}".format)
def scorer(request):
    name, step = request.param
    return scorer_of(name, f"clips.{step}")


@pytest.mark.parametrize("frames", [7, 8, 12, 13, 18, 23])
def test_every_frame_is_judged_exactly_once_and_in_order(scorer, frames):
    units = judged(scorer, pictures(frames))
    assert [unit.indices.tolist() for unit in units] == [[n] for n in range(frames)]
    assert [unit.times_s.tolist() for unit in units] == [[n / 10] for n in range(frames)]
    assert all(unit.published for unit in units)
    assert scorer.units(footage(1, frames)[0]) == frames


@pytest.mark.parametrize("frames", [7, 13, 18])
def test_what_is_explained_is_what_was_judged(scorer, frames):
    shown = pictures(frames)
    for unit in judged(scorer, shown):
        first, last = scorer.shown(unit, frames)
        assert (last - first + 1, 0 <= first <= unit.indices[0] <= last < frames) == (scorer.span, True)
        told = scorer.explain(unit, shown[first : last + 1], first)
        assert unit.indices[0] <= first + told.offset <= last
        error = torch.from_numpy(told.error)[None, None]
        np.testing.assert_allclose(pooled_errors(error, 0 * error, 16)[0], unit.region, atol=1e-5)
        inside = (told.restored > 0) & (told.restored < 255)
        wrong = np.abs(told.restored / 255 - shown[first + told.offset] / 255)[inside]
        np.testing.assert_allclose(wrong, told.error[..., None][inside], atol=0.003)


def test_no_frame_depends_on_what_comes_after_its_clip(scorer):
    shown = pictures(24)
    changed = shown.copy()
    changed[16:] = 255 - changed[16:]
    for before, after in zip(judged(scorer, shown), judged(scorer, changed), strict=True):
        _, last = scorer.shown(before, 24)
        if last < 16:
            assert before.error == pytest.approx(after.error, rel=1e-5)
            np.testing.assert_allclose(before.region, after.region, atol=1e-6)


def test_frames_that_nothing_predicts_take_the_error_of_the_next_that_is():
    regions = [unit.region.tobytes() for unit in judged(scorer_of("future-frame"), pictures(9))]
    assert len(set(regions[:5])) == 1
    assert len(set(regions[4:])) == 5


def test_the_newest_frames_of_a_clip_are_judged_in_it():
    """Four frames a clip, two from clip to clip: the third clip starts at 4 and is the first to hold frames 6 and 7."""
    scorer = scorer_of("conv-ae", "clips.step=2")
    starts = [scorer.shown(unit, 11)[0] for unit in judged(scorer, pictures(11))]
    assert starts == [0, 0, 0, 0, 2, 2, 4, 4, 6, 6, 7]


def test_frames_between_those_of_a_clip_take_the_error_of_the_next(frames=14):
    errors = [unit.error for unit in judged(scorer_of("conv-ae", "clips.stride=2", "clips.step=0"), pictures(frames))]
    same = [one == other for one, other in pairwise(errors[:7])]
    assert same == [False, True, False, True, False, True]


@pytest.mark.parametrize("length", [13, 20])
def test_pieces_are_judged_as_the_whole(scorer, length):
    frames = [(n / 10, picture) for n, picture in enumerate(pictures(47))]
    assert_judged_alike_in_pieces(scorer, frames, length)
