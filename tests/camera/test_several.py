"""Several cameras at once: all can be watched or none is, each in its own thread, none ended by another's trouble."""

import shutil
import threading
from contextlib import closing
from dataclasses import replace

import pytest
from made_camera import NAME, alarming_at, another_model, camera_home, unusual_clip

from unusual import processors
from unusual.camera import housekeeping
from unusual.camera.several import Loaded, Told, begin_with, load_cameras, watch, watch_loaded
from unusual.camera.watcher import CameraWatcher, WatchSettings
from unusual.errors import CheckpointError, ConfigError, UnusualError
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.cameras import read_card, watched_alone, write_card
from unusual.store.events import EventFilter, EventStore
from unusual.store.home import Home
from unusual.store.keeping.retention import Policy
from unusual.store.live import read_live
from unusual.store.rules.zones import write_zones
from unusual.store.settings import Setting
from unusual.video.capture import Pace


@pytest.fixture
def home(tmp_path):
    """With the camera under two names."""
    home = camera_home(tmp_path)
    shutil.copytree(home.camera(NAME), home.camera("gate"))
    write_card(home.camera("gate"), replace(read_card(home, NAME), name="gate"))
    return home


def fast(name, alarms_per_day=None):
    return WatchSettings(name, str(unusual_clip()), Pace.FAST, alarms_per_day)


def test_cameras_are_watched_from_python_and_what_came_of_each_is_returned(home):
    alarming_at(home, 0.01)
    said, alarms = [], []
    watched = watch([fast(NAME, 48.0), fast("gate")], home.folder, alarm=alarms.append, say=said.append)
    assert [each.camera for each in watched] == [NAME, "gate"]
    for each in watched:
        assert each.ended
        assert (each.frames.arrived, each.frames.scored, each.frames.dropped, each.frames.gap) == (100, 100, 0, 0)
        assert read_live(home, each.camera).state == "ended"
    assert watched[0].alarms == len([event for event in alarms if event.camera == NAME]) > 0
    assert any(line.startswith(f"{NAME}: at most 48 alarms a day") for line in said)


def test_watching_ends_when_it_is_told_to(home):
    stopping = threading.Event()
    stopping.set()
    (watched,) = watch([replace(fast(NAME), pace=Pace.REALTIME)], home.folder, say=lambda _: None, stopping=stopping)
    assert watched.ended
    assert watched.frames.arrived < 100


def test_all_cameras_can_be_watched_or_none_is(home):
    for cameras, said in (
        ([], "no camera is named"),
        ([fast(NAME), fast("yard")], "no camera 'yard'"),
        ([fast(NAME), replace(fast("gate"), source="missing.mp4")], "missing.mp4"),
    ):
        with pytest.raises(UnusualError, match=said):
            watch(cameras, home.folder)
    with watched_alone(home, "gate"), pytest.raises(ConfigError, match="being watched already"):
        watch([fast(NAME), fast("gate")], home.folder)
    assert not home.database.exists()
    assert not home.live(NAME).exists()


def test_a_source_has_its_usual_pace_and_a_file_is_never_live():
    assert WatchSettings.of("door", "rtsp://10.0.0.7/live").pace is Pace.LIVE
    assert WatchSettings.of("door", "http://10.0.0.7/video.mjpg").pace is Pace.LIVE
    assert WatchSettings.of("door", "0").pace is Pace.LIVE
    assert WatchSettings.of("door", "monday.mp4").pace is Pace.REALTIME
    assert WatchSettings.of("door", "monday.mp4", Pace.FAST, 2.0) == WatchSettings("door", "monday.mp4", Pace.FAST, 2.0)
    with pytest.raises(ConfigError, match="camera door: pace live is for cameras"):
        WatchSettings.of("door", "monday.mp4", Pace.LIVE)


def test_alarms_a_day_that_nobody_says_are_those_that_the_camera_was_learnt_for(home):
    write_card(home.camera(NAME), replace(read_card(home, NAME), alarms_per_day=24.0))
    (said, left) = load_cameras(home, [fast(NAME, 3.0), fast(NAME)])
    assert (said.settings.alarms_per_day, left.settings.alarms_per_day) == (3.0, 24.0)


