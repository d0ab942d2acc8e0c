"""A shard -> its rows: the pure function that every executor runs. Loads no torch where the network runs without it.

A row a frame, in order; what is said of a unit stands at the unit's first frame, and only units that begin with a frame
which the shard owns are kept. So each frame and each unit of a stream is in one shard and in no other.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from math import isnan
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from unusual.domain import Event, Frame
from unusual.errors import DataError
from unusual.run.archive.manifest import Shard
from unusual.run.archive.reading import PieceRead, ShardFrames
from unusual.run.checkpoint import Checkpoint
from unusual.run.score import Thresholds
from unusual.run.stream import Listener, Stream
from unusual.scores.judgement import JudgedObjects, Judgement
from unusual.video.condition.levels import showing

OBJECT = pa.struct(
    {
        "track": pa.int32(), "kind": pa.int16(), "score": pa.float32(), "looks": pa.float32(), "moves": pa.float32(),
        "left": pa.float32(), "top": pa.float32(), "right": pa.float32(), "bottom": pa.float32(),
    }
)  # fmt: skip
ROWS = pa.schema(
    {
        "frame": pa.int64(), "time_s": pa.float64(), "seam": pa.bool_(), "scored": pa.bool_(),
        "unit_frames": pa.int32(), "score": pa.float64(), "error": pa.float64(), "published": pa.bool_(),
        "left": pa.float32(), "top": pa.float32(), "right": pa.float32(), "bottom": pa.float32(), "why": pa.string(),
        "zone": pa.string(), "objects": pa.list_(OBJECT),
    }
)  # fmt: skip
READ = b"read"  # what came of the files, as JSON in the table's own notes
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class ShardRead:
    """What came of the files of a shard. frames: that it owns and that came. pieces: see `PieceRead`."""

    frames: int
    pieces: tuple[PieceRead, ...]


@dataclass(slots=True)
class _Rows(Listener):
    """Collects the rows of a shard. first, last: frames that it owns. leave: live score at which a place ends."""

    first: int
    last: int
    goes_on: bool  # what was before the first frame that is read belongs to the same stretch
    leave: float
    places: list[int] = field(default_factory=list)  # of the frames that were read, in order
    rows: list[Row] = field(default_factory=list)
    _told: int = 0
    _stretch: int = 0  # place of its first frame
    _known: int = -1  # first frame, in the stretch, of the newest unit that was kept

    def scored(self, frame: Frame, score: float, judgements: Sequence[Judgement]) -> None:
        place = self.places[self._told]
        begins = frame.index == 0
        if begins:
            self._stretch, self._known = place, -1
        seam = begins and (frame.after_gap or not (self._told == 0 and self.goes_on))
        self._told += 1
        row: Row = {"frame": place, "time_s": frame.time_s, "seam": seam, "scored": not isnan(score)}
        for judgement in judgements:
            if judgement.first == frame.index and judgement.first > self._known:
                self._known = judgement.first
                row |= _unit_row(judgement, self.leave)
        if self.first <= place < self.last:
            self.rows.append(row)


def score_shard(shard: Shard, checkpoint: Checkpoint, leave: float = Thresholds().leave) -> bytes:
    """Judge a shard: a Parquet file, as bytes; see ROWS.

    Raises:
        VideoError: a file has changed or gone since it was looked at.
        DataError: the checkpoint is not the one that the shard was planned for.
    """
    if checkpoint.sha256 != shard.model:
        raise DataError(f"shard {shard.shard_id} is for another model than the one that is given: plan again")
    frames = ShardFrames(shard)
    goes_on = bool(shard.pieces[0].at + shard.pieces[0].first)
    rows = _Rows(shard.first, shard.last, goes_on, leave)
    never = Thresholds(enter=float("inf"), leave=0.0).finder()
    stream = Stream(checkpoint, [rows], never, longest_s=float("inf"), pictured=False, name=shard.stream)

    def noted() -> Any:
        for frame in frames:
            rows.places.append(frame.index)
            yield frame

    with showing(checkpoint.levels):
        stream.run(noted())
    return _table(rows.rows, ShardRead(len(rows.rows), tuple(frames.reads)))


def read_scored(data: bytes) -> tuple[pa.Table, ShardRead]:
    """The rows of a shard, and what came of its files. Raises DataError."""
    try:
        table = pq.read_table(BytesIO(data))
        told = json.loads(table.schema.metadata[READ])
    except (pa.ArrowException, OSError, TypeError, KeyError, ValueError) as error:
        raise DataError(f"a shard's file is broken: {error!s:.120}") from error
    pieces = tuple(PieceRead(p["path"], p["wanted"], p["came"], tuple(p["problems"])) for p in told["pieces"])
    return table, ShardRead(told["frames"], pieces)


def _table(rows: Sequence[Row], read: ShardRead) -> bytes:
    schema = ROWS.with_metadata({READ: json.dumps(asdict(read)).encode()})
    out = BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema), out, compression="zstd")
    return out.getvalue()


def _unit_row(judgement: Judgement, leave: float) -> Row:
    placed = judgement.place(Event(0.0, 0.0, 0.0, judgement.weighed), leave)
    box = placed.region
    corners = {} if box is None else {name: getattr(box, name) for name in ("left", "top", "right", "bottom")}
    errors = judgement.errors
    return {
        "unit_frames": judgement.last - judgement.first + 1,
        "score": judgement.score,
        "error": errors.error,
        "published": errors.published,
        "why": placed.why,
        "zone": placed.zone,
        "objects": None if judgement.objects is None else _object_rows(judgement.objects),
        **corners,
    }


def _object_rows(objects: JudgedObjects) -> list[Row]:
    errors = objects.errors
    tracks = [-1] * len(objects) if errors.tracks is None else errors.tracks.tolist()
    names = ("track", "kind", "score", "looks", "moves", "left", "top", "right", "bottom")
    kinds, scores = errors.kinds.tolist(), objects.scores.tolist()
    values = zip(
        tracks, kinds, scores, errors.looks.tolist(), errors.moves.tolist(), errors.boxes.tolist(), strict=True
    )
    return [dict(zip(names, (*head, *box), strict=True)) for *head, box in values]
