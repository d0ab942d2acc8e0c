"""A home backed up, restored and checked, in lines."""

from contextlib import closing

from made_home import add_event

from unusual.app.homes import back_up_home, check_home, restore_home
from unusual.store.events import EventStore
from unusual.store.home import Home


def test_a_home_goes_into_a_file_and_comes_out_again(tmp_path, capsys):
    home = Home(tmp_path / "home")
    with closing(EventStore.open(home)) as store:
        add_event(store, "door", 1000.0, 3.0, clip=True)
    assert ": 9 files, 1 events, " in back_up_home(home, tmp_path / "a.tar", media=True, footage=False)
    assert "as it was on 20" in restore_home(Home(tmp_path / "there"), tmp_path / "a.tar")
    assert check_home(Home(tmp_path / "there")) == 0
    assert "nothing is wrong" in capsys.readouterr().out


def test_a_door_that_opens_for_nobody_is_a_problem(tmp_path, capsys):
    home = Home(tmp_path)
    home.dashboard.write_text("nonsense")
    home.dashboard.chmod(0o600)
    tmp_path.chmod(0o700)
    assert check_home(home) == 1
    assert "nobody can log in" in capsys.readouterr().out
