"""Learning again from what was marked ordinary: shown before it is taken, refused in one line, never half done."""

import shutil
from dataclasses import replace

import pytest
from made_camera import NAME, SETTINGS, add_event, alarming_at, camera_home, place
from made_lights import DAY, NIGHT, film, learnt_in_both

from unusual.camera import update as updating
from unusual.camera.update import update_camera
from unusual.errors import CheckpointError, ConfigError, DataError
from unusual.run.checkpoint import load_checkpoint
from unusual.run.fit import CacheLimits
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.cameras import read_card, read_cards, write_card
from unusual.store.events import Verdict
from unusual.store.home import Home
from unusual.store.rules.zones import write_zones

pytestmark = pytest.mark.usefixtures("unexported")


@pytest.fixture
def home(tmp_path):
    return camera_home(tmp_path)


def update(home, *, accept=lambda past: True, name=NAME, changes=(), listener=None):
    words = {"minutes": 0.0, "alarms_per_day": 1.0, "cache": CacheLimits(place() / "cache"), "listener": listener}
    (updated,) = update_camera(name, home, accept=accept, changes=(*SETTINGS[-1:], *changes), **words)
    return updated


def test_a_new_model_is_shown_and_taken_and_the_old_one_kept(home):
    alarming_at(home, 0.01)
    add_event(home, Verdict.ORDINARY)
    add_event(home, Verdict.USEFUL)
    add_event(home, None)
    before = read_card(home, NAME)
    far = (Zone(ZoneKind.IGNORE, ((0.0, 0.0), (0.01, 0.0), (0.01, 0.05))),)
    write_zones(home.camera(NAME), far)
    shown = []
    updated = update(home, accept=lambda past: shown.append(past) or True)
    card = read_card(home, NAME)
    assert card.model_sha256 != before.model_sha256
    assert (card.footage, card.held) == (before.footage, before.held)
    assert card.calibrated_hours == pytest.approx(before.calibrated_hours)
    assert card.trained_hours > before.trained_hours
    folder = home.camera(NAME)
    assert load_checkpoint(folder / card.previous).config == load_checkpoint(folder).config
    assert load_checkpoint(folder).zone_map.zones == far
    assert (updated.taken, updated.folder, updated.card) == (True, folder / card.previous, card)
    assert shown == [updated.events]
    assert {each.event.verdict for each in updated.events} == {Verdict.ORDINARY, Verdict.USEFUL, None}
    assert all(each.old_alarm for each in updated.events)
    assert [path.name for path in folder.parent.iterdir()] == [NAME]
    assert not (home.folder / "learning").exists()
    assert {path.name for path in folder.iterdir()} >= {
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


def test_a_camera_or_a_setting_that_is_not_there_is_told_first(home):
    with pytest.raises(CheckpointError, match="no camera 'gate'"):
        update(home, name="gate")
    with pytest.raises(ConfigError, match=r"training\.speed"):
        update(home, changes=["training.speed=1"])


def test_a_no_or_a_crash_leaves_the_old_model(home, monkeypatch):
    add_event(home, Verdict.ORDINARY)
    before = camera_files(home)

    def crash(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(updating, "fit", crash)
        update(home)
    assert camera_files(home) == before
    assert update(home, accept=lambda past: False).taken is False
    assert camera_files(home) == before


def test_of_two_lights_the_one_learns_in_which_something_was_marked(tmp_path):
    home = Home(shutil.copytree(learnt_in_both()[0].folder, tmp_path / "home"))
    day, night = read_cards(home, NAME)
    event = add_event(home, Verdict.ORDINARY)
    film(home.event(event) / "clip.mp4", NIGHT)
    add_event(home, None)  # by day
    updated = update_camera(NAME, home, accept=lambda past: len(past) == 1, cache=CacheLimits(place() / "cache"))
    ((card, events, taken, folder),) = [(each.card, each.events, each.taken, each.folder) for each in updated]
    assert taken and card.light is NIGHT and card.model_sha256 != night.model_sha256
    assert [each.event.id for each in events] == [event]
    assert read_cards(home, NAME) == [day, card]
    assert folder == night.folder(home) / card.previous
    film(home.event(event) / "clip.mp4", DAY)
    (updated,) = update_camera(NAME, home, accept=lambda past: True, cache=CacheLimits(place() / "cache"))
    assert updated.card.lights == (DAY, NIGHT)
    assert read_cards(home, NAME) == [updated.card, card], "the night stays where it was"
    assert load_checkpoint(card.folder(home)).sha256 == card.model_sha256
