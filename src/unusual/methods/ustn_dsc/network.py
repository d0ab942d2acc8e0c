"""USTN-DSC: restore a whole video event from three of its frames.

Source: Yang et al., "Video Event Restoration Based on Keyframes for Video Anomaly Detection", CVPR 2023. Where the
paper is silent (widths of stem and head, heads, MLP ratio) we follow RSTT (Geng et al., CVPR 2022), its reference [7].
Letters: B clips, T frames, K = 3 keyframes, C colours, H W pixels, D channels, h w grid cells (h = H/4, H/8, ...),
M window side, n windows, q k query and key tokens of one window. Features are (B, T, h, w, D) throughout.

    keyframes ─ stem ─► E0 ─► E1 ─► E2 ─► E3 ─ upsample time ─► D3 ─► D2 ─► D1 ─► D0 ─ head ─► T frames
                        └──── skips: cross-attention to, and time-upsampled sum of, f_0 .. f_3 ────┘

Skips and keys are the features f_n before each downsampling: Eq. 2 adds them to d_(n+1), whose grid only they share.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unusual.methods.ustn_dsc.settings import NetworkConfig
from unusual.methods.ustn_dsc.windows import WindowAttention, WindowGrid

LEVELS = 4
PIXELS_PER_CELL = 4  # total stride of the stem: 256x256 pixels -> 64x64 cells


def keyframes(frames: int) -> tuple[int, int, int]:
    """Positions of the three keyframes among T frames, 0-based: first, middle, last (Section 3.1).

    >>> keyframes(9)
    (0, 4, 8)
    """
    return 0, (frames - 1) // 2, frames - 1


class UstnDsc(nn.Module):
    """(B, K, C, H, W) keyframes in [0, 1] -> (B, T, C, H, W) the restored event, about [0, 1], any H and W."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        drops = torch.linspace(0, config.drop_path, LEVELS * config.depth).view(LEVELS, config.depth)
        self.stem = stem(config.colours * (2 if config.motion_input else 1), config.channels)
        self.encoder = nn.ModuleList(
            Stage(config, heads, decoder=False, drops=drops[level].tolist()) for level, heads in enumerate(config.heads)
        )
        self.decoder = nn.ModuleList(
            Stage(config, heads, decoder=True, drops=drops[level].flip(0).tolist())
            for level, heads in enumerate(config.heads)
        )
        d = config.channels
        self.downsample = nn.ModuleList(nn.Conv2d(d, d, 4, 2, 1) for _ in range(LEVELS - 1))  # phi_n
        self.upsample = nn.ModuleList(nn.ConvTranspose2d(d, d, 2, 2) for _ in range(LEVELS - 1))  # phi_n^-1
        self.bottleneck_time = TimeUpsampling(config.frames, d)
        self.skip_time = TimeUpsampling(config.frames, d) if config.upsampling_skip else None  # shared by all skips
        self.head = HEADS[config.head](config.colours, d)
        self.apply(initialise_as_swin)
        if config.residual:
            last = [m for m in self.head.modules() if isinstance(m, nn.Conv2d)][-1]
            nn.init.zeros_(last.weight)  # an untrained network gives the blend itself
            nn.init.zeros_(last.bias if last.bias is not None else last.weight)

    def forward(self, keys: Tensor) -> Tensor:
        height, width = keys.shape[-2:]
        x = with_motion(keys) if self.config.motion_input else keys
        x = on_pictures(self.stem, pad_to_grid(x))  # B K h w D
        skips = []
        for level in range(LEVELS):
            x = self.encoder[level](x)
            skips.append(x)  # f_n, before the downsampling
            if level < LEVELS - 1:
                x = on_pictures(self.downsample[level], x)
        x = self.bottleneck_time(x)  # B T h w D
        for level in reversed(range(LEVELS)):
            if level < LEVELS - 1:
                x = on_pictures(self.upsample[level], x)
                if self.skip_time is not None:
                    x = x + self.skip_time(skips[level])
            x = self.decoder[level](x, skips[level])
        restored = on_pictures(self.head, x).permute(0, 1, 4, 2, 3)[..., :height, :width]  # B T C H W
        return restored.float() + blend(keys, self.config.frames) if self.config.residual else restored.float()


