"""The convolutional autoencoder learns: to give ten frames back through a narrow code.

Source: Hasan et al., "Learning Temporal Regularity in Video Sequences", CVPR 2016.
Where training differs: AdamW for Adagrad, frames in [-1, 1] without the mean frame taken off, and one spacing of frames
(clips.stride) in place of clips cut at strides of one, two and three.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from unusual.methods.conv_ae.judging import Judging
from unusual.methods.conv_ae.network import ConvAutoencoder
from unusual.methods.conv_ae.scorer import scorer
from unusual.methods.conv_ae.settings import ConvAeConfig
from unusual.methods.pictures.network_learner import ClipNetworkLearner
from unusual.methods.pictures.pixels import psnr
from unusual.methods.torch_net import TorchNet, device_of


class ConvAeLearner(ClipNetworkLearner):
    """Trains a convolutional autoencoder; clips.width must be known."""

    measured = "PSNR of frames, dB"

    def __init__(self, config: ConvAeConfig, network: ConvAutoencoder, device: torch.device) -> None:
        net = TorchNet(Judging(config, network), device, config.scored_in)
        super().__init__(scorer(config, {}, lambda: net), network, config.training, device)

    def rebuild(self, network: nn.Module, real: Tensor) -> Tensor:
        """All T frames from themselves, through the code."""
        rebuilt: Tensor = network(real)
        return rebuilt

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """The squared error (Eq. 2 of the paper), averaged over pixels and clips."""
        return (self.rebuilt_by(network, real) - real).square().mean()

    def floors(self, real: Tensor) -> Mapping[str, Tensor]:
        """The mean of the clip, in place of each of its frames."""
        return {"mean of the clip": real.mean(1, keepdim=True).expand_as(real)}

    def psnr(self, rebuilt: Tensor, real: Tensor) -> Tensor:
        """Of all frames."""
        return psnr(rebuilt, real).mean(1)


def learner(config: ConvAeConfig, device: str) -> ConvAeLearner:
    """As `make_learner`."""
    torch.manual_seed(config.training.seed)
    return ConvAeLearner(config, ConvAutoencoder(config.network), device_of(device))
