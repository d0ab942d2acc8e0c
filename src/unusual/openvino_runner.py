"""OpenVINO in ONNX Runtime's place: where it is installed, says the same, and is faster on this machine.

That is measured once for each network, when it is first opened, and remembered. Its precision is set to f32: by itself
it would take bf16 on newer processors, and give other scores.
"""

import json
import platform
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, OutputError
from unusual.files import cache_place, write_text
from unusual.processors import threads

TOLERANCE = 1e-5  # absolute up to 1, relative above
FASTER = 1.1  # times, for the memory and the moment that it takes at the start
TURNS = 5  # of each, the fastest counts

Array = NDArray[np.generic]
Feeds = Mapping[str, Array]  # by the input's name


class Runs(Protocol):
    """What runs a network, as onnxruntime's InferenceSession does."""

    def run(self, outputs: Sequence[str] | None, feeds: dict[str, Array]) -> list[Array]:
        """The named outputs, or all of them in the order of the file."""


class OpenVino:
    """A network that OpenVINO runs on the processor. Meets `Runs`; one pass at a time.

    Args:
        content: of an ONNX file.
        kept: a folder for what is compiled, so that the next start is faster.
    """

    def __init__(self, content: bytes, kept: Path) -> None:
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # what is not there tells nobody
        import openvino

        ways = {
            "CACHE_DIR": str(kept),
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads(),
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # other workers have these processors too
        }
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(model=content, weights=b""), "CPU", ways)
        self._names = [port.get_any_name() for port in compiled.outputs]
        self._request, self._free = compiled.create_infer_request(), threading.Lock()

    def run(self, outputs: Sequence[str] | None, feeds: dict[str, Array]) -> list[Array]:
        """As `Runs`."""
        with self._free:
            found = self._request.infer(feeds)
            return [np.array(found[name]) for name in (outputs or self._names)]


def faster_than(session: Runs, content: bytes, feeds: Feeds) -> Runs | None:
    """OpenVINO with the same network, where it is the better choice.

    Args:
        session: that runs the network. content: of its file. feeds: what it may be given.
    """
    try:
        key = f"{version('openvino')} {threads()} {platform.processor() or platform.machine()}"
        place = cache_place("UNUSUAL_RUNTIMES", "runtimes")
    except (PackageNotFoundError, ConfigError):
        return None
    note = place / f"{sha256(content + key.encode()).hexdigest()[:32]}.json"
    try:
        return chosen(session, lambda: OpenVino(content, place / "openvino"), note, dict(feeds))
    except Exception as error:  # it is there to be faster, and for nothing that would be missed
        keep(note, better=False, fails=" ".join(str(error).split())[:300])
        return None


def chosen(session: Runs, make: Callable[[], Runs], note: Path, feeds: dict[str, Array]) -> Runs | None:
    """What `make` gives where that was found better before, or is now; the finding is kept in `note`."""
    known: bool | None = None
    with suppress(OSError, ValueError, KeyError, TypeError):
        known = bool(json.loads(note.read_text(encoding="utf-8"))["better"])
    if known is False:
        return None
    other = make()
    if known is None:
        same, ratio = agree(session, other, feeds), speed(session, other, feeds)
        known = same and ratio > FASTER
        keep(note, better=known, agrees=same, times_as_fast=round(ratio, 2))
    return other if known else None


def keep(note: Path, **finding: bool | float | str) -> None:
    """Remember what was found, if that can be written."""
    with suppress(OutputError):
        write_text(note, json.dumps(finding) + "\n")


def agree(one: Runs, other: Runs, feeds: dict[str, Array]) -> bool:
    """Whether both say the same within the tolerance, and the same whole numbers."""
    for first, second in zip(one.run(None, feeds), other.run(None, feeds), strict=True):
        wanted, got = first.astype(np.float64), second.astype(np.float64)
        if not np.all(np.abs(wanted - got) <= TOLERANCE * np.maximum(1.0, np.abs(wanted))):
            return False
    return True


def speed(one: Runs, other: Runs, feeds: dict[str, Array]) -> float:
    """How many times as fast the other is, in turns."""
    best = [float("inf"), float("inf")]
    for _ in range(TURNS):
        for number, each in enumerate((one, other)):
            began = time.perf_counter()
            each.run(None, feeds)
            best[number] = min(best[number], time.perf_counter() - began)
    return best[0] / best[1]
