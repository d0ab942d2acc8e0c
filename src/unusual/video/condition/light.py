"""In which light a camera sees: by day in colours, by night in infrared, which has none. It shows a place twice.

Compression leaves no colour in an infrared picture, and fog and concrete leave some in one of the day. So two levels
stand far apart, and a picture between them is in the light that was there before.
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

LOW, HIGH = 3.0, 7.0  # grey levels of colour: below it is infrared, above it is not
SETTLED_S = 3.0  # that another light must have lasted: the camera moves a filter, and exposes anew
SAMPLED = 24  # pixels along the shorter side
BLACK = 10.0  # grey levels below which a picture says nothing of the light


class Light(StrEnum):
    """What a camera sees by."""

    COLOUR = "colour"
    INFRARED = "infrared"


def colourfulness(rgb: NDArray[np.uint8]) -> float:
    """How far a picture's colours, (H, W, 3) uint8, lie apart, in grey levels: what a tenth of it exceeds.

    A tint of the whole, as some lamps give it, is none, and a burnt-in clock is too small.

    >>> grey = np.full((48, 64, 3), 90, np.uint8)
    >>> lawn = grey.copy()
    >>> lawn[20:] = 60, 140, 40
    >>> colourfulness(grey + np.array([9, 0, 4], np.uint8)), colourfulness(lawn) > 50
    (0.0, True)
    """
    step = max(1, min(rgb.shape[:2]) // SAMPLED)
    red, green, blue = rgb[::step, ::step].reshape(-1, 3).T.astype(np.int16)
    middle = red.size // 2
    apart = np.maximum(*(np.abs(one - np.partition(one, middle)[middle]) for one in (red - green, blue - green)))
    tenth = apart.size - 1 - apart.size // 10
    return float(np.partition(apart, tenth)[tenth])


class LightSwitch:
    """Which light a camera sees by, picture after picture. light: None before the first one, if none is given.

    switched: is told of another light, once that has lasted.
    """

    def __init__(self, light: Light | None = None, switched: Callable[[Light], object] = lambda light: None) -> None:
        self.light, self._switched = light, switched
        self._seen: Light | None = light
        self._other_s = np.inf  # since when it has been another

    def add(self, time_s: float, rgb: NDArray[np.uint8]) -> bool:
        """Take the next picture; whether it is in the present light. It is another one once that has lasted."""
        seen = self._seen_in(rgb)
        if self.light is None:
            self.light = seen
        self._seen = seen
        if seen is self.light:
            self._other_s = np.inf
            return True
        self._other_s = min(self._other_s, time_s)
        if time_s - self._other_s < SETTLED_S:
            return False
        self.light, self._other_s = seen, np.inf
        self._switched(seen)
        return True

    def _seen_in(self, rgb: NDArray[np.uint8]) -> Light:
        colour = colourfulness(rgb)
        if self._seen is not None and (LOW <= colour <= HIGH or rgb[::SAMPLED, ::SAMPLED].mean() < BLACK):
            return self._seen
        return Light.INFRARED if colour < (LOW + HIGH) / 2 else Light.COLOUR
