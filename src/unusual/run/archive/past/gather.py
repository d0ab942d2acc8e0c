"""All shards -> what an archive is told as: scores, events, the store that a dashboard shows, and numbers of each day.

shards ─► merged, stream by stream ─► scores/CAMERA.parquet, events.csv, home/: events and timelines
                                └─► highest scores ─► how often ordinary footage reaches what ─► threshold
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import partial
from itertools import groupby
from math import isnan, nan
from pathlib import Path

from unusual.errors import DataError
from unusual.run.archive.engines.children import in_children
from unusual.run.archive.manifest import MANIFEST, models_of, read_shards, seconds_of
from unusual.run.archive.past.days import CameraDay, Days
from unusual.run.archive.past.merge import FrameScore, StreamEvent, StreamMerge
from unusual.run.archive.past.storing import PastTimeline, event_id, store_events
from unusual.run.archive.past.tables import ArchiveEvent, read_event_ids, write_events_table, write_score_table
from unusual.run.archive.shelf import Shelf
from unusual.run.score import Thresholds
from unusual.scores.alarms import AlarmScale
from unusual.scores.by_hour import hour_of, often_at, promised
from unusual.store.home import Home

LIMIT_S, SLOWEST = 1800.0, 0.1  # that a camera may take, and how much of its video's length: a shelf may hang


@dataclass(frozen=True, slots=True)
class CameraRule:
    """What makes an event of a camera. memory: of its score. scale: that was learnt, None where none was.

    alarms_per_day: from which the threshold follows; None for `thresholds` as they are.
    """

    thresholds: Thresholds
    memory: int
    scale: AlarmScale | None = None
    alarms_per_day: float | None = None

    def by(self, scale: AlarmScale | None, zone: tzinfo) -> tuple["CameraRule", str]:
        """The same by a scale, whose hours are of that time zone, and in words where its threshold comes from."""
        usual = f"score {self.thresholds.enter:g}, as for single videos"
        if self.alarms_per_day is None:
            return self, usual
        if scale is None:
            return self, f"{usual}: too little for one by alarms a day"
        thresholds = self.thresholds.by(scale, self.alarms_per_day, zone)
        words = promised(scale.threshold(self.alarms_per_day), thresholds.hourly)
        return replace(self, scale=scale, thresholds=thresholds), words


@dataclass(frozen=True, slots=True)
class FileTrouble:
    """A file of which not all was judged, and why."""

    camera: str
    path: str
    words: str


@dataclass(slots=True)
class CameraPast:
    """What an archive says of a camera. enter: live score of an event; said: where that comes from.

    stretches: (first, last) UTC seconds of its streams. frames: that came; lost: that did not, though files promise
    them; unscored: in stretches too short for a unit.
    """

    camera: str
    enter: float
    said: str
    frames: int = 0
    lost: int = 0
    unscored: int = 0
    days: list[CameraDay] = field(default_factory=list)
    stretches: list[tuple[float, float]] = field(default_factory=list)
    events: list[ArchiveEvent] = field(default_factory=list)
    troubles: list[FileTrouble] = field(default_factory=list)


def gather(
    gathering: "Gathering", rules: Mapping[str, CameraRule], tell: Callable[[str], None], workers: int = 0
) -> list[CameraPast]:
    """Put all shards together, some cameras at once, and write what comes out.

    Args:
        rules: by the camera's name. tell: hears of each camera.
        workers: processes, that may take so long and no longer; 0: this one, however long it takes.

    Raises:
        DataError: a frame is missing or there twice, and no file is to blame; or a camera takes too long.
        OutputError, and as `EventStore`.
    """
    out, home = gathering.out, gathering.home
    models = models_of(out / MANIFEST)
    pasts = []
    for past in _told(gathering, [(camera, rules[camera]) for camera in models], workers):
        said = f"{past.frames} frames, {past.lost} lost, {len(past.events)} events; {past.said}"
        tell(f"{past.camera}: {said}")
        pasts.append(past)
    events = [event for past in pasts for event in past.events]
    store_events(home, events, models, read_event_ids(out))
    write_events_table(out, events)
    return pasts


def _told(gathering: "Gathering", cameras: list[tuple[str, CameraRule]], workers: int) -> Iterator[CameraPast]:
    """The pasts of cameras, in their order."""
    if not workers:
        yield from map(gathering, cameras)
        return
    seconds = seconds_of(gathering.out / MANIFEST)
    take, found = partial(next, iter(cameras), None), dict[str, CameraPast]()

    def limit_s(task: tuple[str, CameraRule]) -> float:
        return LIMIT_S + SLOWEST * seconds[task[0]]

    for done in in_children(take, gathering, limit_s, workers=workers, lasts=True):
        if done.value is None:
            raise DataError(f"{done.task[0]} cannot be put together: {done.trouble}")
        found[done.task[0]] = done.value
    yield from (found[camera] for camera, _ in cameras)


@dataclass(frozen=True, slots=True)
class Gathering:
    """Puts the shards of one camera together, in any process of this machine.

    out: the folder with the manifest. home: whose store and timelines it becomes a part of; it is there once, however
    often it is gathered. zone: of the days.
    """

    out: Path
    shelf: Shelf
    home: Home
    zone: tzinfo

    def __call__(self, camera_rule: tuple[str, CameraRule]) -> CameraPast:
        """All of a camera. Raises as `gather`."""
        camera, asked = camera_rule
        rule, said = asked.by(self._scale(camera, asked), self.zone)
        past, days, found = CameraPast(camera, rule.thresholds.enter, said), Days(self.zone), list[StreamEvent]()
        with (
            write_score_table(self.out, camera) as table,
            closing(PastTimeline(self.home, camera)) as timeline,
        ):
            for merge, frames in self._streams(camera, rule, days):
                first_utc = last_utc = nan
                for frame in frames:
                    table.add(frame)
                    timeline.add(frame.utc, frame.live)
                    past.frames += 1
                    past.unscored += isnan(frame.live)
                    first_utc, last_utc = frame.utc if isnan(first_utc) else first_utc, frame.utc
                past.stretches += [] if isnan(first_utc) else [(first_utc, last_utc)]
                past.lost += merge.lost
                past.troubles += dict.fromkeys(FileTrouble(camera, *trouble) for trouble in merge.troubles)
                found += merge.events
        hours = sum(end - start for start, end in past.stretches) / 3600
        past.events = [_event(camera, each, found, rule, hours) for each in found]
        past.days = days.told([event.start_utc for event in past.events])
        return past

    def _scale(self, camera: str, rule: CameraRule) -> AlarmScale | None:
        """The one that was learnt; where none was and one is wanted, the archive's own: most of it is ordinary."""
        if rule.scale is not None or rule.alarms_per_day is None:
            return rule.scale
        days = Days(self.zone)
        for _, frames in self._streams(camera, rule, days):
            for _ in frames:
                pass
        return days.alarm_scale()

    def _streams(self, camera: str, rule: CameraRule, days: Days) -> Iterator[tuple[StreamMerge, Iterator[FrameScore]]]:
        own = read_shards(self.out / MANIFEST, camera)
        for name, shards in groupby(own, key=lambda shard: shard.stream):
            merge = StreamMerge(self.shelf, rule.memory, rule.thresholds)
            yield merge, _noted(merge.frames(shards), name, days)


def _event(camera: str, found: StreamEvent, others: list[StreamEvent], rule: CameraRule, hours: float) -> ArchiveEvent:
    score, hourly = found.event.peak_score, rule.thresholds.hourly
    if rule.scale is not None:
        peak_utc = found.peak_shard.begins_utc + found.event.peak_s
        often = often_at(rule.scale, score, hour_of(peak_utc, hourly.zone) if hourly else None)
    else:  # as often as it was here
        often = 24 * sum(each.event.peak_score >= score for each in others) / max(hours, 1 / 3600)
    shard = found.peak_shard
    name = event_id(shard, found.event.start_s)
    return ArchiveEvent(name, camera, found.event, often, shard, found.first, found.last)


def _noted(frames: Iterator[FrameScore], stream: str, days: Days) -> Iterator[FrameScore]:
    utc = 0.0
    for frame in frames:
        utc = frame.utc
        days.add(frame.time_s, utc, frame.live, 1 / frame.shard.rate)
        yield frame
    days.end_stream(stream, utc)
