"""The table of events."""

import csv
from datetime import UTC, timedelta, timezone

import pytest

from unusual.app.exporting.table import COLUMNS, csv_of
from unusual.domain import Box
from unusual.store.events import StoredEvent, Verdict

EVENT = StoredEvent(
    "a" * 22,
    "door",
    0.0,
    2.5,
    1.0,
    3.25,
    0.5,
    box=Box(0.1, 0.2, 0.3, 0.4),
    why="runs, fast",
    verdict=Verdict.USEFUL,
    media=("clip.mp4", "thumb.jpg"),
)


def rows(*events, zone=UTC):
    return list(csv.DictReader(csv_of(events, zone)))


def test_a_row_says_all_that_is_known():
    (row,) = rows(EVENT, zone=timezone(timedelta(hours=1)))
    assert list(row) == COLUMNS
    assert (row["start"], row["seconds"]) == ("1970-01-01T01:00:00.000+01:00", "2.5")
    assert (row["score"], row["why"], row["verdict"]) == ("3.25", "runs, fast", "useful")
    assert [row[edge] for edge in ("left", "top", "right", "bottom")] == ["0.1", "0.2", "0.3", "0.4"]
    assert (row["alarm"], row["counts"], row["media"]) == ("1", "1", "clip.mp4 thumb.jpg")


def test_what_goes_on_has_no_end_and_what_does_not_count_is_no_alarm():
    (row,) = rows(StoredEvent("b" * 22, "door", 0.0, None, 1.0, 3.0, 0.5, ignored=True))
    assert (row["end"], row["seconds"], row["left"]) == ("", "", "")
    assert (row["alarm"], row["counts"]) == ("0", "0")


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_note_is_no_formula(words):
    (row,) = rows(StoredEvent("b" * 22, "door", 0.0, 1.0, 1.0, 3.0, 0.5, note=words))
    assert row["note"] == f"'{words}"


def test_without_events_there_is_a_head_alone():
    assert rows() == []
    assert list(csv_of([], UTC)) == [",".join(COLUMNS) + "\r\n"]
