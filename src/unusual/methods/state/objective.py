"""What STATE is trained for.

Source: Wang et al., ICDM 2022, Section III.C. Letters: B cubes, T frames, S side in pixels.
"""

import torch
from torch import Tensor


def reconstruction_loss(pixels: Tensor, motion: Tensor, rgb: Tensor, flow: Tensor, p: float = 2.0) -> Tensor:
    """L_r + L_m: the errors of the cubes (see `cube_errors`), averaged over cubes; a scalar.

    The authors' code takes the mean over all elements instead. The two branches share no weights and Adam divides
    each gradient by its size, so that only its epsilon sees the difference.
    """
    raw, of_motion = cube_errors(pixels, motion, rgb, flow, p)
    return (raw + of_motion).mean()


def cube_errors(pixels: Tensor, motion: Tensor, rgb: Tensor, flow: Tensor, p: float = 2.0) -> tuple[Tensor, Tensor]:
    """S_r and S_m: the sum of |difference|^p over the frames, channels and pixels of each cube; (B,) and (B,), >= 0.

    Args:
        pixels, rgb: (B, T, 3, S, S), rebuilt and real, in [0, 1]. In scoring "real" is the perturbed input.
        motion, flow: (B, T, 2, S, S), rebuilt and real, in any one unit. The flow is always of the unperturbed cube.
    """
    return _sum_of_powers(pixels - rgb, p), _sum_of_powers(motion - flow, p)


def floor_errors(rgb: Tensor, flow: Tensor, p: float = 2.0) -> tuple[Tensor, Tensor]:
    """What needs no network, in the units of `cube_errors`: the middle frame for every frame, and no motion at all."""
    middle = rgb.shape[1] // 2
    return cube_errors(rgb[:, middle : middle + 1].expand_as(rgb), torch.zeros_like(flow), rgb, flow, p)


def _sum_of_powers(difference: Tensor, p: float) -> Tensor:
    powers = difference.square() if p == 2 else difference.abs().pow(p)  # the same, without the pass for abs
    return powers.flatten(1).sum(1)
