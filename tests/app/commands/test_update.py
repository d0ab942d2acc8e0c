"""Learning again from what was marked ordinary: shown before it is taken, refused in one line, never half done."""

import shutil
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from made_camera import NAME, SETTINGS, alarming_at, camera_home, place, unusual_clip
from made_home import PICTURES

from unusual.app.commands import update as updating
from unusual.app.commands.update import run_update
from unusual.domain import Box
from unusual.errors import CheckpointError, ConfigError, DataError
from unusual.run.checkpoint import load_checkpoint
from unusual.run.fit import CacheLimits
from unusual.store.cameras import read_card, write_card
from unusual.store.events import EventStore, StoredEvent, Verdict
from unusual.store.names import new_id


def add_event(home, verdict, *, clip=True):
    event = StoredEvent(new_id(), NAME, 100.0, 120.0, 110.0, 5.0, 0.1, Box(0, 0, 1, 1))
    folder = home.folder / "media" / event.id
    with closing(EventStore.open(home)) as store:
        store.begin(event)
        store.review(event.id, reviewed=True, verdict=verdict, note="")
        if clip:
            folder.mkdir(parents=True)
            shutil.copy(unusual_clip(), folder / "clip.mp4")
            store.attach(event.id, ["clip.mp4", *PICTURES])


@pytest.fixture
def home(tmp_path):
    return camera_home(tmp_path)


def update(home, *, yes=True, name=NAME, changes=()):
    return run_update(home, name, (*SETTINGS[-1:], *changes), 0.0, 1.0, CacheLimits(place() / "cache"), yes=yes)


def test_a_new_model_is_shown_and_taken_and_the_old_one_kept(home, capsys):
    alarming_at(home, 0.01)
    add_event(home, Verdict.ORDINARY)
    add_event(home, Verdict.USEFUL)
    add_event(home, None)
    before = read_card(home, NAME)
    said = update(home)
    card = read_card(home, NAME)
    assert card.model_sha256 != before.model_sha256
    assert (card.footage, card.held) == (before.footage, before.held)
    assert card.calibrated_hours == pytest.approx(before.calibrated_hours)
    assert card.trained_hours > before.trained_hours
    folder = home.camera(NAME)
    assert load_checkpoint(folder / card.previous).config == load_checkpoint(folder).config
    assert f"the old one is in {folder / card.previous}" in said
    table = capsys.readouterr().out
    for row in ("ordinary", "useful", "no verdict", "alarms, old model", "alarms, new model"):
        assert row in table
    assert [path.name for path in folder.parent.iterdir()] == [NAME]
    assert not (home.folder / "learning").exists()
    assert {path.name for path in folder.iterdir()} >= {
        "card.html",
        "reference.png",
        "camera.json",
        "model.safetensors",
    }


@pytest.mark.parametrize(
    ("prepare", "kind", "said"),
    [
        pytest.param(lambda _: None, DataError, "marked ordinary", id="no event"),
        pytest.param(lambda home: add_event(home, Verdict.FALSE), DataError, "marked ordinary", id="another verdict"),
        pytest.param(
            lambda home: add_event(home, Verdict.ORDINARY, clip=False), DataError, "that has a clip", id="no clip"
        ),
        pytest.param(
            lambda home: (add_event(home, Verdict.ORDINARY), without_footage(home)),
            DataError,
            "is gone",
            id="no footage",
        ),
    ],
)
def test_what_it_cannot_learn_from_is_one_line_and_changes_nothing(home, prepare, kind, said):
    prepare(home)
    before = camera_files(home)
    with pytest.raises(kind, match=said):
        update(home)
    assert camera_files(home) == before


def without_footage(home):
    add_event(home, Verdict.ORDINARY)
    card = replace(read_card(home, NAME), footage={"/gone.mp4": ((0, 9),)})
    write_card(home.camera(NAME), card)


def camera_files(home):
    return {path: path.read_bytes() for path in (home.folder / "cameras").rglob("*") if path.is_file()}


def test_without_a_terminal_it_wants_to_be_told_to(home, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    add_event(home, Verdict.ORDINARY)
    with pytest.raises(ConfigError, match="--yes"):
        update(home, yes=False)


def test_a_camera_or_a_setting_that_is_not_there_is_told_first(home):
    with pytest.raises(CheckpointError, match="no camera 'gate'"):
        update(home, name="gate")
    with pytest.raises(ConfigError, match=r"training\.speed"):
        update(home, changes=["training.speed=1"])


def test_a_no_or_a_crash_leaves_the_old_model(home, monkeypatch):
    add_event(home, Verdict.ORDINARY)
    before = camera_files(home)

    class Person:
        isatty = staticmethod(lambda: True)
        readline = staticmethod(lambda: "n\n")

    monkeypatch.setattr(sys, "stdin", Person())

    def crash(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(updating, "fit", crash)
        update(home)
    assert camera_files(home) == before
    assert update(home, yes=False) == f"{NAME} stays as it is"
    assert camera_files(home) == before
