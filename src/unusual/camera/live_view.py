"""What a watched camera looks like right now, for a person: home/live/NAME.json and NAME.jpg, about once a second.

Health is never mixed up with anomalies: `state` is the camera's and the machine's, `health` the picture's.
"""

import os
import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unusual.camera.condition.steady import Steady
from unusual.errors import OutputError
from unusual.files import write_fresh
from unusual.scores.judgement import Judgement
from unusual.store.cameras import CameraCard
from unusual.store.events import StoredEvent
from unusual.store.home import Home
from unusual.store.live import Frames, Live, Model, Outage, write_live
from unusual.video.capture import CameraState
from unusual.video.condition.health import Health
from unusual.video.condition.light import Light
from unusual.video.pictures import heat_over, jpeg, resize_to_fit

SIZE = (640, 480)  # pixels of the picture, at the most
RECENT_S = 120  # of the score curve
LATELY = 10  # seconds by which overload is judged
STARTING = 5  # seconds in which frames wait for what is still being loaded: they make no machine too slow
OVERLOADED, EASED_S = 0.05, 60.0  # share of the frames that were dropped lately; for how long it is told after that
SHOWN = 0.5  # share of the alarm threshold that a place must reach for the heat map to be shown
FASTER, NEARLY = 1.35, 1.2  # factors by which frames come faster or slower than was learnt: begins and ends
TROUBLE_S = 60.0  # that a problem of storage is shown for

HEALTH_WORDS = {
    Health.OK: "",
    Health.SWAYING: "the camera sways: its pictures are steadied",
    Health.DARK: "the picture is dark",
    Health.COVERED: "the lens seems to be covered",
    Health.FROZEN: "the picture is frozen",
    Health.MOVED: "the camera looks elsewhere than when it was learnt",
}


@dataclass(frozen=True, slots=True)
class Watching:
    """What a watcher is at. state, reason: of the capture; health: of the picture; newest: the last judgement."""

    frames: Frames
    state: CameraState
    reason: str
    health: Health
    newest: Judgement | None


