"""The dashboard in a real browser: what a person sees move, hears of, clicks and types."""

import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC
from urllib.parse import quote

import numpy as np
import pytest
from chromium import chromium, needs_chromium, of, screen, wait
from made_camera import unusual_clip
from made_home import CLIP_S, SCALE, add_event, learn_camera, made_card, serving, watch
from selenium.webdriver import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from web_server import STREAM, web_server

from unusual.app.alerts.digest import Every
from unusual.app.dashboard.door.keys import write_password
from unusual.app.links import signed
from unusual.app.setup.state import learning_of
from unusual.app.setup.watch_list import read_list
from unusual.domain import Box
from unusual.scores.by_hour import HourlyLevels
from unusual.scores.hours import Mode
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.cameras import write_card
from unusual.store.events import EventStore, Verdict
from unusual.store.home import Home
from unusual.store.link_key import link_key
from unusual.store.rules.duty import order, read_duty, set_hours
from unusual.store.rules.zones import read_zones, write_zones
from unusual.store.settings import Setting
from unusual.store.setup import Question, Setup, answers_of, ask, forget_setup, write_setup
from unusual.video.pictures import jpeg

pytestmark = needs_chromium
PASSWORD = "a quiet afternoon"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = Home(tmp_path_factory.mktemp("home"))
    learn_camera(folder, "door")
    watch(folder, "door")
    write_password(folder, PASSWORD)
    return folder


@pytest.fixture(scope="module")
def store(home):
    store = EventStore.open(home)
    for i in range(6):
        add_event(store, "door", time.time() - 7200 * (i + 1), 1.2 + 0.6 * i)
    yield store
    store.close()


@pytest.fixture(scope="module")
def address(home, store):
    """The dashboard's, while a thread does what a watcher does."""
    done = threading.Event()

    def watching():
        frames = 1000
        while not done.wait(0.4):
            frames += 4
            counts = {"in": frames, "scored": frames - 10, "dropped": 7, "gap": 3}
            watch(home, "door", frames=counts, words=f"Watching since {frames}.")

    watcher = threading.Thread(target=watching)
    watcher.start()
    with serving(home) as (port, _):
        yield f"http://localhost:{port}"
    done.set()
    watcher.join()


@pytest.fixture(scope="module")
def browser(address):
    """Logged in."""
    with chromium() as browser:
        browser.get(f"{address}/events?camera=door")
        assert "/login?next=" in browser.current_url
        field = browser.find_element(By.NAME, "password")
        field.send_keys("a loud afternoon", Keys.ENTER)
        wait(browser, lambda: "not the password" in browser.find_element(By.ID, "trouble").text)
        browser.get_log("browser")  # Chromium tells of the refusal there
        field.send_keys(PASSWORD, Keys.ENTER)
        wait(browser, lambda: browser.current_url == f"{address}/events?camera=door")
        yield browser


@pytest.fixture(autouse=True)
def quiet_console(browser):
    """No error in the console, and nothing that the page's own policy had to forbid."""
    yield
    assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []


def press(browser, *keys):
    browser.switch_to.active_element.send_keys(*keys)


def test_a_camera_moves_without_reloading(browser, address):
    browser.get(f"{address}/")
    browser.execute_script("window.here = true")
    card = browser.find_element(By.CSS_SELECTOR, "[data-camera=door]")
    frames = card.find_element(By.CSS_SELECTOR, "[data-field=in]")
    first = wait(browser, lambda: frames.text.startswith("1,") and frames.text)
    wait(browser, lambda: frames.text > first)
    seen = of(browser, "document.querySelector('.picture').dataset.picture")
    wait(browser, lambda: of(browser, "document.querySelector('.picture').dataset.picture") != seen)
    wait(browser, lambda: of(browser, "document.querySelector('.picture img').naturalWidth") == 64)
    assert "Watching" in card.text and "Picture is clear" in card.text and "alarm 2.00" in card.text
    assert of(browser, "document.querySelector('.slide .curve').getAttribute('d').length") > 500
    moved = of(browser, "document.querySelector('.slide').style.transform")
    wait(browser, lambda: of(browser, "document.querySelector('.slide').style.transform") != moved)
    assert of(browser, "window.here") is True


