"""The event store: what goes in comes out, in pages, by filter, by local day; reviews, settings and health."""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unusual.domain import Box
from unusual.errors import DataError
from unusual.store.events import Day, EventFilter, EventStore, StoredEvent, Verdict
from unusual.store.home import Home
from unusual.store.names import check_camera, check_id, new_id

quick = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
BERLIN, HAVANA, AZORES = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Havana"), ZoneInfo("Atlantic/Azores")


def event(start_utc=100.0, end_utc=None, **changes):
    known = {"id": new_id(), "camera": "gate", "peak_utc": start_utc, "score": 2.0, "per_day": 1.0} | changes
    return StoredEvent(start_utc=start_utc, end_utc=end_utc, **known)


def put(store, *events):
    for one in events:
        store.begin(one)
    return [one.id for one in events]


def change(store, one, **changes):
    seen_utc = changes.pop("seen_utc", None)
    usual = {"start_utc": 0.0, "end_utc": None, "peak_utc": 101.0, "score": 3.0, "per_day": 0.5}
    store.change(StoredEvent(one, "gate", **usual | changes), seen_utc)


# --- one event


def test_what_goes_in_comes_out(store):
    told = event(
        end_utc=103.5,
        peak_utc=102.25,
        score=3.25,
        per_day=0.125,
        box=Box(0.1, 0.2, 0.3, 0.4),
        why="moves",
        alarm=False,
        reviewed=True,
        verdict=Verdict.ORDINARY,
        note="a 'quoted' note; DROP TABLE events\nünï",
        media=("clip.mp4", "thumb.jpg"),
        model="ab" * 32,
    )
    put(store, told)
    assert store.get(told.id) == told
    assert store.list() == [told]


def test_an_event_changes_while_it_goes_on(store):
    (one,) = put(store, event())
    change(store, one, peak_utc=104.0, score=9.0, per_day=0.25, box=Box(0, 0, 1, 1), why="looks", alarm=False)
    going = store.get(one)
    assert (going.end_utc, going.peak_utc, going.score, going.per_day) == (None, 104.0, 9.0, 0.25)
    assert (going.box, going.why, going.alarm) == (Box(0, 0, 1, 1), "looks", False)
    change(store, one, end_utc=105.0)
    assert store.get(one).end_utc == 105.0


def test_a_change_leaves_what_people_said(store):
    (one,) = put(store, event())
    store.review(one, reviewed=True, verdict=Verdict.USEFUL, note="the cart")
    change(store, one)
    assert (store.get(one).verdict, store.get(one).note, store.get(one).score) == (Verdict.USEFUL, "the cart", 3.0)
    store.review(one, reviewed=False, verdict=None, note="")
    assert (store.get(one).reviewed, store.get(one).verdict) == (False, None)


def test_an_event_never_ends_before_it_starts_though_the_clock_is_set_back(store):
    (one,) = put(store, event(start_utc=1000.0))
    change(store, one, end_utc=400.0)
    assert store.get(one).end_utc == 1000.0


def test_files_are_added_to_those_there_are(store):
    (one,) = put(store, event())
    store.attach(one, ["thumb.jpg"])
    store.attach(one, ["clip.mp4"])
    store.attach(one, ["clip.mp4"])
    assert store.get(one).media == ("clip.mp4", "thumb.jpg")
    store.detach(one)
    assert store.get(one).media == ()


@pytest.mark.parametrize("act", ["change", "review", "attach", "detach"])
def test_an_event_that_is_not_there_cannot_be_changed(store, act):
    one = new_id()
    acts = {
        "change": lambda: change(store, one),
        "review": lambda: store.review(one, reviewed=True, verdict=None, note=""),
        "attach": lambda: store.attach(one, ["clip.mp4"]),
        "detach": lambda: store.detach(one),
    }
    with pytest.raises(DataError, match=f"there is no event '{one}'"):
        acts[act]()
    assert store.get(one) is None


def test_an_id_is_taken_once(store):
    first = event()
    put(store, first)
    with pytest.raises(DataError, match="UNIQUE"):
        put(store, event(id=first.id, score=9.0))
    assert store.get(first.id).score == 2.0


def test_names_are_returned_as_they_are():
    assert check_camera("g" * 41) == "g" * 41
    one = new_id()
    assert check_id(one) == one


# --- after a crash


def test_after_a_crash_events_end_when_they_were_last_seen(store):
    seen, peaked, over, elsewhere = put(store, event(), event(), event(end_utc=101.0), event(camera="yard"))
    change(store, seen, peak_utc=101.0, seen_utc=130.0)
    change(store, seen, peak_utc=101.0, seen_utc=129.0)
    change(store, peaked, peak_utc=117.0)
    assert store.settle_interrupted("gate") == 2
    assert [store.get(one).end_utc for one in (seen, peaked, over, elsewhere)] == [130.0, 117.0, 101.0, None]
    assert store.settle_interrupted("gate") == 0


