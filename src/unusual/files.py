"""Files that are either whole or absent: written beside their name, flushed to disk, then renamed."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from unusual.errors import ConfigError, OutputError

NAME_KEPT = 40  # characters of a name that its temporary one repeats: a disk holds 255 bytes


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


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside `folder`; when the block ends well, its files take their places in `folder`.

    Other files in `folder` stay. When the block fails, `folder` is as it was before.

    Raises:
        OutputError: the folder or a file cannot be written (no space, no permission).

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "monday"
    >>> with whole_folder(folder) as part:
    ...     write_text(part / "score.txt", "0.5")
    >>> [p.name for p in folder.parent.iterdir()], [p.name for p in folder.iterdir()]
    (['monday'], ['score.txt'])
    """
    part = folder.with_name(f".{folder.name[:NAME_KEPT]}.{secrets.token_hex(4)}.part")
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


def write_fresh(path: Path, data: bytes) -> None:
    """Write what is rewritten all the time, whole or not at all; not flushed, as the next one comes in a moment.

    Raises:
        OutputError: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


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
