"""A camera that is not ours to trust: what it answers leads to no other machine, and no other port."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from unusual.errors import VideoError
from unusual.video.capture import Capture, Pace
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


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Twenty frames, by the ending of the file."""
    folder = tmp_path_factory.mktemp("clips")
    for end in ("mp4", "ts"):
        with write_video(folder / f"clip.{end}", 64, 48, Fraction(10)) as sink:
            for number in range(20):
                sink.add(np.full((48, 64, 3), 5 * number, np.uint8), number / 10)
    return {end: (folder / f"clip.{end}").read_bytes() for end in ("mp4", "ts")}


def frames(address):
    with open_video(address) as video:
        return sum(1 for _ in video)


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


def test_a_redirect_to_another_place_of_the_same_host_is_followed_and_no_further(clips):
    def answer(path):
        there = {"/live.mp4": "/now.mp4", "/now.mp4": led[-1]}.get(path)
        return (302, {"location": there}, b"") if there else (200, {}, clips["mp4"])

    led = ["/at/clip.mp4"]
    with answering(answer) as (port, _):
        assert frames(f"http://me:secret@127.0.0.1:{port}/live.mp4") == 20
        with answering(lambda _: (200, {}, clips["mp4"])) as (elsewhere, asked):
            led.append(f"http://127.0.0.1:{elsewhere}/secret.mp4")
            said = f"another host, 127.0.0.1:{elsewhere}; where that is right, add #hosts="
            with pytest.raises(VideoError, match=said):
                open_video(f"http://127.0.0.1:{port}/live.mp4")
            assert asked == []
            assert frames(f"http://127.0.0.1:{port}/live.mp4#hosts=127.0.0.1:{elsewhere}") == 20


HEAD = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:5\n"
PLAYLISTS = {
    "a piece": f"{HEAD}#EXTINF:5,\n{{}}/clip.ts\n#EXT-X-ENDLIST\n",
    "a piece after a sound one": f"{HEAD}#EXTINF:2,\nown.ts\n#EXTINF:2,\n{{}}/clip.ts\n#EXT-X-ENDLIST\n",
    "a key": f'{HEAD}#EXT-X-KEY:METHOD=AES-128,URI="{{}}/clip.ts"\n#EXTINF:5,\nown.ts\n#EXT-X-ENDLIST\n',
    "a head": f'{HEAD}#EXT-X-MAP:URI="{{}}/clip.ts"\n#EXTINF:5,\nown.ts\n#EXT-X-ENDLIST\n',
    "another list": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}/clip.m3u8\n",
    "sound beside": (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="{}/clip.m3u8"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\n{}/clip.m3u8\n'
    ),
    "a piece by a redirect": f"{HEAD}#EXTINF:5,\nled.ts\n#EXT-X-ENDLIST\n",
    "a session description": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    "representations": DASH.replace("http://127.0.0.1:{}", "{}"),
    "a list of files": "ffconcat version 1.0\nfile {}/clip.ts\n",
}


@pytest.mark.parametrize("words", PLAYLISTS.values(), ids=PLAYLISTS)
def test_a_playlist_that_was_named_leads_to_no_other_port(words, clips):
    with answering(lambda _: (200, {}, clips["ts"])) as (elsewhere, asked):
        other = f"http://127.0.0.1:{elsewhere}"

        def answer(path):
            if path == "/led.ts":
                return 302, {"location": f"{other}/clip.ts"}, b""
            return 200, {}, clips["ts"] if path == "/own.ts" else words.replace("{}", other).encode()

        with answering(answer) as (port, _):
            try:
                with open_video(f"http://127.0.0.1:{port}/live.m3u8") as video:
                    list(video)
                    said = " ".join(video.report.problems)
            except VideoError as error:
                said = str(error)
        assert asked == []
        assert "another host" in said or "#EXT" not in words


def test_a_playlist_of_its_own_pieces_is_read_and_one_of_others_where_they_are_allowed(clips):
    words = f"{HEAD}#EXTINF:2,\n{{}}clip.ts\n#EXT-X-ENDLIST\n"
    with answering(lambda path: (200, {}, clips["ts"] if path == "/clip.ts" else words.format("").encode())) as (
        port,
        _,
    ):
        assert frames(f"http://127.0.0.1:{port}/live.m3u8") == 20
        assert frames(f"http://127.0.0.1:{port}/LIVE.M3U8?token=1") == 20
        far = words.format(f"http://127.0.0.1:{port}/").encode()
        with answering(lambda _: (200, {}, far)) as (other, _):
            assert frames(f"http://127.0.0.1:{other}/live.m3u8#hosts=cdn.example.com,127.0.0.1:{port}") == 20


