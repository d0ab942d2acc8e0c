"""A method's `judging.py` as model.onnx beside model.safetensors: written once it was seen to agree with PyTorch.

The graph has fixed sizes and is one file. Gradients are part of it, as STATE's perturbation needs them: forward,
backward and forward again are traced to plain operations, and the backward pass of a convolution, which ONNX lacks,
is a convolution itself.
"""

import inspect
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

from unusual.domain import Exported
from unusual.errors import CheckpointError, ConfigError, UnusualError
from unusual.files import whole_file
from unusual.methods import make_scorer, method_of
from unusual.methods.footage import Footage
from unusual.methods.onnx_net import OnnxNet
from unusual.methods.scorer import Array, Arrays, Net, Scorer
from unusual.methods.torch_net import JudgingModule, TorchNet, open_judging
from unusual.onnx_file import OnnxFile
from unusual.run.checkpoint import load_checkpoint
from unusual.run.config import RunConfig
from unusual.run.nets import ONNX, WEIGHTS, digest_of
from unusual.video.reader import open_video

if TYPE_CHECKING:
    from onnx import ModelProto

TOLERANCE = 1e-5  # of fp32: absolute up to 1, relative above
CHECKED = 16  # units, or cubes
CPU = torch.device("cpu")
Inputs = tuple[Array, ...]
Stretch = tuple[Path, int, int | None]  # of a video: first frame, and the one after the last, None for its end
Judge = Callable[[Scorer], Iterable[object]]


def export(config: RunConfig, learnt: Arrays, folder: Path, judge: Judge | None = None) -> Exported:
    """Write model.onnx into a checkpoint's folder, whole or not at all.

    Args:
        config, learnt: of the checkpoint.
        judge: lets a scorer judge held-out footage, of whose first units the agreement is told; noise without it.

    Raises:
        CheckpointError: it cannot be written as ONNX, or does not agree with PyTorch.
        OutputError: no space or no permission.
    """
    file = folder / ONNX
    judging = open_judging(config.method, config.settings, learnt, folder).eval().requires_grad_(False)
    net = TorchNet(judging, CPU, "fp32")
    held_out = first_units(config, learnt, net, judge) if judge else ()
    units = held_out or noise(judging.example())
    seen = f"{len(units[0])} of {'held-out footage' if held_out else 'noise'}"
    try:
        model, outputs = as_onnx(judging)
    except ImportError as error:
        raise CheckpointError(f"{ONNX} needs {error.name}: pip install 'unusual[train]'") from error
    except Exception as error:  # PyTorch's exporter, and those under it, raise of all kinds
        raise CheckpointError(f"{file} cannot be written: {' '.join(str(error).split())[:200]}") from error
    note(model, WEIGHTS, digest_of(learnt))
    with whole_file(file) as part:
        part.write_bytes(model.SerializeToString())
        largest = difference(net, OnnxNet(OnnxFile(part)), units, outputs)
        if not largest <= TOLERANCE:  # NaN is not
            raise CheckpointError(f"{file} is not kept: it differs from PyTorch by {largest:.1e} on {seen}")
        note(model, "agrees", f"to {largest:.1e} with PyTorch {torch.__version__}, fp32, units: {seen}")
        content = model.SerializeToString()
        part.write_bytes(content)
    return Exported(sha256(content).hexdigest(), largest, seen)


def export_or_say(
    config: RunConfig, learnt: Arrays, folder: Path, held_out: Sequence[Footage]
) -> tuple[Exported | None, str]:
    """As `export`, of held-out footage; where it fails, no file and why: a training is not lost for it."""

    def judge(scorer: Scorer) -> Iterator[object]:
        return chain.from_iterable(map(scorer.judge_footage, held_out))

    try:
        return export(config, learnt, folder, judge), ""
    except UnusualError as error:
        (folder / ONNX).unlink(missing_ok=True)  # of a training that this one went on with
        return None, f"{error}; torch is needed to score"


def export_again(folder: Path, stretches: Sequence[Stretch] = ()) -> Exported:
    """As `export`, of a checkpoint that was saved: one of an earlier version, or moved here without its model.onnx.

    Args:
        folder: of the checkpoint.
        stretches: of ordinary footage that it did not see; noise without them.

    Raises:
        CheckpointError: there is none, or as `export`. ConfigError: its method has no network, or torch is missing.
        VideoError: a video cannot be read.
    """
    saved = load_checkpoint(folder, device="cpu")
    if not method_of(saved.config.method).has_network:
        raise ConfigError(f"{saved.config.method} has no network: it scores without torch as it is")
    judge = partial(judge_stretches, stretches=stretches) if stretches else None
    return export(saved.config, saved.learnt, folder, judge)


