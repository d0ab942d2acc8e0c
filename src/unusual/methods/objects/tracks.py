"""Objects of single frames -> tracks: who is who from frame to frame, as the frames come.

A detector loses a person for a frame or two and finds him again; on real footage that was most of what a judge of
objects missed. A track keeps him: it is carried by the flow or by its own speed while nothing is found, said to be
bridged there, and joined to the next box that fits.

Source: two rounds of matching as in ByteTrack (Zhang et al., ECCV 2022), by overlap and distance, assigned at the least
total cost (Hungarian). Flow as a prediction, the cost and the rules of birth and death are ours.
Letters: N tracks, M boxes found.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError
from unusual.methods.objects.assignment import assignment
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.objects import Boxes, Objects, overlap_px
from unusual.video.flow import Flow

TAKEN_OVER = 0.4  # share of a newly seen speed that a track takes over at once
Rows = NDArray[np.intp]

SOON = 2  # judged frames after which what is said of a track is believed; chosen on planted anomalies
FORBIDDEN = 1e6  # cost of what cannot be the same thing


@dataclass(frozen=True)
class TrackConfig:
    """How boxes are joined to tracks."""

    sure: float = 0.35  # a detection above this confidence may begin a track; a weaker one only goes on with one
    bridge_s: float = 0.6  # a track without a box lives on for so long, and no longer than it had been seen
    reach: float = 1.0  # a box this many of its sides away from where it was expected may still be the same thing
    growth: float = 2.5  # it is another thing if its area is more than this many times larger or smaller

    def __post_init__(self) -> None:
        if not 0 <= self.sure < 1:
            raise ConfigError(f"tracks.sure must be in [0, 1), got {self.sure}")
        if not (0 <= self.bridge_s <= 60 and 0 < self.reach <= 10 and self.growth > 1):
            raise ConfigError(
                "tracks: need bridge_s from 0 to 60, reach above 0 and at most 10 and growth above 1, "
                f"got {self.bridge_s}, {self.reach} and {self.growth}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """The tracks of one frame; all arrays have a row a track and may be empty.

    number: (N,) int64, never given twice. xyxy: (N, 4) float32 px, may reach over the frame's edge where bridged.
    velocity: (N, 2) float32 px/frame, of the box's centre. confidence, kind, rides: as in `Objects`, of its last box.
    seen: (N,) int64, frames with a box so far. missed: (N,) int64, frames since then; above 0 it is bridged.
    """

    number: NDArray[np.int64]
    xyxy: Boxes
    velocity: NDArray[np.float32]
    confidence: NDArray[np.float32]
    kind: NDArray[np.int16]
    rides: NDArray[np.float32]
    seen: NDArray[np.int64]
    missed: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.number)

    @property
    def bridged(self) -> NDArray[np.bool_]:
        """(N,) where no box was found in this frame."""
        return self.missed > 0

    def only(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Tracked":
        """Some of the tracks."""
        return Tracked(*(getattr(self, each.name)[rows] for each in fields(self)))


NOBODY = Tracked(
    np.empty(0, np.int64),
    np.empty((0, 4), np.float32),
    np.empty((0, 2), np.float32),
    np.empty(0, np.float32),
    np.empty(0, np.int16),
    np.empty(0, np.float32),
    np.empty(0, np.int64),
    np.empty(0, np.int64),
)


class Tracker:
    """Joins what is found in each frame to the tracks of one video; a new one is needed where the film has a seam.

    Sure detections choose first, then weaker ones that keep a known track alive, then what only moves or stands out,
    the sure first again.

    Args:
        rate: frames per second.
        first: the number that the first track gets.
    """

    def __init__(self, config: TrackConfig, rate: float, first: int = 0) -> None:
        self.config, self.bridge, self.next_number = config, config.bridge_s * rate, first
        self.tracks = NOBODY

    def step(self, found: Objects | None, flow: Flow | None, shape: tuple[int, int]) -> Tracked:
        """The tracks after one frame more.

        Args:
            found: its objects; None where nobody looked for any: every track is carried then, and loses nothing.
            flow: (H, W, 2) px from the frame before to this one; None where there is none.
            shape: height and width of the frame in px.
        """
        if not (len(self.tracks) or found):
            return self.tracks
        expected = carried(self.tracks, flow)
        self.tracks = in_sight(expected if found is None else self._joined(expected, found), shape)
        return self.tracks

    def _joined(self, expected: Tracked, found: Objects) -> Tracked:
        """The tracks with their boxes, those that are bridged, and new ones."""
        row, box = self._pairs(expected, found)
        kept = gone_on(self.tracks.only(row), found, box)
        lost = expected.only(np.setdiff1d(np.arange(len(expected)), row))
        lost = replace(lost, missed=lost.missed + 1)
        alive = lost.only(lost.missed <= np.minimum(self.bridge, lost.seen))
        sure = np.flatnonzero(found.confidence > self.config.sure)
        return together([kept, alive, self._born(found, np.setdiff1d(sure, box))])

    def _pairs(self, expected: Tracked, found: Objects) -> tuple[Rows, Rows]:
        """Rows of the tracks and of the boxes that belong to one another."""
        cost = costs(expected, found, self.config)
        moving, sure = found.kind == MOTION, found.confidence > self.config.sure
        pairs = np.empty((2, 0), np.intp)
        for choosing in (sure & ~moving, ~sure & ~moving, sure & moving, ~sure & moving):
            free = np.setdiff1d(np.arange(len(expected)), pairs[0])
            pairs = np.concatenate([pairs, assigned(cost, free, np.flatnonzero(choosing))], 1)
        return pairs[0], pairs[1]

    def _born(self, found: Objects, box: Rows) -> Tracked:
        n = len(box)
        number = np.arange(self.next_number, self.next_number + n)
        self.next_number += n
        still, once, never = np.zeros((n, 2), np.float32), np.ones(n, np.int64), np.zeros(n, np.int64)
        return Tracked(
            number, found.xyxy[box], still, found.confidence[box], found.kind[box], found.rides[box], once, never
        )


class TrackMemory:
    """What was said of each track in its last judged frames; who is away for one begins anew.

    Args:
        longest: frames that are remembered.
    """

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._past: dict[int, deque[NDArray[np.float64]]] = {}

    def take(self, numbers: NDArray[np.int64], said: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Take what is said (N, A) of one frame's tracks, by their numbers (N,): (k, A) of each, the newest last."""
        known = self._past
        self._past = {n: known.get(n) or deque(maxlen=self.longest) for n in numbers.tolist()}
        for past, own in zip(self._past.values(), said, strict=True):
            past.append(own)
        return [np.array(past) for past in self._past.values()]


