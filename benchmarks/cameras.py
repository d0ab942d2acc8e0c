"""How many cameras are held in real time, how late an alarm is, and what memory does over time.

    python benchmarks/cameras.py --method ustn-dsc --cameras 1 2 4 8
    python benchmarks/cameras.py --method ustn-dsc --cameras 1 --soak-minutes 20 --name soak_ustn_dsc

Made-up cameras of 256x256 pixels and 25 frames a second, each a file played in real time by its own decoding process,
watched as `unusual watch` does: from three on in a process a core. A camera is held when fewer than 1 % of its frames
are left out. The networks are trained for a moment: speed does not depend on what they know. The alarm threshold is set
so low that alarms come.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from statistics import median

import psutil
from record import write_record
from scipy.stats import theilslopes

from unusual.camera.apart.group import make_ready
from unusual.camera.several import Told
from unusual.camera.watcher import WatchSettings
from unusual.data.made_up.scene import Kind, SceneConfig, render_scene
from unusual.store.cameras import read_card, write_card
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.keeping.retention import Policy
from unusual.video.capture import Pace
from unusual.video.writer import write_video

SIDE, RATE = 256, 25
EVENTS = (Kind.CYCLIST, Kind.CART, Kind.RUNNER)
NAME = "made-up"


@dataclass(slots=True)
class Seen:
    """What one run of some cameras gave. memory: (seconds, MB) of all processes."""

    frames: dict[str, int] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    processor_s: float = 0.0


def main() -> None:
    """Learn for a moment, watch as many cameras as told, write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", default="ustn-dsc")
    parser.add_argument("--set", dest="changes", action="append", default=[])
    parser.add_argument("--cameras", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--soak-minutes", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--name", default="")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    seconds = 60 * args.soak_minutes or args.seconds
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        film(home / "ordinary.mp4", 1, 250.0)
        film(home / "watched.mp4", 2, seconds, EVENTS)
        learn(home, args.method, args.changes)
        rows = {f"{count} cameras": figures(watch(Home(home), count, seconds), count) for count in args.cameras}
    name = args.name or f"cameras_{args.method.replace('-', '_')}"
    print(write_record(name, {"method": args.method, "camera": f"{SIDE}x{SIDE}, {RATE} frames/s", **rows}))


def learn(home: Path, method: str, changes: Sequence[str]) -> None:
    """In a process of its own: who watches has loaded nothing that only learning needs."""
    words = ["learn", home / "ordinary.mp4", "--as", NAME, "--home", home, "--method", method, "--minutes", "0.2"]
    words += ["--odd", "ordinary", "--cache", home / "c"]
    words += [word for change in ("training.epoch_batches=20", *changes) for word in ("--set", change)]
    subprocess.run([sys.executable, "-m", "unusual", *map(str, words)], check=True)  # noqa: S603


def film(file: Path, seed: int, seconds: float, events: Sequence[Kind] = ()) -> None:
    """Write a stretch of the scene."""
    config = SceneConfig(seed=seed, width=SIDE, height=SIDE, rate=RATE)
    with write_video(file, SIDE, SIDE, Fraction(RATE)) as sink:
        for frame in render_scene(config, seconds, events):
            sink.add(frame.frame.rgb, frame.frame.time_s)


def watch(home: Home, count: int, seconds: float) -> Seen:
    """Watch `count` cameras for some time, as `unusual watch` does. All begin together, when all models are loaded."""
    seen = Seen()
    film = str(home.folder / "watched.mp4")
    cameras = [WatchSettings(twin(home, n), film, Pace.REALTIME, alarms_per_day=1000.0) for n in range(count)]
    told = Told(lambda event: seen.delays.append(time.time() - event.start_utc), lambda _: None, lambda _: None)
    process, stopping = psutil.Process(), threading.Event()
    with closing(make_ready(home, cameras, told.blind_s)) as ready, closing(EventStore.open(home)) as store:
        before = processor_s(process) + sum(map(processor_s, process.children(recursive=True)))
        threading.Timer(seconds, stopping.set).start()
        threading.Thread(target=note_memory, args=(process, seen, stopping), daemon=True).start()
        for watched in ready.watch(store, told, Policy(), stopping):
            for kind, frames in asdict(watched.frames).items():
                seen.frames[kind] = seen.frames.get(kind, 0) + frames
        stopping.set()
    seen.processor_s = processor_s(process) - before  # of its children too, now that they have ended
    return seen


def processor_s(process: psutil.Process) -> float:
    """Of a process and of those of its children that have ended."""
    return float(sum(process.cpu_times()[:4]))


def note_memory(process: psutil.Process, seen: Seen, stopping: threading.Event) -> None:
    """Of all processes, every five seconds."""
    began = time.monotonic()
    while not stopping.wait(5):
        family = [process, *process.children(recursive=True)]
        seen.memory.append((time.monotonic() - began, sum(resident_mb(each) for each in family)))


def twin(home: Home, number: int) -> str:
    """The camera once more, under another name."""
    name = f"{NAME}-{number}"
    folder = home.camera(name)
    shutil.copytree(home.camera(NAME), folder, dirs_exist_ok=True)
    write_card(folder, replace(read_card(home, NAME), name=name))
    return name


def resident_mb(process: psutil.Process) -> float:
    """Memory of a process that may just have ended."""
    try:
        return float(process.memory_info().rss / 1e6)
    except psutil.Error:
        return 0.0


def figures(seen: Seen, count: int) -> dict[str, object]:
    """The row of one run."""
    total = max(seen.frames["arrived"], 1)
    later = [(at, mb) for at, mb in seen.memory if at > seen.memory[-1][0] / 3]  # once it has warmed up
    slope = theilslopes([mb for _, mb in later], [at / 3600 for at, _ in later]) if len(later) > 20 else None
    return {
        "frames": seen.frames,
        "left out": round(seen.frames["dropped"] / total, 4),
        "held": seen.frames["dropped"] < 0.01 * total,
        "processor seconds a camera second": round(seen.processor_s / (total / RATE), 3),
        "alarms": len(seen.delays),
        "seconds from an event's first frame to its alarm, median": round(median(seen.delays), 2)
        if seen.delays
        else None,
        "memory, MB": round(seen.memory[-1][1]) if seen.memory else None,
        "memory a camera, MB": round(seen.memory[-1][1] / count) if seen.memory else None,
        "memory slope, MB an hour": None if slope is None else [round(value, 2) for value in slope[:1] + slope[2:]],
    }


if __name__ == "__main__":
    main()
