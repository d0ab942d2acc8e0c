"""A stream: which of its frames are shown, what damaged it, and what an address answers that is none."""

import threading
import time
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np
import pytest

from unusual.errors import VideoError
from unusual.video.capture import Capture, Pace
from unusual.video.decoding import Limits
from unusual.video.pictures import jpeg
from unusual.video.reader import open_video
from unusual.video.streams import MOST_SKIPPED, Damage, StreamSource, Way, from_key_frame
from unusual.video.writer import write_video

PICTURE = jpeg(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8))
HEAD = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(PICTURE)
STREAM = "multipart/x-mixed-replace; boundary=part"
ANSWERS = {
    "/snapshot": ("image/jpeg", [PICTURE]),
    "/snapshot.jpg": ("image/jpeg", [PICTURE]),
    "/page": ("text/html", [b"<!DOCTYPE html>\n<html><body>Please log in</body></html>"]),
    "/old-page": ("text/html", [b"\xef\xbb\xbf\n<!-- a router --><HTML><body>hello</body></HTML>"]),
    "/error": ("application/json", [b'{"error": "no such channel"}']),
    "/no-first-boundary": (STREAM, [HEAD + PICTURE + b"\r\n--part\r\n"] * 40),
    "/no-head-at-all": (STREAM, [PICTURE + b"\r\n--part\r\n" + HEAD] * 40),
    "/stream": (STREAM, [b"--part\r\n" + HEAD + PICTURE + b"\r\n"] * 40),
    "/frames.mjpg": ("video/x-motion-jpeg", [PICTURE * 20]),
}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        kind, parts = ANSWERS[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if len(parts) == 1:
            self.send_header("Content-Length", str(len(parts[0])))
        self.end_headers()
        try:
            for part in parts:
                self.wfile.write(part)
                time.sleep(0.01 * (len(parts) > 1))
        except OSError:  # whoever asked has seen enough
            pass


@pytest.fixture(scope="module")
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://me:secret@127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/snapshot", "a single picture, as a snapshot address does"),
        ("/snapshot.jpg", "a single picture, as a snapshot address does"),
        ("/page", "it sends a web page"),
        ("/old-page", "it sends a web page"),
        ("/error", "it sends text"),
        ("/no-first-boundary", "MJPEG whose first part has no boundary"),
        ("/no-head-at-all", "MJPEG whose first part has no boundary"),
    ],
)
def test_what_is_no_stream_is_named(address, path, said):
    with pytest.raises(VideoError) as told:
        open_video(address + path)
    assert said in str(told.value)
    assert "secret" not in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize("path", ["/stream", "/frames.mjpg"])
def test_a_stream_of_pictures_is_one(address, path):
    with open_video(address + path) as video:
        assert sum(1 for _ in zip(video, range(10), strict=False)) == 10


def test_a_watched_camera_says_it_too(address):
    with Capture(address + "/page", pace=Pace.LIVE) as capture:
        until = time.monotonic() + 30
        while "web page" not in capture.reason:
            assert time.monotonic() < until, capture.reason
            time.sleep(0.05)


# --- the parts


@dataclass
class Decoded:
    """Stands for a decoded frame."""

    number: int
    key_frame: bool


def frames(count, keys):
    return (Decoded(number, number in keys) for number in range(count))


def test_of_a_camera_the_frames_before_the_first_key_frame_are_left_out():
    assert [each.number for each in from_key_frame(frames(9, {4, 7}))] == [4, 5, 6, 7, 8]
    assert [each.number for each in from_key_frame(frames(3, {0}))] == [0, 1, 2]


def test_a_camera_that_never_sends_a_key_frame_is_shown_after_a_while():
    shown = [each.number for each in from_key_frame(frames(MOST_SKIPPED + 3, ()))]
    assert shown == [MOST_SKIPPED, MOST_SKIPPED + 1, MOST_SKIPPED + 2]


def test_damage_is_counted_and_told_where_it_began():
    damage = Damage()
    assert damage.words(live=False) == []
    for near in (Fraction(3, 2), Fraction(9)):
        damage.note(near)
    damage.corrupt = 2
    assert damage.words(live=False) == [
        "damaged data (count: 2), first near 1.50 s",
        "2 pictures are damaged: left out",
    ]


def test_a_live_stream_that_ends_says_so_and_why():
    assert Damage().words(live=True) == ["the live stream ended"]
    assert Damage(broke_off="no route").words(live=True) == ["reading broke off: no route"]


def test_damage_at_the_very_beginning_began_there():
    damage = Damage()
    for near in (0, 5):
        damage.note(Fraction(near))
    assert damage.words(live=False) == ["damaged data (count: 2), first near 0.00 s"]


def at_gate(path, limits=None):
    return StreamSource(Way(target=str(path), options={}), "gate", limits or Limits(), endless=False)


def test_only_sound_and_what_is_too_large_are_told_from_what_is_no_video(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        sound = container.add_stream("aac", rate=8000)
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        quiet.sample_rate = 8000
        container.mux(sound.encode(quiet))
        container.mux(sound.encode(None))
    with pytest.raises(VideoError, match="gate as video: sound only; give a file with moving pictures"):
        at_gate(tmp_path / "a.mp4")
    with write_video(tmp_path / "b.mp4", 64, 48, Fraction(25)) as sink:
        sink.add(np.zeros((48, 64, 3), np.uint8), 0.0)
    with pytest.raises(VideoError, match="gate: a frame of 64x48 is over the limit of 3000 pixels"):
        at_gate(tmp_path / "b.mp4", Limits(pixels=3000))


def test_a_file_tells_its_rate_and_how_many_frames_it_promises(tmp_path):
    with write_video(tmp_path / "b.mp4", 64, 48, Fraction(30_000, 1001)) as sink:
        for n in range(7):
            sink.add(np.full((48, 64, 3), n, np.uint8), n * 1001 / 30_000)
    with closing(at_gate(tmp_path / "b.mp4")) as source:
        assert (source.rate, source.expected, source.is_endless) == (Fraction(30_000, 1001), 7, False)
        assert [picture.index for picture in source.pictures()] == list(range(7))
        verdict = source.verdict(7)
        assert (verdict.expected, verdict.wrong, verdict.repaired, verdict.timed) == (7, [], [], True)
        assert source.verdict(5).wrong
