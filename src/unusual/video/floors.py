"""Floors: what a score is worth must be seen beside what needs no learning at all.

frame difference:  the next frame is expected to be this one, x[t-1].
constant velocity: grey levels are expected to go on as they went, 2 x[t-1] - x[t-2], within 0 to 255.

A frame's score is the largest box-averaged absolute grey difference to what was expected.
"""

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

DIFFERENCE, VELOCITY = FLOORS = ("frame difference", "constant velocity")
SIDE = 16  # pixels of the box over which differences are averaged
BEFORE = {DIFFERENCE: 1, VELOCITY: 2}  # frames that an expectation needs

Picture = NDArray[np.uint8]


class Floors:
    """Scores each frame of a video by every floor."""

    def __init__(self) -> None:
        self._seen: deque[Picture] = deque(maxlen=max(BEFORE.values()))  # the newest last
        self._scores: dict[str, list[float]] = {name: [] for name in FLOORS}

    def add(self, rgb: NDArray[np.uint8], *, after_gap: bool = False) -> None:
        """Take the next frame, (H, W, 3) uint8. after_gap: see Frame; it is not compared with those before it."""
        grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        if after_gap:
            self._seen.clear()
        for name, scores in self._scores.items():
            known = len(self._seen) >= BEFORE[name]
            scores.append(largest_difference(grey, self._expected(name)) if known else np.nan)
        self._seen.append(grey)

    def scores(self) -> dict[str, NDArray[np.float64]]:
        """Name -> (N,) in grey levels, higher = more abnormal.

        A frame with too few before it takes the score of the next that has one, or 0 where none has.
        """
        filled = {}
        for name, scores in self._scores.items():
            curve = np.array(scores, np.float64)
            for place in np.flatnonzero(np.isnan(curve))[::-1]:
                curve[place] = curve[place + 1] if place + 1 < len(curve) else 0.0
            filled[name] = curve
        return filled

    def _expected(self, name: str) -> Picture:
        if name == DIFFERENCE:
            return self._seen[-1]
        return np.asarray(cv2.addWeighted(self._seen[-1], 2, self._seen[-2], -1, 0), np.uint8)


def largest_difference(one: Picture, other: Picture) -> float:
    """The largest mean of the absolute difference in any box of SIDE x SIDE pixels."""
    change = cv2.absdiff(one, other)
    sums = cv2.boxFilter(change, cv2.CV_16U, (SIDE, SIDE), normalize=False)  # 256 of up to 255: it holds them
    return float(sums.max()) / SIDE**2
