"""`unusual watch`: cameras in, each watched in a thread of its own; alerts and tidying beside them."""

import signal
import threading
import time
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import torch
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from unusual.app.alerts.alerts import AlertSettings, Announcer, Deliverer, alert_settings, open_channels
from unusual.app.alerts.channels import read_secret
from unusual.app.commands.terminal import say, warn
from unusual.camera.watcher import CameraWatcher, WatchSettings
from unusual.errors import CheckpointError, ConfigError, UnusualError
from unusual.files import refuse_unwritable
from unusual.run.checkpoint import Checkpoint, load_checkpoint
from unusual.store.cameras import CameraCard, mend_camera, read_card, watched_alone
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.outbox import Outbox
from unusual.store.retention import Policy, Retention
from unusual.store.scorelog import forget_scores
from unusual.store.settings import Setting
from unusual.video.capture import Pace
from unusual.video.reader import open_video
from unusual.video.source import Source

TIDY_S = 60.0
SCORES_S = 400 * 86_400.0  # that the day's timelines are kept
CLOSING_S = 10.0  # that the cameras have to end when watching is stopped
WORDS = {Setting.ALARMS_PER_DAY: "alarms a day are", Setting.COOL_DOWN_S: "seconds between two alerts are"}
RETRY_S = 1.0  # after an unforeseen end of a camera's watcher; doubled each time


@dataclass(frozen=True, slots=True)
class CameraTable:
    """A [cameras.NAME] table. source: or source_from, "env:NAME" or "file:PATH", where it holds a password.

    NAME is what it was learnt as. alarms_per_day: else those that it was learnt for. pace: live for a camera, realtime
    or fast for a file.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    source: str = ""
    source_from: str = ""
    alarms_per_day: Annotated[float | None, Field(gt=0, le=1440)] = None
    pace: Pace | None = None

    def settings(self, card: CameraCard) -> WatchSettings:
        """How this camera is watched. Raises ConfigError where it has no source, or two."""
        name = card.name
        if bool(self.source) == bool(self.source_from):
            raise ConfigError(f"camera {name} needs either source or source_from")
        source = self.source or read_secret(self.source_from)
        is_camera = Source.of(source).is_camera
        pace = self.pace or (Pace.LIVE if is_camera else Pace.REALTIME)
        if not is_camera:
            if pace is Pace.LIVE:
                raise ConfigError(f"camera {name}: pace live is for cameras, a file is played realtime or fast")
            open_video(source).close()  # what cannot be one is told before the watching
        return WatchSettings(name, source, pace, self.alarms_per_day or card.alarms_per_day)


@dataclass(frozen=True, slots=True)
class KeepTable:
    """The [keep] table: days that events are kept, days that useful ones are, gigabytes of media in all."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    days: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30.0
    useful_days: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 365.0
    gigabytes: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20.0


@dataclass(frozen=True, slots=True)
class WatchTable:
    """What `unusual watch` is told: by a TOML file, or by words of the command line."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    cameras: dict[str, CameraTable]
    alerts: AlertSettings = field(default_factory=AlertSettings)
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
    except ValueError as error:
        raise ConfigError(f"{file} is not TOML: {error}") from error


def run_watching(home: Home, table: WatchTable) -> str:
    """Watch until Ctrl-C or SIGTERM, or until every file has ended; returns what to say at the end.

    Raises:
        ConfigError, CheckpointError, DataError, OutputError: a camera cannot be watched; none is then.
        UnusualError: of the camera that failed while it was watched; the others went on to their end.
    """
    refuse_unwritable(home.folder)
    if not table.cameras:
        raise ConfigError("no camera is named: give a source and --model, or a file with [cameras.NAME] tables")
    loaded = [Loaded.of(home, name, camera) for name, camera in table.cameras.items()]
    channels = open_channels(table.alerts)
    store = EventStore.open(home)
    outbox = Outbox(store.database, give_up_days=table.alerts.give_up_days)
    announcer = Announcer(store, outbox, table.alerts, [channel.name for channel in channels])
    if len(table.cameras) > 1:
        torch.set_num_threads(1)  # a core a camera, rather than all cores for each in turn
    for each in loaded:
        with watched_alone(home, each.card.name):  # or it is refused before it changes anything
            pass
    for each in loaded:
        keep_settings(store, each.settings, table.alerts.cool_down_s)
    watched = [Watched(home, each, announcer) for each in loaded]
    deliverer = Deliverer(outbox, channels).start()
    keep = Policy(table.keep.days, table.keep.useful_days, int(table.keep.gigabytes * 1e9))
    try:
        _watch(home, watched, Retention(store, keep))
    finally:
        deliverer.close()
        store.close()
    for camera in watched:
        if camera.trouble is not None:
            raise camera.trouble
    return "; ".join(camera.summary for camera in watched)


def keep_settings(store: EventStore, settings: WatchSettings, cool_down_s: float) -> None:
    """Take what watching is begun with; what was set in the dashboard stays while it is begun with the same."""
    for key, value in ((Setting.ALARMS_PER_DAY, settings.alarms_per_day), (Setting.COOL_DOWN_S, cool_down_s)):
        held = store.settings.begin(settings.camera, key, value)
        if value is not None and held is not None and held != value:
            say(f"{settings.camera}: {WORDS[key]} {held:g}, as was set in the dashboard, not {value:g}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A camera that can be watched: all that may be wrong with it is told before any is watched."""

    settings: WatchSettings
    card: CameraCard
    checkpoint: Checkpoint

    @classmethod
    def of(cls, home: Home, name: str, table: CameraTable) -> "Loaded":
        """Raises ConfigError, VideoError, CheckpointError, DataError for its source, its model and its name."""
        mend_camera(home, name)
        card = read_card(home, name)
        return cls(table.settings(card), card, load_checkpoint(home.camera(name)))

    def again(self, home: Home) -> "Loaded":
        """With the model as it is now: it may have been learnt anew. Raises CheckpointError."""
        name = self.card.name
        return replace(self, card=read_card(home, name), checkpoint=load_checkpoint(home.camera(name)))


