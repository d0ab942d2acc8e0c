"""What a person names -> a file or images on the disk, a camera of this machine, or an address. One rule for all.

Nobody else looks at "://", or asks whether a word is the number of a camera.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

from unusual.errors import VideoError

IMAGES = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".bmp", ".webp"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k"),
}
VIDEOS = {
    *(".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".m2v", ".ts", ".mts", ".m2ts", ".wmv", ".asf"),
    *(".mxf", ".dav", ".m2t", ".mod", ".tod", ".dv", ".divx", ".f4v", ".3g2", ".qt", ".nut", ".trp", ".m2p", ".mpv"),
    *(".flv", ".3gp", ".ogv", ".vob", ".mjpeg", ".mjpg", ".y4m", ".h264", ".264", ".h265", ".265", ".hevc", ".gif"),
}
LEAST_HIDDEN = 4
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # a line's end, or what a terminal takes for a command
NAMED = 6  # of what is left aside, one by one
DECIMALS = re.compile(r"(?<![0-9.])([0-9]+)\.([0-9]+)(?![0-9]*\.[0-9])")
CLOCK_DIGITS, FINE_DIGITS = 9, 4  # of a number and of its decimals, from which it is a clock's: 1633308134.2, 12.0417
DOWNLOADS = ("http", "https")  # under these an address may be that of a file; under all others nothing ever ends


class SourceKind(StrEnum):
    """PATH: a file, a folder of images, or a glob of them. CAMERA: the number of one. ADDRESS: rtsp://..., http://..."""

    PATH = "path"
    CAMERA = "camera"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Source:
    """A video as it was named.

    text: what was named: of a CAMERA its number, of an ADDRESS all of it, with its password.
    """

    text: str
    kind: SourceKind

    @classmethod
    def of(cls, named: "Named") -> "Source":
        """Whatever is named; a Path is never a camera and never an address.

        >>> [Source.of(named).kind.value for named in ("monday.mp4", 0, "0", Path("0"), "rtsp://gate/1")]
        ['path', 'camera', 'camera', 'path', 'address']
        """
        if isinstance(named, Source):
            return named
        text = str(named)
        if isinstance(named, Path):
            return cls(text, SourceKind.PATH)
        if text.isascii() and text.isdigit():
            return cls(text, SourceKind.CAMERA)
        return cls(text, SourceKind.ADDRESS if "://" in text else SourceKind.PATH)

    @property
    def path(self) -> Path:
        """Of a PATH; raises VideoError for all else, as work that goes through footage again needs it on the disk."""
        if self.kind is not SourceKind.PATH:
            raise VideoError(f"{self.shown} is no file: this needs footage on the disk, so download or record it first")
        return Path(self.text)

    @property
    def scheme(self) -> str:
        """Of an ADDRESS, in small letters; "" of all else."""
        return self.text.partition("://")[0].lower() if self.kind is SourceKind.ADDRESS else ""

    @property
    def is_camera(self) -> bool:
        """Whether it can be recorded and watched as a camera: the number of one, or any address."""
        return self.kind is not SourceKind.PATH

    @property
    def is_endless(self) -> bool:
        """Whether it is known never to end. What an http address leads to shows when it is opened.

        >>> [Source.of(named).is_endless for named in ("0", "rtsp://gate/1", "http://gate/monday.mp4")]
        [True, True, False]
        """
        return self.is_camera and self.scheme not in DOWNLOADS

    @property
    def shown(self) -> str:
        """As it may be shown to anybody: a path as it is, an address without its secrets; see `printable`."""
        return printable(self._shown)

    @property
    def _shown(self) -> str:
        if self.kind is SourceKind.CAMERA:
            return f"camera {self.text}"
        if self.kind is SourceKind.ADDRESS:
            return _redacted(self.text)
        hidden = re.sub(r"[^/:]*:[^/@]*@", "***@", self.text)  # a mistyped address
        return self.text if hidden == self.text or Path(self.text).exists() else hidden

    @property
    def short(self) -> str:
        """What it is called in results: a file's name without its folders, all else as it is shown.

        >>> Source.of("/data/gate/monday.mp4").short, Source.of("rtsp://me:secret@gate/1").short
        ('monday.mp4', 'rtsp://***@gate/1')
        """
        return Path(self.shown).name or self.shown if self.kind is SourceKind.PATH else self.shown


Named = str | Path | int | Source  # what a person, or who writes Python, names a video by


def expand(named: Iterable[Named], tell: Callable[[str], None] = lambda line: None) -> list[Source]:
    """A folder stands for the videos in it and in its folders, in natural order; a folder of frames for itself.

    What else lies in a folder of videos is left aside: subtitles, previews, a picture, a recycle bin.

    Args:
        tell: hears in a line what was left aside of a folder.

    Raises:
        VideoError: a folder holds neither videos nor frames.
    """
    videos: list[Source] = []
    for source in map(Source.of, named):
        if source.is_camera or not source.path.is_dir():
            videos.append(source)
            continue
        inside, aside = _videos_in(source.path)
        if not inside:
            raise VideoError(f"{source.shown} holds no videos and no frames: give a folder of one or the other")
        if aside:
            names = ", ".join(printable(path.relative_to(source.path)) for path in aside[:NAMED])
            more = f" and {len(aside) - NAMED} more" if len(aside) > NAMED else ""
            tell(f"left aside in {source.shown}, as no videos: {names}{more}")
        videos += map(Source.of, inside)
    return videos


