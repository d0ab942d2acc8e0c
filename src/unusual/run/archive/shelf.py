"""Where the files of shards lie: a folder, or an address that fsspec knows. A file is whole or absent in both.

Of an address too a file is written beside its name and moved, which an object store does as one copy. What is there is
asked for each time, never remembered: others put files there too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from unusual.errors import ConfigError, OutputError, UnusualError
from unusual.files import refuse_unwritable, whole_file
from unusual.video.source import Source, SourceKind

TRIAL = ".trial"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Files by name. place: a path, or an address such as s3://bucket/scores."""

    place: str

    @property
    def is_address(self) -> bool:
        """Whether it is no folder of this machine."""
        return Source.of(self.place).kind is SourceKind.ADDRESS

    @property
    def shown(self) -> str:
        """As it may be shown to anybody: an address without its secrets."""
        return Source.of(self.place).shown

    def check(self) -> None:
        """Raise ConfigError or OutputError, before the work, where nothing can be put there."""
        if not self.is_address:
            refuse_unwritable(Path(self.place))
            return
        with self._reached("write to") as (files, root), suppress(FileExistsError):
            files.mkdir(root, create_parents=False)  # a mistyped bucket is not made
        self.write(TRIAL, b"")
        self.remove(TRIAL)

    def has(self, name: str) -> bool:
        """Whether a file is there, whole. Raises OutputError."""
        if not self.is_address:
            return (Path(self.place) / name).is_file()
        with self._reached("look into") as (files, root):
            return bool(files.exists(f"{root}/{name}"))

    def there(self, suffix: str) -> Callable[[str], bool]:
        """Whether a file with such a name is there by now; of an address, asked once for all of them."""
        if not self.is_address:
            return self.has
        return frozenset(self.names(suffix)).__contains__

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises OutputError."""
        with self._reached(f"read {name} from") as (files, root):
            return (Path(self.place) / name).read_bytes() if files is None else bytes(files.cat_file(f"{root}/{name}"))

    def write(self, name: str, data: bytes) -> None:
        """Put a file there: all of it, or nothing. Raises OutputError."""
        if not self.is_address:
            with whole_file(Path(self.place) / name) as part:
                part.write_bytes(data)
            return
        with self._reached(f"write {name} to") as (files, root):
            aside = f"{root}/.{name}.part"
            files.pipe_file(aside, data)
            files.mv(aside, f"{root}/{name}")

    def remove(self, name: str) -> None:
        """Take a file away, if it is there. Raises OutputError."""
        with self._reached(f"remove {name} from") as (files, root):
            if files is None:
                (Path(self.place) / name).unlink(missing_ok=True)
            elif files.exists(f"{root}/{name}"):
                files.rm_file(f"{root}/{name}")

    def names(self, suffix: str) -> Iterator[str]:
        """The names that end so, in no order. Raises OutputError."""
        if not self.is_address:
            yield from (path.name for path in Path(self.place).glob(f"[!.]*{suffix}"))
            return
        with self._reached("look into") as (files, root):
            found = files.ls(root, detail=False) if files.exists(root) else []
        names = (str(path).rsplit("/", 1)[-1] for path in found)
        yield from (name for name in names if name.endswith(suffix) and not name.startswith("."))

    @contextmanager
    def _reached(self, doing: str) -> Iterator[tuple[Any, str]]:
        """The files of an address, None of a folder, and the place among them; what goes wrong is an OutputError."""
        try:
            yield _opened(self.place) if self.is_address else (None, self.place)
        except UnusualError:
            raise
        except Exception as error:  # drivers raise what they like, where a key is wrong or a store does not answer
            why = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
            raise OutputError(f"cannot {doing} {self.shown}: {why}") from error


@lru_cache
def _opened(place: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(place, use_listings_cache=False)
    except (ImportError, ValueError, OSError) as error:
        raise ConfigError(f"cannot reach {Source.of(place).shown}: {error}; it needs fsspec and its driver") from error
    return files, str(root).rstrip("/")
