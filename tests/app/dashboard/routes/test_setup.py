"""A camera is set up over the web: looked through first, never shown with its password, and by those who may."""

import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from made_camera import unusual_clip
from made_home import learn_camera, serving
from visiting import HTML, OURS, PASSWORD, Page, light_user, stranger
from web_server import STREAM, web_server

from unusual.app.setup.state import learning_of
from unusual.store.setup import Question, Setup, ask, read_setup, write_setup

SETUPS = "/api/v1/setups"


@pytest.fixture(scope="module")
def camera(tmp_path_factory):
    """The address of a camera, with a password."""
    with web_server(tmp_path_factory.mktemp("web"), [np.full((48, 64, 3), 90, np.uint8)]) as port:
        yield f"http://me:sesame@127.0.0.1:{port}{STREAM}"


def post(web, path, told, status=200):
    answer = web.post(f"{SETUPS}{path}", json=told, headers=OURS)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_camera_is_looked_through_and_its_picture_shown(web, home, camera):
    told = post(web, "", {"camera": "front", "source": camera})
    assert told["step"] == "footage" and told["source"].startswith("http://***@127.0.0.1")
    page = web.get("/add/front").text
    assert "sesame" not in page + str(told) and "/add/front/picture.jpg" in page
    picture = web.get("/add/front/picture.jpg")
    assert picture.headers["content-type"] == "image/jpeg" and picture.content.startswith(b"\xff\xd8")
    assert read_setup(home, "front").source == camera
    assert "Go on with front" in web.get("/add").text and "front</b> is being set up" in web.get("/").text
    assert [one["camera"] for one in web.get(SETUPS).json()] == ["front"]


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("front", "http://me:sesame@127.0.0.1:1/x", "http://***@127.0.0.1:1/x"),
        ("front", "/etc/passwd", "no address of a camera"),
        ("front", "file:///etc/passwd", "begins with 'file'"),
        ("front", "", "give the camera's address"),
        ("../front", "0", "not understood"),
        ("", "0", "not understood"),
    ],
)
def test_where_nothing_is_seen_one_line_says_why_and_nothing_is_kept(web, home, name, source, words):
    before = read_setup(home, "front")
    detail = post(web, "", {"camera": name, "source": source}, 422)["detail"]
    assert words in detail and "\n" not in detail and "sesame" not in detail
    assert read_setup(home, "front") == before


def test_recordings_are_taken_from_where_they_may_lie(home, tmp_path):
    with serving(home, footage=(unusual_clip().parent,)) as (port, _), stranger(port) as web:
        assert post(web, "", {"camera": "film", "source": str(unusual_clip())})["source"] == str(unusual_clip())
        assert str(unusual_clip().parent) in web.get("/add").text
        (tmp_path / "other.mp4").touch()
        assert (
            "no such recording" in post(web, "", {"camera": "x", "source": str(tmp_path / "other.mp4")}, 422)["detail"]
        )
        refused = post(web, "/film/learn", {"record_s": 0, "paths": [str(tmp_path)]}, 422)
        assert "no such recording" in refused["detail"]
        post(web, "/film/forget", {})


def until_over(home, name):
    limit = time.monotonic() + 60
    while learning_of(home, name).pid is not None:
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_it_is_learnt_in_a_process_of_its_own_and_why_that_ended_is_shown(web, home):
    write_setup(home, Setup(camera="short", source="rtsp://127.0.0.1:1/x", paths=()))
    assert "nothing to learn from" in post(web, "/short/learn", {}, 422)["detail"]
    home.uploads("short").mkdir(parents=True)
    (home.uploads("short") / "cart.mp4").write_bytes(unusual_clip().read_bytes())
    assert post(web, "/short/learn", {})["step"] == "learning"
    assert "goes on already" in post(web, "/short/learn", {}, 422)["detail"]
    assert "being learnt already" in post(web, "", {"camera": "short", "source": "0"}, 409)["detail"]
    assert "nothing is being recorded" in post(web, "/short/end", {"do": "enough"}, 409)["detail"]
    until_over(home, "short")
    told = web.get(f"{SETUPS}/short").json()
    assert told["step"] == "ended" and told["words"].startswith("only 20 s of the footage")
    page = web.get("/add/short").text
    assert "ended before its time" in page and "Only 20 s of the footage" in page
    assert post(web, "/short/forget", {}) == web.get(SETUPS).json()
    assert web.get(f"{SETUPS}/short").status_code == 404
    assert (home.uploads("short") / "cart.mp4").exists()


