"""A home out of a back-up: whole, checked against its digests, into a folder that is empty or not there."""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from unusual.errors import ConfigError, DataError, OutputError
from unusual.files import whole_folder
from unusual.store.backup.packing import FORMAT, HEAD, MANIFEST, PIECE
from unusual.store.database import Database
from unusual.store.home import Home

ROOMS = ("cameras", "duty", "scores", "media", "footage")
ALONE = ("events.db", "dashboard.json", "links.key", "profiles.json", "cameras.toml")
Kind = TypeVar("Kind")
LARGEST_TEXT, MOST_FILES = 256 << 20, 5_000_000


class _Head(BaseModel):
    """What stands first in a back-up."""

    format: str
    made_utc: float


def restore(path: Path, home: Home, *, tell: Callable[[str], object] = lambda name: None) -> float:
    """Make a home of a back-up; returns when that was made, UTC seconds. An older one's tables are brought up to date.

    Raises:
        ConfigError: there is something in the home already.
        DataError: the file is no back-up, is not whole, was changed, or holds what no home has; nothing is left then.
        OutputError: the home cannot be written, or has no room for it.
    """
    if home.folder.exists() and (not home.folder.is_dir() or any(home.folder.iterdir())):
        raise ConfigError(f"there is something in {home} already: move it away, or choose another --home")
    with whole_folder(home.folder) as part, _opened(path) as tar:
        made_utc = _unpack(path, tar, part, tell)
        os.chmod(part, 0o700)  # noqa: PTH101 - what is in it shows people
        with closing(Database.open(Home(part))) as database:
            if (words := database.integrity()) != "ok":
                raise DataError(f"the database in {path} is damaged: {words}")
    return made_utc


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except tarfile.TarError as error:
        raise DataError(f"{path} is no back-up, or is not whole: {error}") from error


def _unpack(path: Path, tar: tarfile.TarFile, part: Path, tell: Callable[[str], object]) -> float:
    head, kept, digests = None, dict[str, str](), None
    for number, entry in enumerate(tar):
        if number > MOST_FILES or not entry.isreg():
            raise DataError(f"{path} holds what no home has: {entry.name!r:.80}")
        if entry.name in (HEAD, MANIFEST):
            text = _text(path, tar, entry)
            if entry.name == HEAD:
                head = _checked(path, TypeAdapter(_Head), text)
            else:
                digests = _checked(path, TypeAdapter(dict[str, str]), text)
            continue
        if head is None or head.format != FORMAT:
            raise DataError(f"{path} is no back-up of unusual, or of a newer version")
        if entry.name in kept or not _belongs(entry.name):
            raise DataError(f"{path} holds what no home has: {entry.name!r:.80}")
        tell(entry.name)
        kept[entry.name] = _write(tar, entry, part)
    if head is None or digests is None:
        raise DataError(f"{path} is no back-up of unusual, or is not whole: its end is missing")
    if wrong := sorted(name for name in kept.keys() | digests if kept.get(name) != digests.get(name)):
        raise DataError(f"{path} was changed or damaged, in {len(wrong)} files, the first is {wrong[0]!r:.80}")
    return head.made_utc


def _belongs(name: str) -> bool:
    """Whether a home may have a file of that name.

    >>> [_belongs(name) for name in ("events.db", "media/x/clip.mp4", "../x", "media/../../x", "/etc/x", "x", "media")]
    [True, True, False, False, False, False, False]
    """
    parts = PurePosixPath(name).parts
    sound = name == "/".join(parts) and ".." not in parts and "\0" not in name and "\\" not in name
    return sound and (name in ALONE or (len(parts) > 1 and parts[0] in ROOMS))


def _write(tar: tarfile.TarFile, entry: tarfile.TarInfo, part: Path) -> str:
    place = part / entry.name
    if entry.size > shutil.disk_usage(part).free:
        raise OutputError(f"the disk has no room for {entry.name}: free some space, or choose another --home")
    for above in reversed(PurePosixPath(entry.name).parents):
        (part / above).mkdir(mode=0o700, exist_ok=True)
    digest, content = hashlib.sha256(), tar.extractfile(entry)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        while content is not None and (piece := content.read(PIECE)):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _text(path: Path, tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    content = tar.extractfile(entry)
    if content is None or entry.size > LARGEST_TEXT:
        raise DataError(f"{path} is no back-up: {entry.name} is too large")
    return content.read()


def _checked(path: Path, kind: "TypeAdapter[Kind]", text: bytes) -> Kind:
    try:
        return kind.validate_json(text)
    except ValidationError as error:
        raise DataError(f"{path} is no back-up of unusual") from error
