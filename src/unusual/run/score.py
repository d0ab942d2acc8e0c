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
    Mark,
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
from unusual.scores.calibrate import (
    LiveScale,
    live_object_scores,
    live_score,
    live_scores,
    paper_scores,
    per_video_minmax,
)
from unusual.scores.events import find_events
from unusual.video.cache import kept_of
from unusual.video.floor import FrameDifference
from unusual.video.pictures import heat_map_rgb, resize, resize_to_fit
from unusual.video.reader import VideoReader, open_video, redacted

Map = NDArray[np.float32]
Progress = Callable[[int, int | None], None]  # hears of frames done and frames expected, if the source says
LARGEST = (1280, 720)  # pixels of an event's pictures
PAPER = "paper's protocol (unscaled)"
PAPER_MINMAX = "paper's protocol (min-max over each test video)"
GRID = 80  # places on the longer side of the map that objects are painted on


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
    """A video's result, and what its units say of the place. units: in order; scale: that they are judged on."""

    result: VideoResult
    units: tuple[FrameErrors, ...]
    scale: LiveScale

    def heat(self, index: int) -> Map | None:
        """The mean map, on the live scale, of the units that cover a frame; None where none does."""
        covering = [place_map(self.scale, unit, self.result.info) for unit in self._covering(index)]
        return np.mean(covering, axis=0, dtype=np.float32) if covering else None

    def marks(self, index: int) -> list[Mark]:
        """The objects of a frame that reach the score at which an event ends; none of a method that judges none."""
        unit = next((unit for unit in self._covering(index) if unit.objects is not None), None)
        if unit is None or unit.objects is None:
            return []
        unusual = np.flatnonzero(live_object_scores(self.scale, unit.objects) >= self.result.leave)
        boxes = unit.objects.boxes
        return [Mark(Box(*boxes[n].tolist()), unit.objects.raised_by(n)) for n in unusual.tolist()]

    def _covering(self, index: int) -> Sequence[FrameErrors]:
        begin = bisect_left(self.units, index, key=lambda unit: int(unit.indices[-1]))  # both ends rise
        return self.units[begin : bisect_right(self.units, index, key=lambda unit: int(unit.indices[0]))]


def score_video(
    source: str | Path,
    checkpoint: Checkpoint,
    *,
    thresholds: Thresholds = Thresholds(),
    truth: Callable[[NDArray[np.float64]], Truth | None] = lambda times_s: None,
    pictures: bool = True,
    cache: Path | None = None,
    progress: Progress = lambda done, expected: None,
) -> ScoredVideo:
    """Score a recorded video on both scales and find its events.

    Args:
        source: what `open_video` takes, but no live camera: it is read once for the scores, once for the pictures.
        checkpoint: of `load_checkpoint` or `learn`.
        thresholds: of events.
        truth: gives the truth for the times of the frames, where it is known.
        pictures: whether each event gets its real, restored and error picture.
        cache: a folder in which a method may keep what it finds in a file whatever its weights (STATE: objects).
        progress: hears of frames done and frames expected, if the file says.

    Raises:
        ConfigError: it is a live camera.
        VideoError: it cannot be read, or is shorter than one unit.
        DataError: the truth is not of as many frames.
    """
    if is_live(str(source)):
        named = redacted(str(source)) if "://" in str(source) else f"{source!r}"
        raise ConfigError(f"{named} is a live camera: scoring needs a recorded video")
    reading = _Reading(checkpoint.method, progress, cache)
    units = list(reading.units(source))
    times = np.array(reading.times_s)
    known, read = _truth_of(truth, times, reading.report)
    name, scale = reading.info.name, checkpoint.scale
    live = ScoreCurve(name, "live", times, live_scores(scale, units, len(times)))
    limits = {"enter": thresholds.enter, "leave": thresholds.leave}
    found = find_events(live, **limits, shortest_s=thresholds.shortest_s, join_s=thresholds.join_s)
    peaks = [_peak_unit(event, units, scale) for event in found]
    events = tuple(
        _place_and_reason(event, peak, scale, thresholds.leave) for event, peak in zip(found, peaks, strict=True)
    )
    shown = _event_pictures(source, checkpoint, events, peaks, len(times)) if pictures else ()
    result = VideoResult(
        info=reading.info,
        read=read,
        live=live,
        paper=_paper_curve(name, times, units, stretched=checkpoint.method.stretched),
        **limits,
        events=events,
        pictures=tuple(shown),
        truth=known,
        floor=ScoreCurve(name, "frame difference", times, reading.difference.scores()),
    )
    return ScoredVideo(result, tuple(units), scale)


