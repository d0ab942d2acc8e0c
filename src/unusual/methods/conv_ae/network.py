"""The convolutional autoencoder of temporal regularity: ten grey frames through a narrow code and back.

Source: Hasan et al., "Learning Temporal Regularity in Video Sequences", CVPR 2016, Section 3.2 and Figure 3.
Letters: B clips, T frames, H W pixels, D1 D2 D3 widths.

    T frames as channels - conv 11x11 s4 - pool - conv 5x5 - pool - conv 3x3 - code: 13x13x128 of 227x227
    T frames as channels - deconv 11x11 s4 - unpool - deconv 5x5 - unpool - deconv 3x3 - code
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unusual.methods.conv_ae.settings import KERNEL, STRIDE, NetworkConfig


class ConvAutoencoder(nn.Module):
    """(B, T, 1, H, W) in [0, 1] -> (B, T, 1, H, W) the same clip, about [0, 1]; any H and W from 23 pixels on.

    tanh follows every layer, the last one too, as the paper has it. Unpooling puts a value back where its maximum was.
    Sizes that the strides do not divide are padded with the edge: 227x227 needs none.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.residual = config.residual
        outer, middle, inner = config.widths
        self.encoder = nn.ModuleList(
            [
                nn.Conv2d(config.frames, outer, KERNEL, STRIDE),
                nn.Conv2d(outer, middle, 5, padding=2),
                nn.Conv2d(middle, inner, 3, padding=1),
            ]
        )
        self.decoder = nn.ModuleList(
            [
                nn.ConvTranspose2d(inner, middle, 3, padding=1),
                nn.ConvTranspose2d(middle, outer, 5, padding=2),
                nn.ConvTranspose2d(outer, config.frames, KERNEL, STRIDE),
            ]
        )
        self.pool, self.unpool = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)
        for layer in (*self.encoder, *self.decoder):
            nn.init.xavier_uniform_(layer.weight, nn.init.calculate_gain("tanh"))

    def forward(self, clip: Tensor) -> Tensor:
        height, width = clip.shape[-2:]
        ground, reach = (clip.mean(1, keepdim=True), 1.0) if self.residual else (torch.full_like(clip, 0.5), 0.5)
        x = pad_to_stride(((clip - ground) / reach)[:, :, 0])  # B T H' W'
        outer = torch.tanh(self.encoder[0](x))
        x, outer_places = self.pool(outer)
        middle = torch.tanh(self.encoder[1](x))
        x, middle_places = self.pool(middle)
        x = torch.tanh(self.encoder[2](x))  # the code
        x = torch.tanh(self.decoder[0](x))
        x = torch.tanh(self.decoder[1](self.unpool(x, middle_places, middle.shape[-2:])))
        x = torch.tanh(self.decoder[2](self.unpool(x, outer_places, outer.shape[-2:])))
        return ground + reach * x[:, :, None, :height, :width].float()


def pad_to_stride(pictures: Tensor) -> Tensor:
    """(B, T, H, W) -> (B, T, H', W'), the edges repeated until the stride of the first layer leaves no pixel over."""
    height, width = pictures.shape[-2:]
    return F.pad(pictures, (0, (KERNEL - width) % STRIDE, 0, (KERNEL - height) % STRIDE), mode="replicate")
