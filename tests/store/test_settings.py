"""What was set of a camera: by a person first, else by how watching was begun."""

import sqlite3

import pytest

from unusual.errors import DataError
from unusual.store.database import STEPS, Database
from unusual.store.home import Home
from unusual.store.settings import Setting, Settings

ALARMS, COOL_DOWN = Setting.ALARMS_PER_DAY, Setting.COOL_DOWN_S


def test_a_setting_is_kept_changed_and_left_to_its_default_again(store):
    assert store.settings.get("gate", Setting.ALARMS_PER_DAY) is None
    store.settings.set("gate", Setting.ALARMS_PER_DAY, 2)
    store.settings.set("gate", Setting.ALARMS_PER_DAY, 0.5)
    store.settings.set("gate", Setting.COOL_DOWN_S, 30)
    assert store.settings.get("gate", Setting.ALARMS_PER_DAY) == 0.5
    assert store.settings.get("yard", Setting.ALARMS_PER_DAY) is None
    store.settings.set("gate", Setting.ALARMS_PER_DAY, None)
    assert store.settings.get("gate", Setting.ALARMS_PER_DAY) is None
    assert store.settings.get("gate", Setting.COOL_DOWN_S) == 30
    with pytest.raises(DataError, match="cannot be nan"):
        store.settings.set("gate", Setting.COOL_DOWN_S, float("nan"))


def test_what_a_person_set_stays_until_watching_is_begun_with_something_else(store):
    settings = store.settings
    assert settings.begin("gate", ALARMS, None) is None
    assert settings.begin("gate", ALARMS, 24.0) == 24.0
    settings.set("gate", ALARMS, 5.0)
    assert settings.begin("gate", ALARMS, 24.0) == settings.get("gate", ALARMS) == 5.0
    assert settings.begun("gate", ALARMS) == 24.0
    assert settings.begin("gate", ALARMS, 1.0) == settings.get("gate", ALARMS) == 1.0
    assert settings.begin("gate", ALARMS, None) is None
    settings.set("gate", ALARMS, 5.0)
    assert settings.begin("gate", ALARMS, None) == 5.0
    assert settings.begun("gate", ALARMS) is None


def test_what_was_set_before_a_camera_was_ever_watched_stays(store):
    store.settings.set("gate", COOL_DOWN, 120.0)
    assert store.settings.begin("gate", COOL_DOWN, 60.0) == 120.0
    assert store.settings.begin("gate", COOL_DOWN, 60.0) == 120.0
    assert store.settings.get("yard", COOL_DOWN) is None


def test_what_a_person_takes_back_is_left_to_how_watching_was_begun(store):
    store.settings.begin("gate", ALARMS, 24.0)
    store.settings.set("gate", ALARMS, 5.0)
    store.settings.set("gate", ALARMS, None)
    assert store.settings.get("gate", ALARMS) == 24.0


def test_a_home_of_before_keeps_what_was_set_and_what_watching_was_begun_with(tmp_path):
    old = sqlite3.connect(tmp_path / "events.db")
    for statement in (*STEPS[0], "PRAGMA application_id = 0x756E7573", "PRAGMA user_version = 1"):
        old.execute(statement)
    rows = [
        ("gate", "alarms_per_day", 5.0), ("gate", "given_alarms_per_day", 24.0),  # set by a person since
        ("yard", "alarms_per_day", 3.0), ("yard", "given_alarms_per_day", 3.0),  # begun with it
        ("door", "given_alarms_per_day", 0.0), ("door", "muted_until", 9.0),  # begun with none
    ]  # fmt: skip
    old.executemany("INSERT INTO settings VALUES (?, ?, ?)", rows)
    old.commit()
    old.close()
    database = Database.open(Home(tmp_path))
    settings = Settings(database)
    assert [settings.get(camera, ALARMS) for camera in ("gate", "yard", "door")] == [5.0, 3.0, None]
    assert [settings.begun(camera, ALARMS) for camera in ("gate", "yard", "door")] == [24.0, 3.0, None]
    assert settings.get("door", Setting.MUTED_UNTIL) == 9.0
    assert settings.begin("gate", ALARMS, 24.0) == 5.0
    assert settings.begin("yard", ALARMS, 4.0) == 4.0
    assert settings.begin("door", ALARMS, None) is None
    assert len(database.read("SELECT * FROM settings")) == 2
    database.close()


@pytest.mark.parametrize("value", ["'often'", "''", "x'ff'", "9e999", "-1.0", "1e300"])
def test_a_value_that_cannot_be_one_is_left_out_and_named_once(store, caplog, value):
    settings = store.settings
    settings.begin("gate", ALARMS, 3.0)
    settings.set("gate", ALARMS, 2.0)
    with store.database.write() as connection:
        connection.execute(f"UPDATE settings SET value = {value}")
    assert settings.get("gate", ALARMS) == settings.get("gate", ALARMS) == 3.0
    with store.database.write() as connection:
        connection.execute(f"UPDATE begun SET value = {value}")
    assert settings.get("gate", ALARMS) is settings.begun("gate", ALARMS) is None
    assert len(caplog.records) == 1
    settings.set("gate", ALARMS, 2.0)
    assert settings.get("gate", ALARMS) == 2.0


@pytest.mark.parametrize(("key", "value"), [(ALARMS, 0.0), (ALARMS, 1e9), (COOL_DOWN, -1.0), (COOL_DOWN, float("inf"))])
def test_a_value_that_cannot_be_one_is_not_set(store, key, value):
    with pytest.raises(DataError, match="cannot be"):
        store.settings.set("gate", key, value)