class TrackMeans(TrackMemory):
    """The mean of what was said of each track, which is believed from the SOONth frame on: before it, half."""

    def mean(self, numbers: NDArray[np.int64], said: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `take`: (N, A)."""
        means = [believed(past, min(SOON, self.longest)) for past in self.take(numbers, said)]
        return np.array(means).reshape(said.shape)


def believed(past: NDArray[np.float64], soon: int) -> NDArray[np.float64]:
    """The mean of what was said (k, A) of a track; of fewer than `soon` frames as if those before them said 0."""
    return np.asarray(past.sum(0) / max(len(past), soon))


def carried(tracks: Tracked, flow: Flow | None) -> Tracked:
    """Where the tracks should be a frame later: moved with what moves inside them, else as fast as they were."""
    shift = tracks.velocity.copy()
    if flow is not None:
        inner = [core(flow, xyxy).reshape(-1, 2) for xyxy in tracks.xyxy]
        shift = np.array([quantile(one, 0.5) if len(one) else way for one, way in zip(inner, shift, strict=True)])
    return replace(tracks, xyxy=tracks.xyxy + np.tile(shift, 2).reshape(-1, 4).astype(np.float32))


def core(field: NDArray[np.float32], xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    """The inner half of a box, each way, of (H, W, ...): the thing itself rather than what is around it."""
    left, top, right, bottom = xyxy.tolist()
    aside, above = (right - left) / 4, (bottom - top) / 4
    rows = slice(max(0, int(top + above)), max(0, int(top + above) + 1, round(bottom - above)))
    return field[rows, slice(max(0, int(left + aside)), max(0, int(left + aside) + 1, round(right - aside)))]


def quantile(values: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """The quantile of (n, ...) values, n >= 1: NumPy's linear one, in a tenth of its time where there are few.

    >>> quantile(np.array([[1, 9], [3, 2], [2, 4]], np.float32), 0.75)
    array([2.5, 6.5], dtype=float32)
    """
    place = share * (len(values) - 1)
    low, high = int(place), min(int(place) + 1, len(values) - 1)
    parted = np.partition(values, (low, high), 0)
    return np.asarray(parted[low] + (parted[high] - parted[low]) * np.float32(place - low), np.float32)


def costs(tracks: Tracked, found: Objects, config: TrackConfig) -> NDArray[np.float64]:
    """(N, M) how unlike each box is what its track expects; FORBIDDEN where it cannot be the same thing.

    The share that the two do not have in common (1 - IoU), and how far their centres lie apart in sides of the track's
    box, with half the weight each.
    """
    common = overlap_px(tracks.xyxy.astype(np.float64), found.xyxy.astype(np.float64))
    one, other = tracks.xyxy[:, None].astype(np.float64), found.xyxy[None].astype(np.float64)
    area, its_area = ((box[..., 2:] - box[..., :2]).clip(1).prod(-1) for box in (one, other))
    way = (one[..., :2] + one[..., 2:] - other[..., :2] - other[..., 2:]) / 2
    apart = np.linalg.norm(way, axis=-1) / np.sqrt(area)
    other_size = np.maximum(area / its_area, its_area / area) > config.growth
    cost = (1 - common / (area + its_area - common) + apart) / 2
    return np.where((apart > config.reach) | other_size, FORBIDDEN, cost)


def assigned(cost: NDArray[np.float64], rows: Rows, columns: Rows) -> NDArray[np.intp]:
    """(2, n) the pairs of least total cost among some rows and columns, without those that cannot be."""
    part = cost[np.ix_(rows, columns)]
    row, column = assignment(part)
    possible = part[row, column] < FORBIDDEN
    return np.stack([rows[row[possible]], columns[column[possible]]])


def gone_on(before: Tracked, found: Objects, box: Rows) -> Tracked:
    """Tracks of the frame before with their boxes of this one. What was once recognised stays of that kind."""
    xyxy, kind = found.xyxy[box], found.kind[box]
    way = (xyxy[:, :2] + xyxy[:, 2:] - before.xyxy[:, :2] - before.xyxy[:, 2:]) / 2
    share = np.where(before.seen > 1, TAKEN_OVER, 1)[:, None]
    return Tracked(
        before.number,
        xyxy,
        ((1 - share) * before.velocity + share * way).astype(np.float32),
        found.confidence[box],
        np.where(kind == MOTION, before.kind, kind),
        found.rides[box],
        before.seen + 1,
        np.zeros_like(before.missed),
    )


def in_sight(tracks: Tracked, shape: tuple[int, int]) -> Tracked:
    """Without those whose centre has left the frame."""
    height, width = shape
    x, y = (tracks.xyxy[:, :2] + tracks.xyxy[:, 2:]).T / 2
    return tracks.only((x >= 0) & (x <= width) & (y >= 0) & (y <= height))


def together(parts: Sequence[Tracked]) -> Tracked:
    """All tracks of some, in this order."""
    return Tracked(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Tracked)))
