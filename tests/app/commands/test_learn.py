"""The commands learn and update as a person types them: what they print, and how they refuse."""

import pytest
from made_camera import NAME, SETTINGS, add_event, camera_home, learnt, ordinary, place, unusual_clip

from unusual.camera import update as updating
from unusual.camera.update import Rescored
from unusual.run.checkpoint import load_checkpoint
from unusual.store.cameras import read_card
from unusual.store.events import Verdict


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["learn"], "give ordinary footage"),
        (["learn", "{clip}", "--odd", "perhaps"], "--odd is one of ask, aside, ordinary, unusual"),
        (["learn", "{clip}", "--as", "../x"], "a camera's name"),
        (["learn", "{clip}", "--for", "soon"], "a duration is a number"),
        (["learn", "rtsp://u:canary@127.0.0.1:1/x"], "--for"),
        (["learn", "{clip}", "--alarms-per-day", "0"], "alarms-per-day"),
        (["learn", "{clip}", "--minutes", "-1"], "minutes"),
        (["learn", "{clip}", "--minutes", "nan"], "minutes"),
        (["learn", "{clip}", "--set", "nonsense"], "section.key=value"),
        (["learn", "{clip}"], "4.0 minutes at the least"),
        (["learn", "{tmp}"], "holds no videos and no frames"),
        (["learn", "--as", "gate", "--update"], "no camera 'gate'"),
        (["update", "--as", "gate"], "no camera 'gate'"),
    ],
)
def test_a_mistake_is_one_clear_line_and_leaves_nothing(run, tmp_path, monkeypatch, words, said):
    monkeypatch.setenv("UNUSUAL_CACHE", str(place() / "cache"))
    monkeypatch.setenv("UNUSUAL_HOME", str(tmp_path / "home"))
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    code, out, err = run(*(word.format(clip=unusual_clip(), tmp=tmp_path / "in") for word in words))
    assert (code, out) == (2, "")
    line = err.strip().splitlines()[-1]
    assert line.startswith("unusual: ")
    assert said in line
    assert list(tmp_path.rglob("*")) == [tmp_path / "in"]


def test_a_name_is_learnt_once(run, tmp_path):
    home = camera_home(tmp_path)
    settings = [word for change in SETTINGS for word in ("--set", change)]
    code, _, err = run("learn", ordinary(), "--as", NAME, "--home", home, "--cache", place() / "cache", *settings)
    assert code == 2
    assert f"{NAME} was learnt already" in err


def test_what_was_learnt_is_said_with_what_to_type_next():
    home, said = learnt()
    folder = home.camera(NAME)
    card = read_card(home, NAME)
    assert card.alarm_scale.threshold(card.wanted()).words in said
    assert "it can be expected to find what moves faster" in said
    assert load_checkpoint(folder).provenance.scale_s == pytest.approx(3600 * card.calibrated_hours, abs=0.1)
    assert f"camera: {folder}\ncard: {folder / 'card.html'}" in said
    assert f"next: unusual watch SOURCE --model {NAME}" in said
    assert (folder / "card.html").exists()
    assert "training ..." in said


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
