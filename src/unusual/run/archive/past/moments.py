"""What events looked like: their pictures and clips, decoded again for the highest of them alone."""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.domain import EventPictures, Frame
from unusual.errors import VideoError
from unusual.files import whole_files
from unusual.methods.scorer import Reach
from unusual.run.archive.manifest import MANIFEST, FilmPiece, Shard, read_shards
from unusual.run.archive.past.tables import ArchiveEvent, read_scores_between
from unusual.run.archive.reading import ShardFrames
from unusual.run.archive.work import CameraModel
from unusual.run.checkpoint import Checkpoint
from unusual.run.pictured import picture_event
from unusual.store.home import Home
from unusual.store.live import CURVE, Curve, write_curve
from unusual.store.media import CLIP, CRF, HEIGHT, QUALITY, THUMB, WIDTH, keep_event_pictures
from unusual.video.condition.levels import showing
from unusual.video.condition.steadying import steadying
from unusual.video.pictures import jpeg, resize_to_fit
from unusual.video.writer import write_video

MOST = 500  # events of an archive that get a clip and pictures
AROUND_S, LONGEST_S = 5.0, 60.0  # seconds of a clip before and after an event; of a clip
SEEN_S = 4.0  # before a moment, at the most, for a method to know who is there
LIMIT_S = 600.0


@dataclass(frozen=True, slots=True)
class Moment:
    """An event, and the frames around it. frames: as a shard, of the clip; judged: its first frame to be judged.

    threshold: of events.
    """

    event: ArchiveEvent
    frames: Shard
    judged: int
    threshold: float


@dataclass(frozen=True, slots=True)
class Showing:
    """Decodes a moment, in any process. models: by camera. out: of the archive, with its scores. Raises VideoError."""

    models: tuple[tuple[str, CameraModel], ...]
    out: Path
    home: Home

    def __call__(self, moment: Moment) -> tuple[str, ...]:
        """Write its clip and pictures; returns the names of the files."""
        event, folder = moment.event, self.home.event(moment.event.id)
        model = dict(self.models)[event.camera]
        checkpoint = model.load()
        with showing(checkpoint.levels), steadying(model.steadied):
            shown, real = _decoded(moment, checkpoint, folder / CLIP)
        shard = moment.frames
        scores = read_scores_between(self.out, event.camera, shard.stream, shard.first, shard.last)
        write_curve(folder, Curve(scores[0][0], scores[-1][0], moment.threshold, tuple(scores)))
        names = keep_event_pictures(folder, shown) if shown else _keep_frame(folder, real)
        return CLIP, CURVE, *names


def moments_of(
    out: Path, events: Sequence[ArchiveEvent], reach: Mapping[str, Reach], enter: Mapping[str, float]
) -> Iterator[Moment]:
    """The highest events with the frames around them, in the order of the manifest.

    Args:
        reach: of the method, by camera. enter: the threshold, by camera.
    """
    chosen = heapq.nlargest(MOST, events, key=lambda event: event.event.peak_score)
    wanted: dict[str, list[ArchiveEvent]] = {}
    for event in chosen:
        wanted.setdefault(event.shard.shard_id, []).append(event)
    for near in _windows(read_shards(out / MANIFEST)):
        for event in wanted.get(near[1].shard_id, []) if near[1] else ():
            around = [shard for shard in near if shard is not None and shard.stream == event.shard.stream]
            yield _moment(event, around, reach[event.camera], enter[event.camera])


def _windows(shards: Iterable[Shard]) -> Iterator[tuple[Shard | None, Shard | None, Shard | None]]:
    before: Shard | None = None
    now: Shard | None = None
    for after in shards:
        yield before, now, after
        before, now = now, after
    yield before, now, None


