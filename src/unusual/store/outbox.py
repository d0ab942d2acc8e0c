"""Alerts that wait to be delivered: kept until delivered or given up, each under one id however often it is tried."""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter

from unusual.store.database import Database
from unusual.store.names import CAMERA_NAME, check_camera, new_id
from unusual.store.rows import Readable, is_time, unreadable

FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 900.0  # between tries: twice as long each time, a random half of it taken off
HELD_S = 120.0  # whoever takes a due alert has it for himself so long; after a crash it is due again
LEAST_TRIES = 50  # before one is given up: some ten hours, so that neither a clock set forward nor a long pause does it
DAY_S = 86_400.0
COLUMNS = "id, event, camera, channel, payload, put_utc, tries"  # of a WaitingAlert
HELD = "held"  # the channel of what a digest will tell: nobody sends it
OUTAGE = "outage:"  # begins the id of what is told of a camera and is no event


@dataclass(frozen=True, slots=True)
class WaitingAlert:
    """An alert on its way. id: the receiver tells by it whether he has it already. tries: that failed so far."""

    id: str
    event: str
    camera: Annotated[str, Field(pattern=CAMERA_NAME)]
    channel: str
    payload: str
    put_utc: Annotated[float, Field(allow_inf_nan=False)]
    tries: Annotated[int, Field(ge=0)]


_ALERT = TypeAdapter(WaitingAlert)


def _alert_of(row: sqlite3.Row) -> WaitingAlert:
    try:
        return _ALERT.validate_python(dict(row))
    except ValueError as error:
        raise unreadable(f"the alert {row['id']!r:.60}", error) from error


