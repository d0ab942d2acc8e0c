"""Which part of the events a page shows, as its address says it."""

from datetime import date, datetime, timedelta

import pytest
from visiting import listed

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
