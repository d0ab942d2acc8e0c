"""Where things count: polygons that a person drew on a camera's picture. Pure; `judgement.py` alone acts by them.

An object is where its foot is: in the middle of its box, a tenth of its height above its lower edge. A place of a map
is where its middle is.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Box
from unusual.errors import ConfigError
from unusual.scores.alarms import MOST_A_DAY
from unusual.scores.hours import Lines, Week

FOOT = 0.1  # of a box's height, above its lower edge: a box flickers there by a pixel or two
FEWEST_CORNERS, MOST_CORNERS, MOST_ZONES = 3, 64, 32
LEAST_AREA = 1e-4  # of the picture
LONGEST_NAME = 40
LONGEST_COOL_DOWN_S = 86_400.0

Corner = tuple[float, float]
NONE, IGNORED = -1, -2  # in place of a zone's number: in no named zone; where nothing counts


class ZoneKind(StrEnum):
    """What a zone does. NAMED: what is in it is told by its name, and may alarm more often, or less, than the rest."""

    IGNORE = "ignore"
    ONLY = "only"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon on a camera's picture.

    corners: (x, y) each, shares of the picture's width and height in [0, 1], so that another resolution keeps them.
    name: of a named zone; alarms_per_day, cool_down_s: its own, None for the camera's. hours: lines as in hours.py, its
    own; () for the camera's. While they say off, nothing in it counts.
    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - of whoever reads them from a file

    kind: ZoneKind
    corners: tuple[Corner, ...]
    name: str = ""
    alarms_per_day: float | None = None
    cool_down_s: float | None = None
    hours: Lines = ()

    def __post_init__(self) -> None:
        if not FEWEST_CORNERS <= len(self.corners) <= MOST_CORNERS:
            raise ConfigError(f"{self} needs {FEWEST_CORNERS} to {MOST_CORNERS} corners, got {len(self.corners)}")
        if not all(0 <= share <= 1 for corner in self.corners for share in corner):  # NaN is neither
            raise ConfigError(f"the corners of {self} are shares of the picture, from 0 to 1")
        if area_of(self.corners) < LEAST_AREA:
            raise ConfigError(f"{self} holds nothing: its corners lie on a line, or its edges cross")
        if len(self.name) > LONGEST_NAME or not self.name.isprintable() or self.name != self.name.strip():
            raise ConfigError(f"a zone's name has up to {LONGEST_NAME} letters, got {self.name!r:.60}")
        if (self.kind is ZoneKind.NAMED) != bool(self.name):
            raise ConfigError("a zone of kind named needs a name, and no other has one")
        Week.of(self.hours)
        if self.kind is not ZoneKind.NAMED and (self.alarms_per_day, self.cool_down_s, self.hours) != (None, None, ()):
            raise ConfigError(f"{self} raises no alarms: alarms a day, cool-down and hours are for named zones")
        if self.alarms_per_day is not None and not 0 < self.alarms_per_day <= MOST_A_DAY:
            raise ConfigError(f"the alarms a day of {self} are above 0 and up to {MOST_A_DAY:g}")
        if self.cool_down_s is not None and not 0 <= self.cool_down_s <= LONGEST_COOL_DOWN_S:
            raise ConfigError(f"the cool-down of {self} is 0 to {LONGEST_COOL_DOWN_S:g} seconds")

    def __str__(self) -> str:
        return f"zone {self.name}" if self.name else f"a zone of kind {self.kind}"


Zones = tuple[Zone, ...]


def check_zones(zones: Zones) -> Zones:
    """Return them, or raise ConfigError where they are too many, or two have one name."""
    if len(zones) > MOST_ZONES:
        raise ConfigError(f"a camera has up to {MOST_ZONES} zones, got {len(zones)}")
    names = [zone.name for zone in zones if zone.name]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigError(f"two zones are called {min(twice)}: give one of them another name")
    return zones


@dataclass(frozen=True, slots=True)
class Spots:
    """Where objects, or the places of a map, are; arrays of one shape.

    counts: whether what is there counts. zone: the number of the named zone that it is in, -1 in none.
    weight: of a score there, before it is held against the camera's thresholds, see `ZoneMap`.
    all_count: whether nothing is ignored. weighs: whether any weight is another than 1.
    """

    counts: NDArray[np.bool_]
    zone: NDArray[np.int16]
    weight: NDArray[np.float32]
    all_count: bool
    weighs: bool

    def only(self, kept: NDArray[np.bool_]) -> "Spots":
        """Those that are kept, which count."""
        weight = self.weight[kept]
        return Spots(kept[kept], self.zone[kept], weight, all_count=True, weighs=bool((weight != 1).any()))


class Polygon:
    """A polygon that knows which points are in it, by the even-odd rule.

    In plain numbers: there are few objects in a frame, and few corners, so that arrays would take longer.

    >>> square = Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
    >>> (0.5, 0.5) in square, (1.5, 0.5) in square
    (True, False)
    """

    def __init__(self, corners: Sequence[Corner]) -> None:
        self._edges = [(*one, *other) for one, other in pairwise([*corners, corners[0]])]
        (self._left, self._right), (self._top, self._bottom) = ((min(of), max(of)) for of in zip(*corners, strict=True))

    def __contains__(self, point: Corner) -> bool:
        x, y = point
        inside = False
        if self._left <= x < self._right and self._top <= y < self._bottom:
            for x1, y1, x2, y2 in self._edges:
                if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                    inside = not inside
        return inside


class ZoneMap:
    """A camera's zones, ready to be asked.

    Nothing counts in an ignored zone; with zones of kind only, nothing counts outside them and the named ones. Where
    named zones overlap, the one that alarms most readily has it, of equal ones the first.

    weights: of each zone; how far a score there is above `ordinary` is multiplied by it, so that the camera's
    thresholds fit it: above 1 it alarms more readily than the rest. What is no higher stays, so that events end.
    off: names of zones whose hours say so: they are ignored.
    """

    def __init__(
        self, zones: Zones = (), weights: Sequence[float] = (), ordinary: float = 0.0, off: Collection[str] = ()
    ) -> None:
        self.zones, self.ordinary, self.off = check_zones(zones), ordinary, frozenset(off)
        self.weights = tuple(weights) or (1.0,) * len(zones)
        polygons = [Polygon(zone.corners) for zone in zones]
        of: dict[ZoneKind, list[int]] = {kind: [] for kind in ZoneKind}
        for number, zone in enumerate(zones):
            of[ZoneKind.IGNORE if zone.name in self.off else zone.kind].append(number)
        readiest = sorted(of[ZoneKind.NAMED], key=lambda number: -self.weights[number])  # of equal ones the first
        self._ignored, self._only = ([polygons[n] for n in of[kind]] for kind in (ZoneKind.IGNORE, ZoneKind.ONLY))
        self._named = [(number, polygons[number]) for number in readiest]
        self._maps: dict[tuple[int, ...], Spots] = {}

    def name(self, number: int) -> str:
        """Of the zone that has this number in `Spots.zone`; "" of none."""
        return self.zones[number].name if number >= 0 else ""

    def weighed(self, scores: NDArray[np.float32], spots: Spots) -> NDArray[np.float32]:
        """Scores there, as they are held against the camera's thresholds."""
        above = (scores > self.ordinary) & (spots.weight != 1)
        return np.where(above, self.ordinary + (scores - self.ordinary) * spots.weight, scores).astype(np.float32)

    def weigh(self, score: float, weight: float) -> float:
        """The same of one score.

        >>> ZoneMap(ordinary=1.0).weigh(1.5, 4.0)
        3.0
        """
        return self.ordinary + (score - self.ordinary) * weight if score > self.ordinary and weight != 1 else score

    def unweighed(self, score: float, weight: float) -> float:
        """The score that a weighed one was.

        >>> ZoneMap(ordinary=1.0).unweighed(3.0, 4.0)
        1.5
        """
        return self.ordinary + (score - self.ordinary) / weight if score > self.ordinary and weight != 1 else score

    def of_boxes(self, boxes: NDArray[np.float32]) -> Spots:
        """Where N objects are. boxes: (N, 4), shares of the picture: left, top, right, bottom."""
        return _known_spots(tuple([self._number(_foot(*box)) for box in boxes.tolist()]), self.weights)

    def of_map(self, shape: tuple[int, ...]) -> Spots:
        """Where the places of an (h, w) map are; a place covers two steps of a grid of one step more than places."""
        if shape not in self._maps:
            height, width = shape
            places = product(range(1, height + 1), range(1, width + 1))
            numbers = [self._number((column / (width + 1), row / (height + 1))) for row, column in places]
            self._maps[shape] = _spots(numbers, self.weights, shape)
        return self._maps[shape]

    def of_event(self, box: Box) -> tuple[bool, str, float]:
        """Whether an event there counts, the name of its zone, "" of none, and the weight there."""
        number = self._number(foot_of(box))
        return number != IGNORED, self.name(number), self.weights[number] if number >= 0 else 1.0

    def _number(self, point: Corner) -> int:
        """Of the named zone that a point is in; NONE, or IGNORED."""
        for polygon in self._ignored:
            if point in polygon:
                return IGNORED
        for number, polygon in self._named:
            if point in polygon:
                return number
        return IGNORED if self._only and not any(point in polygon for polygon in self._only) else NONE


