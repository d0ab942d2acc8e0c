"""How well scored pixels tell abnormal pixels from normal ones.

Everywhere: maps (H, W) of scores, higher = more abnormal, on one scale for all frames, and masks (H, W) bool, True
where a pixel is abnormal; one of each for a frame, in the same order. They are read one at a time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, DataError
from unusual.measure.regions import Regions

SHARE = 0.4  # of the abnormal pixels, Mahadevan et al.
BITS = 18  # of a float32 that tell scores apart: its sign, its exponent, and steps of 1/512 between powers of two


@dataclass(frozen=True, slots=True)
class PixelAuc:
    """Area under the ROC curve of all pixels; NaN where a class is missing. The exact area is within `error` of it."""

    area: float
    error: float


def pixel_level_scores(
    maps: Iterable[NDArray[np.floating]], masks: Iterable[NDArray[np.bool_]], *, share: float = SHARE
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """For each frame the threshold up to which the pixel-level criterion calls it abnormal, and whether it is.

    An abnormal frame is found if at least 40 % of its abnormal pixels reach the threshold; a normal frame is a false
    alarm if any pixel does. So the rates over thresholds, AUC and EER are those of these scores: `auc`,
    `equal_error_rate` and `micro_auc` of metrics.py take them as they are.

    Known weakness: what is flagged beside the abnormal pixels of a frame costs nothing, so flagging every pixel of a
    frame whenever its score is high gives the frame-level figure, and nothing is asked of where. RBDC asks.

    Args:
        share: of the abnormal pixels, above 0, at most 1.

    Returns:
        scores: (N,) float64. A pixel that is NaN is never flagged; a frame of nothing but NaN has NaN, not scored.
        abnormal: (N,) bool.

    Raises:
        DataError: a map and its mask differ in shape, or there are more of one than of the other.
        ConfigError: share out of range.

    Source: Mahadevan et al., "Anomaly detection in crowded scenes", CVPR 2010.

    >>> maps = np.array([[[1.0, 2, 3, 4, 5]], [[1, 2, 3, 4, 6]]])
    >>> masks = np.array([[[1, 1, 1, 1, 1]], [[0, 0, 0, 0, 0]]], bool)
    >>> pixel_level_scores(maps, masks)[0].tolist()
    [4.0, 6.0]
    """
    if not 0 < share <= 1:
        raise ConfigError(f"share must lie above 0 and up to 1, got {share}")
    frames = [(_criterion(scores, mask, share), bool(mask.any())) for scores, mask in _pairs(maps, masks)]
    return np.array([score for score, _ in frames], np.float64), np.array([label for _, label in frames], np.bool_)


def pixel_auc(maps: Iterable[NDArray[np.floating]], masks: Iterable[NDArray[np.bool_]]) -> PixelAuc:
    """AUC over all pixels of all frames, in bounded memory; NaN pixels are left out.

    Scores are counted in 2^18 bins that need no range: the leading bits of a float32, whose order is that of the
    numbers. A pair of pixels that shares a bin counts one half, so the area is off by at most half the share of such
    pairs, which is returned. Scores that differ by more than 1/512 of their size never share a bin.

    Raises:
        DataError: a map and its mask differ in shape, or there are more of one than of the other.
    """
    counts = np.zeros(2 << BITS, np.int64)  # of normal pixels, then of abnormal ones
    for scores, mask in _pairs(maps, masks):
        scored = ~np.isnan(scores)
        np.add.at(counts, _bins(scores[scored]) + (mask[scored].astype(np.int64) << BITS), 1)
    normal, abnormal = counts.reshape(2, -1).astype(np.float64)  # pairs of pixels outgrow whole numbers
    pairs = normal.sum() * abnormal.sum()
    if not pairs:
        return PixelAuc(float("nan"), float("nan"))
    below = np.cumsum(normal) - normal
    return PixelAuc(float(abnormal @ (below + normal / 2) / pairs), float(abnormal @ normal / 2 / pairs))


def paint(regions: Regions, frames: int, height: int, width: int) -> Iterator[NDArray[np.float32]]:
    """Maps of a clip from boxes with scores: each pixel whose centre lies in a box has the highest score over it.

    Pixels in no box are -inf: they are flagged at no finite threshold. Yields (height, width) for each frame.

    Source: STATE's code does so with -100000 in place of -inf.
    """
    order = np.lexsort((regions.score, regions.frame))  # the highest is painted last
    edges = np.maximum(np.rint(regions.xyxy[order]), 0).astype(np.int64)
    first = np.searchsorted(regions.frame[order], np.arange(frames + 1))
    for frame in range(frames):
        picture = np.full((height, width), -np.inf, np.float32)
        for place in range(first[frame], first[frame + 1]):
            left, top, right, bottom = edges[place]
            picture[top:bottom, left:right] = regions.score[order[place]]
        yield picture


def _pairs(
    maps: Iterable[NDArray[np.floating]], masks: Iterable[NDArray[np.bool_]]
) -> Iterator[tuple[NDArray[np.floating], NDArray[np.bool_]]]:
    try:
        for frame, (scores, mask) in enumerate(zip(maps, masks, strict=True)):
            if scores.shape != mask.shape or mask.dtype != np.bool_:
                raise DataError(
                    f"frame {frame}: map {scores.shape}, mask {mask.shape} {mask.dtype}: scale the map first"
                )
            yield scores, mask
    except ValueError as error:
        raise DataError(f"one map for each mask: {error}") from error


def _criterion(scores: NDArray[np.floating], mask: NDArray[np.bool_], share: float) -> float:
    values = scores[mask] if mask.any() else scores.ravel()
    if np.isnan(scores).all():
        return float("nan")
    values = np.where(np.isnan(values), -np.inf, values)
    needed = int(np.ceil(share * values.size - 1e-9)) if mask.any() else 1  # 0.28 x 25 is 7.000000000000001
    return float(np.partition(values, values.size - needed)[values.size - needed])


def _bins(scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """The leading bits of each float32, turned so that they rise with the score."""
    bits = (scores.astype(np.float32) + np.float32(0)).view(np.int32)  # + 0 makes -0 the same as 0
    rising = np.where(bits < 0, bits ^ 0x7FFFFFFF, bits)
    return (rising >> (32 - BITS)).astype(np.int64) + (1 << (BITS - 1))
