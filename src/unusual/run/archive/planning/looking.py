"""A look at each file of an archive, in a short-lived process of its own: a broken one may do there what it likes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unusual.errors import VideoError
from unusual.run.archive.engines.children import Done, in_children
from unusual.run.archive.planning.recordings import Recording
from unusual.video.container.film import Film, content_of, read_film, shared_frames
from unusual.video.source import printable

LOOK_S, BYTES_A_SECOND = 30.0, 5e6  # what a look may take, and of how large a file


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a look at a file told. start_utc: by its path, else by when it was written. size and more: `content_of`."""

    recording: Recording
    film: Film
    size: int
    mtime_ns: int
    content: str

    @property
    def start_utc(self) -> float:
        """When it begins, as far as anybody can tell."""
        told = self.recording.starts_utc
        return told[0] if told else self.mtime_ns / 1e9 - float(self.film.seconds)


def look_at(recording: Recording) -> LookedAt:
    """Look at a file. Raises VideoError where it is no film, has gone, or has a name that no table can hold."""
    path = Path(recording.path)
    if not _is_utf8(recording.path):
        raise VideoError("its name is no UTF-8: rename it")
    film = read_film(path)
    try:
        return LookedAt(recording, film, *content_of(path))
    except OSError as error:
        raise VideoError(f"cannot read {printable(path)}: {error.strerror}") from error


def look_at_all(recordings: Iterable[Recording], workers: int) -> Iterator[Done[Recording, LookedAt]]:
    """Look at files, some at once; what each told, as it comes."""
    source = iter(recordings)
    return in_children(partial(next, source, None), look_at, _limit_s, workers=workers, lasts=False)


def shared_with(earlier: LookedAt, later: LookedAt) -> int:
    """How many frames the later one begins with that end the earlier one; 0 where that cannot be told."""
    pairs = [(Path(earlier.recording.path), Path(later.recording.path))]
    done = in_children(lambda: pairs.pop() if pairs else None, _shared, lambda _: 2 * LOOK_S, workers=1, lasts=False)
    return next(done).value or 0


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shared(pair: tuple[Path, Path]) -> int:
    return shared_frames(*pair)


def _limit_s(recording: Recording) -> float:
    try:
        return LOOK_S + Path(recording.path).stat().st_size / BYTES_A_SECOND
    except OSError:
        return LOOK_S
