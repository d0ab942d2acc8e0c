"""All that runs when the convolutional autoencoder scores: a clip in, the errors of its frames out.

Source: Hasan et al., CVPR 2016, Section 3.3. Letters: B clips, T frames, H W pixels.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from unusual.methods.conv_ae.network import ConvAutoencoder
from unusual.methods.conv_ae.settings import ConvAeConfig
from unusual.methods.pictures.pixels import JudgedFrames, pooled_errors, to_unit_range
from unusual.methods.torch_net import JudgingModule


class Judging(JudgingModule):
    """(B, T, H, W, 1) uint8 -> `JudgedFrames` of all T frames."""

    def __init__(self, config: ConvAeConfig, network: ConvAutoencoder) -> None:
        super().__init__()
        self.network, self.region = network, config.objective.region
        self.clip = (1, config.network.frames, config.clips.height, config.clips.width, 1)

    def example(self) -> tuple[Tensor, ...]:
        """One clip."""
        return (torch.zeros(self.clip, dtype=torch.uint8),)

    def forward(self, clips: Tensor) -> JudgedFrames:
        real = to_unit_range(clips)
        rebuilt = self.network(real)
        return JudgedFrames(frame_errors(rebuilt, real), pooled_errors(rebuilt, real, self.region), rebuilt)


def frame_errors(rebuilt: Tensor, real: Tensor) -> Tensor:
    """e(t): the L2 norm of a frame's error over its pixels, two of (B, T, 1, H, W) in [0, 1] -> (B, T)."""
    return (rebuilt - real).square().sum((2, 3, 4)).sqrt()


def judging(config: ConvAeConfig, weights: Mapping[str, Tensor]) -> Judging:
    """The module with these weights. Raises RuntimeError where they do not fit."""
    network = ConvAutoencoder(config.network)
    network.load_state_dict(weights)
    return Judging(config, network)
