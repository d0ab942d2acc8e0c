"""What STATE is trained for, and how abnormal an object and a frame are.

Source: Wang et al., ICDM 2022, Sections III.C and III.E, Eq. 3.
Letters: B cubes, T frames, S side in pixels, N objects.
"""

from dataclasses import astuple, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unusual.errors import ConfigError, DataError


@dataclass(frozen=True)
class ScoreConfig:
    """How the two errors of an object are weighed. The paper: (0.3, 1) on Avenue, (1, 1) on ShanghaiTech, p = 2."""

    w_raw: float = 1.0
    w_motion: float = 1.0
    p: float = 2.0  # of the norm, in training too; at least 1

    def __post_init__(self) -> None:
        if not (0 <= self.w_raw <= 1e6 and 0 <= self.w_motion <= 1e6 and self.w_raw + self.w_motion > 0):
            raise ConfigError(
                f"w_raw and w_motion must be from 0 to 1e6, and one above 0, got {self.w_raw} and {self.w_motion}"
            )
        if not 1 <= self.p <= 8:
            raise ConfigError(f"p of the norm must be from 1 to 8, got {self.p}")


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


def reconstruction_loss(pixels: Tensor, motion: Tensor, rgb: Tensor, flow: Tensor, p: float = 2.0) -> Tensor:
    """L_r + L_m: the errors of the cubes (see `cube_errors`), averaged over cubes; a scalar.

    The authors' code takes the mean over all elements instead. The two branches share no weights and Adam divides
    each gradient by its size, so that only its epsilon sees the difference.
    """
    raw, of_motion = cube_errors(pixels, motion, rgb, flow, p)
    return (raw + of_motion).mean()


def cube_errors(pixels: Tensor, motion: Tensor, rgb: Tensor, flow: Tensor, p: float = 2.0) -> tuple[Tensor, Tensor]:
    """S_r and S_m: the sum of |difference|^p over the frames, channels and pixels of each cube; (B,) and (B,), >= 0.

    Args:
        pixels, rgb: (B, T, 3, S, S), rebuilt and real, in [0, 1]. In scoring "real" is the perturbed input.
        motion, flow: (B, T, 2, S, S), rebuilt and real, in any one unit. The flow is always of the unperturbed cube.
    """
    return _sum_of_powers(pixels - rgb, p), _sum_of_powers(motion - flow, p)


def floor_errors(rgb: Tensor, flow: Tensor, p: float = 2.0) -> tuple[Tensor, Tensor]:
    """What needs no network, in the units of `cube_errors`: the middle frame for every frame, and no motion at all."""
    middle = rgb.shape[1] // 2
    return cube_errors(rgb[:, middle : middle + 1].expand_as(rgb), torch.zeros_like(flow), rgb, flow, p)


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


def _sum_of_powers(difference: Tensor, p: float) -> Tensor:
    powers = difference.square() if p == 2 else difference.abs().pow(p)  # the same, without the pass for abs
    return powers.flatten(1).sum(1)
