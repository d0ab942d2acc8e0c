"""USTN-DSC learns: to restore whole events from three of their frames."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from unusual.methods.pictures.network_learner import ClipNetworkLearner
from unusual.methods.torch_net import TorchNet, device_of
from unusual.methods.ustn_dsc.judging import Judging
from unusual.methods.ustn_dsc.network import UstnDsc, blend, keyframes
from unusual.methods.ustn_dsc.objective import copy_nearest, missing_psnr, restoration_loss
from unusual.methods.ustn_dsc.scorer import UstnDscScorer
from unusual.methods.ustn_dsc.settings import UstnDscConfig


class UstnDscLearner(ClipNetworkLearner):
    """Trains a USTN-DSC; clips.width must be known."""

    measured = "PSNR of missing frames, dB"

    def __init__(self, config: UstnDscConfig, network: UstnDsc, device: torch.device) -> None:
        net = TorchNet(Judging(config, network), device, config.scored_in)
        super().__init__(UstnDscScorer(config, net), network, config.training, device)
        self.objective, self.keys = config.objective, list(keyframes(config.network.frames))

    def rebuild(self, network: nn.Module, real: Tensor) -> Tensor:
        """All T frames from three of them."""
        restored: Tensor = network(real[:, self.keys])
        return restored

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """L_all of a batch."""
        restored = self.rebuilt_by(network, real)
        objective = self.objective
        return restoration_loss(
            restored, real, adjacent_frames=objective.adjacent_frames, keyframes=objective.keyframes
        )

    def floors(self, real: Tensor) -> Mapping[str, Tensor]:
        """The nearest keyframe, and neighbouring keyframes blended."""
        keys = real[:, self.keys]
        return {"copied": copy_nearest(keys, self.frames), "blended": blend(keys, self.frames)}

    def psnr(self, rebuilt: Tensor, real: Tensor) -> Tensor:
        """Of the missing frames."""
        return missing_psnr(rebuilt, real)


def learner(config: UstnDscConfig, device: str) -> UstnDscLearner:
    """As `make_learner`."""
    torch.manual_seed(config.training.seed)
    return UstnDscLearner(config, UstnDsc(config.network), device_of(device))
