"""One event at a time, from its first second to its alarm and pictures, on a disk that may be full for a while."""

import math
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction

from unusual.camera.alarm_level import AlarmLevel
from unusual.domain import Event
from unusual.errors import UnusualError
from unusual.run.stream import Sighting
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home
from unusual.store.media import ClipLimits, ClipRecorder, keep_event_pictures
from unusual.store.names import new_id
from unusual.store.scorelog import ScoreLog

COMPLAIN_S = 60.0
EVERY_S = 1.0  # an event that goes on is brought up to date
MOST_LATER = 100  # writes that wait for room on the disk

Act = Callable[[], object]


class Storing:
    """Does what a full disk or a busy database may refuse: the watching goes on, and says so once a minute.

    noticed: is told of every refusal.
    """

    def __init__(self, noticed: Callable[[str], object], say: Callable[[str], object]) -> None:
        self._noticed, self._say = noticed, say
        self._complained = -math.inf
        self._later: deque[Act] = deque(maxlen=MOST_LATER)

    def __call__(self, act: Act) -> bool:
        """Do it; whether that was possible."""
        try:
            act()
        except UnusualError as error:
            self._noticed(str(error))
            if time.monotonic() - self._complained > COMPLAIN_S:
                self._complained = time.monotonic()
                self._say(str(error))
            return False
        return True

    def surely(self, act: Act) -> None:
        """Do it now, or as soon as that is possible."""
        if self._later or not self(act):
            self._later.append(act)

    def later(self, act: Act) -> None:
        """Do it with the next `catch_up` that is possible."""
        self._later.append(act)

    def catch_up(self) -> None:
        """Do what waits, in its order, as far as that is possible now."""
        while self._later and self(self._later[0]):
            self._later.popleft()


class Keeper:
    """Keeps what a camera's stream says: scores, and one event at a time with its clip, its pictures and its alarm.

    alarm: is told of an event when it becomes one; again, where that could not be stored.
    going_on: the event that is not over. events, alarms: how many there were.
    """

    def __init__(
        self,
        home: Home,
        level: AlarmLevel,
        storing: Storing,
        clips: ClipLimits,
        alarm: Callable[[StoredEvent], object],
    ) -> None:
        self.home, self.level, self.storing, self.alarm = home, level, storing, alarm
        self.store = EventStore.open(home)
        self.scores = ScoreLog(home, level.card.name)
        rate = Fraction(level.card.rate).limit_denominator(1001)
        self.recorder = ClipRecorder(home, self.store.attach, clips, rate)
        self.going_on: StoredEvent | None = None
        self.events = self.alarms = 0
        self._kept = self._alarmed = False  # that event is in the store; its alarm was raised
        self._kept_at = -math.inf

    def scored(self, time_s: float, score: float) -> None:
        """Keep a score for the timeline and the clip; NaN for a frame that was not scored."""
        self.recorder.score(time_s, score)
        if not math.isnan(score):
            self.storing(lambda: self.scores.add(time_s, score))

    def keep(self, event: Event) -> None:
        """Begin or change the stored event."""
        if self.going_on is None:
            self._begin(event)
        else:
            self._update(self.going_on.id, event, over=False)

    def end(self, sighting: Sighting) -> StoredEvent:
        """Close the event, which may be known no sooner, and keep its pictures."""
        event, shown = sighting.event, sighting.pictures
        event_id = self.going_on.id if self.going_on else self._begin(event)
        over = self._update(event_id, event, over=True)
        if not self._kept:
            self.storing.later(lambda: self._store(over, event.end_s))
        if over.alarm and not self._alarmed:
            self.storing.later(lambda: self.alarm(over))
        self.recorder.end(over.id, event.end_s)
        if shown is not None:
            folder = self.home.event(over.id)
            self.storing.surely(lambda: self.store.attach(over.id, keep_event_pictures(folder, shown)))
        self.going_on = None
        return over

    def close(self) -> None:
        """Finish what is open, and let go of the files."""
        self.storing(self.recorder.close)
        self.storing(self.scores.close)
        self.store.close()

    def _begin(self, event: Event) -> str:
        self._kept = self._alarmed = False
        self._kept_at = -math.inf
        self.events += 1
        began = self._update(new_id(), event, over=False)
        self.storing(lambda: self.recorder.begin(began.id, event.start_s, self.level.of(event.zone, event.start_s)))
        return began.id

    def _update(self, event_id: str, event: Event, *, over: bool) -> StoredEvent:
        """Bring the stored event up to date, at once where that matters; what could not be stored is tried again."""
        self.going_on = now = self._as_stored(event_id, event, over=over)
        news = over or (now.alarm and not self._alarmed)
        if not news and time.monotonic() - self._kept_at < EVERY_S:
            return now
        self._kept_at = time.monotonic()
        self._kept = self.storing(lambda: self._store(now, event.end_s))
        if now.alarm and not self._alarmed and self.storing(lambda: self.alarm(now)):
            self._alarmed = True
            self.alarms += 1
        return now

    def _as_stored(self, event_id: str, event: Event, *, over: bool) -> StoredEvent:
        return StoredEvent(
            id=event_id,
            camera=self.level.card.name,
            start_utc=event.start_s,
            end_utc=event.end_s if over else None,
            peak_utc=event.peak_s,
            score=event.peak_score,
            per_day=self.level.often(event.peak_score, event.peak_s),
            box=event.region,
            why=event.why,
            alarm=event.peak_score >= self.level.of(event.zone, event.peak_s),
            model=self.level.card.model_sha256,
            zone=event.zone,
        )

    def _store(self, event: StoredEvent, seen_utc: float) -> None:
        if self.store.get(event.id) is None:
            self.store.begin(event)
        self.store.change(event, seen_utc)
