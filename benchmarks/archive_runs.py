"""`unusual archive` as a command of this checkout: run, timed, and its processes watched."""

import ctypes
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

CHILD_SUBREAPER = 36  # of prctl: servers that outlive who began them become children of this process
WORKER = "spawn_main"  # in the command line of a process that judges shards
EVERY_S = 2.0  # workers are looked at
LOOK_S = 3.0  # at what others do

EVENTS = ["--enter", "50", "--leave", "20", "--shard-minutes", "10"]
SMALL = ["--enter", "50", "--leave", "20", "--shard-minutes", "1", "--workers", "2"]


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that a command took, by the clock and of processors, with all that it began."""

    seconds: float
    processor_s: float


def use_this_checkout() -> None:
    """All that is begun runs the package beside this file, and what of it outlives who began it is counted too."""
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1] / "src")
    ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1)


def command(*words: object) -> list[str]:
    """The command line of this checkout."""
    return [sys.executable, "-m", "unusual", *map(str, words)]


def unusual(*words: object, expected: tuple[int, ...] = (0,)) -> Spent:
    """Run it; end with what it said where that did not go well."""
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command(*words), capture_output=True, text=True, check=False)  # noqa: S603
    took_s = time.monotonic() - begun
    if done.returncode not in expected:
        raise SystemExit(f"{' '.join(map(str, words[:2]))} ended with {done.returncode}: {done.stderr[-600:]}")
    end_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(took_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def others_percent() -> float:
    """How much of this machine's processors others use right now."""
    return float(psutil.cpu_percent(LOOK_S))


def end_orphans() -> None:
    """End what a command has left behind, as servers of Ray, and let their times be counted."""
    while left := psutil.Process().children():
        for process in left:
            with suppress(psutil.Error):
                process.kill()
            with suppress(ChildProcessError):
                os.waitpid(process.pid, 0)


@dataclass(slots=True)
class WorkerMemory:
    """What workers hold, in MB, as time goes on."""

    seen_mb: list[float] = field(default_factory=list)

    def told(self) -> dict[str, float]:
        """The most in the second tenth of the time, and in the last."""
        tenth = max(1, len(self.seen_mb) // 10)
        early, late = self.seen_mb[tenth : 2 * tenth] or self.seen_mb, self.seen_mb[-tenth:]
        return {"in_the_second_tenth_mb": round(max(early), 1), "in_the_last_tenth_mb": round(max(late), 1)}


@contextmanager
def watched_workers() -> Iterator[WorkerMemory]:
    """Look at the workers of what is run in here."""
    memory, over = WorkerMemory(), threading.Event()

    def look() -> None:
        while not over.wait(EVERY_S):
            own = [each for each in family(os.getpid()) if WORKER in " ".join(cmdline(each))]
            with suppress(psutil.Error, ValueError):
                memory.seen_mb.append(max(each.memory_info().rss for each in own) / 1e6)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()


def family(pid: int) -> Iterator[psutil.Process]:
    """The processes that one has started, and theirs."""
    try:
        yield from psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return


def cmdline(process: psutil.Process) -> list[str]:
    """What a process was started with; nothing where it is gone."""
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def name_of(process: psutil.Process) -> str:
    """What a process is called; "" where it is gone."""
    try:
        return str(process.name())
    except psutil.Error:
        return ""
