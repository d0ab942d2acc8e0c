"""Past events by zones that were drawn since: what counts no more is no alarm, and comes back with the zones' end."""

import numpy as np
from made_home import add_event

from unusual.domain import Box
from unusual.scores.zones import EVERYWHERE, Zone, ZoneKind, ZoneMap
from unusual.store.events import EventFilter
from unusual.store.rules.past import events_of, heed_zones, heeded

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
IGNORE, GATE = ZoneMap((Zone(ZoneKind.IGNORE, LEFT),)), ZoneMap((Zone(ZoneKind.NAMED, LEFT, "gate"),))


def event_at(store, x, camera="door", **more):
    return add_event(store, camera, 1e9 + x, 3.0, box=None if x < 0 else Box(x, 0.2, x + 0.1, 0.6), **more)


def alarms(store, camera="door"):
    return {event.id for event in store.list(EventFilter(camera, alarms_only=True))}


def test_events_obey_zones_and_nothing_is_lost(store):
    left, right, placeless = event_at(store, 0.2), event_at(store, 0.7), event_at(store, -1)
    other = event_at(store, 0.2, "yard")
    assert heed_zones(store, "door", IGNORE) == 1
    assert alarms(store) == {right, placeless}
    assert alarms(store, "yard") == {other}
    kept = store.get(left)
    assert (kept.ignored, kept.alarm, kept.score) == (True, True, 3.0)
    assert np.sum(store.peaks("door", 0.0)[1] >= 1.0) == 2
    assert heed_zones(store, "door", EVERYWHERE) == 0
    assert alarms(store) == {left, right, placeless}


def test_events_take_the_name_of_their_zone_and_lose_it(store):
    left, right = event_at(store, 0.2), event_at(store, 0.7)
    heed_zones(store, "door", GATE)
    assert (store.get(left).zone, store.get(right).zone) == ("gate", "")
    heed_zones(store, "door", EVERYWHERE)
    assert store.get(left).zone == ""


def test_nothing_is_written_where_nothing_changes(store):
    event_at(store, 0.2)
    heed_zones(store, "door", IGNORE)
    before = store.database.read("PRAGMA data_version")[0][0], store.database.read("SELECT total_changes()")[0][0]
    heed_zones(store, "door", IGNORE)
    assert (
        store.database.read("PRAGMA data_version")[0][0],
        store.database.read("SELECT total_changes()")[0][0],
    ) == before


def test_an_event_is_judged_by_where_it_was(store):
    assert heeded(store.get(event_at(store, 0.2)), IGNORE).counts is False
    assert heeded(store.get(event_at(store, 0.7)), IGNORE).counts is True
    assert heeded(store.get(event_at(store, -1)), IGNORE).counts is True


def test_all_events_are_gone_through_however_many_a_page_holds(store, monkeypatch):
    made = [event_at(store, n / 20) for n in range(7)]
    monkeypatch.setattr("unusual.store.rules.past.PAGE", 3)
    assert [event.id for event in events_of(store, EventFilter("door"))] == made[::-1]
