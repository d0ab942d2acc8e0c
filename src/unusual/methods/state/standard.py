"""How abnormal an object is: its two errors, on the scale of ordinary objects.

Source: Wang et al., ICDM 2022, Section III.E, Eq. 3. Letters: N objects.
"""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.methods.state.settings import ScoreConfig


@dataclass(frozen=True)
class Standard:
    """Means and standard deviations of the errors of the training cubes, unperturbed (Section III.E).

    Raises:
        DataError: a number that is not finite, or a deviation that is not above 0.
    """

    raw_mean: float
    raw_deviation: float
    motion_mean: float
    motion_deviation: float

    def __post_init__(self) -> None:
        if not np.isfinite(astuple(self)).all() or min(self.raw_deviation, self.motion_deviation) <= 0:
            raise DataError(f"errors of training cubes must be finite and vary, got {self}: train on more footage")

    @classmethod
    def of(cls, raw: NDArray[np.floating], motion: NDArray[np.floating]) -> "Standard":
        """From the errors (N,) and (N,) of the training cubes."""
        if not len(raw) or not len(motion):
            raise DataError("a standard needs the errors of training cubes, got none: train on footage with objects")
        of_raw, of_motion = raw.astype(np.float64), motion.astype(np.float64)  # sums of squares lose float32's digits
        return cls(float(of_raw.mean()), float(of_raw.std()), float(of_motion.mean()), float(of_motion.std()))


def standardised(
    raw: NDArray[np.floating], motion: NDArray[np.floating], standard: Standard, config: ScoreConfig
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The two terms of an object's score: errors (N,) in deviations above the training mean, times their weights.

    Their sum is S of Section III.E: higher = more abnormal, about 0 for what was trained on.

    >>> standardised(np.array([3.0]), np.array([9.0]), Standard(1.0, 2.0, 5.0, 1.0), ScoreConfig(w_raw=0.5))
    (array([0.5]), array([4.]))
    """
    of_raw = config.w_raw * (raw.astype(np.float64) - standard.raw_mean) / standard.raw_deviation
    of_motion = config.w_motion * (motion.astype(np.float64) - standard.motion_mean) / standard.motion_deviation
    return of_raw, of_motion
