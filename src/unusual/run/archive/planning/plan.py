"""The files of an archive -> its manifest: which frames are judged together, each of them once.

files ─► a look at each ─► one of each content ─► streams of each camera ─► shards of about ten minutes
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

from unusual.errors import CheckpointError, ConfigError
from unusual.methods.scorer import Reach
from unusual.run.archive.manifest import FILMS, MANIFEST, FilmRow, Shard, write_films, write_shards
from unusual.run.archive.planning.looking import LookedAt, look_at_all, shared_with
from unusual.run.archive.planning.recordings import Recording, find_recordings
from unusual.run.archive.planning.strands import Strand, row_of, strands_of
from unusual.video.source import printable

SHARD_MINUTES = 10.0
REST = 0.25  # of a shard: what is left over at the end of a stream and shorter goes to the one before


@dataclass(frozen=True, slots=True)
class ArchiveFiles:
    """What is to be judged, in a person's words. See `find_recordings`; minutes: of a shard."""

    files: Sequence[str]
    patterns: Sequence[str] = ()
    zone: tzinfo = UTC
    minutes: float = SHARD_MINUTES

    def __post_init__(self) -> None:
        if not 0.01 <= self.minutes <= 1440:
            raise ConfigError(f"a shard has from 0.01 to 1440 minutes, got {self.minutes}")


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """Who judges a camera.

    model: the digest of its file. settings: what was changed of it, and its zones. reach: of its scorer.
    """

    model: str
    settings: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan came to. hours: of video that is judged. lost: files that are not, each in a line."""

    films: int
    shards: int
    hours: float
    lost: tuple[str, ...]


def plan(
    named: ArchiveFiles,
    judging: Callable[[str], JudgedBy],
    out: Path,
    workers: int,
    tell: Callable[[str], None],
    seen: Callable[[int, str], None] = lambda count, path: None,
) -> Planned:
    """Look at all files, and write the manifest into a folder.

    Args:
        judging: who judges the camera of this name; it may raise, before any work is done.
        tell: hears what a person should know, in a line. seen: how many files were looked at, and the last of them.

    Raises:
        ConfigError: there is nothing to judge. Others as `judging` and `write_rows`.
    """
    recordings = list(find_recordings(named.files, named.patterns, named.zone, tell))
    first = {each.camera: each.path for each in reversed(recordings)}
    judges = {camera: _judged_by(judging, camera, first[camera]) for camera in sorted(first)}
    films, rows = _looked(recordings, workers, seen)
    strands: list[Strand] = []
    for camera in judges:
        own, known = strands_of([film for film in films if film.recording.camera == camera], shared_with)
        strands += own
        rows += known
    write_films(out / FILMS, sorted(rows, key=lambda row: (row.camera, row.start_utc, row.path)))
    shards = (shard for each in strands for shard in shards_of(each, judges[each.camera], named.minutes))
    count = write_shards(out / MANIFEST, shards)
    lost = tuple(f"{row.path}: {row.words}" for row in rows if row.state == "unreadable")
    return Planned(len(recordings), count, sum(strand.seconds for strand in strands) / 3600, lost)


def shards_of(strand: Strand, judging: JudgedBy, minutes: float) -> Iterator[Shard]:
    """Cut a stream into shards that its method can judge by themselves."""
    reach = judging.reach
    length = max(1, round(minutes * 60 * strand.rate / reach.every)) * reach.every
    starts = list(range(0, strand.frames, length))
    if len(starts) > 1 and strand.frames - starts[-1] < REST * length:
        starts.pop()
    for number, first in enumerate(starts):
        last = starts[number + 1] if number + 1 < len(starts) else strand.frames
        low = max(0, first - reach.lead) // reach.every * reach.every
        yield Shard(
            "",
            strand.camera,
            strand.name,
            number,
            first,
            last,
            strand.frames,
            strand.begins_utc,
            strand.rate,
            judging.model,
            judging.settings,
            strand.pieces(low, last + reach.after),
        ).identified()


def _judged_by(judging: Callable[[str], JudgedBy], camera: str, path: str) -> JudgedBy:
    try:
        return judging(camera)
    except CheckpointError as error:  # often no camera at all, but a folder that was taken for one
        raise CheckpointError(f"{error}; its name is from {printable(path)}: --camera says where it is") from error


def _looked(
    recordings: Sequence[Recording], workers: int, seen: Callable[[int, str], None]
) -> tuple[list[LookedAt], list[FilmRow]]:
    """The films that are to be judged, one of each content, and what is to be said of the others."""
    place = {recording.path: number for number, recording in enumerate(recordings)}
    found: list[LookedAt] = []
    rows: list[FilmRow] = []
    for count, done in enumerate(look_at_all(recordings, workers), start=1):
        seen(count, done.task.path)
        if done.value is None:
            rows.append(_unreadable(done.task, done.trouble))
        else:
            found.append(done.value)
    films: dict[str, LookedAt] = {}
    for looked in sorted(found, key=lambda each: place[each.recording.path]):
        same = films.setdefault(looked.content, looked)
        if same is not looked:
            rows.append(row_of(looked, f"the same as {printable(same.recording.path)}", state="duplicate"))
    return list(films.values()), rows


def _unreadable(recording: Recording, trouble: str) -> FilmRow:
    path, start = printable(recording.path), recording.starts_utc[0] if recording.starts_utc else float("nan")
    words = trouble.removeprefix(f"cannot read {path} as video: ").removeprefix(f"cannot read {path}: ")
    return FilmRow(path, recording.camera, "unreadable", words, start)
