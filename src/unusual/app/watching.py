"""`unusual watch`: what is said of cameras, alerts and keeping, in words or a file; what came of it, in a line."""

import signal
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from unusual.app.alerts.alerts import AlertSettings, Announcer, Deliverer, alert_settings, open_channels
from unusual.app.alerts.channels import read_secret
from unusual.app.alerts.digest import DigestChannel
from unusual.app.alerts.enclosures import Enclosures
from unusual.app.alerts.mqtt_controls import Controls
from unusual.app.report.card import renew_card_pages
from unusual.app.terminal import say, warn
from unusual.camera.apart.group import Ready, make_ready
from unusual.camera.several import Told, Watched, begin_with
from unusual.camera.watcher import WatchSettings
from unusual.errors import ConfigError, UnusualError
from unusual.scores.hours import Lines, Mode
from unusual.scores.zones import Zones
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.keeping.retention import Policy
from unusual.store.live import read_live
from unusual.store.outbox import Outbox
from unusual.store.rules.profiles import write_profile
from unusual.store.settings import Setting
from unusual.video.capture import Pace


@dataclass(frozen=True, slots=True)
class CameraTable:
    """A [cameras.NAME] table. source: or source_from, "env:NAME" or "file:PATH", where it holds a password.

    NAME is what it was learnt as. alarms_per_day: else those that it was learnt for. pace: live for a camera, realtime
    or fast for a file. zones: [[cameras.NAME.zones]] tables; none for those that were drawn in the dashboard. hours: of
    its week, as in scores/hours.py; none for those that were set there.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    source: str = ""
    source_from: str = ""
    alarms_per_day: Annotated[float | None, Field(gt=0, le=1440)] = None
    pace: Pace | None = None
    zones: Zones | None = None
    hours: Lines | None = None

    def settings(self, name: str) -> WatchSettings:
        """How this camera is watched. Raises ConfigError where it has no source, or two, or the pace is none of it."""
        if bool(self.source) == bool(self.source_from):
            raise ConfigError(f"camera {name} needs either source or source_from")
        source = self.source or read_secret(self.source_from)
        return WatchSettings.of(name, source, self.pace, self.alarms_per_day, self.zones, self.hours)


@dataclass(frozen=True, slots=True)
class KeepTable:
    """The [keep] table: days that events are kept, gigabytes of media in all.

    useful_days: that what was found useful is spared longest where there is no room; it never goes by its age alone.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    days: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30.0
    useful_days: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 365.0
    gigabytes: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20.0

    @property
    def policy(self) -> Policy:
        """As the store understands it."""
        return Policy(self.days, self.useful_days, int(self.gigabytes * 1e9))


