"""The pages that people look at."""

import json
import time

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
    assert [web.get(source).status_code for source in sources] == [200] * 5
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
    for address in ("/", "/events", f"/events/{event}", "/timeline", "/settings", "/events/rows"):
        page = Page(web.get(address, params={"camera": payload}).text)
        assert not [tag for tag, _ in page.tags if tag in ("iframe", "object", "embed", "base")]
        for tag, had in page.tags:
            assert not [name for name in had if name.startswith("on")], had
            assert not (had.get("href") or had.get("src") or "/").lower().startswith(("javascript:", "//")), had
            assert tag != "script" or had["src"].startswith("/static/")
            assert tag != "img" or had["src"].startswith(("/media/", "/live/"))
    (home.folder / "learning" / "attic.json").unlink()
    store.remove([event])
