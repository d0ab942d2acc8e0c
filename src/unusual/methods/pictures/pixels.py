"""Pixels as networks see them, and how far rebuilt pictures are from the real ones.

Letters: B clips, T frames, C colours, H W pixels, r side of a region in pixels; "..." stands for B, or B and T.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class JudgedFrames(NamedTuple):
    """What a network's frames say of B clips of which it gives R frames back.

    error: (B, R) the published error of each frame, higher = worse. region: (B, R, h, w), see `pooled_errors`.
    rebuilt: (B, R, C, H, W), about [0, 1].
    """

    error: Tensor
    region: Tensor
    rebuilt: Tensor


def to_unit_range(clips: Tensor) -> Tensor:
    """(B, T, H, W, C) uint8 -> (B, T, C, H, W) float32 in [0, 1]."""
    return clips.permute(0, 1, 4, 2, 3).float() / 255


def psnr(rebuilt: Tensor, real: Tensor) -> Tensor:
    """PSNR in dB (peak 1) of each frame: (..., C, H, W) in [0, 1] -> (...). An error of zero counts as 1e-10."""
    return -10 * torch.log10((rebuilt - real).square().mean((-3, -2, -1)).clamp_min(1e-10))


def own_peak_psnr(rebuilt: Tensor, real: Tensor) -> Tensor:
    """PSNR in dB of each frame with the largest value of the rebuilt frame as its peak, as `psnr` otherwise.

    Source: Liu et al., "Future Frame Prediction for Anomaly Detection", CVPR 2018, Section 3.5; USTN-DSC, Eq. 6.
    """
    error = (rebuilt - real).square().mean((-3, -2, -1))
    peak = rebuilt.amax((-3, -2, -1)).clamp_min(1e-5)
    return 10 * torch.log10(peak.square() / error.clamp_min(1e-10))


def pooled_errors(rebuilt: Tensor, real: Tensor, region: int) -> Tensor:
    """The mean absolute error of each frame in r x r pixels, at steps of r/2 (ours, for the live score).

    (..., C, H, W) in [0, 1] -> (..., h, w) in [0, 1] with h = H / (r/2) - 1.
    """
    return F.avg_pool2d((rebuilt - real).abs().mean(-3), region, region // 2)