@dataclass(slots=True)
class _Reading:
    """One pass through a video: what is noted on the way from frames to units."""

    method: Method
    progress: Progress
    cache: Path | None
    times_s: list[float] = field(default_factory=list)
    difference: FrameDifference = field(default_factory=FrameDifference)
    info: VideoInfo = field(init=False)
    report: ReadReport = field(init=False)

    def units(self, source: str | Path) -> Iterator[FrameErrors]:
        with open_video(source) as video:
            self.info = replace(video.info, name=short_name(video.info.name))
            kept = None if self.cache is None else kept_of(source, self.cache)
            yield from self.method.judge(video.info.name, self._pictures(video), kept)
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


def place_map(scale: LiveScale, unit: FrameErrors, info: VideoInfo) -> Map:
    """(h, w) how unusual each place is on the live scale; a method that judges objects paints their boxes."""
    if unit.objects is None:
        return live_score(scale, unit)[1]
    places = GRID / max(info.width, info.height)
    painted = np.zeros((max(1, round(info.height * places)), max(1, round(info.width * places))), np.float32)
    height, width = painted.shape
    for (left, top, right, bottom), score in zip(
        unit.objects.boxes.tolist(), live_object_scores(scale, unit.objects).tolist(), strict=True
    ):
        rows = slice(int(top * height), max(int(top * height) + 1, round(bottom * height)))
        columns = slice(int(left * width), max(int(left * width) + 1, round(right * width)))
        painted[rows, columns] = np.maximum(painted[rows, columns], score)
    return painted


def _paper_curve(name: str, times: NDArray[np.float64], units: Sequence[FrameErrors], *, stretched: bool) -> ScoreCurve:
    scores = paper_scores([unit for unit in units if unit.published], len(times))
    if stretched:
        return ScoreCurve(name, PAPER_MINMAX, times, per_video_minmax(scores))
    return ScoreCurve(name, PAPER, times, scores)


def _peak_unit(event: Event, units: Sequence[FrameErrors], scale: LiveScale) -> FrameErrors:
    """The most unusual unit that covers the event's peak."""
    covering = [unit for unit in units if unit.times_s[0] <= event.peak_s <= unit.times_s[-1]]
    return max(covering, key=lambda unit: live_score(scale, unit)[0])


def _place_and_reason(event: Event, peak: FrameErrors, scale: LiveScale, least: float) -> Event:
    """The event with where it is, and why where objects tell: those of its peak unit."""
    if peak.objects is None:
        return replace(event, region=region_box(live_score(scale, peak)[1], least))
    if not len(peak.objects.boxes):
        return event
    worst = peak.objects.worst
    why = f"{peak.objects.raised_by(worst)} unlike anything seen here"
    return replace(event, region=Box(*peak.objects.boxes[worst].tolist()), why=why)


def _event_pictures(
    source: str | Path, checkpoint: Checkpoint, events: Sequence[Event], peaks: Sequence[FrameErrors], frames: int
) -> Iterator[EventPictures]:
    """Read the video again and rebuild the units at the events' peaks. Holds as many frames as one needs."""
    method = checkpoint.method
    wanted = defaultdict(list)  # two events may have one peak unit
    for n, unit in enumerate(peaks):
        wanted[method.shown(unit, frames)].append(n)
    held: deque[Frame] = deque(maxlen=method.span)
    if not wanted:
        return
    lasts = {last for _, last in wanted}
    with open_video(source) as video:
        for position, frame in enumerate(video):
            held.append(frame)
            for (first, last), numbers in wanted.items() if position in lasts else ():
                if last == position:
                    seen = list(held)[first - last - 1 :]
                    yield from _pictured(method, [events[n] for n in numbers], peaks[numbers[0]], seen, first)
            if position == max(lasts):
                return


def _pictured(
    method: Method, events: Sequence[Event], unit: FrameErrors, seen: Sequence[Frame], first: int
) -> Iterator[EventPictures]:
    told = method.explain(unit, np.stack([method.picture(frame.rgb) for frame in seen]), first)
    real = resize_to_fit(seen[told.offset].rgb, *LARGEST)
    height, width = real.shape[:2]
    restored = np.ascontiguousarray(np.broadcast_to(told.restored, (*told.restored.shape[:2], 3)))
    glow = heat_map_rgb(told.error / max(float(told.error.max()), 1e-6), width, height)
    painted = resize(restored, width, height)
    for event in events:
        yield EventPictures(event, seen[told.offset].time_s, real, painted, glow, told.cube)


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
