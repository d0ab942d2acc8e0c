"""Frames as they come -> scores, places, events: the one loop that a camera and a file go through, in bounded memory.

    frames ─► one stretch without a gap ─► scorer.judge ─► judge ─► RunningScores ─► RunningEvents ─► listeners
                            └─ the newest are held: to be told with their score, to show what an event looked like ─┘

A stretch ends where frames were lost, the camera went away or its picture changed: no unit sees both sides. A file is
one stretch, but for its pauses and what was damaged. Times are seconds, of a camera since 1970 (UTC), of a file since
its first frame.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Event, EventPictures, Frame
from unusual.errors import VideoError
from unusual.run.checkpoint import Checkpoint
from unusual.run.pictured import picture_event
from unusual.scores.calibrate import RunningScores
from unusual.scores.events import RunningEvents
from unusual.scores.judgement import Judgement, judge

LONGEST_S = 600.0  # of a camera's event: what stays for hours is told again, and hides nothing that comes after it
HAIR = 1e-9  # share of a score by which a mean of scores may lie above the highest of them


@dataclass(frozen=True, slots=True)
class Sighting:
    """An event that is over, and what it looked like; no pictures where nobody asked for them."""

    event: Event
    pictures: EventPictures | None


class Listener:
    """Hears what comes of a stream, in order; what a listener does not care for, it leaves as it is here."""

    def scored(self, frame: Frame, score: float, judgements: Sequence[Judgement]) -> None:
        """A frame has its final score, NaN where its stretch is shorter than a unit.

        frame.index: from the stretch's first. judgements: of the units that cover it, in order.
        """

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
class _Seen:
    """A judgement and, where it may turn out to be an event's peak, the frames that show it; no frames else."""

    judgement: Judgement
    frames: Sequence[Frame] = ()


@dataclass(slots=True)
class _Stretch:
    """The frames of a stretch that are still to be told or shown, and the judgements that still count for them.

    memory: see `LiveScale`. count: of the frames that have come; told: of those whose score was told.
    """

    memory: int
    held: deque[Frame] = field(default_factory=deque)
    seen: deque[_Seen] = field(default_factory=deque)
    count: int = 0
    told: int = 0

    def take(self, frame: Frame) -> None:
        """Hold the next frame."""
        self.held.append(replace(frame, index=self.count))
        self.count += 1

    def frames(self, first: int, last: int) -> list[Frame]:
        """The frames from one to another, both included."""
        start = self.held[0].index
        return list(islice(self.held, first - start, last + 1 - start))

    def covering(self, index: int) -> list[Judgement]:
        """Of the units that hold a frame."""
        judgements = (seen.judgement for seen in self.seen)
        return [judgement for judgement in judgements if judgement.first <= index <= judgement.last]

    def worst_of(self, index: int) -> _Seen:
        """The most unusual unit that holds a frame, or a frame that its score remembers."""
        meant = [s for s in self.seen if s.judgement.first <= index < s.judgement.last + self.memory]
        return max(meant, key=lambda seen: seen.judgement.weighed)

    def forget(self, first: int) -> None:
        """Let go of the frames before `first` that were told, and of what says nothing of those that were not."""
        while self.held and self.held[0].index < min(first, self.told):
            self.held.popleft()
        while self.seen and self.seen[0].judgement.last + self.memory <= self.told:
            self.seen.popleft()


class _Running:
    """Frame scores from judgements: (frame, score, weighed score) of the frames that no further unit can change."""

    def __init__(self, memory: int) -> None:
        self._score, self._weighed = RunningScores(memory), RunningScores(memory)

    def add(self, judgement: Judgement) -> list[tuple[int, float, float]]:
        """Take the next unit's."""
        indices = judgement.errors.indices
        return _beside(self._score.add(indices, judgement.score), self._weighed.add(indices, judgement.weighed))

    def finish(self) -> list[tuple[int, float, float]]:
        """No further unit will come."""
        return _beside(self._score.finish(), self._weighed.finish())


def _beside(scores: list[tuple[int, float]], weighed: list[tuple[int, float]]) -> list[tuple[int, float, float]]:
    return [(index, score, other) for (index, score), (_, other) in zip(scores, weighed, strict=True)]


