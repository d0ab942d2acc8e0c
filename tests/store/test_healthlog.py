"""The health log of all cameras."""

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
