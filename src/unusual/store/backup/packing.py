"""A home in one file, a plain tar: the database as of one moment, models, rules, timelines, and what it has of events.

unusual-backup.json     first: what this is, and when it was made
events.db, cameras/...  the files of the home, under the names that they have there
manifest.json           last: the SHA-256 of each; a file without it is not whole

It may be made while everything runs: nothing is deleted meanwhile (see keeping/hold.py), the database is copied by
SQLite itself, a model is taken whole or again, and of an event that goes on there is what was written before.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from unusual.errors import ConfigError, OutputError
from unusual.files import scratch_folder, whole_file
from unusual.store.cameras import camera_names
from unusual.store.database import Database
from unusual.store.events import EventFilter, EventStore
from unusual.store.home import Home, files_in
from unusual.store.keeping.hold import kept_whole
from unusual.store.media import FILES
from unusual.store.rules.past import events_of

FORMAT, HEAD, MANIFEST = "unusual-backup-1", "unusual-backup.json", "manifest.json"
TRIES = 5  # of a model that is replaced while it is read
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a back-up holds. gone: names of files that vanished while it was made."""

    files: int
    events: int
    bytes: int
    gone: tuple[str, ...]


def back_up(
    home: Home,
    path: Path,
    *,
    media: bool = True,
    footage: bool = False,
    tell: Callable[[str], object] = lambda name: None,
) -> BackedUp:
    """Write a home into one file, which only its owner may read; whole or not at all.

    media: clips and pictures as well. footage: what cameras were learnt from as well. tell: takes each file's name.

    Raises:
        ConfigError: there is no home. DataError: its database cannot be read. OutputError: `path` cannot be written,
            or a model is replaced again and again.
    """
    if not home.database.is_file() and not camera_names(home):
        raise ConfigError(f"there is no home in {home}: give the folder with --home")
    with kept_whole(home), scratch_folder(path.parent / "backup") as scratch, whole_file(path) as part:
        with closing(Database.open(home)) as database:
            database.copy_to(scratch / home.database.name)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # it holds what opens doors
        with tarfile.open(part, "w") as tar:
            packing = _Packing(tar, tell)
            packing.text(HEAD, json.dumps({"format": FORMAT, "made_utc": time.time()}))
            packing.file(home.database.name, scratch / home.database.name)
            for name in camera_names(home):
                _take_camera(home, name, scratch, packing)
            for file in home.kept(footage=footage):
                packing.file(_name_in(home, file), file)
            events = 0
            with closing(EventStore.open(Home(scratch))) as store:
                for event in events_of(store, EventFilter()):
                    events += 1
                    for name in event.media if media else ():
                        if name in FILES:
                            file = home.event(event.id) / name
                            packing.file(_name_in(home, file), file)
            packing.text(MANIFEST, json.dumps(packing.digests, indent=0))
    return BackedUp(len(packing.digests), events, path.stat().st_size, tuple(packing.gone))


@dataclass(slots=True)
class _Packing:
    tar: tarfile.TarFile
    tell: Callable[[str], object]
    digests: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    def text(self, name: str, words: str) -> None:
        """Put words in, under a name."""
        self._add(name, io.BytesIO(words.encode()), len(words.encode()))

    def file(self, name: str, file: Path) -> None:
        """Put a file in, as long as it was when it was opened; one that is gone, or is a link, is noted."""
        self.tell(name)
        try:
            handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            self.gone.append(name)
            return
        with os.fdopen(handle, "rb") as opened:
            size = os.fstat(handle).st_size
            hashed = _Hashed(opened, size)
            self._add(name, hashed, size)
            self.digests[name] = hashed.digest.hexdigest()

    def _add(self, name: str, content: "io.BytesIO | _Hashed", size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = size, 0o600, int(time.time())
        self.tar.addfile(entry, content)


class _Hashed(io.RawIOBase):
    """The first `size` bytes of a file that others may append to, or cut; hashed as they are read."""

    def __init__(self, opened: "io.BufferedReader", size: int) -> None:
        self._opened, self._left = opened, size
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """See io; what was cut off meanwhile reads as zeros, so that the file around it stays sound."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._opened.read(wanted).ljust(wanted, b"\0")
        self._left -= wanted
        self.digest.update(data)
        return data


def _take_camera(home: Home, name: str, scratch: Path, packing: _Packing) -> None:
    """A camera's folder as it was at one moment: learning puts another in its place, at once."""
    folder, copy = home.camera(name), Home(scratch).camera(name)
    for _ in range(TRIES):
        shutil.rmtree(copy, ignore_errors=True)
        with suppress(OSError):
            before = folder.stat().st_ino
            for file in files_in(folder):
                place = copy / file.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place, follow_symlinks=False)
            if folder.stat().st_ino == before:
                break
    else:
        raise OutputError(f"the model of camera {name} is being replaced: try again when that is over")
    for file in files_in(copy):
        packing.file(_name_in(Home(scratch), file), file)
    shutil.rmtree(copy)


def _name_in(home: Home, file: Path) -> str:
    return file.relative_to(home.folder).as_posix()
