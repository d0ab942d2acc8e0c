"""Recordings of a camera of two lights: each stretch by the model of its light, by the hour where that is known."""

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC

import numpy as np
import pytest
from made_camera import NAME
from made_lights import DAY, NIGHT, film, learnt_in_both

from unusual.camera.lights.recorded import judges_of, score_lit
from unusual.errors import CheckpointError, ConfigError
from unusual.run.score import score_video
from unusual.scores.by_hour import HourlyLevels
from unusual.store.cameras import read_cards, write_card
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.settings import Setting
from unusual.video.condition.light import SETTLED_S

NIGHTLY = (0.1,) * 6 + (1.0,) * 18
MIDNIGHT = 1_795_132_800.0  # of 20 November 2026, UTC


@pytest.fixture(scope="module")
def home():
    return learnt_in_both()[0]


@pytest.fixture(scope="module")
def judges(home):
    return judges_of(home, NAME, 24.0, UTC)


@pytest.fixture(scope="module")
def watchful(judges):
    """The same, with thresholds that a cart reaches."""
    lower = {"enter": 1.0, "leave": 0.5, "hourly": None}
    return {light: replace(judge, thresholds=replace(judge.thresholds, **lower)) for light, judge in judges.items()}


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A cart by day, and by night."""
    return film(tmp_path_factory.mktemp("films") / "twice.mp4", DAY, NIGHT)


def test_each_light_has_its_model_and_its_threshold_the_one_of_the_folder_first(home, judges):
    cards = read_cards(home, NAME)
    assert list(judges) == [card.light for card in cards] == [DAY, NIGHT]
    for card, judge in zip(cards, judges.values(), strict=True):
        assert judge.checkpoint.sha256 == card.model_sha256
        assert judge.thresholds.enter == card.alarm_scale.threshold(24.0).score
    with pytest.raises(CheckpointError, match="no camera 'gone'"):
        judges_of(home, "gone", None, UTC)


def test_alarms_a_day_are_those_that_a_person_has_set(tmp_path):
    home = Home(shutil.copytree(learnt_in_both()[0].folder, tmp_path / "home"))
    with closing(EventStore.open(home)) as store:
        store.settings.set(NAME, Setting.ALARMS_PER_DAY, 5.0)
    assert [judge.alarms_per_day for judge in judges_of(home, NAME, None, UTC).values()] == [5.0, 5.0]
    assert judges_of(home, NAME, 2.0, UTC)[DAY].alarms_per_day == 2.0


def test_a_stretch_is_judged_by_the_model_of_its_light_and_nothing_while_lights_change(judges, twice, tmp_path):
    result = score_lit(twice, judges, pictures=False).result
    alone = score_video(film(tmp_path / "day.mp4", DAY), judges[DAY].checkpoint, pictures=False).result
    length, live = len(alone.live.scores), result.live
    assert len(live.scores) == 2 * length == len(result.paper.scores)
    assert live.scores[: length - 20] == pytest.approx(alone.live.scores[: length - 20], rel=0.2, abs=0.2)
    unseen = np.flatnonzero(np.isnan(live.scores))
    assert live.times_s[unseen[-1]] - live.times_s[unseen[0]] == pytest.approx(SETTLED_S, abs=0.2)
    assert unseen[0] == length
    (noted,) = [line for line in result.read.problems if "several lights" in line]
    assert f"{DAY} from 0:00" in noted and f"{NIGHT} from" in noted
    assert result.enter == judges[DAY].thresholds.enter


def test_the_cart_is_an_event_in_both_lights_and_each_is_held_against_the_threshold_of_its_light(watchful, twice):
    result = score_lit(twice, watchful, pictures=False).result
    middle_s = result.live.times_s[-1] / 2
    assert {event.start_s > middle_s for event in result.events} == {False, True}
    night = replace(watchful[NIGHT], thresholds=replace(watchful[NIGHT].thresholds, enter=1e3))
    events = score_lit(twice, watchful | {NIGHT: night}, pictures=False).result.events
    assert events and all(event.start_s < middle_s for event in events)


def test_where_it_is_known_when_a_film_was_its_events_are_held_against_the_thresholds_of_their_hour(watchful, twice):
    day = {DAY: watchful[DAY]}
    peak = max(event.peak_score for event in score_lit(twice, day, pictures=False).result.events)
    hourly = HourlyLevels(1.0, (peak + 1,) * 6 + (1.0,) * 18)
    day[DAY] = replace(day[DAY], thresholds=replace(day[DAY].thresholds, hourly=hourly))
    found = {hour: score_lit(twice, day, begins_utc=MIDNIGHT + hour * 3600, pictures=False).result for hour in (1, 12)}
    assert (found[1].events, found[1].enter) == ((), peak + 1)
    assert found[12].events and found[12].enter == 1.0
    unknown = score_lit(twice, day, pictures=False).result
    assert unknown.events and unknown.enter == 1.0, "nobody knows when it was"


def test_a_camera_of_one_light_is_judged_by_its_model_whatever_the_light(judges, twice):
    alone = replace(judges[DAY], card=replace(judges[DAY].card, light=None))
    one, plain = score_lit(twice, {None: alone}, pictures=False).result, score_video(
        twice, alone.checkpoint, thresholds=alone.thresholds, pictures=False
    ).result  # fmt: skip
    assert np.array_equal(one.live.scores, plain.live.scores, equal_nan=True)
    assert one.events == plain.events


def test_a_live_camera_is_no_recording(judges):
    with pytest.raises(ConfigError, match="live camera"):
        score_lit("rtsp://127.0.0.1:9/live", judges)


def test_hours_come_from_the_card(tmp_path):
    home = Home(shutil.copytree(learnt_in_both()[0].folder, tmp_path / "home"))
    card = read_cards(home, NAME)[0]
    write_card(card.folder(home), replace(card, alarm_scale=replace(card.alarm_scale, busy=NIGHTLY)))
    thresholds = judges_of(home, NAME, 5.0, UTC)[DAY].thresholds
    assert thresholds.at(MIDNIGHT) < thresholds.at(MIDNIGHT + 12 * 3600)
    assert thresholds.leave <= thresholds.hourly.lowest
