"""Frame difference: what a score is worth must be seen beside what needs no learning at all."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 16  # pixels of the box over which differences are averaged


class FrameDifference:
    """Scores each frame by the largest box-averaged absolute grey difference to the frame before it."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._scores: list[float] = []
        self._first: list[int] = []  # frames without one before them

    def add(self, rgb: NDArray[np.uint8], *, after_gap: bool = False) -> None:
        """Take the next frame, (H, W, 3) uint8. after_gap: see Frame; it is not compared with the one before it."""
        grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        if self._before is None or after_gap:
            self._first.append(len(self._scores))
            self._scores.append(0.0)
        else:
            change = cv2.blur(cv2.absdiff(grey, self._before).astype(np.float32), (SIDE, SIDE))
            self._scores.append(float(change.max()))
        self._before = grey

    def scores(self) -> NDArray[np.float64]:
        """(N,) in grey levels, higher = more abnormal; a frame with none before it takes the score of the next."""
        scores = np.array(self._scores)
        for place in reversed(self._first):
            scores[place] = scores[place + 1] if place + 1 < len(scores) else 0.0
        return scores