def blend(keys: Tensor, frames: int) -> Tensor:
    """Neighbouring keyframes (B, K, C, H, W) blended by nearness in time -> (B, T, C, H, W). The floor to beat.

    >>> blend(torch.tensor([0.0, 1.0, 0.0]).view(1, 3, 1, 1, 1), 5).flatten()
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    half = (frames - 1) // 2
    share = (torch.arange(half, device=keys.device, dtype=keys.dtype) / half).view(half, 1, 1, 1)
    first, middle, last = (keys[:, i, None] for i in range(3))
    return torch.cat([torch.lerp(first, middle, share), torch.lerp(middle, last, share), last], dim=1)


def with_motion(keys: Tensor) -> Tensor:
    """(B, K, C, H, W) in [0, 1] -> (B, K, 2C, H, W): brightness about 0, and what moves, both about as large as 1.

    Most of a fixed camera's picture stands still. Told where it does not, a small network beats the blend after a
    hundred batches instead of several hundred.
    """
    return torch.cat([4 * (keys - 0.5), 16 * (keys - keys.mean(1, keepdim=True))], dim=2)


class Stage(nn.Module):
    """N Swin blocks; every second one looks through windows shifted by half a window. Grids stay as they are."""

    def __init__(self, config: NetworkConfig, heads: int, *, decoder: bool, drops: Sequence[float]) -> None:
        super().__init__()
        block = DecoderBlock if decoder else EncoderBlock
        self.blocks = nn.ModuleList(
            block(config, heads, shift=config.window // 2 * (i % 2), drop=drop) for i, drop in enumerate(drops)
        )

    def forward(self, x: Tensor, keys: Tensor | None = None) -> Tensor:
        for block in self.blocks:
            x = block(x) if keys is None else block(x, keys)
        return x


class EncoderBlock(nn.Module):
    """Self-attention in one window of all three keyframes at once (3 M^2 tokens), then an MLP (Figure 2b)."""

    def __init__(self, config: NetworkConfig, heads: int, *, shift: int, drop: float) -> None:
        super().__init__()
        d, three = config.channels, range(3)
        self.window, self.shift = config.window, shift
        self.norm_self, self.norm_mlp = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attend_self = WindowAttention(d, heads, config.window, three, three)
        self.mlp, self.drop = mlp(d, config.mlp_ratio), DropPath(drop)

    def forward(self, x: Tensor) -> Tensor:
        grid = WindowGrid.of(x, self.window, self.shift)
        x = x + self.drop(grid.attend(self.attend_self, self.norm_self(x)))
        out: Tensor = x + self.drop(self.mlp(self.norm_mlp(x)))
        return out


class DecoderBlock(nn.Module):
    """Self-attention over all T frames, cross-attention to the encoder's keyframes, then an MLP (Figure 2c)."""

    def __init__(self, config: NetworkConfig, heads: int, *, shift: int, drop: float) -> None:
        super().__init__()
        d, times = config.channels, range(config.frames)
        self.window, self.shift = config.window, shift
        self.norm_self, self.norm_mlp = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attend_self = WindowAttention(d, heads, config.window, times, times)
        self.crosses = config.cross_attention_skip
        if self.crosses:
            self.norm_query, self.norm_key = nn.LayerNorm(d), nn.LayerNorm(d)
            self.attend_keys = WindowAttention(d, heads, config.window, times, keyframes(config.frames))
        self.mlp, self.drop = mlp(d, config.mlp_ratio), DropPath(drop)

    def forward(self, x: Tensor, keys: Tensor) -> Tensor:
        grid = WindowGrid.of(x, self.window, self.shift)
        x = x + self.drop(grid.attend(self.attend_self, self.norm_self(x)))
        if self.crosses:
            x = x + self.drop(grid.attend(self.attend_keys, self.norm_query(x), self.norm_key(keys)))
        out: Tensor = x + self.drop(self.mlp(self.norm_mlp(x)))
        return out


