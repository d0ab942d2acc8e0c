"""A camera that sways on its mast: how far each picture is shifted against the last half minute, and that undone.

A sway of two pixels moves every edge there is, and looks like a street full of people. It is no unusual event: it is
told as the state of the camera, and what is scored is steadied. Shifts are found from coarse to fine by least squares
over the slopes of the usual picture (Lucas and Kanade, IJCAI 1981).
"""

from collections import deque
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.video.pictures import RGB, resize_to_fit

SIDE = (320, 240)  # pixels, at the most, of the grey picture in which shifts are measured
LOCAL = 15  # pixels around each, whose mean is taken off: what is left are edges, whatever the light
USUAL_S, EVERY_S = 20.0, 0.5  # by which the usual picture follows, and between two of its steps
ALIKE = 0.5  # correlation of edges, below which another place is shown, or the lens is covered
PARTS, AGREED = (4, 4), 3  # of a picture; so many times as many of them must be more like the usual one as are less
MORE, FAINT = 1.2, 4.0  # times as unlike it, with so many squared grey levels beside, as it is with the shift undone
FARTHEST = 0.03  # of the width: what is shifted farther does not sway
STEPS, OTHER = 2, 30.0  # of least squares at each size; grey levels beyond which a pixel shows something that moves
STARTS = 0.3  # grey pixels by which a picture of a camera that was still is shifted, before that is undone
LITTLE = 0.15  # grey pixels: what is shifted less need not be known finer
SWAY, SWAY_S = 0.6, 3.0  # grey pixels between the farthest shifts within these seconds
LASTING_S, OVER_S = 5.0, 10.0  # that it must last, and be over, before it is told

HALF, WHOLE = 1, 2  # of the sizes in `coarse_to_fine`
STEP_S = 1.0  # a longer time between two frames is no time of swaying
LOOK_S = 0.2  # between two looks at a recording, of which is asked no more than how long it sways

Grey = NDArray[np.float32]
Pixel = TypeVar("Pixel", np.uint8, np.float32)
Shift = tuple[float, float]  # pixels to the right, and down


class Steadier:
    """Steadies the pictures of one camera. swaying: whether it has swayed for some seconds."""

    def __init__(self) -> None:
        self.swaying = False
        self._usual: Usual | None = None
        self._shifts: deque[tuple[float, float, float]] = deque()  # seconds, to the right, down
        self._still_s = self._swayed_s = -np.inf  # when it last stood still, and when it last did not

    def steady(self, time_s: float, rgb: RGB) -> RGB:
        """Take the next picture, (H, W, 3) uint8; return it as it would be if the camera stood still.

        One that is not shifted comes back as it is. Another size starts anew.
        """
        shift = self.shift(time_s, rgb)
        return rgb if shift is None else moved_back(rgb, shift)

    def shift(self, time_s: float, rgb: RGB) -> Shift | None:
        """The same; return the shift that is to be undone, in its pixels, None where there is none."""
        grey = np.asarray(resize_to_fit(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8), *SIDE), np.float32)
        if self._usual is None or self._usual.grey.shape != grey.shape:
            self._usual, self._shifts = Usual(grey), deque()
        shift = self._usual.shift_of(grey)
        if shift is None:
            self._usual.follow(time_s, grey)
            return None
        self._judge(time_s, shift)
        undone = self.swaying or max(map(abs, shift)) >= STARTS
        restless = time_s - self._swayed_s < OVER_S  # else it may have been moved for good, a little
        self._usual.follow(time_s, moved_back(grey, shift) if restless else grey)
        scale = rgb.shape[1] / grey.shape[1]
        return (shift[0] * scale, shift[1] * scale) if undone else None

    def _judge(self, time_s: float, shift: Shift) -> None:
        """Whether it sways by now; a clock that was set back begins anew."""
        shifts = self._shifts
        if shifts and time_s < shifts[-1][0]:
            shifts.clear()
            self._still_s = self._swayed_s = -np.inf
        shifts.append((time_s, *shift))
        while time_s - shifts[0][0] > SWAY_S:
            shifts.popleft()
        _, right, down = np.array(shifts).T
        if max(np.ptp(right), np.ptp(down)) >= SWAY:
            self._swayed_s = time_s
        else:
            self._still_s = time_s
        lasted = self._swayed_s - self._still_s >= LASTING_S
        self.swaying = lasted or (self.swaying and time_s - self._swayed_s < OVER_S)


