"""Alarms a day: what is promised, how far it is kept, and what is said when the footage is too short for it."""

import json
import re
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import genextreme, rankdata

from unusual.domain import ScoreCurve
from unusual.errors import ConfigError, DataError
from unusual.scores.alarms import AlarmScale, fit_alarm_scale, ranks_of

NAN = float("nan")
DAY = 86_400


def curve(scores: np.ndarray, step_s: float = 1.0, start_s: float = 0.0) -> ScoreCurve:
    return ScoreCurve("door", "live", start_s + np.arange(len(scores)) * step_s, np.asarray(scores, float))


def footage(hours: float, seed: int = 0) -> np.ndarray:
    """A score a second, exponential: score z is reached 86,400 exp(-z) times a day."""
    return np.random.default_rng(seed).exponential(size=round(hours * 3600))


def fitted(hours: float = 5.0, seed: int = 0) -> AlarmScale:
    return fit_alarm_scale([curve(footage(hours, seed))])


@pytest.mark.parametrize(
    ("hours", "per_day", "kept", "largest"),
    [(1 / 6, 24, 0.7, 4.0), (1, 5, 0.7, 3.0), (1, 24, 0.6, 2.0), (5, 1, 0.6, 3.0), (10, 24, 0.5, 1.5)],
)
def test_the_promise_is_kept_mostly_and_the_interval_holds_the_truth(hours, per_day, kept, largest):
    """Over 24 cameras: most raise no more than promised, none many times more, and nearly all intervals are right."""
    thresholds = [fitted(hours, seed).threshold(per_day) for seed in range(24)]
    real = DAY * np.exp(-np.array([threshold.score for threshold in thresholds]))
    assert np.mean(real <= per_day) >= kept
    assert np.quantile(real, 0.95) <= largest * per_day
    true_score = np.log(DAY / per_day)
    assert np.mean([threshold.low <= true_score <= threshold.high for threshold in thresholds]) >= 0.85
    assert abs(np.mean([threshold.sure for threshold in thresholds]) - np.mean(real <= per_day)) < 0.3


def test_a_heavy_tail_is_seen_and_kept():
    """Pareto scores with shape 0.25: 86,400 (1 + z / 4)^-4 a day."""
    rng = np.random.default_rng(1)
    real = []
    for _ in range(20):
        scale = fit_alarm_scale([curve(4 * rng.pareto(4, size=5 * 3600))])
        real.append(DAY * (1 + scale.threshold(5).score / 4) ** -4)
    assert np.mean(np.array(real) <= 5) >= 0.4
    assert max(real) < 20


def test_of_scores_that_are_exponentially_rare_minutes_of_footage_tell_more():
    """Over 24 cameras of ten minutes each: thresholds for one alarm a day lie nearer to where it is, ln 86,400."""
    curves = [curve(footage(1 / 6, seed)) for seed in range(24)]
    free, known = (
        np.array([fit_alarm_scale([each], exponential=told).threshold(1).score for each in curves])
        for told in (False, True)
    )
    true_score = np.log(DAY)
    assert np.abs(known - true_score).mean() < 0.7 * np.abs(free - true_score).mean()
    assert np.mean(known >= true_score) >= 0.5  # as many keep the promise
    scale = fit_alarm_scale(curves[:1], exponential=True)
    assert AlarmScale(**json.loads(json.dumps(asdict(scale)))).threshold(1).score == scale.threshold(1).score


def test_more_footage_makes_the_promise_sharper_and_the_threshold_lower():
    spans, scores = [], []
    for hours in (0.2, 1, 5):
        thresholds = [fitted(hours, seed).threshold(1) for seed in range(8)]
        spans.append(np.median([threshold.high - threshold.low for threshold in thresholds]))
        scores.append(np.median([threshold.score for threshold in thresholds]))
    assert spans == sorted(spans, reverse=True)
    assert scores == sorted(scores, reverse=True)


def test_the_rate_at_a_threshold_is_the_one_asked_for():
    scale = fitted()
    for per_day in (0.01, 0.2, 1, 24, 300, 1440):
        assert scale.alarms_per_day(scale.threshold(per_day).score) == pytest.approx(per_day, rel=1e-6)


