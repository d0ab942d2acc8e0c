"""What a camera is to do: by its hours, by hand for a time, and after a file that is not ours."""

from datetime import UTC, datetime

import pytest

from unusual.errors import ConfigError, DataError
from unusual.scores.hours import Mode
from unusual.store.home import Home
from unusual.store.rules.duty import Duties, Duty, KeptDuty, Order, begin_hours, order, read_duty, set_hours

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()  # a Monday
HOUR = 3600.0
WORK = ("mon-fri 08:00-18:00 quiet",)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def now(home, utc=NOON):
    return Duties(home, UTC).now("door", utc)


def test_where_nothing_was_said_a_camera_is_armed(home):
    assert read_duty(home, "door") == KeptDuty()
    assert now(home) == Duty(Mode.ARMED, None)


def test_hours_say_what_is_done_and_until_when(home):
    set_hours(home, "door", WORK)
    assert now(home) == Duty(Mode.QUIET, NOON + 6 * HOUR)
    assert now(home, NOON + 6 * HOUR) == Duty(Mode.ARMED, NOON + 20 * HOUR)


def test_what_is_said_by_hand_holds_until_then_or_until_something_else_is_said(home):
    set_hours(home, "door", WORK)
    order(home, "door", Mode.OFF, NOON + HOUR)
    assert now(home) == Duty(Mode.OFF, NOON + HOUR, by_hand=True)
    assert now(home, NOON + HOUR).mode is Mode.QUIET
    order(home, "door", Mode.ARMED)
    assert now(home, NOON + 100 * HOUR) == Duty(Mode.ARMED, None, by_hand=True)
    order(home, "door", None)
    assert now(home).mode is Mode.QUIET
    assert read_duty(home, "door").hours == WORK


def test_hours_that_a_person_sets_stay_until_watching_is_begun_with_others(home):
    assert begin_hours(home, "door", None).hours == ()
    assert begin_hours(home, "door", WORK).hours == WORK
    set_hours(home, "door", ("daily off",))
    assert begin_hours(home, "door", WORK).hours == ("daily off",)
    order(home, "door", Mode.OFF)
    kept = begin_hours(home, "door", ("sun off",))
    assert (kept.hours, kept.order) == (("sun off",), Order(Mode.OFF))


def test_hours_that_are_none_are_refused_and_change_nothing(home):
    set_hours(home, "door", WORK)
    with pytest.raises(ConfigError, match="hours are lines as"):
        set_hours(home, "door", ("always",))
    assert read_duty(home, "door").hours == WORK


def test_changes_of_other_processes_are_seen_and_a_broken_file_is_told_once(home):
    duties = Duties(home, UTC)
    set_hours(home, "door", WORK)
    assert duties.now("door", NOON).mode is Mode.QUIET
    home.duty("door").write_text("{")
    with pytest.raises(DataError, match=r"door\.json holds no hours"):
        duties.now("door", NOON)
    assert duties.now("door", NOON).mode is Mode.QUIET, "what was known holds"
    home.duty("door").unlink()
    assert duties.now("door", NOON).mode is Mode.ARMED
    home.duty("door").write_text("{")
    with pytest.raises(DataError):
        Duties(home, UTC).now("door", NOON)
    order(home, "door", Mode.OFF)
    assert duties.now("door", NOON).mode is Mode.OFF, "a person mends it by saying something"


def test_it_is_said_in_words():
    assert Duty(Mode.OFF, NOON + 24 * HOUR).words(UTC, NOON) == "off until Tue 12:00"
    assert Duty(Mode.ARMED, None, by_hand=True).words(UTC, NOON) == "armed by hand"
