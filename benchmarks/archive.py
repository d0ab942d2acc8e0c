"""Archives: are planted events found and frames counted, whatever is broken and killed; and what does it cost?

    python benchmarks/archive.py FOLDER --hours 100                # all parts, one after the other
    python benchmarks/archive.py FOLDER --only faults --times 3
    python benchmarks/archive.py FOLDER --only faults --name archive_faults --go-on    # where that record ended
    python benchmarks/archive.py FOLDER --hours 100 --rate 4 --only found     # as many files, fewer frames

FOLDER keeps the made-up archive and what came of it. Films are drawn once a camera and cut into segments by copying
packets, so that hours cost seconds.
"""

import argparse
import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.parquet as pq
from archive_faults import KINDS, Struck, faults
from archive_films import CAMERAS, EVENT_S, HEIGHT, RATE, WIDTH, Planted, Truth, make_archive, train_film
from archive_memory import worker_memory
from archive_runs import EVENTS, SMALL, others_percent, unusual, use_this_checkout, watched_workers
from record import RESULTS, write_record

from unusual.processors import processors
from unusual.run.archive.manifest import FILMS, MANIFEST, models_of, read_films
from unusual.run.archive.past.tables import EVENTS_CSV
from unusual.run.archive.words import read_words
from unusual.run.fit import commit

PARTS = ("found", "faults", "scale", "memory", "worker")
WORKER_SHARDS = {"frame-difference": 1000, "habits": 300}  # while which a worker's memory is measured
BESIDE_S = 0.5  # that an event's peak may lie beside what was planted


def main() -> None:
    """Run the parts that are wanted, and write a record."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--hours", type=float, default=100.0, help="of all cameras together")
    words.add_argument("--rate", type=int, default=RATE, help="frames a second of its films; FOLDER is for one rate")
    words.add_argument("--enlarged", type=int, default=1, help="films of --only scale; FOLDER is for one size too")
    words.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    words.add_argument("--times", type=int, default=20, help="each fault is injected")
    words.add_argument("--begin", type=int, default=0, help="tries of each fault that were made before")
    words.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="of faults")
    words.add_argument("--name", default="archive", help="of the record")
    words.add_argument("--go-on", action="store_true", help="count on from the faults of the record of this name")
    given = words.parse_args()
    before = json.loads((RESULTS / f"{given.name}.json").read_text()) if given.go_on else {}
    given.folder.mkdir(parents=True, exist_ok=True)
    model = given.folder / "model"
    if not model.exists():
        film = train_film(given.folder / "ordinary.mp4", given.rate, given.enlarged)
        unusual("train", film, "--out", model, "--method", "frame-difference", "--set", "clips.height=120")
    at = ", ".join(filter(None, [before.get("commit"), commit()]))  # now: once a record is written, it is no clean one
    figures: dict[str, object] = {"commit": at, "others_percent": others_percent()}
    figures |= {"hours": given.hours, "rate": given.rate, "workers": processors()}
    if given.go_on:
        figures["earlier_commands"] = [*before.get("earlier_commands", []), before["command"]]
    if "found" in given.only:
        figures["found"] = found(given.folder, model, given.hours, given.rate)
    if "faults" in given.only:
        so_far = {kind: Struck(**row) for kind, row in before.get("faults", {}).items()}

        def told() -> None:
            figures["faults"] = {kind: asdict(row) for kind, row in so_far.items()}
            print(json.dumps(figures["faults"]), flush=True)
            write_record(given.name, figures)

        for kind in given.kinds:
            so_far[kind] = so_far.get(kind) or Struck()
            so_far[kind].tries = max(so_far[kind].tries, given.begin)
        faults(given.folder, model, given.rate, given.times, {kind: so_far[kind] for kind in given.kinds}, told)
    if "scale" in given.only:
        figures["scale"] = scale(given.folder, model, given.rate, given.enlarged)
    if "memory" in given.only:
        figures["memory"] = {f"{rows} shards": memory(given.folder, rows) for rows in (1000, 100_000)}
    if "worker" in given.only:
        figures["worker"] = {method: of_a_worker(given.folder, given.rate, method) for method in WORKER_SHARDS}
    print(json.dumps(figures, indent=2))
    write_record(given.name, figures)


def found(folder: Path, model: Path, hours: float, rate: int) -> dict[str, object]:
    """Every planted event at its place, no frame lost or doubled, every bad file named; what that took."""
    nvr, out = folder / "nvr", folder / "out"
    truth = make_archive(nvr, hours, rate)
    shutil.rmtree(out, ignore_errors=True)
    planned = unusual("archive", "plan", nvr, "-c", model, "--out", out, *EVENTS)
    with watched_workers() as memory:
        judged = unusual("archive", "run", nvr, "-c", model, "--out", out, *EVENTS, expected=(0, 3))
    return check(out, truth) | {
        "plan_s": round(planned.seconds, 1),
        "run_s": round(judged.seconds, 1),
        "processor_s": round(planned.processor_s + judged.processor_s, 1),
        "worker_memory": memory.told(),
        "report_mb": round((out / "report.html").stat().st_size / 1e6, 2),
    }


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
    frames = [count_frames(out, camera, truth) for camera in CAMERAS]
    sound = sum(each.sound for each in frames)
    return {
        "files": len(films),
        "planted": len(truth.events),
        "found": len(truth.events) - len(missed),
        "missed": [f"{each.places[0][0]} {each.places[0][1]:.1f}" for each in missed[:10]],
        "events": len(rows),
        "bad_files": len(truth.bad),
        "bad_files_not_named": [str(path) for path in unnamed[:10]],
        "frames_of_sound_files": truth.frames,
        "lost": truth.frames - sound,
        "doubled": sum(each.doubled for each in frames),
        "frames_of_damaged_files": truth.damaged_frames,
        "of_these_read": sum(each.damaged for each in frames),
    }


@dataclass(frozen=True, slots=True)
class Frames:
    """Of a camera's scores. sound, damaged: of files that are; doubled: that are there more than once."""

    sound: int
    damaged: int
    doubled: int


