"""Watching is begun and ended in the browser; where alerts go is said, tried, and never shown with its secrets."""

import pytest
from alert_receiver import receiving
from made_home import learn_camera
from visiting import OURS

from unusual.app.setup.watch_list import read_list
from unusual.app.setup.watching import watching
from unusual.store.setup import Setup, read_setup, write_setup

NOWHERE = {
    "way": "none", "address": "", "link": "", "picture": False, "clip": False, "commands": False,
    "snooze_minutes": 0, "digest": None,
}  # fmt: skip
SOURCE = "rtsp://me:sesame@127.0.0.1:1/x"


@pytest.fixture
def camera(home):
    """It is learnt and set up; its model cannot be loaded, so that the watching ends soon."""
    learn_camera(home, "garden")
    write_setup(home, Setup(camera="garden", source=SOURCE))
    yield "garden"
    watching(home).end(20.0)
    watching(home).forget()
    home.watch_list.unlink(missing_ok=True)


def post(web, path, told, status=200):
    answer = web.post(f"/api/v1/{path}", json=told, headers=OURS)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_it_is_watched_by_a_process_of_its_own_and_no_more(web, home, camera):
    told = post(web, "cameras/garden/watch", {"watched": True})
    assert told == {"cameras": ["garden"], "alive": True, "why": ""}
    assert read_list(home).cameras["garden"].source == SOURCE and read_setup(home, "garden") is None
    assert "rtsp://***@127.0.0.1:1/x" in web.get("/add/garden").text
    watching(home).end(20.0)
    told = web.get("/api/v1/watching").json()
    assert not told["alive"] and told["why"]
    assert "It is not watched" in web.get("/add/garden").text
    assert post(web, "cameras/garden/watch", {"watched": False})["cameras"] == []
    assert not watching(home).was_begun


def test_a_camera_whose_address_nobody_said_is_not_watched(web, home, camera):
    learn_camera(home, "shed")
    assert "Give its address first" in post(web, "cameras/shed/watch", {"watched": True}, 409)["detail"]
    post(web, "cameras/nobody/watch", {"watched": True}, 404)


def test_where_alerts_go_is_kept_tried_and_told_without_secrets(web, home, camera):
    assert web.get("/api/v1/alerting").json() == NOWHERE
    with receiving() as receiver:
        told = {"way": "webhook", "address": f"{receiver.url}/sesame", "link": "http://192.168.1.5:8765"}
        kept = post(web, "alerting", told)
        assert kept == {**NOWHERE, "way": "webhook", "address": "127.0.0.1", "link": "http://192.168.1.5:8765"}
        assert post(web, "alerting/test", {"camera": "garden"}) == [{"by": "webhook", "why": ""}]
    assert len(receiver.got) == 1
    assert "sesame" not in web.get("/add/garden").text
    (tried,) = post(web, "alerting/test", {"camera": "garden"})
    assert "no answer" in tried["why"]
    assert post(web, "alerting", {"way": "none"})["way"] == "none"


@pytest.mark.parametrize(
    "told",
    [
        {"way": "webhook", "address": "ftp://sesame"},
        {"way": "apprise", "address": "what://sesame"},
        {"way": "command", "address": "true"},
        {"way": "none", "link": "javascript:alert(1)"},
        {"way": "none", "link": "https"},
        {"way": "mqtt", "address": "sesame"},
        {"way": "none", "digest": "week"},
        {"way": "none", "snooze_minutes": 60},
        {"way": "none", "link": "http://with a space"},
    ],
)
def test_what_is_no_way_is_refused(web, home, camera, told):
    assert "sesame" not in str(post(web, "alerting", told, 422))
    assert read_list(home).alerts.webhook is None


def test_a_list_that_is_not_in_order_is_told(web, home, camera):
    home.watch_list.write_text("cameras = 1")
    for path in ("watching", "alerting"):
        assert "cameras" in web.get(f"/api/v1/{path}").json()["detail"]
    assert "cameras" in post(web, "alerting", {"way": "none"}, 422)["detail"]
