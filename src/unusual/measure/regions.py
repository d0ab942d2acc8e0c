"""How well scored regions tell where the abnormal things are: RBDC and TBDC.

Source: Ramachandra and Jones, "Street Scene: A new dataset and evaluation protocol for video anomaly detection", WACV
2020. A true region is found if a predicted one in its frame overlaps it with an intersection over union (IoU) of at
least beta; a track is found if at least a share alpha of its regions are. A predicted region is false if its IoU with
every true region of its frame is below beta. Over falling thresholds, the rate at which regions (RBDC) or tracks
(TBDC) are found is drawn against false regions per frame; the figure is the area for 0 to 1 false regions per frame.

A predicted region on something that was already found is neither right nor false, so drawing many boxes on one thing
is free, and with beta = 0.1 a box ten times too large still finds it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unusual.errors import ConfigError, DataError
from unusual.measure.truth_tracks import Tracks, check_boxes
from unusual.scores.pieces import PixelBox, boxes_of, label

ALPHA = BETA = 0.1  # of the paper
HALF = 0.5  # of its peak: how far down a region of a map reaches
NEVER = -np.inf


@dataclass(frozen=True, slots=True)
class Regions:
    """The predicted regions of one clip, in any order.

    frame: (N,) int, from 0. xyxy: (N, 4) float, left, top, right, bottom, in the units of the truth, hence pixels.
    score: (N,) float, finite, higher = more abnormal, on one scale for all clips.
    """

    frame: NDArray[np.int64]
    xyxy: NDArray[np.float64]
    score: NDArray[np.float64]

    def __post_init__(self) -> None:
        check_boxes(self.frame, self.xyxy)
        if self.score.shape != self.frame.shape or not np.isfinite(self.score).all():
            raise DataError(f"need a finite score for each region, got {self.score.shape} for {self.frame.shape}")


Boxes = TypeVar("Boxes", Regions, Tracks)


@dataclass(frozen=True, slots=True)
class Matches:
    """What the predicted regions of one clip found, as scores: it happens at thresholds up to them.

    false:   (F,) scores of the regions that lie on nothing abnormal.
    regions: (G,) for each true region, the threshold at which it is found; -inf where it never is.
    tracks:  (K,) for each track likewise.
    frames:  of the clip.
    """

    false: NDArray[np.float64]
    regions: NDArray[np.float64]
    tracks: NDArray[np.float64]
    frames: int


@dataclass(frozen=True, slots=True)
class RegionCurve:
    """One point for each distinct score, from "no region is reported" to "every one is".

    thresholds: (K,) falling, the first one inf; regions with score >= threshold are reported.
    false_rate: (K,) rising from 0, false regions per frame; may pass 1 or end before it.
    region_rate, track_rate: (K,) rising from 0, shares found; NaN where there is nothing to find.
    """

    thresholds: NDArray[np.float64]
    false_rate: NDArray[np.float64]
    region_rate: NDArray[np.float64]
    track_rate: NDArray[np.float64]

    @property
    def rbdc(self) -> float:
        """Area under region_rate for 0 to 1 false regions per frame, in [0, 1]."""
        return area_to_one(self.false_rate, self.region_rate)

    @property
    def tbdc(self) -> float:
        """Area under track_rate for 0 to 1 false regions per frame, in [0, 1]."""
        return area_to_one(self.false_rate, self.track_rate)


def match_regions(
    predicted: Sequence[Regions],
    truth: Sequence[Tracks],
    frames: Sequence[int],
    *,
    alpha: float = ALPHA,
    beta: float = BETA,
    aed: bool = False,
) -> list[Matches]:
    """Compare predicted with true regions, clip by clip; `region_curve` makes figures of any choice of clips.

    Args:
        predicted, truth, frames: regions, tracks and number of frames of each clip.
        alpha, beta: see the top of this file; both above 0, at most 1.
        aed: count as the script of Georgescu et al. (TPAMI 2021) does, which most published figures come from. It
            agrees with the paper but for two things: edges are pixels that belong to the box, so every box grows by
            one to the right and below before areas are taken; and regions with the same score are reported one by
            one, in the order in which they are listed, instead of all at once. Thresholds become minus the ranks.

    Raises:
        DataError: the sequences differ in length, or a region lies in no frame of its clip.
        ConfigError: alpha or beta out of range.

    Not verified: the paper does not say how ties are drawn nor how to end a curve that stops before one false region
    per frame; here ties share one point, with a straight line to it, and the last rate holds on, as in the script.
    The paper speaks of regions, the script compares boxes; here they are boxes. The script keeps one box for each
    frame of a track; here a thing in two pieces has two regions.
    """
    if not len(predicted) == len(truth) == len(frames):
        raise DataError(f"{len(predicted)} clips predicted, {len(truth)} clips of truth, {len(frames)} lengths")
    if not (0 < alpha <= 1 and 0 < beta <= 1):
        raise ConfigError(f"alpha and beta must lie above 0 and up to 1, got alpha={alpha}, beta={beta}")
    for clip, (found, true, length) in enumerate(zip(predicted, truth, frames, strict=True)):
        for kind, frame in (("predicted", found.frame), ("true", true.frame)):
            if frame.size and not 0 <= frame.min() <= frame.max() < length:
                raise DataError(f"clip {clip}: {kind} regions in frames {frame.min()} to {frame.max()} of {length}")
    if aed:
        predicted, truth = _ranked([_grown(clip) for clip in predicted]), [_grown(clip) for clip in truth]
    return [_match(*clip, alpha, beta) for clip in zip(predicted, truth, frames, strict=True)]


def region_curve(clips: Sequence[Matches]) -> RegionCurve:
    """The curve of all clips together: one threshold for all, rates over all their regions, tracks and frames.

    >>> clip = Matches(np.array([5.0]), np.array([9.0, 1.0]), np.array([9.0]), frames=1)
    >>> region_curve([clip]).rbdc, region_curve([clip]).tbdc
    (0.5, 1.0)
    """
    false, regions, tracks = (
        np.sort(np.concatenate([np.empty(0), *values]))
        for values in ([c.false for c in clips], [c.regions for c in clips], [c.tracks for c in clips])
    )
    levels = np.unique(np.concatenate([false, regions[regions > NEVER]]))[::-1]  # tracks are found with a region
    thresholds = np.append(np.inf, levels)
    frames = max(1, sum(clip.frames for clip in clips))
    return RegionCurve(
        thresholds, _reaching(false, thresholds, frames),
        _reaching(regions, thresholds, regions.size), _reaching(tracks, thresholds, tracks.size),
    )  # fmt: skip


def area_to_one(false_rate: NDArray[np.float64], rate: NDArray[np.float64]) -> float:
    """Area under a curve for 0 to 1 false regions per frame, in [0, 1]; (K,) both, rising, the rate from 0."""
    inside = false_rate <= 1
    end = np.interp(1, false_rate, rate)  # cuts a line that passes 1; holds the last rate of a curve that ends before
    x, y = np.append(false_rate[inside], 1), np.append(rate[inside], end)
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1])) / 2)


def gather(frames: Iterable[int], boxes: Iterable[ArrayLike], scores: Iterable[ArrayLike]) -> Regions:
    """Put the boxes of single frames together: for each frame its number, (n, 4) boxes and (n,) scores; n may be 0.

    >>> gather([3, 4], [[[0, 0, 8, 8], [9, 9, 12, 12]], []], [[0.5, 2.0], []]).frame.tolist()
    [3, 3]

    Raises:
        DataError: not as many scores as boxes in a frame, or not as many lists of them as frames.
    """
    numbers = list(frames)
    each = [np.asarray(box, np.float64).reshape(-1, 4) for box in boxes]
    every = [np.asarray(score, np.float64) for score in scores]
    counts = [len(box) for box in each]
    if counts != [len(score) for score in every] or len(counts) != len(numbers):
        raise DataError(
            f"{len(numbers)} frames, {len(each)} lists of boxes, {len(every)} of scores: must fit each other"
        )
    frame = np.repeat(np.array(numbers, np.int64), counts)
    return Regions(frame, np.concatenate([np.empty((0, 4)), *each]), np.concatenate([np.empty(0), *every]))


def regions_of_maps(
    maps: Iterable[tuple[Iterable[int], NDArray[np.float32]]],
    width: int,
    height: int,
    *,
    least: float = 0.0,
    cover: int = 2,
) -> Regions:
    """Scored boxes from error maps, so that a method that judges places is counted like one that judges objects.

    Places above `least` that hang together, corners included, make a candidate; of it, what reaches half its peak
    is a region, or several where that falls apart. The score is the region's peak. So each candidate is reported,
    however low, as a detector reports each object, and the metrics try all thresholds; only `least` ends the curve.
    Without the half, things melt together around a strong peak: maps of flow magnitude on Ped2 lost 4 points of RBDC
    (frame differences gained 1). A third or a quarter in its place moved RBDC and TBDC by less than one point.

    Args:
        maps: (frames, map): the frames of a clip that share a map, and (h, w) scores on one scale for all clips, whose
            0 is ordinary, as the live scale's is. NaN lies in no region.
        width, height: of the picture in pixels.
        least: 0 or more, for half of a negative peak is above it. On the live scale 0 is the median over ordinary
            units of the highest place, so half of them report nothing; on Ped2 the curve still passes one false
            region per frame. If it ends before (see `RegionCurve.false_rate`), the area is too small.
        cover: steps of the grid that a place covers: 2 where places overlap by half, as in a live map; 1 where they
            lie side by side.

    Raises:
        ConfigError: least or cover out of range.

    Source: ours. Ramachandra and Jones take the components above every threshold anew, so that a thing that was
    found can be lost further down, where its component has grown.

    >>> found = regions_of_maps([([0], np.array([[9, 5, 2, 0, 3]], np.float32))], 50, 10, cover=1)
    >>> found.xyxy[:, [0, 2]].tolist(), found.score.tolist()
    ([[0.0, 20.0], [40.0, 50.0]], [9.0, 3.0])
    """
    if not (least >= 0 and cover >= 1):
        raise ConfigError(f"need least >= 0 and cover >= 1, got least={least}, cover={cover}")
    each = []
    for frames, places in maps:
        rows, columns = places.shape
        spans, peaks = _half_peaks(places, least)
        grid = np.array(spans).reshape(-1, 4) + np.array([0, 0, cover - 1, cover - 1])
        boxes = grid / (np.array([columns, rows] * 2) + cover - 1) * np.array([width, height] * 2)
        each += [(frame, boxes, peaks) for frame in frames]
    return gather([frame for frame, _, _ in each], [boxes for _, boxes, _ in each], [peaks for _, _, peaks in each])


def _half_peaks(places: NDArray[np.float32], least: float) -> tuple[list[PixelBox], NDArray[np.float64]]:
    """The box of each region on the grid, and its peak."""
    candidate, count = label(places > least, corners=True)
    peak = np.append(np.inf, _peaks(places, candidate, count))  # 0 is what is in no candidate
    region, count = label(places >= HALF * peak[candidate], corners=True)
    return boxes_of(region, count), _peaks(places, region, count)


def _peaks(places: NDArray[np.float32], numbers: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """(count,) the highest place of each piece."""
    highest, inside = np.full(count, NEVER), numbers > 0
    np.maximum.at(highest, numbers[inside] - 1, places[inside])
    return highest


def _match(predicted: Regions, truth: Tracks, frames: int, alpha: float, beta: float) -> Matches:
    guess, true = _same_frame(predicted.frame, truth.frame)
    on = _overlap(predicted.xyxy[guess], truth.xyxy[true]) >= beta
    guess, true = guess[on], true[on]
    false = np.ones(predicted.frame.shape, np.bool_)
    false[guess] = False
    regions = np.full(truth.frame.shape, NEVER)
    np.maximum.at(regions, true, predicted.score[guess])
    order = np.lexsort((-regions, truth.track))  # track by track, those found first in front
    _, first, size = np.unique(truth.track[order], return_index=True, return_counts=True)
    needed = np.ceil(alpha * size - 1e-9).astype(np.int64)  # 0.28 x 25 is 7.000000000000001
    return Matches(predicted.score[false], regions, regions[order][first + needed - 1], frames)


def _same_frame(predicted: NDArray[np.int64], true: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every pair of a predicted and a true region that lie in one frame, as their places: (P,) both."""
    order = np.argsort(predicted, kind="stable")
    first, after = (np.searchsorted(predicted[order], true, side) for side in ("left", "right"))
    count = after - first
    place = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    return order[place], np.repeat(np.arange(true.size), count)


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of (P, 4) boxes with (P, 4) boxes, (P,) in [0, 1]; 0 where both have no area."""
    both = np.hstack([np.maximum(one[:, :2], other[:, :2]), np.minimum(one[:, 2:], other[:, 2:])])
    shared = _area(both)
    union = _area(one) + _area(other) - shared
    return np.divide(shared, union, out=np.zeros_like(union), where=union > 0)


def _area(xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(xyxy[:, 2:] - xyxy[:, :2], 0).prod(1))


def _grown(clip: Boxes) -> Boxes:
    return replace(clip, xyxy=clip.xyxy + np.array([0, 0, 1, 1]))


def _ranked(clips: list[Regions]) -> list[Regions]:
    """Scores replaced by minus their rank among all clips; of equal ones the first listed ranks first."""
    scores = np.concatenate([np.empty(0), *(clip.score for clip in clips)])
    ranks = np.empty_like(scores)
    ranks[np.argsort(-scores, kind="stable")] = -np.arange(scores.size)
    parts = np.split(ranks, np.cumsum([clip.score.size for clip in clips])[:-1])
    return [replace(clip, score=part) for clip, part in zip(clips, parts, strict=True)]


def _reaching(scores: NDArray[np.float64], thresholds: NDArray[np.float64], of: int) -> NDArray[np.float64]:
    """How many of the rising scores reach each threshold, per `of`."""
    count = scores.size - np.searchsorted(scores, thresholds)
    return count / of if of else np.full(thresholds.shape, np.nan)
