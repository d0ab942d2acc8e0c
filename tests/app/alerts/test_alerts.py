"""Alerts: which events are told, and that they arrive past hanging, failing and dying receivers, without secrets."""

import json
import threading
import time
from contextlib import contextmanager

import pytest
from alert_receiver import ALERT, SECRET, receiving, wait_for, webhook

from unusual.app.alerts.alerts import AlertSettings, Announcer, Deliverer, alert_settings, open_channels
from unusual.app.alerts.channels import Channel, Failure
from unusual.app.alerts.digest import Every
from unusual.domain import Box
from unusual.errors import ConfigError, OutputError
from unusual.scores.hours import Mode
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.events import StoredEvent
from unusual.store.live import Outage
from unusual.store.names import new_id
from unusual.store.outbox import HELD_S, Outbox
from unusual.store.rules.duty import order, set_hours
from unusual.store.rules.zones import ZONES, write_zones
from unusual.store.settings import Setting

NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def outbox(store):
    return Outbox(store.database)


def event(camera="gate", **changes):
    return StoredEvent(new_id(), camera, NOW, None, NOW, 3.5, 0.125, Box(0.1, 0.2, 0.3, 0.4), "moves", **changes)


# --- which events are told


def announcer(store, **changes):
    return Announcer(store, Outbox(store.database), AlertSettings(**changes), ["webhook", "log"])


def told(outbox, channel="log"):
    return [json.loads(alert.payload) for alert in outbox.due(1e12, channel, most=99)]


def test_an_alarm_is_told_by_every_channel_with_link_and_place(store, outbox):
    alarm = event()
    assert announcer(store, link="https://watch.example/").announce(alarm, NOW)
    for channel in ("webhook", "log"):
        (payload,) = told(outbox, channel)
        assert payload["event"] == alarm.id
        assert payload["link"] == f"https://watch.example/events/{alarm.id}"
        assert payload["words"] == "unusual at gate at 22:13: moves"
        assert payload["started"] == "2023-11-14T22:13:20+00:00"
        assert (payload["score"], payload["per_day"], payload["others"]) == (3.5, 0.125, 0)
        assert payload["box"] == {"left": 0.1, "top": 0.2, "right": 0.3, "bottom": 0.4}


def test_an_event_is_told_once_also_after_a_restart(store, outbox):
    alarm = event()
    assert announcer(store, cool_down_s=0).announce(alarm, NOW)
    assert not announcer(store, cool_down_s=0).announce(alarm, NOW + 5)
    assert len(told(outbox)) == 1


def test_a_camera_that_cools_down_is_silent_and_the_next_alert_counts_the_others(store, outbox):
    desk = announcer(store, cool_down_s=60)
    moments = {"gate": (0, 10, 59.9, 60, 130), "yard": (20,)}
    answers = {camera: [desk.announce(event(camera), NOW + s) for s in seconds] for camera, seconds in moments.items()}
    assert answers == {"gate": [True, False, False, True, True], "yard": [True]}
    assert [(one["camera"], one["others"]) for one in told(outbox)] == [
        ("gate", 0),
        ("yard", 0),
        ("gate", 2),
        ("gate", 0),
    ]


def test_the_next_alert_says_in_words_how_many_others_there_were(store, outbox):
    desk = announcer(store)
    for second in (0, 1, 61):
        desk.announce(event(), NOW + second)
    assert told(outbox)[-1]["words"] == "unusual at gate at 22:13: moves, and 1 more since the last alert"


def test_a_cool_down_outlasts_a_restart_and_a_camera_may_have_its_own(store):
    assert announcer(store, cool_down_s=60).announce(event(), NOW)
    assert not announcer(store, cool_down_s=60).announce(event(), NOW + 30)
    store.settings.set("gate", Setting.COOL_DOWN_S, 20)
    assert announcer(store, cool_down_s=60).announce(event(), NOW + 30)


def test_a_zone_with_a_cool_down_of_its_own_waits_for_nobody_and_holds_nobody_back(store, outbox):
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    zones = tuple(Zone(ZoneKind.NAMED, corners, name, None, own) for name, own in (("door", 600.0), ("road", None)))
    folder = store.database.home.camera("gate")
    folder.mkdir(parents=True)
    write_zones(folder, zones)
    desk = announcer(store, cool_down_s=60)

    def announced(zone, second):
        alarm = event(zone=zone)
        store.begin(alarm)
        return desk.announce(alarm, NOW + second)

    moments = [("", 0), ("door", 1), ("road", 2), ("door", 100), ("road", 100), ("", 101), ("door", 601)]
    assert [announced(*moment) for moment in moments] == [True, True, False, False, True, False, True]
    assert [(one["zone"], one["others"]) for one in told(outbox)] == [("", 0), ("door", 0), ("road", 1), ("door", 1)]
    (folder / ZONES).write_text("{")
    assert announced("door", 1000), "where zones cannot be read, the camera's own holds"


