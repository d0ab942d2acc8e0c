"""Cubes -> errors of the two branches -> what they add to a score, on the scale of ordinary objects.

Source: STATE, Sections III.D and III.E. Letters: N cubes of a frame, T frames of a cube, S side of a patch in pixels.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.methods.state.network import State, folded
from unusual.methods.state.objective import Standard, cube_errors, standardised
from unusual.methods.state.perturb import PerturbConfig, perturb
from unusual.methods.state.settings import StateConfig
from unusual.methods.torch_net import autocast

JUDGED_AT_ONCE = 64  # cubes in one pass of the network, at least, where there are as many

Key = TypeVar("Key")
Values = NDArray[np.float64]  # (N,)
# A frame, its colours (N, T, S, S, 3) and its flow (N, T, S, S, 2).
Cubes = tuple[Key, NDArray[np.uint8], NDArray[np.floating]]


class LearntState(nn.Module):
    """The network, and what is measured of it on training footage: they are saved together.

    ordinary: (4,) the numbers of a `Standard`. calm: the score of a frame without objects.
    """

    ordinary: Tensor
    calm: Tensor

    def __init__(self, config: StateConfig) -> None:
        super().__init__()
        self.state = State(config.network)
        self.register_buffer("ordinary", torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=torch.float64))
        self.register_buffer("calm", torch.tensor(0.0, dtype=torch.float64))

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        """As `State`."""
        pixels, motion = self.state(rgb)
        return pixels, motion


class Judge:
    """Judges cubes by a network as it is now; make a new one when its weights have changed."""

    def __init__(self, learnt: LearntState, config: StateConfig, device: torch.device, at_once: int) -> None:
        """`at_once`: frames that wait for others to make a pass of, at the most."""
        self._learnt, self._config, self._device, self._at_once = learnt, config, device, at_once
        self._network = folded(learnt.state)

    def scores(self, frames: Iterable[Cubes[Key]]) -> Iterator[tuple[Key, Values, Values]]:
        """What pixels and motion add to the score of each object: the two terms of the score in Section III.E."""
        standard = Standard(*self._learnt.ordinary.tolist())
        for key, raw, motion in self._errors(frames, self._config.perturbation):
            yield key, *standardised(raw, motion, standard, self._config.score)

    def settle(self, frames: Sequence[Cubes[Key]]) -> None:
        """Measure what is ordinary on training cubes: errors unperturbed, as in the authors' code; scores as ever.

        A frame without objects is as calm as ordinary footage: it gets the median score of these frames. (The authors
        give it -100000.)
        """
        errors = [found[1:] for found in self._errors(frames, replace(self._config.perturbation, eta=0.0))]
        branches = [np.concatenate(branch) for branch in zip(*errors, strict=True)]
        self._learnt.ordinary.copy_(torch.tensor(astuple(Standard.of(*branches)), dtype=torch.float64))
        worst = [float((looks + moves).max()) for _, looks, moves in self.scores(frames)]
        self._learnt.calm.fill_(float(np.median(worst)))

    def rebuild(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """One cube (T, S, S, 3) uint8, unperturbed: its colours in about [0, 1] and its flow, rows as they came."""
        with torch.inference_mode(), autocast(self._device, self._config.training.precision):
            rebuilt = self._network(to_colours(rgb[None], self._device))
        colours, flow = (out[0].permute(0, 2, 3, 1).float().cpu().numpy() for out in rebuilt)
        return colours, flow

    def _errors(self, frames: Iterable[Cubes[Key]], way: PerturbConfig) -> Iterator[tuple[Key, Values, Values]]:
        """S_r and S_m of each frame's cubes; the network sees the cubes of several frames at once."""
        waiting: list[Cubes[Key]] = []
        for frame in frames:
            waiting.append(frame)
            if sum(len(rgb) for _, rgb, _ in waiting) >= JUDGED_AT_ONCE or len(waiting) >= self._at_once:
                yield from self._pass(waiting, way)
                waiting = []
        yield from self._pass(waiting, way)

    def _pass(self, frames: Sequence[Cubes[Key]], way: PerturbConfig) -> Iterator[tuple[Key, Values, Values]]:
        ends = np.cumsum([len(rgb) for _, rgb, _ in frames])
        if not len(ends) or not ends[-1]:
            nothing = np.zeros(0)
            yield from ((key, nothing, nothing) for key, _, _ in frames)
            return
        rgb = to_colours(np.concatenate([rgb for _, rgb, _ in frames]), self._device)
        flow = to_flow(np.concatenate([flow for _, _, flow in frames]), self._device)
        # a step of 0.002 is less than bf16 can tell from none: perturbed cubes are judged in fp32
        precision = "fp32" if way.eta else self._config.training.precision
        with autocast(self._device, precision):
            seen = perturb(self._network, rgb, flow, way, self._config.score.p)
            with torch.inference_mode():
                pixels, motion = self._network(seen)
        found = cube_errors(pixels, motion, seen, flow, self._config.score.p)
        raw, moved = (np.split(error.double().cpu().numpy(), ends[:-1]) for error in found)
        yield from zip((key for key, _, _ in frames), raw, moved, strict=True)


def to_colours(rgb: NDArray[np.uint8], device: torch.device) -> Tensor:
    """(N, T, S, S, 3) uint8 -> (N, T, 3, S, S) float32 in [0, 1]."""
    return torch.from_numpy(rgb).to(device).movedim(-1, 2).float() / 255


def to_flow(flow: NDArray[np.floating], device: torch.device) -> Tensor:
    """(N, T, S, S, 2) -> (N, T, 2, S, S) float32."""
    return torch.from_numpy(flow).to(device).movedim(-1, 2).float()