class Sways:
    """Notes for how long a recorded camera sways, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._steadier = Steadier()
        self._last_s = np.inf

    def add(self, time_s: float, rgb: RGB) -> None:
        """Take the next picture, (H, W, 3) uint8; about five a second are looked at."""
        if 0 <= time_s - self._last_s < LOOK_S:
            return
        self._steadier.shift(time_s, rgb)
        if self._steadier.swaying and 0 < time_s - self._last_s <= STEP_S:
            self.seconds += time_s - self._last_s
        self._last_s = time_s


class Usual:
    """What a camera has shown for the last half minute, against which its newest picture is shifted or not.

    grey: (h, w) float32, the mean, as it slowly follows.
    """

    def __init__(self, grey: Grey) -> None:
        self.grey = grey
        self._followed_s = -np.inf
        self._levels = [Level.of(edges_of(each)) for each in coarse_to_fine(grey)]
        self._newest: Shift = (0.0, 0.0)

    def follow(self, time_s: float, grey: Grey) -> None:
        """Take a picture into the mean, no more often than is of use."""
        if abs(time_s - self._followed_s) < EVERY_S:
            return
        self._followed_s = time_s
        self.grey = self.grey + np.float32(EVERY_S / USUAL_S) * (grey - self.grey)
        self._levels = [Level.of(edges_of(each)) for each in coarse_to_fine(self.grey)]

    def shift_of(self, grey: Grey) -> Shift | None:
        """By how many of its pixels a picture, (h, w), is shifted; None where it shows another place, or nothing."""
        right, down = self._newest
        self._newest = (0.0, 0.0)
        for number, (usual, size) in enumerate(zip(self._levels, coarse_to_fine(grey), strict=True)):
            if number == WHOLE and max(abs(right), abs(down)) < LITTLE:
                break
            edges = edges_of(size)
            scale = edges.shape[1] / grey.shape[1]
            shift = usual.shift_of(edges, (right * scale, down * scale))
            right, down = (each / scale for each in shift)
            if max(abs(right), abs(down)) > FARTHEST * grey.shape[1]:
                return None
            if number == HALF and not usual.is_seen(edges, shift):
                return None
        self._newest = (right, down)
        return self._newest


@dataclass(frozen=True, slots=True)
class Level:
    """The usual picture at one size. edges, along, across: (h, w), and how they rise to the right and down."""

    edges: Grey
    along: Grey
    across: Grey

    @classmethod
    def of(cls, edges: Grey) -> "Level":
        """Of the edges at this size, (h, w)."""
        slopes = (cv2.Sobel(edges, cv2.CV_32F, *way, ksize=1, scale=0.5) for way in ((1, 0), (0, 1)))
        return cls(edges, *(np.asarray(slope, np.float32) for slope in slopes))

    def shift_of(self, edges: Grey, guess: Shift) -> Shift:
        """The shift of edges (h, w) by least squares, from a guess on, without what stands before the usual picture."""
        right, down = guess
        for _ in range(STEPS):
            rest = moved_back(edges, (right, down)) - self.edges
            fits = np.abs(rest) < OTHER
            x, y = self.along * fits, self.across * fits
            a, b, c = float(np.vdot(x, x)), float(np.vdot(x, y)), float(np.vdot(y, y))
            p, q = float(np.vdot(x, rest)), float(np.vdot(y, rest))
            if (size := a * c - b * b) <= 0:
                break
            right, down = right - (c * p - b * q) / size, down - (a * q - b * p) / size
        return right, down

    def is_seen(self, edges: Grey, shift: Shift) -> bool:
        """Whether edges (h, w) show the usual place, and are shifted so all over: trees sway in a part of it."""
        back = moved_back(edges, shift)
        energy = float(np.vdot(back, back)) * float(np.vdot(self.edges, self.edges))
        if float(np.vdot(back, self.edges)) < ALIKE * energy**0.5 or not energy:
            return False
        unlike, rest = (
            FAINT + cv2.resize((each - self.edges) ** 2, PARTS, interpolation=cv2.INTER_AREA) for each in (edges, back)
        )
        return bool((rest > MORE * unlike).sum() * AGREED <= (unlike > MORE * rest).sum())


def coarse_to_fine(grey: Grey) -> list[Grey]:
    """(h, w) at a quarter of its size, at a half, and as it is."""
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    quarter = cv2.resize(half, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return [np.asarray(quarter, np.float32), np.asarray(half, np.float32), grey]


def edges_of(grey: Grey) -> Grey:
    """(h, w) without the mean around each pixel."""
    return np.asarray(grey - cv2.blur(grey, (LOCAL, LOCAL)), np.float32)


def moved_back(picture: NDArray[Pixel], shift: Shift) -> NDArray[Pixel]:
    """A picture (H, W) or (H, W, 3) without its shift; what comes in at the rim repeats it."""
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    size = picture.shape[1::-1]
    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back = cv2.warpAffine(picture, matrix, size, flags=way, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(back, picture.dtype)
