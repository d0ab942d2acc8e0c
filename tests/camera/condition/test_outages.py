"""A blind camera is told once it has lasted, once, with its return; whoever begins again knows what was told."""

import pytest

from unusual.camera.condition import outages
from unusual.camera.condition.outages import BLIND, Outages


@pytest.fixture
def clock(monkeypatch):
    """A clock to be set, in a list."""
    now = [1000.0]
    monkeypatch.setattr(outages.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(outages.time, "time", lambda: 1e9 + now[0])
    return now


def follow(clock, states, answers=True, told=None):
    """What is told of a camera whose state is one of these at each second, at which it is one for 10 s each."""
    heard = []

    def tell(outage):
        heard.append((outage.state, outage.over_utc is not None))
        return answers if isinstance(answers, bool) else answers.pop(0)

    watched = Outages("gate", tell, 60.0, told)
    for state in states:
        for _ in range(10):
            watched.take(state, "why")
            clock[0] += 1
    return heard, watched


@pytest.mark.parametrize("state", BLIND)
def test_what_blinds_a_camera_is_told_once_it_has_lasted_and_once_when_it_is_over(clock, state):
    heard, _ = follow(clock, ["online", *[state] * 20, *["online"] * 20])
    shown = "offline" if state == "stalled" else state
    assert heard == [(shown, False), (shown, True)]


def test_what_does_not_last_is_not_told(clock):
    heard, _ = follow(clock, ["online", *["offline"] * 5, "online"] * 10)
    assert heard == []


@pytest.mark.parametrize("state", ["online", "ok", "other_rate", "connecting", "ended"])
def test_a_camera_that_sees_is_no_outage(clock, state):
    assert follow(clock, [state] * 20)[0] == []


def test_stalled_and_offline_are_one_outage(clock):
    assert follow(clock, ["offline", "stalled"] * 10)[0] == [("offline", False)]


def test_another_trouble_in_its_midst_is_told_and_the_end_once(clock):
    heard, _ = follow(clock, [*["offline"] * 8, *["covered"] * 8, "ok"])
    assert heard == [("offline", False), ("covered", False), ("covered", True)]


def test_what_nobody_could_be_told_is_tried_again(clock):
    heard, _ = follow(clock, ["offline"] * 10, answers=[False, False, True])
    assert heard == [("offline", False)] * 3


def test_who_begins_again_tells_the_return_of_what_was_told_before_and_nothing_twice(clock):
    _, before = follow(clock, ["offline"] * 10)
    heard, _ = follow(clock, ["connecting", *["offline"] * 20], told=before.told)
    assert heard == []
    heard, _ = follow(clock, ["connecting", "online"], told=before.told)
    assert heard == [("offline", True)]


def test_what_will_not_get_better_is_told_at_once(clock):
    heard = []
    Outages("gate", lambda outage: bool(heard.append(outage.state)) or True).take("unwatched", "no model", at_once=True)
    assert heard == ["unwatched"]


def test_an_outage_knows_since_when(clock):
    _, watched = follow(clock, ["online", *["dark"] * 10])
    assert watched.told.since_utc == 1e9 + 1010
