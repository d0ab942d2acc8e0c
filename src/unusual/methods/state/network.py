"""STATE: rebuild every frame of an object's cube, and its motion, from features that attend to each other across time.

Source: Wang et al., "Making Reconstruction-based Method Great Again for Video Anomaly Detection", ICDM 2022, Section
III.B. Where the paper is silent (slope of LeakyReLU, groups of GroupNorm, strides, no output activation) we do as the
authors' published code does.
Letters: B cubes, T frames of a cube (2 context + 1), S side of a cube in pixels, s = S/4, d channels, H heads,
c = d/H channels of a head, i j frames that ask and answer. Frames of all cubes lie in one (BT, channels, side, side)
tensor in channels-last memory: a CPU takes 1.4 times as long otherwise.

    cubes ─► E: 3 blocks, S ─► S/4 ─► N x (attention + residual ─► convolution + residual ─► norm) ─► D ─► pixels
    cubes ─► the same again, with weights of its own ────────────────────────────────────────────────────► motion
"""

from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from unusual.methods.state.settings import NORM_GROUPS, NetworkConfig, StateConfig
from unusual.methods.state.standard import unknown

SLOPE = 0.2  # of every LeakyReLU
COLOURS = 3  # of the input, and C' of the pixel branch
FLOW = 2  # C' of the motion branch: across, down


