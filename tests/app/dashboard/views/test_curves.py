"""Curves as a page draws them."""

import re
from datetime import UTC, datetime

from made_home import add_event
from visiting import Page

from unusual.store.scorelog import ScoreLog


def test_a_day_shows_the_score_of_each_minute_and_the_events(home, web, store):
    start = datetime(2025, 6, 1, 12, tzinfo=UTC).timestamp()
    log = ScoreLog(home, "yard")
    for second in range(0, 7200, 5):
        log.add(start + second, 0.5 if second != 3600 else 4.0)
    log.close()
    event = add_event(store, "yard", start + 3600, 4.0)
    local = datetime.fromtimestamp(start).date()
    page = Page(web.get(f"/timeline/{local}").text)
    assert "2 h watched. Highest score 4.00 at" in page.words
    assert f"/events/{event}?camera=yard" in [had.get("href") for _, had in page.tags]
    drawn = {had["class"]: had["d"] for tag, had in page.tags if tag == "path" and had.get("d", "").endswith("Z")}
    assert drawn["area"].count("L") == 2 * 120 + 1
    first, last = map(int, re.fullmatch(r"M(\d+),0H(\d+)V100H\1Z", drawn["watched"]).groups())
    assert last - first == 120  # minutes
    assert web.get("/timeline/1970-01-01").status_code == web.get("/timeline/2025-13-01").status_code == 422
