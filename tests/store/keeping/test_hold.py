"""Who takes events along, and who deletes, wait for each other."""

import threading

import pytest

from unusual.errors import OutputError
from unusual.store.home import Home
from unusual.store.keeping.hold import kept_whole, may_delete


def test_nothing_may_be_deleted_while_anybody_holds_the_home(tmp_path):
    home = Home(tmp_path)
    with kept_whole(home), kept_whole(home), may_delete(home) as free:
        assert not free
    with may_delete(home) as free:
        assert free


def test_who_takes_along_waits_for_who_deletes(tmp_path):
    home, held = Home(tmp_path), threading.Event()

    def take():
        with kept_whole(home):
            held.set()

    with may_delete(home):
        taker = threading.Thread(target=take)
        taker.start()
        assert not held.wait(0.2)
    taker.join(10)
    assert held.is_set()


def test_a_home_that_cannot_be_held_is_told(tmp_path):
    with pytest.raises(OutputError, match="cannot write"), kept_whole(Home(tmp_path / "gone")):
        pass
    with may_delete(Home(tmp_path / "gone")) as free:  # a full disk is no reason to delete nothing
        assert free