def minds(pid):
    """Whether a process has set up what it does when it is asked to end."""
    (caught,) = re.findall(r"^SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(caught, 16) >> (signal.SIGTERM - 1) & 1


def test_a_learning_is_stopped(web, home):
    write_setup(home, Setup(camera="long", source="rtsp://127.0.0.1:1/x"))
    learning_of(home, "long").start("serve", "--port", "0")
    limit = time.monotonic() + 60
    while not minds(learning_of(home, "long").pid) and time.monotonic() < limit:
        time.sleep(0.1)
    assert post(web, "/long/end", {"do": "stop"})["step"] == "ended"
    assert "The learning was stopped" in web.get("/add/long").text
    post(web, "/long/forget", {})


def test_odd_moments_are_shown_and_answered(web, home):
    write_setup(home, Setup(camera="odd", source="rtsp://127.0.0.1:1/x"))
    asked = tuple(Question(n, f"<a> {n}", "at <noon>", boxed=True, clip=n == 1) for n in (1, 2))
    ask(home, "odd", asked)
    (home.setup("odd") / "odd-1.jpg").write_bytes(b"picture")
    learning_of(home, "odd").start("serve", "--port", "0")
    told = web.get(f"{SETUPS}/odd").json()
    assert told["step"] == "asked"
    assert [(one["key"], bool(one["clip"])) for one in told["questions"]] == [("<a> 1", True), ("<a> 2", False)]
    page = Page(web.get("/add/odd").text)
    assert [had["data-key"] for _, had in page.tags if "data-key" in had] == ["<a> 1", "<a> 2"]
    names = [had["name"] for tag, had in page.tags if tag == "input" and had.get("type") == "radio"]
    assert names == ["<a> 1"] * 3 + ["<a> 2"] * 3
    assert web.get("/add/odd/odd-1.jpg").content == b"picture"
    for path in ("odd-2.jpg", "setup.json", "..%2fodd-1.jpg", "odd-1.jpg.part"):
        assert web.get(f"/add/odd/{path}").status_code in (404, 422)
    assert "nobody asks" in post(web, "/odd/answers", {"answers": {"b": "ordinary"}}, 409)["detail"]
    post(web, "/odd/answers", {"answers": {"<a> 1": "perhaps"}}, 422)
    told = post(web, "/odd/answers", {"answers": {"<a> 1": "ordinary", "<a> 2": "unusual"}})
    assert told["questions"] == [] and told["step"] == "learning"
    post(web, "/odd/forget", {})
    assert learning_of(home, "odd").pid is None


def test_one_that_was_learnt_goes_on_to_its_zones_alarms_and_watching(web, home):
    learn_camera(home, "done")
    write_setup(home, Setup(camera="done", source="rtsp://me:sesame@127.0.0.1:1/x"))
    page = web.get("/add/done").text
    for part in ("/zones/done", 'data-setting="done"', "data-alerts", 'data-watch="yes"', "rtsp://***@127.0.0.1:1/x"):
        assert part in page
    assert "sesame" not in page
    assert "was learnt already" in post(web, "/done/learn", {}, 409)["detail"]
    assert "done" not in [one["camera"] for one in web.get(SETUPS).json()]
    home.watch_list.write_text("cameras = 1")
    assert "It is not watched" in web.get("/add/done").text
    home.watch_list.unlink()
    assert web.get("/add/nobody").status_code == 404


def test_viewers_set_nothing_up_and_see_no_setup(locked):
    folder, port, _, _ = locked
    light_user(folder, "vera", "vera's own afternoon")
    with stranger(port) as vera:
        assert (
            vera.post("/login", json={"name": "vera", "password": "vera's own afternoon"}, headers=OURS).status_code
            == 200
        )
        for path in ("/add", "/add/door", "/add/door/picture.jpg", SETUPS, f"{SETUPS}/door", "/api/v1/alerting"):
            assert vera.get(path).status_code == 403
        for path in ("", "/door/learn", "/door/end", "/door/answers", "/door/forget", "/door/footage?name=a.mp4"):
            assert vera.post(f"{SETUPS}{path}", json={}, headers=OURS).status_code == 403
        assert "/add" not in vera.get("/", headers=HTML).text


def test_the_administrator_does_and_so_does_a_program_that_may_act(locked):
    _, port, _, _ = locked
    with stranger(port) as admin:
        admin.post("/login", json={"password": PASSWORD}, headers=OURS)
        assert 'href="/add"' in admin.get("/", headers=HTML).text
        made = {
            s: admin.post("/api/v1/tokens", json={"name": s, "scope": s}, headers=OURS).json() for s in ("read", "act")
        }
    with stranger(port) as program:
        for scope, status in (("read", 403), ("act", 200)):
            program.headers["authorization"] = f"Bearer {made[scope]['token']}"
            assert program.get(SETUPS).status_code == status
        assert program.post("/api/v1/alerting", json={"way": "none"}).status_code == 403
