"""Recorded video -> curves, events, pictures: the same units and scales that a live stream gets."""

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from unusual.domain import (
    Box,
    Event,
    EventPictures,
    Frame,
    FrameErrors,
    ReadReport,
    ScoreCurve,
    Truth,
    VideoInfo,
    VideoResult,
    Wholeness,
)
from unusual.errors import ConfigError, DataError
from unusual.methods.method import Method
from unusual.run.checkpoint import Checkpoint
from unusual.scores.calibrate import live_score, live_scores, paper_scores
from unusual.scores.events import find_events
from unusual.video.floor import FrameDifference
from unusual.video.pictures import heat_map_rgb, resize, resize_to_fit
from unusual.video.reader import VideoReader, open_video, redacted

Map = NDArray[np.float32]
Progress = Callable[[int, int | None], None]  # hears of frames done and frames expected, if the source says
LARGEST = (1280, 720)  # pixels of an event's pictures


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Which scores make an event, on the live scale; durations in seconds. Ours: neither paper defines events."""

    enter: float = 2.0  # twice as far from typical as what one ordinary unit in a hundred reaches
    leave: float = 1.0
    shortest_s: float = 0.0
    join_s: float = 1.0

    def __post_init__(self) -> None:
        if not self.leave <= self.enter or self.enter <= 0:
            raise ConfigError(f"need leave <= enter and enter > 0, got enter {self.enter:g}, leave {self.leave:g}")


@dataclass(frozen=True, slots=True)
class ScoredVideo:
    """A video's result, and where in the picture each unit was unusual.

    maps: (first frame, last frame, (h, w) map on the live scale) of each unit, in order.
    """

    result: VideoResult
    maps: tuple[tuple[int, int, Map], ...]

    def heat(self, index: int) -> Map | None:
        """The mean map of the units that cover a frame; None where none does."""
        begin = bisect_left(self.maps, index, key=lambda unit: unit[1])  # both ends rise from unit to unit
        end = bisect_right(self.maps, index, key=lambda unit: unit[0])
        covering = [places for _, _, places in self.maps[begin:end]]
        return np.mean(covering, axis=0, dtype=np.float32) if covering else None


def score_video(
    source: str | Path,
    checkpoint: Checkpoint,
    *,
    thresholds: Thresholds = Thresholds(),
    truth: Callable[[NDArray[np.float64]], Truth | None] = lambda times_s: None,
    pictures: bool = True,
    progress: Progress = lambda done, expected: None,
) -> ScoredVideo:
    """Score a recorded video on both scales and find its events.

    Args:
        source: what `open_video` takes, but no live camera: it is read once for the scores, once for the pictures.
        checkpoint: of `load_checkpoint` or `learn`.
        thresholds: of events.
        truth: gives the truth for the times of the frames, where it is known.
        pictures: whether each event gets its real, restored and error picture.
        progress: hears of frames done and frames expected, if the file says.

    Raises:
        ConfigError: it is a live camera.
        VideoError: it cannot be read, or is shorter than one unit.
        DataError: the truth is not of as many frames.
    """
    if is_live(str(source)):
        named = redacted(str(source)) if "://" in str(source) else f"{source!r}"
        raise ConfigError(f"{named} is a live camera: scoring needs a recorded video")
    reading = _Reading(checkpoint.method, progress)
    units = list(reading.units(source))
    times = np.array(reading.times_s)
    known, read = _truth_of(truth, times, reading.report)
    name, scale = reading.info.name, checkpoint.scale
    paper = paper_scores([unit for unit in units if unit.published], len(times))
    live = ScoreCurve(name, "live", times, live_scores(scale, units, len(times)))
    maps = [live_score(scale, unit)[1] for unit in units]
    limits = {"enter": thresholds.enter, "leave": thresholds.leave}
    found = find_events(live, **limits, shortest_s=thresholds.shortest_s, join_s=thresholds.join_s)
    peaks = [_peak_unit(event, units, maps) for event in found]
    events = tuple(
        replace(event, region=region_box(maps[peak], thresholds.leave))
        for event, peak in zip(found, peaks, strict=True)
    )
    shown = _event_pictures(source, checkpoint, events, [units[peak] for peak in peaks]) if pictures else ()
    result = VideoResult(
        info=reading.info,
        read=read,
        live=live,
        paper=ScoreCurve(name, "paper", times, paper),
        **limits,
        events=events,
        pictures=tuple(shown),
        truth=known,
        floor=ScoreCurve(name, "frame difference", times, reading.difference.scores()),
    )
    firsts_lasts = ((int(unit.indices[0]), int(unit.indices[-1])) for unit in units)
    return ScoredVideo(result, tuple((*ends, places) for ends, places in zip(firsts_lasts, maps, strict=True)))


@dataclass(slots=True)
class _Reading:
    """One pass through a video: what is noted on the way from frames to units."""

    method: Method
    progress: Progress
    times_s: list[float] = field(default_factory=list)
    difference: FrameDifference = field(default_factory=FrameDifference)
    info: VideoInfo = field(init=False)
    report: ReadReport = field(init=False)

    def units(self, source: str | Path) -> Iterator[FrameErrors]:
        with open_video(source) as video:
            self.info = replace(video.info, name=short_name(video.info.name))
            yield from self.method.judge(video.info.name, self._pictures(video))
        self.report = video.report

    def _pictures(self, video: VideoReader) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        for frame in video:
            self.times_s.append(frame.time_s)
            self.difference.add(frame.rgb)
            yield frame.time_s, self.method.picture(frame.rgb)
            self.progress(len(self.times_s), video.info.expected_frames)


def is_live(source: str) -> bool:
    """Whether a source never ends: the number of a camera, or an address that is not of a file.

    >>> is_live("0"), is_live("rtsp://gate/1"), is_live("http://gate/monday.mp4")
    (True, True, False)
    """
    scheme, marked, _ = source.partition("://")
    return source.isdigit() or (bool(marked) and scheme.lower() not in ("http", "https"))


def short_name(source: str) -> str:
    """What a video is called in results: a file's name without its folders, an address as it is.

    >>> short_name("/data/gate/monday.mp4")
    'monday.mp4'
    """
    return source if "://" in source else Path(source).name or source


def region_box(places: Map, least: float) -> Box:
    """The box around the most unusual place and all that hangs together with it.

    Args:
        places: (h, w) map; a place covers two steps of a grid that has one step more than there are places.
        least: what a place must reach to belong to it; at least half the largest value.

    >>> region_box(np.array([[0, 0, 9], [0, 0, 8]], np.float32), 1.0)
    Box(left=0.5, top=0.0, right=1.0, bottom=1.0)
    """
    height, width = places.shape
    blobs, _ = label(places >= min(places.max(), max(least, places.max() / 2)))
    rows, columns = np.nonzero(blobs == blobs.flat[places.argmax()])
    top, bottom, left, right = rows.min(), rows.max() + 2, columns.min(), columns.max() + 2
    return Box(
        float(left / (width + 1)), float(top / (height + 1)), float(right / (width + 1)), float(bottom / (height + 1))
    )


def _peak_unit(event: Event, units: Sequence[FrameErrors], maps: Sequence[Map]) -> int:
    """The number of the most unusual unit that covers the event's peak."""
    covering = [n for n, unit in enumerate(units) if unit.times_s[0] <= event.peak_s <= unit.times_s[-1]]
    return max(covering, key=lambda n: float(maps[n].max()))


