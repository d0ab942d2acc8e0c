"""Events as a table that a spreadsheet reads: CSV with a head, a row an event, newest first."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import tzinfo

from unusual.app.dashboard.views.words import moment
from unusual.store.events import StoredEvent

COLUMNS = [
    "event",
    "camera",
    "start",
    "end",
    "peak",
    "seconds",
    "score",
    "per_day",
    "alarm",
    "counts",
    "zone",
    "why",
    "reviewed",
    "verdict",
    "note",
    "reviewed_by",
    "left",
    "top",
    "right",
    "bottom",
    "model",
    "media",
]
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would work out instead of showing


def csv_of(events: Iterable[StoredEvent], zone: tzinfo) -> Iterator[str]:
    """The lines of the table, the head first.

    start, end, peak: ISO 8601 with the zone's offset; end and seconds are empty while an event goes on. per_day: how
    often ordinary footage reaches the score. left to bottom: shares of the picture. media: what is kept, by spaces.
    """
    yield _line(COLUMNS)
    for event in events:
        yield _line(_cells(event, zone))


def _cells(event: StoredEvent, zone: tzinfo) -> list[object]:
    end, box = event.end_utc, event.box
    return [
        event.id,
        event.camera,
        _iso(event.start_utc, zone),
        "" if end is None else _iso(end, zone),
        _iso(event.peak_utc, zone),
        "" if end is None else round(end - event.start_utc, 3),
        event.score,
        event.per_day,
        int(event.alarm and not event.ignored),
        int(not event.ignored),
        _plain(event.zone),
        _plain(event.why),
        int(event.reviewed),
        event.verdict or "",
        _plain(event.note),
        _plain(event.reviewed_by),
        *(("",) * 4 if box is None else (round(edge, 5) for edge in (box.left, box.top, box.right, box.bottom))),
        event.model,
        " ".join(event.media),
    ]


def _plain(words: str) -> str:
    """Words that a spreadsheet takes for words.

    >>> _plain("=1+1"), _plain("the postman")
    ("'=1+1", 'the postman')
    """
    return f"'{words}" if words.startswith(FORMULAS) else words


def _iso(utc: float, zone: tzinfo) -> str:
    return moment(utc, zone).isoformat(timespec="milliseconds")


def _line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
