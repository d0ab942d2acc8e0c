"""How far a figure would move with other clips of the same kind: intervals by bootstrap over clips.

Frames of a clip resemble each other, so resampling frames would promise far too much; clips are what is drawn anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, DataError
from unusual.measure.regions import NEVER, Matches, area_to_one

Figure = Callable[[NDArray[np.int64]], float]  # of the chosen clips, (C,) numbers from 0, some of them repeated


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """low, high: NaN where every resample was undefined. undefined: those of `resamples` that gave NaN, left out."""

    low: float
    high: float
    resamples: int
    undefined: int


def bootstrap(
    figure: Figure, clips: int, *, resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> BootstrapInterval:
    """Percentile interval of a figure when clips are drawn anew with replacement, as many as there are.

    With a dozen clips the interval is too narrow, and it says nothing of other scenes or other trainings.

    Args:
        figure: of any choice of clips; NaN where it is not defined. Those made below are fast.
        clips: C, how many there are.
        level: share of the resamples that lies inside, in (0, 1).

    Raises:
        ConfigError: fewer than one clip or resample, or level out of range.

    Source: Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics, 1979.

    >>> found = bootstrap(lambda chosen: float(chosen.mean()), clips=9)
    >>> round(found.low, 1), round(found.high, 1), found.undefined
    (2.3, 5.6, 0)
    """
    if not (clips >= 1 and resamples >= 1 and 0 < level < 1):
        raise ConfigError(f"need a clip, a resample and 0 < level < 1, got {clips=}, {resamples=}, {level=}")
    chosen = np.random.default_rng(seed).integers(clips, size=(resamples, clips))
    figures = np.array([figure(choice) for choice in chosen], np.float64)
    defined = figures[~np.isnan(figures)]
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2]) if defined.size else (np.nan, np.nan)
    return BootstrapInterval(float(low), float(high), resamples, resamples - defined.size)


def micro_auc_of(scores: Sequence[NDArray[np.float64]], abnormal: Sequence[NDArray[np.bool_]]) -> Figure:
    """`micro_auc` as a figure of chosen clips, exactly, in a microsecond or so for each choice.

    An AUC counts pairs of an abnormal and a normal frame, so for clips taken n times each it is n'Wn / n'Pn: W holds
    for clips i and j how often a frame of i outscores one of j, a tie counting half, P how many pairs there are.

    Args:
        scores, abnormal: (N,) for each clip, as in metrics.py; NaN is left out.

    Raises:
        DataError: scores and labels of a clip differ in number.
    """
    wins, pairs = _wins_and_pairs(scores, abnormal)

    def figure(chosen: NDArray[np.int64]) -> float:
        times = np.bincount(chosen, minlength=len(wins))
        total = int(times @ pairs @ times)
        return int(times @ wins @ times) / (2 * total) if total else float("nan")

    return figure


def macro_auc_of(scores: Sequence[NDArray[np.float64]], abnormal: Sequence[NDArray[np.bool_]]) -> Figure:
    """`macro_auc` without padding as a figure of chosen clips: clips of one class are left out of the mean."""
    wins, pairs = (matrix.diagonal() for matrix in _wins_and_pairs(scores, abnormal))
    areas = np.divide(wins, 2 * pairs, out=np.full(len(wins), np.nan), where=pairs > 0)

    def figure(chosen: NDArray[np.int64]) -> float:
        drawn = areas[chosen]
        defined = drawn[~np.isnan(drawn)]
        return float(defined.mean()) if defined.size else float("nan")

    return figure


def rbdc_of(clips: Sequence[Matches]) -> Figure:
    """`region_curve(...).rbdc` as a figure of chosen clips, in time linear in the regions of all clips.

    >>> hit, miss = (Matches(np.array([0.0]), np.array([score]), np.array([score]), frames=1) for score in (1.0, -1.0))
    >>> [rbdc_of([hit, miss])(np.array(chosen)) for chosen in ([0, 0], [1, 1], [0, 1])]
    [1.0, 0.0, 0.5]
    """
    return _area_of(clips, [clip.regions for clip in clips])


def tbdc_of(clips: Sequence[Matches]) -> Figure:
    """`region_curve(...).tbdc` likewise."""
    return _area_of(clips, [clip.tracks for clip in clips])


def _area_of(clips: Sequence[Matches], found: Sequence[NDArray[np.float64]]) -> Figure:
    """The area to one of what is found, a threshold for each region or track of each clip.

    The rate only rises at thresholds at which something is found, so the false regions between two of them make one
    step of the curve. Sorting into steps is done once; a choice of clips only weighs what is in them.
    """
    every = np.concatenate([np.empty(0), *found])
    falling = np.unique(-every[every > NEVER])  # minus the L thresholds: the highest first
    steps = 2 * falling.size + 1  # step 2k is what lies between thresholds k - 1 and k, 2k + 1 what lies on k
    place = _steps(np.concatenate([np.empty(0), *(clip.false for clip in clips)]), falling)
    of_place = np.repeat(np.arange(len(clips)), [clip.false.size for clip in clips])
    rise = _steps(every[every > NEVER], falling)
    counts = np.array([each.size for each in found])
    of_rise = np.repeat(np.arange(len(clips)), counts)[every > NEVER]
    frames = np.array([clip.frames for clip in clips])

    def figure(chosen: NDArray[np.int64]) -> float:
        times = np.bincount(chosen, minlength=len(clips))
        if not times @ counts:
            return float("nan")
        false = np.cumsum(np.bincount(place, times[of_place], steps)) / max(1, times @ frames)
        rate = np.cumsum(np.bincount(rise, times[of_rise], steps)) / (times @ counts)
        return area_to_one(false, rate)

    return figure


def _steps(scores: NDArray[np.float64], falling: NDArray[np.float64]) -> NDArray[np.int64]:
    """The step of each score."""
    return np.searchsorted(falling, -scores, "left") + np.searchsorted(falling, -scores, "right")


def _wins_and_pairs(
    scores: Sequence[NDArray[np.float64]], abnormal: Sequence[NDArray[np.bool_]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(C, C) twice the wins of clip i's abnormal over clip j's normal frames, and (C, C) the pairs."""
    if len(scores) != len(abnormal) or any(s.shape != a.shape for s, a in zip(scores, abnormal, strict=True)):
        raise DataError("scores and labels must be one a frame for each clip")
    unusual = [s[a & ~np.isnan(s)] for s, a in zip(scores, abnormal, strict=True)]
    ordinary = [np.sort(s[~a & ~np.isnan(s)]) for s, a in zip(scores, abnormal, strict=True)]
    size = [len(values) for values in unusual]
    clip, every = np.repeat(np.arange(len(size)), size), np.concatenate([np.empty(0), *unusual])
    order = np.argsort(every)  # looking up in order is faster
    clip, every = clip[order], every[order]
    wins = np.zeros((len(size), len(size)), np.int64)
    for other, values in enumerate(ordinary):
        beaten = np.searchsorted(values, every, "left") + np.searchsorted(values, every, "right")
        wins[:, other] = np.bincount(clip, beaten, minlength=len(size))  # sums of whole numbers, exact
    return wins, np.outer(size, [len(values) for values in ordinary])
