"""What the rest of the house may ask of a method."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.domain import Explanation, FrameErrors
from unusual.methods.settings import TrainingConfig


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


@dataclass(frozen=True, slots=True)
class Check:
    """How well a network does on held-out footage, beside what needs no learning. Higher is better in all of them.

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


class Method(Protocol):
    """One published method with its settings and its network."""

    training: TrainingConfig
    network: nn.Module
    span: int  # frames that a video needs at the least
    sample: str  # what is learnt from, in words
    margin: int  # frames to leave out between training and held-out footage of one video, so that no sample sees both
    at_once: int  # units that wait for one another, to go through the network in one pass; 1 tells each at once
    stretched: bool  # whether the published protocol min-max scales each video by itself

    def picture(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame (H, W, 3) uint8 as `judge` and `explain` want it: (h, w, C) uint8."""

    def footage(self, video: Path, cache: Path, most_bytes: int) -> tuple[Footage, tuple[str, ...]]:
        """Prepare a training video in `cache`, or find it there. Returns it and the problems of reading it.

        Raises:
            VideoError: it cannot be read.
            ConfigError: it would take more than `most_bytes`.
            OutputError: no space or no permission.
        """

    def starts(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """(n, 2) all samples that can be learnt from: number of the stretch, row in it."""

    def batch(self, footage: Sequence[Footage], starts: NDArray[np.int64], chance: np.random.Generator) -> Tensor:
        """The samples at `starts` (B, 2) as the network's target."""

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """The scalar to minimise on one batch; `network` is the method's own or a wrapper of it."""

    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """How well held-out footage is rebuilt, beside its floors. Raises DataError when there is too little."""

    def settle(self, footage: Sequence[Footage]) -> None:
        """Measure once, after training and on its footage, what scoring needs beside the weights."""

    def units(self, footage: Footage) -> int:
        """How many units `judge_footage` gives."""

    def judge_footage(self, footage: Footage) -> Iterator[FrameErrors]:
        """Errors of prepared footage, unit by unit; none where it is too short."""

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

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """First and last frame that `explain` needs to see of a video of `frames` frames."""

    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """What the worst of a unit looks like rebuilt. pictures: (n, h, w, C) uint8, of `shown`; first: their first."""


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """Mixed precision: bf16 where the processor computes in it (auto), always (bf16), or never (fp32)."""
    wanted = precision == "bf16" or (precision == "auto" and computes_in_bf16(device))
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted)


def computes_in_bf16(device: torch.device) -> bool:
    """Whether bf16 is faster there than fp32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