def test_encrypted_pieces_are_named_as_that(clips):
    words = f'{HEAD}#EXT-X-KEY:METHOD=AES-128,URI="key"\n#EXTINF:5,\nown.ts\n#EXT-X-ENDLIST\n'
    body = {"/live.m3u8": words.encode(), "/key": bytes(16), "/own.ts": clips["ts"]}
    with answering(lambda path: (200, {}, body[path])) as (port, _), pytest.raises(VideoError, match="are encrypted"):
        open_video(f"http://127.0.0.1:{port}/live.m3u8")


@contextmanager
def rtsp(reply):
    """An RTSP server that answers each question, and what it was asked. reply: the number -> lines after the status."""

    def serve():
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                met.append(connection)
                while question := connection.recv(4096):
                    asked.append(question.split(b" ")[0])
                    number = question.partition(b"CSeq: ")[2].partition(b"\r")[0]
                    connection.sendall(reply(asked[-1]).replace(b"{}", number))

    met, asked = [], []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], met, asked
        for connection in met:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join()


GONE = b"RTSP/1.0 404 Not Found\r\nCSeq: {}\r\n\r\n"


@pytest.mark.parametrize("at", [b"OPTIONS", b"DESCRIBE"])
@pytest.mark.parametrize("status", [301, 302, 305])
@pytest.mark.parametrize("form", ["rtsp://127.0.0.1:{}/x", "rtsp://own@127.0.0.1:{}/", "/x", "RTSP://127.0.0.1:{}"])
def test_a_redirect_of_rtsp_is_not_followed_to_another_port(at, status, form):
    def reply(question):
        if question != at:
            return b"RTSP/1.0 200 OK\r\nCSeq: {}\r\n\r\n"
        there = form.format(elsewhere).encode()
        return b"RTSP/1.0 %d Moved\r\nCSeq: {}\r\nLocation: %s\r\n\r\n" % (status, there)

    with rtsp(lambda _: GONE) as (elsewhere, met, _), rtsp(reply) as (port, _, _):
        says = "it redirects to another host" if form.startswith("rtsp") else "cannot read"  # no FFmpeg goes there
        with pytest.raises(VideoError, match=says):
            open_video(f"rtsp://127.0.0.1:{port}/live")
        assert met == []
        socket.create_server(("127.0.0.1", 0)).close()  # descriptors are there again


def test_a_redirect_of_rtsp_is_followed_where_that_is_allowed():
    def reply(question):
        return b"RTSP/1.0 302 Moved\r\nCSeq: {}\r\nLocation: rtsp://127.0.0.1:%d/x\r\n\r\n" % elsewhere

    with rtsp(lambda _: GONE) as (elsewhere, _, asked), rtsp(reply) as (port, _, _):
        with pytest.raises(VideoError, match="404"):
            open_video(f"rtsp://127.0.0.1:{port}/live#hosts=127.0.0.1:{elsewhere}")
        assert asked


def test_a_watched_camera_that_redirects_is_offline_with_the_reason():
    def reply(question):
        return b"RTSP/1.0 302 Moved\r\nCSeq: {}\r\nLocation: rtsp://127.0.0.1:%d/x\r\n\r\n" % elsewhere

    with (
        rtsp(lambda _: GONE) as (elsewhere, met, _),
        rtsp(reply) as (port, _, tries),
        Capture(f"rtsp://127.0.0.1:{port}/live", pace=Pace.LIVE, first_wait_s=0.01) as capture,
    ):
        end = time.monotonic() + 30
        while len(tries) < 3 and time.monotonic() < end:
            time.sleep(0.01)
        assert "another host" in capture.reason
        assert met == []


def test_a_video_at_an_address_is_read(clips):
    with answering(lambda _: (200, {"content-type": "video/mp4"}, clips["mp4"])) as (port, _):
        assert frames(f"http://127.0.0.1:{port}/clip.mp4") == 20
