"""The health log: what happened to each camera, and when. Raises OutputError and DataError as `Database`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from unusual.store.database import Database
from unusual.store.names import check_camera


@dataclass(frozen=True, slots=True)
class HealthEntry:
    """What happened to a camera, e.g. state "offline", and one line of words."""

    camera: str
    utc: float
    state: str
    words: str


class HealthLog:
    """The log of all cameras. Safe from several threads and processes at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
        rows = self._database.read(
            "SELECT camera, utc, state, words FROM health WHERE utc >= ? AND utc < ? AND coalesce(camera = ?, TRUE) "
            "ORDER BY utc DESC, number DESC LIMIT ?",
            [since_utc, until_utc, camera, max(0, most)],
        )
        return [HealthEntry(*row) for row in rows if isinstance(row["utc"], float)]

    def forget(self, before_utc: float) -> None:
        """Drop what happened before then."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM health WHERE utc < ?", [before_utc])
