"""One watched camera: frames in, scores, events with their clips, health and the live picture out.

    Capture ─► Intake ─► Stream ─► Keeper: EventStore, media, timeline, alarms
                 └─► LiveView, clips     Housekeeping: settings, thresholds, a new model

Health is no anomaly: while the lens is covered, dark, frozen or moved nothing is scored, and an event that began in the
first seconds of it is withheld until it is known which of the two it is. A model that was learnt anew is taken up while
the camera is watched.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unusual.camera.alarm_level import AlarmLevel
from unusual.camera.condition.outages import Outages
from unusual.camera.housekeeping import Housekeeping, Model
from unusual.camera.intake import Intake
from unusual.camera.keeper import Keeper, Storing
from unusual.camera.live_view import LiveView, Watching
from unusual.domain import Event, Frame
from unusual.errors import ConfigError
from unusual.run.checkpoint import Checkpoint
from unusual.run.stream import Listener, Sighting, Stream, Tally
from unusual.scores.events import RunningEvents
from unusual.scores.hours import Lines, Mode, Week
from unusual.scores.judgement import Judgement
from unusual.scores.zones import Zone, ZoneMap, Zones, check_zones
from unusual.store.cameras import CameraCard, read_reference, watched_alone
from unusual.store.events import StoredEvent
from unusual.store.home import Home
from unusual.store.live import Frames
from unusual.store.media import ClipLimits
from unusual.video.capture import CameraState, Capture, Pace
from unusual.video.condition.health import LOOK_S, PictureHealth
from unusual.video.condition.levels import showing
from unusual.video.condition.light import Light, LightSwitch
from unusual.video.source import Source

JOIN_S = 1.0  # by which what is unusual may pause within one event
HELD_SPANS = 4  # units' worth of frames that may wait at least: between two drops there is always enough for a unit
HELD_S, HELD_BYTES = 2.0, 1 << 26  # else so long, in no more memory: who is followed is lost with what is dropped

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How one camera is watched. alarms_per_day: None for the fewest that its footage supports.

    zones, hours: None for those that a person has set in the dashboard, if any.
    """

    camera: str
    source: str
    pace: Pace = Pace.LIVE
    alarms_per_day: float | None = None
    clips: ClipLimits = ClipLimits()  # noqa: RUF009 - frozen
    zones: Zones | None = None
    hours: Lines | None = None

    @classmethod
    def of(
        cls,
        camera: str,
        source: str,
        pace: Pace | None = None,
        alarms_per_day: float | None = None,
        zones: Sequence[Zone] | None = None,
        hours: Sequence[str] | None = None,
    ) -> "WatchSettings":
        """Of a source: a camera is watched live, a file as fast as it was recorded, or fast where that is wanted.

        Raises ConfigError for a file that is to be live, for zones of one name, and for hours that are none.
        """
        is_camera = Source.of(source).is_camera
        if pace is Pace.LIVE and not is_camera:
            raise ConfigError(f"camera {camera}: pace live is for cameras, a file is played realtime or fast")
        pace = pace or (Pace.LIVE if is_camera else Pace.REALTIME)
        places = None if zones is None else check_zones(tuple(zones))
        lines = None if hours is None else tuple(hours)
        Week.of(lines or ())
        return cls(camera, source, pace, alarms_per_day, zones=places, hours=lines)


