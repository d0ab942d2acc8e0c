"""Attention inside windows of all frames at once, and how a grid of cells is cut into them.

Source: Liu et al., "Swin Transformer", ICCV 2021; USTN-DSC, Section 3.2: one window holds the same place in all frames.
Letters: B clips, T frames, D channels, h w grid cells, M window side, n windows, q k tokens of queries and of keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class WindowAttention(nn.Module):
    """Multi-head attention inside windows, with a learnt bias for each offset in time, row and column.

    query_times and key_times are the frames' places in time: two keyframes are four frames apart when T = 9 (RSTT's
    released code steps by 3 there, which is wrong for it). Written out rather than `scaled_dot_product_attention`,
    whose checks of a learnt mask cost a tenth of a training step on a CPU.
    """

    def __init__(
        self, channels: int, heads: int, window: int, query_times: Sequence[int], key_times: Sequence[int]
    ) -> None:
        super().__init__()
        self.heads, self.scale = heads, (channels // heads) ** -0.5
        self.query, self.key_value = nn.Linear(channels, channels), nn.Linear(channels, 2 * channels)
        self.project = nn.Linear(channels, channels)
        offset, offsets = position_offsets(window, query_times, key_times)
        self.bias = nn.Parameter(nn.init.trunc_normal_(torch.empty(heads, offsets), std=0.02))
        self.offset: Tensor
        self.register_buffer("offset", offset, persistent=False)  # q k

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor | None) -> Tensor:
        """(B n, q, D), (B n, k, D), mask (n, q, k) or None -> (B n, q, D)."""
        windows, tokens, _ = queries.shape
        q = self.query(queries).view(windows, tokens, self.heads, -1).transpose(1, 2) * self.scale
        k, v = self.key_value(keys).view(windows, keys.shape[1], 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        logits = q @ k.transpose(-2, -1)  # Bn heads q k
        logits += self.bias[:, self.offset].to(logits.dtype)  # in place: these are the network's largest tensors
        if mask is not None:
            logits.view(-1, len(mask), *logits.shape[1:]).add_(mask[:, None].to(logits.dtype))
        out: Tensor = self.project((logits.softmax(-1) @ v).transpose(1, 2).flatten(2))
        return out


def position_offsets(window: int, query_times: Sequence[int], key_times: Sequence[int]) -> tuple[Tensor, int]:
    """Number each (time, row, column) offset between two tokens: ((q, k) int64, how many numbers there are)."""
    rows = torch.arange(window)
    q = torch.cartesian_prod(torch.tensor(list(query_times)), rows, rows)
    k = torch.cartesian_prod(torch.tensor(list(key_times)), rows, rows)
    dt, dy, dx = (q[:, None] - k[None]).unbind(-1)
    side = 2 * window - 1
    earliest, latest = int(dt.min()), int(dt.max())
    number = ((dt - earliest) * side + dy + window - 1) * side + dx + window - 1
    return number, (latest - earliest + 1) * side * side


@dataclass(frozen=True)
class WindowGrid:
    """How a grid of h x w cells is cut into M x M windows: padded to whole windows, then rolled by `shift` cells."""

    height: int
    width: int
    window: int
    shift: int

    @classmethod
    def of(cls, x: Tensor, window: int, shift: int) -> "WindowGrid":
        """The grid of features (B, T, h, w, D); one single window is never shifted."""
        height, width = x.shape[2:4]
        return cls(height, width, window, 0 if max(height, width) <= window else shift)

    @property
    def padded(self) -> tuple[int, int]:
        """Height and width in whole windows, in cells."""
        return -(-self.height // self.window) * self.window, -(-self.width // self.window) * self.window

    def attend(self, attention: WindowAttention, x: Tensor, keys: Tensor | None = None) -> Tensor:
        """Attend in each window: x (B, Tq, h, w, D) to keys (B, Tk, h, w, D), or to itself."""
        keys = x if keys is None else keys
        mask = window_mask(self, x.shape[1], keys.shape[1], x.device)
        queries = self.split(x)
        out = attention(queries, queries if keys is x else self.split(keys), mask)
        return self.join(out, x.shape[0], x.shape[1])

    def split(self, x: Tensor) -> Tensor:
        """(B, T, h, w, D) -> (B n, T M M, D)."""
        height, width = self.padded
        if (height, width) != (self.height, self.width):
            x = F.pad(x, (0, 0, 0, width - self.width, 0, height - self.height))
        if self.shift:
            x = x.roll((-self.shift, -self.shift), (2, 3))
        m = self.window
        frames, channels = x.shape[1], x.shape[-1]
        x = x.reshape(-1, frames, height // m, m, width // m, m, channels)
        return x.permute(0, 2, 4, 1, 3, 5, 6).reshape(-1, frames * m * m, channels)

    def join(self, x: Tensor, batch: int, frames: int) -> Tensor:
        """(B n, T M M, D) -> (B, T, h, w, D)."""
        (height, width), m = self.padded, self.window
        x = x.view(batch, height // m, width // m, frames, m, m, -1).permute(0, 3, 1, 4, 2, 5, 6)
        x = x.reshape(batch, frames, height, width, -1)
        if self.shift:
            x = x.roll((self.shift, self.shift), (2, 3))
        return x[:, :, : self.height, : self.width]


@lru_cache(maxsize=64)
def window_mask(grid: WindowGrid, query_frames: int, key_frames: int, device: torch.device) -> Tensor | None:
    """(n, q, k) with -100 where a query must not see a key: rolled in from the other side, or padding."""
    height, width = grid.padded
    if not grid.shift and (height, width) == (grid.height, grid.width):
        return None
    rows, columns = (strips(size, grid.window, grid.shift) for size in (height, width))
    strip = 3 * rows[:, None] + columns[None]
    inside = torch.zeros(height, width, dtype=torch.bool)
    inside[: grid.height, : grid.width] = True
    inside = inside.roll((-grid.shift, -grid.shift), (0, 1))
    place = torch.where(inside, strip, 9)  # cells see each other when they share a place
    whole = WindowGrid(height, width, grid.window, 0)
    place = whole.split(place[None, None, ..., None])[..., 0]  # n MM
    apart = place.repeat(1, query_frames)[:, :, None] != place.repeat(1, key_frames)[:, None]
    return (apart * -100.0).to(device)


def strips(size: int, window: int, shift: int) -> Tensor:
    """(size,) 0, 1 or 2: which cells of a rolled axis lay side by side before it was rolled."""
    at = torch.arange(size)
    return (at >= size - window).long() + (at >= size - shift).long() if shift else torch.zeros(size, dtype=torch.long)
