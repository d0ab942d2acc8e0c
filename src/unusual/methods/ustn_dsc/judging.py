"""All that runs when USTN-DSC scores: a clip in, errors and the restored event out.

Source: Yang et al., CVPR 2023, Sections 3.1 and 3.5. Letters: B clips, T frames, C colours, H W pixels.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from unusual.methods.pictures.pixels import to_unit_range
from unusual.methods.torch_net import JudgingModule
from unusual.methods.ustn_dsc.network import UstnDsc, keyframes
from unusual.methods.ustn_dsc.objective import missing_frames, region_errors, worst_frame_psnr
from unusual.methods.ustn_dsc.settings import UstnDscConfig


class Judged(NamedTuple):
    """What the restored events say of B clips.

    error: (B,) minus the PSNR in dB of the frame that was restored worst (Eq. 6).
    region: (B, h, w) the mean absolute error in regions, of the missing frame where it is largest.
    worst: (B,) int64, the missing frame that holds the largest of these errors.
    restored: (B, T, C, H, W), about [0, 1].
    """

    error: Tensor
    region: Tensor
    worst: Tensor
    restored: Tensor


class Judging(JudgingModule):
    """(B, T, H, W, C) uint8 -> `Judged`."""

    missing: Tensor

    def __init__(self, config: UstnDscConfig, network: UstnDsc) -> None:
        super().__init__()
        self.network, self.region = network, config.objective.region
        self.clip = (1, config.network.frames, config.clips.height, config.clips.width, config.network.colours)
        self.keys = list(keyframes(config.network.frames))
        self.register_buffer("missing", torch.tensor(missing_frames(config.network.frames)))

    def example(self) -> tuple[Tensor, ...]:
        """One clip."""
        return (torch.zeros(self.clip, dtype=torch.uint8),)

    def forward(self, clips: Tensor) -> Judged:
        real = to_unit_range(clips)
        restored = self.network(real[:, self.keys])
        regions = region_errors(restored, real, self.region)
        worst = self.missing[regions.amax((2, 3)).argmax(1)]
        return Judged(-worst_frame_psnr(restored, real), regions.amax(1), worst, restored)


def judging(config: UstnDscConfig, weights: Mapping[str, Tensor]) -> Judging:
    """The module with these weights. Raises RuntimeError where they do not fit."""
    network = UstnDsc(config.network)
    network.load_state_dict(weights)
    return Judging(config, network)
