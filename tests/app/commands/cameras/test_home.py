"""`unusual home`, as a person types it."""

from contextlib import closing

from made_home import add_event

from unusual.store.events import EventStore
from unusual.store.home import Home


def test_back_up_restore_check(run, tmp_path):
    with closing(EventStore.open(Home(tmp_path / "home"))) as store:
        add_event(store, "door", 1000.0, 3.0, clip=True)
    code, out, _ = run("home", "backup", tmp_path / "a.tar", "--home", tmp_path / "home", "--without-media")
    assert code == 0 and "1 files, 1 events" in out
    assert run("home", "restore", tmp_path / "a.tar", "--home", tmp_path / "there")[0] == 0
    code, out, _ = run("home", "check", "--home", tmp_path / "there")
    assert (code, "lack files that they name" in out) == (1, True)
    code, _, err = run("home", "restore", tmp_path / "a.tar", "--home", tmp_path / "there")
    assert (code, "move it away" in err) == (2, True)
    assert run("home", "backup", tmp_path / "b.tar", "--home", tmp_path / "nowhere")[0] == 2