def test_in_quiet_hours_and_by_hand_nobody_is_alerted_and_a_zone_may_have_hours_of_its_own(store):
    # NOW is a Tuesday, 22:13
    home = store.database.home
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    zones = [
        Zone(ZoneKind.NAMED, corners, name, hours=(hours,))
        for name, hours in (("safe", "sun off"), ("lawn", "tue quiet"))
    ]
    home.camera("gate").mkdir(parents=True)
    write_zones(home.camera("gate"), tuple(zones))
    desk = announcer(store, cool_down_s=0)

    def announced(zone=""):
        return desk.announce(event(zone=zone), NOW)

    assert [announced(zone) for zone in ("", "safe", "lawn")] == [True, True, False]
    set_hours(home, "gate", ("tue 20:00-24:00 quiet",))
    assert [announced(zone) for zone in ("", "safe", "lawn")] == [False, True, False]
    order(home, "gate", Mode.ARMED, NOW + 60)
    assert [announced(zone) for zone in ("", "lawn")] == [True, True], "what is said by hand is said of all of it"
    order(home, "gate", Mode.QUIET)
    assert not announced("safe")
    assert desk.outage(outage(), NOW), "that it is blind is told in quiet hours too"
    home.duty("gate").write_text("{")
    assert not announced(), "what was known holds"


def test_with_a_digest_no_alarm_is_told_by_itself_and_an_outage_at_once(store, outbox):
    desk = announcer(store, digest=Every.HOUR)
    for second in (0, 1, 2):
        assert desk.announce(event(), NOW + second)
    assert told(outbox) == []
    assert len(outbox.held(NOW + 10)) == 3
    assert desk.outage(outage(), NOW)
    assert len(told(outbox)) == 1


def test_a_clock_that_was_set_back_silences_nobody(store):
    desk = announcer(store, cool_down_s=60)
    assert desk.announce(event(), NOW)
    assert desk.announce(event(), NOW - 3600)


def test_a_muted_camera_is_silent_until_then(store):
    store.settings.set("gate", Setting.MUTED_UNTIL, NOW + 100)
    desk = announcer(store)
    assert [desk.announce(event(), NOW + s) for s in (0, 99, 100)] == [False, False, True]


# --- the way out of the outbox


def outage(**changes):
    return Outage("gate", "offline", "no answer", NOW, **changes)


def test_a_blind_camera_and_its_return_are_told_by_every_channel(store, outbox):
    desk = announcer(store, link="https://watch.example")
    for later_s, told_of in enumerate((outage(), outage(over_utc=NOW + 720), outage())):  # the last is nothing new
        assert desk.outage(told_of, NOW + later_s)
    for channel in ("webhook", "log"):
        begun, over = told(outbox, channel)
        assert (begun["camera"], begun["outage"], begun["blind"]) == ("gate", "offline", True)
        assert begun["words"] == "gate is offline: no answer"
        assert begun["link"] == "https://watch.example/"
        assert (over["blind"], over["words"]) == (False, "gate is well again after 12 min: it was offline")
        assert over["started"] == "2023-11-14T22:25:20+00:00"


def test_an_outage_neither_waits_for_a_cool_down_nor_begins_one_and_a_muted_camera_is_told_of_later(store, outbox):
    desk = announcer(store, cool_down_s=60)
    assert desk.announce(event(), NOW)
    assert desk.outage(outage(), NOW + 1)
    assert desk.announce(event(), NOW + 60)
    store.settings.set("gate", Setting.MUTED_UNTIL, NOW + 100)
    assert not desk.outage(outage(over_utc=NOW + 90), NOW + 90)
    assert desk.outage(outage(over_utc=NOW + 90), NOW + 101)


def test_a_full_disk_is_told_though_no_alert_can_be_kept(store):
    class Full(Outbox):
        def put_all(self, *_, **__):
            raise OutputError("the disk is full")

    heard, fails = [], [True, False]

    class Heard(Flaky):
        def deliver(self, alert):
            heard.append(json.loads(alert.payload)["words"])
            return Failure("busy") if fails.pop(0) else None

    deliverer = Deliverer(Full(store.database), [Heard()], poll_s=0.01)
    desk = Announcer(store, Full(store.database), AlertSettings(), ["flaky"], deliverer.unkept)
    deliverer.start()
    try:
        assert desk.outage(Outage("gate", "storage_full", "the disk is full", NOW), NOW)
        wait_for(lambda: not fails)
    finally:
        deliverer.close()
    assert heard == ["gate is short of storage: the disk is full"] * 2


