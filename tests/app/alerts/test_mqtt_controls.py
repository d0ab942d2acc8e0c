"""Cameras commanded over MQTT: what is obeyed, what is not, and what Home Assistant is told of it."""

import json

import pytest

from unusual.app.alerts.mqtt_controls import Controls
from unusual.scores.hours import Mode
from unusual.store.rules.duty import Duties
from unusual.store.settings import Setting


@pytest.fixture
def made(store):
    said = []
    return Controls(
        store.database.home, store.settings, ["door", "yard"], "unusual", "homeassistant", said.append
    ), said


def mode(store, camera="door"):
    return Duties(store.database.home).now(camera)


@pytest.mark.parametrize(
    ("what", "word", "expected"),
    [
        ("mode", b"quiet", Mode.QUIET),
        ("mode", b" OFF\n", Mode.OFF),
        ("mode", b"armed", Mode.ARMED),
        ("armed", b"OFF", Mode.QUIET),
        ("armed", b"on", Mode.ARMED),
    ],
)
def test_a_camera_is_armed_and_disarmed(store, made, what, word, expected):
    controls, _ = made
    controls.obey(f"unusual/door/{what}/set", word)
    assert (mode(store).mode, mode(store).by_hand) == (expected, True)
    assert not mode(store, "yard").by_hand


def test_its_hours_say_it_again_and_its_alarms_a_day_are_set(store, made):
    controls, said = made
    controls.obey("unusual/door/mode/set", b"off")
    controls.obey("unusual/door/mode/set", b"hours")
    assert not mode(store).by_hand
    controls.obey("unusual/door/alarms_per_day/set", b"2.5")
    assert store.settings.get("door", Setting.ALARMS_PER_DAY) == 2.5
    assert said[-1] == "door: alarms_per_day 2.5, as was said over MQTT"


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("unusual/door/mode/set", b"open"),
        ("unusual/door/mode/set", b""),
        ("unusual/door/mode/set", b"\xff\xfe" * 5000),
        ("unusual/door/armed/set", b"quiet"),
        ("unusual/door/alarms_per_day/set", b"many"),
        ("unusual/door/alarms_per_day/set", b"-1"),
        ("unusual/door/alarms_per_day/set", b"nan"),
        ("unusual/door/nonsense/set", b"ON"),
        ("unusual/cellar/mode/set", b"off"),
        ("unusual/../etc/mode/set", b"off"),
    ],
)
def test_what_is_no_command_is_said_in_a_line_and_changes_nothing(store, made, topic, payload):
    controls, said = made
    controls.obey(topic, payload)
    assert "not understood over MQTT" in said[0] and len(said[0]) < 500 and "\n" not in said[0]
    assert mode(store).mode is Mode.ARMED and not mode(store).by_hand
    assert store.settings.get("door", Setting.ALARMS_PER_DAY) is None


def test_how_the_controls_stand_is_told_whoever_moved_them(store, made):
    controls, _ = made
    assert dict(controls.states())["unusual/door/armed"] == "ON"
    controls.obey("unusual/door/mode/set", b"quiet")
    store.settings.set("door", Setting.ALARMS_PER_DAY, 4.0)
    stand = dict(controls.states())
    assert stand["unusual/door/mode"] == "quiet"
    assert stand["unusual/door/armed"] == "OFF"
    assert stand["unusual/door/alarms_per_day"] == "4"
    assert stand["unusual/yard/mode"] == "armed"


def test_home_assistant_finds_a_switch_a_select_and_a_number_of_each_camera(made):
    controls, _ = made
    told = {topic: json.loads(payload) for topic, payload in controls.introductions()}
    assert len(told) == 6
    switch = told["homeassistant/switch/unusual_door/config"]
    assert (switch["command_topic"], switch["state_topic"]) == ("unusual/door/armed/set", "unusual/door/armed")
    assert switch["device"]["identifiers"] == ["unusual_door"]
    assert told["homeassistant/select/unusual_yard/config"]["options"] == ["armed", "quiet", "off", "hours"]
    assert told["homeassistant/number/unusual_door/config"]["max"] == 50
    assert len({one["unique_id"] for one in told.values()}) == 6
    assert set(controls.subscriptions) == {one["command_topic"] for one in told.values()}
