"""Whether the wall clock may be believed, when something is to be deleted because it is old.

It may not for the first hour, nor for a day after it has jumped, nor, where it is ahead of all that is stored, until we
have run for as long as it is ahead. What is left of that time is kept over a new start.
"""

import math
from collections.abc import Callable
from contextlib import suppress

from unusual.store.events import EventStore
from unusual.store.rows import is_time

DAY_S = 86_400.0
DOUBT = "clock_doubt_s"  # a setting, of no camera
JUMP_S = 3600.0  # by which the clock may leave the steady one between two looks
SETTLED_S = 3600.0  # that the clock must have been right before anything is told to be old by it
AHEAD_S = DAY_S  # by which the clock may be ahead of all that is stored


class TrustedClock:
    """A clock that is looked at now and then. now: UTC seconds; steady: seconds of a clock that nobody sets.

    enough_s: after so long everything that was stored before is old anyway, whatever the clock says.
    """

    def __init__(
        self, store: EventStore, enough_s: float, now: Callable[[], float], steady: Callable[[], float]
    ) -> None:
        self._database, self.now, self.steady = store.database, now, steady
        self._offset = now() - steady()
        ahead_s = min(now() - self._newest(), enough_s)
        doubt_s = max(SETTLED_S, ahead_s if ahead_s > AHEAD_S else 0.0, self._kept_doubt_s())
        self._trusted_from = steady() + doubt_s

    @property
    def is_trusted(self) -> bool:
        """Whether it has been plausible for long enough."""
        return self.steady() >= self._trusted_from

    def look(self) -> None:
        """Notice a jump, and keep what is left of the doubt. Raises as `Database`.

        A new start finds things that were stored under the wrong clock, and must not take it for a right one.
        """
        offset = self.now() - self.steady()
        if abs(offset - self._offset) > JUMP_S:
            self._trusted_from = max(self._trusted_from, self.steady() + DAY_S)
        self._offset = offset
        doubt_s = max(0.0, self._trusted_from - self.steady())
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES ('', ?, ?)", [DOUBT, doubt_s])

    def _newest(self) -> float:
        """The latest that anything stored before us speaks of, UTC seconds."""
        rows = self._database.read(
            f"SELECT max(utc) FROM (SELECT max(seen_utc) AS utc FROM events WHERE {is_time('seen_utc')} "  # noqa: S608
            f"UNION ALL SELECT max(utc) FROM health WHERE {is_time('utc')} "
            f"UNION ALL SELECT max(put_utc) FROM outbox WHERE {is_time('put_utc')})"
        )
        times = [float(rows[0][0] or 0.0)]
        for file in (*self._database.home.lives(), *self._database.home.timelines()):
            with suppress(OSError):
                times.append(file.stat().st_mtime)
        return max(times)

    def _kept_doubt_s(self) -> float:
        rows = self._database.read("SELECT value FROM settings WHERE camera = '' AND key = ?", [DOUBT])
        kept = rows[0][0] if rows else 0.0
        return float(kept) if isinstance(kept, float) and math.isfinite(kept) else DAY_S
