"""Several cameras from one file: what is wrong in it is told by its key before any is watched; no secret gets out."""

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest
from alert_receiver import receiving
from made_camera import NAME, alarming_at, camera_home, pictures, unusual_clip, write
from made_home import serving
from visiting import stranger

from unusual.app.alerts.alerts import AlertSettings, alert_settings
from unusual.app.alerts.channels import WebhookSettings
from unusual.app.alerts.digest import Every
from unusual.app.watching import CameraTable, WatchTable, read_watch_table, run_watching, summary_of
from unusual.camera.several import Watched
from unusual.camera.watcher import WatchSettings
from unusual.errors import ConfigError, UnusualError
from unusual.scores.hours import Mode
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.cameras import read_card, watched_alone, write_card
from unusual.store.events import EventStore
from unusual.store.live import Frames, read_live
from unusual.store.outbox import Outbox
from unusual.store.settings import Setting
from unusual.video.capture import Pace

SECRETS = ("canaryuser", "canarypass", "canarytoken")
ADDRESS = "rtsp://canaryuser:canarypass@127.0.0.1:1/live?key=canarytoken"


def second_camera(home, name="gate"):
    """The same model under another name."""
    shutil.copytree(home.camera(NAME), home.camera(name))
    write_card(home.camera(name), replace(read_card(home, NAME), name=name))


def test_a_file_of_cameras_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("GATE", ADDRESS)
    file = tmp_path / "cameras.toml"
    file.write_text(
        '[cameras.gate]\nsource_from = "env:GATE"\nalarms_per_day = 0.5\n[cameras.door]\nsource = "0"\npace = "live"\n'
        "[keep]\ndays = 7\n[alerts]\ncool_down_s = 5.0\n"
    )
    table = read_watch_table(file)
    assert list(table.cameras) == ["gate", "door"]
    assert table.cameras["gate"].settings("gate") == WatchSettings("gate", ADDRESS, Pace.LIVE, 0.5)
    assert table.cameras["door"].settings("door") == WatchSettings("door", "0", Pace.LIVE)
    assert (table.keep.days, table.alerts.cool_down_s) == (7.0, 5.0)


def test_zones_of_a_file_are_those_that_watching_is_begun_with(tmp_path):
    file = tmp_path / "cameras.toml"
    corners = "corners = [[0, 0], [0.5, 0], [0.5, 1]]"
    file.write_text(
        f'[cameras.door]\nsource = "0"\n[[cameras.door.zones]]\nkind = "ignore"\n{corners}\n'
        f'[[cameras.door.zones]]\nkind = "named"\nname = "gate"\nalarms_per_day = 5\ncool_down_s = 600\n{corners}\n'
        '[cameras.yard]\nsource = "1"\n'
    )
    cameras = read_watch_table(file).cameras
    trees, gate = cameras["door"].settings("door").zones
    assert trees == Zone(ZoneKind.IGNORE, ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0)))
    assert (gate.kind, gate.name, gate.alarms_per_day, gate.cool_down_s) == (ZoneKind.NAMED, "gate", 5.0, 600.0)
    assert cameras["yard"].settings("yard").zones is None


def test_alarms_of_an_hour_are_held_for_its_digest(tmp_path):
    home = camera_home(tmp_path)
    alarming_at(home, 0.01)
    table = WatchTable({NAME: CameraTable(str(unusual_clip()), pace=Pace.FAST)}, AlertSettings(digest=Every.HOUR))
    run_watching(home, table)
    with closing(EventStore.open(home)) as store:
        outbox = Outbox(store.database)
        assert outbox.held(1e12)
        assert outbox.due(1e12, "log") == []


def test_a_webhook_is_sent_links_to_what_is_unusual_and_that_is_said_when_watching_begins(tmp_path, capsys):
    home = camera_home(tmp_path)
    alarming_at(home, 0.01)
    with receiving() as receiver:
        webhook = WebhookSettings(url=receiver.url, picture=True)
        alerts = AlertSettings(link="http://watch.example", snooze_minutes=30, webhook=webhook)
        run_watching(home, WatchTable({NAME: CameraTable(str(unusual_clip()), pace=Pace.FAST)}, alerts))
    told = json.loads(receiver.got[0][2])
    with serving(home) as (port, _), stranger(port) as client:
        assert client.get(told["picture"].removeprefix("http://watch.example")).content[:2] == b"\xff\xd8"
    assert "snooze" in told and "clip" not in told
    said = "without a log-in for 24 hours: alerts.snooze_minutes, alerts.webhook.picture\n"
    assert said in capsys.readouterr().err


