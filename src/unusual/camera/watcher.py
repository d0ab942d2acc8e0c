"""One watched camera: frames in, scores, events with their clips, health and the live picture out.

    Capture ─► PictureHealth ─► ClipRecorder ─► Stream ─► EventStore, media, alerts
                                                   └─► home/live/NAME.json and .jpg, home/scores/NAME

Health is no anomaly: while the lens is covered, dark, frozen or moved nothing is scored, and an event that began in the
first seconds of it is withheld until it is known which of the two it is. A model that was learnt anew is taken up while
the camera is watched.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from unusual.camera.live_view import HEALTH_WORDS, LiveView
from unusual.camera.sharpen import SHARPEN_S, sharpen
from unusual.domain import Event
from unusual.errors import UnusualError
from unusual.run.checkpoint import Checkpoint, load_checkpoint
from unusual.run.stream import LiveFrame, Sighting, Stream, Tally
from unusual.store.cameras import CameraCard, read_card, read_reference, watched_alone
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home
from unusual.store.live import Frames
from unusual.store.media import ClipLimits, ClipRecorder, keep_event_pictures
from unusual.store.names import new_id
from unusual.store.scorelog import ScoreLog
from unusual.store.settings import Setting
from unusual.video.capture import CameraState, Capture, Pace
from unusual.video.health import LOOK_S, Health, PictureHealth

COMPLAIN_S = 60.0
EVERY_S = 1.0  # live picture, figures, settings, an event that goes on
RECORDED_PER_DAY = 50.0  # events that ordinary footage gives so often are kept too: a slider can then show them
RECORDED_FROM = 2.0  # and whatever reaches this live score, at which recorded files have their events
DRIFT_S = 5.0  # by which stream time and the wall clock may part before the time is taken anew
PAUSE_S = 1.0  # without a frame, after which nothing is judged across
MOST_LATER = 100  # writes that wait for room on the disk
HELD_SPANS = 4  # units' worth of frames that may wait: between two drops there is always enough for a unit

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How one camera is watched. alarms_per_day: None for the fewest that its footage supports."""

    camera: str
    source: str
    pace: Pace = Pace.LIVE
    alarms_per_day: float | None = None
    clips: ClipLimits = ClipLimits()  # noqa: RUF009 - frozen


