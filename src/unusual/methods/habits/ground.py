"""What was left behind, and what always stood here and is gone.

    small grey pictures, a few a second ─► two layers ─► what stands still and is not the background ─► things, followed

A thing that came has edges in the picture of now; of one that is gone the edges are the background's.
Letters: N things.
"""

from dataclasses import dataclass
from itertools import count

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.methods.habits.layers import FIRST, STILL, Grey, Layers
from unusual.methods.habits.moments import GONE, LEFT, MOMENT, TENTHS, Moments
from unusual.methods.objects.objects import Boxes, overlap_px
from unusual.video.pictures import RGB, resize_to_fit

LOOKS_S = 4.0  # looks a second
LONGER_SIDE = 240  # px of the picture that is looked at
SMALLEST = 0.5  # of the smallest side of objects: its square is a thing's smallest area
SAME = 0.4  # of the area of both together: a thing that has so much in common with an earlier one is that thing

Corners = tuple[float, float, float, float]  # left, top, right, bottom in px


@dataclass(frozen=True, slots=True)
class Thing:
    """What was left or is gone. since: the frame from which on it is so."""

    number: int
    kind: int
    box: Corners
    since: int


class Ground:
    """Follows the ground of one video.

    Args:
        step: frames from one judged frame to the next.
        rate: frames a second.
        smallest_side: of objects, in px.
    """

    def __init__(self, step: int, rate: float, smallest_side: float) -> None:
        self._rate = rate
        self._pause = step * max(1, round(rate / step / LOOKS_S))
        self._least = (SMALLEST * smallest_side) ** 2
        self._numbers = count(2)  # below 0, where no track's are; -1 is nobody's
        self._first: list[Grey] = []
        self._layers: Layers | None = None
        self._things: list[Thing] = []

    def step(self, frame: int, picture: RGB, people: Boxes) -> Moments:
        """The moments of what stands there, or is missing, in a judged frame.

        Args:
            frame: its number.
            picture: (H, W, 3).
            people: (M, 4) px, where somebody is: who stands still is no thing.
        """
        if frame % self._pause == 0:
            grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
            small = resize_to_fit(grey, LONGER_SIDE, LONGER_SIDE)
            self._look(frame, cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32), picture.shape[1])
        moments = np.zeros(len(self._things), MOMENT)
        if not self._things:
            return moments
        for moment, thing in zip(moments, self._things, strict=True):
            moment["number"], moment["kind"], moment["box"] = thing.number, thing.kind, thing.box
            moment["stay"] = TENTHS * (frame - thing.since) / self._rate
        return moments[~_held(moments["box"], people)]

    def _look(self, frame: int, grey: Grey, width: int) -> None:
        if self._layers is None:
            self._first.append(grey)
            if len(self._first) == FIRST:
                self._layers, self._first = Layers(self._first), []
            return
        scale, standing = width / grey.shape[1], self._layers.look(grey)
        known, self._things = self._things, []
        if not standing.any():
            return
        _, labels, stats, _ = cv2.connectedComponentsWithStats(standing.astype(np.uint8))
        for label in np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] * scale**2 >= self._least) + 1:
            left, top, across, down = (stats[label, :4] * scale).tolist()
            box, where = (left, top, left + across, top + down), labels == label
            same = max(known, key=lambda thing: in_common(thing.box, box), default=None)
            if same is not None and in_common(same.box, box) > SAME:
                known.remove(same)
                thing = same
            else:
                kind = LEFT if self._layers.came(where) else GONE
                thing = Thing(-next(self._numbers), kind, box, frame - STILL * self._pause)
            self._things.append(thing)


def in_common(one: Corners, other: Corners) -> float:
    """The share of the area of two boxes together that lies in both.

    >>> in_common((0, 0, 2, 2), (1, 0, 3, 2))
    0.3333333333333333
    """
    common = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    common *= max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    area, its = ((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return common / (area + its - common)


def _held(boxes: Boxes, people: Boxes) -> NDArray[np.bool_]:
    """(N,) which boxes lie by more than half in that of somebody, of (M, 4)."""
    half = 0.5 * (boxes[:, None, 2:] - boxes[:, None, :2]).prod(-1)
    return np.asarray((overlap_px(boxes, people) > half).any(1))