@pytest.mark.parametrize(
    ("hours", "independent", "fewest"), [(30.0, 1.0, 1.0), (3.0, 1.0, 2.0), (3.0, 0.4, 5.0), (0.1, 1.0, 24.0)]
)
def test_where_nobody_has_said_as_few_are_asked_for_as_the_footage_supports(hours, independent, fewest):
    scale = replace(fitted(), hours=hours, independent=independent)
    assert scale.fewest_a_day == fewest
    assert scale.threshold(fewest).enough == (hours > 1)


def test_the_rate_falls_with_the_score_and_nothing_is_impossible():
    scale = fitted()
    rates = np.array([scale.alarms_per_day(score) for score in np.linspace(-20, 200, 80)])
    assert (np.diff(rates) <= 0).all()
    assert (np.diff(rates[rates < 1000]) < 0).all()
    assert 0 < rates[-1] < 0.01
    assert rates[0] <= DAY


def test_bounded_scores_are_not_taken_for_a_bound():
    scale = fit_alarm_scale([curve(np.random.default_rng(0).random(5 * 3600))])
    assert scale.shape < 0.03
    assert scale.alarms_per_day(1.0) > scale.alarms_per_day(1.03) > 1e-4


def test_the_distribution_is_that_of_the_block_maxima():
    """Against scipy's: where block maxima are drawn from a known one, the fit finds it."""
    rng = np.random.default_rng(3)
    drawn = genextreme.rvs(-0.2, loc=5, scale=2, size=1000, random_state=rng)
    scale = fit_alarm_scale([curve(drawn, step_s=10.0)])
    assert (scale.blocks, scale.block_s) == (1000, 10.0)
    found = genextreme(-scale.shape, loc=scale.location, scale=scale.scale)
    true = genextreme(-0.2, loc=5, scale=2)
    for share in (0.85, 0.95, 0.99):
        assert found.ppf(share) == pytest.approx(true.ppf(share), rel=0.1)
    plain = -np.log(found.cdf(true.ppf(0.99))) * 8640
    assert scale.alarms_per_day(float(true.ppf(0.99))) == pytest.approx(plain, rel=0.1)


def test_scores_on_another_scale_give_the_same_promise():
    scores = footage(2)
    plain = fit_alarm_scale([curve(scores)]).threshold(5)
    moved = fit_alarm_scale([curve(100 * scores - 7)]).threshold(5)
    assert moved.score == pytest.approx(100 * plain.score - 7)
    assert (moved.low, moved.high) == pytest.approx((100 * plain.low - 7, 100 * plain.high - 7))
    assert moved.sure == pytest.approx(plain.sure)


