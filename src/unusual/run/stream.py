"""Frames as they arrive -> scores and events: the units and scales of a recorded video, in bounded memory.

    frames ─► one stretch without a gap ─► method.judge ─► units ─► RunningScores ─► RunningEvents ─► Listener
                              └─ the newest of them are held, to show what an event looked like ─┘

A stretch ends where frames were lost, the camera went away or its picture changed: no unit sees both sides. Within a
stretch every frame gets the very score that `score_video` gives it in a file. All times are seconds since 1970 (UTC).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from math import nan
from operator import attrgetter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Event, EventPictures, Frame, FrameErrors
from unusual.errors import VideoError
from unusual.run.checkpoint import Checkpoint
from unusual.run.pictured import picture_event
from unusual.run.places import with_place
from unusual.scores.calibrate import RunningScores, live_score
from unusual.scores.events import RunningEvents

LONGEST_S = 600.0  # of an event: what stays for hours is told again, and hides nothing that comes after it
MOST_PEAKS = 4  # that are held beside the newest


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """A frame of a live source. rgb: (H, W, 3) uint8.

    time_s: strictly rising within a session. session: another one where the camera came back, or is not what it was.
    after_gap: frames before it were lost.
    """

    time_s: float
    rgb: NDArray[np.uint8]
    session: int = 0
    after_gap: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """An event that is over, and what it looked like; no pictures where its frames are no longer held."""

    event: Event
    pictures: EventPictures | None


class Listener(Protocol):
    """Hears what comes of a stream, in order."""

    def scored(self, time_s: float, score: float) -> None:
        """A frame has its final score; NaN where its stretch is shorter than a unit."""

    def going_on(self, event: Event) -> None:
        """An event has begun, or has a later end or a higher peak than when it was last heard of."""

    def over(self, sighting: Sighting) -> None:
        """It is over: the last word on it."""


@dataclass(slots=True)
class Tally:
    """What became of the frames that were taken; gap: in stretches shorter than a unit."""

    taken: int = 0
    scored: int = 0
    gap: int = 0


@dataclass(frozen=True, slots=True)
class _Peak:
    """A unit that reaches `enter`, and the frames that it takes to show it, the first of them number `first`.

    until_s: as long, frames remember its score.
    """

    score: float
    unit: FrameErrors
    until_s: float
    frames: list[Frame]
    first: int


_score = attrgetter("score")


class Stream:
    """One camera's frames, scored as they come.

    enter, leave: live scores at which an event begins and ends. tally: of frames. newest: the last unit, for its map.
    """

    def __init__(
        self, checkpoint: Checkpoint, listener: Listener, *, enter: float, leave: float, join_s: float = 1.0
    ) -> None:
        self.checkpoint, self.listener = checkpoint, listener
        self.enter, self.leave, self.join_s = enter, leave, join_s
        self.tally = Tally()
        self.newest: FrameErrors | None = None
        self._peaks: list[_Peak] = []
        self._told: Event | None = None
        self._events = self._no_events()

    def run(self, frames: Iterator[LiveFrame | None]) -> None:
        """Take frames to their end. A None says that nothing came for long: what is known by then is said.

        Raises:
            DataError: times do not rise within a session.
        """
        ahead: list[LiveFrame] = []  # the first frame of the next stretch
        session: int | None = None
        ended = False

        def stretch() -> Iterator[LiveFrame]:
            nonlocal session, ended
            if ahead:
                session = ahead[0].session
                yield ahead.pop()
            for frame in frames:
                if frame is None:
                    return
                if frame.after_gap or session not in (None, frame.session):
                    ahead.append(frame)
                    return
                session = frame.session
                yield frame
            ended = True

        while ahead or not ended:
            if not ahead or ahead[0].session != session:
                self._finish_events()
            self._score(stretch())
        self._finish_events()

    def _score(self, frames: Iterator[LiveFrame]) -> None:
        """Score one stretch."""
        method = self.checkpoint.scorer
        most = (method.at_once + 2) * method.span + 8  # a unit is judged before this many more have come
        held: deque[Frame] = deque(maxlen=most)
        times: dict[int, float] = {}  # of the frames without a score
        running, count = RunningScores(self.checkpoint.scale.memory), 0

        def pictures() -> Iterator[tuple[float, NDArray[np.uint8]]]:
            nonlocal count
            for frame in frames:
                held.append(Frame(count, frame.time_s, frame.rgb))
                times[count] = frame.time_s
                count += 1
                self.tally.taken += 1
                yield frame.time_s, method.picture(frame.rgb)

        try:
            for unit in method.judge("the stream", pictures()):
                score, _ = live_score(self.checkpoint.scale, unit)
                self.newest = unit
                self._note_peak(unit, score, held, count)
                self._tell(running.add(unit.indices, score), times)
        except VideoError:
            if count >= method.span:  # not for being short
                raise
        self._tell(running.finish(), times)
        for time_s in times.values():
            self.tally.gap += 1
            self.listener.scored(time_s, nan)

    def _tell(self, scores: list[tuple[int, float]], times: dict[int, float]) -> None:
        """Say the final scores of frames, and what follows from them."""
        for index, score in scores:
            time_s = times.pop(index)
            self.tally.scored += 1
            self.listener.scored(time_s, score)
            for event in self._events.add(time_s, score):
                self._over(event)
            going_on = self._events.open
            if going_on is not None and time_s - going_on.start_s > LONGEST_S:
                self._finish_events()
                going_on = None
            if going_on is not None and going_on != self._told:
                self._told = going_on
                self.listener.going_on(self._placed(going_on))

    def _note_peak(self, unit: FrameErrors, score: float, held: deque[Frame], count: int) -> None:
        """Keep the frames of a unit that may turn out to be an event's peak."""
        if score < self.enter:
            return
        going_on = self._events.open
        since_s = float(unit.times_s[0]) if going_on is None else going_on.start_s
        before = [peak for peak in self._peaks if peak.until_s >= since_s]
        if going_on is not None and any(peak.score >= score for peak in before):
            return
        first, last = self.checkpoint.scorer.shown(unit, count)
        frames = [frame for frame in held if first <= frame.index <= last]
        step_s = (held[-1].time_s - held[0].time_s) / max(1, len(held) - 1)
        until_s = float(unit.times_s[-1]) + (self.checkpoint.scale.memory - 1) * step_s
        self._peaks = [*nlargest(MOST_PEAKS, before, key=_score), _Peak(score, unit, until_s, frames, first)]

    def _placed(self, event: Event) -> Event:
        peak = self._peak_of(event)
        return event if peak is None else with_place(event, peak.unit, self.checkpoint.scale, self.leave)

    def _peak_of(self, event: Event) -> _Peak | None:
        inside = [p for p in self._peaks if p.until_s >= event.start_s and p.unit.times_s[0] <= event.end_s]
        return max(inside, key=_score, default=None)

    def _over(self, event: Event) -> None:
        peak, placed = self._peak_of(event), self._placed(event)
        self._peaks = [p for p in self._peaks if p.unit.times_s[0] > event.end_s]
        pictures = None
        if peak is not None and peak.frames and peak.frames[0].index == peak.first:
            pictures = picture_event(self.checkpoint.scorer, placed, peak.unit, peak.frames, peak.first)
        self.listener.over(Sighting(placed, pictures))

    def _finish_events(self) -> None:
        """No event reaches from one session into another."""
        for event in self._events.finish():
            self._over(event)
        self._peaks, self._told, self._events = [], None, self._no_events()

    def _no_events(self) -> RunningEvents:
        return RunningEvents(enter=self.enter, leave=self.leave, join_s=self.join_s)
