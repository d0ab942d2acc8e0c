"""An event's folder: the clip with what was before and after, its pictures, and what goes wrong while it is written."""

import json
import os
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import cv2
import numpy as np
import pytest

import unusual.store.media as module
from unusual.domain import Event, EventPictures
from unusual.errors import DataError, OutputError
from unusual.store.home import Home
from unusual.store.media import CLIP, CURVE, MOST_CLIPS, ClipLimits, ClipRecorder, keep_event_pictures
from unusual.store.names import new_id
from unusual.video.reader import open_video
from unusual.video.writer import write_video

START = 1_700_000_000.0  # UTC of second 0 below
LIMITS = ClipLimits(before_s=2.0, after_s=1.0, late_s=1.0, longest_s=8.0, gap_s=1.5, free_bytes=0)


def picture(second, width=48, height=32):
    return np.full((height, width, 3), (20 + round(second * 10) % 200, 90, 30), np.uint8)


class Watch:
    """A recorder fed ten frames a second with a score each, and what it handed over."""

    def __init__(self, home, limits=LIMITS):
        self.home, self.got = home, {}
        self.recorder = ClipRecorder(home, self.got.__setitem__, limits)

    def frames(self, since, until, **size):
        for number in range(round(since * 10), round(until * 10)):
            self.recorder.add(START + number / 10, picture(number / 10, **size))
            self.recorder.score(START + number / 10, number / 10)

    def begin(self, second, threshold=5.0):
        event = new_id()
        self.recorder.begin(event, START + second, threshold)
        return event

    def end(self, event, second):
        self.recorder.end(event, START + second)

    def clip(self, event):
        """The clip's first and last second by its curve, which fit the video."""
        folder = self.home.event(event)
        curve = json.loads((folder / CURVE).read_text())
        with open_video(folder / CLIP) as video:
            frames = list(video)
        length = curve["end_utc"] - curve["start_utc"]
        assert frames[-1].time_s - frames[0].time_s == pytest.approx(length, abs=0.01)
        for frame in (frames[0], frames[-1]):
            second = curve["start_utc"] - START + frame.time_s
            assert np.abs(frame.rgb.mean((0, 1)) - picture(second)[0, 0]).max() < 6
        return round(curve["start_utc"] - START, 3), round(curve["end_utc"] - START, 3)


@pytest.fixture
def watch(tmp_path):
    before, watch = set(threading.enumerate()), Watch(Home(tmp_path))
    yield watch
    watch.recorder.close()
    assert not [each for each in threading.enumerate() if each.name.startswith("clip ") and each not in before]


def test_a_clip_shows_the_seconds_before_and_after(watch):
    watch.frames(0, 5)
    event = watch.begin(4.2)
    watch.frames(5, 6)
    watch.end(event, 5.8)
    watch.frames(6, 9)
    watch.recorder.close()
    assert watch.got == {event: (CLIP, CURVE)}
    assert watch.clip(event) == (2.2, 6.8)


def test_the_curve_holds_the_scores_of_the_clip_and_the_threshold(watch):
    watch.frames(0, 3)
    event = watch.begin(2.5, threshold=2.75)
    watch.recorder.score(START + 2.95, float("nan"))
    watch.end(event, 2.8)
    watch.frames(3, 6)
    watch.recorder.close()
    curve = json.loads((watch.home.event(event) / CURVE).read_text())
    assert curve["threshold"] == 2.75
    assert [START + 2.95, None] in curve["scores"]
    times = [utc for utc, _ in curve["scores"]]
    assert min(times) == curve["start_utc"] and max(times) == pytest.approx(curve["end_utc"])
    assert [score for _, score in curve["scores"] if score is not None] == pytest.approx(np.arange(0.5, 3.85, 0.1))


def test_a_clip_is_whole_while_the_watching_goes_on(watch):
    watch.frames(0, 3)
    event = watch.begin(2.5)
    watch.end(event, 3)
    watch.frames(3, 6)
    until = time.monotonic() + 20
    while not watch.got and time.monotonic() < until:
        watch.recorder.check()
        time.sleep(0.01)
    assert watch.clip(event)[1] == 4.0


def test_a_disk_that_cannot_keep_pace_ends_the_clip_before_it_fills_the_memory(tmp_path, monkeypatch):
    released = threading.Event()

    @contextmanager
    def slow(*given, **options):
        released.wait(20)
        with write_video(*given, **options) as sink:
            yield sink

    monkeypatch.setattr(module, "write_video", slow)
    watch = Watch(Home(tmp_path), replace(LIMITS, most_bytes=5000))
    watch.frames(0, 1)
    event = watch.begin(0)
    watch.frames(1, 8)
    released.set()
    watch.recorder.close()
    _, last = watch.clip(event)
    assert 1.0 < last < 3.0, "ten thousand bytes, of some 500 each"


