"""Recorded video -> curves, events, pictures: a listener of the stream that a camera goes through as well."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import tzinfo
from fractions import Fraction
from math import inf
from pathlib import Path

import numpy as np

from unusual.domain import Event, Frame, Pictured, ScoreCurve, VideoResult
from unusual.errors import ConfigError, VideoError
from unusual.methods.scorer import Scorer
from unusual.processors import ahead
from unusual.run.checkpoint import Checkpoint
from unusual.run.outputs import LIVE, Album
from unusual.run.stream import Listener, Sighting, Stream
from unusual.scores.alarms import AlarmScale
from unusual.scores.by_hour import HourlyLevels
from unusual.scores.calibrate import per_video_minmax, published_error
from unusual.scores.events import RunningEvents
from unusual.scores.judgement import Judgement
from unusual.scores.wording import duration
from unusual.video.cache import kept_of
from unusual.video.condition.levels import showing
from unusual.video.condition.sway import Sways
from unusual.video.floors import Floors
from unusual.video.images import RATE
from unusual.video.reader import VideoReader, open_video
from unusual.video.source import Named, Source

Progress = Callable[[int, int | None], None]  # hears of frames done and frames expected, if the source says
AHEAD, AHEAD_BYTES = 16, 1 << 26  # frames that are read while those before them are judged; in no more memory
PAPER = "paper's protocol (unscaled)"
PAPER_MINMAX = "paper's protocol (min-max over each test video)"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Which scores make an event, on the live scale; durations in seconds. Ours: neither paper defines events.

    hourly: take the place of `enter` where it is known when a frame was.
    """

    enter: float = 2.0  # twice as far from typical as what one ordinary unit in a hundred reaches
    leave: float = 1.0
    shortest_s: float = 0.0
    join_s: float = 1.0
    hourly: HourlyLevels | None = None

    def by(self, scale: AlarmScale, alarms_per_day: float, zone: tzinfo) -> "Thresholds":
        """The same for so many events a day, by the hours of a time zone as far as these are known."""
        hourly = HourlyLevels.of(scale, alarms_per_day, zone)
        return replace(self, enter=hourly.general, leave=min(self.leave, hourly.lowest), hourly=hourly)

    def __post_init__(self) -> None:
        if not self.leave <= self.enter or self.enter <= 0:
            raise ConfigError(f"need leave <= enter and enter > 0, got enter {self.enter:g}, leave {self.leave:g}")

    def finder(self) -> RunningEvents:
        """Finds the events that they make."""
        return RunningEvents(enter=self.enter, leave=self.leave, shortest_s=self.shortest_s, join_s=self.join_s)

    def at(self, utc: float) -> float:
        """The score of an event at a time."""
        return self.enter if self.hourly is None else self.hourly.at(utc)


@dataclass(frozen=True, slots=True)
class ScoredVideo:
    """A video's result. What else is to be known of its units is heard by a listener while it is scored."""

    result: VideoResult


def score_video(
    source: Named,
    checkpoint: Checkpoint,
    *,
    thresholds: Thresholds = Thresholds(),
    pictures: bool | Album = True,
    rate: Fraction = RATE,
    cache: Path | None = None,
    progress: Progress = lambda done, expected: None,
    listeners: Sequence[Listener] = (),
) -> ScoredVideo:
    """Score a recorded video on both scales and find its events. It is read once, in memory that it does not fill.

    Args:
        source: what `open_video` takes, but nothing endless.
        checkpoint: of `load_checkpoint` or `fit`.
        thresholds: of events.
        pictures: whether each event gets its real, restored and error picture; an album keeps them on disk.
        rate: frames per second of images, as they carry none; other sources tell their own.
        cache: a folder in which a method may keep what it finds in a file whatever its weights (STATE: objects).
        progress: hears of frames done and frames expected, if the file says.
        listeners: hear of each frame and each event as it comes; a frame's index counts from the last pause.

    Raises:
        ConfigError: it is a live camera.
        VideoError: it cannot be read, or is shorter than one unit.
    """
    refuse_camera(source)
    reading = Reading(source, pictures, progress)
    with showing(checkpoint.levels), open_video(source, rate=rate) as video:
        stream = Stream(
            checkpoint,
            [*listeners, reading.curves],
            thresholds.finder(),
            longest_s=inf,
            pictured=bool(pictures),
            name=video.info.name,
            kept=None if cache is None else kept_of(source, cache),
        )
        with reading.frames(video) as frames:
            stream.run(frames)
    return reading.result(video, checkpoint.scorer, thresholds, stream.tally.scored)


