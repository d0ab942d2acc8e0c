"""What all scorers of clips keep to: clips in, units out, in order and as early as they can be known."""

import numpy as np
import pytest
from in_pieces import assert_judged_alike_in_pieces
from tiny import TINY, footage, learner_of

from unusual.errors import VideoError
from unusual.run.config import make_config

SMALL_PICTURES = ["clips.height=48", "clips.width=64", "training.precision=fp32"]
CHANGES = {
    "ustn-dsc": [*TINY, "network.colours=1"],
    "conv-ae": ["clips.crop=0", "network.frames=4", "network.widths=[8, 8, 8]"],
    "future-frame": ["clips.crop=0", "network.widths=[4, 8]"],
    "frame-difference": [],
}


@pytest.fixture(params=CHANGES)
def scorer(request):
    name = request.param
    return learner_of(make_config(name, changes=[*CHANGES[name], *SMALL_PICTURES])).scorer()


def pictures_of(frames):
    return list(enumerate(footage(1, frames)[0].pictures))


def same(one, other):
    return (
        one.indices.tolist() == other.indices.tolist()
        and one.error == pytest.approx(other.error, rel=1e-5)
        and np.allclose(one.region, other.region, atol=1e-6)
    )


def test_prepared_footage_and_a_video_as_it_arrives_are_judged_alike(scorer):
    (stretch,) = footage(1, 25)
    units = list(scorer.judge_footage(stretch))
    assert len(units) == scorer.units(stretch)
    assert all(same(*pair) for pair in zip(units, scorer.judge("v", pictures_of(25)), strict=True))


def test_how_many_units_go_through_the_network_at_once_changes_no_number(scorer):
    many = list(scorer.judge("v", pictures_of(25)))
    scorer.at_once = 1
    assert all(same(*pair) for pair in zip(many, scorer.judge("v", pictures_of(25)), strict=True))


def test_one_at_a_time_a_unit_is_told_one_frame_after_its_clip(scorer):
    scorer.at_once, come = 1, []

    def arriving():
        for time_s, picture in pictures_of(25):
            come.append(time_s)
            yield time_s, picture

    last_but_one = 25 - 1 - scorer.span
    for unit in scorer.judge("v", arriving()):
        _, last = scorer.shown(unit, 25)
        if last <= last_but_one:
            assert len(come) == last + 2


def test_regions_all_have_one_shape_and_are_finite(scorer):
    units = list(scorer.judge("v", pictures_of(20)))
    assert {unit.region.shape for unit in units} == {(5, 7)}
    assert all(np.isfinite(unit.region).all() and unit.region.min() >= 0 for unit in units)


def test_too_short_a_video_is_refused_and_too_short_footage_has_no_units(scorer):
    short = footage(1, scorer.span - 1)[0]
    with pytest.raises(VideoError, match="fewer than"):
        list(scorer.judge("v", enumerate(short.pictures)))
    assert (list(scorer.judge_footage(short)), scorer.units(short)) == ([], 0)


@pytest.mark.parametrize("length", [20, 31])
def test_pieces_are_judged_as_the_whole(scorer, length):
    assert_judged_alike_in_pieces(scorer, pictures_of(70), length)
