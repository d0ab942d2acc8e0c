"""When the wall clock may be believed: not at once, not after a jump, and a new start does not make it right."""

import os

import pytest

from unusual.store.event import StoredEvent
from unusual.store.keeping.clock import AHEAD_S, DAY_S, JUMP_S, SETTLED_S, TrustedClock
from unusual.store.outbox import Outbox

NOW, MONTH_S = 1_700_000_000.0, 30 * DAY_S


class Clocks:
    """Two clocks: one on the wall that can be set, and one that nobody sets."""

    def __init__(self):
        self.wall, self.steady = NOW, 5000.0

    def pass_s(self, seconds):
        self.wall, self.steady = self.wall + seconds, self.steady + seconds

    def trusted(self, store, enough_s=MONTH_S):
        return TrustedClock(store, enough_s, lambda: self.wall, lambda: self.steady)


@pytest.fixture
def clocks(store):
    """Something was stored a moment ago, when the clock was right."""
    store.health.add("gate", NOW - 1, "online", "")
    return Clocks()


def trusted_after(clocks, clock, seconds):
    """Whether it is believed shortly before, and from then on."""
    clocks.pass_s(seconds - 1)
    before = clock.is_trusted
    clocks.pass_s(1)
    return before, clock.is_trusted


def test_a_clock_is_believed_after_an_hour(store, clocks):
    assert trusted_after(clocks, clocks.trusted(store), SETTLED_S) == (False, True)


@pytest.mark.parametrize("by_s", [JUMP_S + 1, -JUMP_S - 1], ids=["ahead", "back"])
def test_a_clock_that_jumps_is_not_believed_for_a_day(store, clocks, by_s):
    clock = clocks.trusted(store)
    clocks.pass_s(2 * SETTLED_S)
    clock.look()
    assert clock.is_trusted
    clocks.wall += by_s
    clock.look()
    assert trusted_after(clocks, clock, DAY_S) == (False, True)


def test_a_clock_that_is_put_right_by_a_little_is_believed(store, clocks):
    clock = clocks.trusted(store)
    clocks.pass_s(2 * SETTLED_S)
    clocks.wall += JUMP_S - 1
    clock.look()
    assert clock.is_trusted


def test_it_drifts_as_slowly_as_it_likes(store, clocks):
    clock = clocks.trusted(store)
    for _ in range(48):
        clocks.pass_s(3600)
        clocks.wall += 1800
        clock.look()
    assert clock.is_trusted


def test_a_clock_that_is_ahead_of_all_that_is_stored_must_run_for_as_long(store, clocks):
    clocks.wall += 9 * DAY_S
    assert trusted_after(clocks, clocks.trusted(store), 9 * DAY_S + 1) == (False, True)


def test_it_is_ahead_only_by_more_than_a_day_and_needs_to_run_no_longer_than_things_are_kept(store, clocks):
    clocks.wall += AHEAD_S - 2
    assert trusted_after(clocks, clocks.trusted(store), SETTLED_S) == (False, True)
    clocks.wall += 900 * DAY_S
    assert trusted_after(clocks, clocks.trusted(store), MONTH_S) == (False, True)


def test_what_is_left_of_the_doubt_outlasts_a_new_start(store, clocks):
    clocks.wall += 9 * DAY_S
    clock = clocks.trusted(store)
    clocks.pass_s(4 * DAY_S)
    clock.look()
    store.health.add("gate", clocks.wall, "online", "")  # stored under the wrong clock: it must not prove it right
    assert trusted_after(clocks, clocks.trusted(store), 5 * DAY_S + 1) == (False, True)


@pytest.mark.parametrize("what", ["an event", "an alert", "a live file"])
def test_whatever_was_stored_last_tells_how_far_ahead_the_clock_is(store, clocks, what):
    clocks.wall += 9 * DAY_S
    if what == "an event":
        seen = StoredEvent("a" * 22, "gate", NOW, None, NOW, 1.0, 1.0)
        store.begin(seen)
        store.change(seen, clocks.wall)
    elif what == "an alert":
        Outbox(store.database).put("a" * 22, "log", "{}", camera="gate", now=clocks.wall)
    else:
        file = store.database.home.live("gate")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
        os.utime(file, (clocks.wall, clocks.wall))
    assert trusted_after(clocks, clocks.trusted(store), SETTLED_S) == (False, True)
