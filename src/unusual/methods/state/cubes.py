"""Frames -> spatio-temporal context cubes: the same place in the frames around an object, seen and moving.

Source: STATE, Section III.A; what the paper is silent about follows its source VEC (Yu et al., 2020): the window that
shifts at the ends of a video, the crop, the resizing. The authors crop pictures of blue, green, red; we of red first.
Letters: N objects of a frame, T frames on either side of it, S side of a patch in pixels.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError
from unusual.methods.objects.objects import Boxes, Objects
from unusual.methods.objects.tracks import Tracked, Tracker

Picture = NDArray[np.uint8]  # (H, W, 3)
Flow = NDArray[np.float32]  # (H, W, 2) px/frame
# number of the frame; the one before it, it, the one after -> its objects, or who is there where others follow them
Find = Callable[[int, Picture, Picture, Picture], Objects | Tracked]
Estimate = Callable[[Picture, Picture], Flow]
LARGEST_PATCH = 256  # pixels
LONGEST_STEP = 250  # frames


@dataclass(frozen=True)
class CubeConfig:
    """How cubes are cut from video."""

    patch: int = 32  # S, pixels; a multiple of 4
    # 0, for either: as many as make about four a second
    step: int = 1  # frames from one scored frame to the next; those between share its score
    train_step: int = 1  # objects of every n-th frame are learnt from

    def __post_init__(self) -> None:
        if not (4 <= self.patch <= LARGEST_PATCH and self.patch % 4 == 0):
            raise ConfigError(f"cubes.patch must be a multiple of 4 from 4 to {LARGEST_PATCH} pixels, got {self.patch}")
        if not (0 <= self.step <= LONGEST_STEP and 0 <= self.train_step <= LONGEST_STEP):
            raise ConfigError(
                f"cubes.step and cubes.train_step must be from 0 to {LONGEST_STEP}, got {self.step}, {self.train_step}"
            )


@dataclass(frozen=True, slots=True)
class ObjectCubes:
    """The cubes of one frame's objects.

    index:  of the frame.
    boxes:  (N, 4) float32, kinds: (N,) int16: as in `ObjectErrors`.
    tracks: (N,) int64, the same number for the same object of this video, -1 where none is followed.
    rgb:    (N, 2T+1, S, S, 3) uint8. flow: (N, 2T+1, S, S, 2) floats, from each frame to the next.
    """

    index: int
    boxes: Boxes
    kinds: NDArray[np.int16]
    tracks: NDArray[np.int64]
    rgb: NDArray[np.uint8]
    flow: NDArray[np.floating]

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True, slots=True)
class _Present:
    """The objects of one frame that are cut: xyxy (N, 4) px, kind (N,), track (N,), as in `ObjectCubes`."""

    xyxy: Boxes
    kind: NDArray[np.int16]
    track: NDArray[np.int64]


@dataclass(frozen=True)
class _Look:
    """A frame with what is known of it alone. pair: those whose flow it has. present: None where it is not scored."""

    index: int
    picture: Picture
    pair: tuple[Picture, Picture]
    present: _Present | None
    estimate: Estimate

    @cached_property
    def flow(self) -> Flow:
        """Estimated only where a cube needs it: where nobody is, nothing costs so much."""
        return self.estimate(*self.pair)


def cut_cubes(
    pictures: Iterable[Picture],
    find: Find,
    estimate: Estimate,
    config: CubeConfig,
    *,
    context: int,
    step: int,
    tracker: Tracker | None = None,
) -> Iterator[ObjectCubes]:
    """Cut the cubes of every `step`-th frame as the frames arrive; holds 2T + 2 frames.

    Near the ends of a video the window of 2T+1 frames shifts and never pads. The flow of a frame leads to the next
    one; the last frame, which has none, takes that of the frame before it. A video shorter than 2T+1 has no cubes.

    Args:
        pictures: each frame's, in order, all of one size.
        find: objects of a frame; at the ends of the video the frame stands in for the neighbour that is missing.
        estimate: flow between two neighbouring pictures.
        context: T.
        tracker: joins the objects of scored frames to tracks; what it bridges is cut too. None: each frame by itself.
    """
    held: deque[_Look] = deque(maxlen=2 * context + 1)
    count = 0
    for count, look in enumerate(_looks(pictures, find, estimate, step, tracker), start=1):
        held.append(look)
        if count == held.maxlen:
            yield from _cubes_at(held, range(context), config)
        if count >= 2 * context + 1:
            yield from _cubes_at(held, [context], config)
    if count >= 2 * context + 1:
        yield from _cubes_at(held, range(context + 1, 2 * context + 1), config)


def cut_cube(
    window: Sequence[tuple[Picture, Flow]], box: NDArray[np.float32], config: CubeConfig
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """One object's cube: (2T+1, S, S, 3) uint8 and (2T+1, S, S, 2) float32.

    Args:
        window: picture and flow of 2T+1 neighbouring frames.
        box: (4,) left, top, right, bottom in pixels. It is cut at whole pixels, rounded up as in VEC's source, and at
            the picture's edges; it never becomes empty.
    """
    place = whole_box(box, *window[0][0].shape[:2])
    size, linear = (config.patch, config.patch), cv2.INTER_LINEAR
    rgb = [cv2.resize(picture[place], size, interpolation=linear) for picture, _ in window]
    flow = [cv2.resize(flow[place], size, interpolation=linear) for _, flow in window]
    return np.stack(rgb).astype(np.uint8, copy=False), np.stack(flow).astype(np.float32, copy=False)


def whole_box(box: NDArray[np.float32], height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns of a box (left, top, right, bottom in pixels) that `cut_cube` cuts from a picture."""
    left, top, right, bottom = (float(side) for side in box)
    return _whole(top, bottom, height), _whole(left, right, width)