# --- lists


def test_the_newest_come_first_in_pages_without_gap_or_repeat(store):
    events = [event(start_utc=float(n // 3)) for n in range(10)]  # several start at the same time
    put(store, *events)
    pages, before = [], None
    while page := store.list(before=before, most=4):
        pages.append(page)
        before = page[-1].cursor
    assert [len(page) for page in pages] == [4, 4, 2]
    listed = [one for page in pages for one in page]
    assert listed == sorted(events, key=lambda one: (one.start_utc, one.id), reverse=True)


def test_a_page_goes_on_though_events_come_and_go_meanwhile(store):
    old, middle, new = event(1.0, 2.0), event(3.0, 4.0), event(5.0, 6.0)
    put(store, old, middle, new)
    cursor = store.list(most=2)[-1].cursor
    store.remove([middle.id])
    put(store, event(7.0))
    assert store.list(before=cursor) == [old]


@pytest.mark.parametrize("cursor", ["", "nonsense", "1.0~short", f"x~{'a' * 22}", "1.0"])
def test_a_cursor_that_is_none_is_refused(store, cursor):
    with pytest.raises(DataError, match="a cursor is that of an event"):
        store.list(before=cursor)


FILTERS = st.builds(
    EventFilter,
    camera=st.sampled_from([None, "gate", "yard"]),
    since_utc=st.sampled_from([None, 0.0, 2.0]),
    until_utc=st.sampled_from([None, 0.0, 4.0]),
    least_score=st.sampled_from([None, 0.0, 2.0]),
    reviewed=st.sampled_from([None, False, True]),
    verdict=st.sampled_from([None, Verdict.FALSE, Verdict.USEFUL]),
    alarms_only=st.booleans(),
)


def passes(one, wanted):
    return (
        (wanted.camera is None or one.camera == wanted.camera)
        and (wanted.since_utc is None or one.start_utc >= wanted.since_utc)
        and (wanted.until_utc is None or one.start_utc < wanted.until_utc)
        and (wanted.least_score is None or one.score >= wanted.least_score)
        and (wanted.reviewed is None or one.reviewed == wanted.reviewed)
        and (wanted.verdict is None or one.verdict == wanted.verdict)
        and (one.alarm or not wanted.alarms_only)
    )


@pytest.fixture
def many(store):
    verdicts = [None, Verdict.FALSE, Verdict.USEFUL]
    for n in range(36):
        store.begin(
            event(
                float(n % 6),
                camera=("gate", "yard")[n % 2],
                score=float(n % 4),
                reviewed=n % 3 > 0,
                verdict=verdicts[n % 3],
                alarm=n % 5 > 1,
            )
        )
    return store.list(most=100)


@quick
@given(wanted=FILTERS)
def test_a_filter_gives_what_passes_it_and_neighbours_are_those_of_its_list(store, many, wanted):
    expected = [one for one in many if passes(one, wanted)]
    assert store.list(wanted, most=100) == expected
    for newer, older in pairwise(expected):
        assert store.neighbours(newer.id, wanted)[1] == older.id
        assert store.neighbours(older.id, wanted)[0] == newer.id
    if expected:
        assert store.neighbours(expected[0].id, wanted)[0] is None
        assert store.neighbours(expected[-1].id, wanted)[1] is None


def test_an_event_that_is_not_there_has_no_neighbours(store, many):
    assert store.neighbours(new_id()) == (None, None)


def test_counting_for_the_slider_counts_all_that_reached_a_score_alarm_or_not(store, many):
    expected = sum(one.camera == "gate" and one.start_utc >= 2.0 and one.score >= 2.0 for one in many)
    assert np.sum(store.peaks("gate", 2.0)[1] >= 2.0) == expected > 0


def test_only_events_that_have_ended_can_be_removed(store):
    going, over = put(store, event(), event(end_utc=101.0))
    store.remove([going, over, new_id()])
    assert [one.id for one in store.list()] == [going]


def test_a_list_of_many_events_takes_no_time(store):
    with store.database.write() as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO events "
            "SELECT printf('%022d', i), 'gate', i * 60, i * 60, i, i, 1, 1, NULL, '', 1, 0, NULL, '', '[]', '', '', 0, "
            "'', NULL FROM n"
        )
    plan = store.database.read(
        "EXPLAIN QUERY PLAN SELECT * FROM events WHERE camera = 'gate' AND (start_utc, id) < (5, 'x') "
        "ORDER BY start_utc DESC, id DESC LIMIT 50"
    )
    assert "events_by_camera" in plan[0]["detail"]
    assert not any("TEMP B-TREE" in row["detail"] for row in plan)
    assert sum(day.events for day in store.days("gate")) == 100_000


# --- days


def at(*moment, zone=BERLIN, fold=0):
    return datetime(*moment, tzinfo=zone, fold=fold).timestamp()


def test_days_are_local_and_the_newest_comes_first(store):
    late, early = at(2026, 7, 1, 23, 59), at(2026, 7, 2, 0, 1)
    reviewed = event(early, reviewed=True)
    put(store, event(late), event(early), reviewed, event(early, camera="yard"))
    assert store.days("gate", BERLIN) == [Day(date(2026, 7, 2), 2, 1), Day(date(2026, 7, 1), 1, 1)]
    assert store.days("gate", UTC) == [Day(date(2026, 7, 1), 3, 2)]
    assert store.days(None, BERLIN)[0].events == 3
    assert store.days("nowhere") == []


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        pytest.param(BERLIN, date(2026, 3, 29), 23, id="clocks go forward"),
        pytest.param(BERLIN, date(2026, 10, 25), 25, id="clocks go back"),
        pytest.param(HAVANA, date(2026, 3, 8), 23, id="clocks go forward at midnight, which that day has not"),
        pytest.param(AZORES, date(2026, 10, 25), 25, id="clocks go back to midnight, which that day has twice"),
    ],
)
def test_the_days_on_which_clocks_change_have_all_their_hours(store, zone, day, hours):
    midnight = at(day.year, day.month, day.day, zone=zone)
    put(store, *[event(midnight + hour * 3600 + offset) for hour in range(hours) for offset in (0, 3599)])
    put(store, event(midnight - 1), event(midnight + hours * 3600))
    one = timedelta(days=1)
    assert store.days("gate", zone) == [Day(day + one, 1, 1), Day(day, 2 * hours, 2 * hours), Day(day - one, 1, 1)]