class Flaky(Channel):
    """A channel that does as it is told: answers in turn, then None for ever."""

    name = "flaky"

    def __init__(self, *answers):
        self.answers, self.got = list(answers), []

    def deliver(self, alert):
        self.got.append(alert.id)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def delivering(outbox, *channels):
    deliverer = Deliverer(outbox, channels, poll_s=0.01).start()
    try:
        yield
    finally:
        deliverer.close()


def at_once(store):
    return Outbox(store.database, jitter=lambda: 2.0)  # a random half taken off twice: no wait at all


def put(outbox, channel="flaky", payload=ALERT.payload):
    return outbox.put(new_id(), channel, payload, camera="gate")


def waits(store):
    return store.database.read("SELECT count(*) FROM outbox WHERE state = 'waiting'")[0][0]


def test_an_alert_leaves_at_once_however_seldom_the_database_is_asked(store):
    outbox, channel = Outbox(store.database), Flaky()
    deliverer = Deliverer(outbox, [channel], poll_s=600.0).start()
    try:
        wait_for(lambda: outbox.put_count == 0 and threading.active_count() > 1)
        alert = put(outbox)
        wait_for(lambda: channel.got == [alert])
        deliverer.unkept("gate", ALERT.payload)
        wait_for(lambda: len(channel.got) == 2)
    finally:
        deliverer.close(wait_s=10.0)
    assert not any(thread.is_alive() for thread in deliverer._threads), "nobody waits for the next look"


def test_an_alert_is_tried_until_it_arrives_and_then_never_again(store):
    outbox, channel = at_once(store), Flaky(Failure("no"), RuntimeError(SECRET), Failure("no"))
    alert = put(outbox)
    with delivering(outbox, channel):
        wait_for(lambda: not waits(store))
        time.sleep(0.05)
    with delivering(Outbox(store.database), channel):
        time.sleep(0.05)
    assert channel.got == [alert] * 4


def test_a_channel_that_breaks_says_only_its_kind_of_failure(store):
    outbox = Outbox(store.database)
    put(outbox)
    with delivering(outbox, Flaky(RuntimeError(SECRET))):
        wait_for(lambda: outbox.waiting() and outbox.waiting()[0][2])
    assert outbox.waiting() == [("flaky", 1, "flaky failed: RuntimeError")]


def test_after_a_crash_between_sending_and_noting_it_the_same_id_is_sent_again(store, outbox):
    long_ago = time.time() - 2 * HELD_S
    alert = outbox.put(new_id(), "flaky", ALERT.payload, camera="gate", now=long_ago)
    channel = Flaky()
    (taken,) = outbox.due(long_ago)
    channel.deliver(taken)  # and here the process dies
    with delivering(Outbox(store.database), channel):
        wait_for(lambda: not waits(store))
    assert channel.got == [alert, alert]


def test_what_arrived_is_not_sent_again_though_the_disk_was_too_full_to_note_it(store):
    class Full(Outbox):
        refusals = 3

        def delivered(self, alert_id):
            if self.refusals:
                self.refusals -= 1
                raise OutputError("the disk is full")
            super().delivered(alert_id)

    outbox, channel = Full(store.database), Flaky()
    with delivering(outbox, channel):
        alert = put(outbox)
        wait_for(lambda: not waits(store))
    assert channel.got == [alert]


def test_a_channel_that_hangs_holds_up_neither_the_others_nor_the_announcing_nor_the_end(store, outbox):
    released, got = threading.Event(), Flaky()
    got.name = "log"

    class Hanging(Flaky):
        name = "hanging"

        def deliver(self, alert):
            released.wait(20)

        def close(self):
            released.set()

    for _ in range(5):
        put(outbox, "hanging")
        put(outbox, "log")
    with delivering(outbox, Hanging(), got):
        wait_for(lambda: len(got.got) == 5)
        put(outbox, "log")
        wait_for(lambda: len(got.got) == 6)
        assert not released.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("alerts by")]


