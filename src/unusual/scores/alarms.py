"""A threshold in a person's terms: so many alarms a day, from how high ordinary footage reaches, and how sure that is.

Ordinary footage is cut into blocks, and the highest score of each kept. Maxima of long blocks follow the generalised
extreme value distribution G, whatever the scores themselves follow, so it may be carried on beyond what the footage
showed: alarms a day at score z = blocks a day x -log G(z). Where we differ from the textbook, we err to the quiet side:

- Only the highest maxima shape the tail (at least 30, or a quarter of the blocks); the others count as "below". Footage
  in which nobody walks half of the time then leaves the tail alone.
- Blocks start at 10 s and are doubled while neighbours resemble each other; what resemblance is left weakens the
  likelihood, so that a busy hour does not count as many independent witnesses.
- The promised rate takes the shape from [0, 0.5]: a bounded tail (shape < 0) would say that higher scores are
  impossible. Only the interval, which says how much lower the threshold might be, looks at shapes from -0.3.
- Scores that are exponentially rare by what they are have a shape near 0, and the penalty on others weighs five times:
  minutes of footage cannot tell how a tail bends, and have most tails bend far too much. Chosen on made-up cameras.
- The promise is the middle of the unbounded tails that fit the footage: half of these stay below it, and what is
  bounded stays below as well. An upper limit instead, which four in five stay below, was never reached by half an hour
  of made-up cameras after five minutes of footage, and nothing unusual reached it either.

Source: Coles, "An Introduction to Statistical Modeling of Extreme Values", Springer 2001 (chapters 3, 4 and 9); Coles
and Dixon, "Likelihood-Based Inference for Extreme Value Models", Extremes 1999 (the penalty on the shape); Ribatet,
Cooley and Davison, "Bayesian Inference from Composite Likelihoods", Statistica Sinica 2012 (the weakened likelihood).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unusual.domain import ScoreCurve
from unusual.errors import ConfigError, DataError
from unusual.scores.calibrate import LARGEST
from unusual.scores.events import find_events
from unusual.scores.gamma import gamma_quantiles
from unusual.scores.wording import duration

DAY_S = 86_400.0
JOIN_S = 1.0  # alarms nearer than this are one
SHORTEST_BLOCK_S = 10.0
MOST_BLOCKS = 1000
FEWEST_BLOCKS = 8
FEWEST_MAXIMA, MOST_MAXIMA = 30, 200  # that shape the tail
ALIKE = 0.2  # rank correlation of neighbouring maxima from which blocks are doubled,
DOUBLED_FROM = 240  # as long as there are so many
FARTHEST = 4.0  # a promise about longer than this many times the footage is a guess
MOST_A_DAY = 1440.0
HOURS, BUSIEST = 24, 20.0  # of a day; times as busy as the rest, or as quiet, that an hour may be
FEWEST_A_DAY = 1.0, 24.0  # that are asked for where nobody has said: of much footage, and of little
SURE = 0.5  # share of the fitting unbounded tails that keep a promise
SHAPES = np.linspace(-0.3, 0.5, 41) + 1e-6  # one of them, 1e-6, stands for 0, the exponential tail
STRAIGHT = 5.0  # weight of the penalty on tails that bend, of scores that are exponentially rare by what they are
WIDTHS = np.exp(np.linspace(-3.0, 2.0, 81))[:, None]  # scale of the tail, in mean excesses
RATES = (np.arange(15) + 0.5) / 15  # quantiles that stand for the posterior of how often the base is passed


Busy = tuple[float | None, ...]
RANGES = {  # of an alarm scale's numbers
    "location": (-1e15, 1e15),  # of a tail that hardly bends it lies far away; only people and plots look at it
    "scale": (1e-12, 1e15),
    "shape": (0.0, 1.0),
    "block_s": (1.0, DAY_S),
    "blocks": (FEWEST_BLOCKS, 1_000_000),
    "hours": (1e-4, 1e6),
    "together": (1e-3, 1e4),
    "independent": (0.05, 1.0),
    "base": (-LARGEST, LARGEST),
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where an alarm has to start for no more than so many a day.

    score: the threshold. low, high: between them, 95 % sure, lies the score that ordinary footage reaches exactly as
    often; they reach to the threshold, which may lie above, as no promise is made of a tail that ends. sure: how
    probable it is that the promise is kept, in [0, 1]. extrapolated: it lies above all that the footage showed.
    enough: the footage supports it: the time between two alarms is at most 4 times the footage. words: all of this in
    a line.
    """

    score: float
    low: float
    high: float
    sure: float
    extrapolated: bool
    enough: bool
    words: str


