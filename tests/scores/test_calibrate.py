"""Two scales: the papers' over one video, and the live one that only ordinary footage may move."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unusual.domain import FrameErrors
from unusual.errors import DataError
from unusual.scores import calibrate
from unusual.scores.calibrate import (
    LiveScale,
    RunningScores,
    fit_live_scale,
    live_score,
    live_scores,
    per_video_minmax,
    published_error,
)

NAN, INF = float("nan"), float("inf")
BUSY = np.full((12, 16), 0.01)  # a picture with one busy strip, where errors are a hundred times larger
BUSY[5:8] = 1.0


def unit(first: int, *, frames: int = 3, error: float = -30.0, region: np.ndarray | None = None) -> FrameErrors:
    indices = np.arange(first, first + frames)
    region = np.zeros((2, 2)) if region is None else region
    return FrameErrors(indices, indices / 25, error, region.astype(np.float32))


def ordinary(units: int, *, seed: int = 0, step: int = 3) -> list[FrameErrors]:
    rng = np.random.default_rng(seed)
    return [unit(step * i, region=np.abs(rng.normal(size=BUSY.shape)) * BUSY) for i in range(units)]


def with_error(base: FrameErrors, place: tuple[int, int], error: float) -> FrameErrors:
    region = base.region.copy()
    region[place] += error
    return replace(base, region=region)


def fields(scale: LiveScale) -> list:
    return [scale.mean.tolist(), scale.deviation.tolist(), scale.typical, scale.rare]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param([-30, -20, -25], [0, 1, 0.5], id="lowest is 0, highest is 1"),
        pytest.param([7, 7, 7], [0, 0, 0], id="a constant curve is zeros"),
        pytest.param([NAN, 2, 4], [NAN, 0, 1], id="nan stays nan"),
        pytest.param([NAN, NAN], [NAN, NAN], id="nothing scored"),
        pytest.param([-INF, -30, -20, INF], [0, 0, 1, 1], id="infinite counts as the nearest finite"),
        pytest.param([-INF, -INF], [0, 0], id="all perfect copies"),
        pytest.param([], [], id="an empty video"),
    ],
)
def test_per_video_minmax(scores, expected):
    np.testing.assert_array_equal(per_video_minmax(np.array(scores, float)), expected)


def test_a_frame_has_the_published_number_of_the_first_unit_that_counts():
    units = [unit(3, error=-25.0), unit(5, error=-20.0)]  # the last one reaches back
    assert published_error(units) == -25
    assert published_error([replace(units[0], published=False), units[1]]) == -20
    assert math.isnan(published_error([]))
    assert math.isnan(published_error([replace(units[0], published=False)]))


@pytest.mark.parametrize("first", [-1, 6], ids=["before the first frame", "after the last"])
def test_a_unit_outside_the_video_is_refused(first):
    with pytest.raises(DataError, match=f"frames {first} to {first + 2}, but the video has 8"):
        live_scores(fit_live_scale(ordinary(20)), [unit(first, region=BUSY)], 8)


def test_ordinary_footage_scores_0_in_the_middle_and_1_once_in_a_hundred():
    units = ordinary(1000)
    scale = fit_live_scale(units)
    scores = [live_score(scale, u)[0] for u in units]
    assert np.median(scores) == pytest.approx(0, abs=1e-4)
    assert np.mean(np.array(scores) >= 1) == pytest.approx(0.01)


def test_held_out_ordinary_footage_scores_the_same():
    scale = fit_live_scale(ordinary(1000))
    scores = [live_score(scale, u)[0] for u in ordinary(1000, seed=1)]
    assert np.median(scores) == pytest.approx(0, abs=0.1)
    assert np.mean(np.array(scores) >= 1) == pytest.approx(0.01, abs=0.008)


@pytest.mark.parametrize("error", [0.5, 2.5, 10.0])
def test_the_same_error_is_worse_at_a_quiet_place(error):
    scale, still = fit_live_scale(ordinary(100)), unit(0, region=np.zeros(BUSY.shape))
    quiet, _ = live_score(scale, with_error(still, (1, 8), error))
    busy, _ = live_score(scale, with_error(still, (6, 8), error))
    assert quiet > busy
    assert (quiet > 1, busy > 1) == (error > 1, error > 3)


def test_the_map_shows_where_and_its_maximum_is_the_score():
    score, places = live_score(fit_live_scale(ordinary(100)), with_error(ordinary(1)[0], (1, 8), 2.0))
    assert places.dtype == np.float32
    assert places.max() == score
    assert np.unravel_index(places.argmax(), places.shape) == (1, 8)


def test_more_error_never_scores_less():
    scale, base = fit_live_scale(ordinary(100)), ordinary(1, seed=1)[0]
    scores = [live_score(scale, with_error(base, (6, 8), error))[0] for error in range(6)]
    assert scores == sorted(scores)


@pytest.mark.parametrize("factor", [1e-6, 255.0])
def test_the_unit_of_the_error_does_not_matter(factor):
    units, probe = ordinary(50), with_error(ordinary(1, seed=1)[0], (1, 8), 2.0)
    scale = fit_live_scale(units)
    scaled = fit_live_scale([replace(u, region=u.region * np.float32(factor)) for u in units])
    score, _ = live_score(scaled, replace(probe, region=probe.region * np.float32(factor)))
    assert score == pytest.approx(live_score(scale, probe)[0], rel=1e-3)


def test_a_place_that_never_varied_does_not_alarm_at_a_flicker():
    rng, tall = np.random.default_rng(0), np.zeros((40, 16))
    tall[36:] = 1.0  # all else is still, and too far away to be pooled with it
    units = [unit(3 * i, region=rng.random(tall.shape) * tall) for i in range(100)]
    scale = fit_live_scale(units)
    assert live_score(scale, with_error(units[0], (0, 0), 0.01))[0] < 1
    assert live_score(scale, with_error(units[0], (0, 0), 1.0))[0] > 1


def test_a_step_between_two_steady_places_is_no_alarm():
    step = np.zeros((8, 8))
    step[:, 4:] = 5.0
    rng = np.random.default_rng(0)
    units = [unit(3 * i, region=step + rng.random((8, 8)) * 0.1) for i in range(100)]
    scale = fit_live_scale(units)
    assert scale.typical < 2  # deviations; were only the mean smoothed, the step would stand out by dozens
    _, places = live_score(scale, with_error(units[0], (4, 0), 5.0))
    assert np.unravel_index(places.argmax(), places.shape) == (4, 0)


def test_mean_and_deviation_are_those_of_a_picture_alike_everywhere():
    values = np.random.default_rng(0).random(40)
    scale = fit_live_scale([unit(3 * i, region=np.full((4, 5), v)) for i, v in enumerate(values)])
    np.testing.assert_allclose(scale.mean, values.mean(), rtol=1e-5)
    np.testing.assert_allclose(scale.deviation, values.std(), rtol=1e-5)
    standard = (values - values.mean()) / values.std()
    assert [scale.typical, scale.rare] == pytest.approx(np.quantile(standard, [0.5, 0.99]), rel=1e-4)


def test_scoring_never_moves_the_scale():
    scale, wild = fit_live_scale(ordinary(50)), [unit(i, region=BUSY * 1e6) for i in range(20)]
    before = fields(scale)
    regions = [u.region.copy() for u in wild]
    live_scores(scale, wild, 30)
    assert fields(scale) == before
    assert all(np.array_equal(u.region, kept) for u, kept in zip(wild, regions, strict=True))
    assert live_score(scale, wild[0])[0] == live_score(scale, wild[19])[0]


def test_units_may_come_once_and_one_at_a_time():
    assert fields(fit_live_scale(iter(ordinary(20)))) == fields(fit_live_scale(ordinary(20)))


def test_a_buffer_used_again_for_every_unit_does_no_harm():
    buffer = np.empty(BUSY.shape, np.float32)

    def reused():
        for u in ordinary(20):
            buffer[:] = u.region
            yield replace(u, region=buffer)

    assert fields(fit_live_scale(reused())) == fields(fit_live_scale(ordinary(20)))


@pytest.mark.parametrize(("units", "every"), [(15, 1), (16, 2), (30, 2), (31, 4), (100, 8)])
def test_long_footage_is_thinned_evenly(monkeypatch, units, every):
    monkeypatch.setattr(calibrate, "KEPT_UNITS", 16)
    footage = ordinary(units)
    thinned = fit_live_scale(footage)
    monkeypatch.undo()
    assert fields(thinned) == fields(fit_live_scale(footage[::every]))


@pytest.mark.parametrize(
    ("units", "message"),
    [
        pytest.param(ordinary(7), r"at least 8 units \(8 x 3 frames\) of ordinary footage, got 7", id="too few"),
        pytest.param([], "at least 8 units of ordinary footage, got 0", id="none"),
        pytest.param([*ordinary(8), unit(30)], r"region is \(2, 2\), but earlier units have \(12, 16\)", id="shapes"),
        pytest.param([*ordinary(8), unit(30, region=BUSY * NAN)], "the unit at frame 30 .* not finite", id="nan"),
        pytest.param([unit(i, region=BUSY * 0 + 0.1) for i in range(9)], "never varies: all 9", id="a frozen camera"),
        pytest.param([unit(i, region=BUSY * 0) for i in range(9)], "never varies", id="no error at all"),
        pytest.param([unit(i, region=BUSY) for i in range(9)], "never varies", id="a frozen camera before a pattern"),
    ],
)
def test_footage_that_no_scale_can_be_fitted_on_is_refused(units, message):
    with pytest.raises(DataError, match=message):
        fit_live_scale(units)


def test_eight_units_are_enough():
    assert fit_live_scale(ordinary(8)).rare > 0


def test_a_unit_of_another_shape_is_refused():
    with pytest.raises(DataError, match=r"region is \(2, 2\), .* fitted on \(12, 16\)"):
        live_score(fit_live_scale(ordinary(20)), unit(0))


def test_a_frame_gets_the_mean_of_the_units_that_cover_it():
    scale = LiveScale(np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32), 1.0, 3.0)
    units = [unit(1, region=np.full((2, 2), 1.0)), unit(2, region=np.full((2, 2), 7.0))]
    np.testing.assert_array_equal(live_scores(scale, units, 6), [NAN, 0, 1.5, 1.5, 3, NAN])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(-9, 9)), max_size=12))
def test_running_scores_are_final_in_order_and_equal_to_the_mean(steps):
    starts = np.cumsum([step for step, _, _ in steps], dtype=int)
    covers: dict[int, list[int]] = {}
    running, given_out = RunningScores(), []
    for start, (_, length, score) in zip(starts, steps, strict=True):
        done = running.add(np.arange(start, start + length), score)
        assert all(index < start for index, _ in done)
        given_out += done
        for index in range(start, start + length):
            covers.setdefault(index, []).append(score)
    given_out += running.finish()
    assert given_out == [(index, np.mean(covers[index])) for index in sorted(covers)]


def test_running_scores_give_a_frame_out_at_once_and_only_once():
    running = RunningScores()
    assert running.add(np.array([0, 1, 2]), 3.0) == []
    assert running.add(np.array([1, 2, 3]), 5.0) == [(0, 3.0)]
    assert running.add(np.array([3, 4, 5]), 7.0) == [(1, 4.0), (2, 4.0)]
    assert running.finish() == [(3, 6.0), (4, 7.0), (5, 7.0)]
    assert running.finish() == []


def test_with_a_memory_a_frame_gets_the_mean_of_the_last_scores_and_nothing_was_unusual_before_the_first():
    running = RunningScores(memory=3)
    told = [running.add(np.array([n]), score) for n, score in enumerate([3.0, 6.0, 0.0, 9.0])]
    assert [*told, running.finish()] == [[], [(0, 1.0)], [(1, 3.0)], [(2, 3.0)], [(3, 5.0)]]


def test_a_scale_s_memory_is_that_of_its_scores():
    scale = replace(LiveScale(np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32), 1.0, 3.0), memory=2)
    units = [unit(n, frames=1, region=np.full((2, 2), 3.0)) for n in range(3)]
    assert live_scores(scale, units, 3).tolist() == [0.5, 1.0, 1.0]
    with pytest.raises(DataError, match="a memory of 1 to 10000 frames, got 0"):
        replace(scale, memory=0)


def test_units_may_leave_frames_between_theirs_to_others():
    running = RunningScores()
    assert running.add(np.array([0, 4]), 1.0) == []
    assert running.add(np.array([1, 2]), 2.0) == [(0, 1.0)]
    assert running.finish() == [(1, 2.0), (2, 2.0), (4, 1.0)]


def test_units_out_of_order_are_refused():
    with pytest.raises(DataError, match="got 2 after 3"):
        live_scores(fit_live_scale(ordinary(20)), [unit(3, region=BUSY), unit(2, region=BUSY)], 8)


def test_streaming_gives_the_numbers_of_the_batch():
    scale, units = fit_live_scale(ordinary(50)), ordinary(30, seed=2, step=1)
    running, streamed = RunningScores(), {}
    for u in units:
        streamed.update(running.add(u.indices, live_score(scale, u)[0]))
    streamed.update(running.finish())
    assert [streamed[i] for i in range(32)] == live_scores(scale, units, 32).tolist()