def test_a_new_event_comes_in_and_is_told_then_opened_played_sought_and_reviewed_by_key(browser, address, store):
    browser.get(f"{address}/events")
    browser.execute_script("window.here = true")
    event = add_event(store, "door", time.time() - 2, 4.0, clip=True, why="<b>moves</b>")
    row = wait(browser, lambda: browser.find_element(By.CSS_SELECTOR, f".rows li:first-child[data-id='{event}']"))
    assert "<b>moves</b>" in row.text and of(browser, "window.here") is True
    wait(browser, lambda: "New: Alarm at door" in of(browser, "document.getElementById('announce').textContent"))

    press(browser, "j")
    assert of(browser, "document.activeElement.closest('li').dataset.id") == event
    press(browser, " ")
    wait(browser, lambda: of(browser, "document.querySelector('.row video').currentTime") > 0)
    press(browser, Keys.ENTER)
    wait(browser, lambda: f"/events/{event}" in browser.current_url)

    wait(browser, lambda: of(browser, "document.querySelector('video').readyState") == 4)
    press(browser, " ")
    wait(browser, lambda: of(browser, "document.querySelector('video').currentTime") > 0.3)
    press(browser, " ")
    unseen = int(of(browser, "document.querySelector('[data-badge] b').textContent"))
    seek = browser.find_element(By.CSS_SELECTOR, ".seek")
    ActionChains(browser).move_to_element_with_offset(seek, seek.size["width"] // 4, 0).click().perform()
    wait(browser, lambda: abs(of(browser, "document.querySelector('video').currentTime") - 0.75 * CLIP_S) < 0.3)
    wait(browser, lambda: abs(float(of(browser, "document.querySelector('.head').getAttribute('x1')")[:-1]) - 75) < 2)
    press(browser, Keys.ARROW_LEFT)
    wait(browser, lambda: abs(of(browser, "document.querySelector('video').currentTime") - 0.5 * CLIP_S) < 0.3)
    assert "score" in seek.get_attribute("aria-valuetext")

    press(browser, "u")
    wait(browser, lambda: store.get(event).verdict is Verdict.USEFUL)
    wait(browser, lambda: of(browser, "document.querySelector('[data-badge] b').textContent") == str(unseen - 1))
    assert store.get(event).reviewed
    wait(browser, lambda: "Saved" in browser.find_element(By.CSS_SELECTOR, "[data-field=saved]").text)
    press(browser, "r")
    wait(browser, lambda: not store.get(event).reviewed)
    press(browser, "n")
    press(browser, "the postman, four o'clock")  # letters that are keys elsewhere
    press(browser, Keys.ESCAPE)
    wait(browser, lambda: store.get(event).note == "the postman, four o'clock")
    assert store.get(event).verdict is Verdict.USEFUL
    press(browser, "j")
    wait(browser, lambda: store.neighbours(event)[1] in browser.current_url)


def test_the_list_is_judged_by_key(browser, address, store):
    browser.get(f"{address}/events?reviewed=no")
    press(browser, "j", "j")
    event = of(browser, "document.activeElement.closest('li').dataset.id")
    press(browser, "f")
    wait(browser, lambda: store.get(event).verdict is Verdict.FALSE)
    wait(browser, lambda: "False alarm" in of(browser, "document.activeElement.closest('li').textContent"))
    press(browser, "?")
    assert of(browser, "document.getElementById('help').open") is True
    press(browser, Keys.ESCAPE)


def test_the_slider_says_at_once_what_it_would_mean(browser, address, store):
    browser.get(f"{address}/settings")
    scores = store.peaks("door", time.time() - 7 * 86400)[1]

    def reached(alarms):
        return str(np.sum(scores >= SCALE.threshold(alarms).score))

    def shown(name):
        return browser.find_element(By.CSS_SELECTOR, f"[data-field={name}]").text

    slider = browser.find_element(By.CSS_SELECTOR, "input[type=range]")
    assert (shown("alarms"), slider.get_attribute("value")) == ("1", "10")  # where nothing was set
    before = shown("count")
    slider.send_keys(Keys.END)
    assert (shown("alarms"), shown("count")) == ("50", reached(50))
    assert shown("count") != before
    slider.send_keys(Keys.HOME)
    assert (shown("alarms"), shown("count")) == ("0.1", reached(0.1))
    assert store.settings.get("door", Setting.ALARMS_PER_DAY) is None
    browser.find_element(By.CSS_SELECTOR, ".save button").click()
    wait(browser, lambda: store.settings.get("door", Setting.ALARMS_PER_DAY) == 0.1)
    browser.find_element(By.CSS_SELECTOR, "[data-auto]").click()
    assert shown("alarms") == "1"
    browser.find_element(By.CSS_SELECTOR, ".save button").click()
    wait(browser, lambda: store.settings.get("door", Setting.ALARMS_PER_DAY) is None)


def test_the_thresholds_of_the_hours_follow_the_slider(browser, address, home):
    scale = replace(SCALE, busy=(0.1,) * 6 + (None,) + (2.0,) * 17)
    write_card(home.camera("night"), made_card("night", alarm_scale=scale))
    browser.get(f"{address}/settings")
    form = browser.find_element(By.ID, "settings-night")
    form.find_element(By.TAG_NAME, "summary").click()

    def shown():
        return [item.text.split() for item in form.find_elements(By.CSS_SELECTOR, ".hourly li")]

    def told(alarms):
        return [f"{score:.2f}" for score in HourlyLevels.of(scale, alarms, UTC).scores]

    assert shown() == [[f"{hour}:00", score] for hour, score in enumerate(told(1.0))]
    assert [item.text.split()[0] for item in form.find_elements(By.CSS_SELECTOR, ".unknown")] == ["6:00"]
    form.find_element(By.CSS_SELECTOR, "input[type=range]").send_keys(Keys.HOME)
    assert [score for _, score in shown()] == told(0.1)
    shutil.rmtree(home.camera("night"))


def on_picture(browser, *places):
    """Select places of the picture, as shares of it."""
    plate = browser.find_element(By.CSS_SELECTOR, ".plate")
    for x, y in places:
        at = [round(share * side) for share, side in ((x - 0.5, plate.size["width"]), (y - 0.5, plate.size["height"]))]
        ActionChains(browser).move_to_element_with_offset(plate, *at).click().perform()


def test_a_zone_is_drawn_with_the_mouse_and_says_at_once_what_remains(browser, address, store, home):
    here = add_event(store, "door", time.time() - 9, 3.0, box=Box(0.2, 0.3, 0.4, 0.6))
    browser.get(f"{address}/zones/door")
    wait(browser, lambda: of(browser, "document.querySelector('.plate img').naturalWidth") > 0)
    whole = int(browser.find_element(By.CSS_SELECTOR, "[data-field=left]").text)
    browser.find_element(By.CSS_SELECTOR, "[data-draw]").click()
    on_picture(browser, (0.05, 0.05), (0.9, 0.05), (0.9, 0.9), (0.05, 0.9), (0.05, 0.05))
    left = wait(browser, lambda: int(browser.find_element(By.CSS_SELECTOR, "[data-field=left]").text) < whole)
    assert left and "gone" in browser.find_element(By.CSS_SELECTOR, f"[data-id='{here}']").get_attribute("class")
    assert not read_zones(home.camera("door")).zones
    browser.find_element(By.CSS_SELECTOR, ".ruling .save .main").click()
    wait(browser, lambda: "Saved" in browser.find_element(By.CSS_SELECTOR, "[data-field=saved]").text)
    (zone,) = read_zones(home.camera("door")).zones
    assert (zone.kind, len(zone.corners)) == (ZoneKind.IGNORE, 4)
    assert zone.corners[0] == pytest.approx((0.05, 0.05), abs=0.01)
    wait(browser, lambda: store.get(here).ignored)

    corner = browser.find_element(By.CSS_SELECTOR, "[data-corner='0.2']")
    size = browser.find_element(By.CSS_SELECTOR, ".plate").size
    ActionChains(browser).drag_and_drop_by_offset(corner, round(-0.4 * size["width"]), 0).perform()
    browser.find_element(By.CSS_SELECTOR, ".ruling .save .main").click()
    wait(browser, lambda: read_zones(home.camera("door")).zones[0].corners[2] == pytest.approx((0.5, 0.9), abs=0.01))
    browser.find_element(By.CSS_SELECTOR, "[data-remove]").click()
    browser.find_element(By.CSS_SELECTOR, ".ruling .save .main").click()
    wait(browser, lambda: read_zones(home.camera("door")).zones == ())
    wait(browser, lambda: not store.get(here).ignored)


def test_a_zone_is_moved_by_finger(browser, address, home):
    write_zones(home.camera("door"), (Zone(ZoneKind.IGNORE, ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))),))
    browser.get(f"{address}/zones/door")
    corner = wait(browser, lambda: browser.find_element(By.CSS_SELECTOR, "[data-corner='0.2']"))
    size = browser.find_element(By.CSS_SELECTOR, ".plate").size
    finger = ActionBuilder(browser, mouse=PointerInput("touch", "finger"), duration=0)
    finger.pointer_action.move_to(corner).pointer_down()
    finger.pointer_action.move_by(round(-0.3 * size["width"]), round(-0.2 * size["height"])).pointer_up()
    finger.perform()
    browser.find_element(By.CSS_SELECTOR, ".ruling .save .main").click()
    wait(browser, lambda: read_zones(home.camera("door")).zones[0].corners[2] == pytest.approx((0.5, 0.6), abs=0.02))
    write_zones(home.camera("door"), ())


