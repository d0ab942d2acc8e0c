"""Frames -> clips: T frames, evenly spaced, of every method that rebuilds whole pictures.

Source: USTN-DSC, Sections 3.1 and 4.1. The paper resizes to 256x256 and is silent on the spacing of frames, on the
step from one unit to the next and on the tail; facts and choices are named where they are made.
Letters: T frames of a clip, C colours, H W pixels of the working size.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, VideoError
from unusual.methods.footage import Footage
from unusual.methods.settings import PRESET_RATE, MethodSettings

Picture = NDArray[np.uint8]  # (H, W, C)
LARGEST_SIDE = 4096  # of the working size, pixels


@dataclass(frozen=True)
class ClipConfig:
    """How clips are cut from video."""

    height: int = 256  # working size in pixels
    width: int = 256  # 0: as the first video's shape asks, so that people keep theirs (ours)
    stride: int = 1  # take every n-th frame; 1 is the usual reading of the paper
    step: int = 0  # frames from one scored unit to the next; 0: side by side, as in the paper
    crop: int = 0  # side in pixels of the crops around motion that training sees; 0: whole frames
    backwards: bool = False  # whether half of the clips that training sees run backwards

    def __post_init__(self) -> None:
        if not (16 <= self.height <= LARGEST_SIDE and (self.width == 0 or 16 <= self.width <= LARGEST_SIDE)):
            raise ConfigError(f"need height and width from 16 to {LARGEST_SIDE}, or width 0, got {self}")
        if self.stride < 1 or self.step < 0 or self.crop < 0:
            raise ConfigError(f"need stride >= 1, step >= 0 and crop >= 0, got {self}")

    def completed(self, frame_height: int, frame_width: int) -> "ClipConfig":
        """These settings with a width of 0 replaced by what frames of this size ask for."""
        return replace(self, width=working_width(self, frame_height, frame_width))


@dataclass(frozen=True)
class RegionConfig:
    """Where errors are pooled."""

    region: int = 16  # r, side in pixels of the regions of the live score, even

    def __post_init__(self) -> None:
        check_region(self.region)


def check_region(region: int) -> None:
    """Raise ConfigError for a side that cannot be halved."""
    if region < 2 or region % 2:
        raise ConfigError(f"region must be an even number of pixels, got {region}")


class ClipSettings(MethodSettings):
    """Settings of a method that rebuilds pictures of clips."""

    clips: ClipConfig

    def completed(self, frame_height: int, frame_width: int, rate: float = 0.0) -> Self:
        """These settings with a width of 0 replaced by what frames of this size ask for."""
        return replace(self, clips=self.clips.completed(frame_height, frame_width))

    def paced(self, rate: float) -> list[str]:
        """Clips that last as long."""
        return [f"clips.stride={max(1, round(self.clips.stride * rate / PRESET_RATE))}"]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is judged at once: `span` neighbouring frames of one video, T of them in the clip.

    indices, times_s: (span,) position and time of all frames from first to last. clip: (T, H, W, C) uint8.
    side_by_side: whether the paper's protocol counts this unit; units in between serve the live score alone.
    """

    indices: NDArray[np.int64]
    times_s: NDArray[np.float64]
    clip: NDArray[np.uint8]
    side_by_side: bool


def span(frames: int, stride: int) -> int:
    """Frames of video from the first to the last of a clip of T = `frames`.

    >>> span(9, 1), span(5, 2)
    (9, 9)
    """
    return (frames - 1) * stride + 1


def check_step(step: int, length: int) -> None:
    """Raise ConfigError where units of `length` frames that start every `step` frames would miss the paper's units."""
    if step and length % step:
        raise ConfigError(
            f"clips.step ({step}) must divide the {length} frames that a unit spans, so that none is missed"
        )


def check_clips(clips: ClipConfig, frames: int, region: int) -> None:
    """Raise ConfigError where clips of T = `frames` and errors pooled over `region` pixels cannot go together."""
    check_step(clips.step, span(frames, clips.stride))
    if region > min(clips.height, clips.width or clips.height):
        raise ConfigError(f"objective.region ({region}) is larger than the picture of {clips}")


