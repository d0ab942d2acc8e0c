"""A camera whose stream breaks, changes its size, turns to garbage and stalls, for hours: does memory grow?

    python benchmarks/soak.py --minutes 60

A server on this machine answers each connection with one of these at random: a stream that ends, one of another size,
garbage, a head without a body, a refusal. After each minute the memory, threads and open files of the process that
watches are written down. Record: soak.json; its slope is the median of all slopes between two moments (Theil and Sen),
after the first third of the time.
"""

import argparse
import os
import random
import socket
import threading
import time
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from record import write_record

from unusual.video.capture import Capture, Pace
from unusual.video.writer import write_video

SIZES = ((64, 48), (96, 64), (128, 96))
FAULTS = ("ends", "garbage", "stalls", "refuses")


def main() -> None:
    """Run it and write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--every-s", type=float, default=60.0, help="between two looks at the memory")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-record", action="store_true")
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        figures = soak(streams(Path(folder)), args.minutes * 60, args.every_s, random.Random(args.seed))  # noqa: S311
    print(figures)
    if not args.no_record:
        write_record("soak", figures)


def streams(folder: Path) -> list[bytes]:
    """Two seconds of video of each size."""
    made = []
    for number, (width, height) in enumerate(SIZES):
        file = folder / f"{number}.ts"
        with write_video(file, width, height, Fraction(10)) as sink:
            for step in range(20):
                sink.add(np.full((height, width, 3), 10 * step, np.uint8), step / 10)
        made.append(file.read_bytes())
    return made


def soak(content: list[bytes], seconds: float, every_s: float, chance: random.Random) -> dict[str, object]:
    """Watch the faulty camera; what became of the memory."""
    told: Counter[str] = Counter()
    process, looks = psutil.Process(), []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server, content, chance, told), daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/live"
        began, looked = time.monotonic(), 0.0
        with Capture(address, pace=Pace.LIVE, stall_s=1.0, first_wait_s=0.1, longest_wait_s=0.5) as capture:
            while (passed := time.monotonic() - began) < seconds:
                capture.next(0.25)
                if passed - looked >= every_s:
                    looked = passed
                    looks.append((passed, process.memory_info().rss, process.num_threads(), process.num_fds()))
            counts = capture.counts
    later = [look for look in looks if look[0] > seconds / 3]
    slopes = [3600 * (b[1] - a[1]) / (b[0] - a[0]) / 1e6 for a, b in combinations(later, 2)]
    return {
        "minutes": round(seconds / 60, 1),
        "connections": dict(told),
        "frames": counts.arrived,
        "exact": counts.arrived == counts.taken + counts.dropped + counts.waiting,
        "MB an hour": round(float(np.median(slopes)), 2) if slopes else None,
        "threads": [look[2] for look in later[:: max(1, len(later) - 1)]],
        "open files": [look[3] for look in later[:: max(1, len(later) - 1)]],
    }


def serve(server: socket.socket, content: list[bytes], chance: random.Random, told: Counter[str]) -> None:
    """Answer every connection, each with a fault."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        fault = chance.choice(FAULTS)
        told[fault] += 1
        threading.Thread(target=answer, args=(connection, fault, chance.choice(content)), daemon=True).start()


def answer(connection: socket.socket, fault: str, stream: bytes) -> None:
    """One connection's life."""
    with connection:
        try:
            connection.recv(4096)
            if fault == "refuses":
                connection.sendall(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: video/mp2t\r\n\r\n")
            connection.sendall(stream)
            if fault == "garbage":
                connection.sendall(os.urandom(200_000))
            if fault == "stalls":
                time.sleep(8)
        except OSError:
            pass  # it has gone


if __name__ == "__main__":
    main()
