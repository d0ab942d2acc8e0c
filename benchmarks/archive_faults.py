"""Kills and disturbs a small archive at random moments; afterwards the result is that without faults."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet as pq
from archive_films import CAMERAS, make_archive
from archive_runs import SMALL, WORKER, cmdline, command, end_orphans, family, name_of, unusual

from unusual.run.archive.past.tables import EVENTS_CSV

MOUNT, UMOUNT = "/usr/bin/mount", "/usr/bin/umount"
FILE_KINDS = ("vanishing file", "changing file")
RAY_AT_WORK = "ray::do_here"
RAY_WORKERS = ("ray::IDLE", RAY_AT_WORK)  # what its agents are called begins with ray:: too
HANG_LIMIT = "15s"  # a shard of a minute takes less than one
KINDS = ("worker", "driver", "hang", "full disk", *FILE_KINDS, "ray worker", "raylet")  # of faults
MOST_RUNS, MOST_TRIES = 6, 3  # of one fault until all is done; as many times as it is wanted, until something is struck


@dataclass(slots=True)
class Struck:
    """Of a kind of faults: how often something was struck, in how many of these the result was the same, and runs."""

    times: int = 0
    same: int = 0
    runs: int = 0
    tries: int = 0


def faults(
    folder: Path,
    model: Path,
    rate: int,
    times: int,
    so_far: Mapping[str, Struck],
    told: Callable[[], None],
) -> None:
    """Round by round, a fault of each kind, until each has struck so many times; told: called after each round.

    so_far: by kind, which goes on; each try has its own chance.
    """
    nvr, wanted, out = folder / "nvr-faults", folder / "faultless", folder / "faulty"
    make_archive(nvr, 0.3, rate, broken=False)
    shutil.rmtree(wanted, ignore_errors=True)
    run_s = unusual("archive", "run", nvr, "-c", model, "--out", wanted, *SMALL).seconds
    most = {kind: row.tries + MOST_TRIES * (times - row.times) for kind, row in so_far.items()}
    while left := {kind: row for kind, row in so_far.items() if row.times < times and row.tries < most[kind]}:
        for kind, row in left.items():
            chance = np.random.default_rng([row.tries, *kind.encode()])
            shutil.rmtree(out, ignore_errors=True)
            hit, runs = disturbed(kind, nvr, model, out, chance, run_s)
            end_orphans()
            row.tries, row.times, row.runs = row.tries + 1, row.times + hit, row.runs + hit * runs
            row.same += hit and equal(wanted, out)
        told()


def disturbed(
    kind: str, nvr: Path, model: Path, out: Path, chance: np.random.Generator, run_s: float
) -> tuple[bool, int]:
    """Run with one fault, then again until all is done; whether anything was struck, and how many runs that took."""
    words = ["archive", "run", str(nvr), "-c", str(model), "--out", str(out), *SMALL]
    if kind.startswith("ray"):
        words += ["--engine", "ray"]
    if kind == "hang":
        words += ["--limit", HANG_LIMIT]
    if kind == "full disk":
        return True, filled(words, out)
    driver = subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    late = kind == "hang" or kind.startswith("ray")  # it takes as long as all else until it is there
    at_work = kind == "hang" or chance.random() < 0.5  # Ray is struck while it starts as often as while it works
    while late and driver.poll() is None and not there(kind, driver, out, at_work=at_work):
        time.sleep(0.1)
    time.sleep(chance.uniform(0.1 if late else 0.5, max(1.0, run_s / (4 if late else 1))))
    if kind in FILE_KINDS:
        files = sorted(nvr.rglob("*.mp4"))
        disturb_file(files[int(chance.integers(len(files)))], kind, chance)
        words += ["--replan"]  # it may have been planned as it was for a moment
        hit, code, runs = True, driver.wait() or 1, 1
    else:
        hit = (kind != "hang" or judging(out)) and strike(kind, driver, chance)
        code, runs = driver.wait(), 1
    while code and runs < MOST_RUNS:
        code = subprocess.run(command(*words, "--retry"), capture_output=True, check=False).returncode  # noqa: S603
        runs += 1
    return hit, runs


def disturb_file(film: Path, kind: str, chance: np.random.Generator) -> None:
    """Let a film be away, or be another, for a moment."""
    aside = film.with_suffix(".aside")
    film.rename(aside)
    if kind == "changing file":
        data = aside.read_bytes()
        film.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    time.sleep(chance.uniform(0.2, 2))
    aside.replace(film)


def judging(out: Path) -> bool:
    """Whether films are decoded right now: what hangs later is no decoder."""
    try:
        told = json.loads((out / "progress.json").read_text())
    except (OSError, ValueError):
        return False
    return bool(told["shards_done"] < told["shards"])


def there(kind: str, driver: "subprocess.Popen[bytes]", out: Path, *, at_work: bool) -> bool:
    """Whether what is to be struck is there, and has begun with what it is for."""
    if kind == "hang":
        return bool(targets(kind, driver)) and judging(out)
    if at_work:
        return any(name_of(each).startswith(RAY_AT_WORK) for each in family(driver.pid))
    return bool(targets(kind, driver))


def targets(kind: str, driver: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """What a fault may strike, as far as it is there."""
    own = list(family(driver.pid))
    if kind == "ray worker":
        return [each for each in own if name_of(each).startswith(RAY_WORKERS)]
    if kind == "raylet":
        return [each for each in own if name_of(each) == "raylet"]
    return [each for each in own if WORKER in " ".join(cmdline(each))]


def strike(kind: str, driver: "subprocess.Popen[bytes]", chance: np.random.Generator) -> bool:
    """Kill, or stop for good, what the fault is of; False where it is not there at this moment."""
    if kind == "driver":
        struck = driver.poll() is None
        driver.kill()
        return struck
    hit = targets(kind, driver)
    if hit:
        hit[int(chance.integers(len(hit)))].send_signal(signal.SIGSTOP if kind == "hang" else signal.SIGKILL)
    return bool(hit)


def filled(words: list[str], out: Path) -> int:
    """On a disk of 300 kB, which is then enlarged."""
    disk = out.with_name("small-disk")
    disk.mkdir(exist_ok=True)
    subprocess.run([MOUNT, "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], check=True)  # noqa: S603
    try:
        for runs in range(1, 6):
            words_here = [str(disk / "out") if word == str(out) else word for word in words]
            if not subprocess.run(command(*words_here), capture_output=True, check=False).returncode:  # noqa: S603
                break
            subprocess.run([MOUNT, "-o", f"remount,size={300 + runs * 8000}k", str(disk)], check=True)  # noqa: S603
        shutil.copytree(disk / "out", out)
        return runs
    finally:
        subprocess.run([UMOUNT, str(disk)], check=True)  # noqa: S603


def equal(one: Path, other: Path) -> bool:
    """Whether two archives say the same: events to the letter, scores to the bit."""
    if not (other / EVENTS_CSV).exists() or (one / EVENTS_CSV).read_bytes() != (other / EVENTS_CSV).read_bytes():
        return False
    return all(
        pq.read_table(one / "scores" / f"{camera}.parquet").equals(
            pq.read_table(other / "scores" / f"{camera}.parquet")
        )
        for camera in CAMERAS
    )
