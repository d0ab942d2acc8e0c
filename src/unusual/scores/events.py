"""From a score curve to the stretches of time worth a look, and how these agree with what is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Event, Interval, ScoreCurve
from unusual.errors import ConfigError, DataError


@dataclass(frozen=True, slots=True)
class EventCounts:
    """How events agree with the truth. found + missed: true intervals. false: events that overlap none of them."""

    found: int
    missed: int
    false: int


class RunningEvents:
    """Cuts scores into events with two thresholds, frame by frame, in the same memory however long it goes on.

    An event is a run of frames at or above `leave` of which one reaches `enter`; its peak is the first of equal ones.
    The gap between the two keeps a score that wavers from raising ten alarms.

    Args:
        enter, leave: thresholds on the scale of the scores, any one, with leave <= enter. NaN is at or above nothing,
            so it ends a run.
        shortest_s: events shorter than this many seconds, from first frame to last, are dropped. Joining comes first.
        join_s: events less than this many seconds apart become one, whatever lies between. Runs that never reach
            `enter` are no events and join nothing.

    Raises:
        ConfigError: leave > enter, or a negative duration.

    Source: hysteresis thresholding (Canny, 1986). Neither paper defines events; this is ours.

    >>> running = RunningEvents(enter=3, leave=2, join_s=1.5)
    >>> [running.add(time_s, score) for time_s, score in enumerate([0.0, 2.5, 4.0])]
    [[], [], []]
    >>> running.open
    Event(start_s=1.0, end_s=2.0, peak_s=2.0, peak_score=4.0, region=None, why='', zone='')
    >>> running.add(3.0, 0.0), [(e.start_s, e.end_s) for e in running.add(4.0, 0.0)], running.open
    ([], [(1.0, 2.0)], None)
    """

    def __init__(self, *, enter: float, leave: float, shortest_s: float = 0.0, join_s: float = 0.0) -> None:
        if not leave <= enter:
            raise ConfigError(f"need leave <= enter, got leave={leave}, enter={enter}")
        if not (shortest_s >= 0 and join_s >= 0):
            raise ConfigError(f"durations must be 0 or more, got shortest_s={shortest_s}, join_s={join_s}")
        self.enter, self.leave = enter, leave  # `enter` may be changed; a frame is held against the one of its time
        self._shortest_s, self._join_s = shortest_s, join_s
        self._waiting: Event | None = None  # over, but near enough for a run to come, or the run below, to join it
        self._run: Event | None = None  # frames at or above `leave` up to the newest, `enter` reached or not
        self._reached = False  # by that run
        self._time_s = -np.inf

    def add(self, time_s: float, score: float) -> list[Event]:
        """Take the next frame; return the event that it settles, if any: no later frame can change that one.

        Raises:
            DataError: the time does not rise.
        """
        if not time_s > self._time_s:
            raise DataError(f"times must rise strictly, got {time_s} s after {self._time_s} s")
        self._time_s = time_s = float(time_s)
        if score >= self.leave:
            frame = Event(time_s, time_s, time_s, float(score))
            self._run = _joined(self._run, frame) if self._run else frame
            self._reached = self._reached or score >= self.enter
        else:
            self._waiting, self._run, self._reached = self._latest(), None, False
        next_s = self._run.start_s if self._run else time_s  # no event to come starts before this
        if self._waiting is None or next_s - self._waiting.end_s < self._join_s:
            return []
        settled, self._waiting = self._waiting, None
        return self._long_enough(settled)

    @property
    def open(self) -> Event | None:
        """The event that later frames may still change, as it would be if none came; None when there is none.

        It has reached `enter` and lasted `shortest_s`, so it will be settled with this start, never dropped. It stays
        open after its last frame until `join_s` has passed.
        """
        latest = self._latest()
        return latest if latest and self._long_enough(latest) else None

    @property
    def peak_s(self) -> float | None:
        """When the newest event that is not settled has its peak so far, be it long enough yet or not."""
        latest = self._latest()
        return latest.peak_s if latest else None

    def finish(self) -> list[Event]:
        """Settle what is open: no frame follows, or one of another recording, whose times may begin anew."""
        settled = [self.open] if self.open else []
        self._waiting, self._run, self._reached, self._time_s = None, None, False, -np.inf
        return settled

    def _latest(self) -> Event | None:
        if self._run is None or not self._reached:
            return self._waiting
        return _joined(self._waiting, self._run) if self._waiting else self._run

    def _long_enough(self, event: Event) -> list[Event]:
        return [event] if event.end_s - event.start_s >= self._shortest_s else []


def find_events(
    curve: ScoreCurve, *, enter: float, leave: float, shortest_s: float = 0.0, join_s: float = 0.0
) -> list[Event]:
    """The events of a whole score curve, by `RunningEvents`.

    Returns:
        Events in order of time, never overlapping. A run that reaches the end of the video closes there.

    >>> curve = ScoreCurve("door", "live", np.arange(6.0), np.array([0, 3.1, 2.2, 1.0, 4.0, 0]))
    >>> [(e.start_s, e.end_s) for e in find_events(curve, enter=3, leave=2)]
    [(1.0, 2.0), (4.0, 4.0)]
    >>> [(e.start_s, e.end_s, e.peak_s) for e in find_events(curve, enter=3, leave=2, join_s=2.5)]
    [(1.0, 4.0, 4.0)]
    """
    running = RunningEvents(enter=enter, leave=leave, shortest_s=shortest_s, join_s=join_s)
    frames = zip(curve.times_s.tolist(), curve.scores.tolist(), strict=True)
    settled = [event for time_s, score in frames for event in running.add(time_s, score)]
    return settled + running.finish()


def intervals_of(abnormal: NDArray[np.bool_], times_s: NDArray[np.float64]) -> list[Interval]:
    """Runs of abnormal frames as stretches of time, from the first frame's time to the last one's.

    Args:
        abnormal: (N,) bool. times_s: (N,) float64, strictly rising.

    Raises:
        DataError: the two differ in length.

    >>> intervals_of(np.array([True, False, True, True]), np.array([0.0, 0.5, 1.0, 1.5]))
    [Interval(start_s=0.0, end_s=0.0), Interval(start_s=1.0, end_s=1.5)]
    """
    if abnormal.ndim != 1 or abnormal.shape != times_s.shape:
        raise DataError(f"labels {abnormal.shape} and times {times_s.shape} must both be (N,)")
    return [Interval(float(times_s[first]), float(times_s[last])) for first, last in runs(abnormal)]


def runs(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of True in (N,).

    >>> runs(np.array([True, False, True, True]))
    [(0, 0), (2, 3)]
    """
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    return [(first, after - 1) for first, after in edges.reshape(-1, 2).tolist()]


def _joined(one: Event, other: Event) -> Event:
    peak = max(one, other, key=lambda event: event.peak_score)  # the first of equal ones
    return Event(one.start_s, other.end_s, peak.peak_s, peak.peak_score)