def test_hours_and_profiles_of_a_file_are_read(tmp_path):
    file = tmp_path / "cameras.toml"
    file.write_text(
        '[cameras.door]\nsource = "0"\nhours = ["sat-sun off"]\n[cameras.yard]\nsource = "1"\n'
        '[profiles.away]\ndoor = "armed"\nyard = "quiet"\n'
    )
    table = read_watch_table(file)
    assert table.cameras["door"].settings("door").hours == ("sat-sun off",)
    assert table.cameras["yard"].settings("yard").hours is None
    assert table.profiles == {"away": {"door": Mode.ARMED, "yard": Mode.QUIET}}
    file.write_text('[cameras.door]\nsource = "0"\nhours = ["always off"]\n')
    with pytest.raises(ConfigError, match="days are mon"):
        read_watch_table(file).cameras["door"].settings("door")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[cameras.door]\nsource = "x"\n[profiles.away]\ndoor = "open"', "profiles.away.door"),
        ('[cameras.door]\nsource = "x"\nspeed = 2', "cameras.door.speed"),
        ('[cameras.door]\nsource = "x"\npace = "slow"', "cameras.door.pace"),
        ('[cameras.door]\nsource = "x"\nalarms_per_day = 0', "cameras.door.alarms_per_day"),
        ('[cameras.door]\nsource = "x"\nalarms_per_day = nan', "cameras.door.alarms_per_day"),
        (f'[cameras.door]\nsource = ["{ADDRESS}"]', "cameras.door.source"),
        (f'[cameras]\ndoor = "{ADDRESS}"', "cameras.door"),
        (
            '[cameras.door]\nsource = "x"\n[[cameras.door.zones]]\nkind = "ignore"\ncorners = [[0, 0]]',
            "3 to 64 corners",
        ),
        ('[cameras.door]\nsource = "x"\n[[cameras.door.zones]]\nkind = "x"\ncorners = []', "cameras.door.zones.0.kind"),
        ("[keep]\ndays = 3", "cameras"),
        ('[cameras.door]\nsource = "x"\n[keep]\ndays = -1', "keep.days"),
        ('[cameras.door]\nsource = "x"\n[camera.gate]', "camera"),
        ('alerts = 3\n[cameras.door]\nsource = "x"', "alerts"),
        ('[cameras.door]\nsource = "x"\n[alerts.webhook]\nurl = "http://x"\nspeed = 1', "speed"),
        (f'[cameras.door]\nsource = "{ADDRESS}', "is not TOML"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_the_key(tmp_path, text, said):
    file = tmp_path / "cameras.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as told:
        read_watch_table(file)
    assert said in str(told.value)
    assert "\n" not in str(told.value)
    assert not any(secret in str(told.value) for secret in SECRETS)


@pytest.mark.parametrize(
    ("cameras", "said"),
    [
        ({}, "no camera is named"),
        ({"gate": CameraTable("{clip}")}, "no camera 'gate'"),
        ({"../x": CameraTable("{clip}")}, "a camera's name"),
        ({NAME: CameraTable()}, f"camera {NAME} needs either"),
        ({NAME: CameraTable("a", "env:B")}, f"camera {NAME} needs either"),
        ({NAME: CameraTable(source_from="env:NEVER_SET_CANARY")}, "NEVER_SET_CANARY"),
        ({NAME: CameraTable("missing.mp4")}, "missing.mp4"),
        ({NAME: CameraTable("{clip}", pace=Pace.LIVE)}, "pace live is for cameras"),
    ],
)
def test_what_cannot_be_watched_is_told_before_anything_is(tmp_path, cameras, said):
    home = camera_home(tmp_path)
    before = sorted(home.folder.rglob("*"))
    table = {
        name: CameraTable(c.source.format(clip=unusual_clip()), c.source_from, pace=c.pace)
        for name, c in cameras.items()
    }
    with pytest.raises(UnusualError) as told:
        run_watching(home, WatchTable(table))
    assert said in str(told.value)
    assert "\n" not in str(told.value)
    assert sorted(home.folder.rglob("*")) == before


def test_several_cameras_are_watched_at_once_and_their_alarms_told(tmp_path, capsys):
    home = camera_home(tmp_path)
    alarming_at(home, 0.01)
    second_camera(home)
    table = WatchTable({name: CameraTable(str(unusual_clip()), "", 48.0, Pace.FAST) for name in (NAME, "gate")})
    said = run_watching(home, table)
    assert said.count("frames 100 in, 100 scored, 0 dropped, 0 gap") == 2
    with closing(EventStore.open(home)) as store:
        assert {event.camera for event in store.list()} == {NAME, "gate"}
        assert store.integrity() == "ok"
        told = {event.camera for event in store.list() if Outbox(store.database).holds(event.id)}
        assert told == {NAME, "gate"}  # those of the last moment may wait for the next watching to be printed
    for name in (NAME, "gate"):
        assert read_live(home, name).state == "ended"
    assert "ALERT" in capsys.readouterr().out
    shown = [read_card(home, name).alarm_scale.threshold(1.0) for name in (NAME, "gate")]
    for name, level in zip((NAME, "gate"), shown, strict=True):  # cards that were changed after their page was written
        assert f"<td>{level.score:.2f}</td>" in (home.camera(name) / "card.html").read_text()


def test_a_camera_that_is_not_there_is_told_as_blind_and_every_line_has_its_time(tmp_path, capsys):
    home = camera_home(tmp_path)
    table = WatchTable({NAME: CameraTable(ADDRESS)}, alert_settings({"blind_s": 0}))

    def stop_when_told():
        with closing(EventStore.open(home)) as store:
            until = time.monotonic() + 60
            while time.monotonic() < until and not (read_live(home, NAME) and read_live(home, NAME).outage):
                time.sleep(0.1)
            assert "offline" in [entry.state for entry in store.health.list(NAME)]
        signal.raise_signal(signal.SIGTERM)

    stopping = threading.Thread(target=stop_when_told)
    stopping.start()
    run_watching(home, table)
    stopping.join()
    out, err = capsys.readouterr()
    assert f"{NAME} is offline: cannot read rtsp://***" in out
    lines = [line for line in err.splitlines() if NAME in line]
    assert lines and all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} ", line) for line in lines)
    assert not any(secret in out + err for secret in SECRETS)


