"""The page of hours, what is said by hand, and profiles."""

import time

import numpy as np
import pytest
from made_home import learn_camera
from visiting import OURS, Page

from unusual.scores.hours import SLOTS, Mode
from unusual.store.rules.duty import read_duty, set_hours
from unusual.store.rules.profiles import read_profiles, write_profile

ARMED = [["armed"] * SLOTS] * 7
WORK = [["armed"] * 16 + ["quiet"] * 20 + ["armed"] * 12] * 5 + [["off"] * SLOTS] * 2


@pytest.fixture(scope="module")
def camera(home):
    learn_camera(home, "cellar")
    return "cellar"


def post(web, address, told):
    return web.post(address, json=told, headers=OURS)


def test_a_week_is_painted_kept_and_shown(web, home, camera):
    told = post(web, "/api/v1/cameras/cellar/hours", {"grid": WORK}).json()
    assert told["lines"] == ["mon-fri 08:00-18:00 quiet", "sat-sun off"]
    assert read_duty(home, "cellar").hours == tuple(told["lines"])
    page = Page(web.get("/hours/cellar").text)
    painted = [had["class"] for tag, had in page.tags if tag == "td" and "data-slot" in had]
    assert painted == [f"paint-{mode}" for day in WORK for mode in day]
    assert 'hours = ["mon-fri 08:00-18:00 quiet", "sat-sun off"]' in page.words
    post(web, "/api/v1/cameras/cellar/hours", {"grid": ARMED})
    assert read_duty(home, "cellar").hours == ()


def test_a_program_may_write_the_lines_that_it_reads(web, camera):
    lines = ["mon-fri 07:31-18:00 quiet", "sat off"]
    assert post(web, "/api/v1/cameras/cellar/hours", {"lines": lines}).json()["lines"] == lines
    assert web.get("/api/v1/cameras/cellar/hours").json()["lines"] == lines
    for told, said in (({"lines": ["sun shut"]}, "sun shut"), ({}, "either"), ({"lines": [], "grid": ARMED}, "either")):
        answer = post(web, "/api/v1/cameras/cellar/hours", told)
        assert answer.status_code == 422 and said in answer.json()["detail"]
    assert post(web, "/api/v1/cameras/cellar/hours", {"lines": []}).json()["lines"] == []


@pytest.mark.parametrize("grid", [[], ARMED[:6], [["armed"] * 47] * 7, [["open"] * SLOTS] * 7, "week"])
def test_what_is_no_week_is_refused(web, camera, grid):
    assert post(web, "/api/v1/cameras/cellar/hours", {"grid": grid}).status_code == 422


def test_a_week_of_too_many_stretches_is_said(web, home, camera):
    wild = np.random.default_rng(0).choice(["armed", "quiet", "off"], (7, SLOTS)).tolist()
    assert "up to 64 lines" in post(web, "/api/v1/cameras/cellar/hours", {"grid": wild}).json()["detail"]
    assert read_duty(home, "cellar").hours == ()


def test_it_is_said_by_hand_for_an_hour_until_its_hours_change_or_for_good(web, home, camera):
    assert post(web, "/api/v1/cameras/cellar/duty", {"mode": "off", "until": "hour"}).json()["mode"] == "off"
    assert read_duty(home, "cellar").order.until_utc == pytest.approx(time.time() + 3600, abs=60)
    set_hours(home, "cellar", ("daily 03:00-04:00 off",))
    post(web, "/api/v1/cameras/cellar/duty", {"mode": "quiet", "until": "change"})
    assert time.time() < read_duty(home, "cellar").order.until_utc < time.time() + 90_000
    told = post(web, "/api/v1/cameras/cellar/duty", {"mode": "quiet"}).json()
    assert told == {"mode": "quiet", "by_hand": True, "words": "quiet by hand"}
    (cellar,) = [one for one in web.get("/live").json()["cameras"] if one["camera"] == "cellar"]
    assert cellar["duty"] == told
    assert post(web, "/api/v1/cameras/cellar/duty", {"mode": None}).json()["by_hand"] is False
    for wrong in ({"mode": "open"}, {}, {"mode": "off", "until": "noon"}):
        assert post(web, "/api/v1/cameras/cellar/duty", wrong).status_code == 422
    set_hours(home, "cellar", ())


def test_profiles_are_kept_taken_and_forgotten(web, home, camera):
    post(web, "/api/v1/cameras/cellar/duty", {"mode": "off"})
    told = post(web, "/api/v1/profiles", {"name": "night", "do": "keep"}).json()
    assert told["profiles"] == ["night"]
    assert read_profiles(home)["night"]["cellar"] is Mode.OFF
    post(web, "/api/v1/cameras/cellar/duty", {"mode": "armed"})
    assert post(web, "/api/v1/profiles", {"name": "night", "do": "take"}).json()["duties"]["cellar"]["mode"] == "off"
    assert "night" in web.get("/").text
    assert post(web, "/api/v1/profiles", {"name": "day", "do": "take"}).status_code == 422
    assert post(web, "/api/v1/profiles", {"name": "night", "do": "forget"}).json()["profiles"] == []
    for name in read_profiles(home):
        write_profile(home, name, None)
    for name in ("cellar", "door", "yard"):
        post(web, f"/api/v1/cameras/{name}/duty", {"mode": None})


def test_nobody_is_armed_who_is_not_there(web, camera):
    for address, told in (
        ("/api/v1/cameras/nobody/duty", {"mode": "off"}),
        ("/api/v1/cameras/nobody/hours", {"grid": ARMED}),
    ):
        assert post(web, address, told).status_code == 404
    assert web.get("/hours/nobody").status_code == 404


def test_hours_that_cannot_be_read_are_said_and_can_be_painted_anew(web, home, camera):
    home.duty("cellar").write_text("{")
    assert "holds no hours" in web.get("/hours/cellar").text
    assert post(web, "/api/v1/cameras/cellar/duty", {"mode": "off", "until": "change"}).status_code == 422
    assert web.get("/").status_code == 200
    post(web, "/api/v1/cameras/cellar/hours", {"grid": ARMED})
    assert "holds no hours" not in web.get("/hours/cellar").text
