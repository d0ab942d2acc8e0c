"""From errors to scores: two scales with two names, never to be mixed.

paper: one value a unit, as the papers report it. USTN-DSC's is min-max scaled and needs the whole test video.
live:  fitted on ordinary footage alone, so it says something on the first frame and means the same on every video.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.domain import FrameErrors, ObjectErrors
from unusual.errors import DataError
from unusual.scores.gaussian import gaussian

# Larger values of the first two bring ordinary footage left out of the fit nearer to one unit in a hundred above 1;
# smaller ones see fainter errors at quiet places.
SMOOTHING = 2.0  # standard deviation, in regions, of the Gaussian that pools a place with its neighbours
FLOOR_SHARE = 1.0  # no place varies less than this share of the picture's mean deviation
RARE_QUANTILE = 0.99  # score 1 is reached by one ordinary unit in a hundred
FEWEST_UNITS = 8  # below this a deviation is a guess
LARGEST = 1e6  # that an error or a live score can be; what is beyond it never was measured, and would never alarm
LONGEST_MEMORY = 10_000  # frames
CALIBRATED_S = 80.0  # of footage: eight blocks of ten seconds, below which no rate of alarms is promised either
KEPT_UNITS = 20_000  # even; more footage than this is thinned evenly, so that memory stays bounded


def per_video_minmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale the scores of one video to [0, 1] by their own minimum and maximum.

    Args:
        scores: (N,) float, higher = worse. Infinite scores (a perfect copy has an infinite PSNR) count as the
            nearest finite one; NaN stays NaN and takes no part.

    Returns:
        (N,) float64 in [0, 1] or NaN. A constant curve gives zeros: nothing in it stands out.

    Source: Liu et al., "Future Frame Prediction", CVPR 2018; Eq. 7 of USTN-DSC follows it: the paper's
    1 - (P - min P) / (max P - min P) of PSNRs P is the min-max of -P.

    >>> per_video_minmax(np.array([-30.0, -20.0, np.nan, -25.0])).tolist()
    [0.0, 1.0, nan, 0.5]
    """
    finite = scores[np.isfinite(scores)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    above = np.clip(scores, low, high) - low
    return above / (high - low) if high > low else above


def published_error(covering: Iterable[FrameErrors]) -> float:
    """The published protocol's number of a frame: that of the first of its units that the protocol counts.

    The units lie side by side; USTN-DSC's last one, cut short by the end of the video, reaches back over its
    predecessor. The paper does not say what the shared frames get; here they keep the earlier unit's value.
    USTN-DSC scales these numbers by min-max over the video then (Eq. 7; see `per_video_minmax`), STATE leaves them as
    they are.

    Args:
        covering: the units that cover the frame, in the order of their first frame.

    Returns:
        Higher = more abnormal; NaN where no unit that counts covers the frame.
    """
    return next((unit.error for unit in covering if unit.published), float("nan"))


@dataclass(frozen=True, slots=True)
class LiveScale:
    """What ordinary footage looks like, place by place. Made by `fit_live_scale`, never changed by scoring.

    mean:      (h, w) float32, the ordinary error of each place, pooled with its neighbours.
    deviation: (h, w) float32 > 0, how much it varies.
    typical:   median over ordinary units of the largest deviation anywhere in the picture; becomes score 0.
    rare:      its 99 % quantile; becomes score 1.
    memory:    frames that a frame's score is the mean of: it and those before it, 0 before a video's first. What is
               unusual stays for a while, and the moment in which two people cross does not.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    typical: float
    rare: float
    memory: int = 1

    def __post_init__(self) -> None:
        arrays = (self.mean, self.deviation)
        if len({array.shape for array in arrays}) > 1 or not all(map(_is_picture, arrays)):
            raise DataError(f"a live scale needs two pictures of one shape, got {[array.shape for array in arrays]}")
        least, most = float(self.deviation.min()), max(float(np.abs(array).max()) for array in arrays)
        if not (most <= LARGEST and least > 0):  # NaN is neither
            raise DataError(f"a live scale needs finite means up to {LARGEST:g}, and deviations above 0 and up to that")
        if not -LARGEST <= self.typical < self.rare <= LARGEST:
            raise DataError(f"a live scale needs typical < rare, up to {LARGEST:g}, got {self.typical}, {self.rare}")
        if not 1 <= self.memory <= LONGEST_MEMORY:
            raise DataError(f"a live scale needs a memory of 1 to {LONGEST_MEMORY} frames, got {self.memory}")


def _is_picture(array: NDArray[np.generic]) -> bool:
    return array.ndim == 2 and array.size > 0 and array.dtype.kind == "f"


def fit_live_scale(units: Iterable[FrameErrors]) -> LiveScale:
    """Learn from ordinary footage how much error is usual at each place, and how far a unit usually strays.

    A place that hardly ever sees motion would make an alarm of every flicker. So its errors are pooled with its
    neighbours' (Gaussian weights), and no place varies less than a share of the picture's mean deviation.

    Args:
        units: of ordinary footage that the method was not trained on: on its training videos it errs too little.
            Read once; beyond 20,000 units only every n-th is kept.

    Raises:
        DataError: fewer than 8 units, regions of different shapes or not finite, or footage that never varies.

    Source: neither paper defines a scale that can be used live; this one is ours.
    """
    errors = np.stack(_kept_regions(units))  # (N, h, w)
    mean, spread = errors.mean(0, dtype=np.float64), errors.var(0, dtype=np.float64)
    # Pool the first two moments, not the deviations: a step in the mean then counts as variation, not as alarm.
    pooled, square = _pooled(mean), _pooled(spread + mean**2)
    deviation = np.sqrt(np.maximum(square - pooled**2, 0))
    rounding = np.finfo(np.float32).eps * pooled + np.finfo(np.float32).tiny  # a still picture must not divide by 0
    deviation = np.maximum(deviation, np.maximum(FLOOR_SHARE * deviation.mean(), rounding))
    plain = LiveScale(pooled.astype(np.float32), deviation.astype(np.float32), 0.0, 1.0)

    largest = [float(_score_map(plain, region).max()) for region in errors]
    typical, rare = (float(q) for q in np.quantile(largest, [0.5, RARE_QUANTILE]))
    if not rare > typical:
        raise DataError(f"the ordinary footage never varies: all {len(errors)} units have the same error; give more")
    return LiveScale(plain.mean, plain.deviation, typical, rare)


def _pooled(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(h, w) each place with its neighbours."""
    return gaussian(gaussian(places, SMOOTHING, 0, "edge"), SMOOTHING, 1, "edge")


def calibrated(seconds: float) -> bool:
    """Whether a live scale that was fitted on so many seconds of footage says how unusual something is.

    On fewer it puts frames in order, and its heights are a guess. 0 stands for not known, and is let pass.
    """
    return not 0 < seconds < CALIBRATED_S


def live_object_scores(scale: LiveScale, objects: ObjectErrors) -> NDArray[np.float32]:
    """(N,) each object's score on the live scale of a method that judges objects; the frame has the highest."""
    return _score_map(scale, objects.scores[:, None])[:, 0]


def live_score(scale: LiveScale, unit: FrameErrors) -> tuple[float, NDArray[np.float32]]:
    """Score one unit of video against ordinary footage, without a look at the rest of the video.

    Returns:
        score: that of the most unusual place, the map's maximum. 0 is ordinary, 1 is reached by one ordinary unit
            in a hundred; unbounded both ways.
        map: (h, w) float32, every place on the same scale.

    Raises:
        DataError: the unit's region has another shape than the scale.
    """
    if unit.region.shape != scale.mean.shape:
        raise DataError(f"region is {unit.region.shape}, but the live scale was fitted on {scale.mean.shape}")
    places = _score_map(scale, unit.region)
    return float(places.max()), places


class RunningScores:
    """Frame scores from unit scores, one unit at a time: a frame gets the mean of the units that cover it.

    Holds only frames that a later unit may still cover, so what is held does not grow with the video. With a memory
    (see `LiveScale`) the mean of the last frames is given.

    >>> running = RunningScores()
    >>> running.add(np.array([0, 1]), 4.0)
    []
    >>> running.add(np.array([1, 2]), 8.0)
    [(0, 4.0)]
    >>> running.finish()
    [(1, 6.0), (2, 8.0)]
    """

    def __init__(self, memory: int = 1) -> None:
        self._open: dict[int, list[float]] = {}
        self._last = deque([0.0] * memory, memory)  # nothing is unusual before the first frame
        self._start = 0

    def add(self, indices: NDArray[np.int64], score: float) -> list[tuple[int, float]]:
        """Take the next unit; return (frame, score) of the frames that no further unit can change, in order.

        Raises:
            DataError: the unit starts before the one before it.
        """
        start = int(indices[0])
        if start < self._start:
            raise DataError(f"units must come in the order of their first frame, got {start} after {self._start}")
        self._start = start
        done = self._close(before=start)
        for index in indices.tolist():
            self._open.setdefault(index, []).append(score)
        return done

    def finish(self) -> list[tuple[int, float]]:
        """Return the frames still open: no further unit will come."""
        return self._close(before=max(self._open, default=0) + 1)

    def _close(self, before: int) -> list[tuple[int, float]]:
        done = []
        for index in sorted(index for index in self._open if index < before):
            self._last.append(_mean(self._open.pop(index)))
            done.append((index, _mean(self._last)))
        return done


def _mean(values: Sequence[float]) -> float:
    """As numpy has it, which takes its time also for a single value."""
    return values[0] if len(values) == 1 else float(np.mean(values))


def live_scores(scale: LiveScale, units: Iterable[FrameErrors], frames: int) -> NDArray[np.float64]:
    """Score a whole video on the live scale: the same numbers as `RunningScores` gives frame by frame.

    Args:
        units: of one video, in the order of their first frame.
        frames: N, frames of the video.

    Returns:
        (N,) float64, higher = more abnormal; NaN where no unit covers the frame.

    Raises:
        DataError: a unit has a frame outside the video, is out of order, or has another shape than the scale.
    """
    running, curve = RunningScores(scale.memory), np.full(frames, np.nan)
    for unit in units:
        _check_inside(unit, frames)
        score, _ = live_score(scale, unit)
        for index, value in running.add(unit.indices, score):
            curve[index] = value
    for index, value in running.finish():
        curve[index] = value
    return curve


def _score_map(scale: LiveScale, region: NDArray[np.float32]) -> NDArray[np.float32]:
    standard = (region - scale.mean) / scale.deviation
    return ((standard - scale.typical) / (scale.rare - scale.typical)).astype(np.float32)


def _kept_regions(units: Iterable[FrameErrors]) -> list[NDArray[np.float32]]:
    """All regions, or every 2nd, 4th, ... once there are too many to keep."""
    kept: list[NDArray[np.float32]] = []
    step, length = 1, 0
    for number, unit in enumerate(units):
        length = unit.indices.size
        if kept and unit.region.shape != kept[0].shape:
            raise DataError(f"region is {unit.region.shape}, but earlier units have {kept[0].shape}")
        if not np.isfinite(unit.region).all():
            raise DataError(f"the unit at frame {unit.indices[0]} has errors that are not finite")
        if number % step == 0:
            kept.append(np.array(unit.region, np.float32))
        if len(kept) == KEPT_UNITS:
            kept, step = kept[::2], 2 * step
    if len(kept) < FEWEST_UNITS:
        need = f"at least {FEWEST_UNITS} units" + (f" ({FEWEST_UNITS} x {length} frames)" if length else "")
        raise DataError(f"the live scale needs {need} of ordinary footage, got {len(kept)}: give more")
    return kept


def _check_inside(unit: FrameErrors, frames: int) -> None:
    if unit.indices[0] < 0 or unit.indices[-1] >= frames:
        raise DataError(f"unit covers frames {unit.indices[0]} to {unit.indices[-1]}, but the video has {frames}")