def test_a_camera_that_goes_away_leaves_the_clip_up_to_there(watch, monkeypatch):
    watch.frames(0, 3)
    event = watch.begin(2.5)
    watch.recorder.check()
    monkeypatch.setattr(module, "QUIET_S", 0.0)
    until = time.monotonic() + 20
    while not watch.got and time.monotonic() < until:
        watch.recorder.check()
        time.sleep(0.01)
    assert watch.clip(event) == (0.5, 2.9)


def test_a_clip_of_an_event_that_was_forgotten_meanwhile_is_let_go(tmp_path):
    asked = []

    def take(event, names):
        asked.append(event)
        raise DataError("there is no such event")

    recorder = ClipRecorder(Home(tmp_path), take, LIMITS)
    recorder.add(START, picture(0))
    recorder.begin(new_id(), START, 1.0)
    recorder.close()
    recorder.check()
    assert len(asked) == 1


def test_a_disk_that_is_too_slow_for_many_clips_costs_the_last_ones_and_is_said(watch):
    watch.frames(0, 3)
    events = [watch.begin(2) for _ in range(MOST_CLIPS + 1)]
    with pytest.raises(OutputError, match=f"no clip of event {events[-1]}: the disk .* is too slow"):
        watch.recorder.check()
    watch.recorder.close()
    assert set(watch.got) == set(events[:-1])


def test_two_events_that_are_near_each_have_their_clip(watch):
    watch.frames(0, 3)
    first = watch.begin(2.5)
    watch.end(first, 3)
    watch.frames(3, 3.5)
    second = watch.begin(3.4)
    watch.end(second, 3.8)
    watch.frames(3.5, 8)
    watch.recorder.close()
    assert (watch.clip(first), watch.clip(second)) == ((0.5, 4.0), (1.4, 4.8))


def test_a_clip_is_at_most_longest_s(watch):
    watch.frames(0, 3)
    event = watch.begin(3)
    watch.frames(3, 20)
    watch.end(event, 20)
    watch.recorder.close()
    assert watch.clip(event) == (1.0, 9.0)


@pytest.mark.parametrize(
    "interruption",
    [
        pytest.param(lambda watch: watch.frames(6, 9), id="a gap"),
        pytest.param(lambda watch: watch.frames(4, 9, width=64), id="another size"),
        pytest.param(lambda watch: watch.frames(1, 4), id="a clock set back"),
    ],
)
def test_a_break_in_the_stream_ends_the_clip_there_and_the_next_event_begins_after_it(watch, interruption):
    watch.frames(0, 4)
    event = watch.begin(3)
    interruption(watch)
    watch.end(event, 8)
    after = watch.begin(0)
    watch.recorder.close()
    assert watch.clip(event) == (1.0, 3.9)
    curve = json.loads((watch.home.event(after) / CURVE).read_text())
    assert curve["end_utc"] - curve["start_utc"] == pytest.approx(2.9, abs=0.11)


def test_an_event_without_a_frame_has_no_clip(watch):
    event = watch.begin(1)
    watch.end(event, 2)
    watch.end(new_id(), 2)
    watch.recorder.close()
    assert watch.got == {}
    assert not watch.home.event(event).exists()


def test_a_fast_camera_is_thinned_and_a_large_one_shrunk(tmp_path):
    watch = Watch(Home(tmp_path))
    for number in range(60):
        watch.recorder.add(START + number / 60, np.zeros((1080, 1920, 3), np.uint8))
    event = watch.begin(1)
    watch.recorder.close()
    with open_video(Home(tmp_path).event(event) / CLIP) as video:
        frames = list(video)
    assert 26 <= len(frames) <= 34
    assert frames[0].rgb.shape == (540, 960, 3)


def test_what_is_held_before_an_event_is_bounded_in_seconds_and_in_bytes(tmp_path):
    watch = Watch(Home(tmp_path))
    watch.frames(0, 30)
    assert len(watch.recorder._shots) == 31  # three seconds
    small = Watch(Home(tmp_path), ClipLimits(most_bytes=5000, free_bytes=0))
    small.frames(0, 30)
    assert 4000 < small.recorder._held <= 5000
    assert small.recorder._held == sum(len(shot.data) for shot in small.recorder._shots)


