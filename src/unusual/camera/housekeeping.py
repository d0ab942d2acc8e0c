"""What is due about once a second while a camera is watched, and cannot be left to its frames."""

import math
import time
from collections.abc import Callable
from contextlib import suppress

from unusual.camera.condition.outages import Outages
from unusual.camera.condition.steady import Steady
from unusual.camera.keeper import Keeper, Storing
from unusual.camera.live_view import HEALTH_WORDS, LiveView, Watching
from unusual.camera.sharpen import SHARPEN_S, sharpen
from unusual.errors import CheckpointError, UnusualError
from unusual.run.checkpoint import MODEL, Checkpoint, load_checkpoint
from unusual.scores.hours import Mode, Week
from unusual.store.cameras import CameraCard, read_card
from unusual.store.home import CARD, Home
from unusual.store.rules.duty import Duties, Duty
from unusual.store.rules.zones import ZONES, read_zones
from unusual.video.condition.health import Health

EVERY_S = 1.0
Model = tuple[Checkpoint, CameraCard]
PUT_BACK = "Put the file back before the next start, or learn the camera again"


class Housekeeping:
    """Settings, clips that are whole by now, sharper thresholds, a new model, the live picture and state, outages.

    duty: what the camera is to do now. new: a card to go on with, and its model; None for the present one.
    """

    def __init__(
        self, keeper: Keeper, storing: Storing, view: LiveView, outages: Outages, say: Callable[[str], object]
    ) -> None:
        self.keeper, self.storing, self.view, self.outages, self.say = keeper, storing, view, outages, say
        self.new: tuple[Checkpoint | None, CameraCard] | None = None
        self._model_changed = self._changed(MODEL), self._changed(CARD)
        self._zones_changed = self._changed(ZONES)
        self._tended = -math.inf
        self._sharpened = -math.inf  # UTC of the last look at the timeline
        self._state = ""  # as last logged
        self._picture = Steady()
        self._refused = ""  # why a new model was not taken
        self.duty, self._duties = Duty(), Duties(keeper.home)

    @property
    def due(self) -> bool:
        """Whether it is time again."""
        return time.monotonic() - self._tended > EVERY_S

    def tend(self, now: float, watching: Watching) -> None:
        """Do all of it. now: UTC of the newest frame."""
        keeper, level = self.keeper, self.keeper.level
        self._tended = time.monotonic()
        self.storing(lambda: level.follow(keeper.store.settings))
        self.storing(self._look_for_zones)
        self.storing(self._look_at_the_clock)
        self.storing(keeper.recorder.check)
        if abs(now - self._sharpened) >= SHARPEN_S:  # a clock may be set back
            self._sharpened = now
            self.storing(lambda: sharpen(keeper.home, level.card, keeper.store, now))
        self._look_for_model()
        self.storing.catch_up()
        self.look(now, watching.health)
        self.view.outage = self.outages.told
        state, words = self.view.tend(watching, level.of("", time.time()), keeper.going_on)
        self.outages.take(self._picture.state if state == "degraded" else state, words)
        state = "online" if state == "degraded" else state  # the picture's health has its own words
        if state != self._state:
            self._log(state, words)
            self.say(f"{state}{f' ({words})' if words not in ('', state) else ''}")

    def look(self, now: float, health: Health) -> None:
        """Log the health of the picture where it is another. now: UTC of the newest frame."""
        before = self._picture.state or Health.OK.value
        again = "the camera stands still again" if before == Health.SWAYING else "the picture is fit again"
        state, words = self._picture.take(health.value, HEALTH_WORDS[health] or again, now)
        if state != before:
            name, log = self.keeper.level.card.name, self.keeper.store.health
            self.storing(lambda: log.add(name, now, state, words))
            self.say(words)

    def close(self) -> None:
        """Log the end."""
        if self._state not in ("", "ended"):
            self._log("ended", "the watching was ended")

    def _log(self, state: str, words: str) -> None:
        self._state = state
        name, health = self.keeper.level.card.name, self.keeper.store.health
        self.storing(lambda: health.add(name, time.time(), state, words))

    def _look_for_model(self) -> None:
        """See whether the camera was learnt anew, or its thresholds were sharpened."""
        changed = file, card_changed = self._changed(MODEL), self._changed(CARD)  # a new model brings its card
        if card_changed in (0, self._model_changed[1]):  # 0: it is just being replaced
            if card_changed and file != self._model_changed[0]:
                self._model_changed = changed
                self.say(f"{MODEL} has changed, and its card has not: what was loaded goes on. {PUT_BACK}")
            return
        home, present = self.keeper.home, self.keeper.level.card
        try:
            card = read_card(home, present.name, present.beside)
            if card.model_sha256 != present.model_sha256:
                self.new = load_model(home, card), card
            elif card.alarm_scale != present.alarm_scale:
                self.new = None, card
        except UnusualError as error:  # tried again at every turn, as it may only be half done; said once
            if self._refused != str(error):
                self._refused = str(error)
                self.say(f"the new model is not taken: {error}")
            return
        self._model_changed, self._refused = changed, ""

    def sees(self, now: float) -> None:
        """Log in which light a camera of several sees: thresholds of the one are no matter of scores in the other.

        now: UTC of a frame that was scored.
        """
        card = self.keeper.level.card
        if card.light is not None and card.light is not self.view.light:
            self.view.light, log = card.light, self.keeper.store.health
            self.storing.surely(lambda: log.add(card.name, now, str(card.light), f"it sees in {card.light}"))
            self.say(f"it sees in {card.light}")

    def _look_for_zones(self) -> None:
        """See whether a person has drawn zones. Raises DataError for a file that holds none: the old ones stay."""
        changed, level = self._changed(ZONES), self.keeper.level
        if changed != self._zones_changed:
            self._zones_changed = changed
            level.heed(read_zones(self.keeper.home.camera(level.card.name)).zones)
            self.say(f"{len(level.zones) or 'no'} zone{'s' * (len(level.zones) != 1)} from here on")

    def _look_at_the_clock(self) -> None:
        """See what the camera is to do now, and which zones are off. Raises DataError for hours that are none."""
        level, utc, zone, before = self.keeper.level, time.time(), self._duties.zone, self.duty
        off = {each.name for each in level.zones if Week.of(each.hours).at(utc, zone) is Mode.OFF}
        if off != level.zone_map.off:
            level.heed(level.zones, off)
        self.duty = self._duties.now(level.card.name, utc)
        words = self.duty.words(zone, utc)
        self.view.off = words if self.duty.mode is Mode.OFF else ""
        if (self.duty.mode, self.duty.by_hand) != (before.mode, before.by_hand):
            self.say(words)

    def _changed(self, file: str) -> int:
        """When a file of the present model, or its camera's zones, was written last, in nanoseconds; 0 for none."""
        card, home = self.keeper.level.card, self.keeper.home
        with suppress(OSError):
            return ((home.camera(card.name) if file == ZONES else card.folder(home)) / file).stat().st_mtime_ns
        return 0


def load_model(home: Home, card: CameraCard) -> Checkpoint:
    """Load the model that a card was made of: events name the model by the card, so it must be that one.

    Raises:
        CheckpointError: there is none, it is broken, or it is another file than the card's.
    """
    folder, zones = card.folder(home), read_zones(home.camera(card.name)).zones
    checkpoint = load_checkpoint(folder, onnx_sha256=card.exported.sha256 if card.exported else "", zones=zones)
    if checkpoint.sha256 != card.model_sha256:
        raise CheckpointError(
            f"the model in {folder} has changed: its SHA-256 is {checkpoint.sha256}, and its card was made of "
            f"{card.model_sha256}: put that file back, or learn the camera again"
        )
    return checkpoint
