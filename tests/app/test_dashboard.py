"""The dashboard from outside: who gets in, what is shown, what is kept, and that nothing makes it fall over."""

import http.client
import io
import json
import re
import stat
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_home import PICTURES, SCALE, add_event, learn_camera, serving, watch

from unusual.app.cli import main
from unusual.app.dashboard import server as dashboard
from unusual.app.dashboard.auth import Door, Lock, Password, read_lock, write_password
from unusual.app.dashboard.sliders import CHOICES
from unusual.errors import ConfigError
from unusual.files import write_text
from unusual.store.events import EventFilter, EventStore, Verdict
from unusual.store.home import Home
from unusual.store.scorelog import ScoreLog
from unusual.store.settings import Setting

PASSWORD = "a quiet afternoon"
OURS = {"x-unusual": "1", "sec-fetch-site": "same-origin"}
HTML = {"accept": "text/html"}
OPEN, CLOSED = "open to anybody", "closed"
ROUTES = {  # every route has a row: a new one is closed unless somebody says here that it may be open
    ("GET", "/healthz"): OPEN,
    ("GET", "/login"): OPEN,
    ("POST", "/login"): OPEN,
    ("GET", "/static/{name}"): OPEN,
    ("POST", "/logout"): CLOSED,
    ("GET", "/"): CLOSED,
    ("GET", "/live"): CLOSED,
    ("GET", "/live/{camera}.jpg"): CLOSED,
    ("GET", "/media/{event}/{name}"): CLOSED,
    ("GET", "/events"): CLOSED,
    ("GET", "/events/rows"): CLOSED,
    ("GET", "/events/{event}"): CLOSED,
    ("POST", "/events/{event}/review"): CLOSED,
    ("GET", "/timeline"): CLOSED,
    ("GET", "/timeline/{day}"): CLOSED,
    ("GET", "/settings"): CLOSED,
    ("POST", "/settings/{camera}"): CLOSED,
    ("POST", "/settings/{camera}/mute"): CLOSED,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = Home(tmp_path_factory.mktemp("home"))
    learn_camera(folder, "door")
    learn_camera(folder, "yard")
    watch(folder, "door")
    return folder


@pytest.fixture(scope="module")
def store(home):
    store = EventStore.open(home)
    yield store
    store.close()


@pytest.fixture(scope="module")
def events(store):
    """Forty events of the past two days, newest first: (id, score); the newest has a clip."""
    now = time.time()
    return [
        (add_event(store, "door" if i % 4 else "yard", now - 60 - 4000 * i, 1 + i % 7 / 2, clip=i == 0), 1 + i % 7 / 2)
        for i in range(40)
    ]


@pytest.fixture(scope="module")
def open_house(home, events):
    with serving(home) as (port, server):
        yield port, server


@pytest.fixture(scope="module")
def web(open_house):
    with httpx.Client(base_url=f"http://localhost:{open_house[0]}", trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A home with a password: its folder, the port of its dashboard, the server."""
    folder = Home(tmp_path_factory.mktemp("locked"))
    learn_camera(folder, "door")
    watch(folder, "door")
    light_password(folder, PASSWORD)
    with EventStoreOf(folder) as store:
        event = add_event(store, "door", time.time() - 60, 3.0, clip=True)
    with serving(folder, loopback=False) as (port, server):
        yield folder, port, server, event


class EventStoreOf:
    def __init__(self, home):
        self.store = EventStore.open(home)

    def __enter__(self):
        return self.store

    def __exit__(self, *_):
        self.store.close()


def light_password(home, words):
    """As `write_password`, but quick to check."""
    write_text(home.folder / "dashboard.json", Lock(password=Password.of(words, n=2**14, p=1)).model_dump_json())


def stranger(port):
    return httpx.Client(base_url=f"http://localhost:{port}", trust_env=False, timeout=30)


def raw(port, method, target, headers=(), body=b""):
    """A request whose target no client has tidied up: the status of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in [("content-length", str(len(body))), *headers]:
        connection.putheader(name, value)
    connection.endheaders(body)
    with connection.getresponse() as answer:
        answer.read()
        status = answer.status
    connection.close()
    return status


class Page(HTMLParser):
    """Tags with their attributes, and the words between them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data


# --- who gets in


def filled(path, event):
    names = {"{event}": event, "{name}": "thumb.jpg", "{camera}": "door", "{day}": "2026-11-21"}
    return re.sub(r"\{\w+\}", lambda match: names[match[0]], path)


def test_every_route_has_a_row_in_the_table(locked):
    routes = locked[2].config.app.app.routes
    assert {(method, route.path) for route in routes for method in route.methods} == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), [key for key, who in ROUTES.items() if who is CLOSED])
def test_a_stranger_is_sent_to_the_log_in_by_every_closed_route(locked, method, path):
    _, port, _, event = locked
    with stranger(port) as client:
        assert client.request(method, filled(path, event), headers=OURS).status_code == 401
        if method == "GET":
            answer = client.get(filled(path, event), headers=HTML)
            assert (answer.status_code, answer.headers["location"].split("=")[0]) == (303, "/login?next")
        elsewhere = client.get("/no/such/page")
        assert elsewhere.status_code == 401  # nor is a stranger told what there is


def test_a_stranger_sees_only_that_it_answers_and_how_to_log_in(locked):
    with stranger(locked[1]) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert "door" not in client.get("/login").text
        assert client.get("/static/dashboard.css").headers["content-type"].startswith("text/css")
        assert client.get("/static/nothing.css").status_code == 404


def test_the_password_opens_and_logging_out_closes(locked):
    _, port, server, event = locked
    server.config.app.door._tries.clear()
    with stranger(port) as client:
        wrong = client.post("/login", json={"password": "a loud afternoon"}, headers=OURS)
        assert (wrong.status_code, wrong.json()["detail"]) == (403, "this is not the password")
        right = client.post("/login", json={"password": PASSWORD}, headers=OURS)
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and "secure" not in cookie
        assert client.get("/").status_code == 200
        assert client.get(f"/media/{event}/clip.mp4").status_code == 200
        held = dict(client.cookies)
        assert client.post("/logout", json={}, headers=OURS).status_code == 200
        client.cookies.update(held)
        assert client.get("/").status_code == 401
        behind_tls = client.post("/login", json={"password": PASSWORD}, headers=OURS | {"x-forwarded-proto": "https"})
        assert "secure" in behind_tls.headers["set-cookie"].lower()


def test_guessing_is_slowed_down_for_one_and_for_all(tmp_path):
    door = Door(Home(tmp_path))
    assert [door.wait_s("10.0.0.1", now=float(i)) for i in range(5)] == [0] * 5
    assert door.wait_s("10.0.0.1", now=5.0) == 55  # until the first of the five is a minute old
    assert door.wait_s("::ffff:10.0.0.1", now=5.0) == 55
    assert door.wait_s("10.0.0.2", now=5.0) == 0
    assert [door.wait_s(f"2001:db8::{i}", now=6.0) > 0 for i in range(6)] == [False] * 5 + [True]  # one household
    many = [door.wait_s(f"10.1.0.{i}", now=7.0) for i in range(30)]
    assert many[:19] == [0] * 19 and min(many[19:]) > 0
    assert door.wait_s("10.0.0.1", now=61.0) == 0


def test_the_sixth_guess_in_a_minute_is_told_to_wait(locked):
    _, port, server, _ = locked
    door = server.config.app.door
    door._tries.clear()
    for _ in range(4):
        door.wait_s("127.0.0.1")
    with stranger(port) as client:
        said = [client.post("/login", json={"password": "guess"}, headers=OURS) for _ in range(2)]
    assert [answer.status_code for answer in said] == [403, 429]
    assert int(said[-1].headers["retry-after"]) in range(1, 61)
    door._tries.clear()


def test_the_guesses_of_others_do_not_keep_the_owner_out(tmp_path):
    light_password(Home(tmp_path), PASSWORD)
    door = Door(Home(tmp_path))
    assert door.wait_s("10.0.0.1", now=0.0) == 0
    assert door.enter(PASSWORD, "10.0.0.1", now=0.0)
    mark = door.mark()
    for i in range(300):
        door.wait_s(f"10.1.{i % 250}.9", now=10 + i / 10)
    assert door.wait_s("10.9.9.9", now=41.0) > 0
    assert door.wait_s("10.0.0.1", now=41.0) == 0  # an address that he came from,
    for _ in range(5):
        door.wait_s("10.0.0.1", now=42.0)
    assert door.wait_s("10.0.0.1", now=42.0) > 0
    assert door.wait_s("10.0.0.1", mark, now=42.0) == 0  # and a browser, wherever it is
    assert [door.wait_s("10.9.9.9", mark, now=43.0) > 0 for _ in range(5)] == [False] * 4 + [True]
    for forged in ("", "x", mark[:-1], f"{'0' * 32}{mark[32:]}", "é.é"):
        assert door.wait_s("10.9.9.9", forged, now=44.0) > 0
    light_password(Home(tmp_path), "another long one")
    assert Door(Home(tmp_path))._place("10.9.9.9", mark) == "10.9.9.9"


def test_a_browser_that_was_here_before_is_known_at_the_log_in(locked):
    _, port, server, _ = locked
    door = server.config.app.door
    door._tries.clear()
    with stranger(port) as client:
        assert client.post("/login", json={"password": PASSWORD}, headers=OURS).status_code == 200
        for _ in range(6):
            door.wait_s("127.0.0.1")
        with stranger(port) as other:
            assert other.post("/login", json={"password": PASSWORD}, headers=OURS).status_code == 429
        assert client.post("/login", json={"password": PASSWORD}, headers=OURS).status_code == 200
    door._tries.clear()


def test_a_session_ends_by_idleness_by_age_and_by_another_password(tmp_path):
    light_password(Home(tmp_path), PASSWORD)
    door = Door(Home(tmp_path))
    idle, old = door.enter(PASSWORD, "here", now=0.0), door.enter(PASSWORD, "here", now=0.0)
    assert all(name not in repr(door) for name in (idle, old))  # only their hashes are kept
    assert not door.knows(idle, now=13 * 3600.0)
    for hour in range(0, 7 * 24, 10):
        assert door.knows(old, now=hour * 3600.0)
    assert not door.knows(old, now=7 * 86400.0 + 1)
    renewed = door.enter(PASSWORD, "here", now=0.0)
    light_password(Home(tmp_path), "another afternoon")
    assert not door.knows(renewed, now=1.0)
    assert door.enter(PASSWORD, "here") is None


def test_a_password_is_kept_as_scrypt_in_a_file_of_its_owner_alone(tmp_path):
    dashboard.set_password(Home(tmp_path), PASSWORD)
    file = tmp_path / "dashboard.json"
    kept = json.loads(file.read_text())["password"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept["n"] * kept["p"] >= 3 * 2**15 and PASSWORD not in file.read_text()
    with pytest.raises(ConfigError, match="10 to 1024 characters, got 5"):
        dashboard.set_password(Home(tmp_path), "short")
    assert read_lock(Home(tmp_path)).password.fits(PASSWORD)
    file.write_text("{}}")
    with pytest.raises(ConfigError, match="set the password again"):
        dashboard.run_dashboard(Home(tmp_path), "127.0.0.1", 0)


def test_a_new_password_is_read_from_the_input_or_the_environment_and_no_word_of_the_command(tmp_path, monkeypatch):
    for typed, environment in (("from the input", ""), ("", "from the environment")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed + "\nmore\n"))
        monkeypatch.setenv("UNUSUAL_PASSWORD", environment)
        monkeypatch.setattr(sys, "argv", ["unusual", "serve", "--home", str(tmp_path), "--set-password"])
        assert main() == 0
        assert read_lock(Home(tmp_path)).password.fits(typed or environment)


def test_other_machines_are_let_in_only_with_a_password(tmp_path):
    for host in ("0.0.0.0", "::", "192.168.1.4", "camera.example"):
        with pytest.raises(ConfigError, match=r"^[^\n]* set a password first, unusual serve --set-password$"):
            dashboard.run_dashboard(Home(tmp_path), host, 0)


def test_a_name_in_the_file_is_another_address_and_demands_a_password(tmp_path, home, events):
    write_text(tmp_path / "dashboard.json", Lock(names=("cameras.example",)).model_dump_json())
    with pytest.raises(ConfigError, match=r"cameras.example is open to other machines: set a password first"):
        dashboard.run_dashboard(Home(tmp_path), "127.0.0.1", 0)
    for host in ("cameras.example", "localhost"):  # a proxy may say either
        with serving(Home(tmp_path)) as (port, _), stranger(port) as client:
            answer = client.get("/live", headers={"host": host})
            assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (403, "other machines may look")
            assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("header", ["x-forwarded-for", "Forwarded", "X-Real-IP", "via"])
def test_what_a_proxy_hands_on_is_not_answered_without_a_password(web, header):
    assert web.get("/live").status_code == 200
    assert web.get("/live", headers={header: "10.0.0.7"}).status_code == 403


@pytest.mark.parametrize("broken", ["", "{", '{"password": 3}', '{"names": ["a.example"], "more": 1, "format": "x"}'])
def test_a_broken_file_is_mended_by_a_new_password_as_its_message_says(tmp_path, broken):
    (tmp_path / "dashboard.json").write_text(broken)
    with pytest.raises(ConfigError, match="set the password again with unusual serve --set-password"):
        Door(Home(tmp_path)).lock()
    write_password(Home(tmp_path), PASSWORD)
    assert Door(Home(tmp_path)).lock().password.fits(PASSWORD)
    assert (tmp_path / "dashboard.json.broken").read_text() == broken


def test_a_taken_port_is_told_in_a_line(open_house, tmp_path):
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1, port {open_house[0]}"):
        dashboard.run_dashboard(Home(tmp_path), "127.0.0.1", open_house[0])


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "", "[::1", "10.0.0.5"])
def test_a_dashboard_of_this_machine_alone_answers_to_no_other_name(open_house, host):
    connection = http.client.HTTPConnection("127.0.0.1", open_house[0])
    connection.putrequest("GET", "/live", skip_host=True)
    connection.putheader("host", host)
    connection.endheaders()
    assert connection.getresponse().status in (400, 421)
    connection.close()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing said"),
        pytest.param({"x-unusual": "1"}, id="no origin"),
        pytest.param({"sec-fetch-site": "same-origin"}, id="without our header"),
        pytest.param(OURS | {"sec-fetch-site": "cross-site"}, id="another site"),
        pytest.param(OURS | {"sec-fetch-site": "same-site"}, id="another host of the same site"),
        pytest.param(OURS | {"origin": "http://evil.example"}, id="another origin"),
        pytest.param(OURS | {"origin": "null"}, id="an origin that hides"),
        pytest.param({"x-unusual": "1", "origin": "http://localhost:1"}, id="another port"),
    ],
)
def test_nothing_is_changed_for_a_page_of_another_site(web, store, events, headers):
    answer = web.post(f"/events/{events[5][0]}/review", json={"note": "forged"}, headers=headers)
    assert answer.status_code == 403
    assert store.get(events[5][0]).note == ""


def test_an_origin_of_our_own_is_enough_where_the_browser_says_no_more(web, open_house, events):
    headers = {"x-unusual": "1", "origin": f"http://localhost:{open_house[0]}"}
    assert web.post(f"/events/{events[5][0]}/review", json={}, headers=headers).status_code == 200


def test_every_answer_forbids_what_a_page_does_not_need(web, locked):
    with stranger(locked[1]) as client:
        answers = [web.get("/"), web.get("/nothing"), web.get("/static/shell.js"), web.put("/"), client.get("/")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert web.get("/").headers["cache-control"] == "no-store"


# --- files


STEPS = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%252f", "..\\", "..%5c", "..%c0%af", "%00/", "....//", "./../"]
ENDS = ["etc/passwd", "events.db", "dashboard.json", "clip.mp4%00.jpg", "C:%5cwindows", "~root"]


def test_no_address_leads_out_of_the_folder(open_house, events):
    port, event = open_house[0], events[0][0]
    (place,) = {f"/media/{event}"}
    places = ["/media", place, "/static", "/live", "/timeline", "/events"]
    tried = [f"{start}/{step * times}{end}" for start in places for step in STEPS for times in (1, 3) for end in ENDS]
    tried += [
        "//etc/passwd",
        f"{place}//etc/passwd",
        f"{place}/curve.json",
        "/static/../server.py",
        "/%2e%2e/events.db",
    ]
    assert len(tried) > 500
    statuses = {target: raw(port, "GET", target) for target in tried[::3]}  # a third of them in one go: all differ
    assert not {target: status for target, status in statuses.items() if not 400 <= status < 500}


def test_a_link_out_of_the_folder_is_not_followed(home, web, store, tmp_path):
    secret = tmp_path / "secret.jpg"
    secret.write_text("secret")
    event = add_event(store, "yard", time.time() - 9 * 86400, 1.0)
    (home.folder / "media" / event).mkdir(parents=True)
    (home.folder / "media" / event / "thumb.jpg").symlink_to(secret)
    (home.folder / "media" / event / "error.jpg").write_text("left over")
    store.attach(event, ["thumb.jpg", "real.jpg"])
    assert web.get(f"/media/{event}/error.jpg").status_code == 404  # there, and not named
    assert web.get(f"/media/{event}/thumb.jpg").status_code == 404
    assert web.get(f"/media/{event}/real.jpg").status_code == 404  # named, and gone


def test_a_player_gets_the_part_of_a_clip_that_it_asks_for(home, web, events):
    address = f"/media/{events[0][0]}/clip.mp4"
    whole = web.get(address)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert whole.content == (home.folder / address[1:]).read_bytes()
    part = web.get(address, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    assert web.get(address, headers={"range": "bytes=-5"}).content == whole.content[-5:]
    assert web.get(address, headers={"range": f"bytes={len(whole.content)}-"}).status_code == 416
    assert web.get(address, headers={"range": "bytes=9-3"}).status_code == 400
    assert web.get(address, headers={"if-none-match": whole.headers["etag"]}).status_code == 304


# --- what is shown


def test_an_empty_home_says_what_to_do(tmp_path):
    with serving(Home(tmp_path / "new")) as (port, _), stranger(port) as client:
        pages = {path: Page(client.get(path).text).words for path in ("/", "/events", "/timeline", "/settings")}
    assert "unusual learn monday.mp4 tuesday.mp4 --as entrance" in pages["/"]
    assert "unusual watch SOURCE" in pages["/events"]
    assert all("unusual learn" in pages[path] for path in ("/timeline", "/settings"))


def test_a_camera_is_told_as_its_watcher_tells_it(home, web):
    watch(home, "door", state="stalled", words="No frame for 7 s.", health="covered", delay_s=7.2)
    door, yard = web.get("/live").json()["cameras"]
    assert (door["state"]["label"], door["words"], door["health"]["label"]) == (
        "Stalled",
        "No frame for 7 s.",
        "Lens is covered",
    )
    assert [door[name] for name in ("in", "scored", "dropped", "gap", "delay")] == ["1,200", "1,190", "7", "3", "7.2 s"]
    assert len(door["points"]) <= 242 and door["limit"] == 2.0
    assert (yard["state"]["label"], yard["words"]) == (
        "Not watched",
        "start it with: unusual watch SOURCE --model yard",
    )
    page = Page(web.get("/").text).words
    assert "Stalled" in page and "Lens is covered" in page and "Not watched" in page
    picture = web.get("/live/door.jpg")
    assert picture.content == (home.folder / "live" / "door.jpg").read_bytes()
    assert web.get("/live/yard.jpg").status_code == 404


@pytest.mark.parametrize("broken", ["", "[]", '{"utc": "x"}', '{"utc": 1, "state": 3}', "\x00"])
def test_a_live_file_that_cannot_be_read_is_a_camera_that_is_not_watched(home, web, broken):
    write_text(home.folder / "live" / "door.json", broken)
    assert web.get("/live").json()["cameras"][0]["state"]["label"] == "Not watched"
    assert web.get("/").status_code == 200


def test_a_watcher_that_falls_silent_is_noticed_and_odd_numbers_are_borne(home, web):
    watch(home, "door", utc=time.time() - 300)
    door = web.get("/live").json()["cameras"][0]
    assert (door["state"]["label"], door["words"]) == ("Not watched", "no word from its watcher for 5 min")
    now = time.time()
    recent = [[now, float("nan")], [now - 1, None], [now - 2, 1.5], [1e300, 2.0]]
    watch(home, "door", score=float("inf"), threshold=float("nan"), recent=recent, state="<b>")
    door = web.get("/live").json()["cameras"][0]
    assert [score for _, score in door["points"]] == [1.5]
    assert door["limit"] is None and door["state"]["label"] == "<b>"


def test_what_has_not_changed_is_not_sent_again(home, web):
    watch(home, "door")
    for address in ("/live", "/events/rows", "/static/dashboard.css"):
        first = web.get(address)
        again = web.get(address, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    watch(home, "door")
    first = web.get("/live")
    watch(home, "door", words="Another line.")
    assert web.get("/live", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_learning_is_shown_while_it_goes_on(home, web):
    told = {
        "camera": "attic",
        "utc": time.time(),
        "stage": "Training",
        "share": 0.4,
        "words": "epoch 3",
        "log": ["read"],
    }
    write_text(home.folder / "learning" / "attic.json", json.dumps(told))
    page = Page(web.get("/").text)
    assert "Learning attic" in page.words and "epoch 3" in page.words
    assert ("progress", "0.4") in [(tag, had.get("value")) for tag, had in page.tags]
    assert web.get("/live").json()["learning"][0]["share"] == 0.4
    write_text(home.folder / "learning" / "attic.json", json.dumps(told | {"utc": time.time() - 7200}))  # it was killed
    assert "Learning attic" not in Page(web.get("/").text).words
    (home.folder / "learning" / "attic.json").unlink()


def listed(text):
    return [had["data-id"] for tag, had in Page(text).tags if tag == "li" and "data-id" in had]


def test_the_list_goes_through_all_events_once_newest_first(web, store, events):
    address, seen = "/events", []
    while address:
        page = web.get(address)
        seen += listed(page.text)
        links = [had["href"] for tag, had in Page(page.text).tags if tag == "a" and had.get("rel") == "next"]
        address = links[0] if links else None
    assert seen == [event.id for event in store.list(most=1000)]
    assert [event for event in seen if event in dict(events)] == [event for event, _ in events]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("camera=yard", EventFilter(camera="yard")),
        ("least=3.5", EventFilter(least_score=3.5)),
        ("alarms=only", EventFilter(alarms_only=True)),
        ("reviewed=yes", EventFilter(reviewed=True)),
        ("verdict=false", EventFilter(verdict=Verdict.FALSE)),
        ("camera=&day=&least=&reviewed=&verdict=", EventFilter()),
    ],
)
def test_filters_stand_in_the_address(web, store, events, query, wanted):
    store.review(events[3][0], reviewed=True, verdict=Verdict.FALSE, note="")
    assert listed(web.get(f"/events?{query}").text) == [event.id for event in store.list(wanted, most=30)]


def test_a_day_is_a_local_day(web, store, events):
    yesterday = date.today() - timedelta(days=1)
    since = datetime(yesterday.year, yesterday.month, yesterday.day).astimezone().timestamp()
    wanted = EventFilter(since_utc=since, until_utc=since + 86400)
    expected = [event.id for event in store.list(wanted, most=30)]
    assert expected and listed(web.get(f"/events?day={yesterday}").text) == expected


def test_an_event_is_shown_with_all_that_is_known_and_its_neighbours(web, store, events):
    newest, score = events[0]
    page = Page(web.get(f"/events/{newest}?camera=yard").text)
    assert "It moves unlike anything here" in page.words and f"{score:.2f}" in page.words
    assert "Ordinary footage reaches this" in page.words
    sources = [had.get("src") for tag, had in page.tags if tag in ("video", "img")]
    assert sources == [f"/media/{newest}/{name}" for name in ("clip.mp4", *PICTURES[1:])]
    assert "The most unusual object from frame to frame" in page.words
    (seek,) = [had for tag, had in page.tags if had.get("role") == "slider"]
    assert float(seek["data-end"]) == pytest.approx(3.9)
    points = json.loads(seek["data-curve"])
    assert max(points, key=lambda point: point[1])[0] == pytest.approx(2.0)
    (line,) = [had["d"] for tag, had in page.tags if tag == "path" and had.get("class") == "curve"]
    assert float(line.split("L")[-1].split(",")[0]) == pytest.approx(1000 * 3.5 / 3.9, abs=0.1)  # as long as the clip
    older = store.neighbours(newest, EventFilter(camera="yard"))[1]
    links = {had["rel"]: had["href"] for tag, had in page.tags if tag == "a" and had.get("rel") in ("prev", "next")}
    assert links == {"next": f"/events/{older}?camera=yard"}
    assert web.get("/events/" + "a" * 22).status_code == 404


def test_a_day_shows_the_score_of_each_minute_and_the_events(home, web, store):
    start = datetime(2025, 6, 1, 12, tzinfo=UTC).timestamp()
    log = ScoreLog(home, "yard")
    for second in range(0, 7200, 5):
        log.add(start + second, 0.5 if second != 3600 else 4.0)
    log.close()
    event = add_event(store, "yard", start + 3600, 4.0)
    local = datetime.fromtimestamp(start).date()
    page = Page(web.get(f"/timeline/{local}").text)
    assert "2.0 hours watched. Highest score 4.00 at" in page.words
    assert f"/events/{event}?camera=yard" in [had.get("href") for _, had in page.tags]
    drawn = {had["class"]: had["d"] for tag, had in page.tags if tag == "path" and had.get("d", "").endswith("Z")}
    assert drawn["area"].count("L") == 2 * 120 + 1
    first, last = map(int, re.fullmatch(r"M(\d+),0H(\d+)V100H\1Z", drawn["watched"]).groups())
    assert last - first == 120  # minutes
    assert web.get("/timeline/1970-01-01").status_code == web.get("/timeline/2025-13-01").status_code == 422


def test_a_day_says_when_a_camera_was_not_well(home, web, store):
    noon = datetime(2025, 6, 1, 12, tzinfo=UTC).timestamp()
    store.health.add("yard", noon - 90_000, "covered", "the lens seems to be covered")  # till another watcher began
    for after_s, state, words in (
        (-80_000, "connecting", ""),
        (-79_990, "online", ""),
        (0, "offline", "no answer"),
        (30, "dark", "the picture is dark"),
        (60, "online", ""),
        (90, "alert given up", "webhook"),
        (630, "ok", "the picture is fit again"),
        (900, "stalled", "<b>nothing</b> comes"),
    ):
        store.health.add("yard", noon + after_s, state, words)
    watch(home, "yard", utc=noon + 1000)  # its last word
    local = datetime.fromtimestamp(noon).date()
    page = Page(web.get(f"/timeline/{local}").text)
    drawn = [had for tag, had in page.tags if tag == "rect" and had.get("class", "").startswith("trouble")]
    assert [had["class"] for had in drawn] == ["trouble bad", "trouble warn", "trouble warn", "trouble bad"]
    widths = [float(had["width"].rstrip("%")) * 864 for had in drawn]
    assert widths == pytest.approx([130, 600, 130, 130], abs=1)  # seconds; moments are drawn 130 s wide
    lasted = (
        "for 1 min; no answer",
        "webhook",
        "for 10 min; the picture is dark",
        "for 1 min 40 s; <b>nothing</b> comes",
    )
    for words in (*lasted, "Not well 4 times: offline, picture is dark, alert given up, stalled"):
        assert words in page.words
    before = Page(web.get(f"/timeline/{local - timedelta(days=1)}").text)
    assert "for 2 h 46 min; the lens seems to be covered" in before.words


# --- what is kept


def test_a_review_keeps_what_it_does_not_mention(web, store, events):
    event = events[7][0]
    address = f"/events/{event}/review"
    assert web.post(address, json={"verdict": "ordinary"}, headers=OURS).json()["reviewed"] is True
    assert web.post(address, json={"note": "the postman"}, headers=OURS).status_code == 200
    kept = store.get(event)
    assert (kept.reviewed, kept.verdict, kept.note) == (True, Verdict.ORDINARY, "the postman")
    web.post(address, json={"reviewed": False, "verdict": None}, headers=OURS)
    kept = store.get(event)
    assert (kept.reviewed, kept.verdict, kept.note) == (False, None, "the postman")
    assert web.post("/events/" + "a" * 22 + "/review", json={}, headers=OURS).status_code == 404
    for nonsense in ({"verdict": "nice"}, {"note": "x" * 2001}, {"unknown": 1}, [], "text"):
        assert web.post(address, json=nonsense, headers=OURS).status_code == 422


def test_the_slider_counts_what_each_choice_would_have_meant(web, store, events):
    page = Page(web.get("/settings").text)
    sliders = {had["aria-label"]: json.loads(had["data-choices"]) for _, had in page.tags if had.get("type") == "range"}
    choices = sliders["Alarms a day from door"]
    assert [choice["alarms"] for choice in choices] == list(CHOICES)
    assert (CHOICES[0], CHOICES[-1], len(CHOICES)) == (0.1, 50, 28)
    week = time.time() - 7 * 86400
    for choice in choices[::9]:
        least = SCALE.threshold(choice["alarms"]).score
        assert choice["count"] == store.count_from("door", week, least)
    assert choices[0]["count"] < choices[-1]["count"]


def test_settings_are_kept_for_the_watcher(web, store):
    told = {"alarms_per_day": 2.5, "cool_down_s": 120}
    assert web.post("/settings/door", json=told, headers=OURS).status_code == 200
    assert store.settings.get("door", Setting.ALARMS_PER_DAY) == 2.5
    assert store.settings.get("door", Setting.COOL_DOWN_S) == 120
    assert web.post("/settings/door/mute", json={"muted": True}, headers=OURS).json()["muted"]
    assert store.settings.get("door", Setting.MUTED_UNTIL) == pytest.approx(time.time() + 3600, abs=60)
    web.post("/settings/door/mute", json={"muted": False}, headers=OURS)
    assert store.settings.get("door", Setting.MUTED_UNTIL) is None
    assert web.post("/settings/nobody", json=told, headers=OURS).status_code == 404
    for wrong in ({"alarms_per_day": 0}, {"alarms_per_day": 1441}, {"cool_down_s": -1}, {"cool_down_s": None}):
        assert web.post("/settings/door", json=told | wrong, headers=OURS).status_code == 422
    assert web.post("/settings/door", json={"cool_down_s": 60}, headers=OURS).status_code == 200
    assert store.settings.get("door", Setting.ALARMS_PER_DAY) == 2.5
    assert web.post("/settings/door", json=told | {"alarms_per_day": None}, headers=OURS).status_code == 200
    assert store.settings.get("door", Setting.ALARMS_PER_DAY) is None


def test_the_slider_stands_where_it_was_set_also_by_the_command_line(web, store):
    store.settings.set("door", Setting.ALARMS_PER_DAY, 200)
    tags = Page(web.get("/settings").text).tags
    (slider,) = [had for _, had in tags if had.get("aria-label") == "Alarms a day from door"]
    assert json.loads(slider["data-choices"])[int(slider["value"])]["alarms"] == 200
    store.settings.set("door", Setting.ALARMS_PER_DAY, None)


# --- nothing makes it fall over, or say what it should not


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "javascript:alert(1)",
    "</textarea><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "</title><iframe src=//evil.example>",
    "\u202egpj.exe\x00",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_from_outside_stay_words(home, web, store, payload):
    event = add_event(store, "yard", time.time() - 30, 2.5, clip=False, why=payload)
    store.review(event, reviewed=False, verdict=None, note=payload)
    watch(home, "door", words=payload, state=payload, health=payload)
    told = {"camera": payload, "utc": time.time(), "stage": payload, "share": 0.5, "words": payload, "log": [payload]}
    write_text(home.folder / "learning" / "attic.json", json.dumps(told))
    for address in ("/", "/events", f"/events/{event}", "/timeline", "/settings", "/events/rows"):
        page = Page(web.get(address, params={"camera": payload}).text)
        assert not [tag for tag, _ in page.tags if tag in ("iframe", "object", "embed", "base")]
        for tag, had in page.tags:
            assert not [name for name in had if name.startswith("on")], had
            assert not (had.get("href") or had.get("src") or "/").lower().startswith(("javascript:", "//")), had
            assert tag != "script" or had["src"].startswith("/static/")
            assert tag != "img" or had["src"].startswith(("/media/", "/live/"))
    (home.folder / "learning" / "attic.json").unlink()
    store.remove([event])


def test_what_is_too_much_is_refused_before_it_is_read(web, open_house):
    address = "/settings/door"
    assert web.post(address, content=b" " * 70_000, headers=OURS).status_code == 413
    chunks = (b" " * 1000 for _ in range(100))
    assert web.post(address, content=chunks, headers=OURS).status_code == 413
    connection = http.client.HTTPConnection("127.0.0.1", open_house[0])
    connection.putrequest("POST", address)
    for name, value in [*OURS.items(), ("content-length", str(10 << 30))]:
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


words = st.text(max_size=30) | st.sampled_from(
    ["door", "2026-11-21", "nan", "-1", "1e999", "~", "a" * 22, "%00", "only"]
)
names = st.sampled_from(["camera", "day", "least", "alarms", "reviewed", "verdict", "before", "most", "at", "next"])
plain = st.none() | st.booleans() | st.floats() | st.integers() | words
jsons = plain | st.lists(plain | st.lists(plain, max_size=2), max_size=3) | st.dictionaries(words, plain, max_size=3)
keys = st.sampled_from(["verdict", "note", "reviewed", "alarms_per_day", "cool_down_s", "muted", "password"])


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from([path for _, path in ROUTES]) | words.map("/{}".format),
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"]),
    parts=st.lists(words | st.just("EVENT"), min_size=2, max_size=2),
    query=st.dictionaries(names, words, max_size=4),
    body=st.binary(max_size=60) | st.dictionaries(keys, jsons, max_size=3).map(lambda told: json.dumps(told).encode()),
    more=st.dictionaries(
        st.sampled_from(["range", "if-none-match", "cookie", "accept", "content-type", "if-range"]),
        st.sampled_from(
            ["bytes=0-1,5-", "bytes=a", "text/html", "application/json", '"x"', "unusual_session=x", "\xff"]
        ),
        max_size=3,
    ),
)
def test_no_request_makes_it_fail(web, events, path, method, parts, query, body, more):
    given_parts = iter(events[0][0] if part == "EVENT" else part for part in parts)
    target = re.sub(r"\{\w+\}", lambda _: next(given_parts).replace("/", "%2f").replace("?", "%3f"), path)
    try:
        request = web.build_request(
            method,
            target,
            params=query,
            content=body,
            headers=OURS | {"content-type": "application/json"} | {k: v.encode("latin-1") for k, v in more.items()},
        )
    except (httpx.InvalidURL, UnicodeEncodeError):
        return
    if request.url.host != "localhost":
        return
    assert web.send(request).status_code < 500


def test_idle_connections_do_not_keep_others_out(open_house, web):
    import socket

    idle = [socket.create_connection(("127.0.0.1", open_house[0])) for _ in range(100)]
    for connection in idle:
        connection.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\nX-")
    assert web.get("/live").status_code == 200
    for connection in idle:
        connection.close()


def test_it_serves_many_at_once(web):
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(web.get("/events").status_code)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 12


def test_serving_loads_no_network():
    code = "import sys; import unusual.app.dashboard.server; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_its_libraries_it_says_what_to_install():
    code = "import sys; sys.modules['fastapi'] = None; import unusual.app.dashboard.server"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ConfigError: the dashboard needs fastapi: pip install 'unusual[serve]'" in said.stderr


def test_pages_point_at_nothing_outside():
    folder = Path(dashboard.__file__).parent
    for file in [*folder.glob("templates/*"), *folder.glob("static/*")]:
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//\w+\.\w+/|\bstyle=|\son\w+=", text), file.name
