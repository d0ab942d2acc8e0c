"""What a camera may be set to, and what each choice would have meant."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from made_home import SCALE, add_event, made_card
from visiting import Page

from unusual.app.dashboard.views.sliders import CHOICES
from unusual.scores.by_hour import HourlyLevels, hour_of
from unusual.store.cameras import write_card
from unusual.store.rules.wall_clock import local_zone
from unusual.store.settings import Setting
from unusual.video.condition.light import Light


def test_the_slider_counts_what_each_choice_would_have_meant(web, store, events):
    page = Page(web.get("/settings").text)
    sliders = {had["aria-label"]: json.loads(had["data-choices"]) for _, had in page.tags if had.get("type") == "range"}
    choices = sliders["Alarms a day from door"]
    assert [choice["alarms"] for choice in choices] == list(CHOICES)
    assert (CHOICES[0], CHOICES[-1], len(CHOICES)) == (0.1, 50, 28)
    week = time.time() - 7 * 86400
    for choice in choices[::9]:
        least = SCALE.threshold(choice["alarms"]).score
        assert choice["count"] == np.sum(store.peaks("door", week)[1] >= least)
    assert choices[0]["count"] < choices[-1]["count"]


def test_the_slider_stands_where_it_was_set_also_by_the_command_line(web, store):
    store.settings.set("door", Setting.ALARMS_PER_DAY, 200)
    tags = Page(web.get("/settings").text).tags
    (slider,) = [had for _, had in tags if had.get("aria-label") == "Alarms a day from door"]
    assert json.loads(slider["data-choices"])[int(slider["value"])]["alarms"] == 200
    store.settings.set("door", Setting.ALARMS_PER_DAY, None)


def choices_of(web, camera):
    tags = Page(web.get("/settings").text).tags
    (told,) = [had["data-choices"] for _, had in tags if had.get("aria-label") == f"Alarms a day from {camera}"]
    return {choice["alarms"]: choice for choice in json.loads(told)}


@pytest.fixture
def lit(home):
    """A camera of two lights; by night scores are ten times as high."""
    night = replace(SCALE, location=8, scale=1, base=10.0, tail=tuple(10 * score for score in SCALE.tail))
    day = made_card("gate", light=Light.COLOUR, lights=(Light.COLOUR, Light.INFRARED))
    dark = made_card("gate", light=Light.INFRARED, alarm_scale=night, model_sha256="cd")
    for card in (day, dark):
        write_card(card.folder(home), card)
    return day, dark


def test_each_event_is_held_against_the_threshold_of_the_light_that_it_was_seen_in(web, store, lit):
    now = time.time()
    high = SCALE.threshold(1.0).score + 0.1
    for hours, score, model in [(1, high, "ab"), (2, high, "cd"), (3, 10 * high, "cd"), (4, high, "gone")]:
        add_event(store, "gate", now - 3600 * hours, score, model=model)
    choice = choices_of(web, "gate")[1.0]
    assert choice["count"] == 2, "one by day, and by night what is high there"
    first, second = (card.alarm_scale.threshold(1.0).words for card in lit)
    assert choice["words"] == f"in colour: {first}; in infrared: {second}"
    assert "of the past week's 3 recorded events" in " ".join(web.get("/settings").text.split())


def test_a_light_whose_card_cannot_be_read_is_left_out(web, home, lit):
    (lit[1].folder(home) / "camera.json").write_text("{")
    assert choices_of(web, "gate")[1.0]["words"] == f"in colour: {SCALE.threshold(1.0).words}"


def test_each_event_is_held_against_the_threshold_of_its_hour(web, home, store):
    now, zone = time.time(), local_zone()
    quiet = hour_of(now - 7200, zone)
    busy = tuple(0.1 if hour == quiet else 1.0 if hour % 2 else None for hour in range(24))
    scale = replace(SCALE, busy=busy)
    write_card(home.camera("alley"), made_card("alley", alarm_scale=scale))
    levels = HourlyLevels.of(scale, 1.0, zone)
    for hours in (2, 26, 7):
        add_event(store, "alley", now - 3600 * hours - 1, levels.lowest + 0.01)
    choice = choices_of(web, "alley")[1.0]
    assert choice["count"] == 2
    assert choice["hourly"] == [
        {"light": "", "general": round(levels.general, 3), "scores": [round(score, 3) for score in levels.scores]}
    ]
    assert choice["words"] == f"{SCALE.threshold(1.0).words}; {levels.words}"
    assert "By the hour of the day" in web.get("/settings").text
    told = web.get("/api/v1/cameras/alley/settings").json()["choices"]
    assert next(each for each in told if each["alarms"] == 1.0)["hourly"] == choice["hourly"]
