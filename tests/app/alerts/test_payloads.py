"""What an alert says: of an event, of a camera that has become blind, and of its return."""

import json

import pytest

from unusual.app.alerts.payloads import alert_payload, digest_payload, outage_payload
from unusual.domain import Box
from unusual.store.events import StoredEvent
from unusual.store.live import Outage
from unusual.store.outbox import WaitingAlert

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z
ID = "a" * 22


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")


def event(**changes):
    return StoredEvent(**{"id": ID, "camera": "gate", "start_utc": NOW, "end_utc": None, "peak_utc": NOW + 2} | changes)


def told(link="", others=0, **changes):
    return json.loads(alert_payload(event(score=3.5, per_day=0.125, **changes), link, others))


def test_an_alert_says_where_when_how_much_and_why():
    payload = told("https://watch.example", box=Box(0.1, 0.2, 0.3, 0.4), why="moves")
    assert told(why="moves", zone="the gate")["words"] == "unusual at gate, the gate at 22:13: moves"
    assert payload == {
        "event": ID,
        "camera": "gate",
        "start_utc": NOW,
        "started": "2023-11-14T22:13:20+00:00",
        "score": 3.5,
        "per_day": 0.125,
        "box": {"left": 0.1, "top": 0.2, "right": 0.3, "bottom": 0.4},
        "why": "moves",
        "zone": "",
        "others": 0,
        "words": "unusual at gate at 22:13: moves",
        "link": f"https://watch.example/events/{ID}",
    }


def test_what_is_not_known_is_left_empty():
    payload = told()
    assert (payload["box"], payload["why"], payload["link"]) == (None, "", "")
    assert payload["words"] == "unusual at gate at 22:13"


def test_the_alarms_that_were_not_told_are_counted_in_words():
    assert told(others=2, why="moves")["words"] == "unusual at gate at 22:13: moves, and 2 more since the last alert"


@pytest.mark.parametrize("link", ["https://watch.example", "https://watch.example/"])
def test_a_link_has_one_slash_however_it_was_given(link):
    assert told(link)["link"] == f"https://watch.example/events/{ID}"
    assert json.loads(outage_payload(Outage("gate", "offline", "", NOW), link))["link"] == "https://watch.example/"


@pytest.mark.parametrize(
    ("state", "words", "said"),
    [
        pytest.param("offline", "no answer", "gate is offline: no answer", id="a state is called as it is"),
        pytest.param("offline", "", "gate is offline", id="nothing more is known"),
        pytest.param("storage_full", "the disk is full", "gate is short of storage: the disk is full", id="no room"),
        pytest.param("unwatched", "", "gate is not watched any more", id="its process is gone"),
    ],
)
def test_a_blind_camera_is_told_with_what_is_wrong(state, words, said):
    payload = json.loads(outage_payload(Outage("gate", state, words, NOW), ""))
    assert (payload["words"], payload["outage"], payload["blind"]) == (said, state, True)
    assert (payload["since_utc"], payload["over_utc"], payload["link"]) == (NOW, None, "")
    assert payload["started"] == "2023-11-14T22:13:20+00:00"


def test_the_return_of_a_camera_says_how_long_it_was_blind_and_when_it_came_back():
    over = Outage("gate", "storage_full", "the disk is full", NOW, over_utc=NOW + 720)
    payload = json.loads(outage_payload(over, ""))
    assert payload["words"] == "gate is well again after 12 min: it was short of storage"
    assert (payload["blind"], payload["over_utc"]) == (False, NOW + 720)
    assert payload["started"] == "2023-11-14T22:25:20+00:00"


def waiting(number, score, why="moves"):
    payload = alert_payload(event(start_utc=NOW + 60 * number, score=score, per_day=1.0, why=why), "", 0)
    return WaitingAlert(str(number), f"e{number}", "gate", "held", payload, NOW, 0)


def test_a_digest_says_how_many_and_the_highest_of_them():
    digest = json.loads(
        digest_payload("gate", [waiting(0, 3.0), waiting(5, 7.0, "looks odd"), waiting(9, 4.0)], "http://x/")
    )
    assert digest["words"] == "gate: 3 alarms from 22:13 to 22:22, the highest at 22:18: looks odd"
    assert (digest["digest"], digest["events"]) == (3, ["e0", "e5", "e9"])
    assert digest["link"] == "http://x/events?camera=gate&alarms=only"
    assert json.loads(digest_payload("gate", [waiting(0, 3.0)], ""))["words"] == "gate: one alarm, at 22:13: moves"


def test_an_alert_says_the_time_of_the_clock_on_the_wall(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert told(why="moves")["words"] == "unusual at gate at 23:13: moves"
