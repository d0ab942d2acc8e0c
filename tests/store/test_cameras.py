"""A camera's folder: its card reads back, a wrong one is one line, and a new model never costs the old one."""

import errno
import fcntl
import json
import math
from dataclasses import replace

import pytest
from made_home import SCALE, learn_camera

from unusual.errors import CheckpointError, ConfigError, DataError, OutputError, UnusualError
from unusual.scores.alarms import MOST_A_DAY, RANGES
from unusual.store.cameras import (
    camera_names,
    learnt_alone,
    mend_camera,
    read_card,
    take_model,
    watched_alone,
    write_card,
)
from unusual.store.home import Home

LATER = "2026-11-15T00:00:00+00:00"


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    learn_camera(home, "door")
    return home


def new_model(home):
    """A finished new model beside the old one: the folder and its card."""
    card = replace(read_card(home, "door"), learnt_at=LATER, model_sha256="cd", previous="previous/ab")
    part = home.folder / "cameras" / ".door.update"
    write_card(part, card)
    return part, card


def test_a_card_reads_back_as_it_was_written(home):
    card = replace(read_card(home, "door"), findings=("<dark>",), footage={"/a b.mp4": ((0, 10), (20, 30))})
    write_card(home.camera("door"), card)
    assert read_card(home, "door") == card


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate", 0), ("rate", -5), ("learnt_at", "yesterday"), ("alarms_per_day", -1), ("alarms_per_day", 1e9),
        ("name", "gate"), ("hours", 0), ("block_s", 0), ("tail", []), ("independent", 0), ("scale", -1),
    ],
)  # fmt: skip
def test_a_card_with_a_number_that_cannot_be_is_one_line(home, key, value):
    file = home.camera("door") / "camera.json"
    told = json.loads(file.read_text())
    (told["alarm_scale"] if key in told["alarm_scale"] else told)[key] = value
    file.write_text(json.dumps(told))
    with pytest.raises(CheckpointError) as error:
        read_card(home, "door")
    assert "\n" not in str(error.value)


def test_a_camera_is_learnt_by_one_at_a_time(home):
    folder = home.camera("door")
    busy = pytest.raises(ConfigError, match="door is being learnt already")
    with learnt_alone(folder, "door"), busy, learnt_alone(folder, "door"):
        pass
    with learnt_alone(folder, "door"):
        folder.rename(folder.with_name("moved"))
    assert (folder.with_name("moved") / "camera.json").exists()
    with learnt_alone(home.folder / "new" / "folder", "new"):
        assert (home.folder / "new" / "folder").is_dir()
    assert not (home.folder / "new").exists()


def test_cameras_are_those_with_a_card_that_are_not_being_made(home):
    learn_camera(home, "a-2")
    new_model(home)
    (home.folder / "cameras" / "empty").mkdir()
    assert camera_names(home) == ["a-2", "door"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "unusual-camera-2"}', "\x00\xff", "null"])
def test_a_card_that_is_not_ours_is_one_line(home, text):
    (home.camera("door") / "camera.json").write_text(text, encoding="latin-1")
    with pytest.raises(CheckpointError, match="not written by this version") as told:
        read_card(home, "door")
    assert "\n" not in str(told.value)


def test_a_card_of_another_format_says_which(home):
    card = home.camera("door") / "camera.json"
    card.write_text(card.read_text().replace("unusual-camera-1", "unusual-camera-9"))
    with pytest.raises(CheckpointError, match="unusual-camera-9"):
        read_card(home, "door")


def test_a_camera_that_is_not_there_is_told_with_those_that_are(home):
    with pytest.raises(CheckpointError, match=r"no camera 'gate'.*there are: door"):
        read_card(home, "gate")


@pytest.mark.parametrize("name", ["", "..", "../door", "Door", "a" * 42, "a/b", "-a", "door\n", "türe"])
def test_a_name_that_is_no_name_never_becomes_a_path(home, name):
    with pytest.raises(DataError, match="a camera's name is"):
        home.camera(name)