class Reading:
    """A recorded video that is read once, and what is collected meanwhile: curves, floors, how long it sways."""

    def __init__(self, source: Named, pictures: bool | Album, progress: Progress) -> None:
        self._source, self._progress = source, progress
        self.curves = Curves(pictures if isinstance(pictures, Album) else None)
        self._floors, self._sways, self._taken = Floors(), Sways(), 0

    @contextmanager
    def frames(self, video: VideoReader) -> Iterator[Iterator[Frame]]:
        """Its frames, to be taken to their end, before the video is closed."""
        info = video.info
        with ahead(self._looked_at(video), min(AHEAD, AHEAD_BYTES // (3 * info.width * info.height))) as seen:
            yield self._counted(seen, info.expected_frames)

    def _looked_at(self, video: VideoReader) -> Iterator[Frame]:
        for frame in video:
            self._floors.add(frame.rgb, after_gap=frame.after_gap)
            self._sways.add(frame.time_s, frame.rgb)
            yield frame

    def _counted(self, frames: Iterator[Frame], expected: int | None) -> Iterator[Frame]:
        for frame in frames:
            self._taken += 1
            yield frame
            self._progress(self._taken, expected)

    def result(
        self, video: VideoReader, scorer: Scorer, thresholds: Thresholds, scored: int, noted: Sequence[str] = ()
    ) -> ScoredVideo:
        """What came of it. noted: what else is to be said of it. Raises VideoError where no frame was scored."""
        if not scored:
            named = f"{video.info.name}: {self._taken} frames"
            raise VideoError(f"{named} are fewer than the {scorer.span} that one unit needs")
        info = replace(video.info, name=Source.of(self._source).short)
        live, paper = self.curves.of(info.name, stretched=scorer.stretched)
        problems = (*video.report.problems, *_swaying(self._sways.seconds), *noted)
        floors = self._floors.scores().items()
        return ScoredVideo(
            VideoResult(
                info=info,
                read=replace(video.report, problems=problems),
                live=live,
                paper=paper,
                floors=tuple(ScoreCurve(info.name, name, live.times_s, each) for name, each in floors),
                enter=thresholds.enter,
                leave=thresholds.leave,
                events=tuple(self.curves.events),
                pictures=tuple(self.curves.pictures),
            )
        )


def _swaying(seconds: float) -> list[str]:
    said = f"the camera sways, for {duration(seconds)} in all: what is unusual then may be its sway alone"
    return [said] if seconds else []


class Curves(Listener):
    """Collects what a result is made of: three numbers a frame, and the events. album: takes their pictures."""

    def __init__(self, album: Album | None) -> None:
        self._times_s, self._live, self._published = array("d"), array("d"), array("d")
        self.events: list[Event] = []
        self.pictures: list[Pictured] = []
        self._album = album

    def scored(self, frame: Frame, score: float, judgements: Sequence[Judgement]) -> None:
        """Take a frame's numbers."""
        self._times_s.append(frame.time_s)
        self._live.append(score)
        self._published.append(published_error(judgement.errors for judgement in judgements))

    def over(self, sighting: Sighting) -> None:
        """Take an event, and what it looked like."""
        self.events.append(sighting.event)
        if (shown := sighting.pictures) is not None:
            self.pictures.append(self._album.file(len(self.events), shown) if self._album else shown)

    def of(self, name: str, *, stretched: bool) -> tuple[ScoreCurve, ScoreCurve]:
        """Live and the paper's."""
        times_s, live, published = (np.array(values) for values in (self._times_s, self._live, self._published))
        paper = (PAPER_MINMAX, per_video_minmax(published)) if stretched else (PAPER, published)
        return ScoreCurve(name, LIVE, times_s, live), ScoreCurve(name, paper[0], times_s, paper[1])


def refuse_camera(source: Named) -> None:
    """The same, without a look at what is a file."""
    if Source.of(source).is_camera:
        refuse_endless(source)


def refuse_endless(source: Named) -> None:
    """Open what shall be scored; raise ConfigError where it never ends, VideoError where it cannot be opened."""
    named = Source.of(source)
    if not named.is_endless:
        with open_video(named) as video:
            if not video.is_endless:
                return
    raise ConfigError(f"{named.shown} is a live camera: scoring needs a recorded video")
