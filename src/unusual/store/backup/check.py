"""What is wrong in a home, and what to do about it. Nothing is changed."""

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

from unusual.errors import UnusualError
from unusual.files import LEFT_S
from unusual.store.cameras import camera_names, read_card
from unusual.store.events import EventFilter, EventStore
from unusual.store.home import Home
from unusual.store.outbox import Outbox
from unusual.store.rules.duty import read_duty
from unusual.store.rules.past import events_of
from unusual.store.rules.profiles import read_profiles
from unusual.store.rules.zones import read_zones

LEAST_FREE, AHEAD_S = 1 << 30, 3600.0
WEIGHTS = "model.safetensors"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: what, and what to do."""

    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what}: {self.do}"


def findings(home: Home) -> Iterator[Finding]:
    """All that is wrong, the gravest first."""
    if not home.folder.is_dir():
        yield Finding(f"there is no home in {home}", "give the folder with --home, or learn a camera")
        return
    yield from _of_database(home)
    for name in camera_names(home):
        yield from _of_camera(home, name)
    yield from _of_folder(home)


def _of_database(home: Home) -> Iterator[Finding]:
    if not home.database.is_file():
        return
    try:
        with closing(EventStore.open(home)) as store:
            if (words := store.integrity()) != "ok":
                yield Finding(f"{home.database}: {words}", "restore a back-up, or move it away and a new one is begun")
                return
            yield from _of_events(home, store)
            for channel, count, why in Outbox(store.database).waiting():
                if why:
                    yield Finding(f"{count} alerts by {channel} wait", f"they are tried again; the last one: {why}")
    except UnusualError as error:
        yield Finding(f"{home.database} cannot be used", str(error))


def _of_events(home: Home, store: EventStore) -> Iterator[Finding]:
    known, lacking, readable = set(), 0, 0
    for event in events_of(store, EventFilter()):
        readable += 1
        known.add(event.id)
        lacking += any(not (home.event(event.id) / name).is_file() for name in event.media)
        if readable == 1 and event.start_utc > time.time() + AHEAD_S:
            yield Finding("the newest event is of the future", "set the clock; nothing is deleted by age meanwhile")
    if left := int(store.database.read("SELECT count(*) FROM events")[0][0]) - readable:
        yield Finding(f"{left} events cannot be read", "they are left out everywhere; restore a back-up to have them")
    if lacking:
        yield Finding(f"{lacking} events lack files that they name", "restore a back-up; watching forgets them else")
    folders = {place.name for place in home.media.iterdir() if place.is_dir()} if home.media.is_dir() else set()
    if strange := {name for name in folders if not name.startswith(".")} - known:
        yield Finding(f"{len(strange)} folders in {home.media} are of no event", "watching removes its own")


def _of_camera(home: Home, name: str) -> Iterator[Finding]:
    folder = home.camera(name)
    try:
        card = read_card(home, name)
        with (folder / WEIGHTS).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != card.model_sha256:
                yield Finding(
                    f"{name}: {WEIGHTS} is not what its card says", f"restore it, or unusual learn --as {name}"
                )
    except (UnusualError, OSError) as error:
        yield Finding(f"{name} cannot be watched: {error}", f"restore a back-up, or unusual learn FOOTAGE --as {name}")
    for read in (lambda: read_zones(folder), lambda: read_duty(home, name)):
        try:
            read()
        except UnusualError as error:
            yield Finding(f"{name}", str(error))


def _of_folder(home: Home) -> Iterator[Finding]:
    try:
        read_profiles(home)
    except UnusualError as error:
        yield Finding("profiles", str(error))
    for place in (home.folder, home.database, home.dashboard, home.media):
        with suppress(OSError):
            if place.stat().st_mode & (stat.S_IRWXO):
                yield Finding(f"{place} is open to everybody on this machine", f"chmod o= {place}")
            if not os.access(place, os.W_OK):
                yield Finding(f"{place} cannot be written by you", "give it to the user that watches, or run as that")
    for kept in sorted(home.damaged()):
        yield Finding(f"{kept.name} was kept for repair", "look for what you miss in it with sqlite3, then remove it")
    parts = [part for part in home.unfinished() if _is_old(part)]
    if parts:
        yield Finding(f"{len(parts)} unfinished files, as {parts[0]}", "remove them: nobody writes to them any more")
    if (free := disk_usage(home.folder).free) < LEAST_FREE:
        yield Finding(
            f"{free / 1e9:.1f} GB are free on the disk of {home}", "free some space, or lower [keep] gigabytes"
        )


def _is_old(part: Path) -> bool:
    with suppress(OSError):
        return time.time() - part.lstat().st_mtime > LEFT_S
    return False
