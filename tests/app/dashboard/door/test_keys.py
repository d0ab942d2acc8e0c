"""Passwords and tokens, as they are kept."""

import json
import threading

import pytest

from unusual.app.dashboard.door.keys import (
    MOST_TOKENS,
    MOST_USERS,
    Lock,
    Token,
    change_lock,
    make_token,
    read_lock,
    remove_user,
    revoke_token,
    write_password,
)
from unusual.errors import ConfigError
from unusual.store.home import Home

WORDS = "a quiet afternoon"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_a_token_is_shown_once_and_kept_as_its_digest(home):
    words, token = make_token(home, "grafana", "read")
    kept = home.dashboard.read_text()
    assert words.startswith("unusual_") and len(words) > 40
    assert words not in kept and words.removeprefix("unusual_") not in kept
    assert read_lock(home).tokens == (token,)
    assert home.dashboard.stat().st_mode & 0o077 == 0
    revoke_token(home, token.id)
    assert read_lock(home).tokens == ()
    with pytest.raises(ConfigError, match="there is no token"):
        revoke_token(home, token.id)


def test_a_user_has_a_password_of_his_own(home):
    write_password(home, WORDS)
    write_password(home, "another afternoon", "anna")
    lock = read_lock(home)
    assert lock.password_of("anna").fits("another afternoon") and not lock.password_of("anna").fits(WORDS)
    assert lock.password_of("admin").fits(WORDS)
    assert lock.password_of("bert") is None
    write_password(home, "a third afternoon", "anna")
    (anna,) = read_lock(home).users
    assert anna.password.fits("a third afternoon")
    remove_user(home, "anna")
    assert read_lock(home).password_of("anna") is None
    with pytest.raises(ConfigError, match="there is no user"):
        remove_user(home, "anna")


@pytest.mark.parametrize("name", ["", "Anna", "a b", "../etc", "x" * 31, "-x", "anna\n"])
def test_a_name_that_is_none_is_refused(home, name):
    with pytest.raises(ConfigError, match="a user's name is"):
        write_password(home, WORDS, name)
    assert not home.dashboard.exists()


def test_there_are_not_without_end_of_them(home, monkeypatch):
    token = Token(id="0" * 8, name="x", scope="read", digest="0" * 64, made_utc=0.0)
    change_lock(home, lambda lock: lock.model_copy(update={"tokens": (token,) * MOST_TOKENS}))
    with pytest.raises(ConfigError, match="revoke one first"):
        make_token(home, "more", "read")
    monkeypatch.setattr("unusual.app.dashboard.door.keys.MOST_USERS", 0)
    with pytest.raises(ConfigError, match="remove one first"):
        write_password(home, WORDS, "anna")
    assert MOST_USERS


def test_a_file_of_before_is_read(home):
    home.dashboard.write_text(json.dumps({"format": "unusual-dashboard-1", "password": None, "names": ["x.example"]}))
    assert read_lock(home) == Lock(names=("x.example",))


def test_a_file_that_is_not_ours_is_kept_beside_the_new_password(home):
    home.dashboard.write_text("nonsense")
    with pytest.raises(ConfigError, match="set the password again"):
        make_token(home, "x", "read")
    write_password(home, WORDS)
    assert read_lock(home).password.fits(WORDS)
    assert (home.folder / "dashboard.json.broken").read_text() == "nonsense"


def test_what_two_do_at_once_is_both_kept(home):
    threads = [threading.Thread(target=make_token, args=[home, f"t{i}", "read"]) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {token.name for token in read_lock(home).tokens} == {f"t{i}" for i in range(8)}
