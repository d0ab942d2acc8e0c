"""What a person names -> the files of an archive, and of each its camera and when it begins, as its path says.

Recorders put both into paths. A pattern is the end of a path: {camera}, {year} {month} {day} {hour} {minute} {second}
or {epoch} (seconds since 1970) stand for themselves, `*` for anything but a slash. Between a camera and what follows
it a folder of the day may lie, or folders of year, month and day. PATTERNS are tried one by one.
"""

import glob
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path

from unusual.errors import ConfigError
from unusual.store.names import CAMERA_NAME
from unusual.video.source import VIDEOS, Source, is_machine_made, natural_order, printable

PATTERNS = (
    "{year}-{month}-{day}/{hour}/{camera}/{minute}.{second}.*",  # Frigate
    "{camera}/{year}-{month}-{day}T{hour}-{minute}-{second}*",  # Shinobi
    "{camera}/*{year}{month}{day}*{hour}{minute}{second}*",
    "{camera}/*{year}-{month}-{day}*{hour}-{minute}-{second}*",
    "{camera}/{year}-{month}-{day}/{hour}{minute}{second}*",
    "{camera}/{year}-{month}-{day}/{hour}-{minute}-{second}*",
    "{camera}/*{epoch}*",
    "{camera}/{year}-{month}-{day}/*/*-video.*",  # ZoneMinder, whose paths tell the day alone
)
FLAT = (  # of files that lie in the named folder itself
    "{camera}_{year}{month}{day}*{hour}{minute}{second}*",
    "{camera}_{year}-{month}-{day}*{hour}-{minute}-{second}*",
)
DIGITS = {"year": 4, "month": 2, "day": 2, "hour": 2, "minute": 2, "second": 2, "epoch": 10}
CLOCK = ("year", "month", "day", "hour", "minute", "second")
OURS, BEGAN = (
    re.compile(r"([0-9][0-9T.]*)-([0-9]+)s\.mp4"),
    "%Y%m%dT%H%M%S.%f",
)  # what `learn` has recorded: UTC, seconds
LONGEST_CAMERA = 41  # characters
DAY_FOLDER = r"\d{4}-?\d\d-?\d\d|\d{4}/\d\d/\d\d"
ANY = "{camera}/*"


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of an archive.

    starts_utc: when it begins, as its path says; two moments where the clock was set back in between and its hour was
    there twice; none where the path does not say.
    """

    path: str
    camera: str
    starts_utc: tuple[float, ...] = ()


def find_recordings(
    named: Sequence[str], patterns: Sequence[str], zone: tzinfo, tell: Callable[[str], None]
) -> Iterator[Recording]:
    """All films of folders, of globs, of lists (a text file, a path a line), and those that are named themselves.

    Args:
        patterns: tried before PATTERNS. zone: in which the paths tell the time.
        tell: hears in a line what was left aside, what holds no film, and which pattern fits no path.

    Raises:
        ConfigError: something that is named is not there, none of it holds a film, or a pattern has no {camera}.
    """
    own, flat, known = (list(map(_reader, some)) for some in (patterns, FLAT, PATTERNS))
    useless = dict(zip(patterns, own, strict=True))
    aside = found = 0
    for name in named:
        before = found
        for root, path in _files(name, tell):
            if path.suffix.lower() not in VIDEOS:
                aside += 1
                continue
            found += 1
            useless = {text: reader for text, reader in useless.items() if not reader.search(str(path.absolute()))}
            yield _recording(path, [*own, *(flat if path.parent == root else ()), *known], zone)
        if found == before:
            tell(f"no film in {printable(name)}")
    if aside:
        tell(f"left aside, as no films: {aside} file{'s' * (aside > 1)}")
    if found:
        for text in useless:
            tell(f"--camera {text!r} fits none of {found} films")
    else:
        raise ConfigError(f"no film in {', '.join(printable(name) for name in named)}: give folders of recordings")


def begins_utc(video: Path, zone: tzinfo) -> float | None:
    """When a recording begins, as its path says: one of ours, or of a recorder whose clock shows that zone's time.

    None where the path does not say. Of an hour that was there twice, as clocks were set back, the first is meant.
    """
    if ours := OURS.fullmatch(video.name):
        with suppress(ValueError):
            return datetime.strptime(ours[1], BEGAN).replace(tzinfo=UTC).timestamp()
    readers = [_reader(pattern) for pattern in (*FLAT, *PATTERNS)]
    return min(_recording(video, readers, zone).starts_utc, default=None)


def camera_name(words: str) -> str:
    """A camera's name as all of this house takes it.

    >>> camera_name("Front Door (2)"), camera_name("***")
    ('front-door-2', 'camera')
    """
    plain = re.sub(r"[^a-z0-9_-]+", "-", words.lower()).strip("-_")[:LONGEST_CAMERA]
    return plain if re.fullmatch(CAMERA_NAME, plain) else "camera"


def _files(name: str, tell: Callable[[str], None]) -> Iterator[tuple[Path, Path]]:
    """The folder that each file was found in, and the file; folders in natural order, one after the other."""
    path = Source.of(name).path
    if path.is_dir():
        yield from ((path, file) for file in _walked(path, tell, set()))
    elif path.exists() and path.suffix.lower() in (".txt", ".lst"):
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        yield from ((path.parent, path.parent / line.strip()) for line in lines if line.strip())
    elif path.exists() or path.is_symlink():
        yield path.parent, path
    elif files := sorted(glob.glob(name, recursive=True)):  # noqa: PTH207
        yield from ((Path(), Path(file)) for file in files)
    else:
        raise ConfigError(f"{printable(name)} is not there: give folders of recordings, globs, lists (.txt) or films")


def _walked(folder: Path, tell: Callable[[str], None], seen: set[tuple[int, int]]) -> Iterator[Path]:
    """The files below a folder, each folder once, by its own name if it has others too. seen: the folders so far."""
    try:
        told = folder.stat()
        inside = natural_order(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        tell(f"cannot look into {printable(folder)}: {error.strerror}")
        return
    if (told.st_dev, told.st_ino) in seen:
        return
    seen.add((told.st_dev, told.st_ino))
    for path in sorted(inside, key=Path.is_symlink):
        if not path.is_dir():
            yield path
        elif not is_machine_made(path):
            yield from _walked(path, tell, seen)


def _recording(path: Path, readers: Sequence[re.Pattern[str]], zone: tzinfo) -> Recording:
    text = str(path.absolute())
    for reader in readers:
        if found := reader.search(text):
            words = found.groupdict()
            try:
                return Recording(text, camera_name(words["camera"]), _starts(words, zone))
            except ValueError:  # the 31st of February: another number that looks like a time
                continue
    own = _reader(ANY).search(text)
    return Recording(text, camera_name(own["camera"] if own else ""))


def _starts(words: dict[str, str], zone: tzinfo) -> tuple[float, ...]:
    if epoch := words.get("epoch"):
        return (float(epoch),)
    if not all(words.get(part) for part in CLOCK):
        return ()
    told = datetime(*(int(words[part]) for part in CLOCK), tzinfo=zone)  # type: ignore[misc,arg-type]
    both = {told.timestamp(), told.replace(fold=1).timestamp()}
    there = {utc for utc in both if datetime.fromtimestamp(utc, UTC).astimezone(zone).replace(tzinfo=None, fold=0)
             == told.replace(tzinfo=None)}  # fmt: skip
    return tuple(sorted(there or both))


@lru_cache
def _reader(pattern: str) -> re.Pattern[str]:
    if "{camera}" not in pattern:
        raise ConfigError(f"--camera takes a pattern with {{camera}} in it, as {PATTERNS[0]!r}, got {pattern!r}")
    parts = re.split(r"(\{\w+\}|\*)", pattern)
    try:
        return re.compile(r"(?:^|/)" + "".join(map(_part, parts)) + "$")
    except (KeyError, re.error) as error:
        known = ", ".join(["camera", *DIGITS])
        raise ConfigError(f"--camera {pattern!r}: {error} is none of {known}, or is there twice") from error


def _part(part: str) -> str:
    if part == "*":
        return "[^/]*?"
    if not part.startswith("{"):
        return re.escape(part)
    name = part.strip("{}")
    if name == "camera":
        return rf"(?P<camera>[^/]+?)(?:/(?:{DAY_FOLDER})(?=/))?"
    before = r"(?<!\d)" if name in ("year", "epoch") else ""
    return rf"{before}(?P<{name}>\d{{{DIGITS[name]}}})"
