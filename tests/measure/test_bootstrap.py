"""Intervals over clips: the fast figures are the slow ones, and the interval covers what it promises."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unusual.errors import ConfigError, DataError
from unusual.measure.bootstrap import bootstrap, macro_auc_of, micro_auc_of, rbdc_of, tbdc_of
from unusual.measure.metrics import macro_auc, micro_auc
from unusual.measure.regions import Matches, region_curve

NAN = float("nan")
quick = settings(deadline=None, max_examples=80, derandomize=True)
frames = st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 2.0, NAN]), st.booleans()), max_size=8)


@st.composite
def choices(draw):
    """Scores and labels of some clips, and a choice of as many of them."""
    clips = draw(st.lists(frames, min_size=1, max_size=5))
    scores = [np.array([score for score, _ in clip], float) for clip in clips]
    abnormal = [np.array([label for _, label in clip], bool) for clip in clips]
    chosen = draw(st.lists(st.integers(0, len(clips) - 1), min_size=len(clips), max_size=len(clips)))
    return scores, abnormal, np.array(chosen)


@quick
@given(choices())
def test_the_figures_of_chosen_clips_are_those_of_these_clips_put_side_by_side(choice):
    scores, abnormal, chosen = choice
    side_by_side = [scores[clip] for clip in chosen], [abnormal[clip] for clip in chosen]
    np.testing.assert_equal(micro_auc_of(scores, abnormal)(chosen), micro_auc(*side_by_side))
    np.testing.assert_allclose(macro_auc_of(scores, abnormal)(chosen), macro_auc(*side_by_side), rtol=1e-12)


def test_clips_are_drawn_with_replacement_as_many_as_there_are():
    drawn = []
    bootstrap(lambda chosen: drawn.append(chosen) or 0.0, clips=4, resamples=2000)
    assert len(drawn) == 2000
    assert {len(choice) for choice in drawn} == {4}
    counts = Counter(np.concatenate(drawn).tolist())
    assert sorted(counts) == [0, 1, 2, 3]
    assert min(counts.values()) > 0.95 * 2000
    assert np.mean([len(set(choice.tolist())) == 4 for choice in drawn]) == pytest.approx(24 / 256, abs=0.02)


@pytest.mark.parametrize("level", [0.95, 0.5])
def test_the_interval_leaves_out_the_same_share_on_either_side(level):
    figures = iter(np.random.default_rng(0).permutation(1001).astype(float))
    found = bootstrap(lambda _: next(figures), clips=3, resamples=1001, level=level)
    assert (found.low, found.high) == pytest.approx((500 - 500 * level, 500 + 500 * level))


def test_the_same_seed_gives_the_same_interval_and_another_one_nearly():
    def mean(chosen):
        return float(chosen.mean())

    assert bootstrap(mean, 20) == bootstrap(mean, 20, seed=0)
    other = bootstrap(mean, 20, seed=1)
    assert other != bootstrap(mean, 20)
    assert other.low == pytest.approx(bootstrap(mean, 20).low, abs=0.5)


def test_nineteen_in_twenty_intervals_hold_the_true_value():
    rng = np.random.default_rng(0)
    held = 0
    for trial in range(200):
        clips = rng.normal(size=40)
        found = bootstrap(lambda chosen, clips=clips: float(clips[chosen].mean()), 40, resamples=200, seed=trial)
        held += found.low <= 0 <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_more_clips_make_it_narrower():
    def width(clips):
        rng = np.random.default_rng(0)
        abnormal = [np.arange(50) % 2 == 0] * clips
        scores = [rng.normal(size=50) + labels * rng.random() for labels in abnormal]
        found = bootstrap(micro_auc_of(scores, abnormal), clips)
        return found.high - found.low

    assert 0 < width(100) < width(10) / 2


def test_resamples_of_one_class_are_left_out_and_counted():
    scores, abnormal = [np.array([1.0]), np.array([0.0])], [np.array([True]), np.array([False])]
    found = bootstrap(micro_auc_of(scores, abnormal), 2)
    assert (found.low, found.high, found.resamples) == (1, 1, 1000)
    assert found.undefined == pytest.approx(500, abs=60)


def test_where_no_resample_is_defined_there_is_no_interval():
    for figure in (micro_auc_of, macro_auc_of):
        found = bootstrap(figure([np.zeros(3)], [np.zeros(3, bool)]), 1, resamples=7)
        assert (found.resamples, found.undefined) == (7, 7)
        assert np.isnan([found.low, found.high]).all()


levels = st.sampled_from([-1.0, 0.0, 0.5, 2.0])  # few, so that ties are common


@st.composite
def matched(draw):
    """A clip of one track or none: its false regions, and when its true ones are found."""
    false = draw(st.lists(levels, max_size=6))
    regions = draw(st.lists(levels | st.just(-np.inf), max_size=4))
    tracks = [max(regions)] if regions else []
    return Matches(np.array(false), np.array(regions), np.array(tracks), frames=draw(st.integers(1, 4)))


@quick
@given(st.lists(matched(), min_size=1, max_size=4), st.data())
def test_the_areas_of_chosen_clips_are_those_of_these_clips_put_side_by_side(clips, data):
    place = st.integers(0, len(clips) - 1)
    chosen = data.draw(st.lists(place, min_size=len(clips), max_size=len(clips)))
    curve = region_curve([clips[clip] for clip in chosen])
    np.testing.assert_allclose(rbdc_of(clips)(np.array(chosen)), curve.rbdc, atol=1e-12)
    np.testing.assert_allclose(tbdc_of(clips)(np.array(chosen)), curve.tbdc, atol=1e-12)


def clip(false, regions, frames=2):
    return Matches(np.array(false, float), np.array(regions, float), np.array([max(regions)], float), frames)


FOUND, LOST = clip([1], [9, 8]), clip([7, 7, 7, 7], [-np.inf, -np.inf])


@pytest.mark.parametrize(
    ("clips", "chosen", "rbdc", "tbdc"),
    [
        pytest.param([FOUND, LOST], [0, 0], 1, 1, id="found before anything false"),
        pytest.param([FOUND, LOST], [1, 1], 0, 0, id="never found"),
        pytest.param([FOUND, LOST], [0, 1], 0.5, 0.5, id="half is found: the false ones come later"),
        pytest.param([clip([9, 9], [5, 9])], [0], 0.25, 0.5, id="tied with as many false ones as frames"),
        pytest.param([clip([9], [5, 5])], [0], 0.5, 0.5, id="half a false region a frame, then all"),
        pytest.param([clip([8.5], [5, 5]), FOUND], [0, 1], 0.75 + 0.25 * 0.25, 0.75 + 0.25 * 0.5, id="rates of both"),
    ],
)
def test_areas_by_hand(clips, chosen, rbdc, tbdc):
    assert rbdc_of(clips)(np.array(chosen)) == pytest.approx(rbdc)
    assert tbdc_of(clips)(np.array(chosen)) == pytest.approx(tbdc)


def test_the_interval_of_an_area_spans_what_other_clips_would_give():
    for figure in (rbdc_of, tbdc_of):
        alike, apart = bootstrap(figure([FOUND] * 5), 5), bootstrap(figure([FOUND, LOST]), 2)
        assert (alike.low, alike.high, alike.undefined) == (1, 1, 0)
        assert (apart.low, apart.high, apart.undefined) == (0, 1, 0)


def test_clips_with_nothing_to_find_count_by_their_false_regions_and_may_leave_a_resample_undefined():
    empty = Matches(np.array([9.0, 9.0]), np.empty(0), np.empty(0), frames=2)
    for figure, area in ((rbdc_of, 0.625), (tbdc_of, 0.75)):  # tied: a slope to half a false region a frame
        assert figure([FOUND, empty])(np.array([0, 1])) == area
        assert np.isnan(figure([FOUND, empty])(np.array([1, 1])))
        assert bootstrap(figure([FOUND, empty]), 2).undefined == pytest.approx(250, abs=50)


@pytest.mark.parametrize("options", [{"clips": 0}, {"clips": 1, "resamples": 0}, {"clips": 1, "level": 1}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ConfigError, match="need a clip, a resample and 0 < level < 1"):
        bootstrap(lambda _: 0.0, **options)


@pytest.mark.parametrize("figure", [micro_auc_of, macro_auc_of])
@pytest.mark.parametrize("labels", [[np.zeros(2, bool)], [np.zeros(3, bool)] * 2], ids=["frames", "clips"])
def test_labels_that_do_not_fit_are_refused(figure, labels):
    with pytest.raises(DataError, match="one a frame for each clip"):
        figure([np.zeros(3)], labels)
