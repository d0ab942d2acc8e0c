"""Several cameras at once, each watched in a thread of its own, and the home kept tidy beside them."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from unusual.camera.condition.outages import BLIND_S, Outages
from unusual.camera.housekeeping import Model, load_model
from unusual.camera.watcher import CameraWatcher, Say, WatchSettings
from unusual.errors import CheckpointError, ConfigError, UnusualError
from unusual.files import refuse_unwritable
from unusual.processors import share_among
from unusual.run.checkpoint import Checkpoint
from unusual.scores.zones import ZoneMap
from unusual.store.cameras import CameraCard, mend_camera, read_cards, watched_alone
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home, home_folder
from unusual.store.keeping.retention import Policy, Retention
from unusual.store.live import Frames, Outage, keep_outage, read_live
from unusual.store.rules.duty import begin_hours
from unusual.store.rules.past import heed_zones
from unusual.store.rules.zones import begin_zones
from unusual.store.scorelog import forget_scores
from unusual.store.settings import Setting, Settings
from unusual.video.capture import Pace
from unusual.video.reader import open_video

TIDY_S = 600.0
SCORES_S = 400 * 86_400.0  # that the day's timelines are kept
CLOSING_S = 10.0  # that the cameras have to end when watching is stopped
RETRY_S, LONGEST_RETRY_S = 1.0, 60.0  # after an unforeseen end of a camera's watcher; doubled each time
KEEP = Policy()
WORDS = {Setting.ALARMS_PER_DAY: "alarms a day are", Setting.COOL_DOWN_S: "seconds between two alerts are"}


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of watching a camera. ended: whether it came to its end in time; without it the rest says nothing."""

    camera: str
    frames: Frames = Frames()  # noqa: RUF009 - frozen
    events: int = 0
    alarms: int = 0
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told while cameras are watched: of each alarm when it begins, and in words what happens and goes wrong.

    outage: of a camera that has been blind for blind_s seconds, and of its return; returns whether somebody was told.
    tidied: each ten minutes, when the home is.
    """

    alarm: Callable[[StoredEvent], object]
    say: Say
    warn: Say
    outage: Callable[[Outage], bool] = lambda _: True
    blind_s: float = BLIND_S
    tidied: Callable[[], object] = lambda: None


def watch(
    cameras: Sequence[WatchSettings],
    home: str | Path | Home | None = None,
    *,
    alarm: Callable[[StoredEvent], object] = lambda _: None,
    say: Say = print,
    keep: Policy = KEEP,
    stopping: threading.Event | None = None,
) -> list[Watched]:
    """Watch cameras that were learnt, until `stopping` is set or, of files, until all have ended.

    Args:
        cameras: such as WatchSettings.of("door", "rtsp://10.0.0.7/live").
        home: folder of cameras, events and media; else $UNUSUAL_HOME.
        alarm: is told of each alarm, when it begins, from the camera's thread.
        say: is told in words what happens.
        keep: how long events are kept.

    Raises:
        ConfigError, CheckpointError, DataError, OutputError, VideoError: a camera cannot be watched; none is then.
        UnusualError: of the camera that failed while it was watched; the others went on to their end.
    """
    place = home_folder(home)
    loaded = load_cameras(place, cameras)
    with closing(EventStore.open(place)) as store:
        return watch_loaded(loaded, store, Told(alarm, say, say), keep, stopping or threading.Event())


@dataclass(frozen=True, slots=True)
class Loaded:
    """A camera that can be watched: all that may be wrong with it is told before any is watched."""

    settings: WatchSettings
    card: CameraCard
    checkpoint: Checkpoint
    others: tuple[Model, ...] = ()  # of its other lights

    @classmethod
    def of(cls, home: Home, settings: WatchSettings) -> "Loaded":
        """Raises VideoError, CheckpointError, DataError for its source, its model and its name."""
        mend_camera(home, settings.camera)
        card, *others = read_cards(home, settings.camera)
        if settings.pace is not Pace.LIVE:
            open_video(settings.source).close()
        settings = replace(settings, alarms_per_day=settings.alarms_per_day or card.alarms_per_day)
        return cls(settings, card, load_model(home, card), tuple((load_model(home, each), each) for each in others))

    def again(self, home: Home) -> "Loaded":
        """With the model as it is now: it may have been learnt anew. Raises CheckpointError."""
        card, *others = read_cards(home, self.card.name)
        models = tuple((load_model(home, each), each) for each in others)
        return replace(self, card=card, checkpoint=load_model(home, card), others=models)


def load_cameras(home: Home, cameras: Sequence[WatchSettings], among: int = 0) -> list[Loaded]:
    """Load all, and see that nobody else watches them. Raises as `watch`; nothing has changed then.

    among: how many are watched on this machine, where others are in other processes.
    """
    refuse_unwritable(home.folder)
    if not cameras:
        raise ConfigError("no camera is named: give a source and --model, or a file with [cameras.NAME] tables")
    share_among(among or len(cameras))  # a core a camera, rather than all cores for each in turn
    loaded = [Loaded.of(home, settings) for settings in cameras]
    for each in loaded:
        with watched_alone(home, each.card.name):
            pass
    return loaded


class Worker(threading.Thread):
    """Who watches some cameras. results: what came of each; trouble: what ended one of them before its time."""

    def __init__(self, cameras: Sequence[str]) -> None:
        super().__init__(name=f"camera{'s' * (len(cameras) > 1)} {', '.join(cameras)}", daemon=True)
        self.trouble: Exception | None = None
        self.results = [Watched(camera) for camera in cameras]
        self.stopping = threading.Event()

    def stop(self) -> None:
        """Let them end."""
        self.stopping.set()


def watch_loaded(
    loaded: Sequence[Loaded], store: EventStore, told: Told, keep: Policy | None, stopping: threading.Event
) -> list[Watched]:
    """Watch all, each in a thread. keep: None where somebody else keeps the home tidy. Raises as `watch`."""
    for each in loaded:
        begin_with(store.settings, each.card.name, Setting.ALARMS_PER_DAY, each.settings.alarms_per_day, told.say)
    loaded = [begin_within(store, each, told.say) for each in loaded]
    return tend([_Camera(store.database.home, each, told) for each in loaded], store, told, keep, stopping)


def tend(
    workers: Sequence[Worker], store: EventStore, told: Told, keep: Policy | None, stopping: threading.Event
) -> list[Watched]:
    """Start all, wait for all, tidy in between. Raises what ended one of them."""
    retention = Retention(store, keep) if keep else None
    try:
        for worker in workers:
            worker.start()
        waited = TIDY_S
        while any(worker.is_alive() for worker in workers) and not stopping.wait(0.2):
            waited += 0.2
            if retention and waited >= TIDY_S:
                waited = 0.0
                _tidy(store.database.home, retention, told.warn)
                told.tidied()
    finally:
        until = time.monotonic() + CLOSING_S
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join(max(0.0, until - time.monotonic()))
    for worker in workers:
        if worker.trouble is not None:
            raise worker.trouble
    return [watched for worker in workers for watched in worker.results]


def begin_with(settings: Settings, camera: str, key: Setting, value: float | None, say: Say) -> None:
    """Note what watching is begun with, and say so where a person has set something else in the dashboard."""
    held = settings.begin(camera, key, value)
    if None not in (value, held) and held != value:
        say(f"{camera}: {WORDS[key]} {held:g}, as was set in the dashboard, not {value:g}")


def begin_within(store: EventStore, loaded: Loaded, say: Say) -> Loaded:
    """The same with the zones that are in force, and its hours noted. Raises OutputError, DataError."""
    name, wanted = loaded.card.name, loaded.settings.zones
    duty = begin_hours(store.database.home, name, loaded.settings.hours)
    if loaded.settings.hours not in (None, duty.hours):
        say(f"{name}: its hours are those that were set in the dashboard")
    kept = begin_zones(store.database.home.camera(name), wanted)
    if wanted is not None and kept.zones != wanted:
        say(f"{name}: its zones are those that were drawn in the dashboard")
    zone_map = ZoneMap(kept.zones)
    heed_zones(store, name, zone_map)
    return replace(loaded, checkpoint=replace(loaded.checkpoint, zone_map=zone_map))


class _Camera(Worker):
    """One camera's thread."""

    def __init__(self, home: Home, loaded: Loaded, told: Told) -> None:
        super().__init__([loaded.card.name])
        self.home, self.loaded, self.told = home, loaded, told
        last = read_live(home, loaded.card.name)
        self.outages = Outages(loaded.card.name, told.outage, told.blind_s, last.outage if last else None)
        self.watcher = self._fresh()

    def run(self) -> None:
        """Watch to the end."""
        wait_s = RETRY_S
        name, live = self.loaded.card.name, self.loaded.settings.pace is Pace.LIVE
        self.told.say(f"{name}: {self.watcher.level.words}")
        while True:
            try:
                self.watcher.run()
                keeper = self.watcher.keeper
                self.results = [Watched(name, self.watcher.frames, keeper.events, keeper.alarms, ended=True)]
                self.trouble = None
                return
            except Exception as error:  # one camera's trouble must not end the others; raised at the end
                self.trouble = error
                final = isinstance(error, ConfigError | CheckpointError) or not live
                self.told.warn(f"{name} is not watched {'any more' if final else 'for now'}: {error}")
                self.outages.take("unwatched", str(error), at_once=final)
            finally:
                with suppress(UnusualError):  # whoever watches next tells the return
                    keep_outage(self.home, name, self.outages.told)
            if final or self.stopping.wait(wait_s):
                return
            wait_s = min(2 * wait_s, LONGEST_RETRY_S)
            with suppress(UnusualError):  # the old one says it again
                self.loaded = self.loaded.again(self.home)
                self.watcher = self._fresh()

    def _fresh(self) -> CameraWatcher:
        given, told = self.loaded, self.told
        watcher = CameraWatcher(
            self.home,
            given.settings,
            given.checkpoint,
            given.card,
            alarm=told.alarm,
            say=told.say,
            outages=self.outages,
            others=given.others,
        )
        watcher.stopping = self.stopping
        return watcher


def _tidy(home: Home, retention: Retention, warn: Say) -> None:
    try:
        if words := retention.tidy().words:
            warn(words)
        if retention.clock_is_trusted:
            forget_scores(home, time.time() - SCORES_S)
    except UnusualError as error:
        warn(str(error))
