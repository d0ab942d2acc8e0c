"""Who walks where in ordinary footage, from the boxes of any tracker, and what is usual at a place."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from unusual.measure.truth_tracks import Tracks
from unusual.scores.gaussian import gaussian

Floats = NDArray[np.float64]
Boxes = Floats  # (N, 4): left, top, right, bottom in px

SHORTEST = 12  # frames in a row in which somebody is whole and alone, or he is not cut out
AFTER = 15  # frames before a track's first box and after its last in which it is looked for, to be taken away
AWAY = 1.2  # heights of a person from where anybody walks, to be elsewhere
NEAREST = 12  # of such places, one of which is taken
STEP = 5  # frames over which a way is told: boxes tremble


@dataclass(frozen=True, slots=True)
class Walk:
    """A track that can be cut out.

    start: frame of its first box. boxes: (N, 4), gaps closed; steady: (N, 4), the same, smoothed over time.
    whole: the frames in which it is whole and alone. velocity: (2,) px a frame, of its feet in these.
    """

    track: int
    start: int
    boxes: Boxes
    steady: Boxes
    whole: range
    velocity: Floats

    @property
    def feet(self) -> Floats:
        """(len(whole), 2) px, where it stands while it is whole."""
        return feet_of(self.steady[self.whole.start - self.start : self.whole.stop - self.start])

    def is_about(self, frame: int) -> bool:
        """Whether it may be seen in a frame, with a box or not."""
        return self.start - AFTER <= frame < self.start + len(self.boxes) + AFTER

    def box(self, frame: int) -> Floats:
        """(4,) its box, going on at its speed before the first and after the last."""
        at = frame - self.start
        inside = int(np.clip(at, 0, len(self.boxes) - 1))
        return np.asarray(self.boxes[inside] + np.tile(self.velocity * (at - inside), 2))


def feet_of(boxes: Boxes) -> Floats:
    """(N, 2) px, the middle of the lower edge of (N, 4) boxes."""
    return np.stack([boxes[:, [0, 2]].mean(1), boxes[:, 3]], -1)


def others_of(tracks: Tracks, track: int, frame: int) -> Boxes:
    """(N, 4) the boxes of a frame that are not of a track."""
    return np.asarray(tracks.xyxy[(tracks.frame == frame) & (tracks.track != track)])


def walks_of(tracks: Tracks, height: int, width: int) -> Iterator[Walk]:
    """The tracks that are whole and alone for long enough, and under way."""
    for track in np.unique(tracks.track).tolist():
        own = np.flatnonzero(tracks.track == track)
        own = own[np.argsort(tracks.frame[own])]
        every = np.arange(tracks.frame[own[0]], tracks.frame[own[-1]] + 1)
        boxes = np.stack([np.interp(every, tracks.frame[own], edge) for edge in tracks.xyxy[own].T], -1)
        inside = (boxes[:, :2] >= 1).all(1) & (boxes[:, 2:] <= (width - 1, height - 1)).all(1)
        each = zip(every.tolist(), boxes, strict=True)
        alone = np.array([not meet(box, others_of(tracks, track, at)).any() for at, box in each])
        fit = np.concatenate([[False], inside & alone & _is_one(boxes), [False]])
        runs = np.flatnonzero(np.diff(fit)).reshape(-1, 2).tolist()
        first, after = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
        if after - first < SHORTEST:
            continue
        steady = gaussian(boxes, 2.0, 0, "edge")
        velocity = np.polyfit(np.arange(after - first), feet_of(steady[first:after]), 1)[0]
        if np.hypot(*velocity) * (after - first) > 0.7 * np.median(boxes[:, 3] - boxes[:, 1]):
            start = int(every[0])
            yield Walk(track, start, boxes, steady, range(start + first, start + after), velocity)


def meet(box: Floats, others: Boxes) -> NDArray[np.bool_]:
    """(N,) which other boxes overlap a box, by more than a graze."""
    graze = 0.08 * (box[2:] - box[:2])
    return np.asarray((others[:, :2] < box[2:] - graze).all(1) & (others[:, 2:] > box[:2] + graze).all(1))


def _is_one(boxes: Boxes) -> NDArray[np.bool_]:
    """(N,) whether a box is about as large as before and after: else it holds somebody else too, or half of it."""
    area = np.log(np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1))
    usual = np.median(sliding_window_view(np.pad(area, 7, mode="edge"), 15), axis=1)
    return np.asarray(np.abs(area - usual) < np.log(1.5))


def _distance(walked: NDArray[np.bool_]) -> Floats:
    """(H, W) px to the nearest that is True; a row counts twice, as the ground is seen at a slant."""
    stretched = np.ones((2 * len(walked), walked.shape[1]), np.uint8)
    stretched[::2] = ~walked
    apart = cv2.distanceTransform(stretched, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[::2]
    return np.sqrt(np.rint(apart.astype(np.float64) ** 2))  # squares are whole numbers


class Ground:
    """What is usual at a place: how tall people are, which way they go, and whether anybody walks there.

    Args:
        usual: tracks of as much ordinary footage as there is.
        height, width: of the picture, px.
    """

    def __init__(self, usual: Tracks, height: int, width: int) -> None:
        order = np.lexsort((usual.frame, usual.track))
        track, boxes = usual.track[order], usual.xyxy[order]
        self._size, self._feet = (height, width), feet_of(boxes)
        tall = boxes[:, 3] - boxes[:, 1]
        sloped = len(tall) > 1 and np.ptp(self._feet[:, 1]) > 1
        self._line = (
            np.polyfit(self._feet[:, 1], tall, 1) if sloped else np.array([0.0, tall.mean() if len(tall) else 1])
        )
        self._shortest = 0.2 * float(np.median(tall)) if len(tall) else 1.0
        same = track[STEP:] == track[:-STEP]
        self._steps, self._at = (self._feet[STEP:] - self._feet[:-STEP])[same], self._feet[STEP:][same]

    def tall(self, y: float) -> float:
        """How tall people are whose feet are at a row, px."""
        return max(float(np.polyval(self._line, y)), self._shortest)

    def growth(self, before: float, now: float) -> float:
        """By how much a thing grows when its feet come from one row to another."""
        return float(np.clip(self.tall(now) / self.tall(before), 0.5, 2.0))

    def agreement(self, walk: Walk) -> float:
        """The share of those who pass where a walk goes that go its way, in [0, 1]; 0.5 where nobody else passes."""
        feet = walk.feet[:: max(1, len(walk.feet) // 8)]
        far = np.hypot(*(self._at[:, None] - feet).transpose(2, 0, 1))
        passes = (far < self.tall(float(feet[:, 1].mean()))).any(1)
        return float((self._steps[passes] @ walk.velocity > 0).mean()) if passes.sum() > 2 * len(walk.boxes) else 0.5

    def lonely(self, walk: Walk, rng: np.random.Generator) -> Floats | None:
        """(2,) px to a place close by, away from where anybody walks; None where there is none."""
        height, width = self._size
        walked = np.zeros(self._size, np.bool_)
        x, y = np.round(self._feet.T).astype(int)
        walked[y.clip(0, height - 1), x.clip(0, width - 1)] = True
        away = _distance(walked)
        top = float(np.quantile(self._feet[:, 1], 0.02))
        highest = max(top - self.tall(top), self.tall(top))  # further up there may be no ground
        good: list[tuple[float, float, float]] = []
        for dx, dy in product(*(np.round(np.linspace(-0.75, 0.75, 31) * side) for side in (width, height))):
            x, y = np.round(walk.feet + np.array([dx, dy])).astype(int).T
            inside = x.min() >= 0 and x.max() < width and y.min() >= highest and y.max() < height
            if inside and np.quantile(away[y, x], 0.2) >= AWAY * self.tall(float(y.mean())):
                good.append((float(np.hypot(dx, dy)), dx, dy))
        nearest = sorted(good)[:NEAREST]
        return np.array(nearest[rng.integers(len(nearest))][1:]) if nearest else None