class CameraWatcher:
    """Watches one camera until it is told to stop, or its file ends. A `run.stream.Listener`.

    alarm: is told of each event that reaches the alarm threshold, when it does.
    say: is told in words what happens.
    """

    def __init__(
        self,
        home: Home,
        settings: WatchSettings,
        checkpoint: Checkpoint,
        card: CameraCard,
        *,
        alarm: Callable[[StoredEvent], object],
        say: Say,
    ) -> None:
        self.home, self.settings = home, settings
        self.alarm, self.say = alarm, say
        self.stopping = threading.Event()
        self.store = EventStore.open(home)
        self.scores = ScoreLog(home, settings.camera)
        self.recorder = ClipRecorder(
            home, self.store.attach, settings.clips, Fraction(card.rate).limit_denominator(1001)
        )
        self.view = LiveView(home, card, checkpoint.scale)
        self.events = self.alarms = 0
        self._tally = Tally()
        self._complained = self._tended = -math.inf
        self.health = PictureHealth(read_reference(home, settings.camera), still_s=card.still_s)
        self._take_model(checkpoint, card)
        self._new: tuple[Checkpoint, CameraCard] | None = None
        self._card_changed = self._card_time()
        self._stored: StoredEvent | None = None
        self._kept = self._alarmed = False  # that event is in the store; its alarm was raised
        self._kept_at = -math.inf
        self._later: deque[Callable[[], object]] = deque(maxlen=MOST_LATER)  # last words that could not be stored yet
        self._base, self._session, self._now = 0.0, -1, -math.inf  # UTC of stream second 0; of the newest frame
        self._sitting = self._unfit = 0  # sessions, and changes of the clock; frames whose picture was not fit
        self._healthy, self._state = Health.OK, ""  # as last logged
        self._sharpened = -math.inf  # UTC of the last look at the timeline

    def _take_model(self, checkpoint: Checkpoint, card: CameraCard) -> None:
        """Watch with this model from here on."""
        self.card, self.view.card, self.view.scale = card, card, checkpoint.scale
        self.wanted = card.alarm_scale.fewest_a_day
        self.alarm_at = card.alarm_scale.threshold(self.wanted).score
        self._often = lru_cache(maxsize=16)(card.alarm_scale.alarms_per_day)
        self._storing(self._take_settings)
        recorded = min(self.alarm_at, card.alarm_scale.threshold(RECORDED_PER_DAY).score, RECORDED_FROM)
        self.span = checkpoint.scorer.span
        checkpoint.scorer.at_once = 1  # told at once rather than some units later: a clip begins before its event
        self.stream = Stream(checkpoint, self, enter=recorded, leave=min(card.leave, recorded))
        self.stream.tally = self._tally  # frames are counted over all models

    def run(self) -> None:
        """Watch. Raises VideoError where the source cannot be one, OutputError where nothing can be stored."""
        camera, settings = self.settings.camera, self.settings
        try:
            with (
                watched_alone(self.home, camera),
                Capture(settings.source, pace=settings.pace, held=HELD_SPANS * self.span) as self.capture,
            ):
                if left := self.store.settle_interrupted(camera):
                    self.say(f"{camera}: {left} event{'s' * (left > 1)} ended when watching was cut off last time")
                self.stream.run(self._frames())
                while self._new is not None:
                    self._take_model(*self._new)
                    self._new = None
                    words = self.card.alarm_scale.threshold(self.wanted).words
                    self.say(f"{camera}: goes on with the model that was learnt {self.card.learnt_at}; {words}")
                    self.stream.run(self._frames())
                self._tend()
        finally:
            if self._state not in ("", "ended"):
                self._storing(lambda: self.store.health.add(camera, time.time(), "ended", "the watching was ended"))
            self._storing(self.recorder.close)
            self._storing(self.scores.close)
            self.store.close()

    @property
    def frames(self) -> Frames:
        """What became of the frames."""
        counts, tally = self.capture.counts, self.stream.tally
        return Frames(counts.arrived, tally.scored, counts.dropped, tally.gap + self._unfit)

    def _frames(self) -> Iterator[LiveFrame | None]:
        """What is fit to be scored, and None where the camera has gone quiet; to the end, or to a new model."""
        gap, unfit, quiet = False, False, True
        while not self.stopping.is_set() and self._new is None:
            frame = self.capture.next(0.25)
            if time.monotonic() - self._tended > EVERY_S:
                self._tend()
            if frame is None:
                if self.capture.state is CameraState.ENDED:
                    return
                if not quiet and self.capture.state is not CameraState.ONLINE:
                    quiet = True
                    yield None
                continue
            quiet = False
            drift_s = abs(frame.utc - self._base - frame.time_s)
            if frame.session != self._session or (drift_s > DRIFT_S and self.settings.pace is Pace.LIVE):
                self._base, self._session = frame.utc - frame.time_s, frame.session
                self._sitting += 1
            now = self._base + frame.time_s
            gap = gap or frame.after_drop or now - self._now > PAUSE_S
            self._now = now
            self.recorder.add(now, frame.rgb)
            self.view.show(now, frame.rgb, 3 * self.span + 8)
            if not self._is_fit(now, frame.rgb):
                if not unfit:
                    yield None  # what came before it is judged without it
                self._unfit, unfit = self._unfit + 1, True
                continue
            yield LiveFrame(now, frame.rgb, self._sitting, gap or unfit)
            gap = unfit = False

    def _is_fit(self, now: float, rgb: NDArray[np.uint8]) -> bool:
        """Whether a picture can be judged; a change of that is logged."""
        health = self.health.add(now, rgb)
        if health is not self._healthy:
            self._healthy = health
            words = HEALTH_WORDS[health] or "the picture is fit again"
            self._storing(lambda: self.store.health.add(self.settings.camera, now, health.value, words))
            self.say(f"{self.settings.camera}: {words}")
        return health is Health.OK

    # --- what the stream says

    def scored(self, time_s: float, score: float) -> None:
        """Keep it for the timeline, the clip and the live curve."""
        self.recorder.score(time_s, score)
        if not math.isnan(score):
            self._storing(lambda: self.scores.add(time_s, score))
            self.view.score(time_s, score)

    def going_on(self, event: Event) -> None:
        """Begin or change the stored event."""
        if self._stored is not None:
            self._keep(event, ended=False)
        elif not self.health.suspect and self._now >= event.start_s + LOOK_S + self.span / self.card.rate:
            self._begin(event)  # the picture has been looked at since, and was fit

    def over(self, sighting: Sighting) -> None:
        """Close the event and keep its pictures; one that was a matter of health was none."""
        event, shown = sighting.event, sighting.pictures
        if self._stored is None:
            if self.health.state is not Health.OK:
                return
            self._begin(event)
        over = self._keep(event, ended=True)
        if not self._kept:
            self._later.append(lambda: self._store(over, event.end_s))
        if over.alarm and not self._alarmed:
            self._later.append(lambda: self.alarm(over))
        self.recorder.end(over.id, event.end_s)
        if shown is not None:
            folder = self.home.event(over.id)
            self._surely(lambda: self.store.attach(over.id, keep_event_pictures(folder, shown)))
        length = event.end_s - event.start_s
        self.say(f"{self.settings.camera}: an event of {length:.1f} s, {self._words(over)}")
        self._stored = None

    def _begin(self, event: Event) -> None:
        self._stored = began = self._as_stored(new_id(), event, ended=False)
        self._kept = self._alarmed = False
        self._kept_at = -math.inf
        self.events += 1
        self._keep(event, ended=False)
        self._storing(lambda: self.recorder.begin(began.id, event.start_s, self.alarm_at))

    def _as_stored(self, event_id: str, event: Event, *, ended: bool) -> StoredEvent:
        return StoredEvent(
            id=event_id,
            camera=self.settings.camera,
            start_utc=event.start_s,
            end_utc=event.end_s if ended else None,
            peak_utc=event.peak_s,
            score=event.peak_score,
            per_day=self._often(event.peak_score),
            box=event.region,
            why=event.why,
            alarm=event.peak_score >= self.alarm_at,
            model=self.card.model_sha256,
        )

    def _keep(self, event: Event, *, ended: bool) -> StoredEvent:
        """Bring the stored event up to date, at once where that matters; what could not be stored is tried again."""
        assert self._stored is not None  # noqa: S101
        self._stored = now = self._as_stored(self._stored.id, event, ended=ended)
        news = ended or (now.alarm and not self._alarmed)
        if not news and time.monotonic() - self._kept_at < EVERY_S:
            return now
        self._kept_at = time.monotonic()
        self._kept = self._storing(lambda: self._store(now, event.end_s))
        if now.alarm and not self._alarmed and self._storing(lambda: self.alarm(now)):
            self._alarmed = True
            self.alarms += 1
        return now

    def _store(self, event: StoredEvent, seen_utc: float) -> None:
        if self.store.get(event.id) is None:
            self.store.begin(event)
        self.store.change(
            event.id,
            end_utc=event.end_utc,
            peak_utc=event.peak_utc,
            score=event.score,
            per_day=event.per_day,
            box=event.box,
            why=event.why,
            alarm=event.alarm,
            seen_utc=seen_utc,
        )

    def _words(self, event: StoredEvent) -> str:
        kind = "alarm" if event.alarm else "below the alarm threshold"
        often = f"ordinary footage reaches that {event.per_day:.2g} times a day"
        return f"score {event.score:.2f} ({kind}; {often})" + (f": {event.why}" if event.why else "")

    # --- once a second

    def _tend(self) -> None:
        """Settings, clips that are whole by now, the live picture, the state, a new model."""
        self._tended = time.monotonic()
        self._storing(self._take_settings)
        self._storing(self.recorder.check)
        if abs(self._now - self._sharpened) >= SHARPEN_S:  # a clock may be set back
            self._sharpened = self._now
            self._storing(lambda: sharpen(self.home, self.card, self.store, self._now))
        self._storing(self._look_for_model)
        while self._later and self._storing(self._later[0]):
            self._later.popleft()
        newest = self.stream.newest
        state, words = self.view.tend(self.frames, self.capture, self.health.state, newest, self.alarm_at, self._stored)
        state = "online" if state == "degraded" else state  # the picture's health has its own words
        if state != self._state:
            self._state = state
            self._storing(lambda: self.store.health.add(self.settings.camera, time.time(), state, words))
            self.say(f"{self.settings.camera}: {state}{f' ({words})' if words not in ('', state) else ''}")

    def _take_settings(self) -> None:
        """What a person has set in the meantime."""
        chosen = self.store.settings.get(self.settings.camera, Setting.ALARMS_PER_DAY)
        wanted = self.card.wanted(chosen, self.settings.alarms_per_day)
        if wanted != self.wanted:
            self.wanted, self.alarm_at = wanted, self.card.alarm_scale.threshold(wanted).score

    def _look_for_model(self) -> None:
        """See whether the camera was learnt anew, or its thresholds were sharpened."""
        changed = self._card_time()
        if changed in (0, self._card_changed):  # 0: it is just being replaced
            return
        self._card_changed = changed
        card = read_card(self.home, self.settings.camera)
        if card.model_sha256 != self.card.model_sha256:
            self._new = load_checkpoint(self.home.camera(self.settings.camera)), card
            self.health = PictureHealth(read_reference(self.home, card.name), still_s=card.still_s)
        elif card.alarm_scale != self.card.alarm_scale:
            self._new = self.stream.checkpoint, card

    def _card_time(self) -> int:
        with suppress(OSError):
            return self.home.card(self.settings.camera).stat().st_mtime_ns
        return 0

    def _surely(self, act: Callable[[], object]) -> None:
        """Do it now, or as soon as it can be stored."""
        if self._later or not self._storing(act):
            self._later.append(act)

    def _storing(self, act: Callable[[], object]) -> bool:
        """Do what a full disk or a busy database may refuse; the watching goes on, and says so once a minute."""
        try:
            act()
        except UnusualError as error:
            self.view.trouble = str(error)
            if time.monotonic() - self._complained > COMPLAIN_S:
                self._complained = time.monotonic()
                self.say(f"{self.settings.camera}: {error}")
            return False
        return True