def test_a_receiver_that_hangs_fails_and_recovers_gets_each_alert_under_one_id(store):
    outbox = at_once(store)
    with receiving("hang", 500, 500, 503) as receiver:
        alerts = {put(outbox, "webhook") for _ in range(3)}
        with delivering(outbox, webhook(receiver.url, timeout_s=0.2)):
            wait_for(lambda: not waits(store))
            time.sleep(0.05)
    got = [headers["X-Unusual-Id"] for _, headers, _ in receiver.got]
    assert set(got) == alerts
    assert len(got) == 7, "four tries failed, and each alert arrived once"


# --- settings


def test_a_table_becomes_settings_and_channels(monkeypatch, tmp_path):
    pytest.importorskip("paho.mqtt.client")
    monkeypatch.setenv("KEY", SECRET)
    (tmp_path / "url").write_text("https://user:pass@host/key\n")
    table = {
        "link": "https://watch.example",
        "cool_down_s": 5,
        "webhook": {"url_from": f"file:{tmp_path}/url", "secret_from": "env:KEY"},
        "command": {"argv": ["notify", "--json"], "timeout_s": 3},
        "mqtt": {"host": "broker", "port": 8883, "tls": True},
    }
    settings = alert_settings(table)
    assert (settings.cool_down_s, settings.command.argv) == (5.0, ("notify", "--json"))
    assert [channel.name for channel in open_channels(settings)] == ["log", "webhook", "command", "mqtt"]
    assert SECRET not in repr(settings)
    assert "pass" not in repr(alert_settings({"webhook": {"url": "https://user:pass@host/"}}).webhook)
    assert open_channels(alert_settings({"log": False})) == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        pytest.param({"colour": "red"}, r"'alerts.colour': Unexpected keyword", id="an unknown key"),
        pytest.param({"webhook": {"secret": SECRET}}, "webhook.secret': Unexpected", id="a secret written out"),
        pytest.param({"cool_down_s": -1}, r"'alerts.cool_down_s': Input should be greater", id="out of range"),
        pytest.param({"command": {"argv": []}}, r"'alerts.command.argv'", id="no program"),
        pytest.param({"command": {"argv": "rm -r /"}}, r"'alerts.command.argv'", id="a shell's line"),
        pytest.param({"mqtt": {"host": "h", "topic": "a/#"}}, r"'alerts.mqtt.topic'", id="a topic for all"),
        pytest.param({"mqtt": {"host": "h", "port": 0}}, r"'alerts.mqtt.port'", id="no port"),
        pytest.param({"webhook": {"timeout_s": 1e9}}, r"'alerts.webhook.timeout_s'", id="for ever"),
        pytest.param({"link": "watch.example"}, r"'alerts.link'", id="an address that is none"),
        pytest.param({"link_hours": 0}, r"'alerts.link_hours'", id="links that never hold"),
        pytest.param({"snooze_minutes": 1441}, r"'alerts.snooze_minutes'", id="a snooze of more than a day"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_by_its_key_and_no_secret_is_repeated(table, message):
    with pytest.raises(ConfigError, match=message) as error:
        alert_settings(table)
    assert SECRET not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"snooze_minutes": 60}, "alerts.snooze_minutes"),
        ({"webhook": {"url": "http://x", "picture": True}}, "alerts.webhook.picture"),
        ({"command": {"argv": ["x"], "clip": True}}, "alerts.command.clip"),
        ({"mqtt": {"host": "x", "clip": True}}, "alerts.mqtt.clip"),
    ],
)
def test_links_that_lead_nowhere_are_refused_and_those_that_are_no_need_are_not(table, named):
    pytest.importorskip("paho.mqtt.client")
    with pytest.raises(ConfigError, match=f"{named} sends links: set alerts.link"):
        open_channels(alert_settings(table))
    assert open_channels(alert_settings({**table, "link": "https://watch.example"}))
    assert open_channels(alert_settings({"mqtt": {"host": "x", "picture": True}}))


def test_no_secret_reaches_the_database_or_the_output(store, monkeypatch, capfd):
    monkeypatch.setenv("KEY", SECRET)
    outbox = at_once(store)
    with receiving(500, 410) as receiver:
        url = receiver.url.replace("http://", f"http://me:{SECRET.encode().hex()}@") + "/path-key"
        put(outbox, "webhook")
        with delivering(outbox, webhook(url, secret_from="env:KEY")):
            wait_for(lambda: not waits(store))
    assert store.health.list("gate")[0].state == "alert given up"
    rows = str([tuple(row) for table in ("outbox", "health") for row in store.database.read(f"SELECT * FROM {table}")])
    for secret in (SECRET, SECRET.encode().hex(), "path-key"):
        assert secret not in rows + str(capfd.readouterr())
