"""What an alert's link opens without a log-in: that, until it ends, and nothing else; and a snooze after one button."""

import json
import re
import time
from contextlib import closing

import pytest
from made_home import add_event
from visiting import HTML, OURS, Page, stranger

from unusual.app.alerts.alerts import AlertSettings, Announcer
from unusual.app.links import Links, signed
from unusual.store.events import EventStore
from unusual.store.link_key import link_key
from unusual.store.outbox import Outbox
from unusual.store.settings import Setting

LATER_S = 3600.0


def link(home, event, what, seconds=LATER_S):
    return signed(link_key(home), f"/link/{event}/{what}", time.time() + seconds)


@pytest.fixture
def let_through(locked):
    yield
    with closing(EventStore.open(locked[0])) as store:
        store.settings.set("door", Setting.MUTED_UNTIL, None)


def muted_until(home):
    with closing(EventStore.open(home)) as store:
        return store.settings.get("door", Setting.MUTED_UNTIL)


def test_picture_and_clip_are_opened_without_a_log_in(locked):
    home, port, _, event = locked
    with stranger(port) as client:
        picture = client.get(link(home, event, "picture.jpg"))
        assert (picture.status_code, picture.headers["content-type"], picture.content[:2]) == (
            200,
            "image/jpeg",
            b"\xff\xd8",
        )
        part = client.get(link(home, event, "clip.mp4"), headers={"range": "bytes=0-99"})
        assert (part.status_code, part.headers["content-type"], len(part.content)) == (206, "video/mp4", 100)
        assert "unusual_session" not in client.cookies


def test_what_an_alert_carries_opens_as_it_stands(locked):
    home, port, _, event = locked
    links = Links(home, f"http://localhost:{port}/", snooze_minutes=90)
    told = json.loads(links.into(json.dumps({"event": event}), picture=True, clip=True))
    with stranger(port) as client:
        answers = {what: client.get(told[what]) for what in ("picture", "clip", "snooze")}
    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert "for 1 h 30 min" in answers["snooze"].text


def test_one_that_has_ended_or_was_changed_is_refused_in_one_line(locked):
    home, port, _, event = locked
    other = "a" * 22
    refused = {
        link(home, event, "picture.jpg", -1): (410, "this link has ended\n"),
        link(home, event, "picture.jpg").replace(event, other): (403, "this is no link of ours\n"),
        link(home, event, "picture.jpg").replace("picture.jpg", "clip.mp4"): (403, "this is no link of ours\n"),
        f"/link/{event}/picture.jpg": (403, "this is no link of ours\n"),
        f"{link(home, event, 'picture.jpg')}&until=1": (403, "this is no link of ours\n"),
    }
    with stranger(port) as client:
        for address, told in refused.items():
            answer = client.get(address, headers=HTML)
            assert (answer.status_code, answer.text) == told


def test_nothing_else_is_reachable_with_it(locked):
    home, port, server, event = locked
    query = link(home, event, "picture.jpg").partition("?")[2]
    with stranger(port) as client:
        for route in server.config.app.app.routes:
            path = re.sub(r"\{event\}", event, route.path)
            if re.match(r"/(healthz|login|static)", path) or path == f"/link/{event}/picture.jpg":
                continue
            for method in route.methods:
                answer = client.request(method, f"{re.sub(r'{[a-z]+}', 'door', path)}?{query}", headers=OURS)
                assert answer.status_code in (401, 403)
        link_of_another_page = signed(link_key(home), f"/link/../events/{event}", time.time() + 60)
        assert client.get(link_of_another_page).status_code in (401, 403, 404)


def test_what_is_not_there_yet_says_so_and_is_asked_for_again(web, store, home):
    event = add_event(store, "yard", time.time() - 3, 3.0)
    answer = web.get(link(home, event, "picture.jpg"), headers=HTML)
    assert answer.status_code == 404 and answer.headers["refresh"] == "5" and "not there yet" in answer.text
    old = add_event(store, "yard", time.time() - 1000, 3.0)
    answer = web.get(link(home, old, "clip.mp4"))
    assert answer.status_code == 404 and "refresh" not in answer.headers and "removed" in answer.text
    gone = web.get(link(home, "z" * 22, "snooze/60"))
    assert gone.status_code == 404 and "gone" in gone.text


def test_whoever_looks_at_a_snooze_link_changes_nothing(locked, let_through):
    home, port, _, event = locked
    with stranger(port) as client:
        assert client.head(link(home, event, "snooze/30")).status_code == 405
        page = Page(client.get(link(home, event, "snooze/30"), headers=HTML).text)
        assert [had for tag, had in page.tags if tag == "form"] == [{"method": "post", "class": "card"}]
        assert len([tag for tag, _ in page.tags if tag == "button"]) == 1
        assert "Snooze alerts of door for 30 min" in page.words
    assert muted_until(home) is None


def test_its_button_holds_alerts_back_and_the_dashboard_shows_and_ends_it(locked, web, home, store, events):
    event = events[0][0]
    camera = store.get(event).camera
    announcer = Announcer(store, Outbox(store.database), AlertSettings(cool_down_s=0), ["log"])
    answer = web.post(link(home, event, "snooze/30"))  # as the form of the page does: without our script's header
    assert answer.status_code == 200 and f"Alerts of {camera} are snoozed until" in answer.text
    until = store.settings.get(camera, Setting.MUTED_UNTIL)
    assert until == pytest.approx(time.time() + 1800, abs=30)
    assert not announcer.announce(store.get(events[4][0]))
    (told,) = [one for one in web.get("/live").json()["cameras"] if one["camera"] == camera]
    assert told["muted"] and told["muted"] in Page(web.get("/").text).words
    assert store.health.list(camera, most=1)[0].state == "snoozed"
    web.post(link(home, event, "snooze/5"))  # a shorter one does not end it sooner
    assert store.settings.get(camera, Setting.MUTED_UNTIL) == until
    assert web.post(f"/api/v1/cameras/{camera}/mute", json={"muted": False}, headers=OURS).json() == {"muted": ""}
    (told,) = [one for one in web.get("/live").json()["cameras"] if one["camera"] == camera]
    assert told["muted"] == ""
    assert announcer.announce(store.get(events[4][0]))


@pytest.mark.parametrize(("what", "seconds"), [("snooze/30", -1), ("snooze/99999", 60), ("snooze/0", 60)])
def test_a_snooze_that_has_ended_or_is_none_does_nothing(locked, let_through, what, seconds):
    home, port, _, event = locked
    with stranger(port) as client:
        assert client.post(link(home, event, what, seconds)).status_code in (410, 422)
        forged = link(home, event, "snooze/30").replace("snooze/30", "snooze/1440")
        assert client.post(forged).status_code == 403
    assert muted_until(home) is None


def test_only_a_snooze_takes_a_post(locked):
    home, port, _, event = locked
    with stranger(port) as client:
        assert client.post(link(home, event, "clip.mp4")).status_code == 405
