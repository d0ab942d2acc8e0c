"""Cutting an object out of a still camera's clip, filling the place where it was, and laying it somewhere else.

An object is what differs from the background inside its box. Frames are (H, W, 3) uint8 everywhere; a matte is how much
of each pixel is the object, float32 in [0, 1].
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.scores.pieces import label

RGB = NDArray[np.uint8]
Matte = NDArray[np.float32]
Box = NDArray[np.float64]  # (4,): left, top, right, bottom in px
Boxes = NDArray[np.float64]  # (N, 4)
Place = NDArray[np.float64]  # (2,): right, down in px
Window = tuple[int, int, int, int]  # left, top, right, bottom in px, inside the picture

LOOKS = 75  # frames, evenly spread, that the background is the median of
MARGIN = 0.18  # of a box's longer side, that a window reaches beyond it: boxes are a little too small as often as not


NOWHERE = np.zeros(2)
SHADOW = 0.35  # of the light; what is darker by less, down at the feet, is ground in shadow


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What a clip shows where nobody is. picture: (H, W, 3) uint8. noise: a pixel's standard deviation, grey levels."""

    picture: RGB
    noise: float

    @property
    def unsure(self) -> float:
        """Grey levels up to which a difference may be noise."""
        return 2 * self.noise + 4


@dataclass(frozen=True, slots=True)
class CutOut:
    """An object cut out of a frame.

    light: (h, w, 3) float32, its colours times the matte, without what shines through at its edge. matte: (h, w).
    left, top: px of its corner in the frame.
    """

    light: NDArray[np.float32]
    matte: Matte
    left: int
    top: int


