"""Files that are either whole or absent: written beside their name, flushed to disk, then renamed."""

import ctypes
import errno
import fcntl
import glob
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from unusual.errors import ConfigError, OutputError

NAME_KEPT = 40  # characters of a name that its temporary one repeats: a disk holds 255 bytes

LEFT_S = 3600.0
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of Linux


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder; rename it to `path` when the block ends well.

    The folder is made when absent. When the block fails (also by Ctrl-C) the temporary file and the folders made for
    it are removed, and whatever stood under `path` before is untouched. The temporary name keeps the suffix of `path`.

    Raises:
        OutputError: the folder or the file cannot be written (no space, no permission).

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole_file(folder / "score.txt") as part:
    ...     _ = part.write_text("0.5")
    >>> [p.name for p in folder.iterdir()]
    ['score.txt']
    """
    part = path.with_name(f".{path.stem[:NAME_KEPT]}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        with _made(path.parent):
            _sweep_files(path)
            try:
                yield part
                flush_to_disk(part)
                part.replace(path)
                flush_to_disk(path.parent)
            finally:
                with suppress(OSError):
                    part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _sweep_files(path: Path) -> None:
    """Remove what killed writers of a file left: nobody has written to it for an hour."""
    _remove_old(path.parent, f".{glob.escape(path.stem[:NAME_KEPT])}.????????.part{glob.escape(path.suffix)}")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside `folder`; when the block ends well, one rename puts it there, whole.

    Other files and folders in `folder` stay. When the block fails, or is killed, `folder` is as it was before; what a
    killed one has left beside it is removed by the next.

    Raises:
        OutputError: the folder or a file cannot be written (no space, no permission).

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "monday"
    >>> with whole_folder(folder) as part:
    ...     write_text(part / "score.txt", "0.5")
    >>> [p.name for p in folder.parent.iterdir()], [p.name for p in folder.iterdir()]
    (['monday'], ['score.txt'])
    """
    part = _part_of(folder)
    try:
        with _made(folder.parent):
            sweep_folders(folder)
            with _held(part):
                yield part
                _put(part, folder)
                flush_to_disk(folder.parent)
    except OutputError as error:
        raise OutputError(str(error).replace(str(part), str(folder))) from error
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error


@contextmanager
def scratch_folder(place: Path) -> Iterator[Path]:
    """Give a folder with a name like `place`, beside it, that is gone when the block has ended, however it ended.

    One that a killed process has left is removed by the next, see `sweep_folders`.

    Raises:
        OutputError: it cannot be made.
    """
    part = _part_of(place)
    try:
        with _made(part.parent), _held(part):
            yield part
    except OSError as error:
        raise OutputError(f"cannot write {part.parent}: {error.strerror or error}") from error


def _part_of(folder: Path) -> Path:
    return folder.with_name(f".{folder.name[:NAME_KEPT]}.{secrets.token_hex(4)}.part")


@contextmanager
def _held(part: Path) -> Iterator[None]:
    """Make a folder, hold it so that whoever sweeps sees that it is in use, and remove it."""
    part.mkdir()
    held = os.open(part, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
        shutil.rmtree(part, ignore_errors=True)


def _put(part: Path, folder: Path) -> None:
    """Put `part` in the place of `folder`; what else is in `folder` is in it again before it can be missed."""
    for file in part.iterdir():
        if file.is_file():
            flush_to_disk(file)
    if not folder.exists():
        part.rename(folder)
        return
    for other in folder.iterdir():
        if not other.is_dir() and not (part / other.name).exists():
            os.link(other, part / other.name, follow_symlinks=False)
    _exchange(part, folder)
    for other in part.iterdir():  # the old one now; a folder cannot be linked, so it comes over afterwards
        if other.is_dir() and not (folder / other.name).exists():
            other.rename(folder / other.name)


def _exchange(one: Path, other: Path) -> None:
    """Let two folders take each other's names at once, or one after the other where the system cannot."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 and not renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE):
        return
    aside = one.with_name(f"{one.name}.old")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def sweep_folders(folder: Path) -> None:
    """Remove what killed writers of a folder left beside it; not what one uses, nor what holds others' folders."""
    for left in folder.parent.glob(f".{glob.escape(folder.name[:NAME_KEPT])}.????????.part"):
        with suppress(OSError):
            held = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not any(inside.is_dir() for inside in left.iterdir()):
                    shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(held)


@contextmanager
def whole_files(folder: Path) -> Iterator[Path]:
    """Give a temporary folder; when the block ends well, its files take their places, one by one, in `folder`.

    For a folder that others write into at the same time; as `whole_folder` otherwise.
    """
    part = _part_of(folder)
    try:
        with _made(folder):
            try:
                part.mkdir()
                yield part
                for file in sorted(part.iterdir()):
                    file.replace(folder / file.name)
                flush_to_disk(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except OutputError as error:
        raise OutputError(str(error).replace(str(part), str(folder))) from error
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder and those above it; when the block fails, remove those of them that are new and empty."""
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with suppress(OSError):
            for place in new:
                place.rmdir()
        raise


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 under `path`, whole or not at all. Raises OutputError."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


def write_private(path: Path, text: str) -> None:
    """As `write_text`, readable for its owner alone: it holds what opens doors. Raises OutputError."""
    with whole_file(path) as part:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)


def write_fresh(path: Path, data: bytes) -> None:
    """Write what is rewritten all the time, whole or not at all; not flushed, as the next one comes in a moment.

    On a full disk it is written over the old one, which needs no room: a last word that stays would be a lie.

    Raises:
        OutputError: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)  # what there is of it takes room as well
            if error.errno != errno.ENOSPC or not path.is_file():
                raise
            with path.open("r+b") as file:
                file.write(data)
                file.truncate()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def sweep_fresh(folder: Path) -> None:
    """Remove what killed writers of fresh files left in a folder: whoever lives has written a moment ago."""
    for pattern in (".*.json.part", "*.json"):
        _remove_old(folder, pattern)


def _remove_old(folder: Path, pattern: str) -> None:
    for left in folder.glob(pattern):
        with suppress(OSError):
            if time.time() - left.lstat().st_mtime > LEFT_S and left.is_file():
                left.unlink()


def refuse_unwritable(folder: Path) -> None:
    """Raise OutputError, before the work rather than after it, where no file can be put into a folder, made or not."""
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not (place.is_dir() and os.access(place, os.W_OK)):
        why = "no permission, or a read-only disk" if place.is_dir() else "there is a file of this name"
        raise OutputError(f"cannot write {place}: {why}; choose another folder")


def cache_place(variable: str, name: str) -> Path:
    """Where something may be kept for the next time: the folder that an environment variable names, else the user's.

    Raises:
        ConfigError: the user has no home folder.
    """
    if chosen := os.environ.get(variable):
        return Path(chosen)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unusual" / name
    except RuntimeError as error:  # a user id that the system knows nothing of, as containers have
        raise ConfigError(
            f"there is no home folder to keep files in: set HOME, XDG_CACHE_HOME or {variable}"
        ) from error


def flush_to_disk(path: Path) -> None:
    """Ask the system to put a file's bytes, or a folder's entries, on the disk now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
