"""Scores as Parquet, events as CSV: opened by others."""

import csv

import pyarrow.parquet as pq
import pytest
from made_archive import archived, by_brightness

from unusual.errors import DataError
from unusual.run.archive.past.tables import (
    ArchiveEvent,
    read_event_ids,
    read_scores_between,
    write_events_table,
    write_score_table,
)


@pytest.fixture
def told(segments, tmp_path):
    frames, events = archived(segments, tmp_path, by_brightness(6, 2), 0.1)
    with write_score_table(tmp_path, "yard") as table:
        for frame in frames:
            table.add(frame)
    return tmp_path, events


def test_a_row_a_frame_says_which_file_it_is_in(told):
    table = pq.read_table(told[0] / "scores/yard.parquet").to_pydict()
    assert table["frame"] == list(range(400)) and set(table["camera"]) == {"yard"}
    assert table["file_frame"] == [*range(40)] * 10
    assert [path[-6:-4] for path in table["file"][::40]] == [f"{n:02}" for n in range(0, 40, 4)]
    assert table["utc"][125].isoformat() == "2026-11-20T14:00:12.500000+00:00"
    assert None not in table["live_score"]


def test_a_stretch_of_scores_is_read_back(told):
    some = read_scores_between(told[0], "yard", "yard-20261120T140000", 100, 103)
    assert [utc % 60 for utc, _ in some] == pytest.approx([10.0, 10.1, 10.2]) and all(s is not None for _, s in some)
    with pytest.raises(DataError, match="scores of gate"):
        read_scores_between(told[0], "gate", "x", 0, 1)


def test_events_say_when_where_and_in_which_file(told):
    out, found = told
    events = [ArchiveEvent("a" * 22, "yard", e.event, 0.5, e.peak_shard, e.first, e.last) for e in found]
    write_events_table(out, events[::-1])
    with (out / "events.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["start"] for row in rows] == sorted(row["start"] for row in rows) and len(rows) == 2
    assert rows[0]["start"].startswith("2026-11-20T14:00:11.") and rows[0]["file"].endswith("14-00-08.mp4")
    assert 3 < float(rows[0]["file_s"]) < 4.1
    assert read_event_ids(out) == ["a" * 22] * 2 and read_event_ids(out / "none") == []
