"""Thresholds that sharpen: what the timeline tells once it is longer than the footage was."""

import shutil
import time
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from made_camera import NAME, alarming_at, camera_home, learnt, unusual_clip
from made_lights import DAY, NIGHT, learnt_in_both

from unusual.camera.sharpen import in_other_lights, sharpen, sharpened
from unusual.camera.watcher import CameraWatcher, WatchSettings
from unusual.run.checkpoint import load_checkpoint
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.cameras import learnt_alone, read_card, read_cards, write_card
from unusual.store.events import EventStore, StoredEvent, Verdict
from unusual.store.healthlog import HealthEntry
from unusual.store.home import Home
from unusual.store.names import new_id
from unusual.store.rules.zones import write_zones
from unusual.store.scorelog import ScoreLines, ScoreLog
from unusual.video.capture import Pace

HOUR = 3600


def timeline(hours, seed=0, start=1_000_000):
    """Ordinary seconds, of which score z is reached 86,400 exp(-20 z) times a day."""
    count = round(hours * HOUR)
    return ScoreLines(start + np.arange(count, dtype=float), np.random.default_rng(seed).exponential(1 / 20, count), 0)


@pytest.fixture
def home(tmp_path):
    """A camera that was learnt a day ago, from minutes of footage whose tail looked heavy."""
    home = camera_home(tmp_path)
    card = alarming_at(home, 10.0)
    write_card(home.camera(NAME), replace(card, learnt_at=ago(24), alarm_scale=short(card)))
    return home


def ago(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - hours * HOUR))


def short(card):
    return replace(card.alarm_scale, hours=0.1)


def log(home, lines):
    kept = ScoreLog(home, NAME)
    for utc, score in zip(lines.times_utc, lines.scores, strict=True):
        kept.add(utc, score)
    kept.close()


def test_hours_of_watching_take_the_place_of_minutes_of_footage(home):
    card = read_card(home, NAME)
    sharper = sharpened(card, timeline(3), [])
    assert sharper.alarm_scale.hours == pytest.approx(3)
    assert sharper.alarm_scale.threshold(24).score == pytest.approx(np.log(HOUR) / 20, rel=0.2)
    assert replace(sharper, alarm_scale=card.alarm_scale) == card


@pytest.mark.parametrize(
    ("known_hours", "watched_hours", "sharper"),
    [(0.1, 0.9, False), (0.1, 1.1, True), (2.0, 2.9, False), (2.0, 3.1, True)],
)
def test_only_what_is_much_longer_tells_more(home, known_hours, watched_hours, sharper):
    card = read_card(home, NAME)
    card = replace(card, alarm_scale=replace(card.alarm_scale, hours=known_hours))
    assert (sharpened(card, timeline(watched_hours), []) is not None) is sharper


def test_what_was_sharpened_follows_the_newest_week_day_by_day(home):
    """A week's scale cannot grow by half in a window of a week: it would stay as it is for ever."""
    now = round(time.time())
    card = replace(read_card(home, NAME), learnt_at="2020-01-01T00:00:00+00:00", sharpened_utc=now - 23.0 * HOUR)
    card = replace(card, alarm_scale=replace(card.alarm_scale, hours=166.0))
    log(home, timeline(160, start=now - 160 * HOUR))
    with closing(EventStore.open(home)) as store:
        assert not sharpen(home, card, store, now), "it is of today"
        assert not sharpen(home, replace(card, sharpened_utc=0.0), store, now), "footage of a week told more"
        assert sharpen(home, replace(card, sharpened_utc=now - 24.0 * HOUR), store, now)
    sharper = read_card(home, NAME)
    assert (sharper.alarm_scale.hours, sharper.sharpened_utc) == (pytest.approx(160, abs=0.1), now)