def judge_stretches(scorer: Scorer, stretches: Iterable[Stretch]) -> Iterator[object]:
    """Judge stretches of videos."""
    for video, first, after in stretches:
        with open_video(video) as opened:
            frames = islice(opened, first, after)
            yield from scorer.judge(opened.info.name, ((frame.time_s, scorer.picture(frame.rgb)) for frame in frames))


class _Noting:
    """Runs as another net does, and notes what it was given. Meets `Net`."""

    def __init__(self, net: Net) -> None:
        self._net, self.seen = net, list[Inputs]()

    def run(self, wanted: Sequence[str], *inputs: Array) -> list[Array]:
        """As `Net`."""
        self.seen.append(inputs)
        return self._net.run(wanted, *inputs)


def first_units(config: RunConfig, learnt: Arrays, net: Net, judge: Judge) -> Inputs:
    """What the network is given of the first units, CHECKED of them if there are as many; () where there is none."""
    noting = _Noting(net)
    for _ in judge(make_scorer(config.method, config.settings, learnt, lambda: noting)):
        if sum(len(inputs[0]) for inputs in noting.seen) >= CHECKED:
            break
    return tuple(np.concatenate(arrays)[:CHECKED] for arrays in zip(*noting.seen, strict=True))


def noise(example: Sequence[Tensor]) -> Inputs:
    """CHECKED units of the example's shape, of noise."""
    chance = np.random.default_rng(0)
    shapes = [((CHECKED, *tensor.shape[1:]), tensor.dtype) for tensor in example]
    return tuple(
        chance.integers(0, 256, shape, np.uint8)
        if kind == torch.uint8
        else chance.normal(0, 1, shape).astype(np.float32)
        for shape, kind in shapes
    )


def difference(one: Net, other: Net, units: Inputs, outputs: Sequence[str]) -> float:
    """The largest difference between what two nets say in floats: absolute up to 1, relative above."""
    largest = 0.0
    for first, second in zip(one.run(outputs, *units), other.run(outputs, *units), strict=True):
        if first.dtype.kind == "f":
            wanted, got = first.astype(np.float64), second.astype(np.float64)
            largest = float(np.maximum(largest, (np.abs(wanted - got) / np.maximum(1.0, np.abs(wanted))).max()))
    return largest


def as_onnx(judging: JudgingModule) -> "tuple[ModelProto, list[str]]":
    """The graph, and the names of its outputs. Raises what PyTorch's exporter does; ImportError of a part."""
    example = judging.example()
    with torch.no_grad(), _quiet():
        outputs = list(judging(*example)._fields)  # and what is kept for the next time is no part of the trace
        table = {torch.ops.aten.convolution_backward.default: convolution_backward}
        graph = make_fx(lambda *inputs: tuple(judging(*inputs)), decomposition_table=table)(*example)
        inputs = list(inspect.signature(judging.forward).parameters)
        program = torch.onnx.export(
            graph, example, input_names=inputs, output_names=outputs, dynamo=True, external_data=False, verbose=False
        )
    assert program is not None  # noqa: S101 - of dynamo=True
    return without_traces(program.model_proto), outputs


def without_traces(model: "ModelProto") -> "ModelProto":
    """The same, in place, without where in which file on this machine it was traced."""
    for node in model.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    for part in (*model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
    del model.graph.metadata_props[:], model.metadata_props[:]
    return model


def convolution_backward(*of: Any) -> tuple[Tensor, None, None]:
    """The gradient of a convolution's input, as a convolution. Arguments as of `aten::convolution_backward`.

    Where the stride is 1 the transposed convolution is a plain one by the turned kernel, which runs faster.
    """
    gradient, inputs, weight, _, stride, padding, dilation, transposed, _, groups, _ = of
    ways = list(zip(stride, padding, dilation, weight.shape[2:], strict=True))
    if transposed:
        back = torch.ops.aten.convolution(gradient, weight, None, stride, padding, dilation, False, [0, 0], groups)
    elif set(stride) == {1}:
        outward, inward, *kernel = weight.shape
        turned = weight.view(groups, outward // groups, inward, *kernel).transpose(1, 2)
        turned = turned.reshape(groups * inward, outward // groups, *kernel).flip(2, 3)
        around = [d * (k - 1) - p for _, p, d, k in ways]
        back = torch.ops.aten.convolution(gradient, turned, None, stride, around, dilation, False, [0, 0], groups)
    else:
        sizes = zip(inputs.shape[2:], gradient.shape[2:], ways, strict=True)
        left = [size - ((n - 1) * s - 2 * p + d * (k - 1) + 1) for size, n, (s, p, d, k) in sizes]
        back = torch.ops.aten.convolution(gradient, weight, None, stride, padding, dilation, True, left, groups)
    return back, None, None


def note(model: "ModelProto", name: str, words: str) -> None:
    """Put a note into the file."""
    entry: Any = model.metadata_props.add()
    entry.key, entry.value = name, words


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter and its parts say of themselves."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