ZONES = [BERLIN, HAVANA, AZORES, UTC, timezone(timedelta(hours=5, minutes=45)), ZoneInfo("Pacific/Apia")]


@quick
@given(
    zone=st.sampled_from(ZONES),
    minutes=st.lists(st.integers(0, 60 * 24 * 400), min_size=1, max_size=15),
    change=st.sampled_from([at(2026, 3, 8, zone=UTC), at(2026, 10, 25, zone=UTC), at(2026, 11, 1, zone=UTC)]),
    around=st.lists(st.integers(-48, 96), max_size=15),
)
def test_days_are_those_that_a_wall_clock_shows(store, zone, minutes, change, around):
    times = [at(2026, 1, 1, zone=UTC) + 60 * minute for minute in minutes] + [change + 900 * step for step in around]
    with store.database.write() as connection:
        connection.execute("DELETE FROM events")
        row = (
            "INSERT INTO events VALUES (?, 'gate', ?, ?, 0, 0, 1, 1, NULL, '', 1, 0, NULL, '', '[]', '', '', 0, '', 0)"
        )
        connection.executemany(row, [(new_id(), moment, moment) for moment in times])
    shown = [datetime.fromtimestamp(moment, zone).date() for moment in times]
    expected = [Day(day, shown.count(day), shown.count(day)) for day in sorted(set(shown), reverse=True)]
    assert store.days("gate", zone) == expected


# --- settings and health


def test_another_process_sees_what_was_written(tmp_path, store):
    other = EventStore.open(Home(tmp_path))
    (one,) = put(store, event(start_utc=time.time()))
    other.review(one, reviewed=True, verdict=Verdict.FALSE, note="")
    assert store.get(one).verdict is Verdict.FALSE
    other.close()


@pytest.mark.parametrize(
    "look",
    [
        lambda store: store.list(EventFilter(verdict=Verdict.USEFUL)),
        lambda store: store.list(EventFilter(verdict=Verdict.FALSE, camera="gate"), before="5.0~" + "a" * 22),
        lambda store: store.list(EventFilter(least_score=9.0, since_utc=5.0)),
        lambda store: store.list(EventFilter(reviewed=False, alarms_only=True)),
        lambda store: store.peaks("gate", 0.0, "model"),
        lambda store: store.days(),
    ],
    ids=["a verdict", "a verdict and more", "a score", "what nobody looked at", "the slider's counts", "days"],
)
def test_events_are_found_without_reading_all_of_them(store, monkeypatch, look):
    put(store, *(event(float(second)) for second in range(10)))
    read, plans = store.database.read, []

    def explained(sql, values=()):
        plans.extend(row["detail"] for row in read(f"EXPLAIN QUERY PLAN {sql}", values))
        return read(sql, values)

    monkeypatch.setattr(store.database, "read", explained)
    look(store)
    assert plans
    whole = [
        plan for plan in plans if plan.startswith(("SCAN events", "SEARCH events")) and "INDEX events_" not in plan
    ]
    assert all("PRIMARY KEY (id=?)" in plan for plan in whole), plans
