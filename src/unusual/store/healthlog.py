"""The health log: what happened to each camera, and when. Raises OutputError and DataError as `Database`."""

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter

from unusual.store.database import Database
from unusual.store.names import CAMERA_NAME, check_camera
from unusual.store.rows import Readable, unreadable

NEWEST = (
    "SELECT * FROM health WHERE utc >= ? AND coalesce(camera = ?, TRUE) AND (utc, number) < (?, ?) "
    "ORDER BY utc DESC, number DESC LIMIT ?"
)
LAST = b"\xff"  # behind it is whatever a time may be, also one that is no number


@dataclass(frozen=True, slots=True)
class HealthEntry:
    """What happened to a camera, e.g. state "offline", and one line of words."""

    camera: Annotated[str, Field(pattern=CAMERA_NAME)]
    utc: Annotated[float, Field(allow_inf_nan=False)]
    state: str
    words: str


_ENTRY = TypeAdapter(HealthEntry)


def _entry_of(row: sqlite3.Row) -> HealthEntry:
    try:
        return _ENTRY.validate_python({name: row[name] for name in HealthEntry.__slots__})
    except ValueError as error:
        raise unreadable(f"row {row['number']} of the health log", error) from error


class HealthLog:
    """The log of all cameras. Safe from several threads and processes at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._readable = Readable(database.path, _entry_of)

    def add(self, camera: str, utc: float, state: str, words: str) -> None:
        """Note that a camera's state has changed, or that something happened to it."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO health (camera, utc, state, words) VALUES (?, ?, ?, ?)",
                [check_camera(camera), utc, state, words],
            )

    def list(
        self, camera: str | None = None, since_utc: float = 0.0, until_utc: float = math.inf, most: int = 100
    ) -> Sequence[HealthEntry]:
        """Up to `most` entries of a camera, or of all, since then and before `until_utc`; the newest first."""
        found = list[HealthEntry]()
        behind: tuple[object, int] = (LAST if until_utc == math.inf else until_utc, -1)
        while len(found) < most and (
            rows := self._database.read(NEWEST, [since_utc, camera, *behind, most - len(found)])
        ):
            found += self._readable(rows)
            last = rows[-1]["utc"]
            behind = (last, rows[-1]["number"]) if isinstance(last, float) else ("", 0)  # no text is a time
        return found

    def forget(self, before_utc: float) -> None:
        """Drop what happened before then."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM health WHERE utc < ?", [before_utc])
