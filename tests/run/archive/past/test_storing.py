"""An archive in the store: there once, however often it is put there."""

from dataclasses import replace

import pytest
from made_archive import archived, by_brightness

from unusual.run.archive.past.storing import PastTimeline, attach_media, event_id, store_events
from unusual.run.archive.past.tables import ArchiveEvent
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.live import read_live
from unusual.store.names import check_id
from unusual.store.scorelog import read_scores


@pytest.fixture
def events(segments, tmp_path):
    _, found = archived(segments, tmp_path, by_brightness(6, 2))
    return [
        ArchiveEvent(event_id(e.peak_shard, e.event.start_s), "yard", e.event, 0.5, e.peak_shard, e.first, e.last)
        for e in found
    ]


def test_events_are_there_once_and_keep_what_people_said(events, tmp_path):
    home = Home(tmp_path / "home")
    store_events(home, events, {"yard": "ab"}, [])
    store = EventStore.open(home)
    store.review(events[0].id, reviewed=True, verdict=None, note="the postman")
    attach_media(home, events[0].id, ["thumb.jpg"])
    store_events(home, events, {"yard": "ab"}, [event.id for event in events])
    kept = store.list()
    assert len(kept) == 2 and {event.model for event in kept} == {"ab"}
    assert (store.get(events[0].id).note, store.get(events[0].id).media) == ("the postman", ("thumb.jpg",))
    assert read_live(home, "yard").state == "ended"
    store.close()


def test_what_is_not_found_any_more_goes_unless_somebody_has_looked_at_it(events, tmp_path):
    home = Home(tmp_path / "home")
    store_events(home, events, {"yard": "ab"}, [])
    store = EventStore.open(home)
    store_events(home, [], {"yard": "ab"}, [events[1].id])
    assert [event.id for event in store.list()] == [events[0].id]
    store.review(events[0].id, reviewed=True, verdict=None, note="")
    store_events(home, [], {"yard": "ab"}, [events[0].id])
    assert len(store.list()) == 1
    store.close()


def test_an_id_is_of_the_stream_its_time_and_the_model(events):
    shard = events[0].shard
    assert check_id(event_id(shard, 1.0)) == event_id(shard, 1.0)
    others = {event_id(shard, 1.1), event_id(replace(shard, stream="x"), 1.0), event_id(replace(shard, model="x"), 1.0)}
    assert len(others | {event_id(shard, 1.0)}) == 4


def test_a_timeline_gets_each_second_once(tmp_path):
    home = Home(tmp_path)
    for _ in range(2):
        timeline = PastTimeline(home, "yard")
        for n in range(50):
            timeline.add(86_395.0 + n / 5, float(n))
        timeline.add(86_410.0, float("nan"))
        timeline.close()
    lines = read_scores(home, "yard", 80_000, 90_000)
    assert lines.scores.tolist() == [4.0, 9.0, 14.0, 19.0, 24.0, 29.0, 34.0, 39.0, 44.0, 49.0]
    assert sum(len(file.read_text().splitlines()) for file in home.timelines()) == 10
