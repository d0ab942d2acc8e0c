"""The commands learn and watch as a person types them: what they print, and how they refuse."""

import pytest
from made_camera import NAME, SETTINGS, camera_home, ordinary, place, unusual_clip

from unusual.app.commands.cameras import seconds_of
from unusual.errors import ConfigError


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
        (["learn", "{tmp}"], "is empty"),
        (["learn", "--as", "gate", "--update"], "no camera 'gate'"),
        (["watch"], "give a source and --model"),
        (["watch", "{clip}"], "give a source and --model"),
        (["watch", "--model", NAME], "give a source and --model"),
        (["watch", "{clip}", "--model", NAME], f"no camera '{NAME}'"),
        (["watch", "{clip}", "--model", NAME, "--pace", "slow"], "--pace is one of"),
        (["watch", "{clip}", "--config", "x.toml"], "give a source and --model"),
        (["watch", "--config", "x.toml"], "cannot read x.toml"),
        (["watch", "{clip}", "--model", NAME, "--alarms-per-day", "nan"], "alarms-per-day"),
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


def test_a_name_is_learnt_once_and_what_was_learnt_is_watched(run, tmp_path):
    home = camera_home(tmp_path)
    settings = [word for change in SETTINGS for word in ("--set", change)]
    code, _, err = run("learn", ordinary(), "--as", NAME, "--home", home, "--cache", place() / "cache", *settings)
    assert code == 2
    assert f"{NAME} was learnt already" in err
    code, out, err = run("watch", unusual_clip(), "--model", NAME, "--home", home, "--pace", "fast")
    assert code == 0
    assert out.startswith(f"{NAME}: frames 100 in, 100 scored, 0 dropped, 0 gap; ")
    assert f"{NAME}: ended" in err


def test_the_update_of_a_camera_without_a_terminal_wants_yes(run, tmp_path):
    code, _, err = run("learn", "--as", NAME, "--update", "--home", camera_home(tmp_path))
    assert code == 2
    assert "add --yes" in err


@pytest.mark.parametrize(("words", "seconds"), [("90s", 90), ("1.5h", 5400), (" 2d ", 172800), ("", 0)])
def test_a_duration_in_seconds(words, seconds):
    assert seconds_of(words) == seconds


@pytest.mark.parametrize("words", ["2", "h", "-1h", "1e3s", "1h30m", "nan", "inf", "2 h"])
def test_what_is_no_duration(words):
    with pytest.raises(ConfigError, match="a duration is"):
        seconds_of(words)