EVERYWHERE = ZoneMap()


def _spots(numbers: Sequence[int], weights: Sequence[float], shape: tuple[int, ...]) -> Spots:
    """Of points whose zones have these numbers."""
    of_each = [weights[number] if number >= 0 else 1.0 for number in numbers]
    return Spots(
        np.array([number != IGNORED for number in numbers], np.bool_).reshape(shape),
        np.array([max(number, NONE) for number in numbers], np.int16).reshape(shape),
        np.array(of_each, np.float32).reshape(shape),
        all_count=IGNORED not in numbers,
        weighs=any(weight != 1 for weight in of_each),
    )


@lru_cache(maxsize=256)
def _known_spots(numbers: tuple[int, ...], weights: tuple[float, ...]) -> Spots:
    """Of objects: they are seldom in other zones than in the frame before."""
    return _spots(numbers, weights, (len(numbers),))


def foot_of(box: Box) -> Corner:
    """(x, y) of the foot of what is in a box.

    >>> foot_of(Box(0.25, 0.5, 0.75, 1.0))
    (0.5, 0.95)
    """
    return _foot(box.left, box.top, box.right, box.bottom)


def _foot(left: float, top: float, right: float, bottom: float) -> Corner:
    return (left + right) / 2, bottom - FOOT * (bottom - top)


def area_of(corners: Sequence[Corner]) -> float:
    """The share of the picture that a polygon without crossing edges covers; what crosses itself covers less.

    >>> area_of([(0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5)])
    0.25
    """
    return abs(math.fsum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise([*corners, corners[0]]))) / 2
