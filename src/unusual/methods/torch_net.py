"""Networks that PyTorch runs: what a checkpoint holds of one, and scoring by it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from unusual.errors import CheckpointError
from unusual.methods import METHODS
from unusual.methods.scorer import Array, Arrays
from unusual.methods.settings import MethodSettings, Precision
from unusual.processors import threads

SPARE, LARGER = 64 << 20, 8  # numbers that a network may hold beside its weights, and times as many as they are


class JudgingModule(nn.Module, ABC):
    """What a method's `judging.py` makes: units as tensors -> a NamedTuple of what is said of them."""

    @abstractmethod
    def example(self) -> tuple[Tensor, ...]:
        """Inputs of the size that scoring gives: as many units as go through at once where no PyTorch runs it."""


class TorchNet:
    """Runs the module of a method's `judging.py`, as its weights are at that moment. Meets `Net`."""

    def __init__(self, judging: nn.Module, device: torch.device, precision: Precision) -> None:
        """`judging`: arrays as tensors -> a NamedTuple of tensors."""
        self._judging, self._device, self._precision = judging.to(device), device, precision

    def run(self, wanted: Sequence[str], *inputs: Array) -> list[Array]:
        """As `Net`."""
        tensors = [torch.from_numpy(array).to(self._device, non_blocking=True) for array in inputs]
        self._judging.eval()
        with torch.inference_mode(), autocast(self._device, self._precision):
            outputs: NamedTuple = self._judging(*tensors)
        return [getattr(outputs, name).cpu().numpy() for name in wanted]


def open_torch_net(method: str, settings: MethodSettings, learnt: Arrays, device: str, source: Path) -> TorchNet:
    """The network of a checkpoint.

    Args:
        device: as `make_learner`.
        source: of `learnt`, for errors.

    Raises:
        CheckpointError: `learnt` does not fit these settings.
    """
    torch.set_num_threads(threads())
    return TorchNet(open_judging(method, settings, learnt, source), device_of(device), settings.scored_in)


def open_judging(method: str, settings: MethodSettings, learnt: Arrays, source: Path) -> JudgingModule:
    """The module of a method's `judging.py`. Raises as `open_torch_net`."""
    judging = import_module(f"unusual.methods.{METHODS[method]}.judging").judging
    with _fitting(source), _NoLarger(learnt, source):
        module: JudgingModule = judging(settings, _tensors(learnt))
        return module


def load_weights(network: nn.Module, learnt: Arrays, source: Path) -> None:
    """Put what `weights_of` gave into a network, in its own precision.

    Raises:
        CheckpointError: a name or a shape is wrong.
    """
    with _fitting(source):
        network.load_state_dict(_tensors(learnt))


def weights_of(network: nn.Module) -> dict[str, Array]:
    """A network's weights by name."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in network.state_dict().items()}


def device_of(device: str) -> torch.device:
    """The device of that name; for "" a GPU if there is one."""
    return torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))


def autocast(device: torch.device, precision: Precision) -> AbstractContextManager[None]:
    """Mixed precision: bf16 where the processor computes in it (auto), always (bf16), or never (fp32)."""
    wanted = precision == "bf16" or (precision == "auto" and computes_in_bf16(device))
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted)


def computes_in_bf16(device: torch.device) -> bool:
    """Whether bf16 is faster there than fp32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _tensors(learnt: Arrays) -> Mapping[str, Tensor]:
    return {name: torch.from_numpy(np.asarray(array)) for name, array in learnt.items()}


class _NoLarger(TorchFunctionMode):
    """While a network is made: refuses one that is far larger than the weights that it is made for.

    Settings come from a file; what they ask for must be compared before the memory is taken.
    """

    def __init__(self, learnt: Arrays, source: Path) -> None:
        super().__init__()
        self.left = SPARE + LARGER * sum(array.size for array in learnt.values())
        self.source = source

    def __torch_function__(
        self,
        func: Callable[..., Tensor],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> Tensor:
        given = kwargs or {}
        if func.__name__ in ("empty", "zeros", "ones"):
            self.left -= func(*args, **{**given, "device": "meta"}).numel()  # without memory
            if self.left < 0:
                raise CheckpointError(f"{self.source} does not fit its settings: they ask for a far larger network")
        return func(*args, **given)


@contextmanager
def _fitting(source: Path) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        lines = str(error).strip().splitlines()[:2]
        raise CheckpointError(
            f"{source} does not fit these settings: {' '.join(line.strip() for line in lines)}"
        ) from error
