"""A camera watched for hours: its stream breaks, changes size, turns to garbage and stalls, and the disk fills up.

    python benchmarks/soak.py --minutes 60

A server on this machine answers each connection with one of these at random: a stream that ends, one that changes its
size in between, garbage, a stall, a refusal. Two watch it in this process: `CameraWatcher`, with a model that was
learnt here, and a bare `Capture` that comes back at once, for the number of connections. The watcher's home lies on a
disk of its own, which is full for a quarter of every --fill-s; that takes root, else it is left out and said so.

After each --every-s the memory of this process and of its decoders, threads and open files are written down. Record:
soak.json; its slopes are the median of all slopes between two looks (Theil and Sen), after the first third of the time.
"""

import argparse
import importlib
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np
import psutil
from record import write_record

from unusual.camera.cuts import Odd
from unusual.camera.learn import LearnSettings, learn_camera
from unusual.camera.watcher import CameraWatcher, WatchSettings
from unusual.data.made_up.scene import SceneConfig, render_scene
from unusual.run.checkpoint import load_checkpoint
from unusual.store.cameras import read_card
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.video.capture import Capture, Pace
from unusual.video.writer import write_video

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
small_disk = importlib.import_module("small_disk")


class Disk(Protocol):
    """What tests/small_disk.py lets one do to a disk."""

    folder: Path
    is_small: bool

    def fill(self) -> None:
        """Leave nothing free."""

    def make_room(self) -> None:
        """Take that back."""

    def parts(self) -> list[str]:
        """What was begun and is not whole."""


RATE, LEARNT_S, MEGABYTES, NAME = 5, 330.0, 256, "door"
SIZES = ((64, 48), (96, 64), (128, 96))
FAULTS = ("ends", "changes size", "garbage", "stalls", "refuses")
LOOKS = ("MB", "MB of decoders", "threads", "open files")


