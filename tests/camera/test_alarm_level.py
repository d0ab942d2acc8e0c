"""From which score on an event is an alarm: by the person, by how watching was begun, by the card, in this order."""

from dataclasses import replace

import pytest
from made_home import SCALE, made_card

from unusual.camera.alarm_level import AlarmLevel
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.settings import Setting

ALARMS = Setting.ALARMS_PER_DAY


def test_a_person_comes_before_how_watching_was_begun_and_that_before_the_card(store):
    card = made_card("door", alarms_per_day=4.0)
    assert AlarmLevel(made_card("door"), None).wanted == SCALE.fewest_a_day
    assert AlarmLevel(card, None).wanted == 4.0
    level = AlarmLevel(card, 8.0)
    assert (level.wanted, level.score) == (8.0, SCALE.threshold(8.0).score)
    store.settings.set("door", ALARMS, 2.0)
    level.follow(store.settings)
    assert (level.wanted, level.score) == (2.0, SCALE.threshold(2.0).score)
    store.settings.set("door", ALARMS, None)
    level.follow(store.settings)
    assert level.wanted == 8.0


def test_what_cannot_be_changes_nothing(store):
    level = AlarmLevel(made_card("door"), 8.0)
    store.settings.set("door", ALARMS, 2.0)
    with store.database.write() as connection:
        connection.execute("UPDATE settings SET value = 2000.0")
    level.follow(store.settings)
    assert (level.wanted, level.score) == (8.0, SCALE.threshold(8.0).score)


def test_another_card_has_another_level():
    level = AlarmLevel(made_card("door"), 8.0)
    higher = replace(SCALE, location=SCALE.location + 1, base=SCALE.base + 1, tail=tuple(s + 1 for s in SCALE.tail))
    level.take(made_card("door", alarm_scale=higher))
    assert level.score == higher.threshold(8.0).score
    assert level.often(level.score) == pytest.approx(8.0, rel=0.2)


def test_what_is_recorded_lies_below_every_alarm_that_a_slider_offers():
    for begun in (0.1, 1.0, 50.0, 200.0):
        level = AlarmLevel(made_card("door"), begun)
        assert level.recorded <= min(level.score, 2.0, SCALE.threshold(50.0).score)


CORNERS = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))


def test_a_zone_of_its_own_alarms_has_a_level_of_its_own_which_follows_the_slider(store):
    level = AlarmLevel(made_card("door"), 8.0)
    gate, road = (Zone(ZoneKind.NAMED, CORNERS, name, often) for name, often in (("gate", 20.0), ("road", 1.0)))
    level.heed((gate, Zone(ZoneKind.IGNORE, CORNERS), road, Zone(ZoneKind.NAMED, CORNERS, "yard")))
    for wanted in (8.0, 2.0):
        store.settings.set("door", ALARMS, wanted)
        level.follow(store.settings)
        assert level.of("gate") == pytest.approx(SCALE.threshold(20.0).score)
        assert level.of("road") == pytest.approx(SCALE.threshold(1.0).score)
        assert level.of("yard") == level.of("") == level.of("gone") == SCALE.threshold(wanted).score
    assert level.zone_map.weights[0] > 1 > level.zone_map.weights[2] > 0
    assert level.zone_map.weights[1] == level.zone_map.weights[3] == 1


def test_a_zone_alarms_for_nothing_that_hardly_passes_what_is_ordinary():
    level = AlarmLevel(made_card("door"), 1.0, (Zone(ZoneKind.NAMED, CORNERS, "gate", 1440.0),))
    assert level.of("gate") > level.leave
    assert AlarmLevel(made_card("door"), 1440.0, (Zone(ZoneKind.NAMED, CORNERS, "gate", 1.0),)).of("gate") > -9
