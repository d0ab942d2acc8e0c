"""Training videos as a method prepared them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Footage:
    """A stretch of one training video as a method prepared it, in rows that are usually mapped from disk.

    frames:   its length.
    frame:    (N,) int, which of these frames each row is of, rising.
    pictures: (N, ...) uint8, a whole frame at working size (USTN-DSC) or one object's cube (STATE).
    flow:     (N, ...) float16 px/frame, the motion in each cube; None of a method that needs none.
    """

    name: str
    frames: int
    frame: NDArray[np.int64]
    pictures: NDArray[np.uint8]
    flow: NDArray[np.float16] | None = None

    @classmethod
    def of_frames(cls, name: str, pictures: NDArray[np.uint8]) -> "Footage":
        """Footage with a row a frame."""
        return cls(name, len(pictures), np.arange(len(pictures)), pictures)

    @property
    def motion(self) -> NDArray[np.float16]:
        """Flow, of a method that prepares it. Raises ValueError where there is none."""
        if self.flow is None:
            raise ValueError(f"{self.name} was prepared without flow")
        return self.flow

    def cut(self, first: int, last: int) -> "Footage":
        """The part from frame `first` up to but not with `last`, its frames counted from 0 again."""
        rows = slice(*np.searchsorted(self.frame, (first, last)))
        flow = None if self.flow is None else self.flow[rows]
        return replace(
            self, frames=last - first, frame=self.frame[rows] - first, pictures=self.pictures[rows], flow=flow
        )
