"""What an alert says: of an event, of a camera that has become blind, and of its return."""

import json

import pytest

from unusual.app.alerts.payloads import alert_payload, outage_payload
from unusual.domain import Box
from unusual.store.events import StoredEvent
from unusual.store.live import Outage

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z
ID = "a" * 22


def event(**changes):
    return StoredEvent(**{"id": ID, "camera": "gate", "start_utc": NOW, "end_utc": None, "peak_utc": NOW + 2} | changes)


def told(link="", others=0, **changes):
    return json.loads(alert_payload(event(score=3.5, per_day=0.125, **changes), link, others))


def test_an_alert_says_where_when_how_much_and_why():
    payload = told("https://watch.example", box=Box(0.1, 0.2, 0.3, 0.4), why="moves")
    assert told(why="moves", zone="the gate")["words"] == "unusual at gate, the gate: moves"
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
        "words": "unusual at gate: moves",
        "link": f"https://watch.example/events/{ID}",
    }


def test_what_is_not_known_is_left_empty():
    payload = told()
    assert (payload["box"], payload["why"], payload["link"]) == (None, "", "")
    assert payload["words"] == "unusual at gate"


def test_the_alarms_that_were_not_told_are_counted_in_words():
    assert told(others=2, why="moves")["words"] == "unusual at gate: moves, and 2 more since the last alert"


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
