"""What was found, and what people made of it: events and their reviews.

Times are UTC seconds as of time.time(). Every method raises OutputError and DataError as `Database`.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.store.database import Database
from unusual.store.event import StoredEvent as StoredEvent
from unusual.store.event import Verdict as Verdict
from unusual.store.event import box_text, event_of
from unusual.store.healthlog import HealthLog
from unusual.store.home import Home
from unusual.store.names import check_id
from unusual.store.rows import END_OF_DAYS, Readable
from unusual.store.settings import Settings

Peaks = tuple[NDArray[np.float64], NDArray[np.float64]]  # (N,) times and (N,) scores
NEWEST = (b"\xff", "")  # behind it is whatever a start may be, also one that is no number
FOUND = (  # in an index alone, and only then read
    "SELECT * FROM events WHERE id IN (SELECT id FROM events WHERE {} AND (start_utc, id) < (?, ?) "
    "ORDER BY start_utc DESC, id DESC LIMIT ?) ORDER BY start_utc DESC, id DESC"
)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: all that is not None holds; since_utc <= start_utc < until_utc, score >= least_score.

    alarms_only: those that are alarms by today's zones.
    """

    camera: str | None = None
    since_utc: float | None = None
    until_utc: float | None = None
    least_score: float | None = None
    reviewed: bool | None = None
    verdict: Verdict | None = None
    alarms_only: bool = False

    def condition(self) -> tuple[str, list[object]]:
        """As SQL, and the values of its question marks."""
        wanted: list[tuple[str, object]] = [
            ("camera = ?", self.camera),
            ("start_utc >= ?", self.since_utc),
            ("start_utc < ?", self.until_utc),
            ("score >= ?", self.least_score),
            ("reviewed = ?", self.reviewed),
            ("verdict = ?", self.verdict),
            ("(alarm AND NOT ignored) = ?", self.alarms_only or None),
        ]
        given = [(sql, value) for sql, value in wanted if value is not None]
        return " AND ".join(sql for sql, _ in given) or "TRUE", [value for _, value in given]


EVERY = EventFilter()


@dataclass(frozen=True, slots=True)
class Day:
    """How many events began on a local day, and how many of them nobody has looked at."""

    date: date
    events: int
    unreviewed: int


