"""The commands learn and update as a person types them: what they print, and how they refuse."""

import pytest
from made_camera import NAME, SETTINGS, camera_home, learnt, ordinary, place

from unusual.app.commands.cameras.learn import watched
from unusual.run.checkpoint import load_checkpoint
from unusual.store.cameras import read_card


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
        (["learn", "{clip}"], "4 min at the least"),
        (["learn", "{tmp}"], "holds no videos and no frames"),
        (["learn", "--as", "gate", "--update"], "no camera 'gate'"),
        (["update", "--as", "gate"], "no camera 'gate'"),
    ],
)
def test_a_mistake_is_one_clear_line_and_leaves_nothing(refused, words, said):
    assert said in refused(*words)


@pytest.mark.parametrize(
    ("sources", "next_one"),
    [
        (["rtsp://10.0.0.7/live"], "rtsp://10.0.0.7/live"),
        (["env:ENTRANCE_URL"], "env:ENTRANCE_URL"),
        (["rtsp://me:secret@10.0.0.7/live"], "SOURCE"),
        (["monday.mp4"], "SOURCE"),
        (["rtsp://10.0.0.7/live", "monday.mp4"], "SOURCE"),
    ],
)
def test_the_camera_that_was_learnt_from_is_named_next_unless_its_address_is_a_secret(sources, next_one):
    assert watched(sources) == next_one


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
