"""Where a camera stands: said from what lies in the home, whoever asks, and after whatever ended."""

import time
from dataclasses import replace

import numpy as np
import pytest
from made_camera import unusual_clip
from made_home import learn_camera
from web_server import STREAM, web_server

from unusual.app.setup import state
from unusual.app.setup.jobs import LOST
from unusual.app.setup.state import (
    CameraStanding,
    SetupStep,
    begin_learning,
    end_learning,
    end_recording,
    learning_of,
)
from unusual.errors import ConfigError
from unusual.store.home import Home
from unusual.store.live import Learning, read_learning, write_learning
from unusual.store.setup import Question, Setup, answers_of, ask, write_setup

SETUP = Setup(camera="gate", source="rtsp://me:sesame@127.0.0.1:1/stream", record_s=600.0)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    yield home
    learning_of(home, "gate").end(10.0)


def until(holds, seconds=60.0):
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_it_stands_where_it_was_left(home):
    assert CameraStanding.of(home, "gate") is None
    write_setup(home, SETUP)
    assert CameraStanding.of(home, "gate").step is SetupStep.FOOTAGE
    home.uploads("gate").mkdir(parents=True)
    (home.uploads("gate") / "monday.mp4").write_bytes(b"123")
    (home.uploads("gate") / ".half.part.mp4").write_bytes(b"123")
    (home.footage("gate") / "1").mkdir()
    (home.footage("gate") / "1" / "20260101T120000.000000-90s.mp4").touch()
    standing = CameraStanding.of(home, "gate")
    assert (standing.uploads, standing.recorded_s) == ((("monday.mp4", 3),), 90.0)
    learn_camera(home, "gate")
    assert CameraStanding.of(home, "gate").step is SetupStep.LEARNT


def test_a_learning_that_fails_says_why_without_the_password(home):
    write_setup(home, replace(SETUP, record_s=0.0, paths=(str(unusual_clip()),)))
    begin_learning(home, SETUP)
    assert CameraStanding.of(home, "gate").step is SetupStep.LEARNING
    with pytest.raises(ConfigError, match="goes on already"):
        begin_learning(home, SETUP)
    until(lambda: learning_of(home, "gate").pid is None)
    standing = CameraStanding.of(home, "gate")
    assert standing.step is SetupStep.ENDED and not standing.was_stopped
    assert standing.why.startswith("only 20 s of the footage can be learnt from")


def test_a_recording_goes_on_while_nobody_looks_and_ends_when_it_is_enough(home, tmp_path):
    with web_server(tmp_path, [np.full((48, 64, 3), 9, np.uint8)]) as port:
        setup = replace(SETUP, source=f"http://me:sesame@127.0.0.1:{port}{STREAM}")
        write_setup(home, setup)
        with pytest.raises(ConfigError, match="nothing is being recorded"):
            end_recording(home, "gate")
        begin_learning(home, setup)
        until(lambda: (told := read_learning(home, "gate")) and told.stage == "recording" and told.done > 0.003)
        standing = CameraStanding.of(home, "gate")
        assert standing.step is SetupStep.LEARNING and standing.learning.words.endswith(" of 10 min")
        assert 1.0 <= end_recording(home, "gate") < 60
        until(lambda: learning_of(home, "gate").pid is None)
    standing = CameraStanding.of(home, "gate")
    assert "can be learnt from" in standing.why and standing.recorded_s >= 1  # it is too short, and is kept
    assert "sesame" not in (home.job("learning-gate").with_suffix(".log")).read_text()


def test_one_that_is_stopped_says_so_and_one_that_was_killed_is_lost(home, monkeypatch):
    write_setup(home, SETUP)
    job = learning_of(home, "gate")
    job.start("serve", "--port", "0")
    until(lambda: home.database.exists())
    ask(home, "gate", (Question(1, "a 1", "there", boxed=True, clip=False),))
    assert CameraStanding.of(home, "gate").step is SetupStep.ASKED
    write_learning(home, Learning(camera="gate", utc=time.time(), stage="training", share=0.5))
    assert CameraStanding.of(home, "gate").learning.share == 0.5
    end_learning(home, "gate")
    standing = CameraStanding.of(home, "gate")
    assert standing.step is SetupStep.ENDED and standing.was_stopped and standing.learning is None
    job.start("serve", "--port", "0")
    job.tell(state.signal.SIGKILL)
    until(lambda: job.pid is None)
    assert CameraStanding.of(home, "gate").why == LOST
    assert answers_of(home, "gate") == {}
