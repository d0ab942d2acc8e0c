"""Rows that cannot be read: each named once, and left out."""

import sqlite3
from pathlib import Path

from unusual.errors import DataError
from unusual.store.rows import Readable, is_time, unreadable


def number_of(row):
    try:
        return float(row["number"])
    except ValueError as error:
        raise unreadable(f"row {row['number']!r}", error) from error


def rows(*values):
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    return [connection.execute("SELECT ? AS number", [value]).fetchone() for value in values]


def test_what_can_be_read_comes_in_order_and_what_cannot_is_named_once(caplog):
    readable = Readable(Path("events.db"), number_of)
    for _ in range(2):
        assert readable(rows(3, "three", 0, "none")) == [3.0, 0.0], "also what is nothing in Python's eyes"
    assert readable.one(rows("none")[0]) is None
    said = [record.getMessage() for record in caplog.records]
    assert [words.partition(" cannot")[0] for words in said] == [
        "events.db: left out: row 'three'",
        "events.db: left out: row 'none'",
    ]


def test_why_is_one_line():
    assert str(unreadable("a row", ValueError("one\n  two" + "x" * 999))).startswith("a row cannot be read: one twox")
    assert isinstance(unreadable("a row", ValueError()), DataError)


def test_a_time_is_a_number_that_a_calendar_knows():
    asked = sqlite3.connect(":memory:").execute
    held = [
        asked(f"SELECT {is_time('?1')}", [value]).fetchone()[0] for value in (1.5, -1.5, 3, "1.5", b"1", 1e12, None)
    ]
    assert held == [1, 1, 0, 0, 0, 0, 0]
