"""What a person names -> files to learn from; a live camera is recorded."""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from fractions import Fraction
from itertools import chain
from pathlib import Path

from unusual.camera.progress import LearningListener
from unusual.data.datasets import open_dataset
from unusual.errors import ConfigError, DataError, VideoError
from unusual.run.archive.planning.recordings import BEGAN, OURS
from unusual.scores.wording import duration
from unusual.video.capture import Capture, CapturedFrame, Pace
from unusual.video.reader import open_video
from unusual.video.source import Named, Source, expand
from unusual.video.writer import write_video

PIECE_S = 600.0  # of one file: what a power cut can cost
PATIENCE_S = 60.0  # without a first frame


def footage_of(sources: Sequence[Named], folder: Path, duration_s: float, listener: LearningListener) -> list[Path]:
    """The files to learn from; live sources are recorded first, into the folder."""
    named = expand(chain.from_iterable(map(training_part, sources)), listener.note)
    live = [source for source in named if source.is_camera]
    if live and not duration_s > 0:
        raise ConfigError("a live camera never ends: say how long to record, as --for 2h")
    files = [source.path for source in named if not source.is_camera]
    for file in files:
        if not str(file).isprintable():
            raise ConfigError(f"{str(file)!r} cannot be written down: give the file a name of letters")
    for source in live:
        refuse_download(source)
    recorded = [
        record(source, folder / str(number), duration_s, listener) for number, source in enumerate(live, start=1)
    ]
    return [*chain.from_iterable(recorded), *files]


def training_part(named: Named) -> list[Named]:
    """Of a data set the ordinary footage; of all else what was named."""
    source = Source.of(named)
    if not source.is_camera and source.path.is_dir():
        with suppress(DataError):
            return [video.source for video in open_dataset(source.path).train] or [named]
    return [named]


def refuse_download(source: Source) -> None:
    """Raise ConfigError for the address of a file: it would be recorded again and again, as fast as it comes."""
    if not source.is_endless:
        with suppress(VideoError), open_video(source) as video:  # a camera that is away now is waited for
            if not video.is_endless:
                raise ConfigError(f"{source.shown} is a file, and no camera: download it, and learn from that")


def record(named: Named, folder: Path, duration_s: float, listener: LearningListener | None = None) -> list[Path]:
    """Record a camera for some time; a new file every ten minutes, and after each gap. Ctrl-C ends it early.

    What was recorded into the folder before counts, so that a recording that was cut off goes on. This is what
    `unusual learn` does with a camera that it is given.

    Raises:
        VideoError: not one frame came within a minute.
        OutputError: the files cannot be written.
    """
    source, listener = Source.of(named), listener or LearningListener()
    files, before_s = recorded(folder)
    if files:
        listener.note(f"{len(files)} files, {duration(before_s)} in all, were recorded before")
    with _interrupts_end() as ending:
        frames = _frames(source, duration_s - before_s, ending, listener)
        first = next(frames, None)
        while first is not None:
            file, first = _write_piece(folder, first, frames)
            files.append(file)
    return files


def recorded(folder: Path) -> tuple[list[Path], float]:
    """The whole files that were recorded into a folder, and how many seconds they last."""
    files = [file for file in sorted(folder.glob("*.mp4")) if OURS.fullmatch(file.name)]
    return files, sum(float(OURS.sub(r"\2", file.name)) for file in files)


def _write_piece(
    folder: Path, first: CapturedFrame, frames: Iterator[CapturedFrame]
) -> tuple[Path, CapturedFrame | None]:
    """One file; its name says when it begins and how many seconds it lasts. Returns the first frame of the next."""
    began = datetime.fromtimestamp(first.utc, UTC).strftime(BEGAN)
    height, width, _ = first.rgb.shape
    frame: CapturedFrame | None = first
    last_s = first.time_s
    with write_video(folder / f"{began}.mp4", width, height, Fraction(25)) as sink:
        while frame is not None and _goes_on(first, frame):
            last_s = frame.time_s
            sink.add(frame.rgb, last_s)
            frame = next(frames, None)
    return (folder / f"{began}.mp4").rename(folder / f"{began}-{last_s - first.time_s:.0f}s.mp4"), frame


def _goes_on(first: CapturedFrame, frame: CapturedFrame) -> bool:
    """Whether a frame belongs into the file of the first one."""
    return frame is first or (
        frame.session == first.session and not frame.after_gap and frame.time_s - first.time_s < PIECE_S
    )


@contextmanager
def _interrupts_end() -> Iterator[threading.Event]:
    """Let Ctrl-C set an event rather than lose the file that is being written."""
    ending = threading.Event()
    usual = signal.signal(signal.SIGINT, lambda *_: ending.set())
    try:
        yield ending
    finally:
        signal.signal(signal.SIGINT, usual)


def _frames(
    source: Source, duration_s: float, ending: threading.Event, listener: LearningListener
) -> Iterator[CapturedFrame]:
    """What comes from the camera in the time that is given to it."""
    if duration_s <= 0:
        return
    began, said, any_came = time.monotonic(), 0.0, False
    with Capture(source.text, pace=Pace.LIVE) as capture:
        while (passed := time.monotonic() - began) < duration_s and not ending.is_set():
            listener.recording(source.shown, passed, duration_s)
            frame = capture.next(0.5)
            if frame is not None:
                any_came = True
                yield frame
            elif not any_came and passed > PATIENCE_S:
                raise VideoError(f"{source.shown}: no frame came within a minute: {capture.reason}")
            elif capture.reason and passed - said > PATIENCE_S:
                said = passed
                listener.note(f"{source.shown}: {capture.reason}")
        if not any_came and ending.is_set():
            raise VideoError(
                f"{source.shown}: recording was ended before a frame came ({capture.reason or 'just begun'})"
            )
        if not any_came and capture.reason:
            raise VideoError(f"{source.shown}: no frame came in {duration(duration_s)}: {capture.reason}")
        if ending.is_set():
            listener.note("recording was ended early; what came so far is used")
