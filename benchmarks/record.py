"""What every row of results says of itself: command, machine, commit, versions."""

import json
import platform
import resource
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from unusual.domain import Frame
from unusual.files import write_text
from unusual.processors import threads
from unusual.run.fit import commit
from unusual.run.progress import EpochRow, Watcher
from unusual.run.stream import Listener
from unusual.scores.judgement import Judgement

RESULTS = Path(__file__).parent / "results"


def write_record(name: str, figures: dict[str, object]) -> Path:
    """Write results/NAME.json: the figures, and how they came about."""
    words = ["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]
    record = {
        "command": shlex.join(words),
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{processor()}, {torch.get_num_threads() if (torch := loaded_torch()) else threads()} threads",
        "versions": {"python": platform.python_version()} | {name: version(name) for name in ("torch", "onnxruntime")},
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        **figures,
    }
    path = RESULTS / f"{name}.json"
    write_text(path, json.dumps(record, indent=2) + "\n")
    return path


def processor() -> str:
    """The processor's or the GPU's name."""
    if (torch := loaded_torch()) and torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def loaded_torch() -> Any:
    """PyTorch where it is in use; a benchmark of what does without shall not load it."""
    return sys.modules.get("torch")


class Printer(Watcher):
    """Prints a line an epoch."""

    def epoch(self, row: EpochRow) -> None:
        """Print the row."""
        print(row, flush=True)


class Judgements(Listener):
    """Keeps what is said of every unit of a video."""

    def __init__(self) -> None:
        self.all: list[Judgement] = []

    def scored(self, frame: Frame, score: float, judgements: Sequence[Judgement]) -> None:
        """Keep those that are new."""
        self.all += [new for new in judgements if not self.all or new.first > self.all[-1].first]
