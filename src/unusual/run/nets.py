"""Who runs a checkpoint's network: ONNX Runtime where model.onnx lies beside the weights, else PyTorch.

Both compute in fp32 and agree to `run/export.py`'s tolerance. PyTorch is loaded where it must be, and nowhere else: it
takes seconds and hundreds of megabytes.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from unusual.errors import CheckpointError, ConfigError
from unusual.methods.onnx_net import OnnxNet
from unusual.methods.scorer import Arrays, Net
from unusual.methods.settings import MethodSettings
from unusual.onnx_file import OnnxFile, runs_on_gpu
from unusual.run.config import RunConfig

ONNX = "model.onnx"
WEIGHTS = "weights"  # the note in the file that says of which weights it is
GPUS = (Path("/dev/nvidia0"), Path("/dev/kfd"))  # of NVIDIA and of AMD


def open_net(config: RunConfig, learnt: Arrays, source: Path, device: str = "", sha256: str = "") -> Net:
    """The network of a checkpoint.

    Args:
        source: of `learnt`: its file, beside which model.onnx is looked for.
        device: where PyTorch shall compute, in its words; "" for whoever runs it best.
        sha256: the digest that model.onnx must have, "" for any.

    Raises:
        CheckpointError: model.onnx is of other weights, or `learnt` does not fit the settings.
        ConfigError: model.onnx cannot be read or is another file, or nobody is there to run the network.
    """
    file, has_torch = source.with_name(ONNX), find_spec("torch") is not None
    if file.is_file() and not (has_torch and wants_torch(config.settings, device)):
        return open_onnx(file, learnt, sha256)
    if not has_torch:
        raise ConfigError(
            f"there is no {file}, and no torch to do without: run `unusual export {source.parent}` where there is one, "
            "or pip install 'unusual[train]'"
        )
    from unusual.methods.torch_net import open_torch_net

    return open_torch_net(config.method, config.settings, learnt, device, source)


def open_onnx(file: Path, learnt: Arrays, sha256: str = "") -> OnnxNet:
    """The network in a file that `export` wrote of these weights. Raises as `open_net`."""
    opened = OnnxFile(file, sha256)
    if opened.notes.get(WEIGHTS) != digest_of(learnt):
        raise CheckpointError(f"{file} is of other weights: run `unusual export {file.parent}` again")
    return OnnxNet(opened)


def wants_torch(settings: MethodSettings, device: str) -> bool:
    """Whether PyTorch shall run a network that ONNX Runtime could run: on a GPU of its own, or in bf16."""
    if device or settings.scored_in == "bf16":
        return True
    return any(gpu.exists() for gpu in GPUS) and not runs_on_gpu() and _torch_has_gpu()


def digest_of(learnt: Arrays) -> str:
    """SHA-256 of weights, 64 hexadecimal digits: names, types, shapes and values."""
    digest = hashlib.sha256()
    for name, array in sorted(learnt.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _torch_has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()