def test_a_zone_is_made_changed_and_named_by_key_alone(browser, address, home):
    browser.get(f"{address}/zones/door")
    browser.execute_script("document.querySelector('[data-rectangle]').focus()")
    press(browser, Keys.ENTER)
    kind = browser.switch_to.active_element
    assert kind.get_attribute("name") == "kind"
    kind.send_keys("Named")
    press(browser, Keys.TAB)
    saved = browser.find_element(By.CSS_SELECTOR, "[data-field=saved]")
    wait(browser, lambda: saved.text == "a named zone needs a name")
    time.sleep(0.3)  # a name takes its time, and what has none is not asked about meanwhile
    press(browser, "gate", Keys.TAB, "4")
    browser.execute_script("document.querySelector('[data-corner=\"0.0\"]').focus()")
    press(browser, Keys.ARROW_LEFT, Keys.SHIFT + Keys.ARROW_UP)
    press(browser, Keys.NULL + "+")
    assert of(browser, "document.activeElement.dataset.corner") == "0.1"
    press(browser, Keys.ARROW_DOWN)
    assert "Corner 2 of 5, zone 1, gate" in browser.switch_to.active_element.get_attribute("aria-label")
    browser.execute_script("document.querySelector('.ruling .save .main').focus()")
    press(browser, Keys.ENTER)
    wait(browser, lambda: read_zones(home.camera("door")).zones)
    (zone,) = read_zones(home.camera("door")).zones
    assert (zone.name, zone.alarms_per_day, zone.cool_down_s) == ("gate", 4, None)
    assert zone.corners[0] == pytest.approx((0.345, 0.3))
    assert zone.corners[1][1] == pytest.approx((0.3 + 0.35) / 2 + 0.005)
    browser.execute_script("document.querySelector('[data-corner=\"0.1\"]').focus()")
    press(browser, Keys.DELETE)
    assert "of 4" in browser.switch_to.active_element.get_attribute("aria-label")
    browser.find_element(By.CSS_SELECTOR, "[data-back]").click()
    assert len(browser.find_elements(By.CSS_SELECTOR, "[data-corner]")) == 5
    write_zones(home.camera("door"), ())