def count_frames(out: Path, camera: str, truth: Truth) -> Frames:
    """Count the rows of a camera's scores, by the files that they name."""
    table = pq.read_table(out / "scores" / f"{camera}.parquet", columns=["stream", "frame", "file", "file_frame"])
    files = table.group_by("file").aggregate([("frame", "count")])
    broken = {str(path.absolute()) for path in truth.damaged}
    damaged = sum(row["frame_count"] for row in files.to_pylist() if row["file"] in broken)
    different = [table.group_by(keys).aggregate([]).num_rows for keys in (["stream", "frame"], ["file", "file_frame"])]
    return Frames(table.num_rows - damaged, damaged, table.num_rows - min(different))


def scale(folder: Path, model: Path, rate: int, enlarged: int) -> dict[str, object]:
    """Times real time with one and two workers and with Ray's two; processor time beside that of plain `score`.

    Plain `score` has the films that the segments were cut from: of each of them it writes pages and pictures.
    """
    nvr = folder / "nvr-scale"
    make_archive(nvr, 1.0, rate, enlarged=enlarged, broken=False)
    whole = [folder / f"film-{camera}.mp4" for camera in CAMERAS]
    plain = unusual("score", *whole, "-c", model, "--out", folder / "plain", "--no-annotate", *EVENTS[:4]).processor_s
    figures: dict[str, object] = {"films": len(whole), "segments": len(list(nvr.rglob("*.mp4")))}
    figures |= {"width": enlarged * WIDTH, "height": enlarged * HEIGHT}
    figures["plain score, processor s"] = round(plain, 1)
    for name, more in (("1 worker", ["--workers", "1"]), ("2 workers", ["--workers", "2"]),
                       ("ray, 2", ["--workers", "2", "--engine", "ray"])):  # fmt: skip
        out = folder / "scale"
        shutil.rmtree(out, ignore_errors=True)
        planned = unusual("archive", "plan", nvr, "-c", model, "--out", out, *EVENTS)
        judged = unusual("archive", "run", nvr, "-c", model, "--out", out, *EVENTS, *more)
        progress = json.loads((out / "progress.json").read_text())
        figures[name] = {
            "times_real_time": round(progress["times_real_time"], 1),
            "plan, processor_s": round(planned.processor_s, 1),
            "processor_s": round(judged.processor_s, 1),
            "over_plain": round((planned.processor_s + judged.processor_s) / plain - 1, 3),
        }
        print(name, figures[name], flush=True)
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


def of_a_worker(folder: Path, rate: int, method: str) -> dict[str, float]:
    """What a worker holds that judges shards of a minute, one after the other."""
    nvr, model, out = folder / "nvr-memory", folder / f"model-{method}", folder / f"memory-{method}"
    make_archive(nvr, 0.3, rate, broken=False)
    if not model.exists():
        size = ["--set", "clips.height=120"] if method == "frame-difference" else []
        unusual("train", folder / "ordinary.mp4", "--out", model, "--method", method, *size)
    unusual("archive", "plan", nvr, "-c", model, "--out", out, *SMALL[:6])
    words = read_words(out)
    return worker_memory(out, words.work(out, models_of(out / MANIFEST)), WORKER_SHARDS[method])


if __name__ == "__main__":
    use_this_checkout()
    main()