class TimeUpsampling(nn.Module):
    """TU: features of three keyframes -> of all T frames. The keyframes' own features are kept (Section 3.3).

    A 3-D deconvolution with kernel (T-3) x 3 x 3, stride 1 and temporal padding 1 gives the T-3 missing frames for
    every odd T (facts of its arithmetic: (3-1) - 2 + (T-4) + 1 = T-3); they take their places between the keyframes.
    """

    def __init__(self, frames: int, channels: int) -> None:
        super().__init__()
        self.deconvolution = nn.ConvTranspose3d(channels, channels, (frames - 3, 3, 3), 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, K, h, w, D) -> (B, T, h, w, D)."""
        missing = self.deconvolution(x.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)
        forward, backward = missing.chunk(2, dim=1)
        return torch.cat([x[:, :1], forward, x[:, 1:2], backward, x[:, 2:]], dim=1)


class DropPath(nn.Module):
    """Leave out a whole residual branch for a random share of the clips while training."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.share:
            return x
        kept = torch.rand(len(x), *[1] * (x.ndim - 1), device=x.device) >= self.share
        return x * kept / (1 - self.share)


def mlp(channels: int, ratio: float) -> nn.Sequential:
    """Two linear layers with GELU between."""
    wide = round(channels * ratio)
    return nn.Sequential(nn.Linear(channels, wide), nn.GELU(), nn.Linear(wide, channels))


def stem(colours: int, channels: int) -> nn.Sequential:
    """F_e: pixels -> cells of 4x4 pixels. The paper says only 'mainly 2D convolutions'; two of stride 2 are ours."""
    return nn.Sequential(
        nn.Conv2d(colours, channels, 3, 2, 1),
        nn.LeakyReLU(0.1),
        nn.Conv2d(channels, channels, 3, 2, 1),
        nn.LeakyReLU(0.1),
    )


def paper_head(colours: int, channels: int) -> nn.Sequential:
    """F_out as RSTT has it: twice a convolution and a 2x pixel shuffle, then two convolutions at full size."""
    act = nn.LeakyReLU(0.1)
    return nn.Sequential(
        *(nn.Conv2d(channels, 4 * channels, 3, 1, 1), nn.PixelShuffle(2), act),
        *(nn.Conv2d(channels, 256, 3, 1, 1), nn.PixelShuffle(2), act),
        *(nn.Conv2d(64, 64, 3, 1, 1), act, nn.Conv2d(64, colours, 3, 1, 1)),
    )


def lean_head(colours: int, channels: int) -> nn.Sequential:
    """Ours, for a CPU: all work at the grid of cells, one 4x pixel shuffle at the end."""
    return nn.Sequential(
        *(nn.Conv2d(channels, channels, 3, 1, 1), nn.LeakyReLU(0.1)),
        *(nn.Conv2d(channels, colours * PIXELS_PER_CELL**2, 3, 1, 1), nn.PixelShuffle(PIXELS_PER_CELL)),
    )


HEADS = {"paper": paper_head, "lean": lean_head}


def on_pictures(layer: nn.Module, x: Tensor) -> Tensor:
    """Apply a 2-D layer to each frame of (B, T, h, w, D); the permuted view is already channels-last in memory."""
    out: Tensor = layer(x.flatten(0, 1).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    return out.reshape(*x.shape[:2], *out.shape[1:])


def pad_to_grid(keys: Tensor) -> Tensor:
    """(B, K, C, H, W) -> (B, K, H', W', C), the edges repeated until three halvings of the grid give whole cells."""
    unit = PIXELS_PER_CELL * 2 ** (LEVELS - 1)
    height, width = keys.shape[-2:]
    padded = F.pad(keys, (0, -width % unit, 0, -height % unit, 0, 0), mode="replicate")
    return padded.permute(0, 1, 3, 4, 2)


def initialise_as_swin(module: nn.Module) -> None:
    """Truncated normal of 0.02 for linear layers, as Swin does; PyTorch's own start left the loss at the blend's."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
