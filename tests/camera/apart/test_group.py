"""Cameras in processes of their own: watched as in one, all or none, and none outlives whoever listens to it."""

import os
import shutil
import signal
import threading
import time
from contextlib import closing
from dataclasses import replace

import psutil
import pytest
from made_camera import NAME, alarming_at, camera_home, unusual_clip

from unusual.camera.apart import group
from unusual.camera.apart.group import make_ready, processes_for
from unusual.camera.several import Told, load_cameras, watch_loaded
from unusual.camera.watcher import WatchSettings
from unusual.errors import CheckpointError, OutputError, UnusualError
from unusual.store.cameras import read_card, write_card
from unusual.store.events import EventStore
from unusual.store.keeping.retention import Policy
from unusual.store.live import read_live
from unusual.video.capture import Pace

NAMES = (NAME, "gate", "yard")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(group, "processors", lambda: 2)


@pytest.fixture
def home(tmp_path):
    """With the camera under three names, that alarms soon."""
    home = camera_home(tmp_path)
    alarming_at(home, 0.01)
    for name in NAMES[1:]:
        shutil.copytree(home.camera(NAME), home.camera(name))
        write_card(home.camera(name), replace(read_card(home, NAME), name=name))
    return home


def settings(pace=Pace.FAST):
    return [WatchSettings(name, str(unusual_clip()), pace, 48.0) for name in NAMES]


class Ear:
    """Hears what is told."""

    def __init__(self, refuses=0):
        self.alarms, self.said, self.refuses = [], [], refuses

    def alarm(self, event):
        if self.refuses:
            self.refuses -= 1
            raise OutputError("the disk is full")
        self.alarms.append(event)

    @property
    def told(self):
        return Told(self.alarm, self.said.append, self.said.append)


def watched_apart(home, cameras, ear, once_seen=lambda ready, stopping: None):
    """What came of them. once_seen: is called in a thread of its own when frames of all cameras have arrived."""
    stopping = threading.Event()
    with closing(make_ready(home, cameras, 60.0)) as ready, closing(EventStore.open(home)) as store:
        assert [len(each.results) for each in ready.groups] == [1, 2]

        def look():
            while not all((live := read_live(home, name)) and live.frames.arrived for name in NAMES):
                time.sleep(0.02)
            once_seen(ready, stopping)

        threading.Thread(target=look, daemon=True).start()
        return ready.watch(store, ear.told, Policy(), stopping)


def children():
    """Processes that watch for this one; those that other tests have begun are left alone."""
    return [each for each in psutil.Process().children() if "unusual.camera.apart.process" in each.cmdline()]


def test_what_comes_of_cameras_apart_is_what_comes_of_them_in_one_process(home):
    ear, here = Ear(), Ear()
    apart_watched = watched_apart(home, settings(), ear)
    with closing(EventStore.open(home)) as store:
        loaded = load_cameras(home, settings())
        watched = watch_loaded(loaded, store, here.told, Policy(), threading.Event())
    assert apart_watched == watched
    assert [each.camera for each in watched] == list(NAMES)
    assert all(each.ended and each.frames.scored == 100 and each.alarms for each in watched)
    assert sorted((event.camera, event.score) for event in ear.alarms) == sorted(
        (event.camera, event.score) for event in here.alarms
    )
    events, of_here = ([words for words in sorted(one.said) if ": an event of" in words] for one in (ear, here))
    assert events == of_here != []
    assert not children()


def test_an_alarm_that_could_not_be_told_is_told_again(home):
    ear = Ear(refuses=3)
    watched_apart(home, settings(), ear)
    assert ear.refuses == 0
    assert {event.camera for event in ear.alarms} == set(NAMES)


def test_none_is_watched_where_one_cannot_be(home):
    (home.camera("yard") / "model.safetensors").write_bytes(b"noise")
    with pytest.raises(CheckpointError):
        make_ready(home, settings(), 60.0)
    assert not children()
    assert not home.database.exists()


def test_watching_ends_when_it_is_told_to(home):
    watched = watched_apart(home, settings(Pace.REALTIME), Ear(), lambda _, stopping: stopping.set())
    assert all(each.ended for each in watched)
    assert 0 < watched[0].frames.arrived < 100
    assert not children()


def test_a_process_that_dies_is_said_and_the_others_go_on(home):
    ear = Ear()

    def kill(ready, stopping):
        os.kill(ready.groups[0]._process.pid, signal.SIGKILL)
        while not any("died" in words for words in ear.said):
            time.sleep(0.02)
        stopping.set()

    with pytest.raises(UnusualError, match=f"{NAME}: the process that watched them died"):
        watched_apart(home, settings(Pace.REALTIME), ear, kill)
    assert not any("gate" in words for words in ear.said if "died" in words)


def test_whoever_watches_for_nobody_ends(home):
    ready = make_ready(home, settings(Pace.REALTIME), 60.0)
    assert len(children()) >= 2
    ready.close()
    assert not children()


@pytest.mark.parametrize("signals", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_of_them_leaves_the_end_to_the_parent(home, signals):
    with closing(make_ready(home, settings(Pace.REALTIME), 60.0)) as ready:
        for each in children():
            each.send_signal(signals)
        time.sleep(0.3)
        assert len(children()) >= 2
        with closing(EventStore.open(home)) as store:
            stopping = threading.Event()
            stopping.set()
            ready.watch(store, Ear().told, Policy(), stopping)
    assert not children()


def test_one_or_two_cameras_stay_in_this_process(home):
    with closing(make_ready(home, settings()[:2], 60.0)) as ready:
        assert len(ready.loaded) == 2
        assert not ready.groups
    assert [processes_for(cameras, 1) for cameras in (1, 3, 9)] == [1, 1, 1]
