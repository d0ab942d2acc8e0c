"""Footage that comes by a browser: written to the disk as it comes, whole or not at all."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import disk_usage
from typing import BinaryIO

from unusual.app.setup.looking import picture_of
from unusual.errors import DataError, OutputError, VideoError
from unusual.files import flush_to_disk
from unusual.video.source import VIDEOS, Source

MOST_BYTES, MOST_FILES, FREE_BYTES = 20 << 30, 200, 1 << 30  # of a file; of a camera; that the disk keeps
AT_ONCE = 2
_arriving = threading.BoundedSemaphore(AT_ONCE)


def file_name(told: str) -> str:
    """The name that a file is kept under: what a browser told, without folders, in letters that any disk takes.

    Raises:
        DataError: it is none of a video.

    >>> file_name("../Monday (1).MP4"), file_name("Straße.mkv")
    ('Monday_1.mp4', 'Stra_e.mkv')
    """
    name = Path(told.replace("\\", "/")).name
    stem, suffix = re.sub(r"[^A-Za-z0-9-]+", "_", Path(name).stem).strip("_")[:80], Path(name).suffix.lower()
    if suffix not in VIDEOS or not stem:
        raise DataError(f"{name!r:.60} is no video by its name: give files as .mp4, .mkv, .avi or .mov")
    return f"{stem}{suffix}"


class Upload:
    """A file that is coming. size: bytes that were announced."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size, self._came = file, size, 0

    def add(self, piece: bytes) -> None:
        """Write what has come. Raises DataError where it is more than was announced, OutputError."""
        self._came += len(piece)
        if self._came > self._size:
            raise DataError("more came than was announced")
        try:
            self._file.write(piece)
        except OSError as error:
            raise OutputError(f"cannot be kept: {error.strerror}") from error

    def refuse_half(self) -> None:
        """Raise DataError where not all has come."""
        if self._came < self._size:
            raise DataError("it ended early: upload it again")


@contextmanager
def upload(folder: Path, name: str, size: int) -> Iterator[Upload]:
    """Take a file of so many bytes; it is there under its name once the block has ended well, and a picture was seen.

    Raises:
        DataError: there is no room for it, there are too many, one of that name is there, or it is no video.
        OutputError: the disk does not take it.
    """
    _refuse_large(folder, name, size)
    if not _arriving.acquire(blocking=False):
        raise DataError(f"{AT_ONCE} files are coming already: wait for one")
    part = folder / f".{Path(name).stem}.part{Path(name).suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            coming = Upload(file, size)
            yield coming
            coming.refuse_half()
        flush_to_disk(part)
        try:
            picture_of(Source.of(part))
        except VideoError as error:
            raise DataError(str(error).replace(str(part), name)) from error
        part.rename(folder / name)
    except OSError as error:
        raise OutputError(f"cannot keep {name}: {error.strerror or error}") from error
    finally:
        _arriving.release()
        with suppress(OSError):
            part.unlink(missing_ok=True)


def uploaded(folder: Path) -> list[Path]:
    """What is there, whole."""
    return sorted(file for file in folder.glob("[!.]*") if file.is_file() and not file.is_symlink())


def _refuse_large(folder: Path, name: str, size: int) -> None:
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not 0 < size <= MOST_BYTES:
        raise DataError(f"a file has 1 byte to {MOST_BYTES >> 30} GB: cut it, or put it where `--footage` leads")
    if size > disk_usage(place).free - FREE_BYTES:
        raise DataError(f"{name} needs {size / 1e9:.1f} GB, and the disk has no room for that: free some, or cut it")
    if len(uploaded(folder)) >= MOST_FILES:
        raise DataError(f"there are {MOST_FILES} files already: learn from these")
    if (folder / name).exists():
        raise DataError(f"there is a {name} already: remove it first, or rename the new one")
