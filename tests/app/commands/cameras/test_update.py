"""`unusual update` as a person types it: both models are shown, and who takes the new one."""

import pytest
from made_camera import NAME, SETTINGS, add_event, camera_home, place

from unusual.camera import update as updating
from unusual.camera.update import Rescored
from unusual.store.cameras import read_card
from unusual.store.events import Verdict

pytestmark = pytest.mark.usefixtures("unexported")


def test_the_update_of_a_camera_without_a_terminal_wants_yes(run, tmp_path):
    home = camera_home(tmp_path)
    for words in (("update", "--as", NAME), ("learn", "--as", NAME, "--update")):
        code, _, err = run(*words, "--home", home)
        assert code == 2
        assert "add --yes" in err


def test_yes_does_not_take_a_model_that_loses_useful_alarms_without_a_word_of_its_own(run, tmp_path, monkeypatch):
    home = camera_home(tmp_path)
    add_event(home, Verdict.ORDINARY)
    add_event(home, Verdict.USEFUL)
    monkeypatch.setattr(updating, "rescored", lambda home, event, *_: Rescored(event, 5.0, 1.0, True, False))
    before = read_card(home, NAME)
    more = ("--yes", "--home", home, "--cache", place() / "cache", "--set", SETTINGS[-1])
    code, out, err = run("update", "--as", NAME, *more)
    assert code == 1
    assert f"{NAME} stays as it is" in out
    assert "the new model loses 1 useful alarm" in err and "--even-if-worse" in err
    assert read_card(home, NAME) == before
    code, out, _ = run("update", "--as", NAME, *more, "--even-if-worse")
    assert code == 0
    assert read_card(home, NAME).model_sha256 != before.model_sha256


@pytest.mark.parametrize("words", [("update", "--as", NAME), ("learn", "--as", NAME, "--update")])
def test_update_shows_both_models_and_takes_the_new_one(run, tmp_path, words):
    home = camera_home(tmp_path)
    add_event(home, Verdict.ORDINARY)
    before = read_card(home, NAME)
    more = ("--yes", "--home", home, "--cache", place() / "cache", "--set", SETTINGS[-1])
    code, out, err = run(*words, *more)
    assert code == 0
    card = read_card(home, NAME)
    assert card.model_sha256 != before.model_sha256
    assert f"{NAME} has a new model; the old one is in {home.camera(NAME) / card.previous}" in " ".join(out.split())
    for row in ("ordinary", "alarms, old model", "alarms, new model"):
        assert row in out
    assert ("unusual update --as door" in err) == (words[0] == "learn")
    assert (home.camera(NAME) / "card.html").exists()