@dataclass(frozen=True, slots=True)
class WatchTable:
    """What `unusual watch` is told: by a TOML file, or by words of the command line.

    profiles: [profiles.NAME] tables of cameras and what they do; they take the place of those of that name.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    cameras: dict[str, CameraTable]
    alerts: AlertSettings = field(default_factory=AlertSettings)
    profiles: dict[str, dict[str, Mode]] = field(default_factory=dict)
    keep: KeepTable = field(default_factory=KeepTable)


def read_watch_table(file: Path) -> WatchTable:
    """Read a TOML file. Raises ConfigError: it cannot be read, or a key or value of it is wrong."""
    try:
        nested = tomllib.loads(file.read_text(encoding="utf-8"))
        alerts = alert_settings(_table(nested.pop("alerts", {})))
        return replace(TypeAdapter(WatchTable).validate_python(nested), alerts=alerts)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]  # the input may hold a password
        raise ConfigError(f"{file}: {'.'.join(map(str, first['loc'])) or 'alerts'}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:  # it may be nested without end
        raise ConfigError(f"{file} is not TOML: {error}") from error


def run_watching(home: Home, table: WatchTable) -> str:
    """Watch until Ctrl-C or SIGTERM, or until every file has ended; returns what to say at the end.

    Raises:
        ConfigError, CheckpointError, DataError, OutputError: a camera cannot be watched; none is then.
        UnusualError: of the camera that failed while it was watched; the others went on to their end.
    """
    cameras = [camera.settings(name) for name, camera in table.cameras.items()]
    with closing(make_ready(home, cameras, table.alerts.blind_s)) as ready:
        return _run_ready(home, table, ready)


def _run_ready(home: Home, table: WatchTable, ready: Ready) -> str:
    lives = {name: read_live(home, name) for name in table.cameras}
    blind = {name: bool(live and live.outage) for name, live in lives.items()}
    open_channels(table.alerts, blind)  # what is wrong with them is told before anything is changed
    for name, profile in table.profiles.items():
        write_profile(home, name, profile)
    with closing(EventStore.open(home)) as store, stopped_by_signals() as stopping:
        channels = open_channels(table.alerts, blind, _controls(store, table), Enclosures(store))
        if table.alerts.link and (named := ", ".join(f"alerts.{name}" for name in table.alerts.linking)):
            timed(say)(
                f"links in alerts open what they name without a log-in for {table.alerts.link_hours:g} hours: {named}"
            )
        for name in table.cameras:
            begin_with(store.settings, name, Setting.COOL_DOWN_S, table.alerts.cool_down_s, timed(say))
        outbox = Outbox(store.database, give_up_days=table.alerts.give_up_days)
        names = [channel.name for channel in channels]
        if table.alerts.digest is not None:
            channels.append(DigestChannel(table.alerts.digest, outbox, names, table.alerts.link))
        deliverer = Deliverer(outbox, channels)
        announcer = Announcer(store, outbox, table.alerts, names, deliverer.unkept)
        with closing(deliverer.start()):
            told = Told(
                announcer.announce,
                timed(say),
                timed(warn),
                announcer.outage,
                table.alerts.blind_s,
                tidied=partial(_renew_pages, home, list(table.cameras)),
            )
            watched = ready.watch(store, told, table.keep.policy, stopping)
            if not stopping.is_set():
                deliverer.finish()
        return "; ".join(map(summary_of, watched))


def _renew_pages(home: Home, cameras: Sequence[str]) -> None:
    """Let the page of each camera's card say what its thresholds are by now."""
    for name in cameras:
        try:
            renew_card_pages(home, name)
        except UnusualError as error:
            timed(warn)(f"{name}: the page of its card is not renewed: {error}")


def _controls(store: EventStore, table: WatchTable) -> Controls | None:
    mqtt = table.alerts.mqtt
    if mqtt is None:
        return None
    return Controls(store.database.home, store.settings, list(table.cameras), mqtt.topic, mqtt.prefix, timed(say))


def timed(tell: Callable[[str], object]) -> Callable[[str], object]:
    """Tell each line with the local time before it: what is watched for months is read long after."""
    return lambda line: tell(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z} {line}")


def summary_of(watched: Watched) -> str:
    """What came of watching a camera, in a line."""
    if not watched.ended:
        return f"{watched.camera}: not watched"
    counts = watched.frames
    told = [f"{counts.arrived} in", f"{counts.scored} scored", f"{counts.dropped} dropped", f"{counts.gap} gap"]
    if (waiting := counts.arrived - counts.scored - counts.dropped - counts.gap) > 0:
        told.append(f"{waiting} not judged yet")
    events = f"{watched.events} event{'s' * (watched.events != 1)}"
    alarms = f"{watched.alarms} alarm{'s' * (watched.alarms != 1)}"
    return f"{watched.camera}: frames {', '.join(told)}; {events}, {alarms}"


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set, the first time; the second one ends all as usual."""
    stop = threading.Event()

    def heard(*_: object) -> None:
        stop.set()
        restore()

    usual = [(kind, signal.signal(kind, heard)) for kind in (signal.SIGINT, signal.SIGTERM)]

    def restore() -> None:
        for kind, handler in usual:
            signal.signal(kind, handler)

    try:
        yield stop
    finally:
        restore()


def _table(value: object) -> Mapping[str, object]:
    return TypeAdapter(dict[str, object]).validate_python(value)
