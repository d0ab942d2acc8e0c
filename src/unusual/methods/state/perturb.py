"""One step against the gradient of the reconstruction error, which normal objects follow further than abnormal ones.

Source: Wang et al., ICDM 2022, Section III.D, Eq. 2.
Letters: B cubes, T frames, S side in pixels.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from unusual.errors import ConfigError
from unusual.methods.state.network import State
from unusual.methods.state.objective import cube_errors


@dataclass(frozen=True)
class PerturbConfig:
    """How the input is perturbed before it is scored.

    eta: step in units of [0, 1]; 0 is no perturbation. The paper: 0.002 on Avenue, 0.005 on ShanghaiTech.
    target: "moving", as Eq. 2 has it and the authors' code does: the pixels are also what is rebuilt, and the gradient
        flows through them in both places. "fixed": only through the network.
    reduction: of the two errors before they are added. "sum", as in the paper. "mean" over their elements, as in the
        authors' code: pixels then weigh 2/3 of what they do in a sum, for they have three channels and motion has two.
    """

    eta: float = 0.0
    target: Literal["moving", "fixed"] = "moving"
    reduction: Literal["sum", "mean"] = "sum"

    def __post_init__(self) -> None:
        if not 0 <= self.eta <= 1:
            raise ConfigError(f"eta must lie in [0, 1], got {self.eta}")
        if self.target not in ("moving", "fixed"):
            raise ConfigError(f'target must be "moving" or "fixed", got "{self.target}"')
        if self.reduction not in ("sum", "mean"):
            raise ConfigError(f'reduction must be "sum" or "mean", got "{self.reduction}"')


def perturb(network: State, rgb: Tensor, flow: Tensor, config: PerturbConfig, p: float = 2.0) -> Tensor:
    """Eq. 2: rgb - eta * sign(gradient of the error); (B, T, 3, S, S) in [0, 1] -> the same, not clamped.

    Each cube is perturbed as if it were alone: in eval mode cubes do not meet, and the sign does not see Eq. 2's 1/M.
    Gradients are turned on inside, whatever the caller has turned off, inference_mode included; the caller's autocast
    holds. Weights get no gradient.

    Args:
        rgb: (B, T, 3, S, S). With eta = 0 it comes back as it is, and the network is not asked.
        flow: (B, T, 2, S, S), of these cubes, in the unit of training.
        p: of the norm, see `objective.ScoreConfig`.

    Raises:
        ConfigError: the network is in train mode.
    """
    if config.eta == 0:
        return rgb
    if network.training:
        raise ConfigError("perturbation needs the network in eval mode, got train mode: call network.eval() first")
    return rgb - config.eta * _gradient(network, rgb, flow, config, p).sign()


@torch.inference_mode(False)
@torch.enable_grad()
def _gradient(network: State, rgb: Tensor, flow: Tensor, config: PerturbConfig, p: float) -> Tensor:
    cubes = rgb.clone().requires_grad_()  # a clone made here can take part in autograd, wherever rgb was made
    pixels, motion = network(cubes)
    target = cubes if config.target == "moving" else cubes.detach()
    raw, of_motion = cube_errors(pixels, motion, target, flow, p)
    if config.reduction == "mean":
        raw, of_motion = raw / rgb[0].numel(), of_motion / flow[0].numel()
    (gradient,) = torch.autograd.grad((raw + of_motion).sum(), cubes)
    return gradient
