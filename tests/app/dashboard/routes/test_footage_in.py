"""Footage is uploaded: as it comes, past the size that others have, and never half."""

import time

import pytest
from made_camera import ordinary
from visiting import OURS

from unusual.app.dashboard.routes import footage_in
from unusual.store.setup import Setup, write_setup

FOOTAGE = "/api/v1/setups/front/footage"


@pytest.fixture
def film(home):
    write_setup(home, Setup(camera="front", source="rtsp://127.0.0.1:1/x"))
    yield ordinary().read_bytes()
    for file in home.uploads("front").glob("*"):
        file.unlink()


def send(web, data, name="Monday (1).MP4", headers=OURS):
    return web.post(f"{FOOTAGE}?name={name}", content=data, headers=headers)


def test_a_film_is_taken_listed_and_removed(web, home, film):
    assert len(film) > 64 * 1024  # more than others may send
    told = send(web, film).json()
    assert told["uploads"] == [{"name": "Monday_1.mp4", "bytes": len(film)}]
    assert (home.uploads("front") / "Monday_1.mp4").read_bytes() == film
    assert "Monday_1.mp4" in web.get("/add/front").text
    assert "already" in send(web, film).json()["detail"]
    told = web.post(f"{FOOTAGE}/remove", json={"name": "Monday_1.mp4"}, headers=OURS).json()
    assert told["uploads"] == [] and list(home.uploads("front").iterdir()) == []
    for name in ("Monday_1.mp4", "../../setups/front/setup.json"):
        assert web.post(f"{FOOTAGE}/remove", json={"name": name}, headers=OURS).status_code == 404


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        pytest.param(b"no video" * 50_000, "a.mp4", "cannot read a.mp4", id="no video"),
        pytest.param(b"", "a.mp4", "1 byte", id="nothing"),
        pytest.param(b"x", "a.exe", "no video by its name", id="another name"),
    ],
)
def test_what_is_no_film_is_refused_in_one_line_and_leaves_nothing(web, home, film, data, name, words):
    answer = send(web, data, name)
    assert answer.status_code == 422 and words in answer.json()["detail"]
    assert not home.uploads("front").exists() or list(home.uploads("front").iterdir()) == []


def test_nobody_sends_one_from_another_page_or_for_no_camera(web, home, film):
    assert send(web, film, headers={"x-unusual": "1", "sec-fetch-site": "cross-site"}).status_code == 403
    assert send(web, film, headers={"sec-fetch-site": "same-origin"}).status_code == 403
    assert web.post("/api/v1/setups/nobody/footage?name=a.mp4", content=film, headers=OURS).status_code == 404
    assert web.post(f"{FOOTAGE}/?name=a.mp4", content=film, headers=OURS).status_code == 413  # that address alone


def test_who_sends_nothing_more_is_not_waited_for(web, home, film, monkeypatch):
    monkeypatch.setattr(footage_in, "SLOWEST_S", 0.2)

    def slow():
        yield film[:1000]
        time.sleep(1.0)
        yield film[1000:]

    headers = {**OURS, "content-length": str(len(film))}
    answer = web.post(f"{FOOTAGE}?name=a.mp4", content=slow(), headers=headers)
    assert answer.status_code == 422 and "nothing came" in answer.json()["detail"]
    assert list(home.uploads("front").iterdir()) == []
