"""Files that one process writes and another reads: the same when they are whole, and not there when they are not."""

import json

import pytest

from unusual.errors import OutputError
from unusual.store.home import Home
from unusual.store.live import (
    Curve,
    Frames,
    Learning,
    Live,
    Model,
    read_curve,
    read_learning,
    read_live,
    write_curve,
    write_learning,
    write_live,
)

LIVE = Live(
    camera="door",
    utc=20.5,
    state="online",
    words="",
    frames=Frames(10, 7, 2, 1),
    fps=9.5,
    score=0.42,
    threshold=2.0,
    delay_s=0.3,
    recent=((19.0, 0.4), (20.0, 0.42)),
    event="a" * 22,
    model=Model("ustn-dsc", "small", "2026-11-14T09:12:00Z"),
    pid=7,
)
LEARNING = Learning(camera="door", utc=20.5, stage="training", share=0.4, words="40%", log=("read",))
CURVE = Curve(10.0, 14.0, 2.0, ((10.0, None), (10.5, 0.5), (14.0, 3.0)))


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_what_is_written_is_read(home):
    write_live(home, LIVE)
    write_learning(home, LEARNING)
    write_curve(home.event("a" * 22), CURVE)
    assert read_live(home, "door") == LIVE
    assert read_learning(home, "door") == LEARNING
    assert read_curve(home.event("a" * 22)) == CURVE


def test_the_files_are_those_of_before(home):
    write_live(home, LIVE)
    told = json.loads((home.folder / "live" / "door.json").read_text())
    assert told["frames"] == {"in": 10, "scored": 7, "dropped": 2, "gap": 1}
    assert told["recent"] == [[19.0, 0.4], [20.0, 0.42]]
    assert told["model"] == {"method": "ustn-dsc", "preset": "small", "learnt_at": "2026-11-14T09:12:00Z"}
    known = "camera, utc, state, words, health, frames, fps, score, threshold, delay_s, recent, event, model"
    assert ", ".join(told) == f"{known}, outage, light, pid"
    write_learning(home, LEARNING)
    told = json.loads((home.folder / "learning" / "door.json").read_text())
    known = {"camera": "door", "utc": 20.5, "stage": "training", "share": 0.4, "words": "40%", "log": ["read"]}
    assert told == known | {"done": None, "left_s": None}
    write_curve(home.event("a" * 22), CURVE)
    told = json.loads((home.folder / "media" / ("a" * 22) / "curve.json").read_text())
    assert told == {"start_utc": 10, "end_utc": 14, "threshold": 2, "scores": [[10, None], [10.5, 0.5], [14, 3]]}


@pytest.mark.parametrize(
    "broken",
    ["", "[]", "\x00", '{"utc": "x"}', '{"utc": 1, "state": 3}', '{"utc": 1, "state": "online", "event": "../x"}'],
)
def test_a_live_file_that_is_half_or_not_ours_is_not_there(home, broken):
    assert read_live(home, "door") is None
    write_live(home, LIVE)
    home.live("door").write_text(broken)
    assert read_live(home, "door") is None


@pytest.mark.parametrize("broken", ["", '{"utc": 1}', '{"utc": 1, "stage": "x", "share": NaN}'])
def test_a_learning_that_is_half_or_not_ours_is_not_there(home, broken):
    write_learning(home, LEARNING)
    home.learning("door").write_text(broken)
    assert read_learning(home, "door") is None


@pytest.mark.parametrize("broken", ["", "{}", '{"start_utc": NaN, "end_utc": 1, "threshold": 1, "scores": []}'])
def test_a_curve_that_is_half_or_not_ours_is_not_there(tmp_path, broken):
    (tmp_path / "curve.json").write_text(broken)
    assert read_curve(tmp_path) is None


def test_what_another_version_says_beside_is_left_alone(home):
    write_live(home, LIVE)
    home.live("door").write_text('{"utc": 1, "state": "online", "mood": "calm", "frames": {"in": 3, "lost": 1}}')
    assert read_live(home, "door") == Live(utc=1.0, state="online", frames=Frames(3))


def test_what_cannot_be_written_is_said(home):
    (home.folder / "live").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"):
        write_live(home, LIVE)
