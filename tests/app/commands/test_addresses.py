"""An address is the same thing to every command: a camera to record and to watch; over HTTP maybe a file to score."""

import os
import signal
import threading
import time

import pytest
from made_camera import NAME, camera_home, pictures, place, unusual_clip
from rtsp_server import NEEDED, RtspServer, installed, write_film
from web_server import STREAM, web_server

from unusual.store.live import read_live

LOGIN = "http://canaryuser:canarypass@127.0.0.1"


@pytest.fixture(scope="module")
def web():
    with web_server(unusual_clip().parent, pictures()) as port:
        yield {"file": f"{LOGIN}:{port}/{unusual_clip().name}", "stream": f"{LOGIN}:{port}{STREAM}?token=canary"}


@pytest.fixture(scope="module")
def rtsp(tmp_path_factory):
    if not installed():
        pytest.skip(NEEDED)
    film = tmp_path_factory.mktemp("film") / "gate"
    write_film(film, pictures()[:50])
    with RtspServer({"gate": film}) as server:
        yield server.url("gate")


@pytest.fixture(params=["file", "stream", "rtsp"])
def address(request):
    """(what it is, the address)."""
    return request.param, request.getfixturevalue("rtsp") if request.param == "rtsp" else request.getfixturevalue(
        "web"
    )[request.param]


def test_train_wants_footage_on_the_disk(run, address, tmp_path):
    code, out, err = run("train", address[1], "--out", tmp_path / "gate")
    assert (code, out) == (2, "")
    assert "is no file: this needs footage on the disk" in err
    assert "canary" not in err
    assert not list(tmp_path.iterdir())


def test_score_takes_the_address_of_a_file_and_refuses_a_camera(run, address, trained, tmp_path):
    kind, named = address
    code, out, err = run("score", named, "-c", trained, "--out", tmp_path / "out", "--no-annotate")
    assert "canary" not in out + err
    if kind == "file":
        assert code == 0
        assert len((tmp_path / "out/cart/scores.csv").read_text().splitlines()) == 1 + 100
        assert "canary" not in (tmp_path / "out/report.html").read_text()
    else:
        assert code == 2
        assert "is a live camera: scoring needs a recorded video" in err
        assert not list(tmp_path.iterdir())
    assert ("list of processes" in err) == ("canary" in named)


def test_score_takes_an_address_that_is_kept_in_a_variable(run, web, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("GATE", web["file"])
    code, out, err = run("score", "env:GATE", "-c", trained, "--out", tmp_path / "out", "--no-annotate")
    assert code == 0
    assert "canary" not in out + err and "list of processes" not in err
    assert (tmp_path / "out/cart/scores.csv").exists()


def test_learn_records_a_camera_and_refuses_the_address_of_a_file(run, address, tmp_path):
    kind, named = address
    words = ("learn", named, "--as", "gate", "--home", tmp_path, "--cache", place() / "cache")
    code, _, err = run(*words)
    assert code == 2
    assert "say how long to record, as --for 2h" in err
    code, _, err = run(*words, "--for", "3s")
    assert code == 2
    assert "canary" not in err
    footage = list((tmp_path / "footage").rglob("*.mp4"))
    if kind == "file":
        assert "is a file, and no camera: download it" in err
        assert not footage
    else:
        assert "of the footage can be learnt from, need 4 min" in err
        assert footage


def test_watch_takes_any_address_for_a_camera(run, address, tmp_path):
    home = camera_home(tmp_path)

    def stop_when_frames_have_come():
        until = time.monotonic() + 60
        while time.monotonic() < until and not ((live := read_live(home, NAME)) and live.frames.arrived > 10):
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=stop_when_frames_have_come, daemon=True).start()
    code, out, err = run("watch", address[1], "--model", NAME, "--home", home)
    assert (code, out.startswith(f"{NAME}: frames ")) == (0, True)
    assert " frames 0 in" not in out
    assert "canary" not in out + err


def test_watch_plays_the_address_of_a_file_as_one_where_it_is_told_to(run, web, tmp_path):
    home = camera_home(tmp_path)
    code, out, _ = run("watch", web["file"], "--model", NAME, "--home", home, "--pace", "fast")
    assert code == 0
    assert out.startswith(f"{NAME}: frames 100 in, 100 scored, 0 dropped, 0 gap; ")