def working_width(config: ClipConfig, frame_height: int, frame_width: int) -> int:
    """The working width in pixels; for width 0 the video's own shape, to a multiple of 8.

    >>> working_width(ClipConfig(160, 0), 240, 360)
    240
    """
    return config.width or max(16, round(config.height * frame_width / frame_height / 8) * 8)


def working_picture(rgb: NDArray[np.uint8], height: int, width: int, colours: int) -> Picture:
    """A frame (H, W, 3) at working size: (height, width, colours) uint8, grey by the usual weights when colours = 1."""
    shrinks = rgb.shape[0] > height or rgb.shape[1] > width
    picture = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) if colours == 1 else rgb
    if picture.shape[:2] != (height, width):
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(picture, np.uint8).reshape(height, width, colours)


def cut_units(
    name: str, pictures: Iterable[tuple[float, Picture]], *, frames: int, stride: int, step: int
) -> Iterator[Unit]:
    """Cut a video into units as its frames arrive; holds no more than one unit of pictures.

    Units start every `step` frames, and each is given as soon as one frame more has come, or none. The last one reaches
    back over its predecessor so that every frame is in a unit.

    Args:
        name: of the video, for the error.
        pictures: each frame's time in seconds and its picture at working size, in order.
        frames, stride: T and the spacing of its frames; the unit spans (T-1) * stride + 1 frames.
        step: frames between the starts of units; must divide the span, so that the paper's units are among them.

    Raises:
        ConfigError: step does not divide the span.
        VideoError: the video is shorter than one unit.
    """
    length = span(frames, stride)
    check_step(step, length)
    step = step or length
    held: deque[tuple[float, Picture]] = deque(maxlen=length)
    count = 0
    ready: Unit | None = None  # a unit waits for one frame more: is it the last?
    for count, timed_picture in enumerate(pictures, start=1):
        if ready is not None:
            yield ready
            ready = None
        held.append(timed_picture)
        start = count - length
        if start >= 0 and start % step == 0:
            ready = _unit(start, held, stride, side_by_side=start % length == 0)
    if count < length:
        raise VideoError(f"{name}: {count} frames are fewer than the {length} that one unit needs")
    yield _unit(count - length, held, stride, side_by_side=True) if ready is None else replace(ready, side_by_side=True)


def _unit(start: int, held: Sequence[tuple[float, Picture]], stride: int, *, side_by_side: bool) -> Unit:
    return Unit(
        np.arange(start, start + len(held)),
        np.array([time_s for time_s, _ in held]),
        np.stack([picture for _, picture in held][::stride]),
        side_by_side,
    )


def unit_starts(footage: Sequence[Footage], length: int, step: int = 1) -> NDArray[np.int64]:
    """Every place where a unit of `length` frames may start: (n, 2) of (number of the stretch, first frame)."""
    starts = [(number, start) for number, f in enumerate(footage) for start in range(0, f.frames - length + 1, step)]
    return np.array(starts, np.int64).reshape(-1, 2)


def moving_crop(clip: NDArray[np.uint8], size: int, chance: np.random.Generator) -> NDArray[np.uint8]:
    """Cut a size x size window from (T, H, W, C), most often where first and last frame differ (ours, for CPUs).

    A fixed camera's picture is mostly still, and a network learns motion where something moves. One crop in eight
    is drawn anywhere, so that the still ground is learnt too.
    """
    height, width = clip.shape[1:3]
    high, wide = min(size, height), min(size, width)
    top, left = int(chance.integers(height - high + 1)), int(chance.integers(width - wide + 1))
    if chance.random() > 1 / 8:
        change = cv2.absdiff(clip[0], clip[-1]).reshape(height, width, -1).max(-1)
        change = cv2.resize(change, (width // 8, height // 8), interpolation=cv2.INTER_AREA).astype(np.float64)
        weight = np.maximum(change - 2 * np.median(change) - 4, 0).ravel()  # above noise and light
        if weight.sum() > 0:
            cell = int(chance.choice(weight.size, p=weight / weight.sum()))
            row, column = divmod(cell, width // 8)
            jitter_y, jitter_x = chance.integers(-size // 4, size // 4 + 1, 2)
            top = int(np.clip(row * 8 - high // 2 + jitter_y, 0, height - high))
            left = int(np.clip(column * 8 - wide // 2 + jitter_x, 0, width - wide))
    return clip[:, top : top + high, left : left + wide]
