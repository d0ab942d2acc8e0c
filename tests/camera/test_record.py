"""A live camera becomes files: whole ones, cut at gaps, counted when the recording goes on, kept when it is ended."""

import os
import signal
import threading
import time
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

import pytest
from made_camera import pictures, write

from unusual.camera import record as recording
from unusual.camera.progress import LearningListener
from unusual.camera.record import record, recorded, training_part
from unusual.data.datasets import open_dataset
from unusual.errors import VideoError
from unusual.run.archive.planning.recordings import begins_utc
from unusual.video.reader import open_video


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def camera(tmp_path_factory):
    """The address of a camera that sends 12 frames, hangs up, and can be called again."""
    folder = tmp_path_factory.mktemp("camera")
    write(folder / "live.mp4", pictures()[:12])
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://canaryuser:canarypass@127.0.0.1:{server.server_port}/live.mp4?token=canary"
    server.shutdown()
    server.server_close()


class Heard(LearningListener):
    def __init__(self):
        self.lines, self.shares = [], []

    def note(self, line):
        self.lines.append(line)

    def recording(self, camera, passed_s, whole_s):
        self.lines.append(camera)
        self.shares.append(passed_s / whole_s)


def frames_of(file):
    with open_video(file) as video:
        return sum(1 for _ in video)


def test_a_camera_is_recorded_into_whole_files_one_a_connection(camera, tmp_path):
    heard = Heard()
    files = record(camera, tmp_path / "footage", 4.0, heard)
    assert sorted((tmp_path / "footage").iterdir()) == sorted(files)
    assert len(files) >= 2
    assert [frames_of(file) for file in files[:-1]] == [12] * (len(files) - 1)  # the time may be up within the last
    assert all(file.name.endswith("-2s.mp4") for file in files[:-1])
    assert "canary" not in "".join(map(str, (*files, *heard.lines)))
    assert heard.shares == sorted(heard.shares)
    assert all(0 <= share < 1 for share in heard.shares)
    again = record(camera, tmp_path / "footage", 2.0 * (len(files) - 1), heard)
    assert again == sorted(files), "it was recorded for long enough before"
    assert "were recorded before" in heard.lines[-1]


def test_what_was_cut_off_is_not_counted(camera, tmp_path):
    (tmp_path / ".20260101T000000.0-9s.mp4").write_bytes(b"half")
    (tmp_path / "20260101T000000.0.mp4").write_bytes(b"without its length")
    files = record(camera, tmp_path, 2.0)
    assert files
    assert all(1 <= frames_of(file) <= 12 for file in files)


def test_a_camera_from_which_nothing_comes_is_told_with_the_reason(tmp_path):
    with pytest.raises(VideoError, match=r"no frame came in 3\.0 s: "):
        record("rtsp://canaryuser:canarypass@127.0.0.1:1/live", tmp_path, 3.0)


def test_ctrl_c_ends_it_and_keeps_what_came(camera, tmp_path):
    class Stopping(Heard):
        def recording(self, camera, passed_s, whole_s):
            super().recording(camera, passed_s, whole_s)
            if any(not file.name.startswith(".") for file in tmp_path.iterdir()):  # one is whole
                os.kill(os.getpid(), signal.SIGINT)

    heard = Stopping()
    usual = signal.getsignal(signal.SIGINT)
    files = record(camera, tmp_path, 600.0, heard)
    assert files
    assert all(1 <= frames_of(file) <= 12 for file in files)
    assert "ended early" in heard.lines[-1]
    assert signal.getsignal(signal.SIGINT) is usual


def test_when_a_recording_begins_is_read_from_its_path_ours_by_utc_and_others_by_the_clock_there(camera, tmp_path):
    berlin = ZoneInfo("Europe/Berlin")
    before = time.time()
    record(camera, tmp_path, 6.0)
    assert before <= begins_utc(recorded(tmp_path)[0][0], berlin) <= time.time()
    moment = datetime(2026, 7, 20, 14, 35, 12, tzinfo=berlin).timestamp()
    for path in ("yard/20260720_143512.mp4", "yard_20260720-143512.mp4", "2026-07-20/14/yard/35.12.mp4"):
        assert begins_utc(tmp_path / path, berlin) == moment
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)  # of two hours
    assert begins_utc(tmp_path / "yard/20261025_023000.mp4", berlin) == twice.timestamp()
    for path in ("monday.mp4", "20261345T000000-5s.mp4"):
        assert begins_utc(tmp_path / path, berlin) is None


def test_a_camera_that_never_sends_is_one_line_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "PATIENCE_S", 0.5)
    with pytest.raises(VideoError, match="no frame came") as told:
        record("rtsp://canaryuser:canarypass@127.0.0.1:1/x?token=canary", tmp_path / "footage", 60.0)
    assert "canary" not in str(told.value)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "footage").exists()


def test_of_a_data_set_its_ordinary_footage_is_learnt_from(scene, tmp_path):
    assert training_part(str(scene)) == [video.source for video in open_dataset(scene).train]
    for named in (str(tmp_path), tmp_path, "rtsp://gate/1", "0"):
        assert training_part(named) == [named]
