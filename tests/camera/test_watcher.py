"""A watched camera: what is scored, stored, shown and logged, whatever happens to the source and to the disk."""

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from made_camera import NAME, RATE, alarming_at, another_model, camera_home, learnt, pictures, unusual_clip, write
from made_lights import DAY, NIGHT, film, learnt_in_both
from small_disk import small_disk

from unusual.camera.housekeeping import load_model
from unusual.camera.watcher import CameraWatcher, WatchSettings, held
from unusual.domain import Event
from unusual.run.checkpoint import load_checkpoint, save_checkpoint
from unusual.run.score import Thresholds, score_video
from unusual.run.stream import Sighting
from unusual.scores.hours import Mode
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.cameras import read_card, read_cards, take_model, write_card
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home
from unusual.store.live import Frames, is_mute, read_live
from unusual.store.names import new_id
from unusual.store.rules.duty import order
from unusual.store.rules.zones import ZONES, read_zones, write_zones
from unusual.store.scorelog import read_scores
from unusual.store.settings import Setting
from unusual.video.capture import Pace
from unusual.video.condition.health import Health
from unusual.video.condition.light import SETTLED_S
from unusual.video.reader import open_video
from unusual.video.writer import write_video

ALL = {"clip.mp4", "curve.json", "thumb.jpg", "real.jpg", "restored.jpg", "error.jpg"}


class Noted(CameraWatcher):
    """Notes what it is told."""

    noted: list

    def scored(self, frame, score, judgements):
        self.noted.append((frame.time_s, score))
        super().scored(frame, score, judgements)


def watcher(home, source, pace=Pace.FAST, alarms_per_day=48.0):
    said, alarms = [], []
    checkpoint, card = load_checkpoint(home.camera(NAME)), read_card(home, NAME)
    settings = WatchSettings(NAME, str(source), pace, alarms_per_day)
    made = Noted(home, settings, checkpoint, card, alarm=alarms.append, say=said.append)
    made.noted = []
    return made, said, alarms


def level():
    """A score that the clip reaches for a fifth of its time."""
    checkpoint = load_checkpoint(learnt()[0].camera(NAME))
    return float(np.quantile(score_video(unusual_clip(), checkpoint, pictures=False).result.live.scores, 0.8))


