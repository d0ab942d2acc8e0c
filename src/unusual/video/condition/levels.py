"""Which part of its range a deep picture is shown by: chosen once, kept with the checkpoint, then the same."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError

MOST_OF_IT = (0.1, 99.9)  # percentiles of a picture's levels: a single hot pixel decides nothing


@dataclass(frozen=True, slots=True)
class Levels:
    """The part of a deep picture's range that is shown: `width` levels of 16 bits from `low`; bits: it had."""

    low: int
    width: int
    bits: int

    def __post_init__(self) -> None:
        if not (self.low >= 0 and 0 < self.width <= (1 << 16) - self.low and 0 < self.bits <= 16):
            raise DataError(f"levels must lie within 16 bits, got {self.width} from {self.low}, of {self.bits}")

    @classmethod
    def of(cls, deep: NDArray[np.uint16], bits: int) -> "Levels":
        """Four times as wide as what a picture, (H, W) or (H, W, 3), shows: it stays right while the scene changes.

        Rounded, so that pictures of one place come to the same; never so narrow that a step is more than a grey level.
        """
        low, high = np.percentile(deep, MOST_OF_IT).tolist()
        width = 256 << 16 - bits
        while width < min(4 * (high - low), 1 << 16):
            width *= 2
        step = width // 4
        start = round((low + high - width) / 2 / step) * step
        return cls(max(0, min(start, (1 << 16) - width)), width, bits)

    @property
    def whole(self) -> bool:
        """Whether that is all of it."""
        return self.width >= 1 << 16

    @classmethod
    def over(cls, several: Sequence["Levels"]) -> "Levels | None":
        """The narrowest part in which all of these lie; None of none.

        >>> Levels.over([Levels(28672, 512, 16), Levels(28672, 512, 16)])
        Levels(low=28672, width=512, bits=16)
        >>> Levels.over([Levels(28672, 512, 16), Levels(29184, 512, 16)])
        Levels(low=28672, width=1024, bits=16)
        """
        if not several:
            return None
        low, high = min(each.low for each in several), max(each.low + each.width for each in several)
        width = min(each.width for each in several)
        while width < high - low:
            width *= 2
        return cls(max(0, min(low, (1 << 16) - width)), width, max(each.bits for each in several))

    def outside(self, deep: NDArray[np.uint16]) -> float:
        """The share of a picture, of either shape, that is darker or brighter than all that is shown."""
        return float(np.mean((deep < self.low) | (deep >= self.low + self.width)))

    def show(self, deep: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Levels, of either shape, as greys or colours from 0 to 255."""
        return np.asarray(np.clip((deep.astype(np.int32) - self.low) * 256 // self.width, 0, 255), np.uint8)

    def __str__(self) -> str:
        first, after = self.low >> 16 - self.bits, self.low + self.width >> 16 - self.bits
        return f"of its {self.bits} bits the levels from {first} to {after - 1}"


SHOWN: ContextVar[Levels | None] = ContextVar("the part of deep pictures that is shown", default=None)


@contextmanager
def showing(levels: Levels | None) -> Iterator[None]:
    """Show this part of deep pictures of all that is opened in here; None: of each as its first picture says."""
    before = SHOWN.set(levels)
    try:
        yield
    finally:
        SHOWN.reset(before)