class CameraWatcher(Listener):
    """Watches one camera until it is told to stop, or its file ends.

    alarm: is told of each event that reaches the alarm threshold, when it does. outages: hears how the camera does.
    say: is told in words what happens. others: models of its other lights, which take turns with the first one.
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
        outages: Outages | None = None,
        others: Sequence[Model] = (),
    ) -> None:
        self.home, self.settings, self.stopping = home, settings, threading.Event()
        self.say: Say = lambda words: say(f"{settings.camera}: {words}")
        self.level = AlarmLevel(card, settings.alarms_per_day)
        self.view = LiveView(home, card)
        self.storing = Storing(self.view.notice, self.say)
        self.keeper = Keeper(home, self.level, self.storing, settings.clips, alarm)
        outages = outages or Outages(card.name, lambda _: True)
        self.housekeeping = Housekeeping(self.keeper, self.storing, self.view, outages, self.say)
        self.models = {model[1].light: model for model in ((checkpoint, card), *others)}
        self.intake = Intake(
            PictureHealth(read_reference(card.folder(home)), still_s=card.still_s),
            live=settings.pace is Pace.LIVE,
            seen=self._seen,
            changed=self.housekeeping.look,
            lights=LightSwitch(card.light, self._switched) if others else None,
        )
        self.tally = Tally()  # frames are counted over all models
        self._watch_with(checkpoint, card)

    def _watch_with(self, checkpoint: Checkpoint, card: CameraCard) -> None:
        """Watch with this model from here on."""
        self.level.zones = checkpoint.zone_map.zones
        self._heed(card)
        self.span = checkpoint.scorer.span
        checkpoint.scorer.at_once = 1  # told at once rather than some units later: a clip begins before its event
        events = RunningEvents(enter=self.level.leave, leave=self.level.leave, join_s=JOIN_S)
        self.stream = Stream(checkpoint, [self], events)
        self.stream.tally = self.tally
        self._set_levels()

    def _set_levels(self) -> None:
        """Let the stream find what counts now: another hour, zones that were drawn, a slider that was moved."""
        events, level = self.stream.events, self.level
        events.enter, events.leave = level.recorded(time.time()), level.leave
        self.stream.zone_map = level.zone_map

    def _heed(self, card: CameraCard) -> None:
        """Go on by this card's thresholds, and what a person has set."""
        self.level.take(card)
        self.storing(lambda: self.level.follow(self.keeper.store.settings))
        self.view.card = card

    def run(self) -> None:
        """Watch. Raises VideoError where the source cannot be one, OutputError where nothing can be stored."""
        camera, settings = self.settings.camera, self.settings
        try:
            with (
                watched_alone(self.home, camera),
                showing(self.stream.checkpoint.levels),
                Capture(settings.source, pace=settings.pace, held=held(self.span, self.level.card)) as self.capture,
            ):
                if left := self.keeper.store.settle_interrupted(camera):
                    self.say(f"{left} event{'s' * (left > 1)} ended when watching was cut off last time")
                self.stream.run(self._frames())
                while self.housekeeping.new is not None:
                    self._take_up(*self.housekeeping.new)
                    self.stream.run(self._frames())
                self._tend()
        finally:
            self.housekeeping.close()
            self.keeper.close()

    def _take_up(self, checkpoint: Checkpoint | None, card: CameraCard) -> None:
        """Go on with a card and its model; None for the present one, which goes on knowing who is there."""
        self.housekeeping.new = None
        if checkpoint is None:
            self._heed(card)
        else:  # the camera may look elsewhere now
            self.intake.health = PictureHealth(read_reference(card.folder(self.home)), still_s=card.still_s)
            self._watch_with(checkpoint, card)
        self.models[card.light] = self.stream.checkpoint, card
        self.say(f"goes on with the model that was learnt {card.learnt_at}; {self.level.words}")

    @property
    def frames(self) -> Frames:
        """What became of the frames."""
        counts = self.capture.counts
        return Frames(counts.arrived, self.tally.scored, counts.dropped, self.tally.gap + self.intake.unfit)

    def _frames(self) -> Iterator[Frame | None]:
        """What is fit to be scored, and None where the camera has gone quiet; to the end, or to a new model."""
        while not self.stopping.is_set() and self.housekeeping.new is None:
            frame = self.capture.next(0.25)
            if self.settings.pace is not Pace.FAST:  # frames of such a file wait for as long as it takes
                waiting = self.capture.counts.waiting
                self.stream.checkpoint.scorer.behind = waiting / held(self.span, self.level.card)
            if self.housekeeping.due:
                self._tend()
            if frame is not None and self.housekeeping.duty.mode is Mode.OFF:
                yield from self.intake.pass_by()
            elif frame is not None:
                yield from self.intake.take(frame)
            elif self.capture.state is CameraState.ENDED:
                return
            elif self.capture.state is not CameraState.ONLINE:
                yield from self.intake.pause()

    def _tend(self) -> None:
        capture, health = self.capture, self.intake.state
        watching = Watching(self.frames, capture.state, capture.reason, health, self.stream.newest)
        self.housekeeping.tend(self.intake.now, watching)
        if self.housekeeping.new is not None and self.housekeeping.new[0] is None:
            self._take_up(*self.housekeeping.new)
        self._set_levels()

    # --- what the intake says

    def _switched(self, light: Light) -> None:
        """Its other light's model goes on, with the zones that are in force."""
        checkpoint, card = self.models[light]
        self.housekeeping.new = replace(checkpoint, zone_map=ZoneMap(self.level.zones)), card

    def _seen(self, now: float, rgb: NDArray[np.uint8]) -> None:
        self.keeper.recorder.add(now, rgb)
        self.view.show(now, rgb, 3 * self.span + 8)

    # --- what the stream says

    def scored(self, frame: Frame, score: float, judgements: Sequence[Judgement]) -> None:
        """Keep it for the timeline, the clip and the live curve."""
        self.housekeeping.sees(frame.time_s)
        self.keeper.scored(frame.time_s, score)
        if not math.isnan(score):
            self.view.score(frame.time_s, score)

    def going_on(self, event: Event) -> None:
        """Keep it, once the picture has been looked at since it began, and was fit."""
        looked_s = event.start_s + LOOK_S + self.span / self.level.card.rate
        if self.keeper.going_on or not (self.intake.health.suspect or self.intake.now < looked_s):
            self.keeper.keep(event)

    def over(self, sighting: Sighting) -> None:
        """Close the event; one that was a matter of health was none."""
        if self.keeper.going_on or self.intake.state.fit:
            event, stored = sighting.event, self.keeper.end(sighting)
            self.say(f"an event of {event.end_s - event.start_s:.1f} s, {words_of(stored)}")


def held(span: int, card: CameraCard) -> int:
    """Frames of a camera that may wait for a method whose unit has so many."""
    room = HELD_BYTES // (3 * card.width * card.height)
    return max(HELD_SPANS * span, min(round(HELD_S * card.rate), room))


def words_of(event: StoredEvent) -> str:
    """An event's score, and what it means."""
    kind = "alarm" if event.alarm else "below the alarm threshold"
    often = f"ordinary footage reaches that {event.per_day:.2g} times a day"
    return f"score {event.score:.2f} ({kind}; {often})" + (f": {event.why}" if event.why else "")
