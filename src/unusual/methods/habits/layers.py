"""The ground in two layers: what has been at each pixel for longest, and what is there instead.

Who walks past covers a thing for a moment and does not end it. A light that changes everywhere alike is divided out.
What has been there for twice as long as the background becomes the background.
Source: the two layers are those of Kim et al. ("Real-time foreground-background segmentation using codebook model",
Real-Time Imaging 2005), with one candidate a pixel. Letters: h w of a small grey picture; a look is one such picture.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

FIRST = 40  # looks, whose median is the first background
UNLIKE = 14.0  # grey levels: what differs by more is not the background
ALIKE = 8.0  # grey levels: what stands still differs by less from itself
FOLLOWED = 0.02  # share of a slow change of light that the background takes over at each look
CREEPS = 0.03  # grey levels by which the background nears whatever is there at each look: scars heal
STILL = 6  # looks in which a thing must have been the same
HIDDEN = 8  # looks after which something else has taken most of a thing's place
LONGEST = 750  # looks that are remembered of the background
SURE = 3  # looks for which the first background counts: what it has wrong is soon put right
LONGER = 2  # times as long as the background something must have been there to become it
TOO_MUCH = 0.2  # of the picture: where so much is another thing, it is the camera or the light that has changed

Grey = NDArray[np.float32]  # (h, w) grey levels
Where = NDArray[np.bool_]  # (h, w)


class Layers:
    """Two layers of a picture.

    Args:
        first: the first FIRST looks.
    """

    def __init__(self, first: list[Grey]) -> None:
        ordered = np.sort(np.stack(first, -1), -1)  # NumPy's own median takes four times as long
        self.background: Grey = ordered[..., (len(first) - 1) // 2 : len(first) // 2 + 1].mean(-1)
        self._instead = self.background.copy()
        self._usual, self._other = np.full(self._instead.shape, SURE, np.int16), np.zeros(self._instead.shape, np.int16)

    def look(self, grey: Grey) -> Where:
        """Take the next look: where something is that has stood still, and is not the background."""
        grey = grey * np.float32(np.median(self.background[::4, ::4] / np.maximum(grey[::4, ::4], 1.0)))
        change = grey - self.background
        usual = np.abs(change) < UNLIKE
        same = np.abs(grey - self._instead) < ALIKE
        less = self._other - self._other // HIDDEN - 1
        self._other = np.where(usual, self._other // 2, np.where(same, self._other + 1, less))
        self._other = self._other.clip(0, LONGER * LONGEST)
        self._usual = (self._usual + usual).clip(0, LONGEST)
        np.copyto(self._instead, grey, where=self._other == 0)
        self.background += np.float32(FOLLOWED) * usual * change + np.float32(CREEPS) * np.sign(change)
        self._swap(self._other > LONGER * self._usual)
        still = self._other >= STILL
        if np.count_nonzero(still) > TOO_MUCH * still.size:
            self._swap(~usual)
            still = np.zeros_like(usual)
        if not still.any():
            return still
        return np.asarray(cv2.morphologyEx(still.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0)

    def came(self, where: Where) -> bool:
        """Whether what is there has edges of its own: a thing that came. Else its edges are the background's."""
        mask, side = where.astype(np.uint8), np.ones((3, 3), np.uint8)
        rim = (cv2.dilate(mask, side) - cv2.erode(mask, side)) > 0
        now = np.where(self._other >= STILL, self._instead, self.background)
        return bool(_steepness(now)[rim].sum() >= _steepness(self.background)[rim].sum())

    def _swap(self, where: Where) -> None:
        """What is there instead is the background from now on."""
        if not where.any():
            return
        self.background[where], self._instead[where] = self._instead[where], self.background[where]
        self._usual[where], self._other[where] = self._other[where], 0


def _steepness(grey: Grey) -> Grey:
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    return np.hypot(across, down)
