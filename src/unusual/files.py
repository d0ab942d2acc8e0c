"""Files that are either whole or absent: written beside their name, flushed to disk, then renamed."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from unusual.errors import OutputError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder; rename it to `path` when the block ends well.

    The folder is made when absent. When the block fails (also by Ctrl-C) the temporary file is removed and
    whatever stood under `path` before is untouched. The temporary name keeps the suffix of `path`.

    Raises:
        OutputError: the folder or the file cannot be written (no space, no permission).

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole_file(folder / "score.txt") as part:
    ...     _ = part.write_text("0.5")
    >>> [p.name for p in folder.iterdir()]
    ['score.txt']
    """
    part = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        flush_to_disk(part)
        part.replace(path)
        flush_to_disk(path.parent)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 under `path`, whole or not at all. Raises OutputError."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


def flush_to_disk(path: Path) -> None:
    """Ask the system to put a file's bytes, or a folder's entries, on the disk now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