def test_a_week_is_painted_with_mouse_and_keys(browser, address, home):
    browser.get(f"{address}/hours/door")

    def cell(day, slot):
        return browser.find_element(By.CSS_SELECTOR, f"tr[data-day='{day}'] td[data-slot='{slot}']")

    actions = ActionChains(browser)
    actions.click_and_hold(cell(0, 16)).move_to_element(cell(4, 35)).release().perform()
    cell(6, 0).click()
    press(browser, "3")  # to paint "off" from here on
    press(browser, " ", Keys.SHIFT + Keys.ARROW_RIGHT)
    assert cell(6, 1).get_attribute("aria-label") == "Sunday 00:30, off"
    browser.find_element(By.CSS_SELECTOR, ".save .main").click()
    wait(browser, lambda: read_duty(home, "door").hours == ("mon-fri 08:00-18:00 quiet", "sun 00:00-01:00 off"))
    wait(browser, lambda: "sun 00:00-01:00 off" in browser.find_element(By.CSS_SELECTOR, "[data-field=lines]").text)
    set_hours(home, "door", ())


def test_a_camera_is_switched_off_by_hand_and_by_its_hours_again(browser, address, home):
    browser.get(f"{address}/")
    card = browser.find_element(By.CSS_SELECTOR, "[data-camera=door]")

    def pressed():
        return card.find_element(By.CSS_SELECTOR, "[data-duty] [aria-pressed=true]").text

    assert pressed() == "By hours"
    card.find_element(By.CSS_SELECTOR, "[data-mode=off]").click()
    wait(browser, lambda: read_duty(home, "door").order.mode is Mode.OFF)
    wait(browser, lambda: pressed() == "Off" and "off by hand" in card.text)
    order(home, "door", Mode.QUIET)
    wait(browser, lambda: pressed() == "Quiet")  # said elsewhere
    card.find_element(By.CSS_SELECTOR, "[data-mode=hours]").click()
    wait(browser, lambda: pressed() == "By hours" and read_duty(home, "door").order is None)


