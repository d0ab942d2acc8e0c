"""What a camera's day lacked."""

from datetime import UTC, datetime, timedelta

import pytest
from made_home import watch
from visiting import Page


def test_a_day_says_when_a_camera_was_not_well(home, web, store):
    noon = datetime(2025, 6, 1, 12, tzinfo=UTC).timestamp()
    store.health.add("yard", noon - 90_000, "covered", "the lens seems to be covered")  # till another watcher began
    for after_s, state, words in (
        (-80_000, "connecting", ""),
        (-79_990, "online", ""),
        (0, "offline", "no answer"),
        (30, "dark", "the picture is dark"),
        (60, "online", ""),
        (90, "alert given up", "webhook"),
        (630, "ok", "the picture is fit again"),
        (900, "stalled", "<b>nothing</b> comes"),
    ):
        store.health.add("yard", noon + after_s, state, words)
    watch(home, "yard", utc=noon + 1000)  # its last word
    local = datetime.fromtimestamp(noon).date()
    page = Page(web.get(f"/timeline/{local}").text)
    drawn = [had for tag, had in page.tags if tag == "rect" and had.get("class", "").startswith("trouble")]
    assert [had["class"] for had in drawn] == ["trouble bad", "trouble warn", "trouble warn", "trouble bad"]
    widths = [float(had["width"].rstrip("%")) * 864 for had in drawn]
    assert widths == pytest.approx([130, 600, 130, 130], abs=1)  # seconds; moments are drawn 130 s wide
    lasted = (
        "for 1 min; no answer",
        "webhook",
        "for 10 min; the picture is dark",
        "for 1 min 40 s; <b>nothing</b> comes",
    )
    for words in (*lasted, "Not well 4 times: offline, picture is dark, alert given up, stalled"):
        assert words in page.words
    before = Page(web.get(f"/timeline/{local - timedelta(days=1)}").text)
    assert "for 2 h 46 min; the lens seems to be covered" in before.words
