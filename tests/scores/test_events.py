"""Two thresholds: what opens, what closes, what is joined, what is dropped, what counts as found."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unusual.domain import Event, ScoreCurve
from unusual.errors import ConfigError, DataError
from unusual.scores.events import RunningEvents, find_events, intervals_of

NAN = float("nan")
quick = settings(deadline=None, max_examples=120)


def curve(*scores: float, step_s: float = 1.0) -> ScoreCurve:
    return ScoreCurve("test", "live", np.arange(float(len(scores))) * step_s, np.array(scores, float))


def spans(events: list[Event]) -> list[tuple[float, float]]:
    return [(event.start_s, event.end_s) for event in events]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param((0, 1, 0.6, 1, 0), [(1, 3)], id="a dip above leave does not split"),
        pytest.param((0, 1, 0.4, 1, 0), [(1, 1), (3, 3)], id="a dip below leave splits"),
        pytest.param((0, 0.8, 0.5, 0.49), [(1, 2)], id="both thresholds are included"),
        pytest.param((0.5, 0.6, 1), [(0, 2)], id="an event starts where the score passes leave"),
        pytest.param((0.6, 0.6, 0.6), [], id="never reaches enter"),
        pytest.param((0, 1, 1), [(1, 2)], id="open at the end"),
        pytest.param((NAN, 1, NAN), [(1, 1)], id="nan is not an event"),
        pytest.param((1, NAN, 1), [(0, 0), (2, 2)], id="nan splits"),
        pytest.param((-9, 40, -9), [(1, 1)], id="scores are not bounded"),
        pytest.param((0, np.inf, 0), [(1, 1)], id="an infinite score is an event"),
        pytest.param((), [], id="an empty curve"),
    ],
)
def test_spans(scores, expected):
    assert spans(find_events(curve(*scores), enter=0.8, leave=0.5)) == expected


def test_thresholds_may_be_negative():
    assert spans(find_events(curve(-30, -20, -24, -30, NAN), enter=-20, leave=-25)) == [(1, 2)]


def test_the_peak_is_the_first_of_equal_ones():
    assert find_events(curve(0.6, 0.9, 0.9, 0.7), enter=0.8, leave=0.5) == [Event(0.0, 3.0, 1.0, 0.9)]


def test_a_single_threshold_is_allowed():
    assert spans(find_events(curve(0, 1, 0.9), enter=1, leave=1)) == [(1, 1)]


@pytest.mark.parametrize(
    ("shortest_s", "expected"), [(1.0, [(1, 2)]), (1.01, [])], ids=["exactly long enough is kept", "shorter is dropped"]
)
def test_short_events_are_dropped(shortest_s, expected):
    assert spans(find_events(curve(0, 1, 1, 0), enter=0.8, leave=0.5, shortest_s=shortest_s)) == expected


@pytest.mark.parametrize(
    ("scores", "join_s", "expected"),
    [
        pytest.param((1, 0, 1), 2.0, [(0, 0), (2, 2)], id="exactly join_s apart stay two"),
        pytest.param((1, 0, 1), 2.1, [(0, 2)], id="nearer become one"),
        pytest.param((1, 0, 1, 0, 1), 2.1, [(0, 4)], id="a chain becomes one"),
        pytest.param((1, 0, 0.6, 0, 1), 2.1, [(0, 0), (4, 4)], id="a run below enter joins nothing"),
        pytest.param((1, NAN, 1), 2.1, [(0, 2)], id="a gap without scores is a gap"),
    ],
)
def test_near_events_are_joined(scores, join_s, expected):
    assert spans(find_events(curve(*scores), enter=0.8, leave=0.5, join_s=join_s)) == expected


def test_a_joined_event_has_the_higher_peak():
    assert find_events(curve(2, 0, 3), enter=1, leave=1, join_s=9) == [Event(0.0, 2.0, 2.0, 3.0)]
    assert find_events(curve(3, 0, 2), enter=1, leave=1, join_s=9) == [Event(0.0, 2.0, 0.0, 3.0)]
    assert find_events(curve(3, 0, 3), enter=1, leave=1, join_s=9) == [Event(0.0, 2.0, 0.0, 3.0)]


def test_events_are_joined_before_short_ones_are_dropped():
    assert spans(find_events(curve(1, 0, 1), enter=1, leave=1, join_s=3, shortest_s=2)) == [(0, 2)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"enter": 0.8, "leave": 0.9}, "leave=0.9, enter=0.8", id="thresholds the wrong way round"),
        pytest.param({"enter": NAN, "leave": 0.9}, "enter=nan", id="a threshold that is no number"),
        pytest.param({"enter": 1, "leave": 0, "shortest_s": -1}, "shortest_s=-1", id="a negative length"),
        pytest.param({"enter": 1, "leave": 0, "join_s": -1}, "join_s=-1", id="a negative gap"),
    ],
)
def test_optionsthat_make_no_sense_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        find_events(curve(0), **options)


def literal_events(curve, enter, leave, shortest_s, join_s):
    """The definition read aloud: try every stretch of frames."""
    n, s, t = len(curve.scores), curve.scores, curve.times_s
    runs = [
        (a, b)
        for a in range(n)
        for b in range(a, n)
        if all(s[i] >= leave for i in range(a, b + 1))
        and (a == 0 or not s[a - 1] >= leave)
        and (b == n - 1 or not s[b + 1] >= leave)
    ]
    runs = [(a, b) for a, b in runs if max(s[a : b + 1]) >= enter]
    while near := [i for i in range(len(runs) - 1) if t[runs[i + 1][0]] - t[runs[i][1]] < join_s]:
        i = near[0]
        runs[i : i + 2] = [(runs[i][0], runs[i + 1][1])]
    events = []
    for a, b in runs:
        peak = next(i for i in range(a, b + 1) if s[i] == np.nanmax(s[a : b + 1]))
        if t[b] - t[a] >= shortest_s:
            events.append(Event(t[a], t[b], t[peak], s[peak]))
    return events


@quick
@given(
    st.lists(st.tuples(st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0, NAN]), st.integers(1, 3)), max_size=14),
    st.sampled_from([(1, 0), (0, 0), (2, -1), (1, -2)]),
    st.integers(0, 4),
    st.integers(0, 5),
)
def test_events_are_those_of_the_definition(frames, thresholds, shortest_s, join_s):
    scores = np.array([score for score, _ in frames])
    times_s = np.cumsum([step for _, step in frames], dtype=float)
    video = ScoreCurve("test", "live", times_s, scores)
    enter, leave = thresholds
    found = find_events(video, enter=enter, leave=leave, shortest_s=shortest_s, join_s=join_s)
    assert found == literal_events(video, enter, leave, shortest_s, join_s)


CURVES = st.lists(
    st.tuples(
        st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, NAN, np.inf, -np.inf]), st.sampled_from([0.1, 1.0, 2.5])
    ),
    max_size=16,
)
OPTIONS = st.fixed_dictionaries(
    {
        "enter": st.sampled_from([-1.0, 0.5, 1.0, 2.0, np.inf]),
        "leave": st.sampled_from([-np.inf, -2.0, -1.0]) | st.sampled_from([0.5, 0.75]),
        "shortest_s": st.sampled_from([0.0, 0.1, 1.0, 3.5]),
        "join_s": st.sampled_from([0.0, 0.1, 1.0, 2.5, 6.0, np.inf]),
    }
).filter(lambda options: options["leave"] <= options["enter"])


@settings(deadline=None, max_examples=150)
@given(CURVES, OPTIONS)
def test_frame_by_frame_the_events_are_those_of_the_frames_so_far(frames, options):
    """Settled events and the open one together, after each frame; so neither ever has to be taken back."""
    scores, times_s = np.array([s for s, _ in frames], float), np.cumsum([step for _, step in frames], dtype=float)
    running, settled = RunningEvents(**options), []
    for n, (time_s, score) in enumerate(zip(times_s, scores, strict=True), 1):
        settled += running.add(time_s, score)
        so_far = ScoreCurve("test", "live", times_s[:n], scores[:n])
        assert [*settled, *([running.open] if running.open else [])] == literal_events(so_far, **options)
        assert running.peak_s is None or running.peak_s <= time_s
        assert running.open is None or running.peak_s == running.open.peak_s
    settled += running.finish()
    assert settled == literal_events(ScoreCurve("test", "live", times_s, scores), **options)
    assert running.open is running.peak_s is None


def fed(running, *scores):
    """The events that each frame settles, one frame a second."""
    return [running.add(float(second), score) for second, score in enumerate(scores)]


def test_an_event_is_settled_as_soon_as_nothing_can_join_it():
    running = RunningEvents(enter=1, leave=0.5, join_s=2)
    assert fed(running, 0, 1, 0, 0, 0) == [[], [], [], [Event(1.0, 1.0, 1.0, 1.0)], []]
    running = RunningEvents(enter=1, leave=0.5)
    assert fed(running, 1, 1, 0) == [[], [], [Event(0.0, 1.0, 0.0, 1.0)]]


def test_a_run_that_may_yet_reach_enter_keeps_the_event_before_it_waiting():
    running = RunningEvents(enter=1, leave=0.5, join_s=2.5)
    before = Event(0.0, 0.0, 0.0, 1.0)
    assert fed(running, 1, 0, 0.6, 0.6, 0.6) == [[]] * 5
    assert running.open == before
    assert running.add(5.0, 0.0) == [before]
    assert running.open is None


def test_an_event_is_open_from_enter_until_it_is_settled():
    running = RunningEvents(enter=1, leave=0.5, join_s=2)
    seen = []
    for second, score in enumerate([0.6, 1, 3, 0, 0, 0]):
        running.add(float(second), score)
        seen.append(running.open)
    assert seen == [None, Event(0.0, 1.0, 1.0, 1.0), Event(0.0, 2.0, 2.0, 3.0), Event(0.0, 2.0, 2.0, 3.0), None, None]


def test_what_may_be_dropped_as_too_short_is_not_open_yet():
    running = RunningEvents(enter=1, leave=0.5, shortest_s=1)
    running.add(0.0, 1.0)
    assert (running.open, running.peak_s) == (None, 0.0)
    running.add(1.0, 1.0)
    assert running.open == Event(0.0, 1.0, 0.0, 1.0)


def test_after_finish_another_recording_may_follow():
    running = RunningEvents(enter=1, leave=1, join_s=9)
    running.add(5.0, 1.0)
    assert running.finish() == [Event(5.0, 5.0, 5.0, 1.0)]
    assert running.finish() == []
    assert running.add(0.0, 0.0) == []
    assert running.finish() == []


def test_times_that_do_not_rise_are_refused():
    running = RunningEvents(enter=1, leave=1)
    running.add(1.0, 0.0)
    for time_s in (1.0, 0.5, NAN):
        with pytest.raises(DataError, match="must rise"):
            running.add(time_s, 0.0)
    with pytest.raises(ConfigError, match="leave=2"):
        RunningEvents(enter=1, leave=2)


def test_memory_does_not_grow_with_the_frames():
    running = RunningEvents(enter=1, leave=0.5, join_s=np.inf)
    fed(running, 0, 1, 0.6, 0)
    tracemalloc.start()
    for second in range(9, 20_000):
        running.add(float(second), second % 3 / 2)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 5_000


@given(st.lists(st.booleans(), max_size=20))
def test_intervals_cover_the_abnormal_frames_and_no_others(abnormal):
    times_s = np.arange(len(abnormal)) / 25
    intervals = intervals_of(np.array(abnormal, bool), times_s)
    assert [any(i.start_s <= t <= i.end_s for i in intervals) for t in times_s] == abnormal
    assert all(a.end_s < b.start_s for a, b in pairwise(intervals))


def test_one_label_for_each_time():
    with pytest.raises(DataError, match=r"\(3,\) and times \(2,\)"):
        intervals_of(np.ones(3, bool), np.arange(2.0))


def test_a_long_curve_takes_no_time():
    scores = np.tile([0.0, 1.0], 50_000)
    assert len(find_events(curve(*scores), enter=1, leave=1)) == 50_000


def test_a_frame_is_held_against_the_threshold_of_its_time():
    """At two it becomes night, when 2 is enough; at four it is day again, and what has begun goes on."""
    running, settled = RunningEvents(enter=3, leave=1), []
    for time_s, score in enumerate([2.0, 0.0, 2.0, 1.5, 1.5, 0.0, 2.0, 0.0]):
        running.enter = 2 if 2 <= time_s < 4 else 3
        settled += running.add(time_s, score)
        if time_s == 4:
            assert running.open is not None
    assert spans(settled + running.finish()) == [(2.0, 4.0)]
