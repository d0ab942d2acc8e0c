"""What is usual at each place of a picture: histograms on a grid, where neighbours and whole rows lend to each other.

Perspective makes far people small and slow. So a value is held against those seen near its own place; where little was
seen there, against those of the same rows of the picture, and against all where these say little too.
Letters: h w cells of the grid, b bins, N values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.scores.gaussian import gaussian

LONGER_SIDE = 36  # cells on the longer side of the picture; chosen on planted anomalies and made-up cameras
REACH = 1.0  # standard deviation, in cells, of the Gaussian over which neighbours lend
STRENGTH = 5.0  # moments of somebody's presence that what is lent by the rows, or by all, weighs as much as

Counts = NDArray[np.float64]  # (h, w, b) moments
Shares = NDArray[np.float64]  # (N, 2): down and to the right as shares of the picture's height and width


@dataclass(frozen=True, slots=True)
class Bins:
    """Even bins from low to high; what lies outside counts as the first or the last."""

    low: float
    high: float
    count: int

    def of(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """(N,) the bin of each value."""
        place = (np.asarray(values, np.float64) - self.low) / (self.high - self.low) * self.count
        return np.clip(place, 0, self.count - 1).astype(np.int64)

    @property
    def middles(self) -> NDArray[np.float64]:
        """(b,) the value in the middle of each bin."""
        return self.low + (np.arange(self.count) + 0.5) * (self.high - self.low) / self.count


def grid_of(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the grid over a picture of this shape.

    >>> grid_of(240, 360)
    (24, 36)
    """
    longer = max(height, width)
    return max(1, round(LONGER_SIDE * height / longer)), max(1, round(LONGER_SIDE * width / longer))


def cells(at: Shares, grid: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(N,) rows and (N,) columns of the cells that places lie in; a place outside belongs to the nearest cell."""
    row, column = np.clip((at * grid).astype(np.int64), 0, np.array(grid) - 1).T
    return row, column


def add(counts: Counts, at: Shares, bins: NDArray[np.int64], weight: NDArray[np.floating]) -> None:
    """Count values at their places, in place."""
    np.add.at(counts, (*cells(at, counts.shape[:2]), bins), weight)


def chances(counts: Counts) -> NDArray[np.float64]:
    """(h, w, b) how often each bin is met at each place, adding up to 1 there."""
    everywhere = counts.sum((0, 1)) + 1e-6
    everywhere /= everywhere.sum()
    rows = near(counts.sum(1), axes=(0,))
    rows = (rows + STRENGTH * everywhere) / (rows.sum(-1, keepdims=True) + STRENGTH)
    here = near(counts)
    return np.asarray((here + STRENGTH * rows[:, None]) / (here.sum(-1, keepdims=True) + STRENGTH))


def near(counts: Counts, axes: tuple[int, ...] = (0, 1)) -> Counts:
    """Counts with those of the neighbours, which count for less the further away they are; nothing is shared out."""
    for axis in axes:
        counts = gaussian(counts, REACH, axis, "constant") * REACH * np.sqrt(2 * np.pi)
    return counts


def quantiles(of: NDArray[np.float64], bins: Bins, share: float) -> NDArray[np.float64]:
    """(h, w) the value that a share of `chances` lies below, at each place."""
    below = of.cumsum(-1)
    bin_ = (below < share).sum(-1).clip(max=bins.count - 1)[..., None]
    before = np.take_along_axis(np.concatenate([np.zeros_like(below[..., :1]), below], -1), bin_, -1)
    part = (share - before) / np.maximum(np.take_along_axis(of, bin_, -1), 1e-12)
    return np.asarray(bins.low + (bin_ + part.clip(0, 1))[..., 0] * (bins.high - bins.low) / bins.count)