class State(nn.Module):
    """(B, T, 3, S, S) in [0, 1] -> pixels (B, T, 3, S, S), about [0, 1], and motion (B, T, 2, S, S), as trained.

    S is a multiple of 4. Both branches see the pixels, and share nothing. All weights start from their own random
    numbers (the authors' code copies one layer and one head, so that theirs start equal).
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.pixels, self.motion = Branch(config, COLOURS), Branch(config, FLOW)

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        frames = rgb.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        pixels, motion = self.pixels(frames).float(), self.motion(frames).float()
        return pixels.unflatten(0, rgb.shape[:2]), motion.unflatten(0, rgb.shape[:2])


class LearntState(nn.Module):
    """The network, and what is measured of it on training footage: they are saved together.

    ordinary: the numbers of a `Standard`. calm: the score of a frame without objects.
    """

    ordinary: Tensor
    calm: Tensor

    def __init__(self, config: StateConfig) -> None:
        super().__init__()
        self.state = State(config.network)
        self.register_buffer("ordinary", torch.from_numpy(unknown(config.score)))
        self.register_buffer("calm", torch.tensor(0.0, dtype=torch.float64))

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        """As `State`."""
        pixels, motion = self.state(rgb)
        return pixels, motion


class Branch(nn.Module):
    """(BT, 3, S, S) -> (BT, C', S, S)."""

    def __init__(self, config: NetworkConfig, outputs: int) -> None:
        super().__init__()
        self.encode = encoder(config.widths)
        self.attend = AttentionStack(config)
        self.decode = decoder(config.widths, outputs)

    def forward(self, frames: Tensor) -> Tensor:
        out: Tensor = self.decode(self.attend(self.encode(frames)))
        return out


def encoder(widths: tuple[int, int, int]) -> nn.Sequential:
    """E: three blocks of two convolutions, max-pooling before the second and third (Section III.B.3)."""
    first, second, third = widths
    return nn.Sequential(
        *two_convolutions(COLOURS, first),
        *(nn.MaxPool2d(2), *two_convolutions(first, second)),
        *(nn.MaxPool2d(2), *two_convolutions(second, third)),
    )


def decoder(widths: tuple[int, int, int], outputs: int) -> nn.Sequential:
    """D: E mirrored, with deconvolutions for max-poolings; the last block only changes the number of channels."""
    first, second, third = widths
    return nn.Sequential(
        *(nn.ConvTranspose2d(third, third, 3, 2, 1, 1), *two_convolutions(third, second)),
        *(nn.ConvTranspose2d(second, second, 3, 2, 1, 1), *two_convolutions(second, first)),
        nn.Conv2d(first, outputs, 1),
    )


def two_convolutions(inputs: int, outputs: int) -> list[nn.Module]:
    """Twice: 3x3 convolution, batch normalisation, ReLU."""
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, 1, 1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return layers


class AttentionStack(nn.Module):
    """N layers that share one learnable positional encoding, the same at every place (Section III.B.2)."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.frames, self.repeats = config.frames, config.heads if config.positions == "head" else 1
        self.positions = nn.Parameter(torch.randn(config.frames, config.channels // self.repeats))
        self.layers = nn.ModuleList(AttentionLayer(config) for _ in range(config.layers))

    def forward(self, z: Tensor) -> Tensor:
        positions = self.positions.repeat(len(z) // self.frames, self.repeats)[..., None, None].to(z.dtype)  # BT d 1 1
        for layer in self.layers:
            z = layer(z, positions)
        return z


class AttentionLayer(nn.Module):
    """Attention and a convolution, each with LeakyReLU and a residual connection, then group normalisation."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.attend = ConvolutionalAttention(config)
        self.convolve = nn.Conv2d(config.channels, config.channels, 3, 1, 1)
        self.norm = nn.GroupNorm(NORM_GROUPS, config.channels)

    def forward(self, z: Tensor, positions: Tensor) -> Tensor:
        z = z + self.attend(z, positions)
        out: Tensor = self.norm(z + leaky(self.convolve(z)))
        return out


class ConvolutionalAttention(nn.Module):
    """Multi-head learnable convolutional attention (Eq. 1): z (BT, d, s, s), positions (BT, d, 1, 1) -> as z.

    The heads are groups of one convolution. AttentionNet convolves concat(Q_i, K_j) for every pair of frames, but the
    convolution of a concatenation is the sum of two: T + T convolutions and T^2 sums give what T^2 convolutions would.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        d, self.frames, self.heads = config.channels, config.frames, config.heads
        groups = config.heads if config.head_input == "slice" else 1
        self.query = nn.Conv2d(d, d, 3, 1, 1, groups=groups)  # W_Q of all heads
        self.key_value = nn.Conv2d(d, d, 3, 1, 1, groups=groups)  # W_KV: a key is its value plus its position
        self.attention_net = nn.Conv2d(2 * d, config.heads, 3, 1, 1, groups=config.heads)  # concat(Q, K) -> 1

    def forward(self, z: Tensor, positions: Tensor) -> Tensor:
        query, value = leaky(self.query(z)), leaky(self.key_value(z))
        weights = self.weights(query + positions, value + positions)
        mixed = torch.einsum("bijp,bjpc->bipc", weights, self.by_place(value))
        rows, columns = z.shape[2:]
        return mixed.reshape(len(z), rows, columns, z.shape[1]).permute(0, 3, 1, 2)

    def weights(self, query: Tensor, key: Tensor) -> Tensor:
        """A: the share that frame i takes of frame j, at each place and head; (B, i, j, p)."""
        net = self.attention_net
        of_query, of_key = net.weight.chunk(2, dim=1)  # each H c 3 3
        asked = self.by_place(F.conv2d(query, of_query, net.bias, padding=1, groups=self.heads))
        answered = self.by_place(F.conv2d(key, of_key, padding=1, groups=self.heads))
        return leaky(asked[:, :, None] + answered[:, None]).softmax(dim=2).squeeze(-1)

    def by_place(self, maps: Tensor) -> Tensor:
        """(BT, channels, s, s) -> (B, T, p, channels of a head) where p is (row, column, head)."""
        _, channels, rows, columns = maps.shape
        last = maps.permute(0, 2, 3, 1)
        return last.reshape(-1, self.frames, rows * columns * self.heads, channels // self.heads)


def leaky(x: Tensor) -> Tensor:
    """LeakyReLU."""
    return F.leaky_relu(x, SLOPE, inplace=True)


def folded(network: State) -> State:
    """A copy for scoring whose batch normalisation is part of the convolutions before it; the outputs of eval mode.

    It takes no gradient for its weights, passes one on to its input, and cannot be trained: train mode changes nothing.
    """
    with torch.inference_mode(False):  # weights made under inference_mode could not pass a gradient on
        copy = deepcopy(network).eval().requires_grad_(False)
        for branch in (copy.pixels, copy.motion):
            branch.encode, branch.decode = _without_norms(branch.encode), _without_norms(branch.decode)
        return copy


def _without_norms(layers: nn.Sequential) -> nn.Sequential:
    kept: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d) and isinstance(kept[-1], nn.Conv2d):
            kept[-1] = fuse_conv_bn_eval(kept[-1], layer)
        else:
            kept.append(layer)
    return nn.Sequential(*kept)