def window_of(index: int, frames: int, context: int) -> tuple[int, int]:
    """First and last frame of the window around a frame, shifted to stay inside a video of `frames` frames.

    >>> window_of(0, 100, 3), window_of(50, 100, 3), window_of(99, 100, 3)
    ((0, 6), (47, 53), (93, 99))
    """
    first = max(0, min(index - context, frames - 1 - 2 * context))
    return first, first + 2 * context


def _looks(
    pictures: Iterable[Picture], find: Find, estimate: Estimate, step: int, tracker: Tracker | None
) -> Iterator[_Look]:
    """Every frame with its flow and, each `step` frames, its objects; one frame late, as both need the next one."""
    scored: _Look | None = None  # the last one
    for index, (before, now, after) in enumerate(_threes(pictures)):
        first, last = now if before is None else before, now if after is None else after
        pair = (first, now) if after is None else (now, last)
        present = None
        if index % step == 0:
            present = _present(find(index, first, now, last), tracker, scored, step, now.shape[:2])
        look = _Look(index, now, pair, present, estimate)
        scored = scored if present is None else look
        yield look


def _threes(pictures: Iterable[Picture]) -> Iterator[tuple[Picture | None, Picture, Picture | None]]:
    """Each picture between its neighbours; None beyond the ends of the video."""
    before: Picture | None = None
    now: Picture | None = None
    for after in pictures:
        if now is not None:
            yield before, now, after
        before, now = now, after
    if now is not None:
        yield before, now, None


def _present(
    found: Objects | Tracked, tracker: Tracker | None, scored: _Look | None, step: int, shape: tuple[int, ...]
) -> _Present:
    """What was found, or who is there by the tracks: they are carried by the motion in the scored frame before."""
    height, width = shape
    if isinstance(found, Tracked):
        tracked = found
    elif tracker is None:
        return _Present(found.xyxy, found.kind, np.full(len(found), -1))
    else:
        flow = scored.flow * np.float32(step) if scored is not None and len(tracker.tracks) else None
        tracked = tracker.step(found, flow, (height, width))
    return _Present(tracked.xyxy.clip(0, np.array([width, height] * 2, np.float32)), tracked.kind, tracked.number)


def _cubes_at(held: Sequence[_Look], places: Iterable[int], config: CubeConfig) -> Iterator[ObjectCubes]:
    for look in (held[place] for place in places):
        if look.present is None:
            continue
        xyxy = look.present.xyxy
        window = [(look.picture, look.flow) for look in held] if len(xyxy) else []
        cubes = [cut_cube(window, box, config) for box in xyxy]
        frames, side = len(held), config.patch
        rgb = np.array([rgb for rgb, _ in cubes], np.uint8).reshape(-1, frames, side, side, 3)
        flow = np.array([flow for _, flow in cubes], np.float32).reshape(-1, frames, side, side, 2)
        height, width = look.picture.shape[:2]
        boxes = (xyxy / np.array([width, height, width, height])).clip(0, 1).astype(np.float32)
        yield ObjectCubes(look.index, boxes, look.present.kind, look.present.track, rgb, flow)


def _whole(low: float, high: float, size: int) -> slice:
    first = min(max(ceil(low), 0), size - 1)
    return slice(first, min(max(ceil(high), first + 1), size))
