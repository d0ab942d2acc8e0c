"""What USTN-DSC is trained for, and how far a restored event is from the real one.

Source: Yang et al., CVPR 2023, Sections 3.4 and 3.5, Eq. 3 to 6.
Letters: B clips, T frames, C colours, H W pixels, r side of a region in pixels.
"""

import torch
from torch import Tensor

from unusual.methods.pictures.pixels import own_peak_psnr, pooled_errors, psnr
from unusual.methods.ustn_dsc.network import keyframes

EPSILON = 1e-3  # of Eq. 3 and 4


def restoration_loss(restored: Tensor, real: Tensor, *, adjacent_frames: bool = True, keyframes: bool = True) -> Tensor:
    """L_all = L_cb + L_fd (Eq. 5) of (B, T, C, H, W) in [0, 1]; a scalar.

    Both terms are summed over frames and averaged over clips and pixels; the paper leaves the reduction open, and
    with Adam a common factor changes nothing. adjacent_frames=False leaves out L_fd (Table 3), keyframes=False
    the frames that are given (ours).
    """
    counted = range(real.shape[1]) if keyframes else missing_frames(real.shape[1])
    loss = charbonnier(restored[:, counted], real[:, counted])
    return loss + adjacent_frame_difference(restored, real) if adjacent_frames else loss


def charbonnier(restored: Tensor, real: Tensor) -> Tensor:
    """L_cb (Eq. 3), pixel by pixel as in RSTT: sqrt(difference^2 + epsilon^2), summed over the frames."""
    return torch.sqrt((restored - real).square() + EPSILON**2).mean((0, 2, 3, 4)).sum()


def adjacent_frame_difference(restored: Tensor, real: Tensor) -> Tensor:
    """L_fd (Eq. 4): squared differences of neighbouring frames must agree; summed over T-1 pairs."""
    change = restored.diff(dim=1).square() - real.diff(dim=1).square()
    return torch.sqrt(change.square() + EPSILON**2).mean((0, 2, 3, 4)).sum()


def missing_frames(frames: int) -> list[int]:
    """Positions that the network has to restore, 0-based: all but the keyframes.

    >>> missing_frames(9)
    [1, 2, 3, 5, 6, 7]
    """
    return [t for t in range(frames) if t not in keyframes(frames)]


def missing_psnr(restored: Tensor, real: Tensor) -> Tensor:
    """PSNR in dB (peak 1) of the missing frames, averaged over them: (B, T, C, H, W) in [0, 1] -> (B,)."""
    missing = missing_frames(real.shape[1])
    return psnr(restored[:, missing], real[:, missing]).mean(1)


def copy_nearest(keys: Tensor, frames: int) -> Tensor:
    """The nearest keyframe, (B, 3, C, H, W) -> (B, T, C, H, W); the earlier one where two are as near. A floor."""
    at = torch.tensor(keyframes(frames))
    nearest = (torch.arange(frames)[:, None] - at).abs().argmin(1)
    return keys[:, nearest.to(keys.device)]


def worst_frame_psnr(restored: Tensor, real: Tensor) -> Tensor:
    """Eq. 6: the PSNR in dB of the frame that was restored worst, (B, T, C, H, W) in [0, 1] -> (B,).

    The peak is the largest value of that restored frame, as the paper prints it.
    """
    worst = (restored - real).square().mean((2, 3, 4)).argmax(1, keepdim=True)
    return own_peak_psnr(restored, real).gather(1, worst)[:, 0]


def region_errors(restored: Tensor, real: Tensor, region: int) -> Tensor:
    """The mean absolute error in r x r pixels, at steps of r/2, of each missing frame (ours).

    (B, T, C, H, W) in [0, 1] -> (B, missing, h, w) in [0, 1] with h = H / (r/2) - 1. A bicycle is one percent of a Ped2
    frame: over the whole frame, as Eq. 6 takes it, its error drowns in the noise of the rest.
    """
    missing = missing_frames(real.shape[1])
    return pooled_errors(restored[:, missing], real[:, missing], region)
