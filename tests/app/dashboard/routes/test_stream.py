"""Events and states as they come."""

import json
import time

import pytest
from made_home import add_event, watch
from visiting import stranger

from unusual.app.dashboard.door.keys import make_token, revoke_token
from unusual.app.dashboard.routes import stream


@pytest.fixture
def listening(web):
    """Listens with these headers: gives what is told, as (kind, id, what), one after the other."""
    open_ = []

    def listen(client=web, **headers):
        answer = client.send(client.build_request("GET", "/api/v1/stream", headers=headers), stream=True)
        open_.append(answer)
        assert answer.headers["content-type"].startswith("text/event-stream")
        return told_of(answer.iter_lines())

    yield listen
    for answer in open_:
        answer.close()


def told_of(lines):
    told = {}
    for line in lines:
        key, _, value = line.partition(": ")
        if line:
            told[key] = value
        elif "event" in told:
            yield told["event"], told.get("id"), json.loads(told["data"])
            told = {}
        else:
            told = {}


def test_states_come_first_and_then_what_is_new(listening, store, home, events):
    told = listening()
    first = [next(told) for _ in range(2)]
    assert [(kind, what["camera"]) for kind, _, what in first] == [("state", "door"), ("state", "yard")]
    event = add_event(store, "door", time.time() - 2, 3.0)
    kind, number, what = next(told)
    assert (kind, number, what["id"], what["alarm"]) == ("event", event, event, True)
    watch(home, "door", state="offline")
    assert next(each["state"] for kind, _, each in told if kind == "state") == "offline"
    watch(home, "door")
    store.remove([event])


def test_after_a_break_it_goes_on_where_it_was(listening, store, events):
    told = listening()
    old = add_event(store, "door", time.time() - 30, 3.0)
    assert next(number for kind, number, _ in told if kind == "event") == old
    new = add_event(store, "door", time.time() - 20, 3.0)
    again = listening(**{"last-event-id": old})
    assert [next(again)[1] for _ in range(3)] == [None, None, new]
    store.remove([old, new])


def test_an_event_that_began_long_ago_is_told_when_it_ends(web, open_house, store, monkeypatch):
    pulse = stream.Pulse(open_house[1].config.app.app.state.desk)
    event = add_event(store, "door", time.time() - 60, 3.0)
    assert f"event {event}" in pulse.told()
    monkeypatch.setattr(stream, "LOOK_S", 0.0)
    monkeypatch.setattr(stream, "PAST_S", 59.5)  # it ended two seconds after its start
    assert f"event {event}" in pulse.told()
    monkeypatch.setattr(stream, "PAST_S", 1.0)
    pulse.told()
    assert f"event {event}" not in pulse.told()
    store.remove([event])


def test_a_camera_whose_words_alone_change_is_told_calmly(open_house, home, monkeypatch):
    """The words of one that is overloaded count its frames, each second others."""
    pulse = stream.Pulse(open_house[1].config.app.app.state.desk)
    monkeypatch.setattr(stream, "LOOK_S", 0.0)

    def told(state, words):
        watch(home, "door", state=state, words=words)
        return json.loads(pulse.told()["state door"])["words"]

    first = told("overloaded", "7% of the frames are left out")
    assert "7%" in first and told("overloaded", "8% of the frames are left out") == first
    assert told("online", "") != first
    assert "9%" in told("overloaded", "9% of the frames are left out")
    monkeypatch.setattr(stream, "WORDS_S", 0.0)
    assert "10%" in told("overloaded", "10% of the frames are left out")
    watch(home, "door")


def test_who_has_no_right_any_more_hears_no_more(locked):
    folder, port, _, _ = locked
    words, token = make_token(folder, "listener", "read")
    with (
        stranger(port) as client,
        client.stream("GET", "/api/v1/stream", headers={"authorization": f"Bearer {words}"}) as answer,
    ):
        told = told_of(answer.iter_lines())
        assert next(told)[0] == "state"
        revoke_token(folder, token.id)
        assert not [each for each in told if each[0] == "event"]  # it ends


def test_not_everybody_can_listen_at_once(web, open_house, monkeypatch):
    monkeypatch.setattr(stream, "MOST_LISTENERS", 0)
    assert web.get("/api/v1/stream").status_code == 503
