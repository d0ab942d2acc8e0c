"""What may be set of a camera while it is watched: by a person in the dashboard, else by how watching was begun.

Every method raises OutputError and DataError as `Database`.
"""

import math
from enum import StrEnum

from unusual.errors import DataError
from unusual.store.database import Database
from unusual.store.names import check_camera


class Setting(StrEnum):
    """What can be set."""

    ALARMS_PER_DAY = "alarms_per_day"
    COOL_DOWN_S = "cool_down_s"  # between two alerts
    MUTED_UNTIL = "muted_until"  # UTC seconds


class Settings:
    """The settings of all cameras. Safe from several threads and processes at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, camera: str, key: Setting) -> float | None:
        """What a person set, else what watching was begun with last; None where that was left to us."""
        rows = self._database.read("SELECT value FROM settings WHERE camera = ? AND key = ?", [camera, key])
        return float(rows[0][0]) if rows else self.begun(camera, key)

    def set(self, camera: str, key: Setting, value: float | None) -> None:
        """Set it as a person does, or with None take that back. Raises DataError where it is no finite number."""
        if value is not None and not math.isfinite(value):
            raise DataError(f"setting {key} of {camera} needs a number, got {value}")
        with self._database.write() as connection:
            connection.execute("DELETE FROM settings WHERE camera = ? AND key = ?", [check_camera(camera), key])
            if value is not None:
                connection.execute("INSERT INTO settings VALUES (?, ?, ?)", [camera, key, value])

    def begun(self, camera: str, key: Setting) -> float | None:
        """What watching was begun with last, None where that was left to us."""
        rows = self._database.read("SELECT value FROM begun WHERE camera = ? AND key = ?", [camera, key])
        return None if not rows or rows[0][0] is None else float(rows[0][0])

    def begin(self, camera: str, key: Setting, value: float | None) -> float | None:
        """Note what watching is begun with; what a person set stays while that is the same. Returns what holds now."""
        mine = [check_camera(camera), key]
        with self._database.write() as connection:
            before = connection.execute("SELECT value FROM begun WHERE camera = ? AND key = ?", mine).fetchone()
            if before is not None and before[0] != value:
                connection.execute("DELETE FROM settings WHERE camera = ? AND key = ?", mine)
            connection.execute("INSERT OR REPLACE INTO begun VALUES (?, ?, ?)", [*mine, value])
        return self.get(camera, key)
