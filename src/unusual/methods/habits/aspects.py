"""What can be unusual about an object, aspect by aspect: a histogram by place, and a rule how odd each bin is.

Oddness is about 0 for what is typical of a place; of a measured aspect, 1 is reached by one in twenty there. Aspects
are never mixed into one distance: speed solves one place and says nothing at another.
Letters: N moments, h w cells of the grid, b bins.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.methods.habits.moments import Moments, feet
from unusual.methods.habits.tails import THINNEST
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.objects import SUSPECTED
from unusual.methods.objects.places import STRENGTH, Bins, Counts, Shares, cells, chances, grid_of, near, quantiles

Shape = tuple[int, int]  # height and width of the picture in px
Numbers = NDArray[np.int64]
Table = NDArray[np.float64]  # (h, w, b)

STILL = 0.05  # px/frame that are added to a speed before its logarithm is taken
SPEEDS = Bins(float(np.log(STILL)), float(np.log(200.0)), 240)
STAYS = Bins(float(np.log(5.0)), float(np.log(1e6)), 120)  # frames, 5 of them added
STANDS = Bins(float(np.log(20.0)), float(np.log(1e5)), 60)  # tenths of a second
UNSURE = 0.5  # the mean by which a vehicle is surer than most is no less, be it that none was ever suspected
# tenths of a second: the mean by which things stand longer than most is no less, be it that none was ever seen
SHORTEST = 30.0
SIZES = Bins(float(np.log(4.0)), float(np.log(4000.0)), 160)
SHAPES = Bins(-2.0, 2.0, 60)
RIDES = Bins(0.0, 1.0, 50)
GAITS = Bins(-4.0, 2.0, 60)
PACES = Bins(float(np.log(0.003)), float(np.log(1.0)), 12)  # of its heights a frame
WAYS = 12
KINDS = 81  # COCO's, and what only moves
UNDER_WAY = 0.015  # of its height a frame, or a thing has no direction and no gait
FEWEST = 0.5  # moments that each place counts as having had
SELDOM = 1e-4  # the least chance of a way
TYPICAL, RARE = 0.5, 0.95
TELLING = 1.3  # weight of speed, by which most that is unusual is told
LINGERING = 0.75  # weight of the stay: ordinary people stand about, too
SLIGHT = 0.5  # weight of aspects that often surprise a little
ALONE = 1.5  # weight of the one aspect that things of the ground have, and walkers have nine
NARROWEST = 1e-3  # between what is typical and what is rare, in the aspect's own unit


@dataclass(frozen=True)
class Aspect:
    """One aspect.

    grid: of the picture's shape, rows and columns of the cells in which it is held against others.
    at: (N, 2) in which of them, as shares of the grid's height and width. bin: (N,) what is counted there.
    told: (N,) of which moments it says anything. odd: counts -> how odd each bin is in each cell.
    lasts: whether it stays as it is while an object is in view, so that more moments of it can be averaged.
    now_and_then: of those only the ones count of which it says anything, not the others as typical.
    weight: what its rarity counts for; chosen on planted anomalies.
    thinnest: see `Tail.of`.
    """

    name: str
    bins: int
    grid: Callable[[int, int], tuple[int, int]]
    at: Callable[[Moments, Shape], Shares]
    bin: Callable[[Moments], Numbers]
    told: Callable[[Moments], NDArray[np.bool_]]
    odd: Callable[[Counts], Table]
    lasts: bool = False
    now_and_then: bool = False
    weight: float = 1.0
    thinnest: float = THINNEST

    def oddness(self, table: Table, moments: Moments, shape: Shape) -> NDArray[np.float64]:
        """(N,) how odd these moments are; where it says nothing of them 0, or NaN where it is told now and then."""
        row, column = cells(self.at(moments, shape), table.shape[:2])
        nothing = np.nan if self.now_and_then else 0.0
        return np.where(self.told(moments), table[row, column, self.bin(moments)], nothing)


def above(bins: Bins, value: Callable[[Table], Table] = np.asarray) -> Callable[[Counts], Table]:
    """Odd is what lies above what is typical, in units of how far one in twenty lies above it."""
    return lambda counts: _beyond(chances(counts), bins, value, RARE)


def below(bins: Bins) -> Callable[[Counts], Table]:
    """Odd is what lies below."""
    return lambda counts: _beyond(chances(counts), bins, np.asarray, 1 - RARE)


def either_way(bins: Bins) -> Callable[[Counts], Table]:
    """Odd is what lies above or below."""

    def odd(counts: Counts) -> Table:
        met = chances(counts)
        return np.maximum(*(_beyond(met, bins, np.asarray, share) for share in (RARE, 1 - RARE)))

    return odd


def surer_than_here(counts: Counts) -> Table:
    """Odd is that the detector is surer of a vehicle than it is of others there, who have none."""
    surer = _beyond(chances(counts), RIDES, np.asarray, RARE, narrowest=SUSPECTED)
    return np.where(RIDES.middles < SUSPECTED, 0.0, surer.clip(0))


def _beyond(
    met: Table, bins: Bins, value: Callable[[Table], Table], share: float, narrowest: float = NARROWEST
) -> Table:
    middle, far = (value(quantiles(met, bins, each))[..., None] for each in (TYPICAL, share))
    width = np.maximum(np.abs(far - middle), narrowest)
    return np.asarray(np.sign(share - 0.5) * (value(bins.middles) - middle) / width)


def seldom_there(counts: Counts) -> Table:
    """Odd is where hardly anybody is: the natural logarithm of how much less than at a typical moment's place."""
    here = near(counts) + FEWEST
    order = np.argsort(here, axis=None)
    half = np.searchsorted(counts.ravel()[order].cumsum(), counts.sum() / 2)
    return np.asarray(np.log(here.ravel()[order][min(half, here.size - 1)] / here))


