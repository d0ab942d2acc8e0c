"""One process watches all that is listed; it ends, begins again, and goes on after the machine was switched off."""

import signal
import time

import pytest
from made_camera import NAME, camera_home, pictures
from web_server import STREAM, web_server

from unusual.app.setup.watch_list import list_camera, read_list
from unusual.app.setup.watching import begin_watching, end_watching, go_on_watching, watching, where_of
from unusual.errors import ConfigError
from unusual.store.live import read_live


@pytest.fixture
def home(tmp_path):
    home = camera_home(tmp_path)
    yield home
    watching(home).end(20.0)


@pytest.fixture
def address(tmp_path):
    with web_server(tmp_path, list(pictures())) as port:
        yield f"http://127.0.0.1:{port}{STREAM}"


def until(holds, seconds=60.0):
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.05)


def scored(home):
    live = read_live(home, NAME)
    return live is not None and live.frames.arrived > 0


def test_it_is_watched_through_the_end_of_the_machine_until_somebody_stops_it(home, address):
    begin_watching(home, NAME, address)
    first = watching(home).pid
    until(lambda: scored(home))
    assert where_of(home, NAME).text == address and go_on_watching(home) == ""
    assert watching(home).pid == first  # it lives: nobody begins a second one
    watching(home).tell(signal.SIGKILL)
    until(lambda: watching(home).pid is None)
    assert go_on_watching(home) == ""
    assert watching(home).pid not in (None, first)
    end_watching(home, NAME)
    assert watching(home).pid is None and not watching(home).was_begun and read_list(home).cameras == {}
    assert go_on_watching(home) == "" and watching(home).pid is None


def test_one_that_cannot_be_watched_says_why(home):
    begin_watching(home, "yard", "rtsp://me:sesame@127.0.0.1:1/stream")
    until(lambda: watching(home).pid is None)
    assert "no camera 'yard'" in watching(home).last_words
    assert "sesame" not in watching(home).last_words


def test_a_list_that_is_not_in_order_is_told_when_the_dashboard_starts(home):
    list_camera(home, NAME, "0")
    watching(home).start("doctor")
    until(lambda: watching(home).pid is None)
    home.watch_list.write_text("cameras = 1")
    assert "cameras" in go_on_watching(home)
    assert where_of(home, NAME) is None
    with pytest.raises(ConfigError):
        begin_watching(home, NAME)
