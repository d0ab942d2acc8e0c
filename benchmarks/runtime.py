"""Who runs a network: PyTorch beside ONNX Runtime on the same file, and what a machine without PyTorch needs.

    python benchmarks/runtime.py VIDEO --method ustn-dsc --method state
    python benchmarks/runtime.py VIDEO --method habits --install    # and the size of an installation without extras

The networks are trained for a moment: speed does not depend on what they know. Each figure is of a process of its own,
one after the other and in turns, so that what else the machine does falls on all alike. The first score counts from the
start of the process, with files warm. Memory is that of `unusual watch` and the process that decodes for it; a page
that both share counts once. OpenVINO stands beside them where it is installed and was found faster.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import psutil
from record import write_record

from unusual.camera.cuts import Odd
from unusual.camera.learn import LearnSettings, learn_camera
from unusual.data.made_up.scene import SceneConfig, render_scene
from unusual.run.fit import CacheLimits
from unusual.video.writer import write_video

NAME, SIDE, RATE = "made-up", 256, 25
RUNTIMES = ["ONNX Runtime", "PyTorch", *(["OpenVINO"] if find_spec("openvino") else [])]
SCORE = """
import sys, time
began = float(sys.argv[1])
if sys.argv[4] != "OpenVINO":
    import unusual.onnx_file
    unusual.onnx_file.faster_than = lambda *_: None
from unusual.run.checkpoint import load_checkpoint
from unusual.run.score import score_video
from unusual.run.stream import Listener
class First(Listener):
    at = 0.0
    frames = 0
    def scored(self, frame, score, judgements):
        self.frames += 1
        self.at = self.at or time.time()
first, checkpoint = First(), load_checkpoint(sys.argv[2], device="cpu" * (sys.argv[4] == "PyTorch"))
scoring = time.time()
score_video(sys.argv[3], checkpoint, pictures=False, listeners=[first])
print(first.at - began, first.frames / (time.time() - scoring), "torch" in sys.modules)
"""


def main() -> None:
    """Learn for a moment, measure in turns, write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("--method", dest="methods", action="append", required=True)
    parser.add_argument("--set", dest="changes", action="append", default=[])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--watch-seconds", type=float, default=40.0)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--name", default="runtime")
    args = parser.parse_args()
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        film(place / "ordinary.mp4", 1, 250.0)
        film(place / "watched.mp4", 2, args.watch_seconds + 20)
        for method in args.methods:
            home = place / method
            learn_camera([place / "ordinary.mp4"], NAME, home, learning(method, args.changes, place / "cache"))
            model = home / "cameras" / NAME
            figures[method] = scored(model, args.video, args.repeats) | {
                "memory of one watched camera, MB": watched(home, place / "watched.mp4", args.watch_seconds)
            }
        if args.install:
            figures["installed without extras, MB"] = installed(place / "venv")
    print(write_record(args.name, figures))


def learning(method: str, changes: Sequence[str], cache: Path) -> LearnSettings:
    """A moment of it."""
    quick = ("training.epoch_batches=20", *changes)
    return LearnSettings(method=method, changes=quick, minutes=0.2, odd=Odd.ORDINARY, cache=CacheLimits(cache))


def film(file: Path, seed: int, seconds: float) -> None:
    """Write a stretch of the scene."""
    with write_video(file, SIDE, SIDE, Fraction(RATE)) as sink:
        for frame in render_scene(SceneConfig(seed=seed, width=SIDE, height=SIDE, rate=RATE), seconds, ()):
            sink.add(frame.frame.rgb, frame.frame.time_s)


def scored(model: Path, video: Path, repeats: int) -> dict[str, object]:
    """Frames a second and seconds to the first score of each runtime, in turns."""
    which = RUNTIMES if (model / "model.onnx").exists() else ["no network"]
    rows: dict[str, list[tuple[float, float, bool]]] = {name: [] for name in which}
    for _ in range(repeats + 1):  # the first warms the files
        for name in which:
            rows[name].append(score_once(model, video, name))
    found: dict[str, object] = {name: of_runs(runs[1:]) for name, runs in rows.items()}
    if len(which) > 1:
        one, other = ([rate for _, rate, _ in runs[1:]] for runs in list(rows.values())[:2])
        ratios = [round(fast / slow, 2) for fast, slow in zip(one, other, strict=True)]
        found["frames a second, ONNX Runtime over PyTorch, of each turn"] = ratios
    return found


def score_once(model: Path, video: Path, runtime: str) -> tuple[float, float, bool]:
    """Seconds to the first score, frames a second from then on, and whether torch was loaded; of a new process."""
    command = [sys.executable, "-c", SCORE, str(time.time()), str(model), str(video), runtime]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    first, rate, torch = ran.stdout.split()
    return float(first), float(rate), torch == "True"


def of_runs(runs: Sequence[tuple[float, float, bool]]) -> dict[str, object]:
    """The row of one runtime."""
    first, rate, torch = zip(*runs, strict=True)
    return {
        "frames a second": [round(each, 1) for each in rate],
        "seconds to the first score, median": round(median(first), 2),
        "loads torch": any(torch),
    }


def watched(home: Path, video: Path, seconds: float) -> float:
    """The most memory that watching takes, once it runs."""
    words = ["watch", str(video), "--model", NAME, "--home", str(home), "--pace", "realtime"]
    most, until = 0.0, time.monotonic() + seconds
    with subprocess.Popen([sys.executable, "-m", "unusual", *words], stderr=subprocess.DEVNULL) as run:  # noqa: S603
        try:
            while time.monotonic() < until and run.poll() is None:
                time.sleep(1)
                most = max(most, sum(map(proportional_mb, family(run.pid))))
        finally:
            run.terminate()
    return round(most, 1)


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it has started."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def proportional_mb(process: psutil.Process) -> float:
    """Memory of a process that may just have ended, its part of what it shares."""
    try:
        return float(process.memory_full_info().pss / 1e6)
    except psutil.Error:
        return 0.0


def installed(folder: Path) -> dict[str, object]:
    """Megabytes that a new environment takes for this package and what it needs, the largest packages by name."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)  # noqa: S603
    (site,) = folder.glob("lib/python*/site-packages")
    root = Path(__file__).parents[1]
    words = ["-m", "pip", "install", "--quiet", "--target", str(site), "-c", str(root / "constraints.txt"), str(root)]
    subprocess.run([sys.executable, *words], check=True)  # noqa: S603
    sizes = {place.name: size_mb(place) for place in site.iterdir()}
    largest = dict(sorted(sizes.items(), key=lambda item: -item[1])[:8])
    return {"in all": round(sum(sizes.values())), "the largest": {name: round(mb) for name, mb in largest.items()}}


def size_mb(place: Path) -> float:
    """Of a file, or of all in a folder."""
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


if __name__ == "__main__":
    main()
