"""Alerts through apprise, to a web server on the loopback: what arrives, what goes along, and what is never said."""

import base64
import builtins
import json
import logging

import pytest
from alert_receiver import ALERT, SECRET, receiving, taking_mail
from made_home import add_event

from unusual.app.alerts import enclosures
from unusual.app.alerts.alerts import AlertSettings, alert_settings, open_channels
from unusual.app.alerts.apprise_channel import AppriseChannel, AppriseSettings
from unusual.app.alerts.channels import Alert
from unusual.app.alerts.enclosures import Enclosures
from unusual.app.links import Links
from unusual.errors import ConfigError

pytest.importorskip("apprise", reason="apprise is not installed")


def channel_to(receiver, store=None, links=None, **settings):
    url = receiver.url.replace("http", "json")
    return AppriseChannel(1, url, AppriseSettings((url,), **settings), Enclosures(store) if store else None, links)


def alert_of(event, words="unusual at door"):
    return Alert("b" * 22, "door", json.dumps({"event": event, "words": words, "link": "http://x/events/1"}))


def test_an_alert_arrives_with_its_sentence_its_link_and_no_picture(store):
    event = add_event(store, "door", 1e9, 3.0, clip=True)
    with receiving() as receiver:
        assert channel_to(receiver, store).deliver(alert_of(event)) is None
    ((_, _, body),) = receiver.got
    told = json.loads(body)
    assert (told["title"], told["message"]) == ("unusual: door", "unusual at door\nhttp://x/events/1")
    assert told["attachments"] == []


def test_the_picture_and_the_clip_go_along_where_that_is_asked_for(store):
    event = add_event(store, "door", 1e9, 3.0, clip=True)
    with receiving() as receiver:
        assert channel_to(receiver, store, picture=True, clip=True).deliver(alert_of(event)) is None
    told = json.loads(receiver.got[0][2])
    assert [each["filename"] for each in told["attachments"]] == ["door.jpg", "clip.mp4"]
    assert base64.b64decode(told["attachments"][0]["base64"])[:2] == b"\xff\xd8"


def test_what_does_not_go_along_is_linked_to_and_what_does_is_not(store, monkeypatch):
    monkeypatch.setattr(enclosures, "MOST_BYTES", 10)  # no clip is as small
    monkeypatch.setattr(enclosures, "CLIP_S", -1.0)
    event = add_event(store, "door", 1e9, 3.0, clip=True)
    links = Links(store.database.home, "http://x", snooze_minutes=60)
    with receiving() as receiver:
        assert channel_to(receiver, store, links, picture=True, clip=True).deliver(alert_of(event)) is None
        assert channel_to(receiver, store, links).deliver(alert_of(event)) is None
    told, plain = (json.loads(body) for _, _, body in receiver.got)
    lines = told["message"].splitlines()
    assert [each["filename"] for each in told["attachments"]] == ["door.jpg"]
    assert lines[:2] == ["unusual at door", "http://x/events/1"]
    assert [line.partition("?")[0] for line in lines[2:]] == [
        f"clip: http://x/link/{event}/clip.mp4",
        f"snooze: http://x/link/{event}/snooze/60",
    ]
    assert [line.partition(":")[0] for line in plain["message"].splitlines()[2:]] == ["snooze"]


def test_a_mail_arrives_at_a_mail_server_with_the_picture_and_the_clip(store):
    event = add_event(store, "door", 1e9, 3.0, clip=True)
    with taking_mail() as post:
        url = f"mailto://127.0.0.1:{post.port}/?from=a@example.org&to=b@example.org&mode=insecure"
        channel = AppriseChannel(1, url, AppriseSettings((url,), picture=True, clip=True), Enclosures(store))
        assert channel.deliver(alert_of(event)) is None
    (mail,) = post.mails
    assert (mail["To"], mail["Subject"]) == ("b@example.org", "unusual: door")
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert {name: content[:2] for name, content in attached.items()} == {"door.jpg": b"\xff\xd8", "clip.mp4": b"\0\0"}
    assert "unusual at door" in mail.get_body(("html", "plain")).get_content()


def test_a_picture_arrives_at_ntfy(store):
    event = add_event(store, "door", 1e9, 3.0, clip=True)
    with receiving() as receiver:
        url = receiver.url.replace("http", "ntfy") + "/my-topic?mode=private"
        channel = AppriseChannel(1, url, AppriseSettings((url,), picture=True), Enclosures(store))
        assert channel.deliver(alert_of(event)) is None
    assert any(body[:2] == b"\xff\xd8" for _, _, body in receiver.got)
    assert all("my-topic" in path for path, _, _ in receiver.got)


def test_an_alert_whose_picture_is_not_there_yet_waits_and_an_outage_does_not(store):
    event = add_event(store, "door", 1e9, 3.0)
    with receiving() as receiver:
        channel = channel_to(receiver, store, picture=True)
        assert "not there yet" in channel.deliver(alert_of(event)).why
        assert channel.deliver(ALERT) is None
    assert len(receiver.got) == 1


def test_a_receiver_that_refuses_or_is_not_there_is_a_failure_and_the_address_is_not_said(caplog):
    caplog.set_level(logging.DEBUG)
    with receiving(500) as receiver:
        channel = channel_to(receiver)
        assert channel.deliver(ALERT).why == "json: not taken by the receiver, or it is not there"
        assert channel.deliver(ALERT) is None
    gone = AppriseChannel(2, f"json://user:s3cr3t@127.0.0.1:9/{SECRET}", AppriseSettings(("x",)), None)
    assert "s3cr3t" not in gone.deliver(ALERT).why
    assert "s3cr3t" not in caplog.text


def test_each_receiver_is_a_channel_of_its_own(monkeypatch):
    monkeypatch.setenv("RECEIVERS", "json://127.0.0.1:9/a\n\njson://127.0.0.1:9/b\n")
    settings = AlertSettings(log=False, apprise=AppriseSettings(("json://127.0.0.1:9/c",), "env:RECEIVERS"))
    assert [channel.name for channel in open_channels(settings)] == ["apprise-1", "apprise-2", "apprise-3"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"urls": ["nonsense://s3cr3t"]}, "address 1 is none that apprise knows"),
        ({}, "needs urls or urls_from"),
        ({"urls_from": "env:NO_SUCH"}, "there is no secret in env:NO_SUCH"),
        ({"url": "x"}, "alerts.apprise.url"),
    ],
)
def test_a_wrong_setting_is_one_line_without_the_address(table, said):
    with pytest.raises(ConfigError, match=said) as told:
        open_channels(alert_settings({"apprise": table}))
    assert "s3cr3t" not in str(told.value)


def test_without_the_library_it_is_one_line_that_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def lacking(name, *rest, **more):
        if name.startswith("apprise"):
            raise ImportError(name=name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(ConfigError, match=r"pip install 'unusual\[notify\]'"):
        AppriseChannel(1, "json://x", AppriseSettings(("json://x",)), None)
