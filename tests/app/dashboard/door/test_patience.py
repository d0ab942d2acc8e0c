"""A flood of connections: those who neither ask nor listen are let go, who does is served, and the log stays small."""

import logging
import resource
import socket
import time

import httpx
import pytest
from made_home import add_event, serving

from unusual.app.dashboard.door import patience
from unusual.store.events import EventStore
from unusual.store.home import Home

HALF = b"GET /live HTTP/1.1\r\nHost: localhost\r\nX-"


def connect(port, said=b""):
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(said)
    return connection


def rest_of(connection):
    """All that comes until the other side ends it."""
    got = b""
    try:
        while more := connection.recv(1 << 20):
            got += more
    except ConnectionResetError:
        pass
    return got


@pytest.mark.parametrize("said", [b"", b"G", HALF], ids=["nothing", "a letter", "half a head"])
def test_a_request_that_is_never_whole_is_ended(tmp_path, monkeypatch, said):
    monkeypatch.setattr(patience, "HEAD_S", 0.2)
    with serving(Home(tmp_path)) as (port, _), connect(port, said) as connection:
        assert rest_of(connection) == b""


def test_a_request_that_comes_byte_by_byte_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "HEAD_S", 0.2)
    with serving(Home(tmp_path)) as (port, _), connect(port) as connection, pytest.raises(OSError):
        for _ in range(1000):
            connection.sendall(b"G")
            time.sleep(0.02)


def test_an_answer_that_nobody_takes_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "LISTEN_S", 0.2)
    store = EventStore.open(Home(tmp_path))
    event = add_event(store, "door", time.time(), 3.0, clip=True)
    store.close()
    clip = tmp_path / "media" / event / "clip.mp4"
    with clip.open("r+b") as file:
        file.truncate(64 << 20)
    asked = f"GET /media/{event}/clip.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with serving(Home(tmp_path)) as (port, server), connect(port, asked) as connection:
        until = time.monotonic() + 20
        for there in (True, False):
            while bool(server.server_state.connections) != there:
                assert time.monotonic() < until
                time.sleep(0.005)
        assert len(rest_of(connection)) < 64 << 20


def test_who_asks_is_served_however_many_do_not(tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "most_connections", lambda: 5)
    with serving(Home(tmp_path)) as (port, server), httpx.Client(trust_env=False) as client:
        idle = [connect(port, HALF) for _ in range(40)]
        for _ in range(3):
            assert client.get(f"http://localhost:{port}/healthz", headers={"connection": "close"}).status_code == 200
        assert len(server.server_state.connections) <= 5
        for connection in idle:
            connection.close()


def test_half_of_the_files_that_may_be_open_are_left_for_the_rest(monkeypatch):
    for soft, most in ((64, 32), (1024, 512), (1 << 20, 512), (resource.RLIM_INFINITY, 512), (4, 8)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert patience.most_connections() == most


def test_a_flood_is_a_line_a_minute(caplog):
    now = [0.0]
    log = logging.getLogger("test of patience")
    log.addFilter(patience.Seldom(lambda: now[0]))
    for second in range(130):
        now[0] = float(second)
        log.error("no more sockets at %d", second)
        if second % 100 == 0:
            log.error("something else")
    assert [record.getMessage() for record in caplog.records] == [
        "no more sockets at 0",
        "something else",
        "no more sockets at 60 (and 59 times more)",
        "something else",
        "no more sockets at 120 (and 59 times more)",
    ]


def test_the_libraries_that_serve_are_told_to(tmp_path):
    with serving(Home(tmp_path)):
        for name in ("asyncio", "uvicorn.error"):
            assert [type(one) for one in logging.getLogger(name).filters] == [patience.Seldom]