@pytest.mark.parametrize(
    "path", ["/", "/events", "/timeline", "/settings", "/events/EVENT", "/zones/door", "/hours/door"]
)
def test_a_phone_shows_it_all_without_sideways_scrolling(browser, address, store, path):
    event = store.list(most=1)[0].id
    with screen(browser, 360, 740):
        browser.get(address + path.replace("EVENT", event))
        assert of(browser, "document.documentElement.scrollWidth") <= 360


def test_a_link_of_an_alert_snoozes_by_its_button_and_the_card_ends_it(browser, address, home, store):
    event = store.list(most=1)[0].id
    browser.get(address + signed(link_key(home), f"/link/{event}/snooze/60", time.time() + 60))
    assert "snoozed" not in browser.find_element(By.TAG_NAME, "main").text
    browser.find_element(By.TAG_NAME, "button").click()
    wait(browser, lambda: "Alerts of door are snoozed until" in browser.find_element(By.TAG_NAME, "main").text)
    browser.get(address)
    card = browser.find_element(By.CSS_SELECTOR, "[data-camera=door]")
    wait(browser, lambda: "Alerts are snoozed until" in card.text)
    card.find_element(By.CSS_SELECTOR, "[data-unmute]").click()
    wait(browser, lambda: "snoozed" not in card.text)
    assert store.settings.get("door", Setting.MUTED_UNTIL) is None


def test_colours_are_switched_and_remembered(browser, address):
    browser.get(f"{address}/settings")
    for wanted in ("light", "dark"):
        browser.find_element(By.CSS_SELECTOR, "[data-theme-switch]").click()
        browser.refresh()
        assert of(browser, "document.documentElement.dataset.theme") == wanted
    assert of(browser, "getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//elsewhere",
        "/.//elsewhere",
        "/%2e//elsewhere",
        "/\\\\elsewhere",
        "/x/..//elsewhere",
        "https://elsewhere",
        "javascript:alert(1)",
        "@elsewhere",
        "/logout",
        "/events//elsewhere",
        "/..//elsewhere?x=1",
    ],
)
def test_the_log_in_leads_to_no_other_site(browser, address, elsewhere):
    browser.get(f"{address}/login?next={quote(elsewhere, safe='')}")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    wait(browser, lambda: browser.current_url == f"{address}/")


def test_a_camera_is_looked_through_given_footage_and_learnt_by_keyboard(browser, address, home, tmp_path):
    def tab_to(selector):
        for _ in range(60):
            if of(browser, f"document.activeElement.matches('{selector}')"):
                return browser.switch_to.active_element
            ActionChains(browser).send_keys(Keys.TAB).perform()
        raise AssertionError(f"Tab does not come to {selector}")

    with web_server(tmp_path, [np.full((48, 64, 3), 90, np.uint8)]) as port:
        browser.get(f"{address}/")
        tab_to('a[href="/add"]').send_keys(Keys.ENTER)
        wait(browser, lambda: browser.current_url == f"{address}/add")
        tab_to("[name=camera]").send_keys("front")
        source = tab_to("[name=source]")
        source.send_keys(f"http://127.0.0.1:{port}/nothing", Keys.ENTER)
        wait(browser, lambda: "404" in browser.find_element(By.CSS_SELECTOR, "[data-field=said]").text)
        browser.get_log("browser")  # Chromium tells of the refusal there
        source.clear()
        source.send_keys(f"http://me:sesame@127.0.0.1:{port}{STREAM}", Keys.ENTER)
        wait(browser, lambda: of(browser, "document.querySelector('.plate img').naturalWidth") == 64)
    assert browser.current_url == f"{address}/add/front" and "sesame" not in browser.page_source
    browser.find_element(By.CSS_SELECTOR, "[data-files]").send_keys(str(unusual_clip()))
    wait(browser, lambda: "cart.mp4" in browser.find_element(By.CSS_SELECTOR, "[data-uploads]").text)
    tab_to("[data-learn] button.main").send_keys(Keys.ENTER)
    wait(browser, lambda: "Only 20 s of the footage" in browser.find_element(By.TAG_NAME, "main").text, 60)
    assert "ended before its time" in browser.find_element(By.TAG_NAME, "main").text
    forget_setup(home, "front")