def _event_pictures(
    source: str | Path, checkpoint: Checkpoint, events: Sequence[Event], units: Sequence[FrameErrors]
) -> Iterator[EventPictures]:
    """Read the video again and restore the units at the events' peaks. Holds one unit of frames."""
    method = checkpoint.method
    wanted = defaultdict(list)  # two events may have one peak unit
    for n, unit in enumerate(units):
        wanted[int(unit.indices[-1])].append(n)
    held: deque[Frame] = deque(maxlen=method.span)
    if not wanted:
        return
    with open_video(source) as video:
        for position, frame in enumerate(video):
            held.append(frame)
            if position not in wanted:
                continue
            told = method.explain(np.stack([method.picture(shown.rgb) for shown in held]))
            real = resize_to_fit(held[told.offset].rgb, *LARGEST)
            height, width = real.shape[:2]
            restored = np.broadcast_to(told.restored, (*told.restored.shape[:2], 3))
            glow = heat_map_rgb(told.error / max(float(told.error.max()), 1e-6), width, height)
            painted = resize(np.ascontiguousarray(restored), width, height)
            time_s = held[told.offset].time_s
            yield from (EventPictures(events[n], time_s, real, painted, glow) for n in wanted[position])
            if position == max(wanted):
                return


def _truth_of(
    truth: Callable[[NDArray[np.float64]], Truth | None], times_s: NDArray[np.float64], read: ReadReport
) -> tuple[Truth | None, ReadReport]:
    """The truth, and what was read; a video that was read in part is scored without labels that do not fit it."""
    try:
        return truth(times_s), read
    except DataError as error:
        if read.wholeness is not Wholeness.PARTIAL:
            raise
        return None, replace(read, problems=(*read.problems, f"its labels are not used: {error}"))
