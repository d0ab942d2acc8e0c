"""Whether a camera's picture can be judged at all: too dark, covered, frozen, moved.

A covered lens is no unusual event: it is told as the state of the camera. Everything is seen on small grey pictures,
and a state is raised only after it has lasted: a lorry that fills the view for a moment is none.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError

LOOK_S = 0.5  # time between two looks at darkness, cover and place
LASTING_S = 5.0  # a state is raised after it has lasted so long,
OVER_S = 2.0  # and is over when nothing was seen of it for so long
SIDE = (96, 72)  # width and height of a look
SAMPLED = 128  # pixels along the shorter side that stillness is judged on
SAME, DRIFT = 0.05, 3.0  # grey levels, mean of all and largest of 4x4: up to these a picture is the same still
REPAINTED = 0.1  # share of frames of a frozen picture that may differ: coders repaint it now and then
DARKEST, DARKER = 20.0, 0.3  # grey levels, and share of the reference's brightness: below both it is too dark
BLACK = 10.0  # grey levels below which it is too dark without a reference
LEAST_DETAIL, LOST_DETAIL, LESS_DETAIL = 0.5, 0.3, 0.6  # grey levels; shares of the reference's detail
SHIFT = 1.5  # pixels of a look, 1.6 % of the width: a smaller shift is the wind's
ALIKE, BETTER, UNLIKE = 0.4, 0.15, 0.25  # correlations of edges: at the shift; by so much better; no place in common
WINDOW = cv2.createHanningWindow(SIDE, cv2.CV_32F)

Grey = NDArray[np.float32]


class Health(StrEnum):
    """The state of a camera's picture. MOVED: it shows another place, or the same one shifted; SWAYING: see `sway`."""

    OK = "ok"
    SWAYING = "swaying"
    DARK = "dark"
    COVERED = "covered"
    FROZEN = "frozen"
    MOVED = "moved"

    @property
    def fit(self) -> bool:
        """Whether such pictures can be judged."""
        return self in (Health.OK, Health.SWAYING)


class PictureHealth:
    """Watches the pictures of one camera, at any frame rate and size, in the same memory however long it goes on.

    Args:
        reference: (H, W, 3) uint8, the usual picture, such as the median of ordinary footage; of any size. None: only
            a black, a blank and a frozen picture can be told, not a moved camera.
        still_s: for how long ordinary footage stood perfectly still at most. A sensor's noise never does; made-up
            or strongly compressed footage may while nobody is there. A picture is frozen after twice this time, and
            not before 5 s. Infinite: never.

    Raises:
        ConfigError: still_s is negative.
    """

    def __init__(self, reference: NDArray[np.uint8] | None = None, *, still_s: float = 0.0) -> None:
        if not still_s >= 0:
            raise ConfigError(f"still_s must be 0 or more seconds, got {still_s}")
        self._view = None if reference is None else View.of(reference)
        self._frozen_s = max(LASTING_S, 2 * still_s)
        self._restart()

    def refer_to(self, reference: NDArray[np.uint8]) -> None:
        """Compare with this usual picture, (H, W, 3) uint8, from here on."""
        self._view = View.of(reference)

    def _restart(self) -> None:
        self._stillness = Stillness()
        self._time_s = self._looked_s = -np.inf
        self._seen = self.state = Health.OK
        self._since_s = self._well_s = -np.inf

    def add(self, time_s: float, rgb: NDArray[np.uint8]) -> Health:
        """Take the next picture, (H, W, 3) uint8, at time_s seconds, and say the state. Time that falls starts anew."""
        if time_s <= self._time_s:
            self._restart()
        self._time_s = time_s
        still_s = self._stillness.add(time_s, rgb)
        frozen = still_s >= self._frozen_s
        if time_s - self._looked_s >= LOOK_S or (frozen and self._seen is Health.OK):
            self._looked_s = time_s
            self._note(time_s, self._judge(rgb, frozen), still_s if frozen else 0.0)
        return self.state

    @property
    def suspect(self) -> bool:
        """Whether the picture is not fit, or the newest look at it says so and it has not lasted yet."""
        return self.state is not Health.OK or self._seen is not Health.OK

    @property
    def since_s(self) -> float:
        """When the present state, other than OK, began; when the pictures became fit again, while OK."""
        return self._since_s if self.state is not Health.OK else self._well_s

    def _judge(self, rgb: NDArray[np.uint8], frozen: bool) -> Health:
        seen = judge(View.of(rgb), self._view)
        return Health.FROZEN if frozen and seen in (Health.OK, Health.MOVED) else seen

    def _note(self, time_s: float, seen: Health, lasted_s: float) -> None:
        if seen is Health.OK:
            if self._seen is not Health.OK or self._well_s == -np.inf:
                self._well_s = time_s
            if time_s - self._well_s >= OVER_S:
                self.state = Health.OK
        else:
            if self.state is Health.OK and (self._seen is Health.OK or lasted_s):
                self._since_s = time_s - lasted_s
            if time_s - self._since_s >= LASTING_S:
                self.state = seen
        self._seen = seen


