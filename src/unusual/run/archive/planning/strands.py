"""The files of one camera -> streams without a gap: cut every minute by a recorder, and one video all the same.

A file goes on with a stream where it begins when that ends, to the second that file names have. One that begins
earlier has frames of the file before, which are counted once; or the clock was set back, and it is a stream of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from unusual.run.archive.manifest import FilmPiece, FilmRow
from unusual.run.archive.planning.looking import LookedAt
from unusual.video.container.film import KeyFrame

NAME_S = 1.0  # file names tell the second alone
APART_S = 20.0  # of the places that a manifest keeps, at which a file may be entered
Shared = Callable[[LookedAt, LookedAt], int]


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a stream. first: frame from which on it counts; at, at_s: where its frame 0 would be in the stream."""

    looked: LookedAt
    first: int
    at: int
    at_s: float

    def piece(self, low: int, high: int) -> FilmPiece | None:
        """Its part of the stream's frames [low, high); None where it has none."""
        film, looked = self.looked.film, self.looked
        first, last = max(self.first, low - self.at), min(film.frames, high - self.at)
        if first >= last:
            return None
        keys = tuple(_some_keys(film.keys, first, last))
        names = (looked.recording.path, looked.size, looked.mtime_ns, looked.content)
        return FilmPiece(*names, first, last, film.frames, self.at, self.at_s, film.first, keys)


@dataclass(slots=True)
class Strand:
    """A stream as it grows. name: of its camera and its beginning. begins_utc: its first second."""

    camera: str
    name: str
    begins_utc: float
    members: list[Member] = field(default_factory=list)
    frames: int = 0
    seconds: float = 0.0

    @property
    def end_utc(self) -> float:
        """When a file that goes on with it begins."""
        return self.begins_utc + self.seconds

    @property
    def rate(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds

    @property
    def last(self) -> LookedAt:
        """The newest file."""
        return self.members[-1].looked

    def add(self, looked: LookedAt, first: int = 0) -> None:
        """Go on with a file, from a frame of it on."""
        film = looked.film
        key = film.key_before(first) if first else None
        skipped_s = float(key.stamp - film.first) if key and key.position == first else first / float(film.rate)
        self.members.append(Member(looked, first, self.frames - first, round(self.seconds - skipped_s, 6)))
        self.frames += film.frames - first
        self.seconds = round(self.seconds + float(film.seconds) - skipped_s, 6)

    def pieces(self, low: int, high: int) -> tuple[FilmPiece, ...]:
        """The files that hold its frames [low, high)."""
        parts = (member.piece(low, high) for member in self.members)
        return tuple(part for part in parts if part is not None)


def strands_of(films: Iterable[LookedAt], shared: Shared) -> tuple[list[Strand], list[FilmRow]]:
    """The streams of one camera, and what became of each file.

    Args:
        films: of the camera, no two with the same content. shared: see `shared_with`.
    """
    strands: list[Strand] = []
    rows: list[FilmRow] = []
    going_on: list[Strand] = []  # those that a later file may go on with
    known: dict[str, int] = {}
    for looked in sorted(films, key=lambda each: (each.start_utc, each.recording.path)):
        going_on = [strand for strand in going_on if strand.end_utc >= looked.start_utc - _apart(looked)]
        strand, first, words = _joined(looked, going_on, shared)
        if first < looked.film.frames:
            if strand is None:
                strand = Strand(looked.recording.camera, _name(looked, known), looked.start_utc)
                strands.append(strand)
                going_on.append(strand)
            strand.add(looked, first)
        rows.append(row_of(looked, words, first, strand.name if strand else ""))
    return strands, rows


def row_of(looked: LookedAt, words: str = "", first: int = 0, stream: str = "", state: str = "") -> FilmRow:
    """What is noted of a file that could be read."""
    film = looked.film
    kind = "overlap" if first else "used"
    return FilmRow(
        looked.recording.path,
        looked.recording.camera,
        state or ("duplicate" if first == film.frames else kind),
        words,
        looked.start_utc,
        float(film.seconds),
        film.frames,
        first,
        film.width,
        film.height,
        looked.size,
        stream,
    )


def _joined(looked: LookedAt, strands: Sequence[Strand], shared: Shared) -> tuple[Strand | None, int, str]:
    """The stream that a file goes on with, from which of its frames on, and what is to be said of that."""
    told = looked.recording.starts_utc
    if not told:
        return None, 0, "its path does not say when it begins: it is taken from when it was written"
    film, words, apart = looked.film, "", _apart(looked)
    alike = [s for s in reversed(strands) if _sizes(s.last) == _sizes(looked) and s.last.recording.starts_utc]
    fitting = [strand for strand in alike if any(abs(start - strand.end_utc) <= apart for start in told)]
    if fitting:  # where the clock was set back by an hour, two may end in the same second
        return min(fitting, key=lambda strand: _written_after(strand.last, looked)), 0, ""
    for strand in (s for s in strands if s.begins_utc < told[0] + float(film.seconds) and s.end_utc > told[0] + apart):
        count = shared(strand.last, looked) if strand in alike else 0
        if count:
            return strand, count, f"its first {count} frames are those that end {_short(strand.last)}"
        words = f"{strand.name} has the same time: the clock was set back, or two recorders ran"
    return None, 0, words


def _apart(looked: LookedAt) -> float:
    """Seconds that may lie between two files of one stream."""
    return NAME_S + 2 / float(looked.film.rate)


def _written_after(one: LookedAt, other: LookedAt) -> float:
    """How far from its length after a file the other was written, in seconds."""
    return abs((other.mtime_ns - one.mtime_ns) / 1e9 - float(other.film.seconds))


def _sizes(looked: LookedAt) -> tuple[int, int]:
    return looked.film.width, looked.film.height


def _short(looked: LookedAt) -> str:
    return "/".join(looked.recording.path.rsplit("/", 2)[-2:])


def _name(looked: LookedAt, known: dict[str, int]) -> str:
    name = f"{looked.recording.camera}-{datetime.fromtimestamp(looked.start_utc, UTC):%Y%m%dT%H%M%S}"
    known[name] = known.get(name, 0) + 1
    return name if known[name] == 1 else f"{name}-{known[name]}"


def _some_keys(keys: Sequence[KeyFrame], first: int, last: int) -> list[KeyFrame]:
    """The key frame that leads to `first`, and some behind it."""
    chosen = [key for key in keys if key.position <= first][-1:]
    for key in keys:
        if first < key.position < last and (not chosen or key.stamp - chosen[-1].stamp >= APART_S):
            chosen.append(key)
    return chosen
