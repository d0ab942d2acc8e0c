"""Profiles: kept, taken at once, forgotten."""

import pytest

from unusual.errors import ConfigError, DataError
from unusual.scores.hours import Mode
from unusual.store.home import Home
from unusual.store.rules.duty import Duties
from unusual.store.rules.profiles import MOST_PROFILES, read_profiles, take_profile, write_profile

AWAY = {"door": Mode.ARMED, "yard": Mode.QUIET}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_a_profile_says_it_of_all_its_cameras_at_once(home):
    write_profile(home, "away", AWAY)
    write_profile(home, "at home", {"door": Mode.OFF})
    assert read_profiles(home) == {"away": AWAY, "at home": {"door": Mode.OFF}}
    assert take_profile(home, "away") == AWAY
    duties = Duties(home)
    assert {name: duties.now(name).mode for name in AWAY} == AWAY
    assert all(duties.now(name).by_hand for name in AWAY)
    take_profile(home, "at home")
    assert (duties.now("door").mode, duties.now("yard").mode) == (Mode.OFF, Mode.QUIET)
    write_profile(home, "away", None)
    assert list(read_profiles(home)) == ["at home"]


def test_one_that_is_not_there_is_told_with_those_that_are(home):
    with pytest.raises(ConfigError, match="no profile 'night'; there are: none"):
        take_profile(home, "night")


@pytest.mark.parametrize("name", ["", " a", "a\n", "x" * 41])
def test_a_name_has_a_line_of_letters(home, name):
    with pytest.raises(ConfigError, match="a profile's name"):
        write_profile(home, name, AWAY)


def test_there_are_not_endlessly_many_and_a_file_that_is_not_ours_is_told(home):
    for number in range(MOST_PROFILES):
        write_profile(home, str(number), AWAY)
    with pytest.raises(ConfigError, match="forget one first"):
        write_profile(home, "more", AWAY)
    home.profiles.write_text('{"away": {"door": "open"}}')
    with pytest.raises(DataError, match="holds no profiles"):
        read_profiles(home)
