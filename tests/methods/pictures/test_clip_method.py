"""What all methods of clips keep to: clips in, units out, in order and as early as they can be known."""

import numpy as np
import pytest
import torch
from tiny import TINY, footage

from unusual.errors import DataError, VideoError
from unusual.run.checkpoint import build_method
from unusual.run.config import make_config

CPU = torch.device("cpu")
SMALL_PICTURES = ["clips.height=48", "clips.width=64", "training.precision=fp32"]
CHANGES = {
    "ustn-dsc": [*TINY, "network.colours=1"],
    "conv-ae": ["clips.crop=0", "network.frames=4", "network.widths=[8, 8, 8]"],
    "future-frame": ["clips.crop=0", "network.widths=[4, 8]"],
    "frame-difference": [],
}


def method_of(name, *changes):
    return build_method(make_config(name, changes=[*CHANGES[name], *SMALL_PICTURES, *changes]), CPU)


@pytest.fixture(params=CHANGES)
def method(request):
    return method_of(request.param)


def pictures_of(frames):
    return list(enumerate(footage(1, frames)[0].pictures))


def same(one, other):
    return (
        one.indices.tolist() == other.indices.tolist()
        and one.error == pytest.approx(other.error, rel=1e-5)
        and np.allclose(one.region, other.region, atol=1e-6)
    )


def test_prepared_footage_and_a_video_as_it_arrives_are_judged_alike(method):
    (stretch,) = footage(1, 25)
    units = list(method.judge_footage(stretch))
    assert len(units) == method.units(stretch)
    assert all(same(*pair) for pair in zip(units, method.judge("v", pictures_of(25)), strict=True))


def test_how_many_units_go_through_the_network_at_once_changes_no_number(method):
    many = list(method.judge("v", pictures_of(25)))
    method.at_once = 1
    assert all(same(*pair) for pair in zip(many, method.judge("v", pictures_of(25)), strict=True))


def test_one_at_a_time_a_unit_is_told_one_frame_after_its_clip(method):
    method.at_once, come = 1, []

    def arriving():
        for time_s, picture in pictures_of(25):
            come.append(time_s)
            yield time_s, picture

    last_but_one = 25 - 1 - method.span
    for unit in method.judge("v", arriving()):
        _, last = method.shown(unit, 25)
        if last <= last_but_one:
            assert len(come) == last + 2


def test_regions_all_have_one_shape_and_are_finite(method):
    units = list(method.judge("v", pictures_of(20)))
    assert {unit.region.shape for unit in units} == {(5, 7)}
    assert all(np.isfinite(unit.region).all() and unit.region.min() >= 0 for unit in units)


def test_too_short_a_video_is_refused_and_too_short_footage_has_no_units(method):
    short = footage(1, method.span - 1)[0]
    with pytest.raises(VideoError, match="fewer than"):
        list(method.judge("v", enumerate(short.pictures)))
    assert (list(method.judge_footage(short)), method.units(short)) == ([], 0)
    with pytest.raises(DataError, match="shorter than one unit"):
        method.check([short])


def test_training_sees_clips_in_the_unit_range_and_crops_of_them(method):
    stretches = footage(2, 20)
    starts = method.starts(stretches)
    assert len(starts) == 2 * (20 - method.span + 1)
    batch = method.batch(stretches, starts[[0, -1]], np.random.default_rng(0))
    side = (method.clips.crop or 48, method.clips.crop or 64)
    assert batch.shape == (2, method.frames, 1, *side)
    assert 0 <= batch.min() < batch.max() <= 1


def test_the_loss_is_a_number_that_gradients_come_from(method):
    real = method.batch(footage(), method.starts(footage())[:2], np.random.default_rng(0))
    loss = method.loss(method.network, real)
    assert (loss.ndim, bool(loss > 0)) == (0, True)
    assert loss.requires_grad == any(True for _ in method.network.parameters())
