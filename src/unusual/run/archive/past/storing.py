"""An archive as a camera's past: its events and timelines, put once where those of a watched camera are."""

import hashlib
import math
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing

from unusual.run.archive.manifest import Shard
from unusual.run.archive.past.tables import ArchiveEvent
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home
from unusual.store.live import Live, read_live, write_live
from unusual.store.scorelog import ScoreLog, read_scores


def event_id(shard: Shard, start_s: float) -> str:
    """The same id whenever the same event is found again, in the form of `names.new_id`."""
    told = f"{shard.model} {shard.stream} {start_s:.3f}".encode()
    return urlsafe_b64encode(hashlib.blake2b(told, digest_size=16).digest()).decode().rstrip("=")


class PastTimeline:
    """Adds a camera's scores to its timeline; seconds that stand there stay as they are."""

    def __init__(self, home: Home, camera: str) -> None:
        self._home, self._camera = home, camera
        self._log = ScoreLog(home, camera)
        self._day = -1
        self._known = frozenset[int]()  # seconds of that day that stand there

    def add(self, utc: float, score: float) -> None:
        """Take a frame's score, NaN of one that was not scored. Raises OutputError, DataError."""
        if math.isnan(score):
            return
        day = math.floor(utc / 86_400)
        if day != self._day:
            self._day = day
            lines = read_scores(self._home, self._camera, day * 86_400.0, (day + 1) * 86_400.0)
            self._known = frozenset(map(int, lines.times_utc.tolist()))
        if math.floor(utc) not in self._known:
            self._log.add(utc, score)

    def close(self) -> None:
        """Write what is held. Raises OutputError."""
        self._log.close()


def store_events(home: Home, events: Iterable[ArchiveEvent], models: Mapping[str, str], before: Sequence[str]) -> None:
    """Put events into the store, once each; what people said of them stays.

    Args:
        models: digest of the model, by the camera's name.
        before: ids of an earlier round. Those that are not found any more go, unless a person has looked at them.
    """
    with closing(EventStore.open(home)) as store:
        found = set[str]()
        for each in events:
            event = _stored(each, models[each.camera])
            found.add(event.id)
            if store.get(event.id) is None:
                store.begin(event)
            else:
                store.change(event)
        gone = [known for one in before if one not in found and (known := store.get(one)) and not known.reviewed]
        store.remove(each.id for each in gone)
    for camera in models:
        if read_live(home, camera) is None:  # so that the dashboard knows of it
            write_live(home, Live(camera=camera, utc=time.time(), state="ended", words="From an archive"))


def attach_media(home: Home, event: str, files: Sequence[str]) -> None:
    """Note the files of an event. Raises as `EventStore`."""
    with closing(EventStore.open(home)) as store:
        store.attach(event, files)


def _stored(each: ArchiveEvent, model: str) -> StoredEvent:
    event = each.event
    return StoredEvent(
        id=each.id,
        camera=each.camera,
        start_utc=each.start_utc,
        end_utc=each.end_utc,
        peak_utc=each.peak_utc,
        score=event.peak_score,
        per_day=each.per_day,
        box=event.region,
        why=event.why,
        zone=event.zone,
        model=model,
    )
