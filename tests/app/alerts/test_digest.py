"""Digests: when an hour or a day is over, what is told of it, and that it is told once."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from unusual.app.alerts.alerts import AlertSettings, Announcer
from unusual.app.alerts.digest import DigestChannel, Every
from unusual.errors import OutputError
from unusual.store.events import StoredEvent
from unusual.store.names import new_id
from unusual.store.outbox import Outbox

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")


@pytest.mark.parametrize(
    ("every", "moment", "began"),
    [
        (Every.HOUR, (2026, 7, 1, 12, 59), (2026, 7, 1, 12)),
        (Every.HOUR, (2026, 7, 1, 13), (2026, 7, 1, 13)),
        (Every.DAY, (2026, 7, 1, 12), (2026, 7, 1, 8)),
        (Every.DAY, (2026, 7, 1, 7, 59), (2026, 6, 30, 8)),
        (Every.DAY, (2026, 3, 29, 9), (2026, 3, 29, 8)),  # the day on which clocks are set
    ],
)
def test_a_time_begins_by_the_clock_on_the_wall(every, moment, began):
    utc_of = [datetime(*each, tzinfo=BERLIN).timestamp() for each in (moment, began)]
    assert every.began(utc_of[0], BERLIN) == utc_of[1]


def alarms(store, *moments, camera="gate"):
    desk = Announcer(store, Outbox(store.database), AlertSettings(digest=Every.HOUR), ["log"])
    for moment in moments:
        desk.announce(StoredEvent(new_id(), camera, moment, None, moment, 3.0, 1.0, None, "moves"), moment)


def digesting(store, now):
    return DigestChannel(Every.HOUR, Outbox(store.database), ["log", "webhook"], "http://x", lambda: now)


def told(store, channel="log"):
    return [json.loads(alert.payload) for alert in Outbox(store.database).due(1e12, channel, most=99)]


def test_an_hour_is_told_once_it_is_over_of_each_camera_by_each_channel(store):
    alarms(store, NOON + 60, NOON + 120)
    alarms(store, NOON + 90, camera="yard")
    digesting(store, NOON + 3599).meet()
    assert told(store) == []
    digesting(store, NOON + 3600).meet()
    digesting(store, NOON + 3700).meet()
    for channel in ("log", "webhook"):
        gate, yard = sorted(told(store, channel), key=lambda one: one["camera"])
        assert gate["words"] == "gate: 2 alarms from 12:01 to 12:02, the highest at 12:01: moves"
        assert (yard["digest"], gate["link"]) == (1, "http://x/events?camera=gate&alarms=only")
    alarms(store, NOON + 3800)
    digesting(store, NOON + 7200).meet()
    assert [one["digest"] for one in told(store)] == [1]


def test_a_crash_in_the_midst_of_it_tells_nothing_twice(store):
    alarms(store, NOON + 60, NOON + 120)

    class Crashing(Outbox):
        def delivered(self, alert_id):
            raise OutputError("the disk is full")

    with pytest.raises(OutputError):
        DigestChannel(Every.HOUR, Crashing(store.database), ["log"], "", lambda: NOON + 3600).meet()
    digesting(store, NOON + 3601).meet()
    assert [one["digest"] for one in told(store)] == [2]


def test_what_is_held_keeps_nobody_waiting_at_the_end(store):
    alarms(store, NOON)
    assert Outbox(store.database).untried() == 0
