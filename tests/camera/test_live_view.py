"""What a watched camera looks like right now: state, curve and picture."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from made_home import made_card

from unusual.camera.live_view import STARTING, LiveView, Watching
from unusual.store.home import Home
from unusual.store.live import Frames, read_live
from unusual.video.capture import CameraState
from unusual.video.condition.health import Health

WATCHING = Watching(Frames(100, 98, 1, 1), CameraState.ONLINE, "", Health.OK, None)


@pytest.fixture
def view(tmp_path):
    return LiveView(Home(tmp_path), made_card("door"), None)  # no unit is shown here, so no scale is asked for


def show(view, rate=10.0, count=20):
    for n in range(count):
        view.show(1000.0 + n / rate, np.full((48, 64, 3), n, np.uint8), 30)


def test_both_files_say_what_there_is(view):
    show(view)
    for time_s, score in ((1000.0, 0.2), (1000.5, 0.9), (1001.2, 0.4)):
        view.score(time_s, score)
    assert view.tend(WATCHING, 1.5, None) == ("online", "")
    live = read_live(view.home, "door")
    assert (live.camera, live.state, live.health, live.frames) == ("door", "online", "ok", WATCHING.frames)
    assert (live.score, live.threshold, live.event) == (0.4, 1.5, None)
    assert live.recent == ((1000, 0.9), (1001, 0.4))  # the highest of each second
    assert (live.model.method, live.model.preset) == ("ustn-dsc", "small")
    assert cv2.imread(str(view.home.picture("door"))).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"state": CameraState.OFFLINE, "reason": "no answer"}, "offline", "no answer"),
        ({"health": Health.COVERED}, "degraded", "the lens seems to be covered"),
        ({"state": CameraState.ENDED, "health": Health.DARK}, "ended", ""),
    ],
)
def test_the_connection_comes_before_the_picture(view, changes, state, words):
    show(view)
    assert view.tend(replace(WATCHING, **changes), 1.5, None) == (state, words)
    assert read_live(view.home, "door").state == state


def test_what_could_not_be_stored_is_told_and_stays_told_for_a_while(view):
    show(view)
    view.notice("the disk is full")
    assert view.tend(WATCHING, 1.5, None) == ("storage_full", "the disk is full")
    assert view.tend(WATCHING, 1.5, None) == ("storage_full", "the newest events may lack their clips")


def test_a_machine_that_is_too_slow_is_told(view):
    show(view)
    for n in range(20):
        assert view.tend(replace(WATCHING, frames=Frames(100 + n, 98 + n, 1, 1)), 1.5, None)[0] == "online"
    state, words = view.tend(replace(WATCHING, frames=Frames(210, 158, 51, 1)), 1.5, None)
    assert state == "overloaded"
    assert words == "51% of the frames are left out: the machine is too slow"


def test_frames_that_were_dropped_while_all_was_being_loaded_make_no_machine_slow(view):
    show(view)
    seen = [Frames(0, 0, 0, 0), *(Frames(30 + 15 * n, 14 + 15 * n, 16, 0) for n in range(30))]
    assert {view.tend(replace(WATCHING, frames=frames), 1.5, None)[0] for frames in seen} == {"online"}


def test_another_rate_than_was_learnt_is_told(view):
    show(view, rate=20.0)
    seen = [replace(WATCHING, frames=Frames(20 * n, 20 * n, 0, 0)) for n in range(STARTING + 2)]
    told = [view.tend(each, 1.5, None) for each in seen]
    assert {state for state, _ in told[:-1]} == {"online"}, "at first, frames come in a burst"
    state, words = told[-1]
    assert state == "other_rate"
    assert words.startswith("20 frames a second come, 10 were learnt")


def test_files_that_cannot_be_written_are_a_trouble_and_end_nothing(view):
    (view.home.folder / "live").write_text("in the way")
    view.tend(WATCHING, 1.5, None)
    assert "cannot write" in view.tend(WATCHING, 1.5, None)[1]


def test_a_machine_that_is_now_and_then_too_slow_is_told_so_until_it_has_been_quick_for_a_while(view, monkeypatch):
    show(view)
    clock = [1000.0]
    monkeypatch.setattr("unusual.camera.live_view.time.monotonic", lambda: clock[0])
    told, arrived, dropped = [], 100, 1
    for second in range(1800):
        clock[0] += 1
        arrived, dropped = arrived + 10, dropped + (10 if second % 60 == 30 else 0)
        told.append(view.tend(replace(WATCHING, frames=Frames(arrived, 90, dropped, 0)), 1.5, None)[0])
    assert [state for n, state in enumerate(told) if told[n - 1 : n] != [state]] == ["online", "overloaded"]
    for _ in range(600):
        clock[0] += 1
        arrived += 10
        told.append(view.tend(replace(WATCHING, frames=Frames(arrived, 90, dropped, 0)), 1.5, None)[0])
    assert told[-1] == "online"
