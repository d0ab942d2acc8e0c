"""Parcels of events, one after the other."""

import threading
import time
from datetime import UTC

import pytest
from made_home import add_event

import unusual.app.dashboard.packing as module
from unusual.app.dashboard.packing import MOST, Packer
from unusual.errors import DataError, OutputError
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.keeping.hold import may_delete


@pytest.fixture
def packer(tmp_path):
    return Packer(Home(tmp_path), UTC)


@pytest.fixture
def found(tmp_path):
    store = EventStore.open(Home(tmp_path))
    add_event(store, "door", time.time() - 60, 3.0, clip=True)
    yield store.list()
    store.close()


def settled(packer, parcel):
    until = time.monotonic() + 30
    while (now := packer.of(parcel.id)).state == "packing" and time.monotonic() < until:
        time.sleep(0.02)
    return now


def test_a_parcel_is_packed_and_kept_for_an_hour(packer, found, monkeypatch):
    parcel = settled(packer, packer.begin(found, boxes=False))
    assert (parcel.state, parcel.done, parcel.bytes) == ("ready", 1, packer.file(parcel).stat().st_size)
    monkeypatch.setattr(module, "KEPT_S", 0.0)
    assert packer.of(parcel.id) is None
    assert not packer.file(parcel).exists()


def test_only_the_newest_few_are_kept(packer, found):
    parcels = [settled(packer, packer.begin(found, boxes=False)) for _ in range(MOST + 1)]
    assert [packer.of(parcel.id) is not None for parcel in parcels] == [False] + [True] * MOST


def test_one_is_packed_at_a_time_and_the_home_is_held_meanwhile(packer, found, tmp_path, monkeypatch):
    go = threading.Event()

    def slow(*_, **__):
        go.wait(30)
        raise OutputError("the disk is full")

    monkeypatch.setattr(module, "write_bundle", slow)
    parcel = packer.begin(found, boxes=False)
    with pytest.raises(DataError, match="another parcel is being packed"):
        packer.begin(found, boxes=False)
    while True:
        with may_delete(Home(tmp_path)) as free:
            if not free:
                break
        time.sleep(0.01)
    go.set()
    assert (settled(packer, parcel).state, settled(packer, parcel).words) == ("failed", "the disk is full")


def test_too_many_none_and_too_large_are_refused(packer, found, monkeypatch):
    for events in ([], found * (module.MOST_EVENTS + 1)):
        with pytest.raises(DataError, match="a parcel holds 1 to"):
            packer.begin(events, boxes=False)
    monkeypatch.setattr(module, "FREE_BYTES", 1 << 60)
    with pytest.raises(DataError, match="the disk has no room"):
        packer.begin(found, boxes=False)


def test_what_another_server_left_is_swept(packer, found, tmp_path):
    packer.file(settled(packer, packer.begin(found, boxes=False)))
    assert list((tmp_path / "exports").iterdir())
    Packer(Home(tmp_path), UTC)
    assert not (tmp_path / "exports").exists()
