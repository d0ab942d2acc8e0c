"""What both kinds of source share: limits, pictures, and how FFmpeg's words and errors become ours.

FFmpeg (through PyAV) does the decoding. It is lenient with damaged data and often says nothing, so its log is read too.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic
from typing import Protocol

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from unusual.errors import VideoError

# What PyAV raises on damaged files: besides its own errors, IndexError, UnicodeDecodeError, OverflowError and such.
DAMAGE = (av.error.FFmpegError, OSError, ValueError, LookupError, ArithmeticError, MemoryError)

# FFmpeg's errors are captured below as signs of damage. They may hold a camera's password: none may reach a handler.
av.logging.set_level(av.logging.ERROR)
av.logging.set_skip_repeated(False)
logging.getLogger("libav").propagate = False
logging.getLogger("libav").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Limits:
    """What one frame may cost.

    pixels:   width x height of a frame; a larger one is refused, before it is decoded where the header tells.
    decode_s: seconds for opening, and for each frame. Waiting for a disk or a network is cut off near this time (up to
              three times it for a network). A decoder busy with one packet cannot be cut off; what it gives is refused.
    """

    pixels: int = 50_000_000
    decode_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame. time: seconds, strictly rising. rgb: (H, W, 3) uint8, upright. grey: it came without colour.

    jumped: the source's clock had gone back by more than a second, so that nobody knows how much time has passed.
    """

    index: int
    time: Fraction
    rgb: NDArray[np.uint8]
    grey: bool
    jumped: bool = False


class PictureSource(Protocol):
    """Where pictures come from.

    expected: frames promised, None where unknown; an estimate where the container tells only a duration.
    is_endless: the end of the stream is never the end of the video.
    """

    name: str
    rate: Fraction | None
    expected: int | None
    is_endless: bool

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures in order of display, once. Raises VideoError when one is over the limits."""

    def verdict(self, decoded: int) -> tuple[int | None, list[str], list[str]]:
        """Say, after the last picture: frames promised, what is damaged or missing, what was merely repaired."""

    def close(self) -> None:
        """Let go of the file or camera."""


class RgbConverter:
    """Decoded frames -> (rgb (H, W, 3) uint8, upright; whether it came without colour). Keeps what the next can use."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._scaler = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> tuple[NDArray[np.uint8], bool]:
        """Convert one frame. Raises VideoError when it is over the limit of pixels."""
        if frame.width * frame.height > self._limits.pixels:
            raise too_large(self._name, f"{frame.width}x{frame.height}", self._limits)
        rgb = np.asarray(self._scaler.reformat(frame, format="rgb24").to_ndarray(), np.uint8)
        upright = np.rot90(rgb, round(frame.rotation / 90))  # both count anticlockwise
        return np.ascontiguousarray(upright), frame.format.name.startswith(("gray", "mono", "ya"))


def cannot_read(name: str, came: str, do: str) -> VideoError:
    """Make the error of a source that is no video: one line with what came and what to do."""
    return VideoError(f"cannot read {name} as video: {came}; {do}")


def too_large(name: str, size: str, limits: Limits) -> VideoError:
    """Make the error of a frame over the limit."""
    return VideoError(f"{name}: a frame of {size} is over the limit of {limits.pixels} pixels: scale it down")


def refuse_large(logs: list[tuple[int, str, str]], name: str, limits: Limits) -> None:
    """Raise VideoError where FFmpeg's log says that it held back from a frame over `limits.pixels`."""
    for _, _, line in logs:
        if found := re.search(r"size (\d+x\d+) exceeds specified max pixel", line):
            raise too_large(name, found[1], limits)


def check_time(started: float, name: str, limits: Limits) -> None:
    """Raise VideoError when more than `limits.decode_s` have gone since `started` (monotonic)."""
    if monotonic() - started > limits.decode_s:
        raise VideoError(f"{name}: no frame within {limits.decode_s:g} s: it is stuck, or too heavy for this machine")


def reason(error: BaseException) -> str:
    """Say why in FFmpeg's or the system's words; never the address, which may hold a password."""
    return (getattr(error, "strerror", None) or type(error).__name__).lower()
