"""Captured frames on their way to be scored: timed by the wall clock, left out where not fit, steadied if they sway."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Frame
from unusual.video.capture import CapturedFrame
from unusual.video.condition.health import Health, PictureHealth
from unusual.video.condition.light import LightSwitch
from unusual.video.condition.sway import Steadier

DRIFT_S = 5.0  # by which stream time and the wall clock may part before the time is taken anew
PAUSE_S = 1.0  # without a frame, after which nothing is judged across


class Intake:
    """Takes one capture's frames. now: UTC of the newest; unfit: how many had a picture that is not fit.

    health: looks at the pictures; state: what is told of them.
    live: of a camera, whose times are compared with the wall clock. seen: is given every frame.
    changed: is told when the health of the picture is another.
    lights: of a camera that was learnt in several; what is seen while they change is left out.
    """

    def __init__(
        self,
        health: PictureHealth,
        *,
        live: bool,
        seen: Callable[[float, NDArray[np.uint8]], object],
        changed: Callable[[float, Health], object],
        lights: LightSwitch | None = None,
    ) -> None:
        self.health, self.live, self.seen, self.changed = health, live, seen, changed
        self.now, self.unfit = -np.inf, 0
        self.state = Health.OK  # as last told
        self._steadier, self._lights = Steadier(), lights
        self._base, self._session = 0.0, -1  # UTC of stream second 0
        self._sitting = 0  # sessions, and changes of the clock
        self._gap = self._left_out = False  # since the last frame that was handed on
        self._quiet = True

    def take(self, frame: CapturedFrame) -> list[Frame | None]:
        """The frame, if it is fit to be scored; None where what came before is to be judged without what comes."""
        self._quiet = False
        drift_s = abs(frame.utc - self._base - frame.time_s)
        if frame.session != self._session or (drift_s > DRIFT_S and self.live):
            self._base, self._session = frame.utc - frame.time_s, frame.session
            self._sitting += 1
        now = self._base + frame.time_s
        self._gap = self._gap or frame.after_gap or now - self.now > PAUSE_S
        self.now = now
        self.seen(now, frame.rgb)
        if not (self._is_lit(now, frame.rgb) and self._is_fit(now, frame.rgb)):
            first, self._left_out = not self._left_out, True
            self.unfit += 1
            return [None] if first else []
        after_gap = self._gap or self._left_out
        self._gap = self._left_out = False
        steadied = self._steadier.steady(now, frame.rgb)
        return [replace(frame, rgb=steadied, time_s=now, after_gap=after_gap, session=self._sitting)]

    def pass_by(self) -> list[Frame | None]:
        """A frame of a time in which the camera is switched off: nobody looks at it. None for the first."""
        first, self._left_out = not self._left_out, True
        self.unfit += 1
        return [None] if first else []

    def pause(self) -> list[Frame | None]:
        """The camera has gone quiet: a None, once."""
        quiet, self._quiet = self._quiet, True
        return [] if quiet else [None]

    def _is_lit(self, now: float, rgb: NDArray[np.uint8]) -> bool:
        """Whether it is in the light that is judged: after the first one of another light another model goes on."""
        if self._lights is None:
            return True
        before = self._lights.light
        return self._lights.add(now, rgb) and self._lights.light is before

    def _is_fit(self, now: float, rgb: NDArray[np.uint8]) -> bool:
        health = self.health.add(now, rgb)
        if health is Health.OK and self._steadier.swaying:
            health = Health.SWAYING
        if health is not self.state:
            self.state = health
            self.changed(now, health)
        return health.fit