def test_a_new_model_takes_the_place_and_the_old_ones_stay_below_it(home):
    for sha in ("ab", "cd"):
        part, card = new_model(home)
        card = replace(card, model_sha256=sha + "+", previous=f"previous/{sha}")
        write_card(part, card)
        take_model(home.camera("door"), part, card)
        assert read_card(home, "door") == card
    assert sorted(file.parent.name for file in home.folder.glob("cameras/door/previous/*/camera.json")) == ["ab", "cd"]
    assert [path.name for path in (home.folder / "cameras").iterdir()] == ["door"]


@pytest.mark.parametrize("renames", [0, 1, 2, 3])
def test_a_crash_at_any_moment_of_the_change_leaves_a_camera(home, renames, monkeypatch):
    part, card = new_model(home)
    old = read_card(home, "door")
    kind, left = type(home.folder), [renames]
    rename = kind.replace

    def counted(self, target):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return rename(self, target)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(kind, "replace", counted)
        take_model(home.camera("door"), part, card)
        raise KeyboardInterrupt
    mend_camera(home, "door")
    assert read_card(home, "door") == (old if renames < 2 else card)
    if renames >= 2:
        assert (home.camera("door") / "previous" / "ab" / "camera.json").exists()
    assert not list((home.folder / "cameras").glob(".door.old"))


def test_mending_leaves_a_whole_camera_alone(home):
    before = read_card(home, "door")
    mend_camera(home, "door")
    mend_camera(home, "never-learnt")
    assert read_card(home, "door") == before


def test_what_cannot_be_moved_is_one_line(home):
    part, card = new_model(home)
    (home.folder / "cameras" / ".door.old").write_text("in the way")
    with pytest.raises(UnusualError, match="cannot put the new model into"):
        take_model(home.camera("door"), part, card)
    assert read_card(home, "door").learnt_at != LATER


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1e30, 1e30])
@pytest.mark.parametrize(
    "name", ["rate", "hours", "trained_hours", "calibrated_hours", "leave", "still_s", "width", "height"]
)
def test_a_number_that_a_card_cannot_have_is_refused_by_its_name(tmp_path, name, value):
    home = Home(tmp_path)
    learn_camera(home, "door")
    with pytest.raises(ConfigError, match=f"^{name} is "):
        replace(read_card(home, "door"), **{name: value})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1e30, 1e30, 1e300])
@pytest.mark.parametrize("name", [*RANGES, "tail"])
def test_an_alarm_scale_whose_thresholds_would_mean_nothing_is_refused(name, value):
    changed = (*SCALE.tail[:-1], value) if name == "tail" else value
    with pytest.raises(ConfigError, match="an alarm scale"):
        replace(SCALE, **{name: changed})


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize("name", RANGES)
def test_every_alarm_scale_that_is_not_refused_has_thresholds(name, end):
    try:
        scale = replace(SCALE, **{name: RANGES[name][end]})
    except ConfigError:
        return  # it does not go with the others
    for alarms in (0.001, 1.0, MOST_A_DAY):
        assert math.isfinite(scale.threshold(alarms).score)
    assert 0 <= scale.alarms_per_day(1.5) < math.inf
    assert math.isfinite(scale.fewest_a_day)


def test_a_system_without_locks_is_no_other_watcher_and_another_watcher_is(tmp_path, monkeypatch):
    home = Home(tmp_path)
    with (
        watched_alone(home, "door"),
        pytest.raises(ConfigError, match="watched already, by another process"),
        watched_alone(home, "door"),
    ):
        pass

    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    for held in (lambda: watched_alone(home, "door"), lambda: learnt_alone(tmp_path / "new", "door")):
        with pytest.raises(OutputError, match="No locks available; choose another home"), held():
            pass


def test_a_lock_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "live").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"), watched_alone(Home(tmp_path), "door"):
        pass