def main() -> None:
    """Run it and write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--every-s", type=float, default=30.0, help="between two looks at the memory")
    parser.add_argument("--fill-s", type=float, default=240.0, help="from one full disk to the next")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-record", action="store_true")
    args = parser.parse_args()
    with TemporaryDirectory() as folder, disk_at(Path(folder) / "disk") as disk:
        home = Home(disk.folder / "home")
        content = streams(Path(folder))
        learn_camera([learnt_from(Path(folder))], NAME, home, LearnSettings(method="frame-difference", odd=Odd.ASIDE))
        chance = random.Random(args.seed)  # noqa: S311 - no secret
        figures = soak(home, disk, content, 60 * args.minutes, args.every_s, args.fill_s, chance)
    print(figures)
    if not args.no_record:
        write_record("soak", figures)


@contextmanager
def disk_at(folder: Path) -> Iterator["Disk"]:
    """A small disk, or a folder that is never filled where none can be mounted."""
    folder.mkdir()
    mounted = small_disk.mounted(folder, MEGABYTES)
    try:
        yield small_disk.Disk(folder, is_small=mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S603, S607


def learnt_from(folder: Path) -> Path:
    """Ordinary footage."""
    scene = render_scene(SceneConfig(width=64, height=48, rate=RATE), LEARNT_S)
    with write_video(folder / "ordinary.mp4", 64, 48, Fraction(RATE)) as sink:
        for number, shown in enumerate(scene):
            sink.add(shown.frame.rgb, number / RATE)
    return folder / "ordinary.mp4"


def streams(folder: Path) -> list[bytes]:
    """Two seconds of video of each size, of noise, which is unusual."""
    made, chance = [], np.random.default_rng(0)
    for number, (width, height) in enumerate(SIZES):
        with write_video(folder / f"{number}.ts", width, height, Fraction(10)) as sink:
            for step in range(20):
                sink.add(chance.integers(0, 256, (height, width, 3), np.uint8), step / 10)
        made.append((folder / f"{number}.ts").read_bytes())
    return made


def soak(
    home: Home,
    disk: "Disk",
    content: list[bytes],
    seconds: float,
    every_s: float,
    fill_s: float,
    chance: random.Random,
) -> dict[str, object]:
    """Watch the faulty camera; what became of the memory, of the frames and of the events."""
    told: Counter[str] = Counter()
    said: list[str] = []
    looks, fills = list[tuple[float, ...]](), 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server, content, chance, told), daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/live"
        watcher = CameraWatcher(
            home,
            WatchSettings(NAME, address, Pace.LIVE),
            load_checkpoint(home.camera(NAME)),
            read_card(home, NAME),
            alarm=lambda _: None,
            say=said.append,
        )
        watching = threading.Thread(target=watcher.run, daemon=True)
        watching.start()
        began, looked, full = time.monotonic(), 0.0, False
        with Capture(address, pace=Pace.LIVE, stall_s=1.0, first_wait_s=0.1, longest_wait_s=0.5) as capture:
            while (passed := time.monotonic() - began) < seconds and watching.is_alive():
                capture.next(0.25)
                if disk.is_small and full != (passed % fill_s > 0.75 * fill_s):
                    full = not full
                    fills += full
                    disk.fill() if full else disk.make_room()
                if passed - looked >= every_s:
                    looked = passed
                    looks.append((passed, *look()))
                    print(f"{passed / 60:.1f} min", dict(zip(LOOKS, looks[-1][1:], strict=True)), flush=True)
            counts = capture.counts
        alive = watching.is_alive()
        if full:
            disk.make_room()
            time.sleep(3.0)  # the watcher catches up
        watcher.stopping.set()
        watching.join()
    frames, keeper = watcher.frames, watcher.keeper
    return {
        "minutes": round(seconds / 60, 1),
        "watched to the end": alive,
        "connections": dict(told),
        "times the disk was really full": fills if disk.is_small else "not tried: needs root",
        "frames, of the bare capture": counts.arrived,
        "counted exactly": counts.arrived == counts.taken + counts.dropped + counts.waiting,
        "frames, watched": frames.arrived,
        "scored, dropped, gap": [frames.scored, frames.dropped, frames.gap],
        "events": keeper.events,
        **stored(home),
        "parts left": len(disk.parts()),
        "MB an hour": slope(looks, 1, seconds),
        "MB an hour, of decoders": slope(looks, 2, seconds),
        **{f"{name}, first and last": [looks[0][at], looks[-1][at]] for at, name in enumerate(LOOKS, 1) if looks},
    }


def stored(home: Home) -> dict[str, object]:
    """What is in the database, and SQLite's word on it."""
    store = EventStore.open(home)
    try:
        return {"events stored": len(store.list(most=1_000_000)), "database": store.integrity()}
    finally:
        store.close()


def look() -> tuple[float, ...]:
    """See LOOKS."""
    process = psutil.Process()
    decoders = 0
    for child in process.children():
        try:
            decoders += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return process.memory_info().rss / 1e6, decoders / 1e6, process.num_threads(), process.num_fds()


def slope(looks: list[tuple[float, ...]], at: int, seconds: float) -> float | None:
    """The median of all slopes between two looks, an hour; None where there are too few."""
    later = [each for each in looks if each[0] > seconds / 3]
    slopes = [3600 * (b[at] - a[at]) / (b[0] - a[0]) for a, b in combinations(later, 2)]
    return round(float(np.median(slopes)), 2) if slopes else None


def serve(server: socket.socket, content: list[bytes], chance: random.Random, told: Counter[str]) -> None:
    """Answer every connection, each with a fault."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        fault = chance.choice(FAULTS)
        told[fault] += 1
        threading.Thread(target=answer, args=(connection, fault, chance.sample(content, 2)), daemon=True).start()


def answer(connection: socket.socket, fault: str, streams: list[bytes]) -> None:
    """One connection's life."""
    with connection:
        try:
            connection.recv(4096)
            if fault == "refuses":
                connection.sendall(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: video/mp2t\r\n\r\n")
            connection.sendall(streams[0])
            if fault == "changes size":
                connection.sendall(streams[1])
            if fault == "garbage":
                connection.sendall(os.urandom(200_000))
            if fault == "stalls":
                time.sleep(8)
        except OSError:
            pass  # it has gone


if __name__ == "__main__":
    main()
