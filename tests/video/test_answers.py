"""What an address answers that is no stream is named in one line."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from unusual.errors import VideoError
from unusual.video.capture import Capture, Pace
from unusual.video.pictures import jpeg
from unusual.video.reader import open_video

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
