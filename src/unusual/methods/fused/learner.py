"""Both learn: STATE's network from cubes of the objects that habits follow; then all is counted and measured."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import tee
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.methods.footage import Footage
from unusual.methods.fused.scorer import BRANCHES, NEITHER, FusedScorer, Odd, beside, followed_cubes, kept, part
from unusual.methods.fused.settings import FusedConfig
from unusual.methods.habits.habits import AlongTracks
from unusual.methods.habits.learner import HabitsLearner
from unusual.methods.habits.tails import Tail
from unusual.methods.learner import Check
from unusual.methods.scorer import Array, Arrays
from unusual.methods.state import learner as of_state
from unusual.methods.state.cubes import ObjectCubes, Picture
from unusual.methods.state.keeping import FORMAT, cubes_of
from unusual.methods.state.learner import MEASURED_CUBES
from unusual.methods.state.scorer import by_frame
from unusual.video.cache import cache_key, kept_of

SPAN = 5  # memories: of so long stretches ordinary errors are measured, and what is remembered before them is left out


class FusedLearner:
    """Meets `NetworkLearner`: the network is STATE's. Raises as `Follower`."""

    def __init__(self, config: FusedConfig, device: str) -> None:
        self.config = config
        self.habits = HabitsLearner(config.habits)
        follower = self.habits.follower
        self.state = of_state.learner(config.state, device, follower.finder)
        self.network: nn.Module = self.state.network
        self.span, self.sample = self.state.span, self.state.sample
        self.margin = max(self.habits.margin, self.state.margin)
        self._tails = {branch: Tail.of(np.zeros(1)) for branch in BRANCHES}

    def footage(self, video: Path, cache: Path, most_bytes: int) -> tuple[Footage, tuple[str, ...]]:
        """The moments of a video, and beside them the cubes of who is followed. Raises as `cubes_of`."""
        moments, problems = self.habits.footage(video, cache, most_bytes)
        follower, cubes, network = self.habits.follower, self.config.cubes, self.config.network

        def cut(pictures: Iterable[Picture]) -> Iterator[ObjectCubes]:
            ahead, behind = tee(map(follower.picture, pictures))
            seen = follower.follow(ahead, kept_of(video, cache))
            return followed_cubes(behind, seen, deque(maxlen=1), self.state.cutter)

        folder = cache / cache_key(video, "fused", FORMAT, *follower.rules, asdict(cubes), network.context)
        shape = (network.frames, cubes.patch, cubes.patch)
        cubed, _ = cubes_of(video, folder, cut, shape, most_bytes)
        return replace(moments, beside=cubed), problems

    def starts(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """(n, 2) all cubes that can be learnt from, as STATE."""
        return self.state.starts(cubes_of_all(footage))

    def batch(self, footage: Sequence[Footage], starts: NDArray[np.int64], chance: np.random.Generator) -> Tensor:
        """As STATE."""
        return self.state.batch(cubes_of_all(footage), starts, chance)

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """As STATE."""
        return self.state.loss(network, real)

    def begin(self, learnt: Arrays, source: Path) -> None:
        """Go on from both. Raises CheckpointError where they do not fit."""
        self.habits.begin(part(learnt, "habits"), source)
        self.state.begin(part(learnt, "state"), source)

    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """As STATE."""
        return self.state.check(cubes_of_all(footage))

    def settle(self, footage: Sequence[Footage]) -> None:
        """Count, and measure STATE's errors: which are ordinary, and how seldom anybody's are larger."""
        self.habits.settle(footage)
        self.state.settle(cubes_of_all(footage))
        scorer, step = self.scorer(), self.config.cubes.train_step
        looks = max(1, round(self.config.moments.remembered * self.config.moments.step / step))
        every = max(1, sum(len(each.frame) for each in cubes_of_all(footage)) // MEASURED_CUBES)
        highest = []
        for each in footage:
            frames = list(by_frame(beside(each)))
            for first in range(0, len(frames), SPAN * looks * every):
                highest += maxima(scorer, frames[first : first + SPAN * looks], looks)
        largest = np.array(highest).reshape(-1, len(BRANCHES))
        self._tails = {branch: Tail.of(largest[:, n]) for n, branch in enumerate(BRANCHES)}

    def learnt(self) -> dict[str, Array]:
        """All that both have learnt, under the name of each, and the tails of STATE's errors."""
        parts = {"habits": self.habits.learnt(), "state": self.state.learnt()}
        return {f"{name}.{key}": array for name, arrays in parts.items() for key, array in arrays.items()} | kept(
            self._tails
        )

    def scorer(self) -> FusedScorer:
        """The method that judges by what is learnt now."""
        state = self.state.scorer()
        habits = self.habits
        return FusedScorer(
            self.config, habits.known, state.net, state.standard, self._tails, habits.examples, habits.ground
        )


def maxima(scorer: FusedScorer, frames: Sequence[ObjectCubes], looks: int) -> list[Odd]:
    """(2,) the highest of each frame's errors, as odd, averaged along tracks over so many frames that have cubes."""
    along = AlongTracks(looks, NEITHER, NEITHER)
    highest = [along.mean(numbers, odd).max(0) for _, numbers, odd in scorer.odd(frames)]
    return highest[looks - 1 :] or highest


def cubes_of_all(footage: Sequence[Footage]) -> list[Footage]:
    """The cubes of each stretch."""
    return [beside(each) for each in footage]


def learner(config: FusedConfig, device: str) -> FusedLearner:
    """As `make_learner`."""
    return FusedLearner(config, device)
