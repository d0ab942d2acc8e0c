"""What learners share of methods whose network rebuilds frames of a clip from frames of that clip."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.methods.footage import Footage
from unusual.methods.learner import Check
from unusual.methods.pictures.clip_learner import ClipLearner
from unusual.methods.pictures.clip_scorer import ClipScorer
from unusual.methods.pictures.clips import moving_crop
from unusual.methods.pictures.pixels import to_unit_range
from unusual.methods.scorer import Array, Arrays
from unusual.methods.settings import TrainingConfig
from unusual.methods.torch_net import autocast, load_weights, weights_of

CHECKED_AT_ONCE = 4


class ClipNetworkLearner(ClipLearner, ABC):
    """Trains a network on clips. Meets `NetworkLearner`.

    A method says what is shown to the network (`rebuild`), what is learnt (`loss`), what needs no learning (`floors`)
    and what is measured of both (`psnr`, `measured`).
    """

    measured: str  # what `check` tells, in words

    def __init__(self, scorer: ClipScorer, network: nn.Module, training: TrainingConfig, device: torch.device) -> None:
        """`scorer`: that judges by `network`."""
        super().__init__(scorer)
        self.network: nn.Module = network.to(device)
        self.training, self.device = training, device

    @abstractmethod
    def rebuild(self, network: nn.Module, real: Tensor) -> Tensor:
        """What `network` makes of whole clips (B, T, C, H, W) in [0, 1]: (B, R, C, H, W), R as the method says."""

    @abstractmethod
    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """The scalar to minimise on one batch; `network` is ours or a wrapper of it."""

    @abstractmethod
    def floors(self, real: Tensor) -> Mapping[str, Tensor]:
        """Guesses that need no learning, by name, each as `rebuild` gives them."""

    @abstractmethod
    def psnr(self, rebuilt: Tensor, real: Tensor) -> Tensor:
        """PSNR in dB (peak 1) of what is checked, averaged over frames: (B, R, C, H, W), (B, T, C, H, W) -> (B,)."""

    def begin(self, learnt: Arrays, source: Path) -> None:
        """Go on from these weights. Raises CheckpointError where they do not fit."""
        load_weights(self.network, learnt, source)

    def learnt(self) -> dict[str, Array]:
        """The weights."""
        return weights_of(self.network)

    def batch(self, footage: Sequence[Footage], starts: NDArray[np.int64], chance: np.random.Generator) -> Tensor:
        """The clips at `starts` (B, 2), cropped and turned as the settings say: (B, T, C, H, W) in [0, 1]."""
        clips = self.cut(footage, starts)
        if self.clips.crop:
            clips = [moving_crop(clip, self.clips.crop, chance) for clip in clips]
        if self.clips.backwards:
            clips = [clip[::-1] if chance.random() < 0.5 else clip for clip in clips]
        return self._on_device(clips)

    @torch.inference_mode()
    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """PSNR of held-out footage beside that of the floors. Raises DataError where it is shorter than a unit."""
        starts = self.checked(footage)
        self.network.eval()
        rows, floors = [], dict[str, Tensor]()
        for i in range(0, len(starts), CHECKED_AT_ONCE):
            real = self._on_device(self.cut(footage, starts[i : i + CHECKED_AT_ONCE]))
            floors = dict(self.floors(real))
            guesses = (self.rebuilt_by(self.network, real), *floors.values())
            rows.append(torch.stack([self.psnr(guess, real) for guess in guesses]))
        value, *of_floors = torch.cat(rows, 1).mean(1).tolist()
        return (Check(self.measured, value, tuple(zip(floors, of_floors, strict=True))),)

    def rebuilt_by(self, network: nn.Module, real: Tensor) -> Tensor:
        """`rebuild` in the precision of the settings."""
        with autocast(self.device, self.training.precision):
            return self.rebuild(network, real)

    def _on_device(self, clips: Sequence[NDArray[np.uint8]]) -> Tensor:
        return to_unit_range(torch.from_numpy(np.stack(clips)).to(self.device, non_blocking=True))
