"""A U-Net that predicts the next frame from the last four.

Source: Liu et al., "Future Frame Prediction for Anomaly Detection - A New Baseline", CVPR 2018, Section 3.1, Figure 3.
Letters: B clips, T frames, C colours, H W pixels, D channels of a level.

    T - 1 frames as channels - D0 ─────────────── skips ─────────────── D0 - frame T
                                └ pool - D1 ───────────── D1 - deconv ┘
                                          └ ... D3 ... ┘
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unusual.errors import ConfigError


@dataclass(frozen=True)
class NetworkConfig:
    """What one predictor is built of. The defaults are the paper's."""

    frames: int = 5  # T: all but the last are seen, the last is predicted
    colours: int = 3  # C: 1 grey, 3 RGB
    widths: tuple[int, ...] = (64, 128, 256, 512)  # D, from the finest level to the coarsest
    residual: bool = False  # ours: the network adds to the last frame seen rather than paint from nothing

    def __post_init__(self) -> None:
        if self.frames < 2 or self.colours not in (1, 3):
            raise ConfigError(f"need frames (T) >= 2 and colours 1 or 3, got {self.frames} and {self.colours}")
        if not 2 <= len(self.widths) <= 6 or min(self.widths) < 1:
            raise ConfigError(f"need two to six levels of at least one channel, got widths {self.widths}")


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
