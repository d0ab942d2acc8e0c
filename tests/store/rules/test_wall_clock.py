"""The machine's time zone."""

from datetime import datetime

import pytest

from unusual.store.rules.wall_clock import local_zone


@pytest.mark.parametrize("zone", ["Europe/Berlin", ":Europe/Berlin"])
def test_the_zone_is_the_environments_and_knows_summer_time(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    hours = [datetime(2026, month, 1, 12, tzinfo=local_zone()).utcoffset().total_seconds() / 3600 for month in (1, 7)]
    assert hours == [1, 2]


def test_a_zone_that_does_not_exist_still_gives_one(monkeypatch):
    monkeypatch.setenv("TZ", "Nowhere/Atall")
    assert datetime.now(local_zone()).tzinfo is not None
