"""What watching cameras costs, and how soon a lost one is seen and taken up again.

    python benchmarks/capture.py --cameras 1 4 8 16 --seconds 15 --faults 25

Cameras are a made-up scene, 256 x 256 at 25 frames per second in H.264, from an RTSP server on this machine
(tests/rtsp_server.py says what has to be installed), or with --files from a file at its own speed. Faults kill or
freeze the server at random moments, for 1 to 12 seconds from when it was seen; times are of the monotonic clock.
"""

import argparse
import importlib
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from record import write_record

from unusual.data.made_up.scene import SceneConfig, render_scene
from unusual.video.capture import CameraState, Capture, Pace
from unusual.video.writer import write_video

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
rtsp_server = importlib.import_module("rtsp_server")


class Camera(Protocol):
    """What tests/rtsp_server.py lets one do to its server."""

    def start(self) -> None:
        """Serve."""

    def kill(self) -> None:
        """Die."""

    def freeze(self) -> None:
        """Stop in the middle of what it does."""

    def thaw(self) -> None:
        """Go on."""

    def url(self, mount: str) -> str:
        """The address of a film."""


SIDE, RATE, FILM_S = 256, 25, 4.0
LOST = (CameraState.STALLED, CameraState.OFFLINE)
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and write results/capture.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, nargs="*", default=[1, 4, 8, 16])
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--files", action="store_true", help="play files instead of an RTSP server's streams")
    parser.add_argument("--faults", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    pictures = [s.frame.rgb for s in render_scene(SceneConfig(width=SIDE, height=SIDE, rate=RATE), FILM_S)]
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film"
        rtsp_server.write_film(film, pictures)
        with rtsp_server.RtspServer({"film": film}) as server:
            source, pace = server.url("film"), Pace.LIVE
            if args.files:
                source, pace = str(long_file(Path(folder), pictures, args.seconds + 60)), Pace.REALTIME
            steady = [cameras(source, pace, n, args.seconds) for n in args.cameras]
            figures: dict[str, object] = {"source": "files" if args.files else "RTSP", "steady": steady}
            if args.faults:
                figures["faults"] = faults(server, args.faults, random.Random(args.seed))  # noqa: S311
    print(write_record("capture", figures))


def long_file(folder: Path, pictures: list[NDArray[np.uint8]], seconds: float) -> Path:
    """Write the film round and round as a file that lasts long enough."""
    with write_video(folder / "film.mp4", SIDE, SIDE, Fraction(RATE)) as sink:
        for n in range(round(seconds * RATE)):
            sink.add(pictures[n % len(pictures)], n / RATE)
    return folder / "film.mp4"


def cameras(source: str, pace: Pace, count: int, seconds: float) -> dict[str, float]:
    """Watch one source as so many cameras, each taken by a thread of its own."""
    stop = threading.Event()
    with ExitStack() as stack:
        began = time.monotonic()
        watched = [stack.enter_context(Capture(source, pace=pace)) for _ in range(count)]
        stack.callback(stop.set)
        for capture in watched:
            threading.Thread(target=take, args=(capture, stop), daemon=True).start()
        wait_for(lambda: all(capture.counts.arrived for capture in watched))
        first_s = time.monotonic() - began
        time.sleep(2.0)  # what was held back while opening has come
        before, cpu, own, began = [c.counts for c in watched], decoding_s(), time.process_time(), time.monotonic()
        time.sleep(seconds)
        lasted = time.monotonic() - began
        after = [c.counts for c in watched]
        rates = [(b.arrived - a.arrived) / lasted for a, b in zip(before, after, strict=True)]
        figures = {
            "cameras": count,
            "seconds until all had a frame": round(first_s, 2),
            "frames per second, mean": round(sum(rates) / count, 2),
            "frames per second, lowest": round(min(rates), 2),
            "dropped": sum(counts.dropped for counts in after),
            "share of a core per camera, decoding": round((decoding_s() - cpu) / lasted / count, 4),
            "share of a core per camera, taking": round((time.process_time() - own) / lasted / count, 4),
            "load of the machine": round(os.getloadavg()[0], 1),
            "memory per decoder, own share, MB": round(decoding_mb() / count, 1),
        }
    print(figures, flush=True)
    return figures


def take(capture: Capture, stop: threading.Event) -> None:
    """Take every frame as it comes."""
    while not stop.is_set():
        capture.next(0.5)


def decoders() -> list[Path]:
    """The processes that this one started, the server not counted."""
    tasks = Path("/proc/self/task").iterdir()
    processes = [Path("/proc", pid) for task in tasks for pid in (task / "children").read_text().split()]
    return [process for process in processes if b"decoder_process" in (process / "cmdline").read_bytes()]


def decoding_s() -> float:
    """Processor seconds that all decoders have used."""
    fields = [(process / "stat").read_text().rpartition(")")[2].split() for process in decoders()]
    return sum(int(f[11]) + int(f[12]) for f in fields) * TICK_S


def decoding_mb() -> float:
    """Memory of all decoders; what several share is counted once."""
    rollups = [(process / "smaps_rollup").read_text().splitlines() for process in decoders()]
    return sum(int(line.split()[1]) for lines in rollups for line in lines if line.startswith("Pss:")) / 1e3


def wait_for(done: Callable[[], object]) -> float:
    """Wait until something holds; return the seconds that it took."""
    began = time.monotonic()
    while not done():
        time.sleep(0.005)
    return time.monotonic() - began


def faults(server: Camera, count: int, chance: random.Random) -> dict[str, object]:
    """Kill and freeze the server at random moments; how long until it is seen, and from its return to a frame."""
    rows: list[dict[str, object]] = []
    stop = threading.Event()
    with Capture(server.url("film"), pace=Pace.LIVE) as capture:
        threading.Thread(target=take, args=(capture, stop), daemon=True).start()
        for n in range(count):
            wait_for(lambda: capture.state is CameraState.ONLINE)
            time.sleep(chance.uniform(0.5, 3.0))
            kind = "freeze" if n % 2 else "kill"
            server.freeze() if kind == "freeze" else server.kill()
            seen_s = wait_for(lambda: capture.state in LOST)
            away_s = chance.uniform(1.0, 12.0)
            time.sleep(away_s)
            server.thaw() if kind == "freeze" else server.start()
            back_s = wait_for(lambda: capture.state is CameraState.ONLINE)
            rows.append({"fault": kind, "away": round(away_s, 2), "seen": round(seen_s, 2), "back": round(back_s, 2)})
            print(rows[-1], flush=True)
        counts = capture.counts
        stop.set()
    kinds = {kind: [row for row in rows if row["fault"] == kind] for kind in ("kill", "freeze")}
    summary = {kind: {"seen": spread(of, "seen"), "back": spread(of, "back")} for kind, of in kinds.items() if of}
    print(summary, counts, flush=True)
    exact = counts.arrived == counts.taken + counts.dropped + counts.waiting
    return {"seconds, median and longest": summary, "counts exact": exact, "rows": rows}


def spread(rows: list[dict[str, object]], name: str) -> list[float]:
    """Median and longest of a column."""
    values = [float(str(row[name])) for row in rows]
    return [round(median(values), 2), max(values)]


if __name__ == "__main__":
    main()
