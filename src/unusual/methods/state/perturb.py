"""One step against the gradient of the reconstruction error, which normal objects follow further than abnormal ones.

Source: Wang et al., ICDM 2022, Section III.D, Eq. 2.
Letters: B cubes, T frames, S side in pixels.
"""

import torch
from torch import Tensor

from unusual.errors import ConfigError
from unusual.methods.state.network import State
from unusual.methods.state.objective import cube_errors
from unusual.methods.state.settings import PerturbConfig


def perturb(
    network: State, rgb: Tensor, flow: Tensor, config: PerturbConfig, p: float = 2.0
) -> tuple[Tensor, Tensor, Tensor]:
    """Eq. 2: rgb - eta * sign(gradient of the error), not clamped, and what the network makes of rgb itself.

    Each cube is perturbed as if it were alone: in eval mode cubes do not meet, and the sign does not see Eq. 2's 1/M.
    Gradients are turned on inside, whatever the caller has turned off, inference_mode included; the caller's autocast
    holds. Weights get no gradient.

    Args:
        rgb: (B, T, 3, S, S) in [0, 1].
        flow: (B, T, 2, S, S), of these cubes, in the unit of training.
        p: of the norm, see `ScoreConfig`.

    Returns:
        the perturbed cubes, as rgb; its rebuilt pixels (B, T, 3, S, S) and motion (B, T, 2, S, S).

    Raises:
        ConfigError: the network is in train mode.
    """
    if network.training:
        raise ConfigError("perturbation needs the network in eval mode, got train mode: call network.eval() first")
    with torch.inference_mode(False), torch.enable_grad():
        cubes = rgb.clone().requires_grad_()  # a clone made here can take part in autograd, wherever rgb was made
        pixels, motion = network(cubes)
        target = cubes if config.target == "moving" else cubes.detach()
        raw, of_motion = cube_errors(pixels, motion, target, flow, p)
        if config.reduction == "mean":
            raw, of_motion = raw / rgb[0].numel(), of_motion / flow[0].numel()
        (gradient,) = torch.autograd.grad((raw + of_motion).sum(), cubes)
    return rgb - config.eta * gradient.sign(), pixels.detach(), motion.detach()
