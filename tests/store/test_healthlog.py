"""The health log of all cameras."""

import pytest

from unusual.store.healthlog import HealthEntry


def test_health_is_told_newest_first(store):
    store.health.add("gate", 10.0, "offline", "connection refused")
    store.health.add("gate", 20.0, "online", "")
    store.health.add("yard", 15.0, "dark", "")
    store.health.add("gate", 20.0, "gap", "1.2 s without scores")
    assert [entry.state for entry in store.health.list("gate")] == ["gap", "online", "offline"]
    assert store.health.list("gate", since_utc=20.0, most=1) == [
        HealthEntry("gate", 20.0, "gap", "1.2 s without scores")
    ]
    assert [entry.camera for entry in store.health.list()] == ["gate", "gate", "yard", "gate"]


def test_what_is_old_is_forgotten(store):
    for utc in (10.0, 20.0):
        store.health.add("gate", utc, "offline", "")
    store.health.forget(20.0)
    assert [entry.utc for entry in store.health.list()] == [20.0]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("utc", "'yesterday'"), ("utc", "x'00ff'"), ("utc", "CAST(x'e9' AS TEXT)"), ("utc", "-9e999"),
        ("camera", "'../x'"), ("state", "x'ff00'"), ("words", "x'ff00'"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_named_once_and_costs_no_other(store, caplog, column, value):
    for utc in range(1, 21):
        store.health.add("gate", float(utc), "offline", "")
    with store.database.write() as connection:
        connection.execute(f"UPDATE health SET {column} = {value} WHERE number BETWEEN 8 AND 12")
    for _ in range(2):
        assert [entry.utc for entry in store.health.list(most=10)] == [20, 19, 18, 17, 16, 15, 14, 13, 7, 6]
    named = [record.getMessage() for record in caplog.records]
    assert len(named) == len(set(named)) == (0 if value == "-9e999" else 5)  # what is before all time is no page's
