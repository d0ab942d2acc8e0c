"""A U-Net that predicts the next frame from the last four.

Source: Liu et al., "Future Frame Prediction for Anomaly Detection - A New Baseline", CVPR 2018, Section 3.1, Figure 3.
Letters: B clips, T frames, C colours, H W pixels, D channels of a level.

    T - 1 frames as channels - D0 ─────────────── skips ─────────────── D0 - frame T
                                └ pool - D1 ───────────── D1 - deconv ┘
                                          └ ... D3 ... ┘
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unusual.methods.future_frame.settings import NetworkConfig


class UNet(nn.Module):
    """(B, T-1, C, H, W) frames in [0, 1] -> (B, 1, C, H, W) the next one, about [0, 1], any H and W."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.residual = config.residual
        seen = (config.frames - 1) * config.colours
        d = config.widths
        self.down = nn.ModuleList(two_convolutions(*sides) for sides in zip((seen, *d), d, strict=False))
        self.deconvolution = nn.ModuleList(nn.ConvTranspose2d(d[n + 1], d[n], 2, 2) for n in range(len(d) - 1))
        self.up = nn.ModuleList(two_convolutions(2 * d[n], d[n]) for n in range(len(d) - 1))
        self.head = nn.Conv2d(d[0], config.colours, 3, padding=1)
        if config.residual:
            for parameter in self.head.parameters():
                nn.init.zeros_(parameter)  # an untrained network gives the last frame itself

    def forward(self, seen: Tensor) -> Tensor:
        height, width = seen.shape[-2:]
        unit = 2 ** len(self.up)
        x = 2 * seen.flatten(1, 2) - 1
        x = self.down[0](F.pad(x, (0, -width % unit, 0, -height % unit), mode="replicate"))
        skips = []
        for level in self.down[1:]:
            skips.append(x)
            x = level(F.max_pool2d(x, 2))
        for n in reversed(range(len(skips))):
            x = self.up[n](torch.cat([skips[n], self.deconvolution[n](x)], 1))
        painted = torch.tanh(self.head(x))[:, None, :, :height, :width].float()
        return seen[:, -1:] + painted if self.residual else (painted + 1) / 2


def two_convolutions(inward: int, outward: int) -> nn.Sequential:
    """Twice a 3x3 convolution and ReLU."""
    first, second = nn.Conv2d(inward, outward, 3, padding=1), nn.Conv2d(outward, outward, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())
