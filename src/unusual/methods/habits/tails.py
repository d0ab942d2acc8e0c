"""How seldom ordinary footage reaches a value: measured where it was met often, continued where it was not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KNOTS = 200  # quantiles that are kept of what was measured
CONTINUED = 0.9  # the share of ordinary frames beyond which the tail is taken for exponential
THINNEST = 1e-3  # mean of what lies beyond, at the least


@dataclass(frozen=True, slots=True)
class Tail:
    """The tail of a distribution.

    knots: (KNOTS,) its quantiles at even shares from 0 to CONTINUED. beyond: mean by which the rest exceeds the last.
    """

    knots: NDArray[np.float64]
    beyond: float

    @classmethod
    def of(cls, values: NDArray[np.float64], thinnest: float = THINNEST) -> "Tail":
        """The tail of measured values (N,), N >= 1; thinnest: as THINNEST, in their own unit."""
        knots = np.quantile(values, np.linspace(0, CONTINUED, KNOTS))
        far = values[values > knots[-1]] - knots[-1]
        return cls(knots, max(float(far.mean()) if len(far) else 0.0, thinnest))

    def rarity(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Minus the decimal logarithm of the share of ordinary frames that reach a value: 2 is one in a hundred.

        >>> tail = Tail.of(np.arange(1000.0))
        >>> tail.rarity(np.array([-1.0, 500.0, 899.1, 1200.0])).round(2).tolist()
        [0.0, 0.3, 1.0, 3.59]
        """
        shares = np.linspace(0, CONTINUED, KNOTS)
        met = -np.interp(-values, -self.knots[::-1], -shares[::-1])  # turned about: of equal knots the first counts
        further = np.maximum(values - self.knots[-1], 0) / self.beyond
        return np.asarray(-np.log10(1 - met) + further * np.log10(np.e))
