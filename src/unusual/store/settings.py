"""What may be set of a camera while it is watched: by a person in the dashboard, else by how watching was begun.

Every method raises OutputError and DataError as `Database`.
"""

import math
import sqlite3
from enum import StrEnum

from unusual.errors import DataError
from unusual.scores.alarms import MOST_A_DAY
from unusual.store.database import Database
from unusual.store.names import check_camera
from unusual.store.rows import Readable

BEGUN = "SELECT camera, key, value FROM begun WHERE camera = ? AND key = ? AND value IS NOT NULL"
HELD = """
    SELECT camera, key, value, 1 AS place FROM settings WHERE camera = ? AND key = ?
    UNION ALL SELECT camera, key, value, 2 FROM begun WHERE camera = ? AND key = ? AND value IS NOT NULL
    ORDER BY place
"""  # what a person set comes first


class Setting(StrEnum):
    """What can be set."""

    ALARMS_PER_DAY = "alarms_per_day"
    COOL_DOWN_S = "cool_down_s"  # between two alerts
    MUTED_UNTIL = "muted_until"  # UTC seconds

    def allows(self, value: object) -> bool:
        """Whether it may be set to that.

        >>> Setting.ALARMS_PER_DAY.allows(0.5), Setting.ALARMS_PER_DAY.allows(0.0), Setting.COOL_DOWN_S.allows("long")
        (True, False, False)
        """
        if not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return 0 < value <= MOST_A_DAY if self is Setting.ALARMS_PER_DAY else value >= 0


class Settings:
    """The settings of all cameras. Safe from several threads and processes at once.

    A value that cannot be one is left out, and named in the log.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._readable = Readable(database.path, _value_of)

    def get(self, camera: str, key: Setting) -> float | None:
        """What a person set, else what watching was begun with last; None where that was left to us."""
        told = self._readable(self._database.read(HELD, [camera, key] * 2))
        return next(iter(told), None)

    def set(self, camera: str, key: Setting, value: float | None) -> None:
        """Set it as a person does, or with None take that back. Raises DataError where it cannot be that."""
        if value is not None and not key.allows(value):
            raise DataError(f"setting {key} of {camera} cannot be {value}")
        with self._database.write() as connection:
            connection.execute("DELETE FROM settings WHERE camera = ? AND key = ?", [check_camera(camera), key])
            if value is not None:
                connection.execute("INSERT INTO settings VALUES (?, ?, ?)", [camera, key, value])

    def begun(self, camera: str, key: Setting) -> float | None:
        """What watching was begun with last, None where that was left to us."""
        return next(iter(self._readable(self._database.read(BEGUN, [camera, key]))), None)

    def begin(self, camera: str, key: Setting, value: float | None) -> float | None:
        """Note what watching is begun with; what a person set stays while that is the same. Returns what holds now."""
        mine = [check_camera(camera), key]
        with self._database.write() as connection:
            before = connection.execute("SELECT value FROM begun WHERE camera = ? AND key = ?", mine).fetchone()
            if before is not None and before[0] != value:
                connection.execute("DELETE FROM settings WHERE camera = ? AND key = ?", mine)
            connection.execute("INSERT OR REPLACE INTO begun VALUES (?, ?, ?)", [*mine, value])
        return self.get(camera, key)


def _value_of(row: sqlite3.Row) -> float:
    key, value = Setting(row["key"]), row["value"]
    if not key.allows(value):
        raise DataError(f"the setting {key} of {row['camera']} cannot be {value!r:.60}")
    return float(value)
