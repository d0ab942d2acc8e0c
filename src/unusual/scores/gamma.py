"""Quantiles of the gamma distribution, and so of how often something happens that was counted."""

from math import lgamma

import numpy as np
from numpy.typing import NDArray

STEPS = 30  # 8 of a shape of 10, 16 of a million; more than 30 where a share is all but 0 or 1


def gamma_quantiles(shares: NDArray[np.float64], shape: float) -> NDArray[np.float64]:
    """Where the gamma distribution of a shape a > 0 and of scale 1 has these shares, (N,) inside (0, 1), below.

    The share below x is x^a e^-x S / Gamma(a + 1) with S = 1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) + ... Its logarithm
    is concave in log x and has the slope a / S, so Newton's steps from the left come nearer and never go too far.

    Source of the series: Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 6.5.29.

    >>> gamma_quantiles(np.array([0.5]), 1.0).round(6).tolist()  # as of the exponential distribution
    [0.693147]
    """
    wanted = np.log(shares) + lgamma(shape + 1)
    place = wanted / shape  # log x, were e^-x S no less than 1
    for _ in range(STEPS):
        x = np.exp(place)
        terms = 50 + int(9 * np.sqrt(x.max()) + max(0.0, x.max() - shape))
        series = 1 + np.cumprod(x[:, None] / (shape + np.arange(1, terms)), 1).sum(1)
        place = place + (wanted - shape * place + x - np.log(series)) * series / shape
    return np.exp(place)
