"""How abnormal an object is: its two errors, on the scale of ordinary objects.

Source: Wang et al., ICDM 2022, Section III.E, Eq. 3; what is usual at a place is ours. Letters: N objects, h w cells of
a grid over the picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.methods.objects.places import Bins, add, cells, chances, quantiles
from unusual.methods.state.settings import ScoreConfig

GRID = (16, 24)  # cells, of pictures of any shape
BINS = 160  # of the logarithm of an error
RARE, DEVIATIONS = 0.95, 1.645  # one in twenty lies so many deviations of a Gaussian above its median

Errors = NDArray[np.floating]  # (N,)
Boxes = NDArray[np.float32]  # (N, 4), as in `ObjectErrors`


@dataclass(frozen=True, eq=False)
class Standard:
    """What errors training cubes have, unperturbed: the same everywhere, or by place.

    numbers: (4,) or (h, w, 4) float64: what is usual of the colours, its deviation, both of the motion.

    Raises:
        DataError: a number that is not finite, or a deviation that is not above 0.
    """

    numbers: NDArray[np.float64]

    def __post_init__(self) -> None:
        if not np.isfinite(self.numbers).all() or self.numbers[..., 1::2].min() <= 0:
            raise DataError(f"errors of training cubes must be finite and vary, got {self.numbers}: train on more")

    @classmethod
    def of(cls, raw: Errors, motion: Errors) -> "Standard":
        """Means and standard deviations of the errors of training cubes, as in Section III.E."""
        _refuse_nothing(raw, motion)
        branches = [errors.astype(np.float64) for errors in (raw, motion)]  # sums of squares lose float32's digits
        return cls(np.array([number for errors in branches for number in (errors.mean(), errors.std())]))

    @classmethod
    def by_place(cls, raw: Errors, motion: Errors, boxes: Boxes) -> "Standard":
        """Medians near each place, and how far above them one in twenty lies."""
        _refuse_nothing(raw, motion)
        return cls(np.concatenate([_near(raw, boxes), _near(motion, boxes)], -1))

    def at(self, boxes: Boxes) -> NDArray[np.float64]:
        """(N, 4) the numbers for objects in these boxes."""
        if self.numbers.ndim == 1:
            return np.tile(self.numbers, (len(boxes), 1))
        return np.asarray(self.numbers[cells(_feet(boxes), self.numbers.shape[:2])])


def unknown(config: ScoreConfig) -> NDArray[np.float64]:
    """The numbers of a standard before anything is measured: errors as they are."""
    return np.array([0.0, 1.0, 0.0, 1.0]) if config.usual == "everywhere" else np.tile([0.0, 1.0], (*GRID, 2))


def standardised(
    raw: Errors, motion: Errors, usual: NDArray[np.float64], config: ScoreConfig
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The two terms of an object's score: errors (N,) in deviations above what is usual (N, 4), times their weights.

    Their sum is S of Section III.E: higher = more abnormal, about 0 for what was trained on.

    >>> standardised(np.array([3.0]), np.array([9.0]), np.array([[1.0, 2.0, 5.0, 1.0]]), ScoreConfig(w_raw=0.5))
    (array([0.5]), array([4.]))
    """
    of_raw = config.w_raw * (raw.astype(np.float64) - usual[:, 0]) / usual[:, 1]
    of_motion = config.w_motion * (motion.astype(np.float64) - usual[:, 2]) / usual[:, 3]
    return of_raw, of_motion


def _near(errors: Errors, boxes: Boxes) -> NDArray[np.float64]:
    """(h, w, 2) median and deviation of the errors near each place."""
    logarithms = np.log(np.maximum(errors.astype(np.float64), 1e-9))
    bins = Bins(float(logarithms.min()), float(logarithms.max()) + 1e-6, BINS)
    counts = np.zeros((*GRID, bins.count))
    add(counts, _feet(boxes), bins.of(logarithms), np.ones(len(errors)))
    met = chances(counts)
    middle, rare = (np.exp(quantiles(met, bins, share)) for share in (0.5, RARE))
    return np.stack([middle, (rare - middle) / DEVIATIONS], -1)


def _feet(boxes: Boxes) -> NDArray[np.float64]:
    """(N, 2) where objects stand, down and to the right."""
    return np.stack([boxes[:, 3], (boxes[:, 0] + boxes[:, 2]) / 2], 1, dtype=np.float64)


def _refuse_nothing(raw: Errors, motion: Errors) -> None:
    if not len(raw) or not len(motion):
        raise DataError("a standard needs the errors of training cubes, got none: train on footage with objects")
