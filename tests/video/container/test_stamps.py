"""Seconds are seconds: whatever a container keeps of time, frames stand where they are shown."""

import socket
import threading
from fractions import Fraction
from itertools import count, pairwise

import av
import cv2
import numpy as np
import pytest
from video.container.films import read

from unusual.domain import Wholeness
from unusual.video.container.stamps import Clock, DisplayOrder, Pauses
from unusual.video.reader import open_video

EVEN = [40 * i for i in range(12)]  # milliseconds


def with_(*changes):
    stamps = list(EVEN)
    for place, stamp in changes:
        stamps[place] = stamp
    return stamps


def timed(stamps):
    """Milliseconds -> (times in milliseconds, places where the clock was set back, the clock)."""
    clock = Clock(Fraction(25))
    got = list(clock.times((None if s is None else Fraction(s, 1000), i) for i, s in enumerate(stamps)))
    assert [item for _, _, item in got] == list(range(len(stamps))), "every frame, in order"
    return [float(1000 * time) for time, _, _ in got], [item for _, jumped, item in got if jumped], clock


@pytest.mark.parametrize(
    "stamps",
    [
        pytest.param(with_((5, 80)), id="back"),
        pytest.param(with_((5, -(10**7))), id="back beyond the start"),
        pytest.param(with_((5, 160)), id="the same as the one before"),
        pytest.param(with_((5, 300)), id="a little ahead"),
        pytest.param(with_((5, 10**6)), id="far ahead"),
        pytest.param(with_((0, 10**6)), id="the first, ahead"),
        pytest.param(with_((0, -(10**6))), id="the first, back"),
        pytest.param(with_((11, 0)), id="the last, back"),
        pytest.param(with_((11, 10**6)), id="the last, ahead"),
        pytest.param(with_((5, None)), id="missing"),
    ],
)
def test_one_stray_stamp_moves_no_other_frame(stamps):
    times, _, clock = timed(stamps)
    assert times == EVEN
    assert clock.repairs() == ["1 of 12 time stamps were missing or did not rise: set by 25 frames per second"]
    assert clock.trusted and clock.gaps() == 0


@pytest.mark.parametrize("stray", [(5, 10**6, 6, 10**6 + 40), (5, 0, 6, 40), (3, 10**6, 8, 0)])
def test_two_stray_stamps_move_no_other_frame(stray):
    times, _, clock = timed(with_(stray[:2], stray[2:]))
    assert times == EVEN
    assert clock.repairs()[0].startswith("2 of 12")


def test_a_clock_that_was_set_back_goes_on_from_there():
    times, jumps, clock = timed(EVEN[:6] + [stamp - 10**6 for stamp in EVEN[:6]])
    assert times == EVEN
    assert jumps == [6]
    assert clock.repairs()[0].startswith("1 of 12")


@pytest.mark.parametrize(
    "stamps",
    [
        pytest.param([0, 40, 500, 510, 3000, 3040], id="a rate that varies"),
        pytest.param(EVEN[:6] + [3_600_000 + stamp for stamp in EVEN[:6]], id="a pause of an hour"),
        pytest.param([0, 40, 80, 9000], id="a last frame after some seconds"),
    ],
)
def test_what_the_next_stamps_confirm_is_believed(stamps):
    times, jumps, clock = timed(stamps)
    assert times == stamps
    assert not jumps and not clock.repairs()


def test_times_that_are_mostly_made_up_are_not_trusted():
    assert not timed([None] * 12)[2].trusted
    assert not timed([7] * 12)[2].trusted


@pytest.mark.parametrize(
    ("fed", "shown", "held"),
    [
        pytest.param(
            [1, 2, 3, 4, 5, 6, 7], [1, 4, 3, 5, 2], 2, id="H.264 in AVI: a stamp a packet, as they are decoded"
        ),
        pytest.param([3, 5, 4, 6, 8, 7, 9], [3, 4, 6, 5, 7], 1, id="packed MPEG-4: stamps guessed from another order"),
    ],
)
def test_stamps_in_the_order_of_decoding_are_shown_in_order(fed, shown, held):
    order, waiting, got = DisplayOrder(), iter(fed), []
    for _ in range(held):
        order.feed(Fraction(next(waiting)))
    for stamp in shown:
        order.feed(Fraction(next(waiting)))
        got.append(order.show(Fraction(stamp), held))
    assert got == sorted(fed)[: len(shown)]
    assert order.mended