def _moment(event: ArchiveEvent, around: Sequence[Shard], reach: Reach, threshold: float) -> Moment:
    rate, told = event.shard.rate, event.event
    low_s = max(told.start_s - AROUND_S, told.peak_s - LONGEST_S / 2)
    high_s = min(told.end_s + AROUND_S, told.peak_s + LONGEST_S / 2)
    peak = round((told.peak_s - event.shard.files[0].at_s) * rate) + event.shard.files[0].at
    every, lead = reach.every, min(reach.lead, round(SEEN_S * rate))
    judged = max(0, event.first - lead) // every * every
    first = max(around[0].first, min(judged, peak - round((told.peak_s - low_s) * rate)))
    last = min(around[-1].last, max(event.last + reach.after, peak + round((high_s - told.peak_s) * rate)))
    pieces = tuple(_between(around, first, last))
    shard = replace(event.shard, first=first, last=last, pieces=pieces)
    return Moment(event, shard, max(judged, first), threshold)


def _between(shards: Sequence[Shard], first: int, last: int) -> Iterator[FilmPiece]:
    """The pieces of neighbouring shards' own frames [first, last), those of one file put together."""
    held: FilmPiece | None = None
    for shard in shards:
        low, high = max(first, shard.first), min(last, shard.last)
        for piece in shard.files:
            begin, end = max(piece.first, low - piece.at), min(piece.last, high - piece.at)
            if begin >= end:
                continue
            part = replace(piece, first=begin, last=end)
            if held is not None and held.path == part.path and held.last == part.first:
                held = replace(held, last=part.last, keys=(*held.keys, *part.keys))
                continue
            if held is not None:
                yield held
            held = part
    if held is not None:
        yield held


def _decoded(moment: Moment, checkpoint: Checkpoint, clip: Path) -> tuple[EventPictures | None, NDArray[np.uint8]]:
    """Write the clip, and judge what is in it up to the moment: its pictures, None where a gap hides it; a frame."""
    frames = iter(ShardFrames(moment.frames))
    first = nearest = next(frames)
    height, width = resize_to_fit(first.rgb, WIDTH, HEIGHT).shape[:2]
    rate = Fraction(moment.frames.rate).limit_denominator(1001)
    at = moment.event.event.peak_s
    with write_video(clip, width, height, rate, crf=CRF) as sink:

        def passed() -> Iterator[Frame]:
            nonlocal nearest
            for frame in chain([first], frames):
                sink.add(resize_to_fit(frame.rgb, WIDTH, HEIGHT), frame.time_s)
                if abs(frame.time_s - at) < abs(nearest.time_s - at):
                    nearest = frame
                yield frame

        source = passed()
        shown = _pictures(moment, checkpoint, source)
        for _ in source:
            pass
    return shown, nearest.rgb


def _pictures(moment: Moment, checkpoint: Checkpoint, frames: Iterator[Frame]) -> EventPictures | None:
    scorer, event = checkpoint.scorer, moment.event
    held: deque[Frame] = deque()
    low = event.first - 2 * scorer.span
    count = 0

    def seen() -> Iterator[tuple[float, NDArray[np.uint8]]]:
        nonlocal count
        for frame in frames:
            if frame.index < moment.judged:
                continue
            if frame.index >= low:
                held.append(replace(frame, index=count))
            count += 1
            yield frame.time_s, scorer.picture(frame.rgb)

    with suppress(VideoError):  # what is left of it is too short
        for unit in scorer.judge(event.shard.stream, seen()):
            if int(unit.indices[0]) + moment.judged < event.first:
                continue
            first, last = scorer.shown(unit, count)
            chosen = [frame for frame in held if first <= frame.index <= last]
            return picture_event(scorer, event.event, unit, chosen) if len(chosen) == last + 1 - first else None
    return None


def _keep_frame(folder: Path, rgb: NDArray[np.uint8]) -> tuple[str, ...]:
    views = {"thumb.jpg": resize_to_fit(rgb, *THUMB), "real.jpg": resize_to_fit(rgb, WIDTH, HEIGHT)}
    with whole_files(folder) as part:
        for name, picture in views.items():
            (part / name).write_bytes(jpeg(picture, QUALITY))
    return tuple(views)
