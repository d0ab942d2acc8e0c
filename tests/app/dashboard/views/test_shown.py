"""Which part of the events a page shows, as its address says it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from visiting import listed

from unusual.app.dashboard.views.shown import DAY_MIN, PART_MIN, Part
from unusual.store.events import EventFilter, Verdict


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("camera=yard", EventFilter(camera="yard")),
        ("least=3.5", EventFilter(least_score=3.5)),
        ("alarms=only", EventFilter(alarms_only=True)),
        ("reviewed=yes", EventFilter(reviewed=True)),
        ("verdict=false", EventFilter(verdict=Verdict.FALSE)),
        ("camera=&day=&least=&reviewed=&verdict=", EventFilter()),
    ],
)
def test_filters_stand_in_the_address(web, store, events, query, wanted):
    store.review(events[3][0], reviewed=True, verdict=Verdict.FALSE, note="")
    assert listed(web.get(f"/events?{query}").text) == [event.id for event in store.list(wanted, most=30)]


def test_a_day_is_a_local_day(web, store, events):
    yesterday = date.today() - timedelta(days=1)
    since = datetime(yesterday.year, yesterday.month, yesterday.day).astimezone().timestamp()
    wanted = EventFilter(since_utc=since, until_utc=since + 86400)
    expected = [event.id for event in store.list(wanted, most=30)]
    assert expected and listed(web.get(f"/events?day={yesterday}").text) == expected


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_the_parts_of_a_day_are_the_day_also_where_clocks_change(day, hours):
    zone = ZoneInfo("Europe/Berlin")
    parts = [Part.around(day, at, close=False).span(zone) for at in range(0, DAY_MIN, PART_MIN)]
    assert parts[-1][1] - parts[0][0] == 3600 * hours
    assert [end for _, end in parts[:-1]] == [begin for begin, _ in parts[1:]]


def test_the_part_before_the_first_is_of_the_day_before():
    first = Part.around(date(2026, 7, 1), 0, close=True)
    assert first.earlier == "/timeline/2026-06-30?at=1410&close=true"
    assert Part.around(date(2026, 6, 30), 1410, close=True).later == "/timeline/2026-07-01?at=0&close=true"
