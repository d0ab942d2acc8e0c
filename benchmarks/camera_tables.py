"""The sections of docs/results.md about cameras: alarms promised and real, faults, what a machine holds."""

from collections.abc import Iterator, Mapping
from typing import Any

from plan_tables import table

RAISED = "alarms raised in the ordinary hours at 24 a day, sharpened every hour"
Record = dict[str, Any]  # JSON that our own scripts wrote

NOTES = {  # of records that were not made in one piece, by their commit
    "a5e2d37": " The learning and the films are those of an earlier start of the command, at commit be4639b.",
}


def nights(record: Record) -> Iterator[str]:
    """Planted events and ordinary hours, for several promises."""
    raised = record[RAISED]
    yield (
        f"## A made-up camera, {record['method']}: alarms promised and real\n\n{record['camera']}, learnt from "
        f"{record['learnt from, minutes']:g} minutes of footage; then a walk with {record['planted events']} "
        f"planted events, {record['ordinary hours']} ordinary hours ({record['times real time']} times as fast as they "
        f"passed, while other work ran) and another such walk were watched.{NOTES.get(record['commit'], '')} By the "
        "thresholds of the footage alone:\n"
    )
    yield from promises(record["promises"])
    yield (
        "The thresholds sharpened every hour. The watcher was asked for 24 alarms a day: at most "
        f"{raised['promised at most']:g} were promised in these hours, {raised['raised']} raised. By the thresholds "
        "that were known after them (in the first of the parts that were watched side by side), in the second walk:\n"
    )
    yield from promises(record["after these hours"])
    yield origin(record)


def ped2_alarms(record: Record) -> Iterator[str]:
    """Promised and real alarms on real footage."""
    turns = record["held-out clips, calibrated on four fifths and counted on one, in turn"]
    minutes = f"{record['calibrated on, minutes']:g} minutes"
    learnt = f"Learnt from all {minutes} of training clips, each fifth of which is judged by what the others taught"
    if record["steps"]:
        steps = f"Trained for {record['steps']} batches on half of the training clips"
        learnt = f"{steps}, calibrated on {minutes} of the others"
    place = "Half of UCSD Ped1" if "ped1" in record["command"] else "UCSD Ped2"
    yield f"## {place}: alarms promised and real, {record['method']}\n\n{learnt}.\n"
    rows = {name: row for name, row in turns.items() if isinstance(row, dict)}
    minutes = turns["ordinary minutes"]
    yield f"Ordinary clips that neither training nor calibration saw, {minutes:g} minutes (a fifth counted in turn):\n"
    yield from promises(rows)
    yield "Test clips:\n"
    yield from promises(record["test clips"])
    yield origin(record)


def cameras(record: Record) -> Iterator[str]:
    """How many cameras are held."""
    yield f"## Cameras held in real time, {record['method']}, preset `small`\n\nEach of {record['camera']}.\n"
    rows = {name: dict(row) for name, row in record.items() if isinstance(row, dict) and "held" in row}
    for row in rows.values():
        row["frames"] = ", ".join(f"{count} {name}" for name, count in row["frames"].items())
        del row["memory slope, MB an hour"]
    yield from promises(rows)
    yield origin(record)


def soak(record: Record) -> Iterator[str]:
    """What memory does over time."""
    row = record["1 cameras"]
    slope, low, high = row["memory slope, MB an hour"]
    yield (
        f"## A camera watched for a while, {record['method']}\n\nOf {record['camera']}: "
        f"{row['frames']['in']} frames came in, {row['frames']['scored']} were scored, {row['frames']['dropped']} "
        f"dropped, {row['alarms']} alarms. All processes together took {row['memory, MB']} MB at the end; after the "
        f"first third of the time, memory changed by {slope:g} MB an hour (median of all slopes between two moments, "
        f"95 % interval {low:g} to {high:g}).\n"
    )
    yield origin(record)


def capture(record: Record) -> Iterator[str]:
    """Faults of a stream."""
    yield "## A camera's faults\n\nA real RTSP server, killed and frozen at random; seconds, median and longest.\n"
    steady = [[str(value) for value in row.values()] for row in record["steady"]]
    faults = record["faults"]["seconds, median and longest"]
    rows = [[name, *(f"{a:g} / {b:g}" for a, b in (row["seen"], row["back"]))] for name, row in faults.items()]
    yield from table(["fault", "until it was seen", "from the camera's return to the first frame"], rows)
    counts = "exact" if record["faults"]["counts exact"] else "NOT exact"
    yield f"{len(record['faults']['rows'])} faults; the counts of frames were {counts}. Several cameras, no faults:\n"
    yield from table(list(record["steady"][0]), steady)
    yield origin(record)


def kills(record: Record) -> Iterator[str]:
    """Kills of a writer."""
    yield (
        f"## A writer killed {record['kills']} times\n\n{record['events acknowledged']} events were acknowledged, "
        f"{record['acknowledged events lost']} of them and {record['acknowledged changes lost']} changes were lost; "
        f"{record['integrity checks failed']} integrity checks failed.\n"
    )
    yield origin(record)


def promises(rows: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """A table of rows that have the same columns."""
    columns = next(iter(rows.values()))
    yield from table(["", *columns], [[name, *(str(row[key]) for key in columns)] for name, row in rows.items()])


def origin(record: Record) -> str:
    """The commands that made the figures, one after the other, the machine and the commit."""
    each = dict.fromkeys([*record.get("earlier_commands", []), record["command"]])
    commands = ", ".join(f"`{command}`" for command in each)
    return f"{commands} — {record['machine']}; commit {record['commit']}; {record['date']}\n"


SECTIONS = {
    "nights_habits": nights,
    "nights": nights,
    "ped2_alarms_habits": ped2_alarms,
    "ped1_alarms_habits": ped2_alarms,
    "ped2_alarms_ustn_dsc": ped2_alarms,
    "ped2_alarms_state": ped2_alarms,
    "cameras_habits": cameras,
    "cameras_ustn_dsc": cameras,
    "cameras_state": cameras,
    "soak_ustn_dsc": soak,
    "capture": capture,
    "kill_store": kills,
}
