"""What scoring asks of a method: numbers of video in, numbers out, whatever runs its network."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Explanation, FrameErrors
from unusual.methods.footage import Footage

Array = NDArray[np.generic]
Arrays = Mapping[str, Array]  # by name, as a checkpoint holds them


class Net(Protocol):
    """Runs what a method's `judging.py` says, whoever does it: PyTorch, another library, or a few lines of a test."""

    def run(self, wanted: Sequence[str], *inputs: Array) -> list[Array]:
        """The wanted outputs, by name. Inputs, and what outputs there are: see the method's `Judging.forward`."""


OpenNet = Callable[[], Net]


@dataclass(frozen=True, slots=True)
class Reach:
    """How a long video may be judged in pieces, in frames.

    every: a piece that begins at a multiple of this has the units of the whole. lead: frames that it must see before
    those that it judges, after: and behind them. forgets: whether it then judges as if it had seen the whole; a method
    that follows objects for as long as they stay comes near to it.
    """

    every: int
    lead: int
    after: int
    forgets: bool = True


class Scorer(Protocol):
    """A method that has learnt and judges. Loads no torch.

    span: frames that a video needs at the least.
    stretched: whether the published protocol min-max scales each video by itself.
    at_once: units that wait for one another, to go through the network in one pass; 1 tells each at once.
    behind: the share of the frames that a camera lets wait that do wait. A method that can do with less work does less
        then, rather than have frames left out; 0 of all that is not live.
    """

    span: int
    stretched: bool
    at_once: int
    behind: float

    @property
    def reach(self) -> Reach:
        """How it may be judged in pieces."""

    def picture(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame (H, W, 3) uint8 as `judge` and `explain` want it: (h, w, C) uint8."""

    def judge(
        self, name: str, pictures: Iterable[tuple[float, NDArray[np.uint8]]], kept: Path | None = None
    ) -> Iterator[FrameErrors]:
        """Errors of a video's units in order, as its pictures (seconds, picture) arrive.

        Args:
            name: of the video, for errors.
            pictures: of `picture`.
            kept: the folder of what was found in this very video before, or is to be kept for the next time.

        Raises:
            VideoError: it is shorter than `span` frames.
        """

    def units(self, footage: Footage) -> int:
        """How many units `judge_footage` gives."""

    def judge_footage(self, footage: Footage) -> Iterator[FrameErrors]:
        """Errors of prepared footage, unit by unit; none where it is too short."""

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """First and last frame that `explain` needs to see of a video of `frames` frames."""

    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """What the worst of a unit looks like rebuilt. pictures: (n, h, w, C) uint8, of `shown`; first: their first."""
