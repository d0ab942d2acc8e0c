"""The outbox: what is put stays until it is delivered or given up, each alert under one id."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unusual.store.names import new_id
from unusual.store.outbox import DAY_S, HELD_S, LEAST_TRIES, LONGEST_WAIT_S, Outbox

quick = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def outbox(store):
    return Outbox(store.database, jitter=lambda: 0.0)


def put(outbox, channel="webhook", now=100.0, event=None):
    return outbox.put(event or new_id(), channel, '{"a": 1}', camera="gate", now=now)


def ids(alerts):
    return [alert.id for alert in alerts]


def test_what_is_put_is_due_at_once_with_all_that_was_put(outbox):
    event = new_id()
    put_id = put(outbox, event=event)
    (alert,) = outbox.due(100.0)
    assert (alert.id, alert.event, alert.camera, alert.channel) == (put_id, event, "gate", "webhook")
    assert (alert.payload, alert.put_utc, alert.tries) == ('{"a": 1}', 100.0, 0)


def test_one_event_is_put_once_a_channel(outbox):
    event = new_id()
    first = put(outbox, event=event)
    assert put(outbox, event=event, now=200.0) == first
    assert put(outbox, "log", event=event) != first
    outbox.delivered(first)
    assert put(outbox, event=event) == first
    assert [alert.channel for alert in outbox.due(300.0, most=9)] == ["log"]


def test_what_is_delivered_is_never_due_again(outbox):
    alert = put(outbox)
    outbox.due(100.0)
    outbox.delivered(alert)
    outbox.failed(alert, 101.0, "came too late to matter")
    assert outbox.due(1e12) == []


def test_a_taken_alert_is_due_again_under_its_id_when_who_took_it_has_died(outbox, store):
    alert = put(outbox)
    assert ids(outbox.due(100.0)) == [alert]
    other = Outbox(store.database)
    assert other.due(100.0 + HELD_S - 1) == []
    assert ids(other.due(100.0 + HELD_S)) == [alert]


def test_who_waits_is_woken_by_what_is_put_and_does_not_wait_where_it_was_before(outbox):
    before, woken = outbox.put_count, threading.Event()
    waiter = threading.Thread(target=lambda: (outbox.wait(before, 60.0), woken.set()), daemon=True)
    waiter.start()
    assert not woken.wait(0.05)
    put(outbox)
    assert woken.wait(10.0)
    outbox.wait(before, 60.0)


def test_waits_grow_to_a_cap(outbox):
    alert, now, waits = put(outbox), 100.0, []
    for _ in range(11):
        outbox.failed(alert, now, "no answer")
        (row,) = outbox._database.read("SELECT next_utc FROM outbox")
        waits.append(row[0] - now)
        assert outbox.due(row[0] - 0.01) == []
        now = row[0]
    assert waits[:4] == [5.0, 10.0, 20.0, 40.0]
    assert waits[-2:] == [LONGEST_WAIT_S, LONGEST_WAIT_S]
    assert outbox.due(now)[0].tries == 11


@pytest.mark.parametrize(("jitter", "wait_s"), [(0.0, 5.0), (0.5, 3.75), (1.0, 2.5)])
def test_a_random_part_of_a_wait_is_taken_off(store, jitter, wait_s):
    outbox = Outbox(store.database, jitter=lambda: jitter)
    outbox.failed(put(outbox), 100.0, "no answer")
    assert outbox.due(100.0 + wait_s - 0.01) == []
    assert len(outbox.due(100.0 + wait_s)) == 1


def test_the_longest_waiting_goes_first_and_each_channel_has_its_own_line(outbox):
    alerts = [put(outbox, now=106.0 - number) for number in range(6)]
    other = put(outbox, "log", now=100.0)
    assert ids(outbox.due(200.0, "webhook", most=5)) == alerts[:0:-1]
    assert ids(outbox.due(200.0)) == [other]


def test_a_clock_that_was_set_back_delays_no_alert(outbox):
    alert = put(outbox, now=1_000_000.0)
    assert ids(outbox.due(1000.0)) == [alert]


def test_an_alert_is_given_up_when_that_is_final_and_health_says_so(outbox, store):
    alert = put(outbox)
    outbox.failed(alert, 200.0, "webhook at host: answered 410", final=True)
    assert outbox.due(1e12) == []
    (entry,) = store.health.list("gate")
    assert (entry.utc, entry.state) == (200.0, "alert given up")
    assert entry.words == "an alert by webhook was given up after 1 tries: webhook at host: answered 410"


@pytest.mark.parametrize(
    ("tries", "days", "given_up"),
    [
        pytest.param(LEAST_TRIES, 3.1, True, id="tried often and for long"),
        pytest.param(LEAST_TRIES - 1, 3.1, False, id="too few tries, of a clock set forward or a long pause"),
        pytest.param(LEAST_TRIES, 2.9, False, id="not yet old"),
    ],
)
def test_an_alert_is_given_up_only_after_days_and_many_tries(outbox, store, tries, days, given_up):
    alert = put(outbox, now=0.0)
    with store.database.write() as connection:
        connection.execute("UPDATE outbox SET tries = ?", [tries - 1])
    outbox.failed(alert, days * DAY_S, "no answer")
    assert bool(store.health.list("gate")) == given_up
    assert bool(outbox.due(1e12)) != given_up


def test_people_are_told_what_waits_and_why(outbox):
    failing, _ = put(outbox), put(outbox)
    outbox.failed(failing, 100.0, "no answer")
    outbox.delivered(put(outbox, "log"))
    assert outbox.waiting() == [("webhook", 2, "no answer")]


def test_an_alert_outlives_its_event_and_is_forgotten_only_when_it_waits_no_more(outbox):
    event = new_id()
    done, _ = put(outbox, event=event), put(outbox)
    outbox.delivered(done)
    assert outbox.forget(100.0) == 0
    assert outbox.forget(101.0) == 1
    assert not outbox.holds(event)
    assert len(outbox.due(200.0, most=5)) == 1


def test_the_newest_alert_of_a_camera_is_remembered(outbox):
    assert outbox.last_put("gate") is None
    event = new_id()
    put(outbox, now=100.0, event=event)
    put(outbox, now=90.0)
    assert (outbox.last_put("gate"), outbox.last_put("yard"), outbox.holds(event)) == (100.0, None, True)


@quick
@given(st.lists(st.sampled_from(["put", "take", "deliver", "fail", "crash", "pause"]), max_size=30))
def test_whatever_happens_each_alert_is_delivered_once_or_waits(store, steps):
    """The sender never sends what it knows to be delivered; nothing is lost; an alert has one id for good."""
    with store.database.write() as connection:
        connection.execute("DELETE FROM outbox")
    outbox, now, taken, known, delivered = Outbox(store.database), 0.0, [], set(), set()
    for step in steps:
        now += 1.0
        if step == "put":
            known.add(put(outbox, now=now))
        elif step == "take":
            got = ids(outbox.due(now, most=2))
            assert set(got) <= known - delivered
            taken += [alert for alert in got if alert not in taken]
        elif step == "deliver" and taken:
            delivered.add(taken[0])
            outbox.delivered(taken.pop(0))
        elif step == "fail" and taken:
            outbox.failed(taken.pop(0), now, "no answer")
        elif step == "crash":
            outbox, taken = Outbox(store.database), []
        elif step == "pause":
            now += LONGEST_WAIT_S
    assert set(ids(outbox.due(now + LONGEST_WAIT_S + HELD_S, most=99))) == known - delivered


def test_what_was_never_tried_is_counted_until_it_is_delivered_or_has_failed_once(outbox):
    first, second = put(outbox), put(outbox)
    assert outbox.untried() == 2
    outbox.due(100.0, most=2)
    assert outbox.untried() == 2
    outbox.delivered(first)
    outbox.failed(second, 101.0, "nobody there")
    assert outbox.untried() == 0


BAD = {
    "id": ["x'ff00'"],
    "event": ["x'ff00'"],
    "camera": ["'../x'", "x'ff00'"],
    "payload": ["x'ff00'"],
    "put_utc": ["'yesterday'", "9e999"],
    "tries": ["'often'", "-1", "0.5"],
}


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, values in BAD.items() for value in values])
def test_an_alert_that_cannot_be_read_is_named_once_and_costs_no_other(outbox, store, caplog, column, value):
    put(outbox, now=90.0)
    with store.database.write() as connection:
        connection.execute(f"UPDATE outbox SET {column} = {value}")
    good = [put(outbox, now=100.0 + number) for number in range(3)]
    assert ids(outbox.due(200.0, "webhook")) == good[:1]
    for alert in good:
        outbox.failed(alert, 200.0, "no answer")
    assert {*ids(outbox.due(1000.0, most=9))} == {*good}
    assert {*ids(outbox.due(9000.0, most=9))} == {*good}
    assert outbox.last_put("gate") == 102.0
    outbox.waiting(), outbox.untried()
    assert len([record for record in caplog.records if "cannot be read" in record.getMessage()]) == 1