def test_hours_in_which_nobody_walks_do_not_bend_the_tail():
    """Half of the time the scores are near nothing: the tail of the other half decides."""
    ratios = []
    for seed in range(5):
        scores = footage(10, seed)
        scores[: len(scores) // 2] *= 1e-3
        ratios.append(fit_alarm_scale([curve(scores)]).threshold(5).score / np.log(DAY / 2 / 5))
    assert 0.9 < np.median(ratios) < 1.3
    assert max(ratios) < 1.6


def test_scores_that_stay_high_for_long_are_few_witnesses():
    """Each minute has one level: neighbouring blocks agree, and an hour says less than 360 blocks of 10 s seem to."""
    levels = np.random.default_rng(4).exponential(size=60)
    slow = fit_alarm_scale([curve(np.repeat(levels, 60) + 0.01 * footage(1))])
    quick = fit_alarm_scale([curve(footage(1))])
    assert (quick.block_s, slow.block_s) == (10, 20)
    assert 0 < slow.independent < 0.8 < quick.independent <= 1
    wide, narrow = slow.threshold(24), quick.threshold(24)
    assert wide.high - wide.low > narrow.high - narrow.low


def test_alarms_that_come_in_flocks_are_counted_one_by_one():
    """Three peaks 2 s apart, now and then: three alarms each time."""
    rng = np.random.default_rng(5)
    scores = rng.random(5 * 3600) * 0.1
    for start in rng.choice(len(scores) // 10, 400, replace=False) * 10:
        scores[start : start + 6 : 2] = 1 + rng.exponential() + 0.01 * rng.random(3)
    scale = fit_alarm_scale([curve(scores)])
    assert 2 < scale.together < 3.5
    assert fitted().together == pytest.approx(1, abs=0.3)


def test_footage_may_come_in_pieces_with_frames_that_were_not_scored():
    scores = footage(2)
    whole = fit_alarm_scale([curve(scores)])
    pieces = fit_alarm_scale([curve(part) for part in np.split(scores, 9)])
    assert pieces == whole
    blind = np.concatenate([np.full(500, NAN), scores])
    assert fit_alarm_scale([curve(blind)]).hours == pytest.approx(2)
    paused = ScoreCurve("door", "live", np.arange(7200.0) + 1e6 * (np.arange(7200) >= 3600), scores)
    assert fit_alarm_scale([paused]).hours == pytest.approx(2, abs=1e-3)


def test_rare_frames_leave_no_block_to_chance():
    scale = fit_alarm_scale([curve(footage(0.2), step_s=20.0)])
    assert scale.hours == pytest.approx(4)
    assert np.isfinite(scale.threshold(1).score)


def test_the_same_footage_gives_the_same_threshold_also_after_json():
    scale = fitted()
    assert fitted() == scale
    again = AlarmScale(**json.loads(json.dumps(asdict(scale))))
    assert again == scale
    assert again.threshold(5) == scale.threshold(5)


def test_enough_footage_is_said_and_too_little_told_by_how_much():
    good, poor = fitted(7).threshold(1), fitted(0.25).threshold(1)
    assert (good.enough, good.extrapolated) == (True, True)
    assert re.fullmatch(
        r"at most 1 alarm a day from footage like this, \d+% sure: alarms start at score [\d.]+ "
        r"\(95 % interval [\d.]+ to [\d.]+\), learnt from 7 h",
        good.words,
    )
    assert (poor.enough, poor.extrapolated) == (False, True)
    assert re.match(
        "at most 1 alarm a day from footage like this, a guess from only 15 min, "
        "better [67] h or more: alarms start at",
        poor.words,
    )
    assert poor.low <= poor.score <= poor.high
    many = fitted(7).threshold(24)
    assert (many.enough, many.extrapolated) == (True, False)
    assert "at most 24 alarms a day" in many.words
    assert not replace(fitted(7), independent=0.5).threshold(1).enough


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        pytest.param(np.empty(0), "at least 1 min 20 s .* got 0.0 s", id="none"),
        pytest.param(np.arange(79.0), "at least 1 min 20 s .* got 1 min 19 s", id="fewer than eight blocks"),
        pytest.param(np.full(900, NAN), "got 0.0 s", id="nothing was scored"),
        pytest.param(np.ones(900), "never varies", id="one score throughout"),
        pytest.param(np.tile(np.arange(10.0), 90), "never varies", id="the same highest score again and again"),
        pytest.param(np.array([*range(900), np.inf]), "door: .*infinite", id="an infinite score"),
        pytest.param(np.array([*range(900), -np.inf]), "door: .*infinite", id="a score of minus infinity"),
    ],
)
def test_footage_that_says_nothing_is_refused(scores, message):
    with pytest.raises(DataError, match=message):
        fit_alarm_scale([curve(scores)])
    with pytest.raises(DataError, match=r"got 0\.0 s"):
        fit_alarm_scale([])


@pytest.mark.parametrize("per_day", [0, -1, NAN, np.inf, 1441])
def test_a_rate_that_makes_no_sense_is_refused(per_day):
    with pytest.raises(ConfigError, match="alarms a day"):
        fitted(0.2).threshold(per_day)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(90, 2000), st.sampled_from([1, 2, 3, 50]), st.sampled_from([0.0, 0.9]))
def test_any_footage_gives_finite_numbers(seed, seconds, kinds, quiet):
    """Few different scores, long quiet stretches, an outlier: whatever it is, the threshold is a number in order."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, kinds, seconds) * (rng.random(seconds) >= quiet).astype(float)
    scores[rng.integers(seconds)] += 10.0 ** rng.integers(-6, 6)
    try:
        threshold = fit_alarm_scale([curve(scores)]).threshold(5)
    except DataError as error:
        assert "never varies" in str(error)
        return
    assert np.isfinite([threshold.low, threshold.score, threshold.high]).all()
    assert threshold.low < threshold.high
    assert 0 < threshold.sure <= 1


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40), st.integers(0, 2))
def test_ranks_are_those_of_scipy(values, digits):
    some = np.array(values).round(digits)  # so that many are equal
    assert ranks_of(some).tolist() == rankdata(some).tolist()
