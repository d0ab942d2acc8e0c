"""How well scores tell abnormal frames from normal ones.

Everywhere: scores (N,) float, higher = more abnormal, on any scale; abnormal (N,) bool. A frame whose score is NaN was
not scored and is left out. Where a class is missing among the frames that are left, there is nothing to tell apart,
and every figure is NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError


@dataclass(frozen=True, slots=True)
class RocCurve:
    """One point for each distinct score, from "no frame is called abnormal" to "every frame is".

    thresholds: (K,) falling, the first one inf; frames with score >= threshold are called abnormal.
    fpr: (K,) false positive rate, rising from 0 to 1: the share of normal frames called abnormal; NaN without any.
    tpr: (K,) true positive rate, rising from 0 to 1: the share of abnormal frames called so; NaN without any.
    """

    thresholds: NDArray[np.float64]
    fpr: NDArray[np.float64]
    tpr: NDArray[np.float64]

    def thinned(self, most: int) -> "RocCurve":
        """Without the points on a straight line between their neighbours, which change no area; at most this many.

        >>> curve = RocCurve(np.array([9.0, 3, 2, 1]), np.array([0, 0, 0, 1.0]), np.array([0, 0.5, 1, 1.0]))
        >>> curve.thinned(100).thresholds.tolist()
        [9.0, 2.0, 1.0]
        """
        x, y = np.diff(self.fpr), np.diff(self.tpr)
        corner = ~np.isclose(x[:-1] * y[1:], x[1:] * y[:-1], rtol=1e-9, atol=0)  # NaN is one
        kept = np.flatnonzero(np.concatenate([[True], corner, [True]]))
        if len(kept) > most:
            kept = kept[np.linspace(0, len(kept) - 1, most).round().astype(int)]
        return RocCurve(self.thresholds[kept], self.fpr[kept], self.tpr[kept])


@dataclass(frozen=True, slots=True)
class FrameMetrics:
    """Every frame-level figure of a test set, with what it was counted on.

    micro_auc, average_precision, equal_error_rate: over all frames as one; NaN, see `undefined`.
    macro_auc:     mean of the AUC of `macro_videos` videos; NaN if there are none.
    single_class:  names of the videos whose scored frames are not of both classes.
    frames_scored: of these, `frames_abnormal` are abnormal. frames_left_out: those whose score is NaN.
    """

    micro_auc: float
    macro_auc: float
    macro_videos: int
    single_class: tuple[str, ...]
    average_precision: float
    equal_error_rate: float
    frames_scored: int
    frames_left_out: int
    frames_abnormal: int

    @property
    def undefined(self) -> str:
        """Why the figures are NaN, in words for a person; empty when they are not."""
        if not self.frames_scored:
            return "no frame was scored"
        kind = {0: "normal", self.frames_scored: "abnormal"}.get(self.frames_abnormal)
        return f"all {self.frames_scored} scored frames are {kind}" if kind else ""


def roc_curve(scores: NDArray[np.float64], abnormal: NDArray[np.bool_]) -> RocCurve:
    """Rates of false and true alarms at every threshold that makes a difference. Tied frames share one point.

    Raises:
        DataError: scores and abnormal differ in length, or abnormal is not bool. So do all functions here.
    """
    thresholds, false, true = _alarms(scores, abnormal)
    return RocCurve(thresholds, _share(false), _share(true))


def auc(scores: NDArray[np.float64], abnormal: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: the chance that an abnormal frame scores above a normal one, a tie counting half.

    It is the Mann-Whitney U of the abnormal frames over the number of pairs, counted in whole numbers, hence exact.

    >>> auc(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    _, false, true = _alarms(scores, abnormal)
    pairs = int(false[-1] * true[-1])
    twice = int(np.sum(np.diff(false) * (true[1:] + true[:-1])))  # trapezia; a tie is a slanted step
    return twice / (2 * pairs) if pairs else float("nan")


def average_precision(scores: NDArray[np.float64], abnormal: NDArray[np.bool_]) -> float:
    """Sum over falling thresholds of (gain in recall) x (precision there): scikit-learn's steps, no interpolation.

    Without normal frames it would be 1 whatever the scores; that is NaN here, as for the other figures.
    """
    _, false, true = _alarms(scores, abnormal)
    if not false[-1] or not true[-1]:
        return float("nan")
    precision = true[1:] / (true[1:] + false[1:])
    return float(np.sum(np.diff(true) * precision) / true[-1])


def equal_error_rate(scores: NDArray[np.float64], abnormal: NDArray[np.bool_]) -> float:
    """The rate at which false alarms among normal frames equal misses among abnormal ones.

    Where no threshold makes the two equal, the ROC curve is drawn straight between its points, and the rate is that
    of its crossing with false_rate = 1 - true_rate. There is exactly one: every point adds a frame.
    """
    _, false, true = _alarms(scores, abnormal)
    normal, unusual = int(false[-1]), int(true[-1])
    if not normal or not unusual:
        return float("nan")
    gap = false * unusual + (true - unusual) * normal  # (false alarms - misses), as whole numbers; rises strictly
    return float(np.interp(0, gap, false)) / normal


def micro_auc(scores: Sequence[NDArray[np.float64]], abnormal: Sequence[NDArray[np.bool_]]) -> float:
    """AUC of all videos' frames put end to end: one threshold for all. Long videos weigh more."""
    return auc(*_end_to_end(scores, abnormal))


