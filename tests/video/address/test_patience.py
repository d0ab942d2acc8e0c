"""How long a source is waited for, by what it took before and by how long it has been away."""

import pytest

from unusual.errors import ConfigError
from unusual.video.address.patience import CRASHES, OPENING, Patience


def patience(stall_s=5.0, first_wait_s=1.0, longest_wait_s=30.0):
    return Patience(stall_s, first_wait_s, longest_wait_s, seed=0)


def test_what_was_never_opened_has_all_the_time():
    assert patience().opening_s(0.0) == patience().opening_s(1e6) == OPENING * 5.0


@pytest.mark.parametrize(
    ("took_s", "away_s", "limit_s"),
    [
        pytest.param([0.4], 0.0, 2.5, id="half a stall at the least"),
        pytest.param([0.4, 2.0, 0.4], 0.0, 4.0, id="twice the longest that it took"),
        pytest.param([0.4], 60.0, 6.0, id="a tenth of the outage: it may be slower now"),
        pytest.param([0.4], 1e6, 15.0, id="no longer than what was never opened"),
        pytest.param([14.0], 0.0, 15.0, id="of a slow one neither"),
    ],
)
def test_what_was_opened_before_is_given_up_sooner(took_s, away_s, limit_s):
    watched = patience()
    for seconds in took_s:
        watched.opened(seconds)
    assert watched.opening_s(away_s) == limit_s


@pytest.mark.parametrize(
    ("words", "away_s", "hung_s", "lowest_s", "highest_s"),
    [
        pytest.param("connection refused", 0.0, 0.0, 0.75, 1.0, id="at first"),
        pytest.param("connection refused", 1000.0, 0.0, 7.5, 10.0, id="a hundredth of the outage"),
        pytest.param("connection refused", 1e6, 0.0, 22.5, 30.0, id="at the most"),
        pytest.param("401 unauthorized", 0.0, 0.0, 30.0, 30.0, id="a wrong password"),
        pytest.param("no picture for 5 s", 0.0, 5.0, 0.0, 0.0, id="it was waited for already"),
        pytest.param("no picture for 5 s", 1e6, 5.0, 17.5, 25.0, id="the rest of it"),
    ],
)
def test_waits(words, away_s, hung_s, lowest_s, highest_s):
    watched = patience()
    assert all(lowest_s <= watched.wait_s(words, away_s, hung_s) <= highest_s for _ in range(50))


def test_it_is_over_after_so_many_crashes_and_not_after_other_ends():
    watched = patience()
    assert not any(watched.over(crashed=False) for _ in range(99))
    assert [watched.over(crashed=True) for _ in range(CRASHES)] == [False] * (CRASHES - 1) + [True]


@pytest.mark.parametrize(("first_s", "longest_s"), [(0.0, 1.0), (2.0, 1.0)])
def test_waits_that_make_no_sense_are_refused(first_s, longest_s):
    with pytest.raises(ConfigError, match="need 0 < first_wait_s"):
        patience(first_wait_s=first_s, longest_wait_s=longest_s)
