"""The learning of a setup: from what was named, asking in the home folder, and never twice about one moment."""

import threading
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from made_camera import RATE, unusual_clip

from unusual.app.setup import asking
from unusual.app.setup.asking import AskingListener, learn_setup, sources_of, write_clips
from unusual.camera.cuts import Odd, OddStretch
from unusual.domain import Box
from unusual.errors import ConfigError
from unusual.store.home import Home
from unusual.store.setup import Setup, answer, questions_of, write_setup
from unusual.video.reader import open_video
from unusual.video.source import Source

CAMERA = "rtsp://gate/1"


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    write_setup(home, Setup(camera="gate", source=CAMERA))
    return home


@pytest.fixture
def odd():
    clip = unusual_clip()
    return [OddStretch(clip, 30, 60, 45, 9.0, Box(0, 0, 1, 1)), OddStretch(clip, 80, 100, 95, 3.0)]


@pytest.fixture
def thumbs(tmp_path, odd):
    folder = tmp_path / "thumbs"
    folder.mkdir()
    for number in range(1, len(odd) + 1):
        (folder / f"odd-{number}.jpg").write_bytes(b"picture")
    return folder


def test_it_learns_from_recordings_uploads_and_what_was_named(home):
    recordings, uploads = home.footage("gate") / "1", home.uploads("gate")
    for file in (recordings / "20260101T120000.000000-90s.mp4", recordings / "half.mp4", uploads / "a.mp4"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    named = Setup(camera="gate", source=CAMERA, paths=("/b.mp4",))
    assert sources_of(home, named) == [
        recordings / "20260101T120000.000000-90s.mp4",
        uploads / "a.mp4",
        Path("/b.mp4"),
    ]
    recorded = Setup(camera="gate", source=CAMERA, record_s=60.0)
    assert sources_of(home, recorded) == [Source.of(CAMERA), uploads / "a.mp4"]  # it finds what was recorded itself
    film = Setup(camera="gate", source="/c.mp4")
    assert sources_of(home, film) == [uploads / "a.mp4", Path("/c.mp4")]


def test_a_camera_of_which_nothing_was_said_is_refused(home):
    with pytest.raises(ConfigError, match="nothing was said of a camera 'yard'"):
        learn_setup(home, "yard")


def test_it_asks_waits_and_never_asks_again(home, odd, thumbs, monkeypatch):
    monkeypatch.setattr(asking, "EVERY_S", 0.01)
    listener, decided = AskingListener(home, "gate"), []
    asked = threading.Thread(target=lambda: decided.extend(listener.decide(odd, RATE, thumbs)))
    asked.start()
    while len(questions := questions_of(home, "gate")) < 2:
        assert asked.is_alive()
    assert [question.number for question in questions] == [1, 2]
    assert questions[0].where == "cart.mp4, 9.0 s from its start" and questions[0].clip
    assert (questions[0].boxed, questions[1].boxed) == (True, False)
    assert (home.setup("gate") / "odd-2.jpg").read_bytes() == b"picture"
    answer(home, "gate", {questions[0].key: "unusual"})
    asked.join(0.2)
    assert asked.is_alive()
    answer(home, "gate", {questions[1].key: "ordinary"})
    asked.join(10)
    assert decided == [Odd.UNUSUAL, Odd.ORDINARY]
    assert AskingListener(home, "gate").decide(odd[::-1], RATE, thumbs) == [Odd.ORDINARY, Odd.UNUSUAL]


def test_a_moment_of_a_recording_is_said_by_the_clock(home, odd, thumbs, monkeypatch):
    monkeypatch.setattr(asking, "local_zone", lambda: UTC)
    named = replace(odd[0], video=Path("20260301T120000.500000-90s.mp4"))
    assert asking._where(named, RATE) == "Sun 01 Mar, 12:00:09"


def test_a_clip_shows_the_seconds_around_a_peak(tmp_path, odd):
    assert write_clips(odd, RATE, tmp_path) == {1, 2}
    with open_video(tmp_path / "odd-1.mp4") as video:
        assert sum(1 for _ in video) == 2 * asking.CLIP_S / 2 * RATE + 1
    with open_video(tmp_path / "odd-2.mp4") as video:  # the film ends before
        assert sum(1 for _ in video) == asking.CLIP_S / 2 * RATE + 5


def test_what_lies_far_behind_has_no_clip(tmp_path, odd, monkeypatch):
    monkeypatch.setattr(asking, "MOST_FRAMES", 100)
    assert write_clips(odd, RATE, tmp_path) == {1}
    assert [file.name for file in tmp_path.iterdir()] == ["odd-1.mp4"]