def test_a_disk_that_is_nearly_full_is_left_to_the_events_and_said_once(tmp_path):
    watch = Watch(Home(tmp_path), ClipLimits(free_bytes=1 << 60))
    watch.frames(0, 3)
    for second in (1, 2):
        watch.end(watch.begin(second), 2)
    with pytest.raises(OutputError, match=r"the disk of .* is nearly full"):
        watch.recorder.check()
    watch.recorder.check()
    assert "nearly full" in watch.recorder.trouble
    watch.recorder.close()
    assert watch.got == {}
    assert not (tmp_path / "media").exists()


def test_a_clip_that_cannot_be_written_costs_the_clip_alone_and_the_next_one_is_tried(watch):
    (watch.home.folder / "media").write_text("in the way")
    watch.frames(0, 3)
    lost = watch.begin(2)
    watch.frames(3, 6)
    watch.end(lost, 3)
    watch.frames(6, 7)
    with pytest.raises(OutputError, match=r"cannot write .*clip\.mp4"):
        watch.recorder.close()
    watch.recorder.check()  # said once
    (watch.home.folder / "media").unlink()
    watch.frames(7, 9)
    event = watch.begin(8)
    watch.recorder.close()
    assert list(watch.got) == [event]
    shutil.rmtree(watch.home.folder / "media")
    (watch.home.folder / "media").write_text("in the way again")
    watch.frames(9, 10)
    watch.begin(9)
    with pytest.raises(OutputError, match=r"cannot write .*clip\.mp4"):
        watch.recorder.close()
    (watch.home.folder / "media").unlink()
    assert watch.recorder.trouble is None, "there is room"


def test_clips_that_could_not_be_handed_over_are_handed_over_later(tmp_path):
    refused = [OutputError("the database is full")]
    got = []

    def take(event, names):
        if refused:
            raise refused.pop()
        got.append((event, names))

    recorder = ClipRecorder(Home(tmp_path), take, LIMITS)
    recorder.add(START, picture(0))
    event = new_id()
    recorder.begin(event, START, 1.0)
    with pytest.raises(OutputError, match="the database is full"):
        recorder.close()
    recorder.check()
    assert got == [(event, (CLIP, CURVE))]


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be made by root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_fills_up_leaves_no_half_clip_and_writing_goes_on_when_there_is_room(small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(bytes(290_000))
    watch = Watch(Home(small_disk))
    noise = np.random.default_rng(0)
    for number in range(30):
        watch.recorder.add(START + number / 10, noise.integers(0, 255, (128, 128, 3), np.uint8))
    watch.begin(2)
    with pytest.raises(OutputError, match="cannot write"):
        watch.recorder.close()
    assert [file.name for file in small_disk.rglob("*")] == ["filler"]
    filler.unlink()
    watch.frames(4, 6)
    event = watch.begin(5)
    watch.recorder.close()
    assert watch.clip(event) == (4.0, 5.9)


# --- pictures


def shown(real, restored, error, cube=None, usual=None):
    return EventPictures(Event(0.0, 1.0, 0.5, 2.0), 0.5, real, restored, error, cube, usual)


def test_pictures_are_kept_under_their_names(tmp_path):
    folder = Home(tmp_path).event(new_id())
    real = np.full((200, 400, 3), (200, 40, 10), np.uint8)
    names = keep_event_pictures(folder, shown(real, real // 2, real // 4))
    assert names == ("thumb.jpg", "real.jpg", "restored.jpg", "error.jpg")
    assert sorted(file.name for file in folder.iterdir()) == sorted(names)
    assert cv2.imread(str(folder / "thumb.jpg")).shape == (160, 320, 3)
    blue, green, red = cv2.imread(str(folder / "real.jpg")).mean((0, 1))
    assert (round(red, -1), round(green, -1), round(blue, -1)) == (200, 40, 10)
    assert cv2.imread(str(folder / "error.jpg")).mean() < 30


def test_the_object_is_kept_too_as_it_was_rebuilt_and_beside_an_ordinary_one(tmp_path):
    folder = Home(tmp_path).event(new_id())
    real, sheet, usual = picture(1), np.full((336, 676, 3), 90, np.uint8), np.full((64, 132, 3), 90, np.uint8)
    assert keep_event_pictures(folder, shown(real, real, real, sheet, usual))[-2:] == ("cube.jpg", "usual.jpg")
    assert cv2.imread(str(folder / "cube.jpg")).shape == (336, 676, 3)
    assert cv2.imread(str(folder / "usual.jpg")).shape == (64, 132, 3)


def test_pictures_are_all_there_or_none(tmp_path):
    folder = Home(tmp_path).event(new_id())
    with pytest.raises(DataError, match="empty"):
        keep_event_pictures(folder, shown(picture(1), np.zeros((0, 0, 3), np.uint8), picture(1)))
    assert not folder.exists()
