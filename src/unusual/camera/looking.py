"""Looking at footage frame by frame: where it is not fit, where it stands still, what moves, which places it shows."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Frame
from unusual.video.condition.health import Grey, Health, PictureHealth, Stillness, View, judge, small_grey
from unusual.video.condition.light import Light, LightSwitch
from unusual.video.condition.sway import Sways
from unusual.video.pictures import resize_to_fit

LOOK_S = 0.5  # time between two looks at movement and brightness
REFERENCE_LOOKS = 21  # pictures whose median is the usual one of a place; odd
REFERENCE_S = 4.0  # time between two of them: somebody who stands for a minute is no part of the place
REFERENCE_SIDE = (640, 480)  # no larger, so that they take little memory
STILL_S, FROZEN_S = 1.0, 10.0  # a still stretch is noted from the first, and may be a frozen picture from the second
NOISY = 0.2  # share of pixels that change from frame to frame, from which standing still says that the camera failed
PARTS = (32, 24)  # of a picture, in which something may move
STEP, NOISE = 6.0, 6.0  # grey levels, and times the median of all parts: a larger change is movement
STIR, STIR_LOOKS = 12.0, 4  # grey levels of a point, and looks: what never rests for two seconds stirs
MOST_PLACES = 32  # that are told apart: a camera that turns all the time shows ever new ones


class Unfit(StrEnum):
    """Why a stretch of footage cannot be learnt from.

    UNREAD: the file ends, is damaged, or changes its size there. SWITCHING: from colours to infrared, or back.
    """

    UNREAD = "unread"
    DARK = "dark"
    COVERED = "covered"
    FROZEN = "frozen"
    MOVED = "moved"
    SWITCHING = "switching"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames first to last, both included, from start_s to end_s. reason: why they are unfit; None of usable ones."""

    start_s: float
    end_s: float
    first: int
    last: int
    reason: Unfit | None = None


class _Stills:
    """Where the picture stands perfectly still."""

    def __init__(self) -> None:
        self._stillness = Stillness()
        self._spans: list[tuple[float, float]] = []
        self._newest_s = self._still_s = 0.0
        self._fresh, self._lively = 0.0, 0  # sum of shares of pixels that changed, over so many frames not at rest

    def add(self, frame: Frame) -> None:
        """Take the next frame."""
        still_s = self._stillness.add(frame.time_s, frame.rgb)
        if still_s < self._still_s:
            self.end()
        if still_s < STILL_S:
            self._fresh += self._stillness.fresh
            self._lively += 1
        self._newest_s, self._still_s = frame.time_s, still_s

    def end(self) -> None:
        """Close a stretch that is open."""
        if self._still_s >= STILL_S:
            self._spans.append((self._newest_s - self._still_s, self._newest_s))

    def frozen(self, unfit: Sequence[tuple[float, float, Unfit]]) -> tuple[list[tuple[float, float, Unfit]], float]:
        """Stretches with a frozen picture, and how many seconds the longest still stretch of a sound one lasted."""
        stills = [
            (begin_s, end_s)
            for begin_s, end_s in self._spans
            if not any(begin_s < bad_end_s and bad_begin_s < end_s for bad_begin_s, bad_end_s, _ in unfit)
        ]
        noisy = self._fresh >= NOISY * self._lively  # noise changes the pixels of every frame but a frozen one
        long = [(*span, Unfit.FROZEN) for span in stills if noisy and span[1] - span[0] >= FROZEN_S]
        others = [end_s - begin_s for begin_s, end_s in stills if (begin_s, end_s, Unfit.FROZEN) not in long]
        return long, max(others, default=0.0)