def backdrop_of(frames: NDArray[np.uint8]) -> Backdrop:
    """The median of a clip, (T, H, W, 3) uint8, and its noise. Whoever stands half of the time becomes part of it.

    Raises:
        DataError: not such frames, or fewer than two.
    """
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or len(frames) < 2:
        raise DataError(f"need two frames or more, (T, H, W, 3) uint8, got {frames.shape} {frames.dtype}")
    some = frames[np.linspace(0, len(frames) - 1, min(LOOKS, len(frames))).round().astype(int)]
    picture = np.median(some, axis=0).round().astype(np.uint8)
    spread = np.median(np.abs(some[:: max(1, len(some) // 8)].astype(np.int16) - picture), axis=0)
    return Backdrop(picture, float(np.median(spread.mean(-1))) / 0.6745)


def cut_out(frame: RGB, backdrop: Backdrop, box: Box, others: Boxes) -> CutOut:
    """What is in a box and neither of the background nor of the other boxes, (N, 4) px; empty outside the picture.

    Where two boxes meet a pixel belongs to the one whose middle is nearer, measured in halves of its width.
    """
    window = _window(box, *frame.shape[:2])
    left, top, right, bottom = window
    rgb = frame[top:bottom, left:right]
    if not rgb.size:
        return CutOut(np.zeros(rgb.shape, np.float32), np.zeros(rgb.shape[:2], np.float32), left, top)
    plain = backdrop.picture[top:bottom, left:right].astype(np.float32)
    change, low = _change(rgb, backdrop.picture[top:bottom, left:right]), backdrop.unsure
    own = _own(window, box, others)
    solid = _reaching_in((change > 2 * low) & own, box - np.array([left, top, left, top]))
    if not solid.any():
        return CutOut(np.zeros(rgb.shape, np.float32), np.zeros(rgb.shape[:2], np.float32), left, top)
    contrast = np.maximum(cv2.dilate(change, np.ones((5, 5), np.uint8)), 2 * low)  # of the object right there
    near = (cv2.dilate(solid.astype(np.uint8), _disc(3)) > 0) & own
    edge = np.where(near, np.clip((change - low) / (contrast - low), 0, 1), 0)
    core = cv2.erode(_filled(solid), _disc(3))
    matte = np.maximum(edge, core).astype(np.float32)
    least = np.where(rgb < plain, 1 - rgb / np.maximum(plain, 1), (rgb - plain) / np.maximum(255 - plain, 1)).max(-1)
    matte = np.where(near, np.maximum(matte, least), matte)  # below it no colour of the object could give this pixel
    below = slice(max(0, round(0.75 * box[3] + 0.25 * box[1]) - top), None)
    taken = 1 - rgb.mean(-1, dtype=np.float32) / np.maximum(plain.mean(-1), 1)
    shadow = (taken > 0) & (taken < SHADOW)  # it takes light from what is under it, wherever that is
    matte[below] = np.where(shadow, np.minimum(matte, taken), matte)[below]
    matte = np.minimum(matte, _fading(window, frame.shape[1], frame.shape[0]))[..., None]
    light = rgb - (1 - matte) * plain
    return CutOut(np.clip(light, 0, 255 * matte), matte[..., 0], left, top)


def _window(box: Box, height: int, width: int) -> Window:
    """The part of a picture around a box; of no pixels where they do not meet."""
    wider = MARGIN * float((box[2:] - box[:2]).max()) + 2
    left, top, right, bottom = (round(edge) for edge in (*(box[:2] - wider), *(box[2:] + wider)))
    left, right = (min(max(edge, 0), width) for edge in (left, right))
    top, bottom = (min(max(edge, 0), height) for edge in (top, bottom))
    return left, top, right, bottom


def differs(one: RGB, other: RGB, backdrop: Backdrop) -> NDArray[np.bool_]:
    """(H, W) where two frames differ by more than noise."""
    return np.asarray(_change(one, other) > 2 * backdrop.unsure, np.bool_)


def _change(one: RGB, other: RGB) -> Matte:
    """(H, W) grey levels, the largest of the colours."""
    change = cv2.GaussianBlur(cv2.absdiff(one, other), (0, 0), 0.6)
    return np.asarray(change.max(-1), np.float32)


def _filled(solid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """0 or 1, without the small holes that clothes of the ground's colour leave; between the legs stays open."""
    holes, many = label(~solid)
    small = np.bincount(holes.ravel(), minlength=many + 1) < max(4, solid.sum() // 40)
    small[0] = False
    return np.asarray(solid | small[holes], np.uint8)


def _own(window: Window, box: Box, others: Boxes) -> NDArray[np.bool_]:
    """(h, w) which pixels of a window do not belong to another box."""
    left, top, right, bottom = window
    own = np.ones((bottom - top, right - left), np.bool_)
    across = np.arange(left, right) + 0.5
    mine = np.abs(across - (box[0] + box[2]) / 2) / (box[2] - box[0])
    for x1, y1, x2, y2 in others:
        theirs = np.abs(across - (x1 + x2) / 2) / (x2 - x1)
        own[max(0, round(y1) - top) : max(0, round(y2) - top), (theirs <= 0.5) & (theirs < mine)] = False
    return own


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _reaching_in(solid: NDArray[np.bool_], box: Box) -> NDArray[np.bool_]:
    """The pieces that have most of their pixels in a box, (h, w) bool; but for the largest, none that the edge cuts."""
    pieces, many = label(solid)
    inside, inner = np.zeros(solid.shape, np.bool_), np.zeros(solid.shape, np.bool_)
    left, top, right, bottom = np.clip(np.round(box), 0, None).astype(int)
    inside[top:bottom, left:right] = inner[1:-1, 1:-1] = True
    size, within, cut = (np.bincount(pieces[at], minlength=many + 1) for at in (solid, solid & inside, solid & ~inner))
    kept = (2 * within > size) & ((cut == 0) | (within == within.max()))
    kept[0] = False
    return np.asarray(kept[pieces], np.bool_)


def _fading(window: Window, width: int, height: int) -> Matte:
    """1 inside a window, falling to 0 along its outer two pixels, but not where the picture itself ends."""
    left, top, right, bottom = window
    sides = []
    for first, last, end in ((left, right, width), (top, bottom, height)):
        at = np.arange(first, last) + 0.5
        near = np.minimum(np.inf if first == 0 else at - first, np.inf if last == end else last - at)
        sides.append(np.clip(near / 2, 0, 1) + np.zeros(last - first))
    return np.asarray(np.outer(sides[1], sides[0]), np.float32)


def erase(frame: RGB, box: Box, others: Boxes, backdrop: Backdrop, rng: np.random.Generator) -> None:
    """Lay the background with fresh noise over the object in a box, in place, but not over what belongs to others."""
    cut = cut_out(frame, backdrop, box, others)
    height, width = cut.matte.shape
    if not cut.matte.any():
        return
    here = np.s_[cut.top : cut.top + height, cut.left : cut.left + width]
    around = cv2.dilate((cut.matte > 0).astype(np.float32), _disc(7))  # the faint rest of its shadow too
    around *= _own((cut.left, cut.top, cut.left + width, cut.top + height), box, others)
    share = cv2.blur(around, (3, 3))[..., None]
    fresh = backdrop.picture[here] + rng.normal(0, backdrop.noise, (height, width, 1))
    frame[here] = np.clip(np.round(frame[here] * (1 - share) + fresh * share), 0, 255)


def restless(cut: CutOut, backdrop: Backdrop, rng: np.random.Generator) -> CutOut:
    """A cut-out with fresh noise: what stands still is not the same in two frames of a camera."""
    noise = rng.normal(0, backdrop.noise, cut.matte.shape) * cut.matte
    return replace(cut, light=(cut.light + noise[..., None]).clip(0).astype(np.float32))


def lay(frame: RGB, cut: CutOut, shift: Place = NOWHERE, scale: float = 1.0, foot: Place = NOWHERE) -> Matte:
    """Lay a cut-out over a frame, in place. A shift by whole pixels at scale 1 keeps every pixel as it was.

    Args:
        shift: px to the right and down. scale: about `foot`, px in the frame it was cut out of, before the shift.

    Returns:
        (H, W) its matte where it lies.
    """
    height, width = frame.shape[:2]
    to_x, to_y = (at * (1 - scale) + move for at, move in zip(foot, shift, strict=True))
    turn = np.array([[scale, 0, scale * cut.left + to_x], [0, scale, scale * cut.top + to_y]])
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    sheet = cv2.warpAffine(np.dstack([cut.light, cut.matte]), turn, (width, height), flags=how)
    matte = np.clip(sheet[..., 3], 0, 1)
    rows, columns = (slice(*_ends(np.asarray(matte.any(axis=side)))) for side in (1, 0))
    part, share = frame[rows, columns], matte[rows, columns, None]
    part[:] = np.clip(np.round(part * (1 - share) + sheet[rows, columns, :3]), 0, 255)
    return np.asarray(matte, np.float32)


def _ends(some: NDArray[np.bool_]) -> tuple[int, int]:
    """The first and the one after the last that are True; 0, 0 where none is."""
    found = np.flatnonzero(some)
    return (int(found[0]), int(found[-1]) + 1) if found.size else (0, 0)