def test_odd_moments_are_answered_by_keyboard_and_the_learning_goes_on(browser, address, home):
    write_setup(home, Setup(camera="front", source="rtsp://127.0.0.1:1/x"))
    ask(home, "front", tuple(Question(n, f"monday {n}", "at noon", boxed=True, clip=False) for n in (1, 2)))
    for number in (1, 2):
        (home.setup("front") / f"odd-{number}.jpg").write_bytes(jpeg(np.full((48, 64, 3), 90, np.uint8)))
    job = learning_of(home, "front")
    job.start("serve", "--port", "0")
    try:
        browser.get(f"{address}/add/front")
        press(browser, Keys.TAB)
        browser.find_element(By.CSS_SELECTOR, "[data-all]").send_keys(Keys.SPACE)
        assert "Go on learning" in browser.switch_to.active_element.text
        press(browser, Keys.SHIFT, Keys.TAB)
        press(browser, Keys.ARROW_RIGHT)  # of the second
        browser.find_element(By.CSS_SELECTOR, "[data-answers] button.main").send_keys(Keys.ENTER)
        wait(browser, lambda: of(browser, "document.querySelector('[data-setup]').dataset.step") == "learning")
    finally:
        job.end(10.0)
        job.forget()
    assert answers_of(home, "front") == {"monday 1": "ordinary", "monday 2": "unusual"}
    forget_setup(home, "front")


def test_where_alerts_go_and_with_what_is_said_and_kept(browser, address, home):
    browser.get(f"{address}/add/door")
    form = browser.find_element(By.CSS_SELECTOR, "[data-alerts]")
    picture, commands = (form.find_element(By.NAME, name) for name in ("picture", "commands"))
    form.find_element(By.CSS_SELECTOR, "[value=apprise]").click()
    assert "leaves this machine" in picture.find_element(By.XPATH, "..").text and not commands.is_displayed()
    form.find_element(By.CSS_SELECTOR, "[value=mqtt]").click()
    form.find_element(By.NAME, "address").send_keys("mqtt://me:sesame@127.0.0.1:1")
    for box in (picture, commands):
        box.click()
    form.find_element(By.NAME, "digest").send_keys("together, each hour")
    form.find_element(By.XPATH, ".//button[text()='Save']").click()
    wait(browser, lambda: form.find_element(By.CSS_SELECTOR, "[data-field=said]").text == "Saved.")
    alerts = read_list(home).alerts
    assert (alerts.mqtt.host, alerts.mqtt.port, alerts.mqtt.picture, alerts.mqtt.commands) == (
        "127.0.0.1",
        1,
        True,
        True,
    )
    assert (alerts.mqtt.clip, alerts.mqtt.password, alerts.digest) == (False, "sesame", Every.HOUR)
    browser.refresh()
    form = browser.find_element(By.CSS_SELECTOR, "[data-alerts]")
    assert form.find_element(By.NAME, "address").get_attribute("placeholder") == "as it is: 127.0.0.1"
    assert form.find_element(By.NAME, "picture").is_selected() and "sesame" not in browser.page_source
    home.watch_list.unlink()
    assert all("zones/door/picture.jpg" in told["message"] for told in browser.get_log("browser"))  # it has none here


def test_logging_out_ends_it(browser, address):
    browser.get(f"{address}/settings")
    browser.find_element(By.CSS_SELECTOR, "[data-leave]").click()
    wait(browser, lambda: browser.current_url.endswith("/login"))
    browser.get(f"{address}/events")
    assert "/login?next=" in browser.current_url
