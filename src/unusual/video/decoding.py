"""What both kinds of source share: limits, pictures, and how FFmpeg's words and errors become ours.

FFmpeg (through PyAV) does the decoding. It is lenient with damaged data and often says nothing, so its log is read too.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic
from typing import Protocol, cast

import av
import numpy as np
from av.sidedata.sidedata import SideData
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from unusual.errors import VideoError
from unusual.processors import threads
from unusual.video.condition.levels import SHOWN, Levels

# What PyAV raises on damaged files: besides its own errors, IndexError, UnicodeDecodeError, OverflowError and such.
DAMAGE = (av.error.FFmpegError, OSError, ValueError, LookupError, ArithmeticError, MemoryError)

Turn = tuple[int, int, int, int]  # see `turned`
UPRIGHT: Turn = (1, 0, 0, 1)
QUARTERS: tuple[Turn, ...] = (UPRIGHT, (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))  # anticlockwise
DEEP = ("gray", "rgb", "bgr", "gbr")  # formats of pixels that may have any range of levels
MOST_OUTSIDE = 0.02  # of a picture, before it is said that the range does not hold it
ODDEST = 4  # times as wide as high, or the reverse: odder pixels are a broken header

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
    """A decoded frame. time: seconds, strictly rising. grey: it came without colour.

    rgb: (H, W, 3) uint8, upright, not mirrored, its pixels square.
    jumped: the source's clock had gone back by more than a second, so that nobody knows how much time has passed.
    corrupt: the decoder made up a part of it; it is to be left out, and nothing judged across.
    """

    index: int
    time: Fraction
    rgb: NDArray[np.uint8]
    grey: bool
    jumped: bool = False
    corrupt: bool = False


@dataclass(frozen=True, slots=True)
class ReadVerdict:
    """What came of reading a source to its end.

    expected: frames promised, None where unknown. wrong: what is damaged or missing; repaired: what merely was mended,
    or should be known; a line each. timed: whether the times are the source's own, so that seconds mean seconds.
    """

    expected: int | None
    wrong: list[str]
    repaired: list[str]
    timed: bool = True


class PictureSource(Protocol):
    """Where pictures come from.

    levels: the part of deep pictures that is shown, None of all others, and before the first picture.
    expected: frames promised, None where unknown; an estimate where the container tells only a duration.
    """

    name: str
    is_endless: bool  # the end of the stream is never the end of the video

    @property
    def rate(self) -> Fraction | None:
        """Frames per second, None where unknown."""

    @property
    def levels(self) -> Levels | None:
        """What is shown of deep pictures."""

    @property
    def expected(self) -> int | None:
        """Frames promised."""

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures in order of display, once. Raises VideoError when one is over the limits."""

    def verdict(self, decoded: int) -> ReadVerdict:
        """Say, after the last picture, what came of it. decoded: pictures that were sound."""

    def close(self) -> None:
        """Let go of the file or camera."""


class RgbConverter:
    """Decoded frames -> (rgb (H, W, 3) uint8, upright; whether it came without colour). Keeps what the next can use.

    Pictures of more than 8 bits, grey or of red, green and blue, that use a small part of their range, as those of
    thermal cameras do, are shown by it: it is what was learnt, see `showing`, else chosen by the first one, and stays.
    What video carries as brightness and colour (YUV) has standards for its range, and is shown whole.

    Args:
        aspect: how much wider than high a pixel is; None where it is square, or nobody says.
    """

    def __init__(self, name: str, limits: Limits, aspect: Fraction | None = None) -> None:
        self._name = name
        self._limits = limits
        self._aspect = aspect if aspect and 1 / ODDEST <= aspect <= ODDEST else Fraction(1)
        self._scaler, self._threads = VideoReformatter(), threads()
        self.levels: Levels | None = None  # of deep pictures, once there was one
        self._learnt = SHOWN.get()
        self._outside = 0  # pictures of which a part lies outside

    def __call__(self, frame: av.VideoFrame, turn: Turn | None = None) -> tuple[NDArray[np.uint8], bool]:
        """Convert one frame, turned as told, or as it says itself. Raises VideoError when it is over the limit."""
        width = round(frame.width * self._aspect)
        if max(frame.width, width) * frame.height > self._limits.pixels:
            raise too_large(self._name, f"{frame.width}x{frame.height}", self._limits)
        rgb = self._deep(frame, width)
        if rgb is None:
            rgb = np.asarray(self._scaled(frame, width, "rgb24"), np.uint8)
        upright = turned(rgb, _turn_of(frame) if turn is None else turn)
        return np.ascontiguousarray(upright), frame.format.name.startswith(("gray", "mono", "ya"))

    def _deep(self, frame: av.VideoFrame, width: int) -> NDArray[np.uint8] | None:
        """A picture of more than 8 bits by its levels; None where its whole range is shown, as of any other."""
        name, bits = frame.format.name, frame.format.components[0].bits
        if not name.startswith(DEEP) or bits <= 8 or "f" in name:  # floating point has no levels
            return None
        if self.levels is not None and self.levels.whole:
            return None
        kind = "gray16le" if name.startswith("gray") else "rgb48le"
        deep = np.asarray(self._scaled(frame, width, kind), np.uint16)
        if self.levels is None:
            self.levels = replace(self._learnt, bits=bits) if self._learnt else Levels.of(deep, bits)
        if self.levels.whole:
            return None
        self._outside += self.levels.outside(deep) > MOST_OUTSIDE
        shown = self.levels.show(deep)
        return shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, axis=2)

    def _scaled(self, frame: av.VideoFrame, width: int, kind: str) -> NDArray[np.generic]:
        return self._scaler.reformat(frame, width=width, format=kind, threads=self._threads).to_ndarray()

    def words(self) -> list[str]:
        """Say in a line, if it is so, that a part of the range is shown."""
        if self.levels is None or self.levels.whole:
            return []
        chosen = "as they were learnt" if self._learnt else "by its first picture"
        beyond = f"; of {self._outside} pictures a part lies outside" if self._outside else ""
        return [f"{self.levels} are shown, {chosen}{beyond}"]


def turned(rgb: NDArray[np.uint8], turn: Turn) -> NDArray[np.uint8]:
    """A picture (H, W, 3) turned by quarters and mirrored.

    turn: (a, b, c, d) of a display matrix: what stands at x, y is shown at a x + c y, b x + d y; signs alone matter.
    """
    a, b, c, d = turn
    if abs(b) + abs(c) > abs(a) + abs(d):  # x and y change places
        rgb, a, d = rgb.transpose(1, 0, 2), c, b
    return rgb[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]


def _turn_of(frame: av.VideoFrame) -> Turn:
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # data beside the frame of a kind that PyAV has no name for: it then tells the angle alone
        return QUARTERS[round(frame.rotation / 90) % 4]
    if matrix is None:
        return UPRIGHT
    a, b, _, c, d = np.frombuffer(memoryview(cast(SideData, matrix)), np.int32)[:5].tolist()
    return a, b, c, d


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
