"""What the rest of the house may ask of a method."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.domain import Explanation, FrameErrors
from unusual.methods.settings import TrainingConfig


@dataclass(frozen=True, slots=True)
class Footage:
    """A stretch of one training video at working size. pictures: (N, H, W, C) uint8, usually mapped from disk."""

    name: str
    pictures: NDArray[np.uint8]


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
        return f"{self.name}: {self.value:.2f} ({floors})"

    @property
    def learnt(self) -> bool:
        """Whether the network beats every floor; until then it has learnt nothing."""
        return all(self.value > floor for _, floor in self.floors)


class Method(Protocol):
    """One published method with its settings and its network."""

    training: TrainingConfig
    network: nn.Module
    picture_shape: tuple[int, int, int]
    span: int  # frames of video that are judged at once

    def picture(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame (H, W, 3) uint8 as the method sees it: picture_shape, uint8."""

    def starts(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """(n, 2) all samples that can be learnt from: number of the stretch, first frame."""

    def batch(self, footage: Sequence[Footage], starts: NDArray[np.int64], chance: np.random.Generator) -> Tensor:
        """The samples at `starts` (B, 2) as the network's target."""

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """The scalar to minimise on one batch; `network` is the method's own or a wrapper of it."""

    def check(self, footage: Sequence[Footage]) -> Check:
        """How well held-out footage is rebuilt, beside its floors. Raises DataError when there is too little."""

    def judge(self, name: str, pictures: Iterable[tuple[float, NDArray[np.uint8]]]) -> Iterator[FrameErrors]:
        """Errors of a video's units in order, as its pictures (seconds, picture) arrive. Raises VideoError."""

    def explain(self, pictures: NDArray[np.uint8]) -> Explanation:
        """What one unit (span, H, W, C) uint8 looks like restored, at its worst frame."""


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """Mixed precision: bf16 where the processor computes in it (auto), always (bf16), or never (fp32)."""
    wanted = precision == "bf16" or (precision == "auto" and computes_in_bf16(device))
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted)


def computes_in_bf16(device: torch.device) -> bool:
    """Whether bf16 is faster there than fp32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