def _videos_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """The videos of a folder and of those in it, and what is none; a folder of frames is one video."""
    inside = natural_order(path for path in folder.iterdir() if not path.name.startswith("."))
    films = {path for path in inside if path.suffix.lower() in VIDEOS and path.is_file()}
    if not films and holds_frames(folder):
        return [folder], []
    videos: list[Path] = []
    aside: list[Path] = []
    for path in inside:
        if path in films:
            videos.append(path)
        elif path.is_dir() and not is_machine_made(path) and not (films and holds_frames(path)):
            deeper, beside = _videos_in(path)
            videos += deeper
            aside += beside if deeper else [path]
        else:
            aside.append(path)
    return videos, aside


def holds_frames(folder: Path) -> bool:
    """Whether a folder is one video, kept frame by frame: it holds pictures, and no film."""
    suffixes = {path.suffix.lower() for path in folder.iterdir() if not path.name.startswith(".")}
    return bool(suffixes & IMAGES) and not suffixes & VIDEOS


def is_machine_made(folder: Path) -> bool:
    """Whether a folder is one that disks and their servers make for themselves: @eaDir, #recycle, $RECYCLE.BIN."""
    return folder.name.startswith((".", "@", "#", "$")) or folder.name == "lost+found"


def natural_order(paths: Iterable[Path]) -> list[Path]:
    """Sort as a person counts: numbers by value, all else by letters; each part of a path before the next.

    Numbers have decimals where the names show that they do: 0.04 and 0.2, or the seconds of a clock.

    >>> [str(p) for p in natural_order([Path("10.jpg"), Path("2 (1).jpg"), Path("2.jpg"), Path("1.jpg")])]
    ['1.jpg', '2.jpg', '2 (1).jpg', '10.jpg']
    """
    paths = list(paths)
    fractions = [found for path in paths for found in DECIMALS.findall(path.stem)]
    lengths = {len(after) for _, after in fractions}
    padded = len(lengths) > 1 and any(after.startswith("0") for _, after in fractions)
    decimals = padded or any(len(before) >= CLOCK_DIGITS or len(after) >= FINE_DIGITS for before, after in fractions)
    number = re.compile(r"([0-9]+(?:\.[0-9]+(?![0-9]*\.[0-9]))?)" if decimals else r"([0-9]+)")

    def key(path: Path) -> tuple[list[list[str | Fraction]], str]:
        parts = [*path.parts[:-1], path.stem, path.suffix]
        numbers = [[Fraction(s) if i % 2 else s for i, s in enumerate(number.split(part))] for part in parts]
        return numbers, str(path)  # the text decides between 1.jpg and 01.jpg

    return sorted(paths, key=key)


def hidden_in(source: Source) -> tuple[str, ...]:
    """What must not be said of an address, part by part; parts of fewer than four letters would hide half a sentence.

    >>> hidden_in(Source.of("rtsp://admin:secret@10.0.0.7:554/live?token=abcd"))
    ('admin:secret', 'admin', 'secret', '?token=abcd', 'abcd')
    """
    if source.kind is not SourceKind.ADDRESS:
        return ()
    user, _, place = source.text.partition("://")[2].rpartition("@")
    tail = place[len(re.split("[?#;&=]", place, maxsplit=1)[0]) :]
    values = [pair.rpartition("=")[2] for pair in re.split("[?#;&]", tail)]
    parts = (user, *user.partition(":")[::2], tail, *values)
    return tuple(part for part in parts if len(part) >= LEAST_HIDDEN)


def printable(text: str | Path) -> str:
    """A name as it can be written anywhere, in one line: a question mark in a diamond stands for what cannot.

    >>> printable("gate\\n1.mp4"), printable("Café.mp4")
    ('gate\ufffd1.mp4', 'Café.mp4')
    """
    read = str(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return CONTROLS.sub("\N{REPLACEMENT CHARACTER}", read)


def _redacted(url: str) -> str:
    """A URL without user, password, query and other settings. Hides too much when in doubt.

    >>> _redacted("rtsp://admin:secret@10.0.0.7:554/live?token=abc")
    'rtsp://***@10.0.0.7:554/live***'
    """
    scheme, _, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    if re.search("[/?#]", user):  # of the password, or of a query with an @ in it: no telling where the secret ends
        return f"{scheme}://***"
    shown = re.split("[?#;&=]", place, maxsplit=1)[0]  # some cameras write /user=admin&password=secret
    return f"{scheme}://{'***' if at else ''}{at}{shown}{'***' if shown != place else ''}"
