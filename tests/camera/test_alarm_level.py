"""From which score on an event is an alarm: by the person, by how watching was begun, by the card, in this order."""

from dataclasses import replace

import pytest
from made_home import SCALE, made_card

from unusual.camera.alarm_level import AlarmLevel
from unusual.scores.by_hour import HourlyLevels
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.settings import Setting

ALARMS = Setting.ALARMS_PER_DAY
NOON = 1_795_176_000.0  # 20 November 2026, 12:00 UTC
BUSY = (0.1,) * 6 + (None,) * 2 + (4.0,) + (1.0,) * 15  # a quiet night, two hours that nobody knows, a rush hour


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
    assert level.often(level.score, NOON) == pytest.approx(8.0, rel=0.2)


def test_what_is_recorded_lies_below_every_alarm_that_a_slider_offers():
    for begun in (0.1, 1.0, 50.0, 200.0):
        level = AlarmLevel(made_card("door"), begun)
        assert level.leave <= level.recorded(NOON) <= min(level.score, 2.0, SCALE.threshold(50.0).score)


CORNERS = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))


def test_a_zone_of_its_own_alarms_has_a_level_of_its_own_which_follows_the_slider(store):
    level = AlarmLevel(made_card("door"), 8.0)
    gate, road = (Zone(ZoneKind.NAMED, CORNERS, name, often) for name, often in (("gate", 20.0), ("road", 1.0)))
    level.heed((gate, Zone(ZoneKind.IGNORE, CORNERS), road, Zone(ZoneKind.NAMED, CORNERS, "yard")))
    for wanted in (8.0, 2.0):
        store.settings.set("door", ALARMS, wanted)
        level.follow(store.settings)
        assert level.of("gate", NOON) == pytest.approx(SCALE.threshold(20.0).score)
        assert level.of("road", NOON) == pytest.approx(SCALE.threshold(1.0).score)
        assert level.of("yard", NOON) == level.of("", NOON) == level.of("gone", NOON) == SCALE.threshold(wanted).score
    assert level.zone_map.weights[0] > 1 > level.zone_map.weights[2] > 0
    assert level.zone_map.weights[1] == level.zone_map.weights[3] == 1


def test_a_zone_alarms_for_nothing_that_hardly_passes_what_is_ordinary():
    level = AlarmLevel(made_card("door"), 1.0, (Zone(ZoneKind.NAMED, CORNERS, "gate", 1440.0),))
    assert level.of("gate", NOON) > level.leave
    assert AlarmLevel(made_card("door"), 1440.0, (Zone(ZoneKind.NAMED, CORNERS, "gate", 1.0),)).of("gate", NOON) > -9


def test_by_night_a_lower_score_is_an_alarm_and_in_the_rush_hour_a_higher_one(store, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    card = made_card("door", alarm_scale=replace(SCALE, busy=BUSY))
    gate = Zone(ZoneKind.NAMED, CORNERS, "gate", 4.0)
    level = AlarmLevel(card, 2.0, (gate,))
    night, unknown, rush = (NOON + hour * 3600 for hour in (-11, -6, -5))  # 2:00, 7:00, 8:00 in Berlin
    assert level.of("", night) < level.of("", unknown) == level.score < level.of("", rush)
    assert level.of("", rush) == pytest.approx(SCALE.threshold(0.5).score, rel=1e-3)
    assert [level.of("gate", utc) < level.of("", utc) for utc in (night, unknown, rush)] == [True] * 3
    assert level.often(level.of("", rush), rush) == pytest.approx(2.0, rel=0.01)
    offered = HourlyLevels.of(card.alarm_scale, 50.0, level.clock)
    assert level.leave <= level.recorded(night) == offered.at(night) < level.of("", night)
    assert level.recorded(night) < level.recorded(rush) == min(2.0, offered.at(rush)), "as often as a slider offers"
    assert f"from {level.of('', night):.2f} at 0:00 to {level.of('', rush):.2f} at 8:00; 2 hours are" in level.words
    store.settings.set("door", ALARMS, 1.0)
    level.follow(store.settings)
    assert level.of("", rush) == pytest.approx(SCALE.threshold(0.25).score, rel=1e-3)
    level.take(made_card("door"))
    assert (level.of("", night), level.words) == (level.score, SCALE.threshold(2.0).words)
