"""What is kept, and for how long: by days and by space, oldest first, what a person found useful longest of all.

- Days: an event goes, media and then row, `days` after its start. What the health log and the outbox say of settled
  things goes after `days`. An event with the verdict "useful" never goes by its age alone.
- Space: while home/media holds more than `most_bytes`, media go: first folders of no known event, then those of
  events that are not useful, then the useful ones; each oldest first. A verdict makes an event useful for `useful_days`
  here. The rows stay, they weigh next to nothing.
- An event that goes on is left alone. No file outside home/media is ever deleted, no link in it is followed, and what
  we have not written is not ours: folders without an event's name, or of no known event and with other files in them,
  are neither counted nor touched, and other files in an event's folder stay.
- Media go before rows: after a crash in between, the row names files that are gone, and the next round mends that.
- A wrong clock must not delete. Nothing goes by days until we have run for an hour, for a day after the clock has
  jumped, and, where the clock is ahead of all that is stored, until we have run for as long as it is ahead: at most for
  `days`, as everything is that old then. What is left of that time is kept over a new start. And where one round would
  take more than a quarter of the events, it is said, and they go a day later.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from unusual.errors import DataError, OutputError
from unusual.store.events import EventStore
from unusual.store.keeping.clock import DAY_S, TrustedClock
from unusual.store.keeping.hold import may_delete
from unusual.store.media import FILES
from unusual.store.names import check_id, is_id
from unusual.store.outbox import Outbox

MOST_SHARE, FEW = 0.25, 20  # of the events may go in a round without a word; and so many
UNFINISHED_S = 3600.0  # after which a file that was never finished is rubbish


@dataclass(frozen=True, slots=True)
class Policy:
    """How long events are kept: days each, and bytes of media altogether."""

    days: float = 30.0
    useful_days: float = 365.0
    most_bytes: int = 20 << 30


@dataclass(frozen=True, slots=True)
class Removed:
    """What a round took away: ids of events whose media went, of events that were forgotten, and bytes freed.

    words: what a person should know, "" for nothing.
    """

    media: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    bytes: int = 0
    words: str = ""


class Retention:
    """Keeps a home within a policy. clock: UTC seconds; steady: seconds of a clock that nobody sets."""

    def __init__(
        self,
        store: EventStore,
        policy: Policy,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._media = store.database.home.media
        self._policy = policy
        self._clock = TrustedClock(store, policy.days * DAY_S, clock, steady)
        self._many_since: float | None = None  # when it was said that many events are old

    def tidy(self) -> Removed:
        """One round; it looks at every file of home/media, so every ten minutes is often enough.

        While somebody takes events along it does nothing, see hold.py.

        Raises:
            OutputError, DataError: as Database; or a folder cannot be deleted: said after all others were.
        """
        with may_delete(self._store.database.home) as free:
            return self._tidy() if free else Removed()

    def _tidy(self) -> Removed:
        self._sweep_unfinished()
        self._clock.look()
        old = self._expired() if self.clock_is_trusted else []
        held, words = self._many(len(old))
        if held:
            old = []
        elif self.clock_is_trusted:
            self._forget_settled()
        removed, stuck = self._delete(old)
        forgotten = tuple(event for event in old if event not in stuck)
        self._store.remove(forgotten)
        crowded, still_stuck = self._delete(self._too_much())
        self._mend()
        if stuck or still_stuck:
            raise OutputError(f"cannot delete {self._media / [*stuck, *still_stuck][0]}: remove it by hand")
        return Removed((*removed, *crowded), forgotten, sum(removed.values()) + sum(crowded.values()), words)

    @property
    def clock_is_trusted(self) -> bool:
        """Whether the clock, at the last round, had been plausible long enough to tell by it what is old."""
        return self._clock.is_trusted

    def _many(self, old: int) -> tuple[bool, str]:
        """Whether so many events must not go yet, and why, said once."""
        every = int(self._store.database.read("SELECT count(*) FROM events")[0][0])
        if old <= max(FEW, MOST_SHARE * every):
            self._many_since = None
            return False, ""
        if self._many_since is not None:
            return self._clock.steady() - self._many_since < DAY_S, ""
        self._many_since = self._clock.steady()
        day = datetime.fromtimestamp(self._clock.now(), UTC).date()
        return True, (
            f"{old} of {every} events are older than {self._policy.days:g} days, if it is {day} now: they go in a day; "
            "if it is not, set the clock"
        )

    def _expired(self) -> list[str]:
        rows = self._store.database.read(
            "SELECT id FROM events WHERE end_utc IS NOT NULL AND start_utc < ? AND verdict IS NOT 'useful'",
            [self._clock.now() - self._policy.days * DAY_S],
        )
        return [row["id"] for row in rows if isinstance(row["id"], str) and is_id(row["id"])]

    def _forget_settled(self) -> None:
        before_utc = self._clock.now() - self._policy.days * DAY_S
        self._store.health.forget(before_utc)
        Outbox(self._store.database).forget(before_utc)

    def _too_much(self) -> list[str]:
        """The events whose media must go so that the rest fits."""
        rows = self._store.database.read(
            "SELECT id, CAST(start_utc AS REAL) AS start_utc, end_utc, "
            "verdict IS 'useful' AND start_utc >= ? AS useful FROM events",
            [self._clock.now() - self._policy.useful_days * DAY_S if self.clock_is_trusted else 0.0],
        )
        known = {row["id"]: row for row in rows}
        folders = (event for event in self._folders() if event in known or _is_ours(self._media / event))
        sizes = {event: _size(self._media / event) for event in folders}
        spare = sum(sizes.values()) - self._policy.most_bytes
        order = sorted((*_worth(known.get(event)), event) for event in sizes)
        gone: list[str] = []
        for *_, event in order:
            if spare <= 0:
                break
            if event not in known or known[event]["end_utc"] is not None:
                gone.append(event)
                spare -= sizes[event]
        return gone

    def _delete(self, events: Iterable[str]) -> tuple[dict[str, int], set[str]]:
        """Delete media; return the bytes of each folder that went, and those that would not go."""
        freed, stuck = {}, set()
        for event in events:
            folder = self._media / check_id(event)
            size = _size(folder)
            try:
                folder.unlink() if folder.is_symlink() else _remove_ours(folder)
                freed[event] = size
            except FileNotFoundError:
                pass
            except OSError:
                stuck.add(event)
        return freed, stuck

    def _mend(self) -> None:
        """Rows name no media whose folder has gone, through us or others."""
        # The rows before the folders: what gets its files in between is not taken for one that has lost them.
        rows = self._store.database.read("SELECT id FROM events WHERE media != '[]'")
        for event in {row["id"] for row in rows} - set(self._folders()):
            with suppress(DataError):  # another process has removed the row
                self._store.detach(event)

    def _folders(self) -> list[str]:
        """The names of events' folders; links are none."""
        try:
            with os.scandir(self._media) as entries:
                names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []
        return [name for name in names if is_id(name)]

    def _sweep_unfinished(self) -> None:
        parts = [part for event in self._folders() for part in (self._media / event).glob(".*.part*")]
        for part in [*self._media.glob(".*.part"), *parts]:
            with suppress(OSError):
                if self._clock.now() - part.lstat().st_mtime > UNFINISHED_S:
                    part.unlink() if part.is_symlink() or part.is_file() else shutil.rmtree(part)


