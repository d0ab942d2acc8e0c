"""The weights of a training, averaged over its batches: as if its learning rate had fallen, wherever it ends."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from unusual.methods.scorer import Array

PREFIX = "average."


class Average:
    """The exponential moving average of all that a network holds in floating point. keep: 0 averages nothing.

    The first batches weigh less than `keep` says, or the mean would be of the weights that training begins with.
    Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992; the rise of `keep` as in
    TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, network: nn.Module, keep: float) -> None:
        self.network, self.keep = network, keep
        self.mean = {name: tensor.clone() for name, tensor in self._held().items()} if keep else {}

    @torch.no_grad()
    def add(self, step: int) -> None:
        """After batch `step`, counted from 0."""
        held = self._held() if self.keep else {}
        for name, tensor in held.items():
            self.mean[name].lerp_(tensor, 1 - min(self.keep, (1 + step) / (10 + step)))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The network is the mean meanwhile."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def settle(self) -> None:
        """The network becomes the mean: the training is over."""
        self._swap()

    def named(self) -> dict[str, Array]:
        """The mean as a file holds it."""
        return {PREFIX + name: mean.cpu().numpy() for name, mean in self.mean.items()}

    def begin(self, saved: Mapping[str, Array]) -> None:
        """Go on from what `named` gave."""
        for name, mean in self.mean.items():
            mean.copy_(torch.from_numpy(saved[PREFIX + name]))

    @torch.no_grad()
    def _swap(self) -> None:
        held = self._held() if self.keep else {}
        for name, tensor in held.items():
            now = tensor.clone()
            tensor.copy_(self.mean[name])
            self.mean[name] = now

    def _held(self) -> dict[str, Tensor]:
        return {name: tensor for name, tensor in self.network.state_dict().items() if tensor.is_floating_point()}
