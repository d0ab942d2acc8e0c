"""All that runs when STATE scores: cubes in, the errors of its two branches and the rebuilt cubes out.

Source: Wang et al., ICDM 2022, Sections III.B to III.D. Letters: N cubes, T frames of a cube, S side in pixels.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from unusual.methods.state.network import LearntState, State, folded
from unusual.methods.state.objective import cube_errors
from unusual.methods.state.perturb import perturb
from unusual.methods.state.settings import StateConfig
from unusual.methods.torch_net import JudgingModule

AT_ONCE = 4  # cubes: as fast as more at once, and a camera seldom has more new ones


class Judged(NamedTuple):
    """What is said of N cubes.

    raw, moved: (N,) the errors S_r of the colours and S_m of the motion, after the perturbation (Eq. 2).
    colours: (N, T, 3, S, S), about [0, 1], and motion: (N, T, 2, S, S) px/frame, as rebuilt without it.
    """

    raw: Tensor
    moved: Tensor
    colours: Tensor
    motion: Tensor


class Judging(JudgingModule):
    """Cubes (N, T, S, S, 3) uint8 and their flow (N, T, S, S, 2) float32 px/frame -> `Judged`.

    Judges by the network as it is when this is made: its batch normalisation is folded into the convolutions.
    """

    def __init__(self, config: StateConfig, network: State) -> None:
        super().__init__()
        self.network, self.way, self.p = folded(network), config.perturbation, config.score.p
        self.cubes = (AT_ONCE, config.network.frames, config.cubes.patch, config.cubes.patch)

    def example(self) -> tuple[Tensor, ...]:
        """A few cubes."""
        return torch.zeros(*self.cubes, 3, dtype=torch.uint8), torch.zeros(*self.cubes, 2)

    def forward(self, rgb: Tensor, flow: Tensor) -> Judged:
        cubes, real = to_colours(rgb), to_flow(flow)
        if self.way.eta:
            seen, colours, motion = perturb(self.network, cubes, real, self.way, self.p)
            pixels, moves = self.network(seen)
            raw, moved = cube_errors(pixels, moves, seen, real, self.p)
        else:
            colours, motion = self.network(cubes)
            raw, moved = cube_errors(colours, motion, cubes, real, self.p)
        return Judged(raw, moved, colours, motion)


def judging(config: StateConfig, weights: Mapping[str, Tensor]) -> Judging:
    """The module with these weights. Raises RuntimeError where they do not fit."""
    learnt = LearntState(config)
    learnt.load_state_dict(weights)
    return Judging(config, learnt.state)


def to_colours(rgb: Tensor) -> Tensor:
    """(N, T, S, S, 3) uint8 -> (N, T, 3, S, S) float32 in [0, 1]."""
    return rgb.movedim(-1, 2).float() / 255


def to_flow(flow: Tensor) -> Tensor:
    """(N, T, S, S, 2) -> (N, T, 2, S, S) float32."""
    return flow.movedim(-1, 2).float()