def test_a_packet_without_a_frame_does_not_make_the_order_doubted():
    order = DisplayOrder()
    got = []
    for stamp in range(10):
        order.feed(Fraction(stamp))
        if stamp not in (3, 4):
            got.append(order.show(Fraction(stamp), 0))
    assert got == [0, 1, 2, 5, 6, 7, 8, 9]
    assert not order.mended


def film(path, pts, codec="libx264", rate=25):
    """Frames whose grey tells their number, at these multiples of 40 ms."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if codec == "libx264":
            stream.options = {"bf": "3", "b_strategy": "0", "g": "50", "qp": "10"}
        for i, stamp in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 + 3 * i, np.uint8), format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.flv", "a.ts", "a.avi", "a.asf", "a.wmv", "a.mxf"])
def test_b_frames_are_shown_in_order_and_in_time_in_every_container(tmp_path, name):
    frames, report = read(film(tmp_path / name, range(50)))
    assert [f.time_s for f in frames] == pytest.approx([i / 25 for i in range(50)], abs=0.001)
    greys = [float(f.rgb.mean()) for f in frames]
    assert all(a < b for a, b in pairwise(greys))
    assert report.wholeness is Wholeness.COMPLETE and report.timed
    mended = name.endswith((".avi", ".asf", ".wmv", ".mxf"))
    assert any("order of decoding" in line for line in report.problems) == mended


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "libx264"), ("a.mkv", "mjpeg"), ("a.mp4", "libx264")])
def test_a_pause_is_a_seam_and_no_damage(tmp_path, name, codec):
    frames, report = read(film(tmp_path / name, [*range(20), *range(200, 220)], codec))
    assert [i for i, frame in enumerate(frames) if frame.after_gap] == [20]
    assert frames[20].time_s == pytest.approx(8.0, abs=0.001)
    assert report.wholeness is Wholeness.COMPLETE
    assert report.problems == ("the recording pauses 1 time, for up to 7.2 s: each side is judged by itself",)


def test_a_picture_every_two_seconds_never_pauses():
    pauses = Pauses(None)
    assert not any(pauses.before(Fraction(2 * i)) for i in range(9))
    assert pauses.before(Fraction(40))


@pytest.mark.parametrize(
    ("name", "codec", "told"), [("a.h264", "libx264", True), ("a.hevc", "libx265", True), ("a.mjpeg", "mjpeg", False)]
)
def test_a_stream_without_stamps_goes_by_the_rate_that_its_pictures_carry(tmp_path, name, codec, told):
    frames, report = read(film(tmp_path / name, range(10), codec, rate=5))
    assert report.timed is told
    assert frames[-1].time_s == pytest.approx(9 / 5 if told else 9 / 25)
    assert any("no time stamps: 25 frames per second are assumed" in line for line in report.problems) is not told


def test_pictures_of_a_camera_over_http_stand_where_they_arrive(monkeypatch):
    ticks = count()
    monkeypatch.setattr("unusual.video.streams.monotonic", lambda: next(ticks) / 5)
    monkeypatch.setattr("unusual.video.decoding.monotonic", lambda: 0.0)
    jpeg = cv2.imencode(".jpg", np.zeros((48, 64, 3), np.uint8))[1].tobytes()
    part = b"--f\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg)

    def serve(server):
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=f\r\n\r\n" + 30 * part
            )

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        with open_video(f"http://127.0.0.1:{server.getsockname()[1]}/") as video:
            frames = list(video)
            assert video.info.rate is None
        thread.join()
    assert len(frames) > 20
    assert all(
        (b.time_s - a.time_s) / 0.2 == pytest.approx(round((b.time_s - a.time_s) / 0.2)) for a, b in pairwise(frames)
    )
    assert all(b.time_s - a.time_s > 0.1 for a, b in pairwise(frames)), "not 25 a second"
    assert video.report.timed