def test_two_days_of_watching_tell_which_hours_are_quiet_by_the_clock_on_the_wall(home, monkeypatch):
    """Three days whose scores are high from midnight to six in Tokyo, which is nine hours ahead of UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    card, lines = read_card(home, NAME), timeline(72, start=20_000 * 24 * HOUR)
    night = (lines.times_utc + 9 * HOUR) % (24 * HOUR) < 6 * HOUR
    lines.scores[night] *= 3
    busy = sharpened(card, lines, []).alarm_scale.busy
    assert min(busy[1:5]) > 2 and max(busy[8:22]) < 0.5
    assert sharpened(card, timeline(20), []).alarm_scale.busy == ()


def test_seconds_that_never_differ_tell_nothing(home):
    lines = timeline(2)
    assert sharpened(read_card(home, NAME), replace(lines, scores=np.zeros_like(lines.scores)), []) is None


def test_seconds_that_are_spared_do_not_count():
    card, lines = read_card(learnt()[0], NAME), timeline(3)
    card = replace(card, alarm_scale=short(card))
    lines.scores[500:520] = lines.scores[7000:7020] = 50.0
    spared = [(lines.times_utc[at] + 0.3, lines.times_utc[at] + 19.5) for at in (500, 7000)]
    plain = sharpened(card, timeline(3), []).alarm_scale.threshold(1).score
    assert sharpened(card, lines, spared).alarm_scale.threshold(1).score == pytest.approx(plain, 0.05)
    assert sharpened(card, lines, []).alarm_scale.threshold(1).score > 2 * plain


def test_useful_events_and_the_moments_before_the_picture_was_unfit_are_spared(home):
    card, now = read_card(home, NAME), round(time.time())
    lines = timeline(3, start=now - 4 * HOUR)
    lines.scores[500:520] = lines.scores[7000:7008] = 50.0
    log(home, lines)
    event = StoredEvent(
        id=new_id(), camera=NAME, start_utc=lines.times_utc[500] + 0.3, end_utc=lines.times_utc[519] + 0.5,
        peak_utc=lines.times_utc[502], score=50.0, per_day=0.1, box=None, why="", alarm=True, model="",
    )  # fmt: skip
    with closing(EventStore.open(home)) as store:
        store.begin(event)
        store.health.add(NAME, lines.times_utc[7008], "covered", "the lens seems to be covered")
        store.review(event.id, reviewed=True, verdict=Verdict.USEFUL, note="")
        assert sharpen(home, card, store, now)
    plain = sharpened(card, timeline(3), []).alarm_scale.threshold(1).score
    assert read_card(home, NAME).alarm_scale.threshold(1).score == pytest.approx(plain, 0.05)


def test_one_wild_line_of_the_timeline_changes_nothing(home):
    card, now = read_card(home, NAME), round(time.time())
    log(home, timeline(3, start=now - 4 * HOUR))
    with next((home.folder / "scores" / NAME).iterdir()).open("a") as file:
        file.write(f"{now - HOUR},1e30\n{now - HOUR - 1},inf\n")
    with closing(EventStore.open(home)) as store:
        assert sharpen(home, card, store, now)
    assert read_card(home, NAME).alarm_scale.threshold(1).score < 2


def test_a_camera_that_is_being_learnt_is_left_alone(home):
    card, now = read_card(home, NAME), round(time.time())
    log(home, timeline(3, start=now - 4 * HOUR))
    with closing(EventStore.open(home)) as store, learnt_alone(home.camera(NAME), NAME):
        assert not sharpen(home, card, store, now)
    assert read_card(home, NAME) == card


def test_only_the_scores_of_this_very_model_count(home):
    card, now = read_card(home, NAME), time.time()
    log(home, timeline(3, start=round(now) - 30 * HOUR))  # before it was learnt
    store = EventStore.open(home)
    assert not sharpen(home, card, store, now)
    log(home, timeline(3, start=round(now) - 4 * HOUR))
    assert not sharpen(home, replace(card, model_sha256="0" * 64), store, now)  # it was learnt anew meanwhile
    assert read_card(home, NAME) == card
    assert sharpen(home, card, store, now)
    assert read_card(home, NAME).alarm_scale.hours == pytest.approx(3, abs=0.01)
    store.close()


def test_what_was_scored_before_zones_were_drawn_counts_no_more_and_a_day_after_it_is_enough(home, monkeypatch):
    now = round(time.time())
    card = replace(read_card(home, NAME), learnt_at="2020-01-01T00:00:00+00:00")
    card = replace(card, alarm_scale=replace(card.alarm_scale, hours=160.0))
    write_card(home.camera(NAME), card)
    log(home, timeline(30, start=now - 30 * HOUR))
    with closing(EventStore.open(home)) as store:
        assert not sharpen(home, card, store, now), "160 hours told more"
        monkeypatch.setattr("unusual.store.rules.zones.time.time", lambda: now - 25.0 * HOUR)
        write_zones(home.camera(NAME), (Zone(ZoneKind.IGNORE, ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))),))
        assert sharpen(home, card, store, now)
        sharper = read_card(home, NAME)
        assert (sharper.alarm_scale.hours, sharper.sharpened_utc) == (pytest.approx(25, abs=0.1), now)
        assert not sharpen(home, sharper, store, now), "it is of these zones already"


def test_the_watcher_goes_on_with_sharper_thresholds(home):
    log(home, timeline(3, start=round(time.time()) - 4 * HOUR))
    said, alarms = [], []
    settings = WatchSettings(NAME, str(unusual_clip()), Pace.FAST, 48.0)
    checkpoint, card = load_checkpoint(home.camera(NAME)), read_card(home, NAME)
    made = CameraWatcher(home, settings, checkpoint, card, alarm=alarms.append, say=said.append)
    before, take = made.level.score, made.keeper.recorder.add

    def tended(now, rgb):
        made.housekeeping._tended = -np.inf  # a second has passed
        take(now, rgb)

    made.keeper.recorder.add = tended
    made.run()
    assert made.level.score < before / 2
    assert any("learnt from 3 h" in line for line in said), said
    assert made.frames.arrived == made.frames.scored + made.frames.gap
    assert alarms


def test_what_was_seen_in_another_light_is_no_matter_of_a_lights_thresholds():
    log = [
        HealthEntry(NAME, utc, state, "") for utc, state in [(50.0, DAY), (40.0, "dark"), (20.0, NIGHT), (10.0, DAY)]
    ]
    assert in_other_lights(log, DAY) == [(-np.inf, 10.0), (20.0, 50.0)]
    assert in_other_lights(log, NIGHT) == [(-np.inf, 10.0), (10.0, 20.0), (50.0, np.inf)]
    assert in_other_lights(log, None) == []


def test_each_light_sharpens_by_its_own_scores(tmp_path):
    """Three hours by day whose scores are low, then three by night whose scores are ten times as high."""
    home = Home(shutil.copytree(learnt_in_both()[0].folder, tmp_path / "home"))
    for card in read_cards(home, NAME):
        write_card(card.folder(home), replace(card, learnt_at=ago(24)))
    card, night = read_cards(home, NAME)
    now = time.time()
    begin = np.floor(now) - 6 * HOUR
    day_scores, night_scores = timeline(3, start=begin), timeline(3, start=begin + 3 * HOUR)
    log(home, day_scores)
    log(home, replace(night_scores, scores=10 * night_scores.scores))
    with closing(EventStore.open(home)) as store:
        store.health.add(NAME, begin - 1, DAY, "")
        store.health.add(NAME, begin + 3 * HOUR, NIGHT, "")
        assert sharpen(home, night, store, now)
        assert sharpen(home, card, store, now)
    scales = [each.alarm_scale for each in read_cards(home, NAME)]
    assert [scale.hours for scale in scales] == pytest.approx([3, 3], abs=0.01)
    assert scales[1].threshold(24).score == pytest.approx(10 * scales[0].threshold(24).score, rel=0.05)
    assert read_card(home, NAME).light is DAY
