"""STATE learns: to rebuild the cubes of ordinary objects, and what errors are ordinary.

Source: Wang et al., ICDM 2022, Sections III.C and III.E.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.errors import DataError
from unusual.methods.footage import Footage
from unusual.methods.learner import Check
from unusual.methods.objects.objects import ObjectFinder
from unusual.methods.scorer import Array, Arrays
from unusual.methods.state.cubes import ObjectCubes
from unusual.methods.state.judging import Judging, to_colours, to_flow
from unusual.methods.state.keeping import Cutter
from unusual.methods.state.network import LearntState
from unusual.methods.state.objective import cube_errors, floor_errors, reconstruction_loss
from unusual.methods.state.scorer import StateScorer, by_frame, errors_of
from unusual.methods.state.settings import StateConfig
from unusual.methods.state.standard import Standard
from unusual.methods.torch_net import TorchNet, autocast, device_of, load_weights, weights_of

CHECKED_CUBES = 512  # of the held-out footage, evenly spread
CHECKED_AT_ONCE = 64
MEASURED_CUBES = 4096  # of the training footage, about, evenly spread


class StateLearner:
    """Trains a STATE. Meets `NetworkLearner`. Raises as `Cutter`."""

    def __init__(self, config: StateConfig, device: torch.device, finder: ObjectFinder | None = None) -> None:
        """Make one. finder: as `Cutter`."""
        self.config, self.device = config, device
        self.cutter = Cutter(config, finder)
        self._learnt = LearntState(config).to(device)
        self.network: nn.Module = self._learnt
        self.span = self.margin = config.network.frames
        self.sample = f"object in {self.span} frames"

    def footage(self, video: Path, cache: Path, most_bytes: int) -> tuple[Footage, tuple[str, ...]]:
        """The cubes of every `cubes.train_step`-th frame. Raises as `cubes_of`."""
        return self.cutter.footage(video, cache, most_bytes)

    def starts(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """(n, 2) all cubes: number of the stretch, row in it. Of tracks, one cube for each second of each.

        Who stands for a minute is one person, and not 500 cubes.
        """
        rows = [(number, row) for number, f in enumerate(footage) for row in self._rows(f)]
        return np.array(rows, np.int64).reshape(-1, 2)

    def _rows(self, footage: Footage) -> list[int]:
        if not self.config.score.memory:
            return list(range(len(footage.frame)))
        seconds = np.stack([footage.placed[1], footage.frame // self.config.score.memory])
        return sorted(np.unique(seconds, axis=1, return_index=True)[1].tolist())

    def batch(self, footage: Sequence[Footage], starts: NDArray[np.int64], chance: np.random.Generator) -> Tensor:
        """The cubes at `starts` (B, 2): (B, 2T+1, 5, S, S), three colours in [0, 1] and two of flow.

        Of a track's second, any of its cubes.
        """
        if self.config.score.memory:
            starts = np.array([(number, self._any(footage[number], row, chance)) for number, row in starts.tolist()])
        rgb = np.stack([footage[number].pictures[row] for number, row in starts.tolist()])
        flow = np.stack([footage[number].motion[row] for number, row in starts.tolist()])
        cubes, moves = (torch.from_numpy(rows).to(self.device) for rows in (rgb, flow))
        return torch.cat([to_colours(cubes), to_flow(moves)], 2)

    def _any(self, footage: Footage, row: int, chance: np.random.Generator) -> int:
        """A row of the same track in the same second, which begins with `row`."""
        tracks, memory = footage.placed[1], self.config.score.memory
        end = int(np.searchsorted(footage.frame, (footage.frame[row] // memory + 1) * memory))
        return row + int(chance.choice(np.flatnonzero(tracks[row:end] == tracks[row])))

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """L_r + L_m of a batch; `network` is ours or a wrapper of it."""
        rgb, flow = real[:, :, :3], real[:, :, 3:]
        with autocast(self.device, self.config.training.precision):
            pixels, motion = network(rgb)
        return reconstruction_loss(pixels, motion, rgb, flow, self.config.score.p)

    def begin(self, learnt: Arrays, source: Path) -> None:
        """Go on from these weights. Raises CheckpointError where they do not fit."""
        load_weights(self.network, learnt, source)

    @torch.inference_mode()
    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """Mean squared error of held-out cubes in dB, each branch beside a floor: the middle frame repeated, no motion.

        Raises:
            DataError: there is no object in it.
        """
        starts = self.starts(footage)
        if not len(starts):
            raise DataError("no object was found in the held-out footage: give more footage, or a detector")
        starts = starts[np.linspace(0, len(starts) - 1, min(CHECKED_CUBES, len(starts))).round().astype(int)]
        self.network.eval()
        sums = torch.zeros(4, dtype=torch.float64)
        for i in range(0, len(starts), CHECKED_AT_ONCE):
            real = self.batch(footage, starts[i : i + CHECKED_AT_ONCE], np.random.default_rng(0))
            rgb, flow = real[:, :, :3], real[:, :, 3:]
            with autocast(self.device, self.config.training.precision):
                pixels, motion = self.network(rgb)
            wrong = (*cube_errors(pixels, motion, rgb, flow), *floor_errors(rgb, flow))
            sums += torch.stack([error.sum().double().cpu() for error in wrong])
        elements = len(starts) * torch.tensor([rgb[0].numel(), flow[0].numel()]).repeat(2)
        rebuilt, moved, repeated, still = (-10 * torch.log10((sums / elements).clamp_min(1e-10))).tolist()
        return (
            Check("pixels, dB", rebuilt, (("middle frame repeated", repeated),)),
            Check("motion, dB", moved, (("no motion", still),)),
        )

    def settle(self, footage: Sequence[Footage]) -> None:
        """Measure what is ordinary, on the training cubes of evenly spread frames, or of stretches as long as a memory.

        Errors are of unperturbed cubes, as in the authors' code; scores as ever. A frame without objects is as calm as
        ordinary footage: it gets the median score of these frames. (The authors give it -100000.)
        """
        score, span = self.config.score, max(1, self.config.remembered(self.config.cubes.train_step))
        every = max(1, sum(len(f.frame) for f in footage) // MEASURED_CUBES)
        frames = [cubes for f in footage for cubes in spread(list(by_frame(f)), span, every)]
        plain = self._net(replace(self.config, perturbation=replace(self.config.perturbation, eta=0.0)))
        errors = [found[1:] for found in errors_of(plain, frames, self.scorer().at_once)]
        raw, moved = (np.concatenate(branch) for branch in zip(*errors, strict=True))
        if score.usual == "place":
            standard = Standard.by_place(raw, moved, np.concatenate([cubes.boxes for cubes in frames]))
        else:
            standard = Standard.of(raw, moved)
        self._learnt.ordinary.copy_(torch.from_numpy(standard.numbers))
        scored = self.scorer().scores(frames, self.config.cubes.train_step)
        worst = [float((looks + moves).max()) for _, looks, moves in scored]
        self._learnt.calm.fill_(float(np.median(worst[span - 1 :: span] or worst)))  # a memory is full by then

    def learnt(self) -> dict[str, Array]:
        """The weights, and what is measured of them."""
        return weights_of(self.network)

    def scorer(self) -> StateScorer:
        """The method that judges by the weights as they are now, whatever becomes of them."""
        standard = Standard(self._learnt.ordinary.cpu().numpy().copy())
        return StateScorer(self.config, self.cutter, self._net(self.config), standard, float(self._learnt.calm))

    def _net(self, config: StateConfig) -> TorchNet:
        return TorchNet(Judging(config, self._learnt.state), self.device, config.scored_in)


def spread(frames: Sequence[ObjectCubes], span: int, every: int) -> list[ObjectCubes]:
    """Of frames in a row every n-th stretch of so many."""
    whole = range(0, max(1, len(frames) - span + 1), span)
    return [cubes for first in whole[::every] for cubes in frames[first : first + span]]


def learner(config: StateConfig, device: str, finder: ObjectFinder | None = None) -> StateLearner:
    """As `make_learner`. finder: as `Cutter`."""
    torch.manual_seed(config.training.seed)
    return StateLearner(config, device_of(device), finder)
