"""What programs are told."""

import math
import time

import pytest
from made_home import add_event, watch
from visiting import OURS

from unusual.store.scorelog import ScoreLog


def test_cameras_are_told_as_they_are_shown(web):
    door, yard = web.get("/api/v1/cameras").json()
    assert (door["camera"], door["state"], door["health"]) == ("door", "online", "ok")
    assert door["frames"] == {"arrived": 1200, "scored": 1190, "dropped": 7, "gap": 3}
    assert (door["score"], door["threshold"], door["duty"]["mode"]) == (0.42, 2.0, "armed")
    assert (yard["state"], yard["score"], yard["frames"], yard["method"]) == ("unwatched", None, None, "ustn-dsc")
    assert web.get("/api/v1/cameras/door").json()["camera"] == "door"
    assert web.get("/api/v1/cameras/nobody").status_code == 404


def test_a_number_that_is_none_is_null(web, home):
    watch(home, "door", score=math.nan, threshold=math.inf)
    told = web.get("/api/v1/cameras/door").json()
    assert (told["score"], told["threshold"]) == (None, None)
    watch(home, "door")


def test_events_come_by_pages_and_pass_the_filters(web, events):
    told = web.get("/api/v1/events", params={"most": 25}).json()
    more = web.get("/api/v1/events", params={"most": 25, "before": told["older"]}).json()
    assert [one["id"] for one in told["events"] + more["events"]] == [event for event, _ in events]
    assert more["older"] is None
    alarms = web.get("/api/v1/events", params={"alarms": "only", "camera": "yard"}).json()["events"]
    assert alarms and all(one["alarm"] and one["camera"] == "yard" for one in alarms)
    assert web.get("/api/v1/events", params={"before": "nonsense"}).status_code == 404
    assert web.get("/api/v1/events", params={"most": 501}).status_code == 422


def test_an_event_its_curve_and_its_files(web, events):
    address = f"/api/v1/events/{events[0][0]}"
    told = web.get(address).json()
    assert told["box"] == {"left": 0.25, "top": 0.25, "right": 0.5, "bottom": 0.75}
    assert "clip.mp4" in told["media"]
    assert len(web.get(f"{address}/curve").json()["scores"]) > 30
    assert web.get(f"{address}/media/clip.mp4").headers["content-type"] == "video/mp4"
    assert web.get(f"{address}/media/camera.json").status_code == 404
    for gone in ("", "/curve"):
        assert web.get(f"/api/v1/events/{'x' * 22}{gone}").status_code == 404


def test_who_said_what_an_event_is_is_kept(web, locked, events):
    web.post(f"/api/v1/events/{events[9][0]}/review", json={"verdict": "useful"}, headers=OURS)
    told = web.get(f"/api/v1/events/{events[9][0]}").json()
    assert told["reviewed_by"] == "" and told["reviewed_utc"] == pytest.approx(time.time(), abs=60)


def test_timelines_models_settings_and_the_rest(web, home, store, events):
    now = float(int(time.time()))
    log = ScoreLog(home, "door")
    for second in range(3):
        log.add(now - 10 + second, 0.5)
    log.close()
    told = web.get("/api/v1/cameras/door/scores", params={"since_utc": now - 60, "until_utc": now}).json()
    assert told["scores"] and told["times_utc"] == sorted(told["times_utc"])
    for since, until in ((now, now - 1), (0, now)):
        answer = web.get("/api/v1/cameras/door/scores", params={"since_utc": since, "until_utc": until})
        assert answer.status_code == 422
    assert web.get("/api/v1/cameras/door/model").json()["hours"] == 30
    assert web.get("/api/v1/cameras/nobody/model").status_code == 404
    choices = web.get("/api/v1/cameras/door/settings").json()["choices"]
    assert {"alarms", "score", "words", "count", "hourly"} == set(choices[0])
    store.health.add("door", now, "offline", "gone")
    assert web.get("/api/v1/cameras/door/health").json()[0]["state"] == "offline"
    assert sum(day["events"] for day in web.get("/api/v1/days").json()) >= 40
    assert web.get("/api/v1/learnings").json() == []
    assert web.get("/api/v1/alerts").json() == []
    assert web.get("/api/v1/cameras/door/picture.jpg").headers["content-type"] == "image/jpeg"
    assert web.get("/api/v1/cameras/door/zones").json() == {"zones": [], "proposed": []}
    assert web.get("/api/v1/cameras/door/hours").json()["lines"] == []
    assert "door" in web.get("/api/v1/profiles").json()["duties"]


def test_an_endless_score_is_null(web, store, home):
    from unusual.store.home import Home

    assert isinstance(home, Home)
    event = add_event(store, "door", 1000.0, math.inf, alarm=False)
    assert web.get(f"/api/v1/events/{event}").json()["score"] is None
    store.remove([event])
