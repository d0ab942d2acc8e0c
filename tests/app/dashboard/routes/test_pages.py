"""The pages that people look at."""

import json
import time
from datetime import datetime

import pytest
from made_home import PICTURES, add_event, watch
from visiting import Page, listed

from unusual.files import write_text
from unusual.store.events import EventFilter


def test_the_list_goes_through_all_events_once_newest_first(web, store, events):
    address, seen = "/events", []
    while address:
        page = web.get(address)
        seen += listed(page.text)
        links = [had["href"] for tag, had in Page(page.text).tags if tag == "a" and had.get("rel") == "next"]
        address = links[0] if links else None
    assert seen == [event.id for event in store.list(most=1000)]
    assert [event for event in seen if event in dict(events)] == [event for event, _ in events]


def test_an_event_is_shown_with_all_that_is_known_and_its_neighbours(web, store, events):
    newest, score = events[0]
    page = Page(web.get(f"/events/{newest}?camera=yard").text)
    assert "It moves unlike anything here" in page.words and f"{score:.2f}" in page.words
    assert "Ordinary footage reaches this" in page.words
    sources = [had.get("src") for tag, had in page.tags if tag in ("video", "img")]
    assert sources == [f"/media/{newest}/{name}" for name in ("clip.mp4", *PICTURES[1:])]
    assert [web.get(source).status_code for source in sources] == [200] * len(PICTURES)
    assert "The most unusual object from frame to frame" in page.words
    (seek,) = [had for tag, had in page.tags if had.get("role") == "slider"]
    assert float(seek["data-end"]) == pytest.approx(3.9)
    points = json.loads(seek["data-curve"])
    assert max(points, key=lambda point: point[1])[0] == pytest.approx(2.0)
    (line,) = [had["d"] for tag, had in page.tags if tag == "path" and had.get("class") == "curve"]
    assert float(line.split("L")[-1].split(",")[0]) == pytest.approx(1000 * 3.5 / 3.9, abs=0.1)  # as long as the clip
    older = store.neighbours(newest, EventFilter(camera="yard"))[1]
    links = {had["rel"]: had["href"] for tag, had in page.tags if tag == "a" and had.get("rel") in ("prev", "next")}
    assert links == {"next": f"/events/{older}?camera=yard"}
    assert web.get("/events/" + "a" * 22).status_code == 404


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "javascript:alert(1)",
    "</textarea><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "</title><iframe src=//evil.example>",
    "\u202egpj.exe\x00",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_from_outside_stay_words(home, web, store, payload):
    event = add_event(store, "yard", time.time() - 30, 2.5, clip=False, why=payload)
    store.review(event, reviewed=False, verdict=None, note=payload)
    watch(home, "door", words=payload, state=payload, health=payload)
    told = {"camera": payload, "utc": time.time(), "stage": payload, "share": 0.5, "words": payload, "log": [payload]}
    write_text(home.folder / "learning" / "attic.json", json.dumps(told))
    for address in (
        "/",
        "/events",
        f"/events/{event}",
        "/timeline",
        "/settings",
        "/events/rows",
        "/zones/door",
        "/hours/door",
    ):
        page = Page(web.get(address, params={"camera": payload}).text)
        assert not [tag for tag, _ in page.tags if tag in ("iframe", "object", "embed", "base")]
        for tag, had in page.tags:
            assert not [name for name in had if name.startswith("on")], had
            assert not (had.get("href") or had.get("src") or "/").lower().startswith(("javascript:", "//")), had
            assert tag != "script" or had["src"].startswith("/static/")
            assert tag != "img" or had["src"].startswith(("/media/", "/live/", "/zones/"))
    (home.folder / "learning" / "attic.json").unlink()
    store.remove([event])


def test_a_day_is_looked_at_closer_and_wider_again(web, events):
    day = f"{datetime.now():%Y-%m-%d}"
    whole = Page(web.get(f"/timeline/{day}").text)
    links = [had["href"] for tag, had in whole.tags if tag == "a" and had.get("class") == "closer"]
    assert f"/timeline/{day}?at=900" in links
    part = Page(web.get(f"/timeline/{day}?at=905").text)
    assert "15:00 to 18:00" in part.words and "highest score of each 10 s" in part.words
    links = [had.get("href") for tag, had in part.tags if tag == "a"]
    assert {f"/timeline/{day}?at=720", f"/timeline/{day}?at=1080", f"/timeline/{day}"} <= {*links}
    assert f"/timeline/{day}?at=930&close=true" in links
    close = Page(web.get(f"/timeline/{day}?at=905&close=true").text)
    assert "15:00 to 15:30" in close.words and "highest score of each 2 s" in close.words
    assert not [had for tag, had in close.tags if had.get("class") == "closer"], "there is nothing closer"
    assert f"/timeline/{day}?at=900" in [had.get("href") for tag, had in close.tags if tag == "a"]


@pytest.mark.parametrize("wrong", ["at=1440", "at=-1", "at=x", "close=maybe&at=1"])
def test_a_part_of_a_day_that_is_none_is_refused(web, wrong):
    assert web.get(f"/timeline/2026-11-22?{wrong}").status_code in (404, 422)


def test_each_verdict_says_what_comes_of_it(web, events):
    page = Page(web.get(f"/events/{events[0][0]}").text)
    titles = {had["data-verdict-is"]: had["title"] for tag, had in page.tags if "data-verdict-is" in had}
    assert titles["ordinary"] == "is learnt by the next “unusual update”"
    assert titles["false"] == "is only counted: nothing is learnt from it"
    assert all(words in page.words for words in titles.values())


def test_the_words_of_an_alarm_level_stay_in_the_drawing(web, store):
    low, high = (add_event(store, "door", time.time() - 1e7 + n, n + 0.5, clip=True) for n in (0, 9))
    places = {}
    for event in (low, high):
        (text,) = [had for tag, had in Page(web.get(f"/events/{event}").text).tags if had.get("class") == "limit-text"]
        places[event] = float(text["y"].rstrip("%")), int(text["dy"])
    assert places[low][0] < 10 and places[low][1] > 0, "under the line where that is at the top"
    assert places[high][0] > 20 and places[high][1] < 0


def test_the_filters_are_folded_until_they_are_used(web, events):
    def folds(address):
        return ["open" in had for tag, had in Page(web.get(address).text).tags if had.get("class") == "fold"]

    assert folds("/events") == [False]
    assert folds("/events?camera=door") == [True]