class Stillness:
    """For how long the picture has been perfectly still: a frozen one repeats itself, a sensor's noise never does.

    fresh: share in [0, 1] of the newest picture's pixels that differ from the one before; noise changes most of them.
    """

    def __init__(self) -> None:
        self.fresh = 0.0
        self._before: NDArray[np.uint8] | None = None

    def add(self, time_s: float, rgb: NDArray[np.uint8]) -> float:
        """Take the next picture, (H, W, 3) uint8; return for how many seconds all have been the same."""
        step = -(-min(rgb.shape[:2]) // SAMPLED)
        sample = np.ascontiguousarray(rgb[::step, ::step, 1])  # pixels as they are: averages would hide the noise
        smooth = np.asarray(cv2.blur(sample, (4, 4)), np.uint8)
        if self._before is None or self._before.shape != sample.shape:
            self._begin(time_s, smooth)
        else:
            self._frames += 1
            change = cv2.absdiff(sample, self._before)
            self.fresh = cv2.countNonZero(change) / change.size
            self._changed += cv2.mean(change)[0] > SAME
            drifted = cv2.norm(smooth, self._first, cv2.NORM_INF) > DRIFT
            if drifted or self._changed > 1 + REPAINTED * self._frames:
                self._begin(time_s, smooth)
        self._before = sample
        return time_s - self._since_s

    def _begin(self, time_s: float, smooth: NDArray[np.uint8]) -> None:
        self._since_s, self._first = time_s, smooth
        self._frames = self._changed = 0


@dataclass(frozen=True, slots=True)
class View:
    """What a look keeps of a picture: brightness, its mean grey level; edges, (72, 96); detail, their mean strength."""

    brightness: float
    detail: float
    edges: Grey

    @staticmethod
    def of(rgb: NDArray[np.uint8]) -> "View":
        """Look at a picture, (H, W, 3) uint8."""
        grey = small_grey(rgb)
        edges = np.clip(grey - cv2.blur(grey, (9, 9)), -15, 15)  # no single edge outweighs the rest
        return View(float(grey.mean()), float(np.abs(edges).mean()), edges)


def small_grey(rgb: NDArray[np.uint8]) -> Grey:
    """(H, W, 3) uint8 -> (72, 96) float32 grey levels, averaged, whatever the shape was."""
    return np.asarray(cv2.cvtColor(cv2.resize(rgb, SIDE, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY), np.float32)


def judge(view: View, reference: View | None) -> Health:
    """Say of one picture alone whether it is DARK, COVERED, MOVED or, as far as that can be seen, OK."""
    dark = BLACK if reference is None else min(DARKEST, DARKER * reference.brightness)
    if view.brightness < dark:
        return Health.DARK
    if view.detail < (LEAST_DETAIL if reference is None else LOST_DETAIL * reference.detail):
        return Health.COVERED
    if reference is None:
        return Health.OK
    here = _correlation(view.edges, reference.edges)
    (right, down), _ = cv2.phaseCorrelate(reference.edges * WINDOW, view.edges * WINDOW)
    if max(abs(right), abs(down)) >= SHIFT and _shifted(view.edges, reference.edges, round(right), round(down)) > max(
        ALIKE, here + BETTER
    ):
        return Health.MOVED
    if here >= UNLIKE:
        return Health.OK
    return Health.COVERED if view.detail < LESS_DETAIL * reference.detail else Health.MOVED


def _shifted(edges: Grey, reference: Grey, right: int, down: int) -> float:
    """The correlation with the reference moved by so many pixels, where they overlap; -1 where that is too little."""
    height, width = edges.shape
    if abs(right) > width // 2 or abs(down) > height // 2:
        return -1.0
    new = edges[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
    old = reference[max(0, -down) : height + min(0, -down), max(0, -right) : width + min(0, -right)]
    return _correlation(new, old)


def _correlation(one: Grey, other: Grey) -> float:
    energy = float((one * one).sum()) * float((other * other).sum())
    return float((one * other).sum()) / energy**0.5 if energy else 0.0
