"""What comes out of an archive as tables: scores/CAMERA.parquet, a row a frame, and events.csv, a row an event."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from unusual.domain import Event
from unusual.errors import DataError
from unusual.files import whole_file, write_text
from unusual.run.archive.manifest import Shard
from unusual.run.archive.past.merge import FrameScore

EVENTS_CSV, SCORES = "events.csv", "scores"
ROWS_AT_ONCE = 20_000
SCORE_TABLE = pa.schema(
    {
        "camera": pa.string(), "stream": pa.string(), "frame": pa.int64(), "time_s": pa.float64(),
        "utc": pa.timestamp("us", "UTC"), "live_score": pa.float64(), "paper_score": pa.float64(),
        "file": pa.string(), "file_frame": pa.int64(),
    }
)  # fmt: skip
COLUMNS = ["id", "camera", "start", "end", "peak", "seconds", "score", "per_day", "why", "file", "file_s", "stream"]


@dataclass(frozen=True, slots=True)
class ArchiveEvent:
    """An event of an archive. event: its times in seconds of the stream. per_day: how often such a score is reached.

    shard: that has its peak. first, last: frames of the peak's unit, in the stream.
    """

    id: str
    camera: str
    event: Event
    per_day: float
    shard: Shard
    first: int
    last: int

    @property
    def start_utc(self) -> float:
        """When it began."""
        return self.shard.begins_utc + self.event.start_s

    @property
    def peak_utc(self) -> float:
        """When it was worst."""
        return self.shard.begins_utc + self.event.peak_s

    @property
    def end_utc(self) -> float:
        """When it was over."""
        return self.shard.begins_utc + self.event.end_s

    @property
    def place(self) -> tuple[str, float]:
        """The file with its peak, and how many seconds into it that is."""
        begun = [piece for piece in self.shard.pieces if piece.at_s <= self.event.peak_s]
        piece = max(begun or self.shard.pieces[:1], key=lambda each: each.at_s)
        return piece.path, max(0.0, self.event.peak_s - piece.at_s)


class ScoreRows:
    """Writes the scores of a camera's frames as they come. Made by `write_score_table`."""

    def __init__(self, writer: pq.ParquetWriter, camera: str) -> None:
        self._writer, self._camera = writer, camera
        self._rows: list[tuple[Any, ...]] = []
        self._shard: Shard | None = None

    def add(self, frame: FrameScore) -> None:
        """Take a frame."""
        shard = frame.shard
        if shard is not self._shard:
            self._shard, self._files = shard, iter(shard.files)
            self._file = next(self._files)
        while frame.frame >= self._file.at + self._file.last:
            self._file = next(self._files)
        utc = round(frame.utc * 1e6)
        live, paper = (None if math.isnan(score) else score for score in (frame.live, frame.paper))
        at = frame.frame - self._file.at
        row = (self._camera, shard.stream, frame.frame, frame.time_s, utc, live, paper, self._file.path, at)
        self._rows.append(row)
        if len(self._rows) == ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        columns = list(zip(*self._rows, strict=True)) or [()] * len(SCORE_TABLE)
        arrays = [pa.array(values, each.type) for values, each in zip(columns, SCORE_TABLE, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=SCORE_TABLE))
        self._rows = []


@contextmanager
def write_score_table(out: Path, camera: str) -> Iterator[ScoreRows]:
    """Write a camera's scores under their name in `out`, whole or not at all. Raises OutputError."""
    with (
        whole_file(out / SCORES / f"{camera}.parquet") as part,
        pq.ParquetWriter(part, SCORE_TABLE, compression="zstd") as writer,
    ):
        table = ScoreRows(writer, camera)
        yield table
        table.flush()


def read_scores_between(out: Path, camera: str, stream: str, first: int, last: int) -> list[tuple[float, float | None]]:
    """(UTC seconds, live score or None) of a stream's frames [first, last). Raises DataError."""
    wanted = [("stream", "=", stream), ("frame", ">=", first), ("frame", "<", last)]
    try:
        table = pq.read_table(out / SCORES / f"{camera}.parquet", columns=["utc", "live_score"], filters=wanted)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"cannot read the scores of {camera}: {error!s:.120}") from error
    micros = table["utc"].cast(pa.int64()).to_pylist()
    return [(utc / 1e6, score) for utc, score in zip(micros, table["live_score"].to_pylist(), strict=True)]


def write_events_table(out: Path, events: Sequence[ArchiveEvent]) -> None:
    """Write events.csv, the oldest first; times are UTC, `file_s` seconds into the file. Raises OutputError."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for each in sorted(events, key=lambda one: (one.start_utc, one.camera)):
        path, at_s = each.place
        times = [_iso(utc) for utc in (each.start_utc, each.end_utc, each.peak_utc)]
        told = each.event
        numbers = [round(told.end_s - told.start_s, 3), round(told.peak_score, 4), round(each.per_day, 4)]
        rows.writerow([each.id, each.camera, *times, *numbers, told.why, path, round(at_s, 3), each.shard.stream])
    write_text(out / EVENTS_CSV, text.getvalue().encode("utf-8", "replace").decode())


def read_event_ids(out: Path) -> list[str]:
    """The ids of the events that were written there before."""
    try:
        with (out / EVENTS_CSV).open(encoding="utf-8", newline="") as file:
            return [row["id"] for row in csv.DictReader(file)]
    except (OSError, KeyError, csv.Error):
        return []


def _iso(utc: float) -> str:
    return datetime.fromtimestamp(utc, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