def macro_auc(
    scores: Sequence[NDArray[np.float64]], abnormal: Sequence[NDArray[np.bool_]], *, pad: bool = False
) -> float:
    """Mean over videos of the AUC of each: a threshold for each video. Every video weighs the same.

    Videos whose scored frames are all normal or all abnormal have no AUC and are left out.

    Args:
        pad: count as some published code does (Jigsaw, SSPCAB): every video first gets a normal frame with score 0
            and an abnormal one with score 1, so that none is left out. It raises the figure, the more the shorter
            the video, so it is only for setting beside figures made that way. Scores must lie in [0, 1].

    Raises:
        DataError: pad with scores outside [0, 1].
    """
    each = _auc_of_each(scores, abnormal, pad)
    return float(np.mean(each)) if each else float("nan")


def frame_metrics(
    scores: Sequence[NDArray[np.float64]],
    abnormal: Sequence[NDArray[np.bool_]],
    names: Sequence[str],
    *,
    pad: bool = False,
) -> FrameMetrics:
    """Every frame-level figure of a test set; `scores`, `abnormal` and `names` are one for each video.

    Args:
        pad: only macro_auc is padded, see there; single_class names the same videos either way.

    Raises:
        DataError: a video's scores and labels differ in number, or the three sequences do.
    """
    if not len(scores) == len(abnormal) == len(names):
        raise DataError(f"{len(names)} names for {len(scores)} score curves and {len(abnormal)} label arrays")
    for curve, labels, name in zip(scores, abnormal, names, strict=True):
        _check(curve, labels, f"{name}: ")
    every, labels = _end_to_end(scores, abnormal)
    scored = ~np.isnan(every)
    pairs = list(zip(names, scores, abnormal, strict=True))
    return FrameMetrics(
        micro_auc=auc(every, labels),
        macro_auc=macro_auc(scores, abnormal, pad=pad),
        macro_videos=len(_auc_of_each(scores, abnormal, pad)),
        single_class=tuple(name for name, s, a in pairs if np.isnan(auc(s, a))),
        average_precision=average_precision(every, labels),
        equal_error_rate=equal_error_rate(every, labels),
        frames_scored=int(scored.sum()),
        frames_left_out=int((~scored).sum()),
        frames_abnormal=int(labels[scored].sum()),
    )


def _check(scores: NDArray[np.float64], abnormal: NDArray[np.bool_], who: str = "") -> None:
    if scores.shape != abnormal.shape or scores.ndim != 1:
        raise DataError(f"{who}scores {scores.shape} and labels {abnormal.shape} must both be (N,), one a frame")
    if abnormal.dtype != np.bool_:
        raise DataError(f"{who}labels must be bool (True = abnormal), got {abnormal.dtype}")


def _alarms(
    scores: NDArray[np.float64], abnormal: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Thresholds falling from inf, and how many normal and abnormal frames reach each: (K,) all three."""
    _check(scores, abnormal)
    scored = ~np.isnan(scores)
    levels, level = np.unique(-scores[scored], return_inverse=True)  # rising, so scores fall
    false = np.bincount(level[~abnormal[scored]], minlength=levels.size)
    true = np.bincount(level[abnormal[scored]], minlength=levels.size)
    return np.append(np.inf, -levels), np.append(0, np.cumsum(false)), np.append(0, np.cumsum(true))


def _share(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return counts / counts[-1] if counts[-1] else np.full(counts.shape, np.nan)


def _end_to_end(
    scores: Sequence[NDArray[np.float64]], abnormal: Sequence[NDArray[np.bool_]]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    for number, (curve, labels) in enumerate(zip(scores, abnormal, strict=True)):
        _check(curve, labels, f"video {number}: ")  # else one video's extra label could hide another's missing one
    return np.concatenate([np.empty(0), *scores]), np.concatenate([np.empty(0, np.bool_), *abnormal])


def _auc_of_each(
    scores: Sequence[NDArray[np.float64]], abnormal: Sequence[NDArray[np.bool_]], pad: bool
) -> list[float]:
    """The AUC of each video that has one."""
    pairs = list(zip(scores, abnormal, strict=True))
    if pad:
        pairs = [_padded(*pair) for pair in pairs if not np.isnan(pair[0]).all()]
    return [area for pair in pairs if not np.isnan(area := auc(*pair))]


def _padded(scores: NDArray[np.float64], abnormal: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    if np.nanmin(scores) < 0 or np.nanmax(scores) > 1:
        raise DataError(
            f"padding adds scores 0 and 1, so scores must lie in [0, 1], got {np.nanmin(scores):.3g} to "
            f"{np.nanmax(scores):.3g}: scale each video first"
        )
    return np.append(scores, [0.0, 1.0]), np.append(abnormal, [False, True])