def _worth(row: sqlite3.Row | None) -> tuple[bool, float]:
    """Sorts what goes first to the front: no event, then by verdict and age."""
    return (bool(row["useful"]), float(row["start_utc"])) if row else (False, float("-inf"))


def _ours(folder: Path) -> tuple[list[Path], bool]:
    """The files in an event's folder that we have written, and whether there is nothing else; none behind a link."""
    if folder.is_symlink():
        return [], False
    with os.scandir(folder) as entries:
        files = [(Path(entry.path), entry.is_file(follow_symlinks=False)) for entry in entries]
    ours = [path for path, is_file in files if is_file and (path.name in FILES or ".part" in path.suffixes)]
    return ours, len(ours) == len(files)


def _is_ours(folder: Path) -> bool:
    """Whether a folder of no known event was one of ours: there is nothing in it but what we write."""
    with suppress(OSError):
        files, alone = _ours(folder)
        return alone and bool(files)
    return False


def _remove_ours(folder: Path) -> None:
    """Delete what we have written of an event, and the folder where it is empty then. Raises OSError."""
    files, alone = _ours(folder)
    for file in files:
        file.unlink(missing_ok=True)
    if alone:
        folder.rmdir()


def _size(folder: Path) -> int:
    """Bytes of the files in a folder that we have written; those that vanish meanwhile weigh nothing."""
    total = 0
    with suppress(OSError):
        for file in _ours(folder)[0]:
            with suppress(OSError):
                total += file.lstat().st_size
    return total
