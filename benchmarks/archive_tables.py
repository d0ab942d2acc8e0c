"""The sections of docs/results.md about archives: found and counted, faults, scale and memory, costs on paper."""

from collections.abc import Iterator, Mapping
from typing import Any

from camera_tables import origin
from plan_tables import table

HOURS = 10_000  # of the archive on paper
CORES = (8, 64, 512)
PRICE = 0.04  # of a core for an hour, as clouds rent them out
SHARD_MINUTES = 10
READ_TWICE = 2  # by the plan, and by whoever judges

Record = dict[str, Any]  # JSON that our own scripts wrote


def company(record: Record) -> str:
    """What else the machine did."""
    if "others_percent" not in record:
        return "a machine with much other work"
    return f"a machine of which others used {record['others_percent']:g} % when it began"


def archive(record: Record) -> Iterator[str]:
    """What was planted and broken, and what came out."""
    hours, row, worker = record["hours"], record["found"], record["found"]["worker_memory"]
    yield (
        f"## An archive of {hours:g} hours\n\nThree made-up cameras in {row['files']:,} segments of a minute, "
        f"frames a second: {record['rate']}; damaged, empty, doubled and overlapping ones among them, and a clock that "
        f"is set back by an hour. Workers: {record.get('workers', 1)}, on {company(record)}.\n"
    )
    bad = row["bad_files"]
    rows = {
        "planted events, found at their places": f"{row['planted']}, {row['found']}",
        "other events": row["events"] - row["found"],
        "frames of sound files, lost, doubled": f"{row['frames_of_sound_files']:,}, {row['lost']}, {row['doubled']}",
        "frames of damaged files, read": f"{row['frames_of_damaged_files']:,}, {row['of_these_read']:,}",
        "bad files, named": f"{bad}, {bad - len(row['bad_files_not_named'])}",
        "processor seconds": f"{row['processor_s']:,.0f}",
        "times real time of a core": f"{3600 * hours / row['processor_s']:,.0f}",
        "seconds by the clock: plan, the rest": f"{row['plan_s']:,.0f}, {row['run_s']:,.0f}",
        "MB of the largest process at work: of those that judge, in the end of those that gather": (
            ", ".join(map(str, worker.values()))
        ),
        "MB of the report": row["report_mb"],
    }
    yield from table(["", ""], [[name, str(value)] for name, value in rows.items()])
    yield origin(record)


def memory(record: Record) -> Iterator[str]:
    """A driver over made-up shards."""
    yield "## A driver over made-up shards, peak memory, MB\n"
    drivers = [[name, *(f"{value:.0f}" for value in of.values())] for name, of in record["memory"].items()]
    yield from table(["", "when all is loaded", "manifest written", "all shards done"], drivers)
    yield origin(record)


def worker(record: Record) -> Iterator[str]:
    """A worker over many shards."""
    yield "## A worker that judges one shard after the other, MB\n"
    yield "Shards of a minute; how much it rises is told by a line through all but the first fifth of them.\n"
    columns = list(next(iter(record["worker"].values())))
    rows = [[method, *(f"{of[column]:g}" for column in columns)] for method, of in record["worker"].items()]
    yield from table(["", *(column.replace("_mb", "").replace("_", " ") for column in columns)], rows)
    yield origin(record)


def faults(record: Record) -> Iterator[str]:
    """What was killed and disturbed."""
    yield "## An archive's faults\n"
    yield f"{record['note']}\n" if "note" in record else ""
    yield (
        "Each at a random moment of a run, which was then given again until it ended well; the scores are those of a "
        "run without faults to the bit, the events to the letter.\n"
    )
    rows = [[kind, *(str(row[key]) for key in ("times", "same", "runs"))] for kind, row in record["faults"].items()]
    yield from table(["fault", "times", "same result", "runs that took"], rows)
    yield origin(record)


def scale(record: Record) -> Iterator[str]:
    """Workers, and the cost over plain `score`."""
    row = record["scale"]
    size = f"{row['width']}x{row['height']}"
    yield f"## An archive on two cores, {size}\n"
    yield (
        f"An hour of three cameras in {row['segments']} segments, {record['rate']} frames a second, beside plain "
        f"`score` of the {row['films']} films that they were cut from: {row['plain score, processor s']:g} processor "
        f"seconds. On {company(record)}.\n"
    )
    rows = {name: of for name, of in row.items() if isinstance(of, dict)}
    columns = next(iter(rows.values()))
    yield from table(["", *columns], [[name, *(f"{value:g}" for value in of.values())] for name, of in rows.items()])
    yield origin(record)


def parts(record: Record) -> Iterator[str]:
    """What a frame costs, and what follows for a large archive."""
    yield f"## {HOURS:,} hours of 25 frames a second, on paper\n"
    yield f"Measured on {company(record)}; processor ms a frame, one thread:\n"
    films = {name: row for name, row in record.items() if isinstance(row, dict) and "mbit_per_s" in row}
    costs = [(film, row, name, of) for film, row in films.items() for name, of in row.items() if isinstance(of, dict)]
    columns = ["looking at it", "decoding", "decoding and judging", "times decoding", "MB an hour on the shelf"]
    yield from table(
        ["film", "Mbit/s", "method", *columns],
        [[film, f"{row['mbit_per_s']:g}", name, *_each_frame(row, of)] for film, row, name, of in costs],
    )
    shards = round(HOURS * 60 / SHARD_MINUTES)
    yield (
        f"What follows for {HOURS:,} hours, in {shards:,} shards: films are read by the plan and by whoever judges, "
        f"the shelf is written and read once. At {PRICE:g} a core-hour:\n"
    )
    yield from table(
        [
            "film",
            "method",
            "core-hours",
            *(f"hours on {cores} cores" for cores in CORES),
            "cost",
            "TB read",
            "GB shelf",
        ],
        [[film, name, *on_paper(record["rate"], row, of)] for film, row, name, of in costs],
    )
    yield origin(record)


def _each_frame(film: Mapping[str, Any], method: Mapping[str, float]) -> Iterator[str]:
    """Looking at it, decoding, that and judging, how many times that is, MB on the shelf."""
    read, judged = method["reading_ms_a_frame"], method["all_ms_a_frame"]
    yield from (f"{film['looking_ms_a_frame']:g}", f"{read:g}", f"{judged:g}", f"{judged / read:.2f}")
    yield f"{method['shelf_mb_an_hour']:g}"


def on_paper(rate: int, film: Mapping[str, Any], method: Mapping[str, float]) -> Iterator[str]:
    """Core-hours, hours on so many cores, cost, TB, GB."""
    each_ms = film["looking_ms_a_frame"] + method["all_ms_a_frame"]
    core_hours = HOURS * rate * each_ms / 1000
    yield f"{core_hours:,.0f}"
    yield from (f"{core_hours / cores:,.1f}" for cores in CORES)
    yield f"{core_hours * PRICE:,.0f}"
    yield f"{READ_TWICE * HOURS * 3600 * film['mbit_per_s'] / 8 / 1e6:,.1f}"
    yield f"{HOURS * method['shelf_mb_an_hour'] / 1000:,.0f}"


SECTIONS = {
    "archive": archive,
    "archive_memory": memory,
    "archive_worker": worker,
    "archive_faults": faults,
    "archive_scale": scale,
    "archive_scale_large": scale,
    "archive_parts": parts,
}
