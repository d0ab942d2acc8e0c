"""An event as it is kept: what it says, what people said of it, and the row of the table that it is."""

import json
import math
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from unusual.domain import Box
from unusual.errors import DataError
from unusual.store.names import check_camera, check_id
from unusual.store.rows import unreadable


class Verdict(StrEnum):
    """What a person says of an event."""

    USEFUL = "useful"
    FALSE = "false"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event of a camera: start_utc <= end_utc, None while it goes on.

    id: of names.new_id. score: the peak's, on the live scale, not NaN. per_day: how often ordinary footage reaches
    that score, expected times a day. alarm: the score reached the alarm threshold; others are recorded so that the
    effect of another threshold can be counted. media: names of the files there are in the event's folder.
    model: the sha256 of the model file that found it. zone: the name of the zone that it was in, "" for none.
    ignored: it does not count by the zones that were drawn since: it is no alarm any more. reviewed_by: who said last
    what it is, "" for whoever was at the machine; reviewed_utc: when, None for never.
    """

    id: str
    camera: str
    start_utc: float
    end_utc: float | None
    peak_utc: float
    score: float
    per_day: float
    box: Box | None = None
    why: str = ""
    alarm: bool = True
    reviewed: bool = False
    verdict: Verdict | None = None
    note: str = ""
    media: tuple[str, ...] = ()
    model: str = ""
    zone: str = ""
    ignored: bool = False
    reviewed_by: str = ""
    reviewed_utc: float | None = None

    def __post_init__(self) -> None:
        check_id(self.id)
        check_camera(self.camera)
        if not (math.isfinite(self.start_utc) and math.isfinite(self.peak_utc)) or math.isnan(self.score):
            raise DataError(
                f"an event needs times and a score, got start {self.start_utc}, peak {self.peak_utc}, "
                f"score {self.score}"
            )
        if self.end_utc is not None and not self.end_utc >= self.start_utc:
            raise DataError(f"an event must not end before it starts, got {self.start_utc} to {self.end_utc}")

    @property
    def cursor(self) -> str:
        """Its place in a list: `EventStore.list(before=...)` goes on behind it, also when it is gone by then."""
        return f"{self.start_utc!r}~{self.id}"


_EVENT = TypeAdapter(StoredEvent)


def event_of(row: sqlite3.Row) -> StoredEvent:
    """The event of a row of the table. Raises DataError, with its id, where it cannot be read."""
    columns = dict(row)
    del columns["seen_utc"]
    try:
        return _EVENT.validate_python(
            columns
            | {
                "box": None if row["box"] is None else Box(*json.loads(row["box"])),
                "media": tuple(sorted(map(str, json.loads(row["media"])))),
                "alarm": bool(row["alarm"]),
                "reviewed": bool(row["reviewed"]),
                "ignored": bool(row["ignored"]),
            }
        )
    except (ValueError, TypeError, DataError, RecursionError) as error:  # JSON's and pydantic's errors are ValueErrors
        raise unreadable(f"the event {row['id']!r:.60}", error) from error


def box_text(box: Box | None) -> str | None:
    """A place as it stands in the table."""
    return None if box is None else json.dumps([float(edge) for edge in (box.left, box.top, box.right, box.bottom)])
