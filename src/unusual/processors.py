"""How many threads compute: as many as this process may use of the machine, never as many as the machine has.

A container's quota is no affinity mask: libraries that count processors see the host's, take a thread for each, and are
stopped for most of every tenth of a second.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from itertools import islice
from math import ceil
from pathlib import Path
from typing import TypeVar

CGROUPS, OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")

Item = TypeVar("Item")
Result = TypeVar("Result")

_workers = 1


def share_among(workers: int) -> None:
    """Say how many of this process's threads compute at the same time, each with its part of the processors."""
    global _workers
    _workers = max(1, workers)
    import cv2  # here: who decodes asks for threads too, and has no need of it

    cv2.setNumThreads(threads())  # it takes all there are, and one worker after the other waits for them


def threads() -> int:
    """Threads for one worker: its part of `processors`, at least one."""
    return max(1, processors() // _workers)


@contextmanager
def ahead(items: Iterator[Item], most: int) -> Iterator[Iterator[Item]]:
    """The same items, where there is a thread to spare taken by it, up to `most` before they are asked for.

    What they raise is raised here, in its turn. Outside of the context nobody takes any more.
    """
    if threads() < 2:
        yield items
        return
    with ThreadPoolExecutor(1) as pool:
        run = copy_context().run

        def take() -> list[Item]:
            return run(lambda: list(islice(items, 1)))

        coming = deque(pool.submit(take) for _ in range(max(1, most)))

        def came() -> Iterator[Item]:
            while item := coming.popleft().result():
                coming.append(pool.submit(take))
                yield item[0]

        try:
            yield came()
        finally:
            pool.shutdown(cancel_futures=True)


def behind(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What work makes of each, in order; where there is a thread to spare it does so while the next is made."""
    if threads() < 2:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(1) as pool:
        running: list[Future[Result]] = []
        for item in items:
            running.append(pool.submit(work, item))
            if len(running) > 1:
                yield running.pop(0).result()
        for last in running:
            yield last.result()


def processors() -> int:
    """Those that the affinity mask allows; fewer where a quota or OMP_NUM_THREADS says so."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    if wanted.isdigit() and int(wanted):
        allowed = min(allowed, int(wanted))
    return max(1, min(allowed, ceil(quota(CGROUPS, OWN) or allowed)))


def quota(cgroups: Path, own: Path) -> float:
    """Processors that the control groups of a process leave it, 0.0 where they set no limit.

    Args:
        cgroups: where their files lie, /sys/fs/cgroup. own: which groups it is in, /proc/self/cgroup.
    """
    try:
        lines = [line.split(":", 2) for line in own.read_text(encoding="ascii", errors="replace").splitlines()]
    except OSError:
        return 0.0
    limits = []
    for _, controllers, path in (line for line in lines if len(line) == 3):
        root = cgroups / "cpu" if "cpu" in controllers.split(",") else cgroups
        if controllers and root == cgroups:
            continue  # a group of the old kind that is not of processors
        inside = root / path.lstrip("/")
        limits += [_limit(place) for place in (inside, *inside.parents) if place == root or root in place.parents]
    return min(filter(None, limits), default=0.0)


def _limit(group: Path) -> float:
    """Of one group: cpu.max has microseconds and the period they are of, the old kind a file for each."""
    try:
        if (file := group / "cpu.max").exists():
            words = file.read_text(encoding="ascii").split()
        else:
            words = [(group / f"cpu.cfs_{name}_us").read_text(encoding="ascii").strip() for name in ("quota", "period")]
        used, period = map(float, words)  # "max" is no number, -1 no limit
        return max(0.0, used / period)
    except (OSError, ValueError, ZeroDivisionError):
        return 0.0
