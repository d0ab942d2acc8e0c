"""Frames out of a process that may hang or die: counted exactly, never mixed up; nothing left, no secret shown."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from unusual.errors import ConfigError
from unusual.video.capture import CameraState, Capture, Counts, Pace
from unusual.video.condition.levels import Levels, showing
from unusual.video.reader import open_video
from unusual.video.writer import write_video

SECRET = "k4n4ry:@%2F"


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Sixty frames in one second, each of another grey."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with write_video(path, 64, 48, Fraction(60)) as sink:
        for n in range(60):
            sink.add(np.full((48, 64, 3), 4 * n, np.uint8), n / 60)
    return path


def until(done, within_s=60.0):
    end = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < end, f"not within {within_s} s"
        time.sleep(0.01)


def all_frames(capture):
    """Every frame until the end, each taken as soon as it is there."""
    frames = []
    while (frame := capture.next(60.0)) is not None:
        frames.append(frame)
        check(capture.counts)
    assert capture.state is CameraState.ENDED
    return frames


def check(counts):
    assert counts.arrived == counts.taken + counts.dropped + counts.waiting


def children():
    """The processes that this one started and that are not reaped."""
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


@contextmanager
def camera(answer):
    """A server that gives each connection to `answer`; yields its port and the connections so far."""
    met = []

    def accept():
        with suppress(OSError):
            while True:
                met.append(listener.accept()[0])
                answer(met[-1])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1], met
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in met:
            connection.close()


def silent(connection):
    """Take the connection and say nothing."""


def refuse_password(connection):
    for number in range(1, 9):  # FFmpeg asks for what there is, then what it looks like, then again with the password
        if not connection.recv(4096):
            break
        answer = f'RTSP/1.0 401 Unauthorized\r\nCSeq: {number}\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'
        connection.sendall(answer.encode())
    connection.close()


# Files.


@pytest.mark.parametrize("held", [1, 16], ids=["a single frame is held", "several frames are held"])
def test_fast_gives_exactly_the_frames_of_the_file(film, held):
    with open_video(film) as video:
        expected = list(video)
    with Capture(str(film), pace=Pace.FAST, held=held) as capture:
        frames = all_frames(capture)
        assert capture.counts == Counts(60, 60, 0, 0)
        assert capture.reason == ""
    assert [f.index for f in frames] == list(range(60))
    assert [f.time_s for f in frames] == [f.time_s for f in expected]
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(frames, expected, strict=True))
    assert {(f.session, f.after_gap) for f in frames} == {(0, False)}
    assert [f.utc - frames[0].utc for f in frames] == pytest.approx([f.time_s for f in expected], abs=1e-5)
    assert abs(frames[0].utc - time.time()) < 60


def test_fast_reads_no_further_than_there_is_room(film):
    with Capture(str(film), pace=Pace.FAST, held=3, stall_s=1.0) as capture:
        until(lambda: capture.counts.waiting == 3)
        time.sleep(1.2)  # longer than a stall
        assert capture.counts == Counts(3, 0, 0, 3)
        assert capture.state is CameraState.ONLINE
        assert len(all_frames(capture)) == 60


def test_a_file_has_not_ended_while_frames_wait(film):
    with Capture(str(film), pace=Pace.FAST, held=100) as capture:
        until(lambda: capture.counts.waiting == 60 and not children())
        assert capture.state is CameraState.ONLINE
        assert len(all_frames(capture)) == 60


def test_real_time_drops_what_a_slow_taker_leaves_and_counts_it(film):
    with Capture(str(film), pace=Pace.REALTIME, held=2) as capture:
        began, frames = time.monotonic(), []
        while frame := capture.next(10.0):
            frames.append(frame)
            check(capture.counts)
            time.sleep(0.1)
        assert time.monotonic() - began > 0.9  # the file lasts a second
        counts = capture.counts
    assert counts.arrived == 60 and counts.taken == len(frames) and counts.dropped == 60 - len(frames) > 20
    assert frames[-1].index == 59  # the newest win
    assert [b.after_gap for b in frames[1:]] == [b.index != a.index + 1 for a, b in itertools.pairwise(frames)]
    assert all(a.time_s < b.time_s for a, b in itertools.pairwise(frames))


def test_a_frame_is_shown_at_its_time(film):
    with Capture(str(film), pace=Pace.REALTIME) as capture:
        first, began = capture.next(10.0), time.monotonic()
        late = [time.monotonic() - began - f.time_s for f in all_frames(capture)]
    assert first.index == 0
    assert min(late) > -0.1  # never early


@pytest.mark.parametrize("second", [(32, 48), (48, 64)], ids=["another size", "time stamps that jump back"])
def test_a_session_begins_in_mid_file_and_time_goes_on(tmp_path, second):
    parts = []
    for height, width in [(48, 64), second]:
        part = tmp_path / f"{len(parts)}.ts"
        with av.open(str(part), "w", format="mpegts") as container:
            stream = container.add_stream("libx264", rate=25, options={"bf": "0"})
            stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
            for n in range(40):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((height, width, 3), 6 * n, np.uint8))))
            container.mux(stream.encode(None))
        parts.append(part.read_bytes())
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    with Capture(str(tmp_path / "both.ts"), pace=Pace.FAST) as capture:
        frames = all_frames(capture)
    assert [f.rgb.shape for f in frames] == [(48, 64, 3)] * 40 + [(*second, 3)] * 40
    assert [f.session for f in frames] == [0] * 40 + [1] * 40
    assert [f.time_s for f in frames] == pytest.approx([n / 25 for n in range(40)] * 2)
    assert all(b.utc - a.utc == pytest.approx(0.04, abs=1e-3) for a, b in itertools.pairwise(frames))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "no such file", id="no file"),
        pytest.param(b"", "empty", id="an empty file"),
        pytest.param(b"no video at all" * 99, "cannot read", id="a file that is no video"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_the_reason(tmp_path, content, words):
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    with Capture(str(path), pace=Pace.FAST) as capture:
        assert all_frames(capture) == []
        assert words in capture.reason and "\n" not in capture.reason


def test_a_damaged_file_ends_with_what_is_missing(film, tmp_path):
    with open_video(film) as video, write_video(tmp_path / "x.mp4", 64, 48, Fraction(60)) as sink:
        for frame in video:
            sink.add(frame.rgb, frame.time_s)
    data = (tmp_path / "x.mp4").read_bytes()
    (tmp_path / "x.mp4").write_bytes(data[:-150])
    with Capture(str(tmp_path / "x.mp4"), pace=Pace.FAST) as capture:
        assert 0 < len(all_frames(capture)) < 60
        assert "missing" in capture.reason


@pytest.mark.parametrize(
    ("source", "options"),
    [
        pytest.param("film.mp4", {"pace": Pace.LIVE}, id="a file is no camera"),
        pytest.param("0", {"pace": Pace.LIVE, "stall_s": 0}, id="no time at all"),
        pytest.param("0", {"pace": Pace.LIVE, "first_wait_s": 9, "longest_wait_s": 1}, id="waits the wrong way round"),
        pytest.param("0", {"pace": Pace.LIVE, "held": 0}, id="room for no frame"),
    ],
)
def test_options_that_make_no_sense_are_refused(source, options):
    with pytest.raises(ConfigError):
        Capture(source, **options)


# Decoders that die or hang.


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
def test_a_file_goes_on_with_the_missing_frame_when_its_decoder_dies(film, how):
    with Capture(str(film), pace=Pace.FAST, held=4, first_wait_s=0.05) as capture:
        frames = [capture.next(10.0) for _ in range(10)]
        (pid,) = children()
        os.kill(pid, how)
        frames += all_frames(capture)
        assert capture.counts == Counts(60, 60, 0, 0)
    with open_video(film) as video:
        assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(frames, video, strict=True))
    assert [f.utc - frames[0].utc for f in frames] == pytest.approx([n / 60 for n in range(60)], abs=1e-3)


def test_a_decoder_that_hangs_is_replaced(film):
    with Capture(str(film), pace=Pace.REALTIME, stall_s=1.0, first_wait_s=0.3) as capture:
        first = capture.next(10.0)
        (pid,) = children()
        os.kill(pid, signal.SIGSTOP)
        until(lambda: capture.state is CameraState.STALLED)
        until(lambda: pid not in children(), within_s=1.5)
        frames = [first, *all_frames(capture)]
    assert [f.index for f in frames] == list(range(60))
    assert {f.session for f in frames} == {0, 1}


def test_a_file_whose_decoder_dies_again_and_again_ends(film):
    with Capture(str(film), pace=Pace.REALTIME, first_wait_s=0.01) as capture:
        killed = set()
        while capture.state is not CameraState.ENDED:
            for pid in children() - killed:
                os.kill(pid, signal.SIGABRT)
                killed.add(pid)
            capture.next(0.01)
        assert len(killed) == 5
        assert capture.reason == "the decoder was ended by SIGABRT, 5 times within 60 s"


def test_a_camera_whose_decoder_dies_again_and_again_is_left_alone_for_a_while():
    with camera(silent) as (port, _), Capture(f"tcp://127.0.0.1:{port}", pace=Pace.LIVE, first_wait_s=0.01) as capture:
        killed = set()
        while "5 times" not in capture.reason:
            for pid in children() - killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            capture.next(0.01)
        capture.next(0.5)
        assert capture.state is CameraState.OFFLINE
        assert len(killed) == 5 and not children()


# Cameras.


def test_a_silent_camera_is_stalled_within_six_seconds():
    with camera(silent) as (port, met), Capture(f"rtsp://127.0.0.1:{port}/", pace=Pace.LIVE) as capture:
        until(lambda: met)
        until(lambda: capture.state is CameraState.STALLED, within_s=6.0)
        assert capture.reason == "no picture for 5 s"
        assert len(met) == 1  # a slow camera is given more time to open


def test_a_camera_that_answered_before_and_hangs_now_is_asked_again_soon(tmp_path):
    with write_video(tmp_path / "live.ts", 64, 48, Fraction(10)) as sink:
        for n in range(20):
            sink.add(np.full((48, 64, 3), 9 * n, np.uint8), n / 10)

    def once(connection):
        if len(met) == 1:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: video/mp2t\r\n\r\n")
            connection.sendall((tmp_path / "live.ts").read_bytes())
            connection.shutdown(socket.SHUT_RDWR)

    with (
        camera(once) as (port, met),
        Capture(f"http://127.0.0.1:{port}/", pace=Pace.LIVE, stall_s=2.0, first_wait_s=0.1) as capture,
    ):
        until(lambda: capture.counts.arrived)
        until(lambda: len(met) == 2)
        began = time.monotonic()
        until(lambda: len(met) == 5)
        assert time.monotonic() - began < 3 * 2.0 * 3  # three tries, of which none may hang for all its time


def test_sixty_failed_tries_leave_nothing_behind():
    def left():
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), children()

    with camera(socket.socket.close) as (port, met):
        before = left()
        with Capture(f"rtsp://127.0.0.1:{port}/", pace=Pace.LIVE, first_wait_s=0.001) as capture:
            until(lambda: len(met) >= 60)
            assert capture.state is CameraState.OFFLINE
            assert len(children()) <= 1
        assert left() == before


def test_a_camera_that_refuses_the_password_is_not_asked_again_at_once():
    with camera(refuse_password) as (port, met):
        url = f"rtsp://guard:{SECRET}@127.0.0.1:{port}/"
        with Capture(url, pace=Pace.LIVE, first_wait_s=0.01) as capture:
            until(lambda: capture.state is CameraState.OFFLINE)
            assert "401" in capture.reason and "k4n4ry" not in capture.reason
            tries = len(met)
            time.sleep(0.3)
            assert len(met) == tries


def test_the_password_shows_nowhere():
    with camera(silent) as (port, met), Capture(f"rtsp://g:{SECRET}@127.0.0.1:{port}/", pace=Pace.LIVE) as capture:
        until(lambda: met)
        (pid,) = children()
        process = Path(f"/proc/{pid}")
        shown = process.joinpath("cmdline").read_bytes() + process.joinpath("environ").read_bytes()
        assert b"decoder_process" in shown and b"k4n4ry" not in shown
        assert "k4n4ry" not in repr(capture) + capture.reason
        limits = process.joinpath("limits").read_text().splitlines()
        (core_dump,) = [line.split()[4:6] for line in limits if line.startswith("Max core file size")]
        assert core_dump == ["0", "0"]
        (memory,) = [int(line.split()[3]) for line in limits if line.startswith("Max data size")]
        assert memory <= 4 << 30


def test_ctrl_c_does_not_reach_the_decoder(film):
    with Capture(str(film), pace=Pace.FAST) as capture:
        assert capture.next(60.0)
        (pid,) = children()
        assert os.getpgid(pid) != os.getpgid(0)


def test_closing_does_not_wait_for_a_camera():
    with camera(silent) as (port, met):
        capture = Capture(f"rtsp://127.0.0.1:{port}/", pace=Pace.LIVE)
        until(lambda: met)
        began = time.monotonic()
        capture.close()
        assert time.monotonic() - began < 2
        assert capture.state is CameraState.ENDED and not children()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_decoder_outlives_its_parent(how):
    code = """if True:
        import signal, sys, time
        from unusual.video.capture import Capture, Pace
        signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
        with Capture(sys.argv[1], pace=Pace.LIVE):
            time.sleep(100)
    """
    with camera(silent) as (port, met):
        words = [sys.executable, "-c", code, f"tcp://127.0.0.1:{port}"]
        with subprocess.Popen(words, stderr=subprocess.DEVNULL) as parent:
            until(lambda: met)
            tasks = Path(f"/proc/{parent.pid}/task")
            (pid,) = {pid for task in tasks.iterdir() for pid in (task / "children").read_text().split()}
            parent.send_signal(how)
            until(lambda: not Path(f"/proc/{pid}").exists(), within_s=10.0)  # of its own it would give up after 30


def test_the_decoder_loads_only_what_it_needs():
    code = "import sys, unusual.video.decoder_process; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "cv2", "scipy", "onnxruntime", "pydantic", "rich"} & set(loaded)


def test_a_decoder_of_its_own_shows_the_levels_that_were_learnt(tmp_path):
    for n in range(5):
        cv2.imwrite(str(tmp_path / f"{n}.png"), np.full((48, 64), 28_930 + 20 * n, np.uint16))
    with showing(Levels(28_672, 1024, 16)), Capture(str(tmp_path), pace=Pace.FAST) as capture:
        assert [int(frame.rgb[0, 0, 0]) for frame in all_frames(capture)] == [64, 69, 74, 79, 84]