class _Places:
    """The places that the footage shows, each in a light, and who notices that the camera has left the present one."""

    def __init__(self) -> None:
        self.health = PictureHealth(still_s=np.inf)
        self._usual: list[NDArray[np.uint8]] = []  # their pictures
        self._lights: list[Light] = []  # in which they show them
        self._recent: list[NDArray[np.uint8]] = []
        self._seen_s: list[tuple[float, int]] = []  # since when, which place

    def enter(self, rgb: NDArray[np.uint8], since_s: float, light: Light) -> None:
        """The camera looks at the place of this picture, which may have been seen before in this light."""
        place = self._number_of(rgb, light)
        self._seen_s.append((since_s, place))
        self._recent = []
        self.health = PictureHealth(self._usual[place], still_s=np.inf)

    def learn(self, rgb: NDArray[np.uint8], light: Light, *, kept: bool) -> None:
        """Take a sound picture of the present place. kept: whether its usual picture is made of this one too."""
        if not self._usual:
            self.enter(rgb, 0.0, light)
        if kept:
            self._recent.append(resize_to_fit(rgb, *REFERENCE_SIDE).copy())
        if len(self._recent) == REFERENCE_LOOKS:
            self.settle()

    def settle(self) -> None:
        """Take the median of the recent pictures for the place's usual one, and go by it from here on."""
        if len(self._recent) > 2:
            place = self._seen_s[-1][1]
            self._usual[place] = np.median(np.stack(self._recent), axis=0).astype(np.uint8)
            self.health.refer_to(self._usual[place])
        self._recent = []

    def elsewhere(self, end_s: float) -> list[tuple[float, float, Unfit]]:
        """Stretches that show another place than most of the footage in that light, which ends at end_s, does."""
        main = {self._main(end_s, light) for light in self._lights}
        return [(begin_s, after_s, Unfit.MOVED) for begin_s, after_s, place in self._visits(end_s) if place not in main]

    def references(self, end_s: float) -> dict[Light, NDArray[np.uint8]]:
        """Of each light the usual picture of the place that is seen for longest in it."""
        return {light: self._usual[self._main(end_s, light)] for light in dict.fromkeys(self._lights)}

    def light_at(self, time_s: float) -> Light | None:
        """Which light there was; None where no picture was sound until then."""
        seen = [self._lights[place] for since_s, place in self._seen_s if since_s <= time_s]
        return seen[-1] if seen else None

    def _visits(self, end_s: float) -> list[tuple[float, float, int]]:
        ends = pairwise([*self._seen_s, (end_s, 0)])
        return [(begin_s, after_s, place) for (begin_s, place), (after_s, _) in ends]

    def _main(self, end_s: float, light: Light) -> int:
        longest = np.where([each is light for each in self._lights], 0.0, -1.0)
        for begin_s, after_s, place in self._visits(end_s):
            longest[place] += after_s - begin_s if self._lights[place] is light else 0.0
        return int(longest.argmax())

    def _number_of(self, rgb: NDArray[np.uint8], light: Light) -> int:
        view = View.of(rgb)
        alike = [n for n, each in enumerate(self._lights) if each is light]
        known = [n for n in alike if judge(view, View.of(self._usual[n])) is Health.OK]
        if known:
            return known[0]
        self._usual[MOST_PLACES - 1 :] = []
        self._lights[MOST_PLACES - 1 :] = []
        self._usual.append(resize_to_fit(rgb, *REFERENCE_SIDE).copy())
        self._lights.append(light)
        return len(self._usual) - 1


