"""The secret of a home: made once, for its owner alone, another one when it was deleted."""

import stat

import pytest

from unusual.errors import OutputError
from unusual.store.home import Home
from unusual.store.link_key import link_key, read_link_key


def test_it_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    home = Home(tmp_path / "home")
    assert read_link_key(home) is None
    key = link_key(home)
    assert len(key) == 32 and link_key(home) == read_link_key(home) == key
    assert stat.S_IMODE(home.link_key.stat().st_mode) == 0o600


def test_another_one_is_made_where_it_was_deleted_or_cut(tmp_path):
    home = Home(tmp_path)
    first = link_key(home)
    home.link_key.write_bytes(first[:7])
    assert read_link_key(home) is None
    assert link_key(home) != first


def test_where_it_cannot_be_written_that_is_said(tmp_path):
    (tmp_path / "home").write_text("no folder")
    with pytest.raises(OutputError):
        link_key(Home(tmp_path / "home"))