@dataclass(slots=True)
class LiveView:
    """trouble: what could not be stored, shown for a minute. outage: that alerts have told of.

    light: that it was said to see in, of a camera of several.
    off: while the camera is switched off, in words, until when; "" while it is not. No picture is kept then.
    """

    home: Home
    card: CameraCard
    trouble: str = ""
    outage: Outage | None = None
    off: str = ""
    light: Light | None = None
    _steady: Steady = field(default_factory=Steady)
    _slow: tuple[float, str] = (0.0, "")  # until when the machine counts as too slow, and how slow it was
    _trouble_until: float = 0.0
    _recent: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=RECENT_S))
    _lately: deque[tuple[float, int, int, int]] = field(default_factory=lambda: deque(maxlen=LATELY))
    _looks: int = 0  # since frames came
    _newest_s: float = 0.0
    _faster: bool = False
    _held: deque[tuple[float, NDArray[np.uint8]]] = field(default_factory=deque)

    def show(self, time_s: float, rgb: NDArray[np.uint8], frames: int) -> None:
        """Take the newest picture, (H, W, 3) uint8; `frames` of them are held."""
        self._held.append((time_s, rgb))
        while len(self._held) > frames:
            self._held.popleft()

    def notice(self, trouble: str) -> None:
        """Something could not be stored."""
        self.trouble = trouble

    def score(self, time_s: float, score: float) -> None:
        """Note a frame's score; the curve keeps the highest of each second."""
        second = int(time_s)
        if self._recent and self._recent[-1][0] == second:
            score = max(score, self._recent.pop()[1])
        self._recent.append((second, score))
        self._newest_s = time_s

    def tend(self, watching: Watching, alarm_at: float, event: StoredEvent | None) -> tuple[str, str]:
        """Write both files; returns the state and a line of words. event: the one that goes on."""
        now = time.monotonic()
        frames, newest = watching.frames, watching.newest
        self._lately.append((now, frames.arrived, frames.dropped, frames.scored))
        state, words = self._steady.take(*self._state(watching, now), now)
        first, last = self._lately[0], self._lately[-1]
        passed = max(last[0] - first[0], 1e-3)
        told = Live(
            camera=self.card.name,
            utc=time.time(),
            state=state,
            words=words,
            health=watching.health.value,
            frames=frames,
            fps=round((last[3] - first[3]) / passed, 1),
            score=round(self._recent[-1][1], 3) if self._recent else None,
            threshold=round(alarm_at, 3),
            delay_s=round(max(0.0, time.time() - self._newest_s), 2) if self._newest_s else None,
            recent=tuple((second, round(score, 3)) for second, score in self._recent),
            event=event.id if event else None,
            model=Model(self.card.method, self.card.preset, self.card.learnt_at),
            outage=self.outage,
            light=self.light or "",
            pid=os.getpid(),
        )
        try:
            write_live(self.home, told)
            if self.off:
                self._held.clear()
                self.home.picture(self.card.name).unlink(missing_ok=True)
            elif (picture := self._picture_of(newest)) is not None:
                write_fresh(self.home.picture(self.card.name), jpeg(_glowing(picture, newest, alarm_at)))
        except (OutputError, OSError) as error:
            self.trouble = str(error)
        return state, words

    def _state(self, watching: Watching, now: float) -> tuple[str, str]:
        if self.trouble:
            self._trouble_until, shown = now + TROUBLE_S, self.trouble
            self.trouble = ""
            return "storage_full", shown
        if self.off:
            return "off", self.off
        if watching.state is not CameraState.ONLINE:
            return watching.state.value, watching.reason
        if now < self._trouble_until:
            return "storage_full", "the newest events may lack their clips"
        if not watching.health.fit:
            return "degraded", HEALTH_WORDS[watching.health]
        arrived, dropped = (self._lately[-1][n] - self._lately[0][n] for n in (1, 2))
        self._looks += arrived > 0
        if self._looks > STARTING + LATELY and dropped > OVERLOADED * max(arrived, 1):
            words = f"{dropped / max(arrived, 1):.0%} of the frames are left out: the machine is too slow"
            self._slow = now + EASED_S, words
        if now < self._slow[0]:
            return "overloaded", self._slow[1]
        return self._rate_state() if self._looks > STARTING else ("online", "")  # at first, frames come in a burst

    def _rate_state(self) -> tuple[str, str]:
        """Whether frames come as fast as those that were learnt: else all movement looks faster or slower."""
        steps = np.diff([time_s for time_s, _ in self._held])
        step_s = float(np.median(steps)) if len(steps) else 0.0
        factor = max(step_s * self.card.rate, 1 / (step_s * self.card.rate)) if step_s > 0 else 1.0
        self._faster = factor > (NEARLY if self._faster else FASTER)  # no coming and going at the edge
        if not self._faster:
            return "online", ""
        words = f"{1 / step_s:.3g} frames a second come, {self.card.rate:.3g} were learnt"
        return "other_rate", f"{words}: scores mislead; set the camera so, or learn it at this rate"

    def _picture_of(self, newest: Judgement | None) -> NDArray[np.uint8] | None:
        """The picture in the middle of a unit, as far as it is held: heat belongs where something was then."""
        if newest is None or not self._held:
            return self._held[-1][1] if self._held else None
        times_s = newest.errors.times_s
        middle = float(times_s[len(times_s) // 2])
        return min(self._held, key=lambda held: abs(held[0] - middle))[1]


def _glowing(rgb: NDArray[np.uint8], newest: Judgement | None, alarm_at: float) -> NDArray[np.uint8]:
    small = resize_to_fit(rgb, *SIZE)
    if newest is None:
        return small
    places = newest.heat(rgb.shape[1], rgb.shape[0])
    glow = np.clip(places / max(alarm_at, 1e-6), 0, 1).astype(np.float32)
    return heat_over(small, glow) if glow.max(initial=0.0) > SHOWN else small  # heat darkens what is ordinary
