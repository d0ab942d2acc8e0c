"""`unusual serve`: where it may listen, and how a password is set."""

import io
import sys

import pytest

from unusual.app.cli import main
from unusual.app.dashboard.door.keys import read_lock
from unusual.store.home import Home


def test_a_new_password_is_read_from_the_input_or_the_environment_and_no_word_of_the_command(tmp_path, monkeypatch):
    for typed, environment in (("from the input", ""), ("", "from the environment")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed + "\nmore\n"))
        monkeypatch.setenv("UNUSUAL_PASSWORD", environment)
        monkeypatch.setattr(sys, "argv", ["unusual", "serve", "--home", str(tmp_path), "--set-password"])
        assert main() == 0
        assert read_lock(Home(tmp_path)).password.fits(typed or environment)


def test_a_viewer_gets_a_password_of_his_own(run, tmp_path, monkeypatch):
    monkeypatch.setenv("UNUSUAL_PASSWORD", "anna's afternoon")
    code, out, _ = run("serve", "--home", tmp_path, "--set-password", "--user", "anna")
    assert (code, "the password of anna is set" in out) == (0, True)
    assert [user.name for user in read_lock(Home(tmp_path)).users] == ["anna"]
    assert read_lock(Home(tmp_path)).password is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("--port", "65536"), "--port", id="no such port"),
        pytest.param(("--host", "0.0.0.0"), "set a password first, unusual serve --set-password", id="no password"),
    ],
)
def test_where_it_may_not_listen_is_one_line(run, tmp_path, words, said):
    code, out, err = run("serve", "--home", tmp_path / "home", *words)
    assert (code, out) == (2, "")
    assert said in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("setup", "gate"), "nothing was said of a camera 'gate'", id="no setup"),
        pytest.param(("serve", "--footage", "films"), "films is no folder", id="no such recordings"),
    ],
)
def test_what_was_not_set_up_and_is_not_there_is_one_line(run, tmp_path, words, said):
    code, out, err = run(*words, "--home", tmp_path / "home")
    assert (code, out) == (2, "") and said in err.splitlines()[-1]