def stored(home):
    store = EventStore.open(home)
    try:
        return store.list(), store.health.list(NAME)
    finally:
        store.close()


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A home in which the clip was watched: home, the watcher, what it said, its alarms."""
    home = camera_home(tmp_path_factory.mktemp("watched"))
    alarming_at(home, level())
    made, said, alarms = watcher(home, unusual_clip())
    made.run()
    return home, made, said, alarms


def test_a_file_gets_the_very_scores_that_it_gets_when_it_is_scored(watched):
    home, made, _, _ = watched
    recorded = score_video(unusual_clip(), load_checkpoint(home.camera(NAME)), pictures=False).result.live
    times, scores = np.array(made.noted).T
    np.testing.assert_allclose(np.diff(times), np.diff(recorded.times_s), atol=1e-6)
    np.testing.assert_allclose(scores, recorded.scores, rtol=1e-4, atol=1e-4)
    lines = read_scores(home, NAME, times[0] - 1, times[-1] + 1)
    highest = {second: scores[np.floor(times) == second].max() for second in np.floor(times)}
    assert lines.times_utc.tolist() == sorted(highest)
    np.testing.assert_allclose(lines.scores, [highest[second] for second in lines.times_utc], rtol=1e-4)


def test_every_frame_is_accounted_for(watched):
    _, made, _, _ = watched
    assert made.frames == Frames(100, 100, 0, 0)


def test_events_are_those_of_the_file_with_all_that_belongs_to_them(watched):
    home, made, said, alarms = watched
    events, _ = stored(home)
    limits = Thresholds(enter=made.stream.events.enter, leave=made.stream.events.leave)
    checkpoint = load_checkpoint(home.camera(NAME))
    found = score_video(unusual_clip(), checkpoint, thresholds=limits, pictures=False).result.events
    assert len(events) == len(found) == made.keeper.events == made.keeper.alarms == len(alarms) > 0
    start = made.noted[0][0]
    for event, same in zip(events[::-1], found, strict=True):
        assert event.start_utc - start == pytest.approx(same.start_s, abs=1e-3)
        assert event.end_utc - start == pytest.approx(same.end_s, abs=1e-3)
        assert event.score == pytest.approx(same.peak_score, rel=1e-4)
        assert event.alarm
        assert event.model == made.level.card.model_sha256
        assert set(event.media) == ALL
        folder = home.folder / "media" / event.id
        with open_video(folder / "clip.mp4") as clip:
            assert sum(1 for _ in clip) > RATE * (event.end_utc - event.start_utc)
        curve = json.loads((folder / "curve.json").read_text())
        assert curve["start_utc"] <= event.start_utc < event.end_utc <= curve["end_utc"] + 0.3
        assert any(utc == pytest.approx(event.peak_utc) for utc, _ in curve["scores"])
    assert sum("an event of" in line for line in said) == len(found)


def test_the_live_files_are_whole_and_what_the_dashboard_reads(watched):
    home, made, _, _ = watched
    told = json.loads((home.folder / "live" / f"{NAME}.json").read_text())
    live = read_live(home, NAME)
    assert (live.state, live.health, live.frames.arrived, live.frames.scored) == ("ended", "ok", 100, 100)
    assert live.threshold == pytest.approx(made.level.score, abs=1e-3)
    assert (live.model.method, live.model.learnt_at) == (made.level.card.method, made.level.card.learnt_at)
    assert told["camera"] == NAME
    assert told["pid"] == os.getpid()
    assert [utc for utc, _ in live.recent] == sorted(utc for utc, _ in live.recent)
    with open_video(home.folder / "live" / f"{NAME}.jpg") as picture:
        assert (picture.info.width, picture.info.height) == (96, 64)
    assert {path.name for path in (home.folder / "live").iterdir()} == {f"{NAME}.json", f"{NAME}.jpg", f"{NAME}.lock"}


def test_an_event_below_the_alarm_threshold_is_kept_without_an_alarm_until_a_person_wants_more(tmp_path):
    home = camera_home(tmp_path)
    alarming_at(home, level())
    made, _, alarms = watcher(home, unusual_clip(), alarms_per_day=0.001)
    made.run()
    assert made.keeper.events > 0
    assert not alarms
    assert not any(event.alarm for event in stored(home)[0])
    store = EventStore.open(home)
    store.settings.set(NAME, Setting.ALARMS_PER_DAY, 48.0)
    store.close()
    made, _, alarms = watcher(home, unusual_clip(), alarms_per_day=0.001)
    made.run()
    assert alarms


def dark(frames):
    return np.zeros_like(frames)


def covered(frames):
    chance = np.random.default_rng(0)
    return (120 + chance.normal(0, 2, frames.shape)).astype(np.uint8)


def moved(frames):
    return np.roll(frames, 40, axis=2)


@pytest.mark.parametrize("change", [dark, covered, moved])
def test_what_befalls_the_lens_is_logged_and_no_event(tmp_path, change):
    home = camera_home(tmp_path)
    forget(home.camera(NAME))
    frames = pictures(20.0, 4, ())
    calm = 2 * max(highest(home, frames), 1.0)  # a stretch that begins elsewhere scores otherwise
    alarming_at(home, calm)
    made, said, _ = watcher(home, write(tmp_path / "lens.mp4", np.concatenate([frames, change(frames[:75]), frames])))
    made.run()
    events, health = stored(home)
    assert not [event for event in events if event.score >= calm]  # any other is the frames' own
    assert [entry.state for entry in health if entry.state in ("dark", "covered", "moved", "ok")] == [
        "ok",
        change.__name__,
    ]
    if change is dark:
        assert max(score for _, score in made.noted if not math.isnan(score)) > calm, "else no event was withheld"
    counts = made.frames
    assert counts.arrived == 275 == counts.scored + counts.dropped + counts.gap
    assert 25 < counts.gap < 75
    assert not any("(alarm;" in line for line in said)


def forget(folder):
    """Let scores be of their own frame alone: the moment in which it grows dark then scores high enough."""
    checkpoint = load_checkpoint(folder)
    save_checkpoint(folder, replace(checkpoint, scale=replace(checkpoint.scale, memory=1)))


def highest(home, frames):
    file = write(home.folder / "calm.mp4", frames)
    result = score_video(file, load_checkpoint(home.camera(NAME)), pictures=False).result
    return float(np.nanmax(result.live.scores))


def test_what_is_too_much_is_dropped_and_the_rest_still_scored(tmp_path, monkeypatch):
    home = camera_home(tmp_path)
    monkeypatch.setattr("unusual.camera.watcher.HELD_S", 0.0)
    made, _, _ = watcher(home, write(tmp_path / "short.mp4", pictures()[:25]), Pace.REALTIME)
    method = made.stream.checkpoint.scorer
    quick, behind = method.picture, []

    def slow(rgb):
        behind.append(method.behind)
        time.sleep(0.6 if len(behind) > method.span else 0.0)  # frames come every 0.2 s
        return quick(rgb)

    method.picture = slow
    made.span = 1  # fewer may wait than a unit needs: what waits is dropped at once
    made.run()
    counts = made.frames
    assert counts.arrived == 25 == counts.scored + counts.dropped + counts.gap
    assert counts.scored >= method.span
    assert counts.dropped > 0
    assert 0 <= min(behind) < max(behind) <= 1


def test_a_file_that_is_played_fast_is_never_behind(tmp_path):
    made, _, _ = watcher(camera_home(tmp_path), write(tmp_path / "short.mp4", pictures()[:25]), Pace.FAST)
    made.run()
    assert made.stream.checkpoint.scorer.behind == 0


@pytest.mark.parametrize(
    ("span", "width", "height", "frames"),
    [(2, 256, 256, 50), (17, 256, 256, 68), (2, 1920, 1080, 10)],
    ids=["for two seconds", "for four units", "for as long as there is memory"],
)
def test_so_many_frames_may_wait(tmp_path, span, width, height, frames):
    card = replace(read_card(camera_home(tmp_path), NAME), width=width, height=height, rate=25.0)
    assert held(span, card) == frames


def test_where_nobody_has_said_how_many_alarms_the_footage_decides(tmp_path):
    home = camera_home(tmp_path)
    scale = read_card(home, NAME).alarm_scale
    for asked, expected in ((None, 24.0), (3.0, 3.0)):  # a few minutes of footage support no fewer
        made, _, _ = watcher(home, unusual_clip(), alarms_per_day=asked)
        assert made.level.score == scale.threshold(expected).score
        made.keeper.store.close()
    folder = home.camera(NAME)
    write_card(folder, replace(read_card(home, NAME), alarm_scale=replace(scale, hours=30.0, independent=1.0)))
    made, _, _ = watcher(home, unusual_clip(), alarms_per_day=None)
    assert made.level.score == made.level.card.alarm_scale.threshold(1.0).score
    made.keeper.store.close()


def test_frames_that_come_faster_than_those_that_were_learnt_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr("unusual.camera.live_view.STARTING", 0)  # seconds
    home = camera_home(tmp_path)
    with write_video(tmp_path / "fast.mp4", 96, 64, Fraction(2 * RATE)) as sink:
        for n, rgb in enumerate(pictures()[:30]):
            sink.add(rgb, n / (2 * RATE))
    made, _, _ = watcher(home, tmp_path / "fast.mp4", Pace.REALTIME)
    made.run()
    words = "10 frames a second come, 5 were learnt"
    assert any(entry.state == "other_rate" and entry.words.startswith(words) for entry in stored(home)[1])
    assert made.frames.scored == 30


def test_media_that_cannot_be_kept_cost_an_event_nothing_else(tmp_path):
    home = camera_home(tmp_path)
    alarming_at(home, level())
    (home.folder / "media").write_text("in the way")
    made, said, alarms = watcher(home, unusual_clip())
    made.run()
    events, _ = stored(home)
    assert len(events) == len(alarms) == made.keeper.events > 0
    assert not any(event.media for event in events)
    assert made.frames.scored == 100
    assert any("cannot write" in line for line in said)
    assert read_live(home, NAME).state == "storage_full"


def test_a_database_that_refuses_does_not_end_the_watching_and_is_caught_up_with(tmp_path):
    home = camera_home(tmp_path)
    alarming_at(home, level())
    made, said, _ = watcher(home, unusual_clip())
    made.keeper.store.settle_interrupted(NAME)
    real, refused = made.keeper.store.database.write, []

    def full():
        if len(refused) < 2:
            refused.append(1)
            from unusual.errors import OutputError

            raise OutputError("the disk is full")
        return real()

    made.keeper.store.settle_interrupted = lambda _: 0
    made.keeper.store.database.write = full
    made.run()
    events, _ = stored(home)
    assert made.frames.scored == 100
    assert len(events) == made.keeper.events
    assert any("the disk is full" in line for line in said)


def test_a_disk_that_is_really_full_ends_nothing_and_writing_resumes_when_there_is_room(tmp_path):
    with small_disk(tmp_path / "disk", megabytes=16) as disk:
        home = camera_home(disk.folder)
        alarming_at(home, level())
        made, said, _ = watcher(home, unusual_clip(), Pace.REALTIME)
        disk.fill()
        with pytest.raises(OSError, match="No space left"):
            (disk.folder / "new").write_bytes(b"x")
        watching = threading.Thread(target=made.run)
        watching.start()
        while not is_mute(home, NAME, 5.0):  # there is no room even for its first word
            assert watching.is_alive()
            time.sleep(0.05)
        disk.make_room()
        watching.join()
        events, _ = stored(home)
        assert made.frames == Frames(100, 100, 0, 0)
        assert len(events) == made.keeper.events > 0
        assert any("full" in line for line in said)
        assert not [path for path in disk.parts() if ".lock" not in path]
        assert made.keeper.store.integrity() == "ok"


def test_events_that_a_kill_left_going_on_are_ended_by_the_next_watching(tmp_path):
    home = camera_home(tmp_path)
    alarming_at(home, -1e5)  # one event, as long as the file
    endless = write(tmp_path / "long.mp4", np.tile(pictures(), (3, 1, 1, 1)))
    command = [sys.executable, "-m", "unusual", "watch", str(endless), "--model", NAME, "--home", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    store = EventStore.open(home)
    until = time.monotonic() + 60
    while not store.list():
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (left,) = store.list()
    assert left.end_utc is None
    assert store.integrity() == "ok"
    made, said, _ = watcher(home, write(tmp_path / "short.mp4", pictures()[:12]))
    made.run()
    assert store.get(left.id).end_utc >= left.start_utc
    assert any("cut off last time" in line for line in said)
    store.close()


def test_a_model_that_was_learnt_anew_is_taken_up(tmp_path):
    home = camera_home(tmp_path)
    old = alarming_at(home, level())
    made, said, _ = watcher(home, write(tmp_path / "twice.mp4", np.tile(pictures(), (3, 1, 1, 1))))
    folder, shas = home.camera(NAME), []

    def learn_anew(frame, score, judgements):
        if len(made.noted) == 150:
            import shutil

            shutil.copytree(folder, home.folder / "new")
            shas.append(another_model(home.folder / "new"))
            new = replace(old, learnt_at="2030-01-01", model_sha256=shas[0], previous="previous/one")
            write_card(home.folder / "new", new)
            take_model(folder, home.folder / "new", new)
            made.housekeeping._tended = -math.inf
        Noted.scored(made, frame, score, judgements)

    made.scored = learn_anew
    made.run()
    events, _ = stored(home)
    assert {event.model for event in events} == {old.model_sha256, *shas}
    assert any("2030-01-01" in line for line in said)
    assert made.frames.arrived == 300 == made.frames.scored + made.frames.gap
    assert (folder / "previous" / "one" / "model.safetensors").exists()
    live = read_live(home, NAME)
    assert live.model.learnt_at == "2030-01-01"


def test_a_new_model_that_is_not_whole_yet_is_tried_again_and_is_no_full_disk(tmp_path):
    home = camera_home(tmp_path)
    old = alarming_at(home, level())
    made, said, _ = watcher(home, unusual_clip())
    folder, tidy = home.camera(NAME), made.housekeeping
    whole = (folder / "model.safetensors").read_bytes()
    sha256 = another_model(folder)
    write_card(folder, replace(old, learnt_at="2030-01-01", model_sha256=sha256))
    new = (folder / "model.safetensors").read_bytes()
    for content in (new[:1000], whole):
        (folder / "model.safetensors").write_bytes(content)
        for _ in range(2):
            tidy._look_for_model()
        assert tidy.new is None
        assert not made.view.trouble
    (folder / "model.safetensors").write_bytes(new)
    tidy._look_for_model()
    assert tidy.new[0].sha256 == tidy.new[1].model_sha256 == sha256
    assert len([line for line in said if "the new model is not taken" in line]) == 2
    made.keeper.store.close()


def test_a_model_file_that_is_overwritten_in_place_changes_nothing_that_is_being_watched(tmp_path):
    home = camera_home(tmp_path)
    made, _, _ = watcher(home, unusual_clip())
    file = home.camera(NAME) / "model.safetensors"
    with file.open("r+b") as opened:  # mapped memory would change, and end the process where it is cut
        opened.truncate(100)
    made.run()
    assert made.frames.scored > 0


def test_sharper_thresholds_do_not_forget_that_the_lens_is_covered(tmp_path):
    home = camera_home(tmp_path)
    made, _, _ = watcher(home, unusual_clip())
    frames = pictures()
    for n in range(80):
        made.intake.health.add(n / RATE, covered(frames[:1])[0])
    assert made.intake.health.state is not Health.OK
    made._take_up(None, replace(made.level.card, alarm_scale=replace(made.level.card.alarm_scale, hours=9.0)))
    assert made.intake.health.state is not Health.OK
    made.keeper.store.close()


def test_sharper_thresholds_count_at_once_and_the_stream_goes_on(tmp_path):
    home = camera_home(tmp_path)
    made, said, _ = watcher(home, unusual_clip())
    stream, scale = made.stream, made.level.card.alarm_scale
    tail = tuple(score + 5 for score in scale.tail)
    higher = replace(scale, base=scale.base + 5, location=scale.location + 5, tail=tail)
    write_card(home.camera(NAME), replace(made.level.card, alarm_scale=higher))
    made.run()  # it tends at its first frame
    assert made.stream is stream
    assert made.level.card.alarm_scale == higher
    assert (stream.events.enter, stream.events.leave) == (made.level.recorded(time.time()), made.level.leave)
    assert made.frames.scored == made.frames.arrived  # nothing was begun anew
    assert sum("goes on with the model" in line for line in said) == 1


def test_a_slider_that_is_moved_far_counts_for_what_is_recorded_while_watching_goes_on(tmp_path):
    home = camera_home(tmp_path)
    alarming_at(home, 1.5)
    made, _, _ = watcher(home, unusual_clip())
    before = made.stream.events.enter
    made.keeper.store.settings.set(NAME, Setting.ALARMS_PER_DAY, 1440.0)
    made.run()
    assert made.stream.events.leave <= made.stream.events.enter == made.level.recorded(time.time()) < before


def test_a_setting_that_cannot_be_is_left_out_and_watching_goes_on(tmp_path):
    home = camera_home(tmp_path)
    store = EventStore.open(home)
    with store.database.write() as connection:
        connection.execute("INSERT INTO settings VALUES (?, ?, ?)", [NAME, Setting.ALARMS_PER_DAY, 2000.0])
    store.close()
    made, _, _ = watcher(home, unusual_clip())
    assert made.level.wanted == 48.0
    made.keeper.store.close()


def test_an_alarm_that_could_not_be_told_is_told_again(tmp_path):
    home = camera_home(tmp_path)
    alarming_at(home, level())
    made, _, alarms = watcher(home, unusual_clip())

    def fails_at_first(event):
        alarms.append(event)
        if len(alarms) == 1:
            from unusual.errors import OutputError

            raise OutputError("no room")

    made.keeper.alarm = fails_at_first
    made.run()
    assert alarms[0].id == alarms[1].id
    assert made.keeper.alarms == made.keeper.events


def test_an_event_of_the_first_moment_of_a_bad_picture_is_withheld_before_it_is_seen_to_be_bad(tmp_path):
    home = camera_home(tmp_path)
    made, _, _ = watcher(home, unusual_clip())
    made.intake.now = 100.0
    event = Event(99.9, 100.0, 100.0, 9.9, None)
    made.going_on(event)
    assert made.keeper.events == 0
    made.intake.now = 100.0 + 0.5 + made.span / RATE
    made.going_on(event)
    assert made.keeper.events == 1
    made.over(Sighting(event, None))
    made.keeper.store.close()


def test_an_event_of_another_camera_is_left_alone(tmp_path):
    home = camera_home(tmp_path)
    made, _, _ = watcher(home, write(tmp_path / "short.mp4", pictures()[:12]))
    other = StoredEvent(new_id(), "other", 1.0, None, 1.0, 2.0, 1.0)
    made.keeper.store.begin(other)
    made.run()
    store = EventStore.open(home)
    assert store.get(other.id).end_utc is None
    store.close()


# --- zones

EVERYTHING = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def test_a_zone_gives_an_event_its_name_and_its_own_alarms(tmp_path):
    home = camera_home(tmp_path)
    card = alarming_at(home, level(), per_day=200.0)
    write_zones(home.camera(NAME), (Zone(ZoneKind.NAMED, EVERYTHING, "gate", 200.0),))
    made, _, alarms = watcher(home, unusual_clip(), alarms_per_day=0.1)
    made.run()
    events, _ = stored(home)
    assert alarms and {event.zone for event in events} == {"gate"}
    highest = max(score for _, score in made.noted)
    assert max(event.score for event in events) == pytest.approx(highest), "its score stays what it is"
    assert highest < card.alarm_scale.threshold(0.1).score


def test_zones_that_are_drawn_while_it_watches_count_from_then_on(tmp_path, monkeypatch):
    monkeypatch.setattr("unusual.camera.housekeeping.EVERY_S", -1.0)
    home = camera_home(tmp_path)
    alarming_at(home, level())
    made, said, _ = watcher(home, unusual_clip())

    def drawn(frame, score, judgements, scored=made.scored):
        scored(frame, score, judgements)
        if len(made.noted) == 50:
            write_zones(home.camera(NAME), (Zone(ZoneKind.IGNORE, EVERYTHING),))

    made.scored = drawn
    made.run()
    scores = np.array(made.noted)[:, 1]
    assert scores[:50].any()
    assert not scores[-20:].any()
    assert any("1 zone from here on" in line for line in said)


def test_a_camera_keeps_its_zones_when_it_is_learnt_anew(tmp_path):
    home = camera_home(tmp_path)
    folder, card = home.camera(NAME), read_card(home, NAME)
    zones = (Zone(ZoneKind.IGNORE, EVERYTHING),)
    write_zones(folder, zones)
    part = folder.with_name(".door.update")
    shutil.copytree(folder, part)
    (part / ZONES).unlink()
    take_model(folder, part, replace(card, previous="previous/old"))
    assert read_zones(folder).zones == zones
    assert load_checkpoint(folder).zone_map.zones == zones


def test_while_a_camera_is_switched_off_nothing_is_scored_and_no_event_reaches_across(tmp_path, monkeypatch):
    monkeypatch.setattr("unusual.camera.housekeeping.EVERY_S", -1.0)
    home = camera_home(tmp_path)
    alarming_at(home, 0.01)
    made, said, _ = watcher(home, unusual_clip())
    take = made.intake.take

    def switched(frame):
        taken = take(frame)
        if made.capture.counts.arrived and made.tally.taken == 40:
            order(home, NAME, Mode.OFF)
        return taken

    made.intake.take = switched
    made.run()
    assert 40 <= len(made.noted) < 60
    assert made.intake.unfit >= 40
    frames = made.frames
    assert frames.arrived == frames.scored + frames.dropped + frames.gap
    events, log = stored(home)
    assert all(event.end_utc is not None for event in events)
    assert "off" in [entry.state for entry in log]
    assert any("off by hand" in line for line in said)


@pytest.fixture(scope="module")
def through_the_night(tmp_path_factory):
    """A camera of two lights has watched a cart by day, by night and by day again: home, the watcher, what it said."""
    folder = tmp_path_factory.mktemp("lights")
    home = Home(shutil.copytree(learnt_in_both()[0].folder, folder / "home"))
    card, *others = read_cards(home, NAME)
    said = []
    settings = WatchSettings(NAME, str(film(folder / "film.mp4", DAY, NIGHT, DAY)), Pace.FAST, 1440.0)
    models = [(load_model(home, each), each) for each in others]
    made = Noted(home, settings, load_model(home, card), card, alarm=said.append, say=said.append, others=models)
    made.noted = []
    made.run()
    return home, made, said


def test_each_light_has_its_own_model_and_what_is_in_between_is_left_out(through_the_night):
    home, made, said = through_the_night
    day, night = read_cards(home, NAME)
    counts = made.frames
    assert (counts.arrived, counts.dropped) == (300, 0)
    assert counts.scored + counts.gap == 300
    assert counts.gap == pytest.approx(2 * SETTLED_S * RATE, abs=3)
    _, log = stored(home)
    lit = [entry.state for entry in reversed(log) if entry.state in (DAY, NIGHT)]
    assert lit == [DAY, NIGHT, DAY]
    assert [line for line in said if isinstance(line, str) and "it sees in" in line] == [
        f"{NAME}: it sees in {light}" for light in lit
    ]
    assert read_live(home, NAME).light == DAY
    by_night = score_video(home.folder.parent / "film.mp4", load_checkpoint(night.folder(home)), pictures=False)
    times, scores = np.array(made.noted).T
    dark = (times - times[0] > 20 + SETTLED_S + 3) & (times - times[0] < 39)
    wanted = by_night.result.live.scores[np.round((times - times[0]) * RATE).astype(int)]
    np.testing.assert_allclose(scores[dark], wanted[dark], rtol=1e-3, atol=1e-3)
    assert day.model_sha256 == made.level.card.model_sha256


def test_events_name_the_model_of_their_light_and_night_is_no_matter_of_health(through_the_night):
    home, made, _ = through_the_night
    day, night = read_cards(home, NAME)
    events, log = stored(home)
    assert {entry.state for entry in log} <= {DAY, NIGHT, "online", "connecting", "ended"}
    start = made.noted[0][0]
    for event in events:
        at_night = 20 <= event.peak_utc - start < 40
        assert event.model == (night if at_night else day).model_sha256
    assert {event.model for event in events} == {day.model_sha256, night.model_sha256}


def test_zones_that_were_drawn_by_day_hold_by_night(tmp_path):
    home = Home(shutil.copytree(learnt_in_both()[0].folder, tmp_path / "home"))
    far = (Zone(ZoneKind.IGNORE, ((0.0, 0.0), (0.01, 0.0), (0.01, 0.05))),)
    write_zones(home.camera(NAME), far)
    night = read_card(home, NAME, NIGHT)
    assert load_model(home, night).zone_map.zones == far


def test_thresholds_of_the_night_that_have_sharpened_are_taken_up(tmp_path):
    home = Home(shutil.copytree(learnt_in_both()[0].folder, tmp_path / "home"))
    card, night = read_cards(home, NAME)
    settings = WatchSettings(NAME, str(film(tmp_path / "film.mp4", NIGHT)), Pace.FAST, 1440.0)
    models = [(load_model(home, night), night)]
    made = Noted(home, settings, load_model(home, card), card, alarm=[].append, say=[].append, others=models)
    made.noted = []
    sharper = replace(night, alarm_scale=replace(night.alarm_scale, scale=9.0))
    write_card(night.folder(home), sharper)
    made.run()
    assert made.level.card.alarm_scale == sharper.alarm_scale
