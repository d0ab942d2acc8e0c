"""Archives: are planted events found and frames counted, whatever is broken and killed; and what does it cost?

    python benchmarks/archive.py FOLDER --hours 100                # all parts, one after the other
    python benchmarks/archive.py FOLDER --hours 0.5 --only found faults --times 3
    python benchmarks/archive.py FOLDER --hours 100 --rate 1 --only found     # as many files, a tenth of the frames

FOLDER keeps the made-up archive and what came of it. Films are drawn once a camera and cut into segments by copying
packets, so that hours cost seconds.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet as pq
from archive_films import CAMERAS, EVENT_S, RATE, Planted, Truth, make_archive, train_film
from record import write_record

from unusual.run.archive.manifest import FILMS, read_films
from unusual.run.archive.past.tables import EVENTS_CSV

PARTS = ("found", "faults", "scale", "memory")
MOUNT, UMOUNT = "/usr/bin/mount", "/usr/bin/umount"
KINDS = ("worker", "driver", "hang", "full disk", "vanishing file", "ray worker", "raylet")  # of faults
BESIDE_S = 0.5  # that an event's peak may lie beside what was planted
SHARD_MINUTES = "10"


def main() -> None:
    """Run the parts that are wanted, and write a record."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--hours", type=float, default=100.0, help="of all cameras together")
    words.add_argument("--rate", type=int, default=RATE, help="frames a second of its films; FOLDER is for one rate")
    words.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    words.add_argument("--times", type=int, default=20, help="each fault is injected")
    words.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="of faults")
    words.add_argument("--name", default="archive", help="of the record")
    given = words.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    model = given.folder / "model"
    if not model.exists():
        film = train_film(given.folder / "ordinary.mp4", given.rate)
        unusual("train", film, "--out", model, "--method", "frame-difference", "--set", "clips.height=120")
    figures: dict[str, object] = {"hours": given.hours, "rate": given.rate}
    if "found" in given.only:
        figures["found"] = found(given.folder, model, given.hours, given.rate)
    if "faults" in given.only:
        figures["faults"] = faults(given.folder, model, given.rate, given.times, given.kinds)
    if "scale" in given.only:
        figures["scale"] = scale(given.folder, model, given.rate)
    if "memory" in given.only:
        figures["memory"] = {f"{rows} shards": memory(given.folder, rows) for rows in (1000, 100_000)}
    print(json.dumps(figures, indent=2))
    write_record(given.name, figures)


def found(folder: Path, model: Path, hours: float, rate: int) -> dict[str, object]:
    """Every planted event at its place, no frame lost or doubled, every bad file named."""
    nvr, out = folder / "nvr", folder / "out"
    truth = make_archive(nvr, hours, rate)
    shutil.rmtree(out, ignore_errors=True)
    begun = time.monotonic()
    plan_s = took("archive", "plan", nvr, "-c", model, "--out", out, *EVENTS)
    unusual("archive", "run", nvr, "-c", model, "--out", out, *EVENTS, expected=(0, 3))
    return check(out, truth) | {"plan_s": round(plan_s, 1), "all_s": round(time.monotonic() - begun, 1)}


def check(out: Path, truth: Truth) -> dict[str, object]:
    """What came out, held against what was planted and broken."""
    rows = [line.split(",") for line in (out / EVENTS_CSV).read_text().splitlines()[1:]]
    told, near_s = [(row[-3], float(row[-2])) for row in rows], EVENT_S / 2 + BESIDE_S

    def is_told(planted: Planted) -> bool:
        return any(
            path.endswith(file) and abs(at - at_s) <= near_s for path, at in told for file, at_s in planted.places
        )

    missed = [planted for planted in truth.events if not is_told(planted)]
    films = list(read_films(out / FILMS))
    named = {film.path for film in films if film.state == "unreadable" or film.words}
    report = (out / "report.html").read_text()
    unnamed = [path for path in truth.bad if str(path) not in named and path.name not in report]
    frames = sum(pq.read_metadata(out / "scores" / f"{camera}.parquet").num_rows for camera in CAMERAS)
    return {
        "files": len(films),
        "planted": len(truth.events),
        "found": len(truth.events) - len(missed),
        "missed": [f"{each.places[0][0]} {each.places[0][1]:.1f}" for each in missed[:10]],
        "events": len(rows),
        "bad_files": len(truth.bad),
        "bad_files_not_named": [str(path) for path in unnamed[:10]],
        "frames_expected": truth.frames,
        "frames": frames,
        "frames_of_damaged_files": truth.damaged_frames,
    }


def faults(folder: Path, model: Path, rate: int, times: int, kinds: Sequence[str]) -> dict[str, object]:
    """Kill and disturb a small archive at random moments; afterwards the result is that without faults."""
    nvr = folder / "nvr-faults"
    make_archive(nvr, 0.3, rate, broken=False)
    wanted = folder / "faultless"
    shutil.rmtree(wanted, ignore_errors=True)
    run_s = took("archive", "run", nvr, "-c", model, "--out", wanted, *SMALL)
    figures: dict[str, object] = {}
    for kind in kinds:
        same = runs = 0
        for number in range(times):
            chance = np.random.default_rng([number, *kind.encode()])
            out = folder / "faulty"
            shutil.rmtree(out, ignore_errors=True)
            runs += disturbed(kind, nvr, model, out, chance, run_s)
            same += equal(wanted, out)
        figures[kind] = {"times": times, "same": same, "runs": runs}
        print(kind, figures[kind], flush=True)
    return figures


