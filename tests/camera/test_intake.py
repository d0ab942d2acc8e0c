"""Frames on their way to be scored: their times, where they are cut apart, and what is left out."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from made_lights import seen_in

from unusual.camera.intake import DRIFT_S, Intake
from unusual.video.capture import CapturedFrame
from unusual.video.condition.health import Health
from unusual.video.condition.light import SETTLED_S, Light, LightSwitch

PICTURE = np.zeros((4, 4, 3), np.uint8)
START = 1e9


class Lens:
    """Says what it is told to say."""

    state = Health.OK

    def add(self, time_s, rgb):
        return self.state


@pytest.fixture
def made():
    """An intake, the lens it looks at, what it has seen, and the changes of health that it told."""
    lens, seen, told = Lens(), [], []
    intake = Intake(
        lens, live=True, seen=lambda now, _: seen.append(now), changed=lambda now, health: told.append((now, health))
    )
    return intake, lens, seen, told


def frame(time_s, late_s=0.0, session=0, *, after_gap=False):
    return CapturedFrame(0, time_s, PICTURE, after_gap=after_gap, session=session, utc=START + time_s + late_s)


def taken(intake, *frames):
    return [each for captured in frames for each in intake.take(captured)]


def test_times_are_those_of_the_frames_from_when_the_first_one_came(made):
    intake, _, seen, _ = made
    got = taken(intake, frame(0.0), frame(0.2, late_s=0.1), frame(0.4, late_s=0.3))
    assert [each.time_s - START for each in got] == pytest.approx([0.0, 0.2, 0.4])
    assert seen == [each.time_s for each in got]
    assert {each.session for each in got} == {1}
    assert [each.after_gap for each in got] == [True, False, False]  # there is nothing before the first


def test_a_clock_that_was_set_begins_a_session_of_a_camera_and_none_of_a_file(made):
    intake, *_ = made
    frames = frame(0.0), frame(0.2, late_s=2 * DRIFT_S)
    assert [each.session for each in taken(intake, *frames)] == [1, 2]
    assert intake.now == START + 0.2 + 2 * DRIFT_S
    intake, *_ = made
    file = Intake(Lens(), live=False, seen=lambda *_: None, changed=lambda *_: None)
    assert [each.session for each in taken(file, *frames)] == [1, 1]


def test_lost_frames_a_pause_and_another_session_are_cuts(made):
    intake, *_ = made
    got = taken(intake, frame(0.0), frame(0.2, after_gap=True), frame(0.4), frame(1.6), frame(0.0, 1.8, session=1))
    assert [each.after_gap for each in got] == [True, True, False, True, False]
    assert [each.session for each in got] == [1, 1, 1, 1, 2]


def test_what_is_not_fit_is_left_out_and_what_came_before_it_is_judged_without_it(made):
    intake, lens, seen, told = made
    got = taken(intake, frame(0.0))
    lens.state = Health.COVERED
    got += taken(intake, frame(0.2), frame(0.4))
    lens.state = Health.OK
    got += taken(intake, frame(0.6), frame(0.8))
    assert [each.time_s - START if each else None for each in got] == pytest.approx([0.0, None, 0.6, 0.8])
    assert [each.after_gap for each in got if each] == [True, True, False]
    assert intake.unfit == 2
    assert len(seen) == 5  # the clip and the live picture show it all the same
    assert [health for _, health in told] == [Health.COVERED, Health.OK]


def test_a_camera_that_has_gone_quiet_is_told_once(made):
    intake, *_ = made
    assert intake.pause() == []  # it has not begun
    taken(intake, frame(0.0))
    assert intake.pause() == [None]
    assert intake.pause() == []
    taken(intake, frame(0.2))
    assert intake.pause() == [None]


def test_a_sway_is_told_and_what_is_handed_on_is_steadied(made):
    intake, _, _, told = made
    chance = np.random.default_rng(0)
    place = cv2.resize(chance.integers(0, 255, (12, 16, 3)).astype(np.uint8), (160, 120), interpolation=cv2.INTER_CUBIC)
    frames = [replace(frame(n / 8), rgb=np.roll(place, round(2 * np.sin(n)), axis=1)) for n in range(80)]
    got = taken(intake, *frames)
    assert len(got) == 80, "it is scored all the same"
    assert [health for _, health in told] == [Health.SWAYING]
    assert intake.state is Health.SWAYING
    assert max(cv2.absdiff(each.rgb, got[-1].rgb)[8:-8, 8:-8].mean() for each in got[-8:]) < 2
    assert max(cv2.absdiff(each.rgb, frames[-1].rgb)[8:-8, 8:-8].mean() for each in frames[-8:]) > 8


def test_what_is_seen_while_the_light_changes_is_left_out_and_the_first_after_it_is_told():
    lens, told = Lens(), []
    lit = {light: seen_in(light, np.full((1, 24, 24, 3), (20, 200, 20), np.uint8))[0] for light in Light}
    lit[Light.COLOUR][:12] = 90
    intake = Intake(
        lens,
        live=True,
        seen=lambda *_: None,
        changed=told.append,
        lights=LightSwitch(Light.COLOUR, told.append),
    )
    seconds = [(n / 5, Light.INFRARED if n >= 5 else Light.COLOUR) for n in range(40)]
    got = [intake.take(replace(frame(time_s), rgb=lit[light])) for time_s, light in seconds]
    assert told == [Light.INFRARED]
    assert [bool(each and each[0]) for each in got[:5]] == [True] * 5
    settling = round(SETTLED_S * 5)
    assert got[5] == [None] and all(not each for each in got[6 : 6 + settling])
    assert all(each[0] for each in got[6 + settling :]) and got[6 + settling][0].after_gap
    assert intake.unfit == settling + 1
