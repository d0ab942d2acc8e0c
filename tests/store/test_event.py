"""An event as it is kept: what makes no sense is refused, and a row that cannot be read costs no other."""

import json

import pytest

from unusual.domain import Box
from unusual.errors import DataError
from unusual.store.event import StoredEvent, box_text
from unusual.store.events import EventFilter
from unusual.store.names import new_id

NO_TEXT = object()  # bytes that say of themselves that they are text
BAD = {
    "id": ["x'y", "../../etc/passwd", "", b"\xff", NO_TEXT],
    "camera": ["../x", "", "A" * 50],
    "start_utc": ["yesterday", float("inf"), NO_TEXT],
    "end_utc": ["never"],
    "peak_utc": [b"\xff", "noon"],
    "score": ["high"],
    "per_day": ["often"],
    "box": ["[" * 100_000, "[1", "[1, 2]", '{"a": 1}'],
    "verdict": ["nonsense"],
    "media": ["", "{", "3", "[[1]", "null"],
}


def event(start_utc=100.0, **changes):
    known = {"id": new_id(), "camera": "gate", "end_utc": None, "peak_utc": start_utc, "score": 2.0, "per_day": 1.0}
    return StoredEvent(**known | {"start_utc": start_utc} | changes)


def test_an_event_that_goes_on_ends_never_or_at_once_makes_sense():
    assert event().end_utc is None
    assert event(end_utc=100.0).end_utc == 100.0
    assert event(score=float("inf")).score == float("inf"), "a score may be beyond all that was ever seen"


def test_its_place_in_a_list_tells_apart_what_began_at_the_same_moment():
    one, other = event(), event()
    assert one.cursor == f"100.0~{one.id}" != other.cursor
    assert float(event(start_utc=0.1 + 0.2).cursor.partition("~")[0]) == 0.1 + 0.2


def test_a_place_stands_in_the_table_as_four_numbers():
    assert json.loads(box_text(Box(0.1, 0.2, 0.3, 0.4))) == [0.1, 0.2, 0.3, 0.4]
    assert box_text(None) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"end_utc": 99.0}, "must not end before it starts", id="ends before it starts"),
        pytest.param({"end_utc": float("nan")}, "must not end before it starts", id="ends never"),
        pytest.param({"score": float("nan")}, "times and a score", id="no score"),
        pytest.param({"peak_utc": float("inf")}, "times and a score", id="no time"),
        pytest.param({"id": "../../etc/passwd"}, "22 letters", id="an id that is a path"),
        pytest.param({"id": "a" * 22 + "\n"}, "22 letters", id="an id with a line's end"),
        pytest.param({"camera": "../gate"}, "camera's name", id="a camera that is a path"),
        pytest.param({"camera": ""}, "camera's name", id="a camera without a name"),
        pytest.param({"camera": "g" * 42}, "camera's name", id="a camera's name too long"),
    ],
)
def test_events_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        event(**changes)


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, values in BAD.items() for value in values])
def test_a_row_that_cannot_be_read_is_named_once_and_costs_no_other(store, caplog, column, value):
    good = [event(start_utc=float(second)) for second in range(60)]
    for each in good:
        store.begin(each)
    bad = good[30]
    with store.database.write() as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        given, what = (b"\xe9", "CAST(? AS TEXT)") if value is NO_TEXT else (value, "?")
        connection.execute(f"UPDATE events SET {column} = {what} WHERE id = ?", [given, bad.id])
    whole = [each for each in reversed(good) if each is not bad]
    for _ in range(2):
        first = store.list(most=40)
        assert first + store.list(before=first[-1].cursor, most=40) == whole
    assert len([record for record in caplog.records if "cannot be read" in record.getMessage()]) == 1
    assert store.list(EventFilter(camera="gate"), most=500) == whole
    store.neighbours(whole[0].id)
    store.days()
    store.peaks("gate", 0.0)


def test_words_that_are_no_text_are_shown_as_far_as_they_are(store):
    kept = event(note="")
    store.begin(kept)
    with store.database.write() as connection:
        connection.execute("UPDATE events SET note = CAST(? AS TEXT) WHERE id = ?", [b"caf\xe9", kept.id])
        connection.execute("INSERT INTO health (camera, utc, state, words) VALUES ('gate', 'x', 'y', 'z')")
    assert store.get(kept.id).note == "caf\ufffd"
    assert store.health.list() == []
