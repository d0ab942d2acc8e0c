"""Hours of a week, by the clock on the wall, whatever it does in spring and autumn."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unusual.errors import ConfigError
from unusual.scores.hours import ALWAYS, MOST_LINES, SLOTS, Mode, Week, lines_of

BERLIN = ZoneInfo("Europe/Berlin")
A, Q, O = Mode.ARMED, Mode.QUIET, Mode.OFF  # noqa: E741


def at(*moment, fold=0):
    return datetime(*moment, tzinfo=BERLIN, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("lines", "moment", "mode"),
    [
        pytest.param([], (2026, 11, 30, 3), A, id="without lines it is armed"),
        pytest.param(["mon-fri 07:30-18:00 quiet"], (2026, 11, 30, 7, 29), A, id="a minute before"),
        pytest.param(["mon-fri 07:30-18:00 quiet"], (2026, 11, 30, 7, 30), Q, id="from its first minute"),
        pytest.param(["mon-fri 07:30-18:00 quiet"], (2026, 11, 30, 18), A, id="to its end"),
        pytest.param(["mon-fri 07:30-18:00 quiet"], (2026, 11, 29, 9), A, id="not on another day"),
        pytest.param(["sat-sun off"], (2026, 11, 29, 23, 59), O, id="a whole day"),
        pytest.param(["sun 22:00-06:00 off"], (2026, 11, 30, 5, 59), O, id="past midnight, and past the week's end"),
        pytest.param(["sun 22:00-06:00 off"], (2026, 11, 29, 5, 59), A, id="not the morning before"),
        pytest.param(["fri-mon off"], (2026, 11, 30, 12), O, id="days past the week's end"),
        pytest.param(["mon off", "daily quiet"], (2026, 11, 30, 12), O, id="the first line that fits counts"),
        pytest.param(["Mon,Wed  00:00-24:00 OFF"], (2026, 12, 2, 12), O, id="however it is written"),
        pytest.param(["mon 08:00-08:00 off"], (2026, 12, 1, 7, 59), O, id="round the clock"),
    ],
)
def test_the_mode_of_a_moment(lines, moment, mode):
    assert Week.of(lines).at(at(*moment), BERLIN) is mode


def test_summer_time_changes_nothing_that_a_clock_on_the_wall_shows():
    week = Week.of(["daily 02:30-04:00 off"])
    spring = [at(2026, 3, 29, 1, 59) + 60 * n for n in (0, 1, 30, 61)]  # 01:59, then 03:00, 03:29, 04:00
    assert [week.at(utc, BERLIN) for utc in spring] == [A, O, O, A]
    assert week.next_change(at(2026, 3, 29, 0), BERLIN) == at(2026, 3, 29, 3), "there is no half past two"
    autumn = [at(2026, 10, 25, 2, 29, fold=0), at(2026, 10, 25, 2, 30), at(2026, 10, 25, 2, 0, fold=1)]
    assert [week.at(utc, BERLIN) for utc in autumn] == [A, O, A], "half past two comes twice"
    assert week.next_change(autumn[1], BERLIN) == autumn[2]
    assert week.next_change(autumn[2], BERLIN) == at(2026, 10, 25, 2, 30, fold=1)


def test_the_next_change_is_told():
    week = Week.of(["mon-fri 07:30-18:00 quiet"])
    assert week.next_change(at(2026, 11, 30, 3), BERLIN) == at(2026, 11, 30, 7, 30)
    assert week.next_change(at(2026, 11, 30, 7, 30), BERLIN) == at(2026, 11, 30, 18)
    assert week.next_change(at(2026, 11, 27, 19), BERLIN) == at(2026, 11, 30, 7, 30)
    assert ALWAYS.next_change(0.0, BERLIN) is None
    assert Week.of(["daily off"]).next_change(0.0, UTC) is None


@given(st.lists(st.lists(st.sampled_from(list(Mode)), min_size=SLOTS, max_size=SLOTS), min_size=7, max_size=7))
def test_a_grid_becomes_lines_and_the_same_grid_again(grid):
    lines = lines_of(grid)
    if len(lines) <= MOST_LINES:
        assert Week.of(lines).grid == grid


@given(st.integers(0, 7 * 24 * 60 - 1))
def test_the_next_change_is_the_first_minute_of_another_mode(minute):
    week = Week.of(["mon-wed 22:15-06:00 off", "thu 12:00-12:30 quiet", "sat,mon quiet"])
    utc = at(2026, 10, 20) + 60 * minute
    change = week.next_change(utc, BERLIN)
    now = week.at(utc, BERLIN)
    assert week.at(change, BERLIN) is not now
    assert all(week.at(utc + 60 * n, BERLIN) is now for n in range(int((change - utc) // 60)) if utc + 60 * n < change)


def test_days_that_are_alike_are_one_line():
    night = [O] * 12 + [A] * 32 + [O] * 4
    assert lines_of([night] * 7) == ("daily 00:00-06:00 off", "daily 22:00-24:00 off")
    assert lines_of([[A] * SLOTS] * 7) == ()
    assert lines_of([[Q] * SLOTS, [A] * SLOTS, [Q] * SLOTS, *[[A] * SLOTS] * 4]) == ("mon,wed quiet",)


@pytest.mark.parametrize(
    "line",
    ["", "mon", "mon-fri 8-18 quiet", "mon 25:00-26:00 off", "mon 08:60-09:00 off", "mo off", "mon-off", "daily on"],
)
def test_what_are_no_hours_is_told_with_its_line(line):
    with pytest.raises(ConfigError, match=r"hours|days"):
        Week.of([line])


def test_too_many_lines_are_refused():
    with pytest.raises(ConfigError, match="up to 64 lines, got 65"):
        Week.of(["mon off"] * 65)


def test_a_day_of_the_calendar_has_the_mode_of_its_day_of_the_week():
    week = Week.of(["wed off"])
    days = [datetime(2026, 11, 30, 12) + timedelta(days=n) for n in range(7)]
    assert [week.mode(day) for day in days] == [A, A, O, A, A, A, A]
