"""What learning asks of a method: footage in, and what is kept of it out. Loads torch only where a method does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from unusual.methods.footage import Footage
from unusual.methods.scorer import Array, Arrays, Scorer

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Check:
    """How well a method does on held-out footage, beside what needs no learning. Higher is better in all of them.

    >>> print(Check("PSNR, dB", 34.0, (("blended", 32.5),)))
    PSNR, dB: 34.00 (blended 32.50)
    """

    name: str
    value: float
    floors: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        floors = ", ".join(f"{name} {value:.2f}" for name, value in self.floors)
        return f"{self.name}: {self.value:.2f}" + (f" ({floors})" if floors else "")

    @property
    def learnt(self) -> bool:
        """Whether the network beats every floor; until then it has learnt nothing."""
        return all(self.value > floor for _, floor in self.floors)


def in_words(checks: Sequence[Check]) -> str:
    """All checks in one line."""
    return "; ".join(str(check) for check in checks)


class Learner(Protocol):
    """A method that learns. One without a network has learnt when it is settled.

    span: frames that a video needs at the least.
    sample: what is learnt from, in words.
    margin: frames to leave out between training and held-out footage of one video, so that no sample sees both.
    """

    span: int
    sample: str
    margin: int

    def footage(self, video: Path, cache: Path, most_bytes: int) -> tuple[Footage, tuple[str, ...]]:
        """Prepare a training video in `cache`, or find it there. Returns it and the problems of reading it.

        Raises:
            VideoError: it cannot be read.
            ConfigError: it would take more than `most_bytes`.
            OutputError: no space or no permission.
        """

    def starts(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """(n, 2) all samples that can be learnt from: number of the stretch, row in it."""

    def begin(self, learnt: Arrays, source: Path) -> None:
        """Go on from what `learnt` gave before. Raises CheckpointError, which names `source`, where it does not fit."""

    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """How well held-out footage is rebuilt, beside its floors. Raises DataError when there is too little."""

    def settle(self, footage: Sequence[Footage]) -> None:
        """Measure once, on the footage of training and after it, what scoring needs beside the weights."""

    def learnt(self) -> dict[str, Array]:
        """All that scoring needs beside the settings, as it is now."""

    def scorer(self) -> Scorer:
        """The method that judges by what is learnt now."""


@runtime_checkable
class CountingLearner(Learner, Protocol):
    """A method without a network, which learns in a moment: what footage taught it can be taken away again."""

    def scorer_without(self, footage: Sequence[Footage]) -> Scorer:
        """The method that judges by what is learnt now, but for what these stretches of it taught."""


@runtime_checkable
class NetworkLearner(Learner, Protocol):
    """A method whose network is trained batch by batch."""

    network: "nn.Module"

    def batch(self, footage: Sequence[Footage], starts: NDArray[np.int64], chance: np.random.Generator) -> "Tensor":
        """The samples at `starts` (B, 2) as the network's target."""

    def loss(self, network: "nn.Module", real: "Tensor") -> "Tensor":
        """The scalar to minimise on one batch; `network` is the method's own or a wrapper of it."""