def seldom_so(counts: Counts) -> Table:
    """Odd is what is seldom met: the logarithm of how much less than what is met most there; neighbours are alike.

    What is met most is 0, as is a moment of which nothing is said: so a track that has just begun is not odd.
    """
    met = chances(np.asarray((np.roll(counts, 1, -1) + 2 * counts + np.roll(counts, -1, -1)) / 4)) + SELDOM
    return np.asarray(np.log(met.max(-1, keepdims=True) / met))


def seldom_seen(counts: Counts) -> Table:
    """Odd is what is seldom met anywhere: the logarithm of how much less than the commonest."""
    return np.asarray(np.log((counts.max() + FEWEST) / (counts + FEWEST)))


def seldom_so_long(counts: Counts) -> Table:
    """Odd is what stands there long: its time, each part of which counts for less where things have stood so long."""
    so_long = near(np.flip(np.flip(counts, -1).cumsum(-1), -1))
    tenths = np.diff(np.exp(STANDS.middles), prepend=0.0)
    return np.asarray((tenths / (1 + so_long / STRENGTH)).cumsum(-1))


def _anywhere(moments: Moments, shape: Shape) -> Shares:
    return np.zeros((len(moments), 2))


def _at_its_pace(moments: Moments, shape: Shape) -> Shares:
    pace = np.log(moments["speed"] / tall(moments) + 1e-4)
    return np.stack([(PACES.of(pace) + 0.5) / PACES.count, np.zeros(len(moments))], 1)


def tall(moments: Moments) -> NDArray[np.float64]:
    """(N,) heights of the boxes in px."""
    return np.asarray(np.maximum(moments["box"][:, 3] - moments["box"][:, 1], 1.0), np.float64)


def wide(moments: Moments) -> NDArray[np.float64]:
    """(N,) widths of the boxes in px."""
    return np.asarray(np.maximum(moments["box"][:, 2] - moments["box"][:, 0], 1.0), np.float64)


def _tracked(moments: Moments) -> NDArray[np.bool_]:
    return np.asarray(moments["kind"] >= MOTION)


def _whole(moments: Moments) -> NDArray[np.bool_]:
    return np.asarray(_tracked(moments) & ~moments["cut"])


def _found(moments: Moments) -> NDArray[np.bool_]:
    return np.asarray(_whole(moments) & ~moments["bridged"])


def _under_way(moments: Moments) -> NDArray[np.bool_]:
    return np.asarray(_found(moments) & (np.hypot(*moments["way"].T) > UNDER_WAY * tall(moments)))


def _walks(moments: Moments) -> NDArray[np.bool_]:
    return np.asarray(_under_way(moments) & moments["walks"])


def _of_the_ground(moments: Moments) -> NDArray[np.bool_]:
    return np.asarray(~_tracked(moments))


def _stands(moments: Moments) -> Numbers:
    return STANDS.of(np.log(np.maximum(moments["stay"], 1)))


def _way(moments: Moments) -> Numbers:
    turn = np.arctan2(moments["way"][:, 1], moments["way"][:, 0]) / (2 * np.pi)
    return np.asarray(np.floor((turn % 1) * WAYS), np.int64) % WAYS


ASPECTS = (
    Aspect(
        "speed",
        SPEEDS.count,
        grid_of,
        feet,
        lambda m: SPEEDS.of(np.log(m["speed"] + STILL)),
        _whole,
        above(SPEEDS, lambda logarithm: np.exp(logarithm) - STILL),
        weight=TELLING,
    ),
    Aspect("way", WAYS, grid_of, feet, _way, _under_way, seldom_so, lasts=True),
    Aspect("place", 1, grid_of, feet, lambda m: np.zeros(len(m), np.int64), _whole, seldom_there),
    Aspect(
        "stay",
        STAYS.count,
        grid_of,
        feet,
        lambda m: STAYS.of(np.log(m["stay"] + 5)),
        _whole,
        above(STAYS),
        weight=LINGERING,
    ),
    Aspect(
        "size", SIZES.count, grid_of, feet, lambda m: SIZES.of(np.log(tall(m))), _found, either_way(SIZES), lasts=True
    ),
    Aspect(
        "shape",
        SHAPES.count,
        grid_of,
        feet,
        lambda m: SHAPES.of(np.log(wide(m) / tall(m))),
        _found,
        either_way(SHAPES),
        lasts=True,
        weight=SLIGHT,
    ),
    Aspect(
        "gait",
        GAITS.count,
        lambda height, width: (PACES.count, 1),
        _at_its_pace,
        lambda m: GAITS.of(np.log((m["legs"] + STILL) / (m["speed"] + 4 * STILL))),
        _walks,
        below(GAITS),
        lasts=True,
        now_and_then=True,
    ),
    Aspect(
        "kind",
        KINDS,
        lambda height, width: (1, 1),
        _anywhere,
        lambda m: np.clip(m["kind"].astype(np.int64) + 1, 0, KINDS - 1),
        _found,
        seldom_seen,
        lasts=True,
        weight=SLIGHT,
    ),
    Aspect(
        "rides",
        RIDES.count,
        grid_of,
        feet,
        lambda m: RIDES.of(m["rides"]),
        _whole,
        surer_than_here,
        lasts=True,
        thinnest=UNSURE,
    ),
    Aspect(
        "ground", STANDS.count, grid_of, feet, _stands, _of_the_ground, seldom_so_long, weight=ALONE, thinnest=SHORTEST
    ),
)
