"""The manifest of an archive: a row a shard, a row a file; and every Parquet file's way in and out.

manifest.parquet  a row a shard, see `Shard`: which frames of a camera's stream it judges, and the files they are in
films.parquet     a row a file, see `FilmRow`: what it holds, and why it is not judged where it is not

A shard's id is the digest of all that decides its scores: frames, the content of files, model, settings. Paths do not.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from unusual.errors import DataError
from unusual.files import whole_file
from unusual.video.container.film import KeyFrame

MANIFEST, FILMS = "manifest.parquet", "films.parquet"
FORMAT = 2  # raise it when other scores come of the same shard
AT_ONCE = 256  # rows that are read, or written, in one go

FRACTION = pa.struct({"over": pa.int64(), "under": pa.int64()})
KEYS = pa.list_(pa.struct({"position": pa.int64(), "stamp": FRACTION}))
PIECE = pa.struct(
    {
        "path": pa.string(), "size": pa.int64(), "mtime_ns": pa.int64(), "content": pa.string(),
        "first": pa.int64(), "last": pa.int64(), "frames": pa.int64(), "at": pa.int64(), "at_s": pa.float64(),
        "begins": FRACTION, "keys": KEYS,
    }
)  # fmt: skip
SHARD = pa.schema(
    {
        "shard_id": pa.string(), "camera": pa.string(), "stream": pa.string(), "number": pa.int32(),
        "first": pa.int64(), "last": pa.int64(), "end": pa.int64(), "begins_utc": pa.float64(), "rate": pa.float64(),
        "model": pa.string(), "settings": pa.string(), "pieces": pa.list_(PIECE),
    }
)  # fmt: skip
FILM = pa.schema(
    {
        "path": pa.string(), "camera": pa.string(), "state": pa.string(), "words": pa.string(),
        "start_utc": pa.float64(), "seconds": pa.float64(), "frames": pa.int64(), "first": pa.int64(),
        "width": pa.int32(), "height": pa.int32(), "bytes": pa.int64(), "stream": pa.string(),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FilmPiece:
    """Frames of one file: [first, last) of its `frames`, of which frame 0 would stand at `at` in the stream, `at_s` s.

    size, mtime_ns, content: see `content_of`. begins: the stamp of its first frame. keys: some of the frames at which
    it may be entered.
    """

    path: str
    size: int
    mtime_ns: int
    content: str
    first: int
    last: int
    frames: int
    at: int
    at_s: float
    begins: Fraction = Fraction(0)
    keys: tuple[KeyFrame, ...] = ()


@dataclass(frozen=True, slots=True)
class Shard:
    """What is judged at once: the frames [first, last) of a stream, `end` frames long.

    stream: consecutive files of one camera without a gap between them. number: of the shard in it. begins_utc: when
    the stream begins, NaN where nobody says. rate: frames a second. model: the digest of its file; settings: what was
    changed of it. pieces: all that is read, with what is seen before and behind those frames.
    """

    shard_id: str
    camera: str
    stream: str
    number: int
    first: int
    last: int
    end: int
    begins_utc: float
    rate: float
    model: str
    settings: str
    pieces: tuple[FilmPiece, ...]

    @property
    def name(self) -> str:
        """Of its file, once it is scored."""
        return f"{self.shard_id}.parquet"

    @property
    def seconds(self) -> float:
        """Of video that it judges."""
        return (self.last - self.first) / self.rate

    @property
    def frames_read(self) -> int:
        """With what is seen before and behind."""
        return sum(piece.last - piece.first for piece in self.pieces)

    @property
    def files(self) -> tuple[FilmPiece, ...]:
        """The pieces that hold frames which it judges."""
        return tuple(p for p in self.pieces if p.at + p.first < self.last and p.at + p.last > self.first)

    def identified(self) -> "Shard":
        """With its id."""
        told = asdict(self) | {"shard_id": "", "stream": "", "begins_utc": 0.0, "format": FORMAT}
        told["pieces"] = [asdict(piece) | {"path": "", "begins": "", "keys": ()} for piece in self.pieces]
        return replace(self, shard_id=hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest())


@dataclass(frozen=True, slots=True)
class FilmRow:
    """A file of the archive.

    state: "used"; "overlap", where its first frames are in the file before; "duplicate", "unreadable". words: why.
    first: frame from which on it is used. start_utc: NaN where nobody says. stream: that it is in.
    """

    path: str
    camera: str
    state: str
    words: str = ""
    start_utc: float = float("nan")
    seconds: float = 0.0
    frames: int = 0
    first: int = 0
    width: int = 0
    height: int = 0
    bytes: int = 0
    stream: str = ""


def write_shards(path: Path, shards: Iterable[Shard]) -> int:
    """Write a manifest, whole or not at all; returns how many rows it has. Raises OutputError."""
    return write_rows(path, SHARD, map(_shard_row, shards))


def read_shards(path: Path, camera: str = "") -> Iterator[Shard]:
    """The shards of a manifest, or of one camera in it, one by one, in memory that does not grow. Raises DataError."""
    for batch in open_table(path).iter_batches(AT_ONCE):
        if not camera or camera in batch.column("camera").unique().to_pylist():
            yield from (shard for shard in map(_shard_of, batch.to_pylist()) if camera in ("", shard.camera))


def models_of(path: Path) -> dict[str, str]:
    """The cameras of a manifest, in its order, and of each the digest of its model. Raises DataError."""
    table = open_table(path).read(["camera", "model"])
    return dict(zip(table["camera"].to_pylist(), table["model"].to_pylist(), strict=True))


def seconds_of(path: Path) -> dict[str, float]:
    """How much video of each camera the shards of a manifest judge. Raises DataError."""
    found: dict[str, float] = {}
    for row in open_table(path).read(["camera", "first", "last", "rate"]).to_pylist():
        found[row["camera"]] = found.get(row["camera"], 0.0) + (row["last"] - row["first"]) / row["rate"]
    return found


def shard_at(path: Path, index: int) -> Shard:
    """The shard of a row. Raises DataError where there is none."""
    file = open_table(path)
    rows = index
    for group in range(file.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        if 0 <= rows < count:
            return _shard_of(file.read_row_group(group).slice(rows, 1).to_pylist()[0])
        rows -= count
    raise DataError(f"{path} has {file.metadata.num_rows} shards, from 0 on: there is none of index {index}")


def write_films(path: Path, films: Iterable[FilmRow]) -> int:
    """Write what is known of the files. Raises OutputError."""
    return write_rows(path, FILM, map(asdict, films))


def read_films(path: Path) -> Iterator[FilmRow]:
    """What is known of the files. Raises DataError."""
    names = [each.name for each in fields(FilmRow)]
    for batch in open_table(path).iter_batches(AT_ONCE):
        yield from (FilmRow(**{name: row[name] for name in names}) for row in batch.to_pylist())


def write_rows(path: Path, schema: pa.Schema, rows: Iterable[Mapping[str, object]]) -> int:
    """Write a Parquet file from rows as they come, whole or not at all."""
    count, held = 0, list[Mapping[str, object]]()
    with whole_file(path) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
        for row in rows:
            held.append(row)
            if len(held) == AT_ONCE:
                writer.write_table(pa.Table.from_pylist(held, schema))
                count, held = count + len(held), []
        writer.write_table(pa.Table.from_pylist(held, schema))
    return count + len(held)


def open_table(path: Path) -> pq.ParquetFile:
    """Open a Parquet file. Raises DataError where it is none."""
    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"cannot read {path}: {error!s:.120}; plan the archive again") from error


def _shard_row(shard: Shard) -> dict[str, object]:
    return asdict(shard) | {"pieces": [_piece_row(piece) for piece in shard.pieces]}


def _piece_row(piece: FilmPiece) -> dict[str, object]:
    keys = [{"position": key.position, "stamp": _parts(key.stamp)} for key in piece.keys]
    return asdict(piece) | {"begins": _parts(piece.begins), "keys": keys}


def _parts(number: Fraction) -> dict[str, int]:
    return {"over": number.numerator, "under": number.denominator}


def _shard_of(row: Mapping[str, Any]) -> Shard:
    return Shard(**(dict(row) | {"pieces": tuple(map(_piece_of, row["pieces"]))}))


def _piece_of(row: Mapping[str, Any]) -> FilmPiece:
    keys = tuple(KeyFrame(key["position"], Fraction(**_named(key["stamp"]))) for key in row["keys"])
    return FilmPiece(**(dict(row) | {"begins": Fraction(**_named(row["begins"])), "keys": keys}))


def _named(parts: Mapping[str, int]) -> dict[str, int]:
    return {"numerator": parts["over"], "denominator": parts["under"]}