def test_what_a_person_set_in_the_dashboard_is_said_where_it_stays(store):
    said = []

    def begun_with(value):
        begin_with(store.settings, "gate", Setting.ALARMS_PER_DAY, value, said.append)

    begun_with(24.0)
    store.settings.set("gate", Setting.ALARMS_PER_DAY, 5.0)
    assert not said
    begun_with(24.0)
    assert said == ["gate: alarms a day are 5, as was set in the dashboard, not 24"]
    begun_with(1.0)
    begun_with(None)
    assert len(said) == 1


def test_zones_that_watching_is_begun_with_hold_until_a_person_draws_others(home):
    alarming_at(home, 0.2)
    everything = (Zone(ZoneKind.IGNORE, ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))),)
    said = []

    def events_with(zones):
        settings = WatchSettings.of(NAME, str(unusual_clip()), Pace.FAST, 48.0, zones)
        return watch([settings], home.folder, say=said.append)[0].events

    assert events_with(None) > 0
    assert events_with(everything) == 0
    with closing(EventStore.open(home)) as store:
        assert store.list(EventFilter(NAME, alarms_only=True)) == [], "what was told before obeys them too"
    write_zones(home.camera(NAME), ())
    assert events_with(everything) > 0
    assert f"{NAME}: its zones are those that were drawn in the dashboard" in said


def test_a_watcher_that_begins_again_takes_the_model_that_is_there_now(home):
    loaded = Loaded.of(home, fast(NAME))
    sha256 = another_model(home.camera(NAME))
    write_card(home.camera(NAME), replace(loaded.card, learnt_at="2030-01-01", model_sha256=sha256))
    assert loaded.again(home).card.model_sha256 == loaded.again(home).checkpoint.sha256 == sha256
    assert loaded.again(home).settings == loaded.settings


def test_a_model_that_is_not_the_one_of_its_card_is_named_and_not_used(home):
    another_model(home.camera(NAME))
    with pytest.raises(CheckpointError, match=r"the model in .* has changed: .* put that file back, or learn"):
        Loaded.of(home, fast(NAME))


def test_a_network_in_another_file_than_the_cards_is_not_run(home):
    card = read_card(home, NAME)
    write_card(home.camera(NAME), replace(card, exported=replace(card.exported, sha256="0" * 64)))
    with pytest.raises(ConfigError, match=r"model\.onnx is not the file .*: its SHA-256 is"):
        Loaded.of(home, fast(NAME))


def test_cameras_share_the_processors(home, monkeypatch):
    monkeypatch.setattr(processors, "_workers", 1)
    monkeypatch.setattr(processors, "processors", lambda: 8)
    load_cameras(home, [fast(NAME), fast("gate")])
    assert processors.threads() == 4


def test_a_camera_whose_watching_fails_does_not_end_the_others(home, monkeypatch):
    usual, said = CameraWatcher.scored, []

    def fails_at_the_gate(self, *scored):
        if self.settings.camera == "gate":
            raise RuntimeError("a bug")
        usual(self, *scored)

    monkeypatch.setattr(CameraWatcher, "scored", fails_at_the_gate)
    with pytest.raises(RuntimeError, match="a bug"):
        watch([fast("gate"), fast(NAME)], home.folder, say=said.append)
    assert "gate is not watched any more: a bug" in said
    assert read_live(home, NAME).frames.scored == 100


def test_a_watching_that_was_given_up_tells_its_return_when_it_is_begun_again(home, monkeypatch):
    heard = []

    def watched():
        told = Told(lambda _: None, lambda _: None, lambda _: None, lambda outage: not heard.append(outage))
        loaded = load_cameras(home, [fast(NAME)])
        with closing(EventStore.open(home)) as store:
            watch_loaded(loaded, store, told, Policy(), threading.Event())

    def breaks(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(housekeeping, "EVERY_S", 0.0)  # else so short a film may be over before it is looked at
    with monkeypatch.context() as broken:
        broken.setattr(CameraWatcher, "run", breaks)
        with pytest.raises(RuntimeError, match="a bug"):
            watched()
    watched()
    watched()
    assert [(outage.state, outage.over_utc is None) for outage in heard] == [("unwatched", True), ("unwatched", False)]


def test_the_home_is_the_environments_where_none_is_given(home, monkeypatch):
    monkeypatch.setenv("UNUSUAL_HOME", str(home.folder))
    (watched,) = watch([fast(NAME)], say=lambda _: None)
    assert watched.ended
    assert Home(home.folder).database.exists()
