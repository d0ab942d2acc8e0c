"""The shards of a stream -> its frames with their final scores, and its events: never shard by shard.

The memory of the score, thresholds and events go over the whole stream here. Every frame must be there exactly once.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import nan
from typing import Any

import numpy as np
import pyarrow as pa

from unusual.domain import Box, Event
from unusual.errors import DataError
from unusual.run.archive.manifest import Shard
from unusual.run.archive.shard import ShardRead, read_scored
from unusual.run.archive.shelf import Shelf
from unusual.run.score import Thresholds
from unusual.scores.calibrate import RunningScores
from unusual.scores.events import RunningEvents

COLUMNS = ["frame", "time_s", "seam", "unit_frames", "score", "error", "published"]
PLACE = ["left", "top", "right", "bottom", "why", "zone"]


@dataclass(frozen=True, slots=True)
class UnitScore:
    """What a method said of frames first to last. row: of its table, where its place stands."""

    first: int
    last: int
    score: float
    error: float
    published: bool
    table: pa.Table
    row: int

    def place(self, event: Event) -> Event:
        """An event whose peak this is, with where and why."""
        told = self.table.select(PLACE).slice(self.row, 1).to_pylist()[0]
        box = None if told["left"] is None else Box(*(float(told[name]) for name in PLACE[:4]))
        return replace(event, region=box, why=told["why"] or "", zone=told["zone"] or "")


@dataclass(frozen=True, slots=True)
class FrameScore:
    """A frame's final scores, NaN where it was not scored. shard: that owns it. seam: nothing is judged across it."""

    frame: int
    time_s: float
    live: float
    paper: float
    shard: Shard
    seam: bool

    @property
    def utc(self) -> float:
        """When it was."""
        return self.shard.begins_utc + self.time_s


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event of a stream. peak_shard: that owns its peak. first, last: frames of the peak's unit."""

    event: Event
    peak_shard: Shard
    first: int
    last: int


@dataclass(slots=True)
class StreamMerge:
    """Puts a stream together, in memory that does not grow with it.

    memory: of the score, see `LiveScale`. thresholds: of events. lost: frames that did not come. troubles: files of
    which not all was judged, and why.
    """

    shelf: Shelf
    memory: int
    thresholds: Thresholds
    events: list[StreamEvent] = field(default_factory=list)
    lost: int = 0
    troubles: list[tuple[str, str]] = field(default_factory=list)

    def frames(self, shards: Iterable[Shard]) -> Iterator[FrameScore]:
        """The frames in order, as their scores become final; `events` fills meanwhile.

        Raises:
            DataError: a frame is missing or there twice, and no file is to blame. A shard in quarantine is a gap.
        """
        follows, stretch = 0, _OpenStretch(self)
        for shard in shards:
            if shard.first != follows:
                raise DataError(f"{shard.stream}: the manifest lacks frames {follows} to {shard.first}")
            follows = shard.last
            if not self.shelf.has(shard.name):
                self.lost += shard.last - shard.first
                words = f"shard {shard.number} of {shard.stream} is not judged"
                self.troubles += [(piece.path, words) for piece in shard.files]
                yield from stretch.end()
                continue
            table, read = read_scored(self.shelf.read(shard.name))
            self.lost += shard.last - shard.first - read.frames
            own = {piece.path for piece in shard.files}
            broken = (piece for piece in read.pieces if piece.problems and piece.path in own)
            self.troubles += [(piece.path, "; ".join(piece.problems)) for piece in broken]
            for row, values in enumerate(_checked(table, shard, read)):
                if values["seam"]:
                    yield from stretch.end()
                yield from stretch.add(shard, table, row, values)
        yield from stretch.end()


def _checked(table: pa.Table, shard: Shard, read: ShardRead) -> list[dict[str, Any]]:
    """The rows of a shard. Raises DataError where a frame is there twice, or is missing and no file is to blame."""
    rows: list[dict[str, Any]] = table.select(COLUMNS).to_pylist()
    frames = [row["frame"] for row in rows]
    rising = all(one < other for one, other in pairwise(frames))
    if frames and not (rising and shard.first <= frames[0] and frames[-1] < shard.last):
        raise DataError(f"{shard.stream}, shard {shard.number}: a frame is there twice, or is of another shard")
    lost = shard.last - shard.first - len(frames)
    if len(frames) != read.frames or (lost and not any(piece.problems for piece in read.pieces)):
        raise DataError(f"{shard.stream}, shard {shard.number}: {lost} frames are lost, and no file is to blame")
    return rows


class _OpenStretch:
    """The frames since the last seam whose scores are not final yet, and the units that say something of them."""

    def __init__(self, merge: StreamMerge) -> None:
        self._merge = merge
        self._finder: RunningEvents = merge.thresholds.finder()
        self._peak: tuple[UnitScore, Shard] | None = None
        self._begin()

    def _begin(self) -> None:
        self._running = RunningScores(self._merge.memory)
        self._held: deque[tuple[int, float, bool, Shard]] = deque()
        self._paper: dict[int, float] = {}
        self._units: deque[UnitScore] = deque()

    def add(self, shard: Shard, table: pa.Table, row: int, values: dict[str, Any]) -> Iterator[FrameScore]:
        """Take a frame, with the unit that begins with it; give those whose score is final now."""
        frame = values["frame"]
        self._held.append((frame, values["time_s"], values["seam"], shard))
        if values["unit_frames"] is None:
            return
        last = frame + values["unit_frames"] - 1
        unit = UnitScore(frame, last, values["score"], values["error"], values["published"], table, row)
        self._units.append(unit)
        if unit.published:
            for each in range(unit.first, unit.last + 1):
                self._paper.setdefault(each, unit.error)
        yield from self._told(self._running.add(np.arange(unit.first, unit.last + 1), unit.score))

    def end(self) -> Iterator[FrameScore]:
        """No frame follows without a seam."""
        yield from self._told(self._running.finish())
        yield from self._unscored()
        for event in self._finder.finish():
            self._over(event)
        self._peak = None
        self._begin()

    def _told(self, scores: Sequence[tuple[int, float]]) -> Iterator[FrameScore]:
        for frame, score in scores:
            if not self._held or frame > self._held[-1][0]:
                return  # of a unit that reaches over the frames that came: they are lost
            yield from self._unscored(before=frame)
            place, time_s, seam, shard = self._held.popleft()
            yield FrameScore(place, time_s, score, self._paper.pop(place, nan), shard, seam)
            self._finder.enter = self._merge.thresholds.at(shard.begins_utc + time_s)
            for event in self._finder.add(time_s, score):
                self._over(event)
            while self._units and self._units[0].last + self._merge.memory <= frame:
                self._units.popleft()
            if self._finder.peak_s == time_s:
                meant = [u for u in self._units if u.first <= frame < u.last + self._merge.memory]
                self._peak = max(meant, key=lambda unit: unit.score), shard

    def _unscored(self, before: float = float("inf")) -> Iterator[FrameScore]:
        while self._held and self._held[0][0] < before:
            place, time_s, seam, shard = self._held.popleft()
            yield FrameScore(place, time_s, nan, self._paper.pop(place, nan), shard, seam)

    def _over(self, event: Event) -> None:
        if self._peak is None:
            raise DataError(f"an event at {event.start_s:.1f} s has no unit: the shards do not fit each other")
        unit, shard = self._peak
        self._merge.events.append(StreamEvent(unit.place(event), shard, unit.first, unit.last))
