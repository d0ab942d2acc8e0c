"""What is opened for FFmpeg: files of allowed hosts, with a password where one is asked for, no endless list."""

import base64
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from unusual.video.address.fetch import LONGEST_LIST, Fetch


@contextmanager
def serving(answer):
    """A server: its port. answer: what handles a GET, a handler of http.server."""
    kind = type("Handler", (BaseHTTPRequestHandler,), {"do_GET": answer, "log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sends(body, status=200, **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in {"content_length": len(body), **headers}.items():
            handler.send_header(name.replace("_", "-"), str(value))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_a_part_of_a_file_is_asked_for_and_no_secret_in_the_address_is_sent():
    heard = []

    def answer(handler):
        heard.append((handler.path, handler.headers["range"], handler.headers["authorization"]))
        sends(b"piece")(handler)

    with serving(answer) as port:
        address = f"http://me:secret@127.0.0.1:{port}/live.m3u8"
        with Fetch(address, 5.0)(
            f"http://me:secret@127.0.0.1:{port}/1.ts", 1, {"offset": "5", "end_offset": "9"}
        ) as piece:
            assert piece.read(100) == b"piece"
            assert piece.readable() and not piece.seekable()
    assert heard == [("/1.ts", "bytes=5-8", None)]


def test_a_password_is_given_where_it_is_asked_for():
    wanted = "Basic " + base64.b64encode(b"me:p@ss").decode()

    def answer(handler):
        known = handler.headers["authorization"] == wanted
        sends(b"sound" if known else b"", 200 if known else 401, www_authenticate='Basic realm="gate"')(handler)

    with serving(answer) as port:
        address = f"http://me:p%40ss@127.0.0.1:{port}/live.m3u8"
        assert Fetch(address, 5.0)(address, 1, {}).read() == b"sound"
        with pytest.raises(OSError, match="it answers 401"):
            Fetch(f"http://127.0.0.1:{port}/live.m3u8", 5.0)(f"http://127.0.0.1:{port}/live.m3u8", 1, {})


@pytest.mark.parametrize("head", [b"#EXTM3U\n", b"\xef\xbb\xbf#EXTM3U\n", b"<?xml", b"\n\n#EXTM3U"])
def test_a_playlist_without_end_is_given_up(head):
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(head)
        try:
            for _ in range(3 * LONGEST_LIST // 65536):
                handler.wfile.write(b"\n" * 65536)
        except OSError:
            pass

    with serving(answer) as port:
        address = f"http://127.0.0.1:{port}/live.m3u8"
        with Fetch(address, 5.0)(address, 1, {}) as piece, pytest.raises(OSError, match="has no end"):
            while piece.read(32768):
                pass


def test_video_may_be_longer_than_a_playlist():
    with serving(sends(bytes(LONGEST_LIST + 9))) as port:
        address = f"http://127.0.0.1:{port}/live.m3u8"
        with Fetch(address, 5.0)(address, 1, {}) as piece:
            assert len(piece.read(9)) + len(piece.read(LONGEST_LIST)) == LONGEST_LIST + 9


def test_what_breaks_off_is_an_error_of_a_file():
    with serving(sends(b"short", content_length=99)) as port:
        address = f"http://127.0.0.1:{port}/live.m3u8"
        with Fetch(address, 5.0)(address, 1, {}) as piece, pytest.raises(OSError, match="broke off"):
            while piece.read(9):
                pass


def test_where_an_address_leads_keeps_what_belongs_to_it():
    def answer(handler):
        sends(b"", 302, location="/there.m3u8")(handler) if handler.path == "/live" else sends(b"")(handler)

    with serving(answer) as port:
        address = f"http://me:secret@127.0.0.1:{port}/live#hosts=cdn"
        assert Fetch(address, 5.0).final(address) == f"http://me:secret@127.0.0.1:{port}/there.m3u8#hosts=cdn"
