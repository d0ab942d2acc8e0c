"""The learning of a camera that is set up in the browser: the same as `unusual learn`, but that it asks there."""

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

from unusual.app.discreet import discreet
from unusual.app.learning import LearningWords
from unusual.app.setup.uploads import uploaded
from unusual.app.terminal import made_bars
from unusual.camera.cuts import Odd, OddStretch
from unusual.camera.learn import LearnSettings, LearntCamera, learn_camera
from unusual.camera.record import recorded
from unusual.errors import ConfigError, UnusualError
from unusual.scores.wording import duration
from unusual.store.home import Home
from unusual.store.rules.wall_clock import local_zone
from unusual.store.setup import Question, Setup, answers_of, ask, questions_of, read_setup
from unusual.video.pictures import resize_to_fit
from unusual.video.reader import open_video
from unusual.video.source import Named, Source
from unusual.video.writer import VideoSink, write_video

CLIP_S, CLIP_RATE, WIDTH, HEIGHT = 8.0, 12.5, 480, 360
MOST_FRAMES = 100_000  # that are decoded for clips: what lies behind has its picture alone
EVERY_S = 0.5


def learn_setup(home: Home, camera: str) -> LearntCamera:
    """Learn a camera as was said in its setup. Raises as `learn_camera`; ConfigError where nothing was said."""
    setup = read_setup(home, camera)
    if setup is None:
        raise ConfigError(f"nothing was said of a camera {camera!r}: unusual serve, Add a camera")
    with discreet([setup.source]):
        listener = AskingListener(home, camera)
        try:
            return learn_camera(sources_of(home, setup), camera, home, LearnSettings(setup.record_s), listener)
        finally:
            listener.progress.stop()


def sources_of(home: Home, setup: Setup) -> list[Named]:
    """What is learnt from: recordings of it, what was uploaded, and what was named."""
    files: list[Named] = [*uploaded(home.uploads(setup.camera)), *map(Path, setup.paths)]
    source = Source.of(setup.source)
    if not source.is_camera:
        return [*files, source.path]
    if setup.record_s:
        return [source, *files]  # what was recorded before is found there
    return [*recorded(home.footage(setup.camera) / "1")[0], *files]


class AskingListener(LearningWords):
    """Asks about odd stretches in the home folder, and waits until all are answered; answers stay for another try."""

    def __init__(self, home: Home, camera: str) -> None:
        super().__init__(made_bars())
        self._home, self._camera = home, camera

    def decide(self, odd: Sequence[OddStretch], rate: float, thumbs: Path) -> Sequence[Odd]:
        """See LearningListener."""
        folder = self._home.setup(self._camera)
        keys = [f"{stretch.video.name} {stretch.peak}" for stretch in odd]
        if not answers_of(self._home, self._camera).keys() >= set(keys):
            clips = write_clips(odd, rate, folder)
            for number in range(1, len(odd) + 1):
                shutil.copy(thumbs / f"odd-{number}.jpg", folder)
            asked = [
                Question(number, key, _where(stretch, rate), stretch.box is not None, number in clips)
                for number, (stretch, key) in enumerate(zip(odd, keys, strict=True), start=1)
            ]
            ask(self._home, self._camera, tuple(asked))
            while questions_of(self._home, self._camera):
                time.sleep(EVERY_S)
        answers = answers_of(self._home, self._camera)
        return [Odd(answers[key]) for key in keys]


def write_clips(odd: Sequence[OddStretch], rate: float, folder: Path) -> set[int]:
    """Write some seconds around each peak as odd-1.mp4 and so on; the numbers of those that there are."""
    written: set[int] = set()
    left = MOST_FRAMES
    for source in {stretch.video: None for stretch in odd}:
        peaks = {n: stretch.peak for n, stretch in enumerate(odd, start=1) if stretch.video == source}
        near = {n: peak for n, peak in peaks.items() if peak + CLIP_S * rate < left}
        left -= max(near.values(), default=0)
        with suppress(UnusualError):  # without a clip there is the picture
            _write_clips_of(source, near, rate, folder)
            written |= near.keys()
    return written


def _write_clips_of(source: Path, peaks: Mapping[int, int], rate: float, folder: Path) -> None:
    half, every = round(CLIP_S / 2 * rate), max(1, round(rate / CLIP_RATE))
    shown = Fraction(rate / every).limit_denominator(1000)
    sinks: dict[int, VideoSink] = {}
    with open_video(source) as video, ExitStack() as stack:
        for frame in video:
            if frame.index > max(peaks.values()) + half:
                break
            near = [n for n, peak in peaks.items() if abs(frame.index - peak) <= half and not frame.index % every]
            small = resize_to_fit(frame.rgb, WIDTH, HEIGHT) if near else frame.rgb
            for number in near:
                if number not in sinks:
                    height, width, _ = small.shape
                    clip = write_video(folder / f"odd-{number}.mp4", width, height, shown, crf=26)
                    sinks[number] = stack.enter_context(clip)
                sinks[number].add(small, frame.time_s)


def _where(stretch: OddStretch, rate: float) -> str:
    """When it was, of our own recordings by the clock on the wall; else where in its file."""
    after_s = stretch.peak / rate
    try:
        began = datetime.strptime(f"{stretch.video.name[:22]} +0000", "%Y%m%dT%H%M%S.%f %z")
    except ValueError:
        return f"{stretch.video.name}, {duration(after_s)} from its start"
    return f"{(began + timedelta(seconds=after_s)).astimezone(local_zone()):%a %d %b, %H:%M:%S}"
