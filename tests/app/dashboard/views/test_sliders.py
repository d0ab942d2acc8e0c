"""What a camera may be set to, and what each choice would have meant."""

import json
import time

from made_home import SCALE
from visiting import Page

from unusual.app.dashboard.views.sliders import CHOICES
from unusual.store.settings import Setting


def test_the_slider_counts_what_each_choice_would_have_meant(web, store, events):
    page = Page(web.get("/settings").text)
    sliders = {had["aria-label"]: json.loads(had["data-choices"]) for _, had in page.tags if had.get("type") == "range"}
    choices = sliders["Alarms a day from door"]
    assert [choice["alarms"] for choice in choices] == list(CHOICES)
    assert (CHOICES[0], CHOICES[-1], len(CHOICES)) == (0.1, 50, 28)
    week = time.time() - 7 * 86400
    for choice in choices[::9]:
        least = SCALE.threshold(choice["alarms"]).score
        assert choice["count"] == store.count_from("door", week, least)
    assert choices[0]["count"] < choices[-1]["count"]


def test_the_slider_stands_where_it_was_set_also_by_the_command_line(web, store):
    store.settings.set("door", Setting.ALARMS_PER_DAY, 200)
    tags = Page(web.get("/settings").text).tags
    (slider,) = [had for _, had in tags if had.get("aria-label") == "Alarms a day from door"]
    assert json.loads(slider["data-choices"])[int(slider["value"])]["alarms"] == 200
    store.settings.set("door", Setting.ALARMS_PER_DAY, None)
