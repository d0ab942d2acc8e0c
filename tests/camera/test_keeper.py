"""One event against a disk that may refuse: its row, its alarm and its pictures are there in the end."""

import math
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from made_home import SCALE, made_card

from unusual.camera.alarm_level import AlarmLevel
from unusual.camera.keeper import Keeper, Storing
from unusual.domain import Box, Event, EventPictures
from unusual.errors import OutputError
from unusual.run.stream import Sighting
from unusual.store.home import Home
from unusual.store.media import ClipLimits
from unusual.store.scorelog import read_scores

HIGH = SCALE.threshold(1.0).score + 1
EVENT = Event(1000.0, 1004.0, 1002.0, HIGH, Box(0.1, 0.1, 0.5, 0.5), "moves")
LOW = replace(EVENT, peak_score=SCALE.threshold(1.0).score - 0.1)


class Kept:
    """A keeper with all that it tells."""

    def __init__(self, home, card=None):
        self.noticed, self.said, self.alarms = [], [], []
        storing = Storing(self.noticed.append, self.said.append)
        level = AlarmLevel(card or made_card("door"), 1.0)
        self.keeper = Keeper(Home(home), level, storing, ClipLimits(), self.alarms.append)

    def rows(self):
        return self.keeper.store.list()

    @contextmanager
    def full_disk(self):
        """Nothing can be written meanwhile."""

        def full():
            raise OutputError("the disk is full")

        database = self.keeper.store.database
        usual, database.write = database.write, full
        yield
        database.write = usual


@pytest.fixture
def kept(tmp_path):
    kept = Kept(tmp_path)
    yield kept
    kept.keeper.close()


def shown(cube=None):
    picture = np.full((48, 64, 3), 90, np.uint8)
    return EventPictures(EVENT, 1002.0, picture, picture, picture, cube)


def test_an_event_is_stored_when_it_begins_and_changed_as_it_goes_on(kept):
    kept.keeper.keep(LOW)
    (row,) = kept.rows()
    assert (row.end_utc, row.score, row.alarm, row.why) == (None, LOW.peak_score, False, "moves")
    assert (kept.keeper.events, kept.keeper.alarms, kept.alarms) == (1, 0, [])
    kept.keeper.keep(EVENT)  # an alarm now, so it is stored at once
    (row,) = kept.rows()
    assert (row.score, row.alarm, row.model) == (HIGH, True, "ab")
    over = kept.keeper.end(Sighting(EVENT, None))
    assert kept.rows() == [over]
    assert over.end_utc == 1004.0
    assert kept.keeper.going_on is None
    assert [event.id for event in kept.alarms] == [over.id]
    kept.keeper.keep(LOW)
    assert kept.keeper.events == 2


def test_what_is_an_alarm_by_night_is_none_at_noon(tmp_path, monkeypatch):
    """One event at one in the morning, when hardly anything is usual here, and the same at noon."""
    monkeypatch.setenv("TZ", "UTC")
    kept = Kept(tmp_path, made_card("door", alarm_scale=replace(SCALE, busy=(0.1,) * 6 + (1.0,) * 18)))
    for hour in (1, 12):
        moved = {name: getattr(LOW, name) + hour * 3600 - 1000 for name in ("start_s", "peak_s", "end_s")}
        kept.keeper.end(Sighting(replace(LOW, **moved), None))
    noon, night = kept.rows()
    assert (night.alarm, noon.alarm) == (True, False)
    assert night.per_day == pytest.approx(noon.per_day / 10)
    assert [event.id for event in kept.alarms] == [night.id]
    kept.keeper.close()


def test_an_event_that_is_known_when_it_is_over_is_stored_all_the_same(kept):
    over = kept.keeper.end(Sighting(EVENT, None))
    assert kept.rows() == [over]
    assert (kept.keeper.events, kept.keeper.alarms) == (1, 1)


def test_pictures_are_kept_with_the_event_and_the_sheet_of_its_worst_object(kept):
    sheet = np.full((336, 676, 3), 30, np.uint8)
    over = kept.keeper.end(Sighting(EVENT, shown(sheet)))
    (row,) = kept.rows()
    assert set(row.media) == {"thumb.jpg", "real.jpg", "restored.jpg", "error.jpg", "cube.jpg"}
    assert {file.name for file in kept.keeper.home.event(over.id).iterdir()} == set(row.media)


def test_what_a_full_disk_refused_is_caught_up_with_in_its_order(kept):
    with kept.full_disk():
        kept.keeper.keep(EVENT)
        kept.keeper.end(Sighting(EVENT, shown()))
        kept.keeper.storing.catch_up()
    assert kept.rows() == []
    assert set(kept.noticed) == {"the disk is full"}
    assert kept.said == ["the disk is full"]  # once a minute
    kept.keeper.storing.catch_up()
    (row,) = kept.rows()
    assert (row.end_utc, row.score) == (1004.0, HIGH)
    assert "real.jpg" in row.media


def test_an_alarm_that_could_not_be_told_is_told_again(kept):
    told = []

    def fails_at_first(event):
        told.append(event.id)
        if len(told) < 3:
            raise OutputError("no room")

    kept.keeper.alarm = fails_at_first
    over = kept.keeper.end(Sighting(EVENT, None))
    kept.keeper.storing.catch_up()
    assert told == [over.id] * 3


def test_scores_go_into_the_timeline_and_what_was_not_scored_does_not(kept):
    for time_s, score in ((1000.0, 0.5), (1000.4, math.nan), (1001.0, 0.7)):
        kept.keeper.scored(time_s, score)
    kept.keeper.scores.close()
    lines = read_scores(kept.keeper.home, "door", 999.0, 1010.0)
    assert (lines.times_utc.tolist(), lines.scores.tolist()) == ([1000.0, 1001.0], [0.5, 0.7])


def test_what_waits_is_done_in_its_order_and_the_first_that_fails_holds_the_rest():
    done, noticed = [], []
    storing = Storing(noticed.append, lambda _: None)

    def refused():
        raise OutputError("no")

    storing.surely(lambda: done.append(1))
    storing.later(refused)
    storing.surely(lambda: done.append(2))  # not before what waits
    storing.catch_up()
    assert (done, noticed) == ([1], ["no"])
