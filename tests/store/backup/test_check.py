"""What is wrong in a home."""

import os
import shutil
import sqlite3
import time
from contextlib import closing

import pytest
from made_home import add_event

from unusual.files import write_text
from unusual.store.backup.check import findings
from unusual.store.events import EventStore
from unusual.store.home import Home


def said(home):
    return " | ".join(str(each) for each in findings(home))


def test_a_sound_home_has_nothing_wrong(home):
    assert said(home) == ""
    assert "there is no home" in said(Home(home.folder / "nowhere"))


def lose_a_clip(home):
    next(home.media.glob("*/clip.mp4")).unlink()


def break_a_row(home):
    with closing(sqlite3.connect(home.database)) as database, database:
        database.execute("UPDATE events SET box = 'nonsense'")


def leave_a_folder(home):
    (home.media / ("x" * 22)).mkdir()


def change_the_model(home):
    (home.camera("door") / "model.safetensors").write_bytes(b"other")


def lose_the_model(home):
    (home.camera("door") / "model.safetensors").unlink()


def break_the_card(home):
    home.card("door").write_text("{}")


def break_the_hours(home):
    home.duty("door").write_text("{}}")


def break_the_zones(home):
    write_text(home.camera("door") / "zones.json", "nonsense")


def break_the_profiles(home):
    home.profiles.write_text("[]")


def open_to_all(home):
    home.dashboard.chmod(0o644)


def leave_a_part(home):
    part = home.camera("door") / ".camera.12345678.part.json"
    part.write_text("")
    os.utime(part, (time.time() - 7200,) * 2)


def keep_a_damaged_one(home):
    shutil.copy(home.database, home.database.with_name("events.db.damaged-1"))


def break_the_database(home):
    for end in ("-wal", "-shm"):
        home.database.with_name(home.database.name + end).unlink(missing_ok=True)
    home.database.write_bytes(b"nonsense" * 1000)


def dream_of_the_future(home):
    with closing(EventStore.open(home)) as store:
        add_event(store, "door", time.time() + 90_000, 1.0)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lose_a_clip, "1 events lack files that they name"),
        (break_a_row, "3 events cannot be read"),
        (leave_a_folder, "1 folders in"),
        (change_the_model, "model.safetensors is not what its card says"),
        (lose_the_model, "door cannot be watched"),
        (break_the_card, "door cannot be watched"),
        (break_the_hours, "holds no hours"),
        (break_the_zones, "holds no zones"),
        (break_the_profiles, "holds no profiles"),
        (open_to_all, "is open to everybody on this machine: chmod o="),
        (leave_a_part, "1 unfinished files"),
        (keep_a_damaged_one, "was kept for repair"),
        (break_the_database, "events.db cannot be used"),
        (dream_of_the_future, "the newest event is of the future: set the clock"),
    ],
    ids=lambda value: value.__name__.replace("_", " ") if callable(value) else "",
)
def test_what_is_wrong_is_said_with_what_to_do(home, act, words, caplog):
    act(home)
    assert words in said(home)


def test_a_full_disk_is_said(home, monkeypatch):
    monkeypatch.setattr("unusual.store.backup.check.LEAST_FREE", 1 << 60)
    assert "are free on the disk of" in said(home)
