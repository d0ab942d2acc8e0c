"""A real RTSP camera that is killed, frozen, cut off, changed and brought back: seen at once, taken up again."""

import itertools
import time
from pathlib import Path

import cv2
import pytest
from proxy import Proxy
from rtsp_server import NEEDED, RtspServer, installed, write_film

from unusual.data.made_up.scene import SceneConfig, render_scene
from unusual.video.capture import CameraState, Capture, Pace
from unusual.video.reader import open_video

pytestmark = pytest.mark.skipif(not installed(), reason=NEEDED)
VTEST = Path(__file__).parents[3] / "shared" / "data" / "vtest.avi"
LOST = {CameraState.STALLED, CameraState.OFFLINE}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Two made-up scenes of different size, and one that changes between the two every second."""
    folder = tmp_path_factory.mktemp("films")
    large = [s.frame.rgb for s in render_scene(SceneConfig(width=128, height=96, rate=25), 1.0)]
    small = [cv2.resize(rgb, (96, 64)) for rgb in large]
    films = {"large": [large], "small": [small], "both": [large, small]}
    for name, scenes in films.items():
        for scene in scenes:
            write_film(folder / name, scene)
    return {name: folder / name for name in films}


@pytest.fixture
def server(films):
    with RtspServer({"door": films["large"], "both": films["both"]}) as server:
        yield server


def watch(url, **options):
    return Capture(url, pace=Pace.LIVE, **{"stall_s": 1.0, **options})


def frames_until(capture, done, within_s=60.0):
    """Take frames until `done(frame or None)`; return them."""
    frames, end = [], time.monotonic() + within_s
    while time.monotonic() < end:
        frame = capture.next(0.02)
        frames += [frame] if frame else []
        if done(frame):
            return frames
    raise AssertionError(f"not within {within_s} s: {capture.state}, {capture.reason}, {capture.counts}")


def online(capture, within_s=60.0):
    """Wait for frames that arrived from now on."""
    before = capture.counts.arrived + 5
    return frames_until(capture, lambda frame: frame is not None and frame.index > before, within_s)


def lost(capture, within_s=60.0):
    return frames_until(capture, lambda _: capture.state in LOST, within_s)


def test_frames_come_with_rising_times_one_by_one(server):
    with watch(server.url("door")) as capture:
        before = time.time()
        frames = frames_until(capture, lambda frame: frame and frame.index == 40)
        assert [f.index for f in frames] == list(range(41))
        assert {f.session for f in frames} == {0} and not any(f.after_gap for f in frames)
        assert all(0.03 < b.time_s - a.time_s < 0.05 for a, b in itertools.pairwise(frames))
        assert all(before <= f.utc <= time.time() for f in frames)
        assert frames[0].rgb.shape == (96, 128, 3) and frames[0].rgb.mean() > 10
        assert capture.state is CameraState.ONLINE and capture.reason == ""


def test_a_camera_that_is_killed_is_taken_up_when_it_is_back_even_with_another_size(server, films):
    with watch(server.url("door")) as capture:
        last = online(capture)[-1]
        server.kill()
        lost(capture, within_s=2.0)
        assert capture.state is CameraState.OFFLINE
        assert capture.reason
        server.films["door"] = films["small"]
        server.start()
        frames = [frame for frame in online(capture, within_s=5.0) if frame.session > last.session]
        assert {(f.session, f.rgb.shape) for f in frames} == {(last.session + 1, (64, 96, 3))}
        assert all(f.utc > last.utc for f in frames)


def test_a_frozen_camera_is_stalled_and_taken_up_when_it_goes_on(server):
    with watch(server.url("door")) as capture:
        session = online(capture)[-1].session
        server.freeze()
        lost(capture, within_s=5.0)
        assert capture.state is CameraState.STALLED
        assert capture.reason == "no picture for 1 s"
        server.thaw()
        assert online(capture)[-1].session > session


def cut(fault):
    return lambda proxy: setattr(proxy, fault, fault != "media")


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        pytest.param(Proxy.reset, CameraState.OFFLINE, id="the connection is reset"),
        pytest.param(Proxy.half_close, CameraState.OFFLINE, id="the camera's half of the connection is closed"),
        pytest.param(cut("silent"), CameraState.STALLED, id="the connection stays but nothing comes"),
        pytest.param(cut("garbage"), None, id="garbage comes instead of pictures"),
    ],
)
def test_a_spoilt_connection_is_seen_and_replaced(server, fault, state):
    with Proxy(server.port) as proxy, watch(f"rtsp://127.0.0.1:{proxy.port}/door") as capture:
        session = online(capture)[-1].session
        fault(proxy)
        lost(capture)
        assert state in (capture.state, None)
        proxy.heal()
        assert online(capture)[-1].session > session


def test_a_camera_that_describes_itself_but_sends_no_picture_is_stalled(server):
    with Proxy(server.port) as proxy, watch(f"rtsp://127.0.0.1:{proxy.port}/door") as capture:
        proxy.media = False
        lost(capture)
        assert capture.state is CameraState.STALLED and capture.counts.arrived == 0
        proxy.heal()
        online(capture)


def test_a_slow_network_loses_nothing(server):
    with Proxy(server.port) as proxy, watch(f"rtsp://127.0.0.1:{proxy.port}/door") as capture:
        online(capture)
        proxy.delay_s = 0.3
        frames = online(capture)
        assert {f.session for f in frames} == {0} and not any(f.after_gap for f in frames)


def test_another_size_in_mid_stream_is_another_session_of_the_same_connection(server):
    with watch(server.url("both")) as capture:
        frames = frames_until(capture, lambda frame: frame and frame.session == 2)
        for session, shape in enumerate([(96, 128, 3), (64, 96, 3), (96, 128, 3)]):
            assert {f.rgb.shape for f in frames if f.session == session} == {shape}
        assert [f.index for f in frames] == list(range(len(frames)))
        assert next(f.time_s for f in frames if f.session > 0) == 0


def test_a_mount_that_is_not_there_is_offline_with_the_reason_and_without_the_password(server):
    url = server.url("nothing").replace("rtsp://", "rtsp://guard:k4n4ry@")
    with watch(url) as capture:
        frames_until(capture, lambda _: capture.state is CameraState.OFFLINE)
        assert "404" in capture.reason and "k4n4ry" not in capture.reason


@pytest.mark.skipif(not VTEST.exists(), reason="the film vtest.avi is not there")
def test_real_footage_looks_as_in_its_file(server, tmp_path):
    with open_video(VTEST) as video:
        pictures = [frame.rgb for frame in itertools.islice(video, 30)]
    write_film(tmp_path / "walk", pictures)
    with RtspServer({"walk": tmp_path / "walk"}) as camera, watch(camera.url("walk")) as capture:
        frames = frames_until(capture, lambda frame: frame and frame.index == 29)
        far = min(abs(frames[0].rgb.astype(int) - rgb).mean() for rgb in pictures)
        assert frames[0].rgb.shape == pictures[0].shape and far < 4
