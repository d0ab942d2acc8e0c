"""Recorded video -> curves, events, pictures: the same units and scales that a live stream gets."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.domain import (
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
from unusual.methods.scorer import Scorer
from unusual.run.checkpoint import Checkpoint
from unusual.run.pictured import event_pictures
from unusual.run.places import Map, marks_of, peak_unit, place_map, with_place
from unusual.scores.calibrate import (
    LiveScale,
    live_scores,
    paper_scores,
    per_video_minmax,
)
from unusual.scores.events import find_events
from unusual.video.cache import kept_of
from unusual.video.frame_difference import FrameDifference
from unusual.video.images import RATE
from unusual.video.reader import VideoReader, open_video
from unusual.video.source import Named, Source

Progress = Callable[[int, int | None], None]  # hears of frames done and frames expected, if the source says
PAPER = "paper's protocol (unscaled)"
PAPER_MINMAX = "paper's protocol (min-max over each test video)"


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
        return [mark for unit in self._covering(index) for mark in marks_of(self.scale, unit, self.result.leave)]

    def _covering(self, index: int) -> Sequence[FrameErrors]:
        begin = bisect_left(self.units, index, key=lambda unit: int(unit.indices[-1]))  # both ends rise
        return self.units[begin : bisect_right(self.units, index, key=lambda unit: int(unit.indices[0]))]


def score_video(
    source: Named,
    checkpoint: Checkpoint,
    *,
    thresholds: Thresholds = Thresholds(),
    truth: Callable[[NDArray[np.float64]], Truth | None] = lambda times_s: None,
    pictures: bool = True,
    rate: Fraction = RATE,
    cache: Path | None = None,
    progress: Progress = lambda done, expected: None,
) -> ScoredVideo:
    """Score a recorded video on both scales and find its events.

    Args:
        source: what `open_video` takes, but nothing endless: it is read once for the scores, once for the pictures.
        checkpoint: of `load_checkpoint` or `fit`.
        thresholds: of events.
        truth: gives the truth for the times of the frames, where it is known.
        pictures: whether each event gets its real, restored and error picture.
        rate: frames per second of images, as they carry none; other sources tell their own.
        cache: a folder in which a method may keep what it finds in a file whatever its weights (STATE: objects).
        progress: hears of frames done and frames expected, if the file says.

    Raises:
        ConfigError: it is a live camera.
        VideoError: it cannot be read, or is shorter than one unit.
        DataError: the truth is not of as many frames.
    """
    if Source.of(source).is_camera:
        refuse_endless(source)
    reading = _Reading(checkpoint.scorer, progress, cache, rate)
    units = list(reading.units(source))
    times = np.array(reading.times_s)
    known, read = _truth_of(truth, times, reading.report)
    name, scale = reading.info.name, checkpoint.scale
    live = ScoreCurve(name, "live", times, live_scores(scale, units, len(times)))
    limits = {"enter": thresholds.enter, "leave": thresholds.leave}
    found = find_events(live, **limits, shortest_s=thresholds.shortest_s, join_s=thresholds.join_s)
    peaks = [peak_unit(event, units, scale) for event in found]
    events = tuple(with_place(event, peak, scale, thresholds.leave) for event, peak in zip(found, peaks, strict=True))
    shown = event_pictures(source, checkpoint.scorer, events, peaks, len(times), rate) if pictures else ()
    result = VideoResult(
        info=reading.info,
        read=read,
        live=live,
        paper=_paper_curve(name, times, units, stretched=checkpoint.scorer.stretched),
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

    scorer: Scorer
    progress: Progress
    cache: Path | None
    rate: Fraction
    times_s: list[float] = field(default_factory=list)
    difference: FrameDifference = field(default_factory=FrameDifference)
    info: VideoInfo = field(init=False)
    report: ReadReport = field(init=False)

    def units(self, source: Named) -> Iterator[FrameErrors]:
        with open_video(source, rate=self.rate) as video:
            self.info = replace(video.info, name=Source.of(source).short)
            kept = None if self.cache is None else kept_of(source, self.cache)
            yield from self.scorer.judge(video.info.name, self._pictures(video), kept)
        self.report = video.report

    def _pictures(self, video: VideoReader) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        for frame in video:
            self.times_s.append(frame.time_s)
            self.difference.add(frame.rgb)
            yield frame.time_s, self.scorer.picture(frame.rgb)
            self.progress(len(self.times_s), video.info.expected_frames)


def refuse_endless(source: Named) -> None:
    """Open what shall be scored; raise ConfigError where it never ends, VideoError where it cannot be opened."""
    named = Source.of(source)
    if not named.is_endless:
        with open_video(named) as video:
            if not video.is_endless:
                return
    raise ConfigError(f"{named.shown} is a live camera: scoring needs a recorded video")


def _paper_curve(name: str, times: NDArray[np.float64], units: Sequence[FrameErrors], *, stretched: bool) -> ScoreCurve:
    scores = paper_scores([unit for unit in units if unit.published], len(times))
    if stretched:
        return ScoreCurve(name, PAPER_MINMAX, times, per_video_minmax(scores))
    return ScoreCurve(name, PAPER, times, scores)


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
