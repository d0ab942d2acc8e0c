"""What is kept, and for how long: by days and by space, oldest first, what a person found useful longest of all.

- Days: an event goes, media and then row, `days` after its start; one with the verdict "useful" after `useful_days`.
  What the health log and the outbox say of settled things goes after `days`.
- Space: while home/media holds more than `most_bytes`, media go: first folders of no known event, then those of
  events nobody called useful, then the useful ones; each oldest first. The rows stay, they weigh next to nothing.
- An event that goes on is left alone. No file outside home/media is ever deleted, no link in it is followed, and
  what does not have the name of an event is not ours: neither counted nor touched.
- Media go before rows: after a crash in between, the row names files that are gone, and the next round mends that.
- A clock that jumps while we run deletes nothing by days for a day: a wrong one is mostly put right by then.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unusual.errors import DataError, OutputError
from unusual.store.events import EventStore
from unusual.store.names import check_id, is_id
from unusual.store.outbox import Outbox

DAY_S = 86_400.0
JUMP_S = 3600.0  # by which the clock may leave the steady one between two rounds
UNFINISHED_S = 3600.0  # after which a file that was never finished is rubbish


@dataclass(frozen=True, slots=True)
class Policy:
    """How long events are kept: days each, and bytes of media altogether."""

    days: float = 30.0
    useful_days: float = 365.0
    most_bytes: int = 20 << 30


@dataclass(frozen=True, slots=True)
class Removed:
    """What a round took away: ids of events whose media went, of events that were forgotten, and bytes freed."""

    media: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    bytes: int = 0


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
        self._clock, self._steady = clock, steady
        self._offset = clock() - steady()
        self._trusted_from = steady()

    def tidy(self) -> Removed:
        """One round; it looks at every file of home/media, so every ten minutes is often enough.

        Raises:
            OutputError, DataError: as Database; or a folder cannot be deleted: said after all others were.
        """
        self._sweep_unfinished()
        self._look_at_the_clock()
        old = self._expired() if self.clock_is_trusted else []
        removed, stuck = self._delete(old)
        forgotten = tuple(event for event in old if event not in stuck)
        self._store.remove(forgotten)
        crowded, still_stuck = self._delete(self._too_much())
        self._mend()
        if stuck or still_stuck:
            raise OutputError(f"cannot delete {self._media / [*stuck, *still_stuck][0]}: remove it by hand")
        return Removed((*removed, *crowded), forgotten, sum(removed.values()) + sum(crowded.values()))

    @property
    def clock_is_trusted(self) -> bool:
        """Whether the clock, at the last round, had not jumped for a day: else nothing is told to be old by it."""
        return self._steady() >= self._trusted_from

    def _look_at_the_clock(self) -> None:
        offset = self._clock() - self._steady()
        if abs(offset - self._offset) > JUMP_S:
            self._trusted_from = self._steady() + DAY_S
        self._offset = offset

    def _expired(self) -> list[str]:
        now, policy = self._clock(), self._policy
        self._store.health.forget(now - policy.days * DAY_S)
        Outbox(self._store.database).forget(now - policy.days * DAY_S)
        rows = self._store.database.read(
            "SELECT id FROM events WHERE end_utc IS NOT NULL AND start_utc < iif(verdict IS 'useful', ?, ?)",
            [now - policy.useful_days * DAY_S, now - policy.days * DAY_S],
        )
        return [row["id"] for row in rows]

    def _too_much(self) -> list[str]:
        """The events whose media must go so that the rest fits."""
        rows = self._store.database.read("SELECT id, start_utc, end_utc, verdict IS 'useful' AS useful FROM events")
        known = {row["id"]: row for row in rows}
        sizes = {event: _size(self._media / event) for event in self._folders()}
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
                folder.unlink() if folder.is_symlink() else shutil.rmtree(folder)
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
                if self._clock() - part.lstat().st_mtime > UNFINISHED_S:
                    part.unlink() if part.is_symlink() or part.is_file() else shutil.rmtree(part)


def _worth(row: sqlite3.Row | None) -> tuple[bool, float]:
    """Sorts what goes first to the front: no event, then by verdict and age."""
    return (bool(row["useful"]), float(row["start_utc"])) if row else (False, float("-inf"))


def _size(folder: Path) -> int:
    """Bytes of a folder's files; those that vanish meanwhile, or lie behind a link, weigh nothing."""
    total = 0
    for root, _, files in () if folder.is_symlink() else os.walk(folder):
        for file in files:
            with suppress(OSError):
                total += Path(root, file).lstat().st_size
    return total
