"""What a person changes, and that it is kept."""

import time

import pytest
from visiting import OURS

from unusual.store.events import Verdict
from unusual.store.settings import Setting


def test_a_review_keeps_what_it_does_not_mention(web, store, events):
    event = events[7][0]
    address = f"/api/v1/events/{event}/review"
    assert web.post(address, json={"verdict": "ordinary"}, headers=OURS).json()["reviewed"] is True
    assert web.post(address, json={"note": "the postman"}, headers=OURS).status_code == 200
    kept = store.get(event)
    assert (kept.reviewed, kept.verdict, kept.note) == (True, Verdict.ORDINARY, "the postman")
    web.post(address, json={"reviewed": False, "verdict": None}, headers=OURS)
    kept = store.get(event)
    assert (kept.reviewed, kept.verdict, kept.note) == (False, None, "the postman")
    assert web.post("/api/v1/events/" + "a" * 22 + "/review", json={}, headers=OURS).status_code == 404
    for nonsense in ({"verdict": "nice"}, {"note": "x" * 2001}, {"unknown": 1}, [], "text"):
        assert web.post(address, json=nonsense, headers=OURS).status_code == 422


def test_settings_are_kept_for_the_watcher(web, store):
    told = {"alarms_per_day": 2.5, "cool_down_s": 120}
    assert web.post("/api/v1/cameras/door/settings", json=told, headers=OURS).status_code == 200
    assert store.settings.get("door", Setting.ALARMS_PER_DAY) == 2.5
    assert store.settings.get("door", Setting.COOL_DOWN_S) == 120
    assert web.post("/api/v1/cameras/door/mute", json={"muted": True}, headers=OURS).json()["muted"]
    assert store.settings.get("door", Setting.MUTED_UNTIL) == pytest.approx(time.time() + 3600, abs=60)
    web.post("/api/v1/cameras/door/mute", json={"muted": False}, headers=OURS)
    assert store.settings.get("door", Setting.MUTED_UNTIL) is None
    assert web.post("/api/v1/cameras/nobody/settings", json=told, headers=OURS).status_code == 404
    for wrong in ({"alarms_per_day": 0}, {"alarms_per_day": 1441}, {"cool_down_s": -1}, {"cool_down_s": None}):
        assert web.post("/api/v1/cameras/door/settings", json=told | wrong, headers=OURS).status_code == 422
    assert web.post("/api/v1/cameras/door/settings", json={"cool_down_s": 60}, headers=OURS).status_code == 200
    assert store.settings.get("door", Setting.ALARMS_PER_DAY) == 2.5
    assert (
        web.post("/api/v1/cameras/door/settings", json=told | {"alarms_per_day": None}, headers=OURS).status_code == 200
    )
    assert store.settings.get("door", Setting.ALARMS_PER_DAY) is None
