"""All shards put together: thresholds, events, tables, store, days."""

from dataclasses import replace
from datetime import UTC

import pytest
from made_archive import BRIGHT, by_brightness, copy_groups, planned

from unusual.errors import DataError
from unusual.run.archive.engines.children import Done
from unusual.run.archive.past.gather import LIMIT_S, SLOWEST, CameraRule, Gathering, gather
from unusual.run.archive.shard import score_shard
from unusual.run.archive.shelf import Shelf
from unusual.scores.alarms import AlarmScale
from unusual.store.events import EventStore
from unusual.store.home import Home

TRAINED = by_brightness(6, 2, memory=3)
SCALE = AlarmScale(0.8, 0.1, 0.05, 10.0, 1000, 30.0, 1.0, 1.0, 100.0, (110.0, 120.0, 130.0))


@pytest.fixture
def done(segments, tmp_path):
    shards, shelf = planned(segments, tmp_path, TRAINED.scorer.reach, 0.1), Shelf(str(tmp_path / "shards"))
    for shard in shards:
        shelf.write(shard.name, score_shard(shard, TRAINED))
    return tmp_path, shelf, shards


def gathered(done, **more):
    out, shelf, _ = done
    said = []
    rule = CameraRule(BRIGHT, 3, **more)
    (past,) = gather(Gathering(out, shelf, Home(out / "home"), UTC), {"yard": rule}, said.append)
    return past, said


def test_everything_that_comes_out_says_the_same(done):
    past, said = gathered(done)
    assert (past.frames, past.lost, past.unscored, past.enter) == (400, 0, 0, 150.0)
    assert [(round(last - first, 1)) for first, last in past.stretches] == [39.9]
    assert said == ["yard: 400 frames, 0 lost, 2 events; score 150, as for single videos"]
    store = EventStore.open(Home(done[0] / "home"))
    assert {event.id for event in store.list()} == {event.id for event in past.events}
    store.close()
    (day,) = past.days
    assert day.events == 2 and day.worst == max(each.event.peak_score for each in past.events)
    assert day.hours == pytest.approx(40 / 3600)


def test_without_a_scale_that_was_learnt_a_score_is_as_often_as_it_was_here(done):
    past, _ = gathered(done)
    once, twice = sorted(past.events, key=lambda each: -each.event.peak_score)
    assert once.per_day == pytest.approx(86_400 / 39.9) and twice.per_day == pytest.approx(2 * once.per_day)


def test_gathering_twice_is_gathering_once(done):
    first, second = gathered(done)[0], gathered(done)[0]
    assert [event.id for event in first.events] == [event.id for event in second.events]
    store = EventStore.open(Home(done[0] / "home"))
    assert len(store.list()) == 2
    store.close()


def test_a_threshold_follows_from_the_alarms_a_day_that_a_scale_gives(done):
    past, _ = gathered(done, scale=SCALE, alarms_per_day=24.0)
    assert past.enter == pytest.approx(SCALE.threshold(24.0).score) and "24 alarms a day" in past.said
    assert past.events[0].per_day == pytest.approx(SCALE.alarms_per_day(past.events[0].event.peak_score))


def test_in_a_rush_hour_it_takes_more_to_be_an_event_and_in_a_quiet_one_less(done):
    """The recordings begin at two in the afternoon of UTC."""
    found = {}
    for name, at_two in (("quiet", 0.1), ("rush", 20.0)):
        scale = replace(SCALE, busy=(1.0,) * 14 + (at_two,) + (1.0,) * 9)
        past, _ = gathered(done, scale=scale, alarms_per_day=2.0)
        assert past.enter == pytest.approx(SCALE.threshold(2.0).score) and "by the hour of the day" in past.said
        found[name] = past.events
        often = [at_two * SCALE.alarms_per_day(event.event.peak_score) for event in past.events]
        assert [event.per_day for event in past.events] == pytest.approx(often)
        assert max(often, default=0.0) <= 2.0
    assert (len(found["quiet"]), len(found["rush"])) == (2, 0)


def test_too_little_footage_for_alarms_a_day_is_said(done):
    past, _ = gathered(done, alarms_per_day=1.0)
    assert past.enter == 150.0 and past.said.endswith("too little for one by alarms a day")


def test_files_that_could_not_be_judged_are_named(done):
    _, shelf, shards = done
    shelf.remove(shards[2].name)
    past, _ = gathered(done)
    assert past.lost == 60 and {trouble.path for trouble in past.troubles} == {p.path for p in shards[2].files}


def test_a_camera_that_takes_too_long_is_given_up_and_named(done, monkeypatch):
    out, shelf, shards = done
    asked = []

    def hangs(take, function, limit_s, **_):
        asked.append(limit_s(task := take()))
        yield Done(task, None, "it took longer than it may")

    monkeypatch.setattr("unusual.run.archive.past.gather.in_children", hangs)
    with pytest.raises(DataError, match="yard cannot be put together: it took longer than it may"):
        gather(Gathering(out, shelf, Home(out / "home"), UTC), {"yard": CameraRule(BRIGHT, 3)}, print, 1)
    assert asked == [pytest.approx(LIMIT_S + SLOWEST * sum(shard.seconds for shard in shards))]


def test_cameras_are_put_together_at_once_and_say_the_same(film, tmp_path):
    for camera in ("yard", "gate"):
        copy_groups(film, tmp_path / "nvr" / camera / "20261120_140000.mp4", camera == "gate", 20)
    shards, shelf = planned(tmp_path / "nvr", tmp_path, TRAINED.scorer.reach, 0.2), Shelf(str(tmp_path / "shards"))
    for shard in shards:
        shelf.write(shard.name, score_shard(shard, TRAINED))
    rules, told = {name: CameraRule(BRIGHT, 3) for name in ("yard", "gate")}, []
    for workers in (0, 2):
        gathering = Gathering(tmp_path, shelf, Home(tmp_path / "home"), UTC)
        told.append([(p.camera, p.frames, p.days, p.events) for p in gather(gathering, rules, print, workers)])
    assert told[0] == told[1] and [camera for camera, *_ in told[0]] == ["gate", "yard"]
    shelf.write(shards[0].name, b"half")
    with pytest.raises(DataError, match="gate cannot be put together: a shard's file is broken"):
        gather(Gathering(tmp_path, shelf, Home(tmp_path / "home"), UTC), rules, print, 2)
