"""A camera that is not ours to trust: what it answers leads to no other machine, and no other port."""

import threading
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from unusual.errors import VideoError
from unusual.video.reader import open_video
from unusual.video.writer import write_video

LIST = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:{}/secret.ts\n#EXT-X-ENDLIST\n"
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    "<BaseURL>http://127.0.0.1:{}/</BaseURL></MPD>"
)


@contextmanager
def answering(answer):
    """A server on this machine: its port, and the paths that were asked. answer: path -> (status, headers, body)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in {"content-length": len(body), **headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with answering(lambda _: (200, {}, b"")) as (elsewhere, asked):
        redirect = (status, {"location": f"http://127.0.0.1:{elsewhere}/clip.mp4"}, b"")
        with answering(lambda _: redirect) as (port, _), pytest.raises(VideoError):
            open_video(f"http://127.0.0.1:{port}/live.mp4")
        assert asked == []


@pytest.mark.parametrize("words", [LIST, DASH], ids=["HLS", "DASH"])
@pytest.mark.parametrize("path", ["/live", "/live.mp4", "/live?x=.m3u8"])
def test_a_list_of_other_addresses_is_not_followed_where_none_was_named(words, path):
    with answering(lambda _: (200, {}, b"")) as (elsewhere, asked):
        kind = {"content-type": "application/vnd.apple.mpegurl"}
        told = (200, kind, words.format(elsewhere).encode())
        with answering(lambda _: told) as (port, _), pytest.raises(VideoError):
            open_video(f"http://127.0.0.1:{port}{path}")
        assert asked == []


def test_a_video_at_an_address_is_read(tmp_path):
    with write_video(tmp_path / "clip.mp4", 64, 48, Fraction(10)) as sink:
        for number in range(20):
            sink.add(np.full((48, 64, 3), 5 * number, np.uint8), number / 10)
    content = (tmp_path / "clip.mp4").read_bytes()
    with (
        answering(lambda _: (200, {"content-type": "video/mp4"}, content)) as (port, _),
        open_video(f"http://127.0.0.1:{port}/clip.mp4") as video,
    ):
        assert sum(1 for _ in video) == 20