def test_a_watching_that_is_refused_changes_nothing(tmp_path):
    home = camera_home(tmp_path)
    table = WatchTable({NAME: CameraTable(str(unusual_clip()), "", 50.0, Pace.FAST)})
    with watched_alone(home, NAME), pytest.raises(ConfigError, match="being watched already"):
        run_watching(home, table)
    with closing(EventStore.open(home)) as store:
        assert store.settings.get(NAME, Setting.ALARMS_PER_DAY) is None


def test_a_signal_ends_the_watching_and_no_secret_was_written_anywhere(tmp_path):
    home = camera_home(tmp_path)
    second_camera(home)
    clip = write(tmp_path / "long.mp4", pictures())
    config = tmp_path / "cameras.toml"
    config.write_text(f'[cameras.door]\nsource = "{ADDRESS}"\n[cameras.gate]\nsource = "{clip}"\npace = "realtime"\n')
    command = [sys.executable, "-m", "unusual", "watch", "--config", str(config), "--home", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    until = time.monotonic() + 60
    while (live := read_live(home, NAME)) is None or live.state != "offline":
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.1)
    words = subprocess.run(["ps", "-eo", "args"], capture_output=True, check=True).stdout
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0, out
    assert b"door: frames 0 in" in out
    written = [path.read_bytes() for path in home.folder.rglob("*") if path.is_file()]
    for secret in SECRETS:
        assert not any(secret.encode() in data for data in (out, words, *written))


def test_what_came_of_it_is_a_line_a_camera():
    frames = Frames(100, 80, 6, 4)
    said = "door: frames 100 in, 80 scored, 6 dropped, 4 gap, 10 not judged yet; 1 event, 0 alarms"
    assert summary_of(Watched("door", frames, 1, 0, ended=True)) == said
    assert summary_of(Watched("door")) == "door: not watched"
