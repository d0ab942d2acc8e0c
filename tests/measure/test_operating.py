"""Figures for people: what is found, how late, and how often the alarm is false."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unusual.domain import Interval, ScoreCurve
from unusual.errors import ConfigError, DataError
from unusual.measure.operating import OperatingPoint, operating_point, threshold_for
from unusual.scores.events import EventCounts

NAN = float("nan")
quick = settings(deadline=None, max_examples=80, derandomize=True)


def curve(*scores: float, step_s: float = 1.0) -> ScoreCurve:
    return ScoreCurve("door", "live", np.arange(float(len(scores))) * step_s, np.array(scores, float))


def spans(*pairs: tuple[float, float]) -> list[Interval]:
    return [Interval(float(start), float(end)) for start, end in pairs]


DAY = curve(0, 5, 0, 0, 2, 8, 8, 0, 3, 3, 0, 1, 0, 0)
EVENTS = spans((4, 6), (8, 9), (11, 12))


@pytest.mark.parametrize(("rate", "threshold"), [(0.01, 8), (1 / 3, 8), (0.34, 3), (2 / 3, 3), (0.67, 1), (1, 1)])
def test_the_threshold_is_the_highest_that_finds_enough_events(rate, threshold):
    assert threshold_for([DAY], [EVENTS], detection_rate=rate) == threshold
    assert operating_point([DAY], [EVENTS], threshold=threshold).counts.found >= rate * 3


@pytest.mark.parametrize(("rate", "events", "needed"), [(0.7, 10, 7), (0.28, 25, 7), (0.9, 21, 19)])
def test_rounding_asks_for_no_event_too_many(rate, events, needed):
    peaks, each = curve(*range(events)), spans(*((t, t) for t in range(events)))
    assert threshold_for([peaks], [each], detection_rate=rate) == events - needed


@pytest.mark.parametrize(
    ("threshold", "counts", "delay_s"),
    [
        pytest.param(9, EventCounts(0, 3, 0), NAN, id="too high for all"),
        pytest.param(8, EventCounts(1, 2, 0), 1, id="found a second late"),
        pytest.param(3, EventCounts(2, 1, 1), 0.5, id="the median of a second and none"),
        pytest.param(1, EventCounts(3, 0, 1), 0, id="all found at once"),
        pytest.param(0, EventCounts(3, 0, 4), 0, id="always on: false before, between and after"),
        pytest.param(NAN, EventCounts(0, 3, 0), NAN, id="no threshold"),
    ],
)
def test_found_missed_false_and_delay(threshold, counts, delay_s):
    point = operating_point([DAY], [EVENTS], threshold=threshold)
    assert point.counts == counts
    np.testing.assert_equal(point.median_delay_s, delay_s)


def test_false_alarms_are_counted_per_hour_of_ordinary_footage():
    point = operating_point([DAY, curve(*[0] * 12)], [EVENTS, []], threshold=3)
    assert point.ordinary_hours == pytest.approx((14 - 3 - 2 - 2 + 12) / 3600)
    assert point.false_alarms_per_hour == pytest.approx(1 / point.ordinary_hours)


@pytest.mark.parametrize(
    ("false", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (100, 81.364, 121.627)]
)
def test_the_interval_of_false_alarms_is_that_of_tables_of_the_poisson_distribution(false, low, high):
    point = OperatingPoint(1.0, EventCounts(0, 0, false), ordinary_hours=2.0, median_delay_s=NAN)
    assert point.hourly_interval == pytest.approx((low / 2, high / 2), rel=1e-3)


def test_a_frame_lasts_until_the_next_one():
    dropped = ScoreCurve("door", "live", np.array([0.0, 1, 2, 10, 11]), np.zeros(5))
    assert operating_point([dropped], [spans((10, 10))], threshold=1).ordinary_hours == pytest.approx(11 / 3600)


def test_footage_without_a_score_is_not_watched():
    point = operating_point([curve(NAN, 1, NAN, 1)], [[]], threshold=1)
    assert point.ordinary_hours == pytest.approx(2 / 3600)
    assert point.counts.false == 2


def test_near_false_alarms_are_one():
    seen = curve(1, 0, 1, 0, 0, 1)
    assert [operating_point([seen], [[]], threshold=1, join_s=s).counts.false for s in (0, 2, 2.1, 3.1)] == [3, 3, 2, 1]
    assert operating_point([curve(1), curve(1)], [[], []], threshold=1, join_s=99).counts.false == 2


@pytest.mark.parametrize(("margin_s", "false", "seconds"), [(0, 2, 5), (1, 1, 3), (2, 0, 1)])
def test_a_margin_forgives_alarms_beside_an_event_and_counts_no_footage_there(margin_s, false, seconds):
    seen = curve(0, 0, 1, 1, 1, 1, 1)  # the event is frames 3 and 4; the alarm starts early and ends late
    point = operating_point([seen], [spans((3, 4))], threshold=1, margin_s=margin_s)
    assert (point.counts.false, point.ordinary_hours * 3600) == (false, pytest.approx(seconds))
    assert point.counts.found == 1


def test_a_margin_finds_nothing():
    assert operating_point([curve(0, 1, 0, 0)], [spans((2, 3))], threshold=1, margin_s=1).counts.found == 0


def test_an_event_that_was_not_scored_is_never_found():
    seen, events = curve(5, NAN, 5), spans((1, 1), (0, 0))
    assert threshold_for([seen], [events], detection_rate=0.5) == 5
    lost = threshold_for([seen], [events], detection_rate=1)
    assert np.isnan(lost)
    point = operating_point([seen], [events], threshold=lost)
    assert point.counts == EventCounts(0, 2, 0)
    assert np.isnan([point.false_alarms_per_hour, point.median_delay_s]).all()


def test_without_ordinary_footage_there_is_no_rate():
    assert np.isnan(operating_point([curve(1, 1)], [spans((0, 1))], threshold=1).false_alarms_per_hour)
    assert operating_point([curve(0, 1)], [spans((1, 1))], threshold=1).false_alarms_per_hour == 0


small = st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, NAN]), min_size=1, max_size=12)
events = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 3)), min_size=1, max_size=3)


@quick
@given(st.lists(st.tuples(small, events), min_size=1, max_size=3), st.sampled_from([0.3, 0.5, 1.0]), st.randoms())
def test_the_figures_are_those_of_the_definition(clips, rate, random):
    curves = [curve(*scores) for scores, _ in clips]
    truth = [spans(*((a, a + d) for a, d in pairs)) for _, pairs in clips]
    total = sum(map(len, truth))

    def hits(threshold):
        return [
            next((t for t in range(len(s)) if a <= t <= a + d and s[t] >= threshold), None)
            for s, pairs in clips
            for a, d in pairs
        ]

    enough = [t for t in (3.0, 2.0, 1.0, 0.0) if sum(hit is not None for hit in hits(t)) >= rate * total]
    threshold = threshold_for(curves, truth, detection_rate=rate)
    np.testing.assert_equal(threshold, enough[0] if enough else NAN)
    point = operating_point(curves, truth, threshold=threshold)
    starts = [a for _, pairs in clips for a, _ in pairs]
    delays = [hit - start for hit, start in zip(hits(threshold), starts, strict=True) if hit is not None]
    false = 0
    for scores, pairs in clips:
        alarm = [s >= threshold and not any(a <= t <= a + d for a, d in pairs) for t, s in enumerate(scores)]
        false += sum(on and not before for on, before in zip(alarm, [False, *alarm], strict=False))
    assert point.counts == EventCounts(len(delays), total - len(delays), false)
    np.testing.assert_equal(point.median_delay_s, np.median(delays) if delays else NAN)

    order = random.sample(range(len(clips)), len(clips))
    raised = [ScoreCurve("door", "live", curves[i].times_s, np.exp(curves[i].scores) + 1) for i in order]
    again = operating_point(raised, [truth[i] for i in order], threshold=float(np.exp(threshold) + 1))
    assert again.counts == point.counts
    assert again.ordinary_hours == pytest.approx(point.ordinary_hours)


@pytest.mark.parametrize("rate", [0, 1.1, NAN])
def test_a_detection_rate_out_of_range_is_refused(rate):
    with pytest.raises(ConfigError, match="detection_rate must lie above 0"):
        threshold_for([DAY], [EVENTS], detection_rate=rate)


def test_a_detection_rate_needs_an_event():
    with pytest.raises(DataError, match="needs an event"):
        threshold_for([DAY], [[]], detection_rate=1)


@pytest.mark.parametrize("options", [{"join_s": -1}, {"margin_s": -1}, {"margin_s": NAN}])
def test_negative_durations_are_refused(options):
    with pytest.raises(ConfigError, match="0 or more"):
        operating_point([DAY], [EVENTS], threshold=1, **options)


def test_events_for_each_curve():
    for call in (lambda: threshold_for([DAY], [], detection_rate=1), lambda: operating_point([DAY], [], threshold=1)):
        with pytest.raises(DataError, match="0 lists for 1 curves"):
            call()