class EventStore:
    """Events of all cameras, newest first; beside them, in one database, settings and the health log.

    Safe from several threads and processes at once.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._readable = Readable(database.path, event_of)
        self.settings, self.health = Settings(database), HealthLog(database)

    @classmethod
    def open(cls, home: Home) -> "EventStore":
        """Open the store of a home folder, made when absent. Raises as Database.open."""
        return cls(Database.open(home))

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def integrity(self) -> str:
        """ "ok", or what is wrong with the file."""
        return self.database.integrity()

    # --- events, as the watcher writes them

    def begin(self, event: StoredEvent) -> None:
        """Store a new event. Raises DataError where its id is taken."""
        columns = asdict(event) | {
            "box": box_text(event.box),
            "media": json.dumps(event.media),
            "seen_utc": max(event.start_utc, event.peak_utc, event.end_utc or event.start_utc),
        }
        names = ", ".join(columns)
        with self.database.write() as connection:
            connection.execute(
                f"INSERT INTO events ({names}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - fixed names
                list(columns.values()),
            )

    def change(self, event: StoredEvent, seen_utc: float | None = None) -> None:
        """Bring what was found of an event up to date; what people said of it, and its files, stay as they are.

        seen_utc: when it last went on. An end before the start that is stored, of a clock that was set back, becomes
        that start. Raises DataError where there is no such event.
        """
        seen = max(time for time in (event.peak_utc, event.end_utc, seen_utc) if time is not None)
        self._update(
            event.id,
            "end_utc = max(?, start_utc), seen_utc = max(?, seen_utc), peak_utc = ?, score = ?, per_day = ?, box = ?, "
            "why = ?, alarm = ?, zone = ?",
            [
                event.end_utc,
                seen,
                event.peak_utc,
                event.score,
                event.per_day,
                box_text(event.box),
                event.why,
                event.alarm,
                event.zone,
            ],
        )

    def attach(self, event_id: str, names: Iterable[str]) -> None:
        """Add to the names of the files there are in an event's folder. Raises as `change`."""
        both = "SELECT value FROM json_each(media) UNION SELECT value FROM json_each(?)"
        self._update(event_id, f"media = (SELECT json_group_array(value) FROM ({both}))", [json.dumps(list(names))])  # noqa: S608

    def detach(self, event_id: str) -> None:
        """Its files have gone: name none. Raises as `change`."""
        self._update(event_id, "media = '[]'", [])

    def settle_interrupted(self, camera: str) -> int:
        """End a camera's events that a crash left going on, when they were last seen; return how many."""
        with self.database.write() as connection:
            return connection.execute(
                "UPDATE events SET end_utc = max(start_utc, seen_utc) WHERE end_utc IS NULL AND camera = ?", [camera]
            ).rowcount

    def remove(self, ids: Iterable[str]) -> None:
        """Forget events that have ended; those that are not there, or go on, are left alone."""
        with self.database.write() as connection:
            connection.executemany(
                "DELETE FROM events WHERE id = ? AND end_utc IS NOT NULL", [(event,) for event in ids]
            )

    # --- events, as people look at them

    def get(self, event_id: str) -> StoredEvent | None:
        """The event, None where there is none of that id. Raises DataError where it cannot be read."""
        rows = self.database.read("SELECT * FROM events WHERE id = ?", [event_id])
        return event_of(rows[0]) if rows else None

    def list(self, wanted: EventFilter = EVERY, before: str | None = None, most: int = 50) -> list[StoredEvent]:
        """Up to `most` events, newest start first, from behind a `cursor`. Raises DataError where that is none."""
        condition, values = wanted.condition()
        found = list[StoredEvent]()
        behind: tuple[object, object] = NEWEST if before is None else _place(before)
        sql = FOUND.format(condition)
        while len(found) < most and (rows := self.database.read(sql, [*values, *behind, most - len(found)])):
            found += self._readable(rows)
            behind = _behind(rows[-1])
        return found

    def neighbours(self, event_id: str, wanted: EventFilter = EVERY) -> tuple[str | None, str | None]:
        """The ids of the next newer and the next older event that pass the filter; None at an end, or of no event."""
        event = self.get(event_id)
        if event is None:
            return None, None
        condition, values = wanted.condition()
        newer, older = (
            self.database.read(
                f"SELECT id FROM events WHERE {condition} AND (start_utc, id) {way} (?, ?) "  # noqa: S608
                f"ORDER BY start_utc {order}, id {order} LIMIT 1",
                [*values, event.start_utc, event_id],
            )
            for way, order in ((">", "ASC"), ("<", "DESC"))
        )
        return newer[0]["id"] if newer else None, older[0]["id"] if older else None

    def review(self, event_id: str, *, reviewed: bool, verdict: Verdict | None, note: str, by: str = "") -> None:
        """Keep what a person says of an event, and who that is. Raises DataError where there is none of that id."""
        said = [reviewed, verdict, note, by, time.time()]
        self._update(event_id, "reviewed = ?, verdict = ?, note = ?, reviewed_by = ?, reviewed_utc = ?", said)

    def peaks(self, camera: str, since_utc: float, model: str | None = None) -> Peaks:
        """When a camera's events since then had their peaks, and their scores: what other thresholds would have given.

        model: of those that it found alone, as the scores of two models are not on one scale; None: all.
        """
        condition = "camera = ? AND start_utc >= ? AND model = coalesce(?, model) AND NOT ignored"
        query = f"SELECT peak_utc, score FROM events WHERE {condition}"  # noqa: S608
        return _peaks(self.database.read(query, [camera, since_utc, model]))

    def days(self, camera: str | None = None, zone: tzinfo = UTC) -> Sequence[Day]:
        """Local days on which events of a camera, or of any, began; newest first, days without any left out.

        zone: a ZoneInfo or a fixed offset. A day starts at its first local midnight, so where clocks change it has
        23 or 25 hours.
        """
        days, until = [], END_OF_DAYS
        mine, values = ("camera = ?", [camera]) if camera is not None else ("TRUE", [])
        newest = f"SELECT max(start_utc) FROM events WHERE {mine} AND start_utc > 0 AND start_utc < ?"  # noqa: S608
        count = f"SELECT count(*), sum(NOT reviewed) FROM events WHERE {mine} AND start_utc >= ? AND start_utc < ?"  # noqa: S608
        while (last := self.database.read(newest, [*values, until])[0][0]) is not None:
            day = datetime.fromtimestamp(last, zone).date()
            since = min(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp(), last)
            days.append(Day(day, *self.database.read(count, [*values, since, until])[0]))
            until = since
        return days

    def _update(self, event_id: str, change: str, values: Sequence[object]) -> None:
        with self.database.write() as connection:
            if not connection.execute(f"UPDATE events SET {change} WHERE id = ?", [*values, event_id]).rowcount:  # noqa: S608
                raise DataError(f"there is no event {event_id!r:.60}")


def _peaks(rows: Iterable[sqlite3.Row]) -> Peaks:
    """Of rows that hold a time and a score; another is left out."""
    told = [tuple(row) for row in rows if all(isinstance(value, float) for value in row)]
    utc, scores = np.array([each for each in told if 0 <= each[0] < END_OF_DAYS], np.float64).reshape(-1, 2).T
    return utc, scores


def _behind(row: sqlite3.Row) -> tuple[object, object]:
    """The place after a row, which lies behind it whatever it holds: what is no text was read as a mark."""
    start, event = row["start_utc"], row["id"]
    if not isinstance(start, float):
        return "", ""
    return start, event.partition("\ufffd")[0] if isinstance(event, str) else event


def _place(cursor: str) -> tuple[float, str]:
    start, _, event = cursor.partition("~")
    try:
        return float(start), check_id(event)
    except (ValueError, DataError):
        raise DataError(f"a cursor is that of an event, got {cursor!r:.60}") from None
