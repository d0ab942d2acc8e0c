"""A look through a camera before it is anybody's: its picture, or in one line why there is none."""

import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from unusual.errors import ConfigError, VideoError
from unusual.video.capture import CameraState, Capture, Pace
from unusual.video.pictures import jpeg, resize_to_fit
from unusual.video.source import Source

PATIENCE_S, WIDTH, HEIGHT = 15.0, 960, 540
_one_at_a_time = threading.BoundedSemaphore(2)


def allowed(text: str, roots: Sequence[Path]) -> Source:
    """The source that a person named, where he may: an address, the number of a camera, or a path in one of `roots`.

    Raises:
        ConfigError: a path that lies elsewhere, or nothing.
    """
    source = Source.of(text.strip())
    if not text.strip():
        raise ConfigError("give the camera's address, as rtsp://192.168.1.20/stream")
    if source.is_camera:
        return source
    inside = within(text.strip(), roots)
    return Source.of(str(inside))


def within(text: str, roots: Sequence[Path]) -> Path:
    """A path that lies in one of `roots`, links followed. Raises ConfigError for any other, there or not."""
    known = ", ".join(map(str, roots))
    try:
        path = Path(text).resolve(strict=True)
        if any(path.is_relative_to(root.resolve()) for root in roots):
            return path
    except (OSError, ValueError, RuntimeError):
        pass
    if not roots:
        raise ConfigError(
            "this is no address of a camera, as rtsp://192.168.1.20/stream; recordings are uploaded, or chosen where "
            "the dashboard was started with: unusual serve --footage FOLDER"
        )
    raise ConfigError(f"there is no such recording in {known}: give a path in it, or a camera's address")


def picture_of(source: Source) -> bytes:
    """What it shows now, as a JPEG that fits into WIDTH x HEIGHT. Raises VideoError with one line why not."""
    if not _one_at_a_time.acquire(timeout=PATIENCE_S):
        raise VideoError("others are looking through cameras: try again in a moment")
    try:
        until, pace = monotonic() + PATIENCE_S, Pace.LIVE if source.is_camera else Pace.FAST
        with Capture(source.text, pace=pace) as capture:
            while monotonic() < until:
                if (frame := capture.next(0.5)) is not None:
                    return jpeg(resize_to_fit(frame.rgb, WIDTH, HEIGHT))
                if capture.state is CameraState.ENDED or (capture.state is CameraState.OFFLINE and capture.reason):
                    break
            why = capture.reason or f"no picture for {PATIENCE_S:g} s"
        raise VideoError(why if source.shown in why else f"{source.shown}: {why}")
    finally:
        _one_at_a_time.release()
