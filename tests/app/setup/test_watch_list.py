"""The list of what is watched: a file as `watch --config` takes it, for its owner alone, mended and never broken."""

import stat
import tomllib
from dataclasses import replace

import pytest

from unusual.app.alerts.digest import Every
from unusual.app.setup.watch_list import (
    AlertsTo,
    alerts_of,
    as_toml,
    list_camera,
    read_list,
    send_alerts_to,
    unlist_camera,
)
from unusual.app.watching import read_watch_table
from unusual.errors import ConfigError
from unusual.store.home import Home

SECRET = "rtsp://me:secret@gate/1"
BY_HAND = """
[cameras.yard]
source_from = "env:YARD"
alarms_per_day = 2
[[cameras.yard.zones]]
kind = "named"
name = "a \\"gate\\" \\u00e9"
corners = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0]]
[alerts]
cool_down_s = 90
[profiles.away]
yard = "armed"
[keep]
days = 3.5
"""


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def test_a_camera_is_listed_as_watch_reads_it_and_only_the_owner_may(home):
    assert read_list(home).cameras == {}
    list_camera(home, "gate", SECRET)
    assert read_watch_table(home.watch_list).cameras["gate"].source == SECRET
    assert stat.S_IMODE(home.watch_list.stat().st_mode) == 0o600
    unlist_camera(home, "gate")
    assert read_list(home).cameras == {}


def test_what_was_written_by_hand_stays(home):
    home.folder.mkdir()
    home.watch_list.write_text(BY_HAND)
    list_camera(home, "gate", SECRET)
    send_alerts_to(home, AlertsTo("webhook", "http://127.0.0.1:9/hook?key=1"))
    told = tomllib.loads(home.watch_list.read_text())
    before = tomllib.loads(BY_HAND)
    assert told["cameras"].pop("gate") == {"source": SECRET}
    assert told["alerts"].pop("webhook") == {"url": "http://127.0.0.1:9/hook?key=1"}
    assert told == before
    list_camera(home, "yard", "rtsp://yard")
    yard = tomllib.loads(home.watch_list.read_text())["cameras"]["yard"]
    assert yard == {
        "source": "rtsp://yard",
        **{key: before["cameras"]["yard"][key] for key in ("alarms_per_day", "zones")},
    }


@pytest.mark.parametrize(
    "table", [{}, {"a": 1}, {"a": {}}, {"a": [{"b": {"c": [1, "x"]}}, {"d": True}]}, {"a": {"b": 1, "c": {"d": 2}}}]
)
def test_any_table_is_read_as_it_was_written(table):
    assert tomllib.loads("\n".join(as_toml(table))) == table


def test_where_alerts_go_is_told_without_what_is_secret(home):
    assert alerts_of(read_list(home).alerts) == AlertsTo("none")
    send_alerts_to(home, AlertsTo("webhook", "https://me:secret@hook.example/key", "http://192.168.1.5:8765"))
    assert alerts_of(read_list(home).alerts) == AlertsTo("webhook", "hook.example", "http://192.168.1.5:8765")
    send_alerts_to(home, AlertsTo("webhook"))
    assert read_list(home).alerts.webhook.url == "https://me:secret@hook.example/key"
    assert read_list(home).alerts.link == ""
    send_alerts_to(home, AlertsTo("none"))
    assert read_list(home).alerts.webhook is None


def test_mail_and_the_like_go_by_apprise(home):
    pytest.importorskip("apprise")
    send_alerts_to(home, AlertsTo("apprise", "json://me:secret@127.0.0.1:9 ntfys://topic", picture=True))
    assert alerts_of(read_list(home).alerts) == AlertsTo("apprise", "json, ntfys", "", picture=True)
    assert read_list(home).alerts.apprise.urls == ("json://me:secret@127.0.0.1:9", "ntfys://topic")


def test_a_broker_is_kept_by_its_address_and_told_by_its_host(home):
    pytest.importorskip("paho.mqtt")
    link = "http://192.168.1.5:8765"
    told = AlertsTo("mqtt", "mqtts://me:se%2Fcret@broker", link, True, True, True, 60, Every.DAY)
    send_alerts_to(home, told)
    alerts = read_list(home).alerts
    mqtt = alerts.mqtt
    assert (mqtt.host, mqtt.port, mqtt.tls, mqtt.user, mqtt.password) == ("broker", 8883, True, "me", "se/cret")
    assert (mqtt.picture, mqtt.clip, mqtt.commands, alerts.snooze_minutes) == (True, True, True, 60)
    assert alerts_of(alerts) == replace(told, address="broker")
    assert "cret" not in repr(alerts)
    send_alerts_to(home, AlertsTo("mqtt"))
    after = read_list(home).alerts
    assert after.mqtt == replace(mqtt, picture=False, clip=False, commands=False)
    assert (after.digest, after.snooze_minutes, after.link) == (None, 0, "")
    send_alerts_to(home, AlertsTo("mqtt", "mqtt://other:1884"))
    assert read_list(home).alerts.mqtt.password == ""


def test_links_to_pictures_need_the_dashboards_address(home):
    with pytest.raises(ConfigError, match=r"set alerts\.link"):
        send_alerts_to(home, AlertsTo("webhook", "http://127.0.0.1:9/hook", picture=True))
    assert read_list(home).alerts.webhook is None


@pytest.mark.parametrize(
    "told",
    [
        AlertsTo("mqtt", "http://x"),
        AlertsTo("mqtt", "mqtt://x:port"),
        AlertsTo("mqtt", "broker"),
        AlertsTo("mqtt", "mqtt://"),
        AlertsTo("mqtt"),
        AlertsTo("webhook", "ftp://x"),
        AlertsTo("webhook"),
        AlertsTo("apprise"),
        AlertsTo("apprise", "what://x"),
    ],
)
def test_an_address_that_is_none_changes_nothing(home, told):
    list_camera(home, "gate", SECRET)
    before = home.watch_list.read_text()
    with pytest.raises(ConfigError) as refused:
        send_alerts_to(home, told)
    assert home.watch_list.read_text() == before and "://" not in str(refused.value).replace("https://", "").replace(
        "http://", ""
    )


def test_a_file_that_is_not_in_order_is_not_touched(home):
    home.folder.mkdir()
    home.watch_list.write_text("[cameras.gate]\nsauce = 1\n")
    with pytest.raises(ConfigError, match="cameras"):
        list_camera(home, "yard", "rtsp://yard")
    assert "sauce" in home.watch_list.read_text()


@pytest.mark.parametrize("more", ["[alerts.command]\nargv = ['true']", "[alerts.webhook]\nurl_from = 'env:HOOK'"])
def test_other_ways_are_left_to_who_wrote_them(home, more):
    home.folder.mkdir()
    home.watch_list.write_text(f"{more}\n[cameras]\n")
    assert alerts_of(read_list(home).alerts).way == "other"