class Watched(threading.Thread):
    """One camera's thread. trouble: what ended it before its time; summary: its frames, when it is over."""

    def __init__(self, home: Home, loaded: Loaded, announcer: Announcer) -> None:
        super().__init__(name=f"camera {loaded.card.name}", daemon=True)
        self.trouble: Exception | None = None
        self.summary = f"{loaded.card.name}: not watched"
        self.stopping = threading.Event()
        self._home, self._loaded, self._announcer = home, loaded, announcer
        self.watcher = self._fresh()

    def run(self) -> None:
        """Watch to the end."""
        wait_s = RETRY_S
        card = self._loaded.card
        say(f"{card.name}: {card.alarm_scale.threshold(self.watcher.wanted).words}")
        while True:
            try:
                self.watcher.run()
                self.trouble, self.summary = None, summary_of(self.watcher)
                return
            except Exception as error:  # one camera's trouble must not end the others; raised at the end
                self.trouble = error
                known = isinstance(error, ConfigError | CheckpointError) or self.watcher.settings.pace is not Pace.LIVE
                warn(f"{self.watcher.settings.camera} is not watched {'any more' if known else 'for now'}: {error}")
                if known or self.stopping.wait(wait_s):
                    return
            wait_s = min(2 * wait_s, TIDY_S)
            with suppress(UnusualError):  # the old one says it again
                self._loaded = self._loaded.again(self._home)
                self.watcher = self._fresh()

    def _fresh(self) -> CameraWatcher:
        given = self._loaded
        announce = self._announcer.announce
        watcher = CameraWatcher(self._home, given.settings, given.checkpoint, given.card, alarm=announce, say=say)
        watcher.stopping = self.stopping
        return watcher


def summary_of(watcher: CameraWatcher) -> str:
    """What came of the watching, in a line."""
    counts = watcher.frames
    told = [f"{counts.arrived} in", f"{counts.scored} scored", f"{counts.dropped} dropped", f"{counts.gap} gap"]
    if (waiting := counts.arrived - counts.scored - counts.dropped - counts.gap) > 0:
        told.append(f"{waiting} not judged yet")
    events = f"{watcher.events} event{'s' * (watcher.events != 1)}"
    alarms = f"{watcher.alarms} alarm{'s' * (watcher.alarms != 1)}"
    return f"{watcher.settings.camera}: frames {', '.join(told)}; {events}, {alarms}"


def _watch(home: Home, watched: Sequence[Watched], retention: Retention) -> None:
    """Start all, wait for all, tidy in between; a signal asks them to end."""
    stop = threading.Event()
    usual = [(kind, signal.signal(kind, lambda *_: stop.set())) for kind in (signal.SIGINT, signal.SIGTERM)]
    try:
        for each in watched:
            each.start()
        waited = TIDY_S
        while any(each.is_alive() for each in watched) and not stop.wait(0.2):
            waited += 0.2
            if waited >= TIDY_S:
                waited = 0.0
                _tidy(home, retention)
    finally:
        for kind, handler in usual:  # a second Ctrl-C ends it as usual
            signal.signal(kind, handler)
        until = time.monotonic() + CLOSING_S
        for each in watched:
            each.stopping.set()
        for each in watched:
            each.join(max(0.0, until - time.monotonic()))


def _tidy(home: Home, retention: Retention) -> None:
    try:
        retention.tidy()
        if retention.clock_is_trusted:
            forget_scores(home, time.time() - SCORES_S)
    except UnusualError as error:
        warn(str(error))


def _table(value: object) -> Mapping[str, object]:
    return TypeAdapter(dict[str, object]).validate_python(value)
