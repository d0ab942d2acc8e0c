"""Where the files of shards lie: a folder, or an address that fsspec knows. A file is whole or absent in both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from unusual.errors import ConfigError, OutputError
from unusual.files import refuse_unwritable, whole_file
from unusual.video.source import Source, SourceKind


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
        if self.is_address:
            self._remote()
        else:
            refuse_unwritable(Path(self.place))

    def has(self, name: str) -> bool:
        """Whether a file is there, whole."""
        if not self.is_address:
            return (Path(self.place) / name).is_file()
        files, root = self._remote()
        return bool(files.exists(f"{root}/{name}"))

    def there(self, suffix: str) -> Callable[[str], bool]:
        """Whether a file with such a name is there by now; of an address, asked once for all of them."""
        if not self.is_address:
            return self.has
        return frozenset(self.names(suffix)).__contains__

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises OutputError."""
        try:
            if not self.is_address:
                return (Path(self.place) / name).read_bytes()
            files, root = self._remote()
            return bytes(files.cat_file(f"{root}/{name}"))
        except OSError as error:
            raise OutputError(f"cannot read {name} from {self.shown}: {error.strerror or error}") from error

    def write(self, name: str, data: bytes) -> None:
        """Put a file there: all of it, or nothing. Raises OutputError."""
        if not self.is_address:
            with whole_file(Path(self.place) / name) as part:
                part.write_bytes(data)
            return
        files, root = self._remote()
        try:
            files.makedirs(root, exist_ok=True)
            aside = f"{root}/.{name}.part"
            files.pipe_file(aside, data)
            files.mv(aside, f"{root}/{name}")
        except OSError as error:
            raise OutputError(f"cannot write {name} to {self.shown}: {error}") from error

    def remove(self, name: str) -> None:
        """Take a file away, if it is there. Raises OutputError."""
        try:
            if not self.is_address:
                (Path(self.place) / name).unlink(missing_ok=True)
            elif self.has(name):
                files, root = self._remote()
                files.rm_file(f"{root}/{name}")
        except OSError as error:
            raise OutputError(f"cannot remove {name} from {self.shown}: {error}") from error

    def names(self, suffix: str) -> Iterator[str]:
        """The names that end so, in no order."""
        if not self.is_address:
            yield from (path.name for path in Path(self.place).glob(f"[!.]*{suffix}"))
            return
        files, root = self._remote()
        found = files.ls(root, detail=False) if files.exists(root) else []
        names = (str(path).rsplit("/", 1)[-1] for path in found)
        yield from (name for name in names if name.endswith(suffix) and not name.startswith("."))

    def _remote(self) -> tuple[Any, str]:
        return _opened(self.place)


@lru_cache
def _opened(place: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(place)
    except (ImportError, ValueError, OSError) as error:
        raise ConfigError(f"cannot reach {Source.of(place).shown}: {error}; it needs fsspec and its driver") from error
    return files, str(root).rstrip("/")