class Outbox:
    """The alerts of all cameras and channels, in the database of the events. Raises as `Database`.

    give_up_days: an alert that is older, and was tried LEAST_TRIES times, is given up; the health log says so.
    jitter: gives a number in [0, 1), so that many senders do not come back at the same moment.
    """

    def __init__(
        self, database: Database, *, give_up_days: float = 3.0, jitter: Callable[[], float] = random.random
    ) -> None:
        self._database = database
        self._give_up_s = give_up_days * DAY_S
        self._jitter = jitter
        self._news, self._put = threading.Condition(), 0
        self._readable = Readable(database.path, _alert_of)

    def put(self, event_id: str, channel: str, payload: str, *, camera: str, now: float | None = None) -> str:
        """Keep an alert until it is delivered; return its id. One of the same event and channel is put only once."""
        return self.put_all(event_id, [channel], payload, camera=camera, now=now)[0]

    def put_all(
        self, event_id: str, channels: Sequence[str], payload: str, *, camera: str, now: float | None = None
    ) -> list[str]:
        """The same for several channels: all of them or none. Returns the ids in their order."""
        utc, ids = time.time() if now is None else now, []
        with self._database.write() as connection:
            for channel in channels:
                connection.execute(
                    "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, 0, 'waiting', '') ON CONFLICT DO NOTHING",
                    [new_id(), event_id, check_camera(camera), channel, payload, utc, utc],
                )
                found = connection.execute("SELECT id FROM outbox WHERE event = ? AND channel = ?", [event_id, channel])
                ids.append(str(found.fetchone()[0]))
        self.wake()
        return ids

    def wake(self) -> None:
        """Let nobody `wait` longer."""
        with self._news:
            self._put += 1
            self._news.notify_all()

    @property
    def put_count(self) -> int:
        """How often something was put here, or somebody woken: to be asked before what is due, for `wait`."""
        return self._put

    def wait(self, put_count: int, most_s: float) -> None:
        """Wait until something is put in this process, but no longer than that; not at all if it was since."""
        with self._news:
            self._news.wait_for(lambda: self._put != put_count, most_s)

    def due(self, now: float, channel: str | None = None, most: int = 1) -> list[WaitingAlert]:
        """Take up to `most` alerts whose turn it is, the longest waiting first; others get them only after HELD_S.

        A clock that was set back delays none: what would wait longer than it ever should is due. One that cannot be
        read is named in the log, and due no more.
        """
        condition = "state = 'waiting' AND (next_utc <= ? OR next_utc > ?) AND coalesce(channel = ?, TRUE)"
        values = [now, now + LONGEST_WAIT_S, channel]
        chosen = f"FROM outbox WHERE {condition} ORDER BY next_utc, id LIMIT ?"
        if not self._database.read(f"SELECT 1 {chosen}", [*values, 1]):
            return []  # asked all the time, and nearly always so: no transaction for it
        taken, lost = list[WaitingAlert](), list[tuple[object]]()
        with self._database.write() as connection:
            for row in connection.execute(f"SELECT {COLUMNS} {chosen}", [*values, -1]):
                alert = self._readable.one(row)
                if alert is None:
                    lost.append((row["id"],))
                else:
                    taken.append(alert)
                if len(taken) == most:
                    break
            held = [(now + HELD_S, alert.id) for alert in taken]
            connection.executemany("UPDATE outbox SET next_utc = ? WHERE id = ?", held)
            connection.executemany("UPDATE outbox SET state = 'unreadable' WHERE id = ?", lost)
        return taken

    def held(self, before_utc: float) -> list[WaitingAlert]:
        """What waits for a digest and was put before then, the oldest first."""
        sql = (
            f"SELECT {COLUMNS} FROM outbox WHERE state = 'waiting' AND channel = ? AND put_utc < ? ORDER BY put_utc, id"  # noqa: S608
        )
        return self._readable(self._database.read(sql, [HELD, before_utc]))

    def delivered(self, alert_id: str) -> None:
        """It has arrived, and is never due again."""
        with self._database.write() as connection:
            connection.execute("UPDATE outbox SET state = 'delivered', why = '' WHERE id = ?", [alert_id])

    def failed(self, alert_id: str, now: float, why: str, *, final: bool = False) -> None:
        """It has not arrived. It is tried again later, or given up when that is final or it has waited too long.

        why: one line for people, without secrets.
        """
        with self._database.write() as connection:
            row = connection.execute(
                f"SELECT {COLUMNS} FROM outbox WHERE id = ? AND state = 'waiting'",  # noqa: S608
                [alert_id],
            ).fetchone()
            alert = None if row is None else self._readable.one(row)
            if alert is None:
                return
            tries = alert.tries + 1
            over = final or (tries >= LEAST_TRIES and now - alert.put_utc > self._give_up_s)
            connection.execute(
                "UPDATE outbox SET state = ?, tries = ?, next_utc = ?, why = ? WHERE id = ?",
                ["given up" if over else "waiting", tries, now + self._wait_s(tries), why, alert_id],
            )
            if over:
                words = f"an alert by {alert.channel} was given up after {tries} tries: {why}"
                connection.execute(
                    "INSERT INTO health (camera, utc, state, words) VALUES (?, ?, 'alert given up', ?)",
                    [alert.camera, now, words],
                )

    def holds(self, event_id: str) -> bool:
        """Whether an alert of this event was ever put."""
        return bool(self._database.read("SELECT 1 FROM outbox WHERE event = ? LIMIT 1", [event_id]))

    def last_put(self, camera: str, zones: Collection[str] = (), *, inside: bool = False) -> float | None:
        """When the newest alert of an event of a camera was put, UTC seconds; that of an outage cools nothing down.

        zones: names of those that the event was in, with `inside`, or was not in.
        """
        condition = f"outbox.camera = ? AND event NOT LIKE ? AND {is_time('put_utc')}"
        within = f"coalesce(zone, '') {'IN' if inside else 'NOT IN'} ({', '.join('?' * len(zones))})"
        sql = f"SELECT max(put_utc) FROM outbox LEFT JOIN events ON events.id = event WHERE {condition} AND {within}"  # noqa: S608
        newest = self._database.read(sql, [camera, f"{OUTAGE}%", *zones])[0][0]
        return None if newest is None else float(newest)

    def untried(self) -> int:
        """How many alerts wait that were never tried."""
        return int(
            self._database.read(
                "SELECT count(*) FROM outbox WHERE state = 'waiting' AND tries = 0 AND channel != ?", [HELD]
            )[0][0]
        )

    def waiting(self) -> list[tuple[str, int, str]]:
        """For people: (channel, alerts that wait, why the last one tried did not arrive) of each channel."""
        rows = self._database.read(
            "SELECT channel, count(*), max(tries), why FROM outbox WHERE state = 'waiting' GROUP BY channel"
        )
        return [(row[0], row[1], row[3]) for row in rows]

    def forget(self, before_utc: float) -> int:
        """Drop alerts put before then that wait no more; return how many."""
        with self._database.write() as connection:
            return connection.execute(
                "DELETE FROM outbox WHERE state != 'waiting' AND put_utc < ?", [before_utc]
            ).rowcount

    def _wait_s(self, tries: int) -> float:
        longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(tries - 1, 20))
        return longest * (1 - 0.5 * self._jitter())