class _Stirs:
    """Where something moves again and again: what people leave alone for a while is not among it.

    times: (24, 32) in how many of `count` times of STIR_LOOKS looks each part of the picture has moved.
    """

    def __init__(self) -> None:
        self.times, self.count = np.zeros(PARTS[::-1]), 0
        self._last: Grey | None = None
        self._looks, self._moved = 0, np.zeros(PARTS[::-1], np.bool_)

    def add(self, grey: Grey, *, fit: bool) -> None:
        """Take the next look, as `small_grey` sees it: a clock's digit is a point of it, and no more."""
        if self._last is not None and fit:
            change = cv2.absdiff(grey, self._last)
            columns, rows = PARTS
            parts = change.reshape(rows, change.shape[0] // rows, columns, change.shape[1] // columns).max((1, 3))
            self._moved |= parts > STIR + NOISE * np.median(parts)
            self._looks += 1
        self._last = grey
        if self._looks == STIR_LOOKS:
            self.times, self.count = self.times + self._moved, self.count + 1
            self._looks, self._moved = 0, np.zeros_like(self._moved)


class Looking:
    """What is gathered while the frames go by, each seen once."""

    def __init__(self) -> None:
        self.times = array("d")
        self.looks: list[tuple[float, float, float]] = []  # time, whether something moves, brightness
        self.unfit: list[tuple[float, float, Unfit]] = []
        self._places, self._stills, self._sways = _Places(), _Stills(), Sways()
        self._light = LightSwitch()
        self._switching_s: float | None = None  # since when it is another light than the present one
        self._state = Health.OK
        self._began_s = 0.0
        self._parts: Grey | None = None
        self._stirs = _Stirs()

    def add(self, frame: Frame) -> None:
        """Take the next frame."""
        self._stills.add(frame)
        self._sways.add(frame.time_s, frame.rgb)
        self.times.append(frame.time_s)
        self._last = frame.rgb
        if not self._is_lit(frame):
            return
        self._note_state(frame)
        if not self.looks or frame.time_s - self.looks[-1][0] >= LOOK_S:
            self._look(frame)

    def _is_lit(self, frame: Frame) -> bool:
        """Whether the light is the present one; where it has become another, the place is another picture."""
        before = self._light.light
        if not self._light.add(frame.time_s, frame.rgb):
            self._switching_s = frame.time_s if self._switching_s is None else self._switching_s
            return False
        if self._switching_s is not None:
            self.unfit.append((self._switching_s, frame.time_s, Unfit.SWITCHING))
            self._switching_s = None
        if before not in (None, self._light.light):
            self._end_state(frame.time_s)
            self._state = Health.OK
            self._places.settle()
            self._enter(frame, frame.time_s)
        return True

    def _enter(self, frame: Frame, since_s: float) -> None:
        if self._light.light is not None:
            self._places.enter(frame.rgb, since_s, self._light.light)

    def _note_state(self, frame: Frame) -> None:
        health = self._places.health
        state = health.add(frame.time_s, frame.rgb)
        if state is self._state:
            return
        now_s = health.since_s
        self._end_state(now_s)
        if state is Health.MOVED:
            self._enter(frame, now_s)
            state = Health.OK
        self._state, self._began_s = state, now_s

    def _end_state(self, end_s: float) -> None:
        if self._state is not Health.OK:
            self.unfit.append((self._began_s, end_s, Unfit(self._state)))

    def _look(self, frame: Frame) -> None:
        grey = small_grey(frame.rgb)
        parts = np.asarray(cv2.resize(grey, PARTS, interpolation=cv2.INTER_AREA), np.float32)
        change = np.zeros(1, np.float32) if self._parts is None else parts - self._parts
        change = np.abs(change - np.median(change))  # a change of the light is no movement
        moves = bool(change.max() > STEP + NOISE * np.median(change))
        self._parts = parts
        self._stirs.add(grey, fit=self._state is Health.OK)
        self.looks.append((frame.time_s, float(moves), float(grey.mean())))
        if self._state is Health.OK and self._light.light and judge(View.of(frame.rgb), None) is Health.OK:
            self._places.learn(frame.rgb, self._light.light, kept=len(self.looks) % round(REFERENCE_S / LOOK_S) == 1)

    def finish(self) -> NDArray[np.float64]:
        """Close what is open; return the times of all frames, (N,)."""
        self._stills.end()
        self._end_state(self.times[-1])
        if self._switching_s is not None:
            self.unfit.append((self._switching_s, self.times[-1], Unfit.SWITCHING))
        self._places.settle()
        return np.array(self.times)

    def frozen(self) -> tuple[list[tuple[float, float, Unfit]], float]:
        """See `_Stills.frozen`."""
        return self._stills.frozen(self.unfit)

    @property
    def stirring(self) -> NDArray[np.float64]:
        """(24, 32) in which share of the times of STIR_LOOKS looks each part of the picture has moved."""
        return self._stirs.times / max(1, self._stirs.count)

    @property
    def swaying_s(self) -> float:
        """For how long the camera sways."""
        return self._sways.seconds

    def elsewhere(self) -> list[tuple[float, float, Unfit]]:
        """Stretches that show another place than most of the footage in the same light does."""
        return self._places.elsewhere(self.times[-1])

    def light_at(self, time_s: float) -> Light:
        """Which light there was."""
        return self._places.light_at(time_s) or next(iter(self.references()))

    def references(self) -> dict[Light, NDArray[np.uint8]]:
        """Of each light the usual picture; where none could be made out, the last picture."""
        return self._places.references(self.times[-1]) or {self._light.light or Light.COLOUR: self._last}

    def figures(self, usable: Sequence[Stretch]) -> tuple[float, float]:
        """Share of looks with movement, and mean brightness, in these stretches; of all where there is none."""
        inside = [look for look in self.looks if any(s.start_s <= look[0] <= s.end_s for s in usable)]
        moving, brightness = np.array(inside or self.looks)[:, 1:].mean(0).tolist()
        return moving, brightness
