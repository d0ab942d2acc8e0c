"""A network given as an ONNX file: opened, or refused in one line.

onnxruntime is loaded where a network is opened, and only there: whoever runs none has nothing of it in the process.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError
from unusual.openvino_runner import Runs, faster_than
from unusual.processors import threads

KINDS = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64}
CUDA = "CUDAExecutionProvider"
FATAL = 4  # onnxruntime's level of logging; what is less than fatal is raised, and said in our own line


@dataclass(frozen=True, slots=True)
class Port:
    """An input or an output. shape: None for a size that is left open; None as a whole when not even the rank is known.

    kind: the element type in onnxruntime's words, as "tensor(float)".
    """

    name: str
    shape: tuple[int | None, ...] | None
    kind: str

    def __str__(self) -> str:
        sizes = "?" if self.shape is None else ", ".join("?" if size is None else str(size) for size in self.shape)
        return f"{self.name} {self.kind.removeprefix('tensor')} ({sizes})"


class OnnxFile:
    """A network from an ONNX file, on the GPU where the installed onnxruntime offers CUDA, else on the CPU.

    Where OpenVINO is installed, it runs networks of fixed sizes if that is faster: see `openvino_runner`.

    The digest is that of the very bytes that are run. So all weights must be in the one file: ONNX files that keep
    them in a second one beside it are refused.

    Args:
        path: the ONNX file.
        sha256: the digest it must have, 64 hexadecimal digits; "" to take any file.

    Attributes:
        digest: SHA-256 of the file, 64 hexadecimal digits in lower case.
        inputs, outputs: what goes in and what comes out, in the order of the file.
        notes: what whoever wrote the file has put into it, by name.

    Raises:
        ConfigError: the file is missing, cannot be read as ONNX, or has another digest.
    """

    def __init__(self, path: Path, sha256: str = "") -> None:
        self.path = path
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"need an ONNX file at {path}: {error.strerror or error}") from error
        self.digest = hashlib.sha256(content).hexdigest()
        if sha256 and sha256.lower() != self.digest:
            raise ConfigError(
                f"{path} is not the file this was trained with: its SHA-256 is {self.digest}, not {sha256}"
            )
        self._session = _session(path, content)
        self.inputs = _ports(self._session.get_inputs())
        self.outputs = _ports(self._session.get_outputs())
        self.notes: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        noise = _noise(self.inputs)
        self._runs: Runs = (noise and not runs_on_gpu() and faster_than(self._session, content, noise)) or self._session

    def run(
        self, feeds: Mapping[str, NDArray[np.generic]], wanted: Sequence[str] | None = None
    ) -> list[NDArray[np.generic]]:
        """Give each input by its name; returns the outputs in the order of the file, or the wanted ones in theirs.

        Raises:
            ConfigError: the network does not take these arrays (shape, element type), or fails on them.
        """
        try:
            return [np.asarray(output) for output in self._runs.run(wanted, dict(feeds))]
        except Exception as error:  # onnxruntime's own errors have no other base
            given = ", ".join(f"{name} {array.dtype} {array.shape}" for name, array in feeds.items())
            raise ConfigError(f"the network {self.path} fails on {given}: {_one_line(error)}") from error


class _Named(Protocol):
    name: str
    shape: list[int | str | None]
    type: str


class _Notes(Protocol):
    custom_metadata_map: dict[str, str]


class _Runner(Runs, Protocol):
    """What is used of onnxruntime's InferenceSession, which comes without types."""

    def get_inputs(self) -> list[_Named]: ...

    def get_outputs(self) -> list[_Named]: ...

    def get_modelmeta(self) -> "_Notes": ...


def runs_on_gpu() -> bool:
    """Whether the installed onnxruntime offers CUDA."""
    import onnxruntime

    return CUDA in onnxruntime.get_available_providers()


def _session(path: Path, content: bytes) -> _Runner:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = FATAL
    options.intra_op_num_threads = threads()
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # waiting threads leave the cores to others
    providers = [CUDA] * runs_on_gpu() + ["CPUExecutionProvider"]
    try:
        session: _Runner = onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # onnxruntime's own errors have no other base
        raise ConfigError(f"{path} cannot be read as an ONNX network: {_one_line(error)}") from error
    return session


def _noise(inputs: tuple[Port, ...]) -> dict[str, NDArray[np.generic]]:
    """Something that a network can be given; nothing where a size is left open, or of a kind that is not known."""
    chance, feeds = np.random.default_rng(0), dict[str, NDArray[np.generic]]()
    for port in inputs:
        kind = KINDS.get(port.kind)
        sizes = [size for size in port.shape or () if size is not None]
        if kind is None or port.shape is None or len(sizes) < len(port.shape):
            return {}
        feeds[port.name] = (chance.random(sizes) * (1 if kind is np.float32 else 255)).astype(kind)
    return feeds


def _ports(named: list[_Named]) -> tuple[Port, ...]:
    return tuple(Port(one.name, _shape(one.shape), one.type) for one in named)


def _shape(sizes: list[int | str | None] | None) -> tuple[int | None, ...] | None:
    """Names of open sizes are left out: two networks seldom agree on them."""
    return None if not sizes else tuple(size if isinstance(size, int) and size > 0 else None for size in sizes)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
