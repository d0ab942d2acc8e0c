"""A Gaussian along one axis of an array."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

REACH = 4  # standard deviations, beyond which a neighbour counts for nothing


def gaussian(
    values: NDArray[np.float64],
    sigma: float,
    axis: int,
    outside: Literal["edge", "constant"],
    radius: int | None = None,
) -> NDArray[np.float64]:
    """Each value with its neighbours along an axis, by Gaussian weights that add up to 1.

    Args:
        values: of any shape.
        sigma: standard deviation in steps, above 0.
        outside: what counts beyond both ends: "edge", the value at that end; "constant", 0.
        radius: neighbours on either side; None for four standard deviations.

    >>> gaussian(np.array([0.0, 0.0, 1.0, 0.0, 0.0]), 0.5, 0, "constant").round(2).tolist()
    [0.0, 0.11, 0.79, 0.11, 0.0]
    """
    reach = round(REACH * sigma) if radius is None else radius
    weights = np.exp(-0.5 / sigma**2 * np.arange(-reach, reach + 1) ** 2)
    weights /= weights.sum()
    along = np.moveaxis(values, axis, -1)
    size = along.shape[-1]
    padded = np.pad(along, [(0, 0)] * (along.ndim - 1) + [(reach, reach)], mode=outside)
    total = along * weights[reach]
    for step in range(reach, 0, -1):  # from the smallest weights to the largest
        left, right = reach - step, reach + step
        total += (padded[..., left : left + size] + padded[..., right : right + size]) * weights[left]
    return np.ascontiguousarray(np.moveaxis(total, -1, axis))
