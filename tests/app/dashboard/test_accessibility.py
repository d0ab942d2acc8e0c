"""axe-core finds nothing wrong on any page: in both colours, at a desk and on a phone."""

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date
from importlib import resources
from zipfile import ZipFile

import numpy as np
import pytest
from chromium import chromium, needs_chromium, screen, wait
from made_camera import NAME, camera_home, unusual_clip
from made_home import SCALE, add_event, learn_camera, made_card, serving, watch
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from visiting import PASSWORD, light_password, light_user

from unusual.app.cli import main
from unusual.app.dashboard.door.keys import make_token
from unusual.app.exporting.bundle import write_bundle
from unusual.app.links import signed
from unusual.app.report.archive_report import ArchiveView, write_archive_report
from unusual.app.setup.state import learning_of
from unusual.domain import Box, Event
from unusual.run.archive.manifest import FilmPiece, FilmRow, Shard
from unusual.run.archive.past.days import CameraDay
from unusual.run.archive.past.gather import CameraPast
from unusual.run.archive.past.tables import ArchiveEvent
from unusual.scores.hours import Mode
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.cameras import write_card
from unusual.store.events import EventStore, Verdict
from unusual.store.home import Home
from unusual.store.link_key import link_key
from unusual.store.rules.duty import set_hours
from unusual.store.rules.profiles import write_profile
from unusual.store.rules.zones import propose_zones, write_zones
from unusual.store.setup import PICTURE, Question, Setup, ask, write_setup
from unusual.video.pictures import jpeg

pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: make sets it up")
pytestmark = needs_chromium
GATE = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.9), (0.3, 0.9))
AXE = """
    const done = arguments[arguments.length - 1], words = node => `${node.target}: ${node.failureSummary}`;
    axe.run(document, {resultTypes: ["violations"]}).then(
        found => done(found.violations.flatMap(each => each.nodes.map(node => `${each.id}: ${words(node)}`))),
        error => done([String(error)]));
"""
PAGES = [
    "/",
    "/events",
    "/events?camera=nowhere",
    "/events/EVENT",
    "/events/OTHER",
    "/timeline",
    "/timeline/DAY?at=720&close=true",
    "/settings",
    "/zones/door",
    "/hours/door",
    "/access",
    "/add",
    "/add/new",
    "/add/asked",
    "/add/ended",
    "/add/door",
    "/api/docs",
    "/nothing",
    "/login",
    "SNOOZE",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Something of everything: zones, hours, cameras on their way, users, tokens, profiles."""
    home = Home(tmp_path_factory.mktemp("home"))
    learn_camera(home, "door")
    busy = replace(SCALE, busy=(0.1,) * 6 + (None,) + (2.0,) * 17)
    write_card(home.camera("yard"), made_card("yard", alarm_scale=busy))
    watch(home, "door")
    light_password(home, PASSWORD)
    light_user(home, "anna", PASSWORD)
    make_token(home, "a program", "read")
    gate = Zone(ZoneKind.NAMED, GATE, "gate", alarms_per_day=10)
    write_zones(home.camera("door"), (gate, Zone(ZoneKind.IGNORE, GATE[:3])))
    propose_zones(home.camera("door"), (Zone(ZoneKind.IGNORE, GATE[1:]),))
    set_hours(home, "door", ("mon-fri 08:00-18:00 quiet", "sun off"))
    write_profile(home, "away", {"door": Mode.ARMED})
    for name in ("new", "asked", "ended"):
        write_setup(home, Setup(camera=name, source="rtsp://127.0.0.1:1/x"))
        (home.setup(name) / PICTURE).write_bytes(jpeg(np.full((48, 64, 3), 90, np.uint8)))
        (home.setup(name) / "odd-1.jpg").write_bytes(jpeg(np.full((48, 64, 3), 90, np.uint8)))
    ask(home, "asked", (Question(1, "monday 1", "at noon", boxed=True, clip=False),))
    return home


@pytest.fixture(scope="module")
def store(home):
    with closing(EventStore.open(home)) as store:
        yield store


@pytest.fixture(scope="module")
def events(store):
    """A false alarm without a clip, and the newest, with one."""
    now = time.time()
    found = [add_event(store, "door", now - 7200 * n, 1.2 + 0.6 * n) for n in range(1, 5)]
    store.review(found[-1], reviewed=True, verdict=Verdict.FALSE, note="the postman")
    return [found[-1], add_event(store, "door", now - 60, 4.0, clip=True, zone="gate")]


@pytest.fixture(scope="module")
def address(home, events):
    jobs = [learning_of(home, name) for name in ("asked", "ended")]
    jobs[0].start("serve", "--port", "0")
    jobs[1].start("no such command")
    with serving(home) as (port, _):
        yield f"http://localhost:{port}"
    jobs[0].end(10.0)


@pytest.fixture(scope="module")
def browser(address):
    with chromium() as browser:
        browser.get(f"{address}/login")
        browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
        wait(browser, lambda: browser.current_url == f"{address}/")
        yield browser


def faults(browser):
    """What axe-core finds on the page that is open, in each of its looks."""
    browser.execute_script((resources.files("axe_playwright_python") / "axe.min.js").read_text())
    found = []
    for colours in ("light", "dark"):
        wanted = {"prefers-color-scheme": colours, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wanted.items()]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        for width, height in ((1280, 900), (390, 844)):
            with screen(browser, width, height):
                found += [f"{colours}, {width} px: {each}" for each in browser.execute_async_script(AXE)]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_dashboard_is_open_to_all(browser, address, home, events, page):
    path = page.replace("EVENT", events[1]).replace("OTHER", events[0]).replace("DAY", f"{date.today()}")
    if page == "SNOOZE":
        path = signed(link_key(home), f"/link/{events[1]}/snooze/60", time.time() + 60)
    browser.get(address + path)
    wait(browser, lambda: browser.execute_script("return document.readyState") == "complete")
    assert faults(browser) == []


def test_what_unfolds_on_a_page_is_open_to_all(browser, address):
    """The list of keys, what is taken along, all that is folded."""
    for page in ("/events", "/settings", "/access"):
        browser.get(f"{address}{page}")
        browser.execute_script("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        assert faults(browser) == [], page
        browser.switch_to.active_element.send_keys("?")
        assert faults(browser) == [], f"{page}, the keys"


def past():
    """Twenty days of a camera of which there are recordings."""
    piece = FilmPiece("/nvr/1.mp4", 1, 1, "", 0, 600, 600, 0, 0.0)
    shard = Shard("id", "yard", "yard-1", 0, 0, 600, 600, 1_795_176_000.0, 10.0, "", "", (piece,))
    told = Event(0.1, 2.1, 1.1, 9.0, Box(0.1, 0.1, 0.5, 0.5), "moves fast")
    days = [CameraDay(date(2026, 1, day), 24.0, 1.0 + day, 0.1, 0.9) for day in range(1, 21)]
    seen = CameraPast("yard", 2.0, "score 2, as for single videos", 600, 3, 1, days)
    return replace(seen, events=[ArchiveEvent(f"{1:022}", "yard", told, 0.25, shard, 1, 9)])


def test_a_fault_is_found(browser, address):
    browser.get(f"{address}/")
    wrong = "<img><p id=x>hard to read</p>"
    browser.execute_script("document.querySelector('main').insertAdjacentHTML('beforeend', arguments[0])", wrong)
    browser.execute_script("document.getElementById('x').style.color = 'light-dark(white, black)'")
    seen = [each.split(": ")[:2] for each in faults(browser)]
    assert sorted({kind for _, kind in seen}) == ["color-contrast", "image-alt"]
    assert len(seen) == 8, "each in every look"


def test_pages_that_are_files_are_open_to_all(browser, home, store, events, tmp_path, monkeypatch):
    model = camera_home(tmp_path / "learnt")
    write_bundle(tmp_path / "events.zip", home, [store.get(event) for event in events], UTC)
    ZipFile(tmp_path / "events.zip").extractall(tmp_path / "parcel")
    bad = [FilmRow("/nvr/bad.mp4", "yard", "unreadable", "the file is empty")]
    write_archive_report(tmp_path / "archive.html", ArchiveView([past()], bad, (), home, UTC))
    words = ["score", unusual_clip(), "--model", NAME, "--home", model, "--out", tmp_path / "scored"]
    monkeypatch.setattr("sys.argv", ["unusual", *map(str, words)])
    assert main() == 0
    pages = [*tmp_path.rglob("*.html")]
    assert len(pages) == 4
    for page in pages:
        browser.get(page.as_uri())
        assert faults(browser) == [], page.name
