"""All that runs when future-frame prediction scores: a clip in, the error of its last frame out.

Source: Liu et al., CVPR 2018, Sections 3.1 and 3.5. Letters: B clips, T frames, C colours, H W pixels.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from unusual.methods.future_frame.network import UNet
from unusual.methods.future_frame.settings import FutureFrameConfig
from unusual.methods.pictures.pixels import JudgedFrames, own_peak_psnr, pooled_errors, to_unit_range
from unusual.methods.torch_net import JudgingModule


class Judging(JudgingModule):
    """(B, T, H, W, C) uint8 -> `JudgedFrames` of the last frame alone.

    Its error is minus the PSNR in dB, its peak the predicted frame's largest value (Eq. 7 of the paper).
    """

    def __init__(self, config: FutureFrameConfig, network: UNet) -> None:
        super().__init__()
        self.network, self.region = network, config.objective.region
        self.clip = (1, config.network.frames, config.clips.height, config.clips.width, config.network.colours)

    def example(self) -> tuple[Tensor, ...]:
        """One clip."""
        return (torch.zeros(self.clip, dtype=torch.uint8),)

    def forward(self, clips: Tensor) -> JudgedFrames:
        real = to_unit_range(clips)
        predicted, last = self.network(real[:, :-1]), real[:, -1:]
        return JudgedFrames(-own_peak_psnr(predicted, last), pooled_errors(predicted, last, self.region), predicted)


def judging(config: FutureFrameConfig, weights: Mapping[str, Tensor]) -> Judging:
    """The module with these weights. Raises RuntimeError where they do not fit."""
    network = UNet(config.network)
    network.load_state_dict(weights)
    return Judging(config, network)