def disturbed(kind: str, nvr: Path, model: Path, out: Path, chance: np.random.Generator, run_s: float) -> int:
    """Run with one fault, then again until all is done; how many runs that took."""
    words = ["archive", "run", str(nvr), "-c", str(model), "--out", str(out), *SMALL]
    if kind.startswith("ray"):
        words += ["--engine", "ray"]
    if kind == "hang":
        words += ["--limit", "20s"]
    if kind == "full disk":
        return filled(words, out)
    driver = subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    time.sleep(chance.uniform(0.5, max(1.0, run_s + (10 if kind.startswith("ray") else 0))))
    if kind == "vanishing file":
        films = sorted(nvr.rglob("*.mp4"))
        film = films[int(chance.integers(len(films)))]
        film.rename(film.with_suffix(".gone"))
        time.sleep(chance.uniform(0.2, 2))
        film.with_suffix(".gone").rename(film)
    elif kind != "hang" or judging(out):
        strike(kind, driver, chance)
    code = driver.wait()
    runs = 1
    while code and runs < 6:
        code = subprocess.run(command(*words, "--retry"), capture_output=True, check=False).returncode  # noqa: S603
        runs += 1
    return runs


def judging(out: Path) -> bool:
    """Whether films are decoded right now: what hangs later is no decoder."""
    try:
        told = json.loads((out / "progress.json").read_text())
    except (OSError, ValueError):
        return False
    return bool(told["shards_done"] < told["shards"])


def strike(kind: str, driver: "subprocess.Popen[bytes]", chance: np.random.Generator) -> None:
    """Kill, or stop for good, what the fault is of; nothing where it is not there at this moment."""
    if kind == "driver":
        driver.kill()
        return
    own = list(family(driver.pid))
    if kind == "ray worker":
        hit = [each for each in own if "ray::" in " ".join(cmdline(each))]
    elif kind == "raylet":
        hit = [each for each in own if name_of(each) == "raylet"]
    else:
        hit = [each for each in own if "spawn_main" in " ".join(cmdline(each))]
    if hit:
        hit[int(chance.integers(len(hit)))].send_signal(signal.SIGSTOP if kind == "hang" else signal.SIGKILL)


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


def scale(folder: Path, model: Path, rate: int) -> dict[str, object]:
    """Times real time with one and two workers and with Ray's two; processor time beside that of plain `score`."""
    nvr = folder / "nvr-scale"
    make_archive(nvr, 1.0, rate, broken=False)
    films = sorted(nvr.rglob("*.mp4"))
    figures: dict[str, object] = {"films": len(films)}
    plain = cpu_of("score", *films, "-c", model, "--out", folder / "plain", "--no-annotate")
    figures["plain score, processor s"] = round(plain, 1)
    for name, more in (("1 worker", ["--workers", "1"]), ("2 workers", ["--workers", "2"]),
                       ("ray, 2", ["--workers", "2", "--engine", "ray"])):  # fmt: skip
        out = folder / "scale"
        shutil.rmtree(out, ignore_errors=True)
        unusual("archive", "plan", nvr, "-c", model, "--out", out, *EVENTS)
        spent = cpu_of("archive", "run", nvr, "-c", model, "--out", out, *EVENTS, *more)
        progress = json.loads((out / "progress.json").read_text())
        figures[name] = {
            "times_real_time": round(progress["times_real_time"], 1),
            "processor_s": round(spent, 1),
            "over_plain": round(spent / plain - 1, 3),
        }
    return figures


def memory(folder: Path, rows: int) -> dict[str, float]:
    """Peak memory of a driver over made-up rows, MB: before it begins, and in the end."""
    script = Path(__file__).with_name("archive_memory.py")
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(script), str(folder / f"rows-{rows}"), str(rows)],
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


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


EVENTS = ["--enter", "50", "--leave", "20", "--shard-minutes", SHARD_MINUTES]
SMALL = ["--enter", "50", "--leave", "20", "--shard-minutes", "1", "--workers", "2"]


def command(*words: object) -> list[str]:
    """The command line of this checkout."""
    return [sys.executable, "-m", "unusual", *map(str, words)]


def unusual(*words: object, expected: tuple[int, ...] = (0,)) -> None:
    """Run it; end with what it said where that did not go well."""
    done = subprocess.run(command(*words), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode not in expected:
        raise SystemExit(f"{' '.join(map(str, words[:2]))} ended with {done.returncode}: {done.stderr[-600:]}")


def took(*words: object) -> float:
    """Seconds that a command takes."""
    begun = time.monotonic()
    unusual(*words)
    return time.monotonic() - begun


def cpu_of(*words: object) -> float:
    """Seconds of processor time that a command and its children take; Ray's servers are not among them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    unusual(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1] / "src")
    main()