class Stream:
    """One source's frames, scored as they come.

    events: finds them. tally: of frames. newest: the last judgement, for its map. zone_map: where things count; it may
    be changed while the stream runs.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        listeners: Sequence[Listener],
        events: RunningEvents,
        *,
        longest_s: float = LONGEST_S,
        pictured: bool = True,
        name: str = "the stream",
        kept: Path | None = None,
    ) -> None:
        """Make a stream.

        Args:
            checkpoint: judges the frames.
            listeners: hear of what comes of them.
            events: the finder of events, its thresholds on the live scale; it is told of weighed scores.
            longest_s: an event that lasts longer is over, and may begin anew.
            pictured: whether an event gets its pictures.
            name: of the source, for errors.
            kept: of a file, see `Scorer.judge`.
        """
        self.checkpoint, self.listeners = checkpoint, listeners
        self.tally, self.zone_map = Tally(), checkpoint.zone_map
        self.newest: Judgement | None = None
        self.events, self._longest_s, self._pictured = events, longest_s, pictured
        self._name, self._kept = name, kept
        self._peak: _Seen | None = None  # of the newest event
        self._told: Event | None = None

    def run(self, frames: Iterator[Frame | None]) -> None:
        """Take frames to their end. A None says that nothing came for long: what is known by then is said.

        Raises:
            DataError: times do not rise within a session.
            VideoError: of the frames.
        """
        ahead: list[Frame] = []  # the first frame of the next stretch
        session: int | None = None
        ended = False

        def stretch() -> Iterator[Frame]:
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

    def _score(self, frames: Iterator[Frame]) -> None:
        """Score one stretch."""
        scorer, scale = self.checkpoint.scorer, self.checkpoint.scale
        stretch, running, whole = _Stretch(scale.memory), _Running(scale.memory), False

        def pictures() -> Iterator[tuple[float, NDArray[np.uint8]]]:
            nonlocal whole
            for frame in frames:
                stretch.take(frame)
                self.tally.taken += 1
                yield frame.time_s, scorer.picture(frame.rgb)
            whole = True

        try:
            kept, self._kept = self._kept, None  # it goes by the number of a frame from the start of the video
            for unit in scorer.judge(self._name, pictures(), kept):
                self.newest = judgement = judge(scale, unit, self.zone_map)
                first, last = scorer.shown(unit, stretch.count)
                shown = self._pictured and judgement.weighed >= self.events.enter - HAIR * abs(self.events.enter)
                stretch.seen.append(_Seen(judgement, stretch.frames(first, last) if shown else ()))
                self._tell(running.add(judgement), stretch)
                stretch.forget(min(first, judgement.first))
        except VideoError:
            if not (whole and stretch.count < scorer.span):  # it may be too short
                raise
        self._tell(running.finish(), stretch)
        self._tell_unscored(stretch, stretch.count)

    def _tell(self, scores: Sequence[tuple[int, float, float]], stretch: _Stretch) -> None:
        """Say the final scores of frames, and what follows from them."""
        for index, score, weighed in scores:
            self._tell_unscored(stretch, index)
            frame = stretch.frames(index, index)[0]
            self.tally.scored += 1
            for listener in self.listeners:
                listener.scored(frame, score, stretch.covering(index))
            stretch.told += 1
            for event in self.events.add(frame.time_s, weighed):
                self._over(event)
            if self.events.peak_s == frame.time_s:
                self._peak = stretch.worst_of(index)
            self._tell_going_on(frame.time_s)

    def _tell_unscored(self, stretch: _Stretch, before: int) -> None:
        """Say which of the frames up to `before` no unit covers."""
        while stretch.told < before:
            for listener in self.listeners:
                listener.scored(stretch.frames(stretch.told, stretch.told)[0], nan, ())
            stretch.told += 1
            self.tally.gap += 1

    def _tell_going_on(self, time_s: float) -> None:
        going_on = self.events.open
        if going_on is not None and time_s - going_on.start_s > self._longest_s:
            self._finish_events()
        elif going_on is not None and going_on != self._told:
            self._told = going_on
            for listener in self.listeners:
                listener.going_on(self._placed(going_on))

    def _placed(self, event: Event) -> Event:
        return event if self._peak is None else self._peak.judgement.place(event, self.events.leave)

    def _over(self, event: Event) -> None:
        peak, placed = self._peak, self._placed(event)
        pictures = None
        if peak is not None and peak.frames:
            pictures = picture_event(self.checkpoint.scorer, placed, peak.judgement.errors, peak.frames)
        for listener in self.listeners:
            listener.over(Sighting(placed, pictures))

    def _finish_events(self) -> None:
        """No event reaches from one session into another."""
        for event in self.events.finish():
            self._over(event)
        self._peak = self._told = None
