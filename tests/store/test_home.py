"""Where everything in the home folder is: the paths that homes of before have."""

from pathlib import Path

import pytest

from unusual.errors import DataError
from unusual.store.home import Home, home_folder

HOME = Home(Path("h"))
ID = "a" * 22


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (HOME.database, "events.db"),
        (HOME.dashboard, "dashboard.json"),
        (HOME.link_key, "links.key"),
        (HOME.media, "media"),
        (HOME.event(ID), f"media/{ID}"),
        (HOME.camera("door"), "cameras/door"),
        (HOME.card("door"), "cameras/door/camera.json"),
        (HOME.footage("door"), "footage/door"),
        (HOME.learning("door"), "learning/door.json"),
        (HOME.live("door"), "live/door.json"),
        (HOME.picture("door"), "live/door.jpg"),
        (HOME.watching("door"), "live/door.lock"),
        (HOME.scores("door"), "scores/door"),
        (HOME.duty("door"), "duty/door.json"),
        (HOME.profiles, "profiles.json"),
    ],
    ids=str,
)
def test_every_place_is_where_it_always_was(place, path):
    assert place == Path("h") / path


@pytest.mark.parametrize(
    "of",
    [
        HOME.camera,
        HOME.card,
        HOME.footage,
        HOME.learning,
        HOME.live,
        HOME.picture,
        HOME.watching,
        HOME.scores,
        HOME.duty,
    ],
)
@pytest.mark.parametrize("name", ["..", "a/b", "", "A", ".door"])
def test_a_name_never_leads_out_of_the_folder(of, name):
    with pytest.raises(DataError, match="a camera's name"):
        of(name)


@pytest.mark.parametrize("event", ["..", "../../../../tmp/xxxxxxx", "/" + "a" * 21, "", "a" * 21 + "\0"])
def test_an_id_never_leads_out_of_the_folder(event):
    with pytest.raises(DataError, match="an event's id"):
        HOME.event(event)


def test_the_files_of_all_cameras_are_found(tmp_path):
    home = Home(tmp_path)
    for name in ("door", "gate"):
        for file in (home.card(name), home.live(name), home.learning(name), home.scores(name) / "2026-07-01.csv"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    home.picture("door").touch()
    (tmp_path / "cameras" / ".door.learning").mkdir()
    (tmp_path / "cameras" / ".door.learning" / "camera.json").touch()
    assert sorted(home.cards()) == [home.card("door"), home.card("gate")]
    assert sorted(home.lives()) == [home.live("door"), home.live("gate")]
    assert sorted(home.learnings()) == [home.learning("door"), home.learning("gate")]
    assert len(list(home.timelines())) == 2


def test_the_home_is_the_chosen_one_else_the_environments_else_here(monkeypatch):
    monkeypatch.delenv("UNUSUAL_HOME", raising=False)
    assert home_folder() == Home(Path("unusual-home"))
    monkeypatch.setenv("UNUSUAL_HOME", "/cameras")
    assert home_folder() == Home(Path("/cameras"))
    assert home_folder(Path("mine")) == Home(Path("mine"))