@dataclass(frozen=True, slots=True)
class AlarmScale:
    """How often ordinary footage reaches each score. Made by `fit_alarm_scale`; numbers alone, fit for JSON and back.

    location, scale, shape: of the most probable extreme value distribution of block maxima; scale > 0, shape in
        [0, 0.5]. For people and plots: the rates below go over all that are probable.
    block_s: length of a block in seconds of scored footage. blocks: how many there are. hours: of footage.
    together: alarms for each passing of a high score that G counts: they come in flocks where it is above 1.
    independent: share of the blocks that count as witnesses of their own, in (0, 1].
    base: the score above which maxima shape the tail. tail: those maxima, rising.
    exponential: scores are exponentially rare by what they are, so the tail hardly bends.
    busy: of each hour of the day, how often it reaches a score beside the whole, see by_hour.py; () for unknown.

    Raises:
        ConfigError: a number is out of its range.
    """

    location: float
    scale: float
    shape: float
    block_s: float
    blocks: int
    hours: float
    together: float
    independent: float
    base: float
    tail: tuple[float, ...]
    exponential: bool = False
    busy: Busy = ()

    def __post_init__(self) -> None:
        for name in ("tail", "busy"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # JSON brings it back as a list
        for name, (least, most) in RANGES.items():
            if not least <= getattr(self, name) <= most:  # NaN is neither
                raise ConfigError(f"an alarm scale's {name} is {getattr(self, name)}, not from {least:g} to {most:g}")
        if not (1 <= len(self.tail) <= self.blocks and all(self.base <= one <= LARGEST for one in self.tail)):
            raise ConfigError(f"an alarm scale needs a tail of scores between its base, {self.base:g}, and {LARGEST:g}")
        if sorted(self.tail) != list(self.tail) or not self.tail[-1] > self.base:
            raise ConfigError("an alarm scale needs a tail that rises, to above its base")
        if self.busy and len(self.busy) != HOURS:
            raise ConfigError(f"an alarm scale knows {HOURS} hours, or none, got {len(self.busy)}")
        if not all(each is None or 1 / BUSIEST <= each <= BUSIEST for each in self.busy):
            raise ConfigError(f"an hour is up to {BUSIEST:g} times as busy or as quiet as the rest, got {self.busy}")

    def alarms_per_day(self, score: float) -> float:
        """How many alarms a day ordinary footage is expected to raise at this score: falling, above 0."""
        tails = _posterior(self)
        beyond = np.exp(np.minimum(_log_beyond(score - self.base, tails.width, tails.shape), 100.0))
        rates = np.minimum(self._chances_a_day * tails.rate * beyond, DAY_S / JOIN_S)
        return _quantiles(rates, tails.unbounded, SURE)[0]

    def threshold(self, alarms_per_day: float) -> Threshold:
        """The score at which `alarms_per_day` (this scale's own) are raised, and how far to trust it.

        Raises:
            ConfigError: not above 0, or more than an alarm a minute.
        """
        if not 0 < alarms_per_day <= MOST_A_DAY:
            raise ConfigError(f"alarms a day must lie above 0 and up to {MOST_A_DAY:g}, got {alarms_per_day}")
        tails = _posterior(self)
        levels = self.base + tails.level(alarms_per_day / self._chances_a_day)
        score = _quantiles(levels, tails.unbounded, SURE)[0]
        low, high = _quantiles(levels, tails.weight, 0.025, 0.975)
        low, high = min(low, score), max(high, score)
        sure = min(1.0, float(tails.weight[levels <= score].sum()))
        enough = FARTHEST * self.hours * self.independent * alarms_per_day >= 24
        words = self._words(alarms_per_day, score, (low, high), sure, enough)
        return Threshold(score, low, high, sure, score > self.tail[-1], enough, words)

    @property
    def fewest_a_day(self) -> float:
        """The fewest alarms a day that the footage supports, from 1 up to 24: what to ask for where nobody has said.

        The longer the footage, the fewer.
        """
        supported = 24 / (FARTHEST * self.hours * self.independent)
        return float(np.clip(math.ceil(10 * supported) / 10, *FEWEST_A_DAY))

    @property
    def _chances_a_day(self) -> float:
        return DAY_S / self.block_s * self.together

    def _words(self, asked: float, score: float, span: tuple[float, float], sure: float, enough: bool) -> str:
        where = f"alarms start at score {score:.2f} (95 % interval {span[0]:.2f} to {span[1]:.2f})"
        promise = f"at most {asked:g} alarm{'s' * (asked != 1)} a day from footage like this"
        if enough:
            return f"{promise}, {sure:.0%} sure: {where}, learnt from {duration(3600 * self.hours)}"
        need = 24 / asked / FARTHEST / self.independent
        better = duration(3600 * (round(need) or need))
        known = f"only {duration(3600 * self.hours)}, better {better} or more"
        return f"{promise}, a guess from {known}: {where}"


def fit_alarm_scale(curves: Sequence[ScoreCurve], *, exponential: bool = False) -> AlarmScale:
    """Learn how often ordinary footage reaches high scores.

    Args:
        exponential: whether these scores are exponentially rare by what they are.
        curves: of ordinary footage that the method was not trained on, one scale for all. NaN, not scored, is left out,
            and so are pauses. What happens at other times of the day than the footage's is beyond any statistics.

    Raises:
        DataError: fewer than 8 blocks of 10 s, a score that is infinite, or maxima that never vary.

    >>> rng = np.random.default_rng(0)
    >>> curve = ScoreCurve("door", "live", np.arange(36_000.0), rng.exponential(size=36_000))  # 10 h, a score a second
    >>> bool(abs(fit_alarm_scale([curve]).threshold(24).score - np.log(3600)) < 0.5)  # reached once an hour
    True
    """
    scores, ends_s = _scored(curves)
    blocks, maxima, alike = _block_maxima(scores, ends_s)
    base, tail = _highest(maxima)
    together = _alarms_together(curves, maxima, tail)
    block_s, hours = float(ends_s[-1]) / blocks, float(ends_s[-1]) / 3600
    independent = (1 - alike) / (1 + alike)  # as of the mean of a series whose correlation falls off geometrically
    rest = (block_s, blocks, hours, together, independent, base, tuple(tail.tolist()), exponential)
    plain = AlarmScale(0.0, 1.0, 0.0, *rest)
    tails = _posterior(plain)
    best = np.unravel_index(int(tails.unbounded.argmax()), tails.unbounded.shape)
    width, shape = float(tails.width[best[0], 0, 0]), float(tails.shape[0, best[1], 0])
    rate = float(tails.rate[best[0], best[1], len(RATES) // 2])
    scale = width * rate**shape
    return replace(plain, location=base + (scale - width) / shape, scale=scale, shape=shape)


class _Tails(NamedTuple):
    """Tails above the base that fit the maxima, on a grid (widths, shapes, rates), and how probable each is.

    width: scale of the generalised Pareto tail. shape: its shape. rate: -log G(base), passings of the base in a block.
    weight: of all of them, adds up to 1. unbounded: the same among those that have no upper end.
    """

    width: NDArray[np.float64]
    shape: NDArray[np.float64]
    rate: NDArray[np.float64]
    weight: NDArray[np.float64]
    unbounded: NDArray[np.float64]

    def level(self, rate: float) -> NDArray[np.float64]:
        """How far above the base each tail is passed `rate` times a block."""
        return self.width * np.expm1(self.shape * np.log(self.rate / rate)) / self.shape


@lru_cache(maxsize=8)
def _posterior(scale: AlarmScale) -> _Tails:
    """Bayes' rule on a grid: no random numbers, the same on every machine.

    The k maxima above the base have G's density, the others G(base) = exp(-rate). Given width and shape, the rate
    follows a gamma distribution (prior 1/rate), so that it needs no grid. Prior of the width: 1/width. Of the shape:
    the penalty of Coles and Dixon, exp(-shape / (1 - shape)) above 0, none below; weighed, of exponential scores.
    """
    excess = np.array(scale.tail) - scale.base
    count, power = len(excess), scale.independent
    width, shape = WIDTHS * excess.mean(), SHAPES[None]
    beyond = _log_beyond(excess[:, None, None], width, shape)  # (k, widths, shapes)
    exposure = scale.blocks - count + np.exp(beyond).sum(0)
    likelihood = (1 + shape) * beyond.sum(0) - count * np.log(width) - count * np.log(exposure)
    penalty = (STRAIGHT if scale.exponential else 1.0) * np.maximum(shape, 0) / (1 - shape)
    logarithm = power * likelihood - penalty
    weight = np.exp(logarithm - logarithm.max()) / len(RATES)
    weight = np.repeat(weight[..., None], len(RATES), axis=2)
    unbounded = weight * (shape[..., None] > 0)
    drawn = gamma_quantiles(RATES, power * count)
    rate = drawn * count / drawn.mean() / exposure[..., None]  # their mean is exactly count / exposure
    return _Tails(width[..., None], shape[..., None], rate, weight / weight.sum(), unbounded / unbounded.sum())


def _log_beyond(
    excess: NDArray[np.float64] | float, width: NDArray[np.float64], shape: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logarithm of (1 + shape x excess / width)^(-1 / shape), the share of passings of the base that reach so far.

    Where a tail ends, above or below, it goes on very steeply instead of becoming infinite.
    """
    return -np.log(np.maximum(1 + shape * excess / width, 1e-12)) / shape


def _scored(curves: Sequence[ScoreCurve]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All scores that are numbers, (N,), and the scored time up to the end of each, in seconds, rising."""
    scores, lengths = [np.empty(0)], [np.empty(0)]
    for curve in curves:
        known = ~np.isnan(curve.scores)
        if np.isinf(curve.scores).any():
            raise DataError(f"{curve.video}: ordinary footage has an infinite score: it cannot be learnt from")
        steps = np.diff(curve.times_s)
        usual = float(np.median(steps)) if steps.size else 0.0
        scores.append(curve.scores[known])
        lengths.append(np.minimum(np.append(steps, usual), 2 * usual)[known])  # a pause is no footage
    return np.concatenate(scores), np.cumsum(np.concatenate(lengths))


def _block_maxima(scores: NDArray[np.float64], ends_s: NDArray[np.float64]) -> tuple[int, NDArray[np.float64], float]:
    """Number of blocks, their maxima, and how alike neighbours still are: rank correlation in [0, 0.9]."""
    total_s = float(ends_s[-1]) if ends_s.size else 0.0
    blocks = min(MOST_BLOCKS, int(total_s / SHORTEST_BLOCK_S + 1e-6))
    if blocks < FEWEST_BLOCKS:
        need, got = duration(FEWEST_BLOCKS * SHORTEST_BLOCK_S), duration(total_s)
        raise DataError(f"alarms a day need at least {need} of scored ordinary footage, got {got}: give more")
    while True:
        number = np.minimum((ends_s * (blocks / total_s) - 1e-6).astype(np.int64), blocks - 1)
        maxima = np.full(blocks, -np.inf)
        np.maximum.at(maxima, number, scores)
        maxima = maxima[np.isfinite(maxima)]  # a rate below a frame a block leaves some empty
        if np.ptp(maxima) == 0:
            raise DataError("the ordinary footage never varies: all blocks have the same highest score; give more")
        ranks = ranks_of(np.maximum(maxima, _highest(maxima)[0]))  # below the base, all are the same
        ranks -= ranks.mean()
        alike = float(np.clip(ranks[:-1] @ ranks[1:] / (ranks @ ranks), 0, 0.9))
        if alike <= ALIKE or blocks < DOUBLED_FROM:
            return blocks, maxima, alike
        blocks //= 2


def ranks_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The place of each value among all, from 1; equal ones share the mean of theirs.

    >>> ranks_of(np.array([7.0, 3.0, 7.0, 9.0])).tolist()
    [2.5, 1.0, 2.5, 4.0]
    """
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[which])


def _highest(maxima: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """The base, and the maxima above it, rising; equal ones stay together."""
    rising = np.sort(maxima)
    wanted = int(np.clip(len(rising) // 4, FEWEST_MAXIMA, MOST_MAXIMA))
    least = rising[max(0, len(rising) - wanted)]
    below = rising[rising < least]
    base = float(below[-1]) if below.size else float(rising[0])
    return base, rising[rising > base]


def _alarms_together(curves: Sequence[ScoreCurve], maxima: NDArray[np.float64], tail: NDArray[np.float64]) -> float:
    """How many alarms come for each that -log G counts: one, if they come singly."""
    score = float(tail[-max(1, len(tail) // 3)])
    alarms = sum(len(find_events(curve, enter=score, leave=score, join_s=JOIN_S)) for curve in curves)
    reached = min(float(np.mean(maxima >= score)), 1 - 0.5 / len(maxima))
    return max(1.0, float(alarms / (-np.log1p(-reached) * len(maxima))))


def _quantiles(values: NDArray[np.float64], weights: NDArray[np.float64], *shares: float) -> list[float]:
    order = np.argsort(values, axis=None)
    reached = np.searchsorted(np.cumsum(weights.ravel()[order]), shares)
    return [float(values.flat[order[place]]) for place in np.minimum(reached, values.size - 1)]
