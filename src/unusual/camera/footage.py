"""Footage as it is looked at before anything is learnt from it: what it is, what cannot be used, and what to expect."""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Frame, ReadReport
from unusual.errors import VideoError
from unusual.video.health import LASTING_S, Grey, Health, PictureHealth, Stillness, View, judge, small_grey
from unusual.video.images import RATE
from unusual.video.pictures import resize_to_fit
from unusual.video.reader import open_video

LOOK_S = 0.5  # time between two looks at movement and brightness
REFERENCE_LOOKS = 21  # pictures whose median is the usual one of a place; odd
REFERENCE_S = 4.0  # time between two of them: somebody who stands for a minute is no part of the place
REFERENCE_SIDE = (640, 480)  # no larger, so that they take little memory
STILL_S, FROZEN_S = 1.0, 10.0  # a still stretch is noted from the first, and may be a frozen picture from the second
NOISY = 0.2  # share of pixels that change from frame to frame, from which standing still says that the camera failed
PARTS = (32, 24)  # of a picture, in which something may move
STEP, NOISE = 6.0, 6.0  # grey levels, and times the median of all parts: a larger change is movement
EMPTY = 0.05  # share of time with movement below which footage is mostly empty
MOST_PLACES = 32  # that are told apart: a camera that turns all the time shows ever new ones
FEWEST_MOVING_S = 120.0  # of movement, for a method to learn how things move here


class Unfit(StrEnum):
    """Why a stretch of footage cannot be learnt from. UNREAD: the file ends, is damaged, or changes its size there."""

    UNREAD = "unread"
    DARK = "dark"
    COVERED = "covered"
    FROZEN = "frozen"
    MOVED = "moved"


WORDS = {
    Unfit.UNREAD: "cannot be read",
    Unfit.DARK: "is too dark",
    Unfit.COVERED: "shows a covered lens",
    Unfit.FROZEN: "stands still: the picture was frozen",
    Unfit.MOVED: "shows another place: the camera was moved",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames first to last, both included, from start_s to end_s. reason: why they are unfit; None of usable ones."""

    start_s: float
    end_s: float
    first: int
    last: int
    reason: Unfit | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """What footage is like.

    name, width, height, rate: of the source; rate in frames per second as found, 0 where a single frame tells none.
    read: how much could be read. duration_s: from the first frame to the end of the last.
    unfit: stretches that cannot be learnt from, in order, never overlapping. usable: the rest.
    moving: share in [0, 1] of the usable time in which something moves. brightness: mean grey level, 0 to 255.
    still_s: the longest time for which usable footage stood perfectly still; `PictureHealth` wants to know it.
    reference: (H, W, 3) uint8, the usual picture of the place that most of the footage shows.
    """

    name: str
    width: int
    height: int
    rate: float
    read: ReadReport
    duration_s: float
    unfit: tuple[Stretch, ...]
    usable: tuple[Stretch, ...]
    moving: float
    brightness: float
    still_s: float
    reference: NDArray[np.uint8]

    @property
    def usable_s(self) -> float:
        """Seconds that can be learnt from; 0 where it is a single picture."""
        return sum(each.last + 1 - each.first for each in self.usable) / self.rate if self.rate else 0.0

    @property
    def faults(self) -> tuple[str, ...]:
        """What of it is damaged or left out, one line each, the worst first."""
        return tuple(_faults(self))

    @property
    def findings(self) -> tuple[str, ...]:
        """What a person should know of it where it is all that there is; empty where there is nothing to say."""
        return *self.faults, *prospects([self])


def examine(source: str | Path, *, rate: Fraction = RATE) -> Examination:
    """Read footage once, from end to end, and say what it is good for.

    Holds a few dozen pictures and a few numbers a frame. A camera that was moved shows two places: the one that is
    seen for longer is the usable one. A picture that stands still counts as frozen only where noise otherwise changes
    it all the time; in footage whose noise was compressed away it says nothing.

    Args:
        source, rate: as for `open_video`; of a live source, this does not end before it does.

    Raises:
        VideoError: not one frame can be read. What is wrong further on is told in `unfit` and `findings`.
    """
    with open_video(source, rate=rate) as video:
        looking = _Looking()
        with suppress(VideoError):  # the report says it too
            for frame in video:
                looking.add(frame)
        info, read = video.info, video.report
    times = looking.finish()
    period_s = float(np.median(np.diff(times))) if times.size > 1 else 0.0
    frozen, still_s = looking.frozen()
    unfit, usable = _cut(times, [*looking.unfit, *frozen, *looking.elsewhere()])
    if lost := max(0, (read.expected or 0) - read.decoded):
        begin_s = float(times[-1]) + period_s
        end_s = begin_s + (lost - 1) * period_s
        unfit.append(Stretch(begin_s, end_s, times.size, times.size + lost - 1, Unfit.UNREAD))
    moving, brightness = looking.figures(usable)
    return Examination(
        name=info.name, width=info.width, height=info.height, rate=1 / period_s if period_s else 0.0, read=read,
        duration_s=float(times[-1]) + period_s, unfit=tuple(unfit), usable=tuple(usable), moving=moving,
        brightness=brightness, still_s=still_s, reference=looking.reference(),
    )  # fmt: skip


def _cut(
    times: NDArray[np.float64], spans: Sequence[tuple[float, float, Unfit]]
) -> tuple[list[Stretch], list[Stretch]]:
    """Frames by what is wrong with them, and those with which nothing is. Where spans overlap the first counts."""
    reasons = list(Unfit)
    number = np.zeros(times.size, np.int8)  # 0 usable, else 1 + position in Unfit
    for begin_s, end_s, reason in reversed(spans):
        number[(times >= begin_s) & (times <= end_s)] = 1 + reasons.index(reason)
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), times.size]
    stretches = [
        Stretch(float(times[a]), float(times[b - 1]), a, b - 1, reasons[number[a] - 1] if number[a] else None)
        for a, b in pairwise(edges)
    ]
    return [s for s in stretches if s.reason is not None], [s for s in stretches if s.reason is None]


def _faults(seen: Examination) -> Iterator[str]:
    yield from seen.read.problems
    for stretch in seen.unfit:
        if stretch.reason is not None and stretch.reason is not Unfit.UNREAD:  # that is among the reader's problems
            yield f"{_clock(stretch.start_s)} to {_clock(stretch.end_s)} {WORDS[stretch.reason]}: left out"
    if not seen.usable:
        yield "nothing of it can be used"


def prospects(seen: Sequence[Examination]) -> Iterator[str]:
    """What can be expected of footage by all its files together, one line each: recorders write a file a minute."""
    usable = [each for each in seen if each.usable]
    if not usable:
        return
    moving_s, usable_s = sum(each.moving * each.usable_s for each in usable), sum(each.usable_s for each in usable)
    if not any(each.moving for each in usable):
        yield "nothing ever moves: a method learns the place alone, and anything that moves will be unusual"
    elif moving_s < FEWEST_MOVING_S:
        yield (
            f"too little movement: {moving_s:.0f} s of it, "
            f"better {FEWEST_MOVING_S:.0f} s or more; ordinary ways of moving may look unusual"
        )
    if 0 < moving_s < EMPTY * usable_s:
        yield f"mostly empty: something moves in {moving_s / usable_s:.1%} of the time"
    if (still_s := max(each.still_s for each in usable)) > LASTING_S:
        yield (
            f"the picture stands perfectly still for up to {still_s:.0f} s: "
            f"a frozen camera is noticed after {2 * still_s:.0f} s only"
        )


def _clock(time_s: float) -> str:
    """Hours, minutes and seconds: 1:02:03 or 2:03."""
    minutes, seconds = divmod(int(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class _Looking:
    """What is gathered while the frames go by, each seen once."""

    def __init__(self) -> None:
        self.times = array("d")
        self.looks: list[tuple[float, float, float]] = []  # time, whether something moves, brightness
        self.unfit: list[tuple[float, float, Unfit]] = []
        self.seen_s: list[tuple[float, int]] = []  # since when, which place
        self._places: list[NDArray[np.uint8]] = []  # their usual pictures
        self._recent: list[NDArray[np.uint8]] = []
        self._health = PictureHealth(still_s=np.inf)
        self._state = Health.OK
        self._began_s = 0.0
        self._parts: Grey | None = None
        self._stillness = Stillness()
        self._still_s = 0.0
        self._stills: list[tuple[float, float]] = []
        self._fresh, self._lively = 0.0, 0  # sum of shares of pixels that changed, over so many frames not at rest

    def add(self, frame: Frame) -> None:
        """Take the next frame."""
        self._note_stillness(frame)
        self.times.append(frame.time_s)
        self._note_state(frame)
        self._last = frame.rgb
        if not self.looks or frame.time_s - self.looks[-1][0] >= LOOK_S:
            self._look(frame)

    def _note_stillness(self, frame: Frame) -> None:
        still_s = self._stillness.add(frame.time_s, frame.rgb)
        if still_s < self._still_s:
            self._end_stillness()
        if still_s < STILL_S:
            self._fresh += self._stillness.fresh
            self._lively += 1
        self._still_s = still_s

    def _end_stillness(self) -> None:
        if self._still_s >= STILL_S:
            self._stills.append((self.times[-1] - self._still_s, self.times[-1]))

    def _note_state(self, frame: Frame) -> None:
        state = self._health.add(frame.time_s, frame.rgb)
        if state is self._state:
            return
        now_s = self._health.since_s
        self._end_state(now_s)
        if state is Health.MOVED:
            self._enter(self._place_of(frame.rgb), now_s)
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
        self.looks.append((frame.time_s, float(moves), float(grey.mean())))
        if self._state is Health.OK and judge(View.of(frame.rgb), None) is Health.OK:
            self._learn_place(frame)

    def _learn_place(self, frame: Frame) -> None:
        if not self._places:
            self._enter(self._place_of(frame.rgb), 0.0)
        if len(self.looks) % round(REFERENCE_S / LOOK_S) == 1:
            self._recent.append(resize_to_fit(frame.rgb, *REFERENCE_SIDE).copy())
        if len(self._recent) == REFERENCE_LOOKS:
            self._settle()

    def _settle(self) -> None:
        """Take the median of the recent pictures for the place's usual one, and go by it from here on."""
        if len(self._recent) > 2:
            place = self.seen_s[-1][1]
            self._places[place] = np.median(np.stack(self._recent), axis=0).astype(np.uint8)
            self._health.refer_to(self._places[place])
        self._recent = []

    def finish(self) -> NDArray[np.float64]:
        """Close what is open; return the times of all frames, (N,)."""
        self._end_stillness()
        self._end_state(self.times[-1])
        if self._places:
            self._settle()
        return np.array(self.times)

    def frozen(self) -> tuple[list[tuple[float, float, Unfit]], float]:
        """Stretches with a frozen picture, and how many seconds the longest still stretch of a sound one lasted."""
        stills = [
            (begin_s, end_s)
            for begin_s, end_s in self._stills
            if not any(begin_s < bad_end_s and bad_begin_s < end_s for bad_begin_s, bad_end_s, _ in self.unfit)
        ]
        noisy = self._fresh >= NOISY * self._lively  # noise changes the pixels of every frame but a frozen one
        long = [(*span, Unfit.FROZEN) for span in stills if noisy and span[1] - span[0] >= FROZEN_S]
        others = [end_s - begin_s for begin_s, end_s in stills if (begin_s, end_s, Unfit.FROZEN) not in long]
        return long, max(others, default=0.0)

    def elsewhere(self) -> list[tuple[float, float, Unfit]]:
        """Stretches that show another place than most of the footage does."""
        main = self._main_place()
        return [(begin_s, end_s, Unfit.MOVED) for begin_s, end_s, place in self._visits() if place != main]

    def _visits(self) -> list[tuple[float, float, int]]:
        ends = pairwise([*self.seen_s, (self.times[-1], 0)])
        return [(begin_s, end_s, place) for (begin_s, place), (end_s, _) in ends]

    def _main_place(self) -> int:
        longest = np.zeros(max(1, len(self._places)))
        for begin_s, end_s, place in self._visits():
            longest[place] += end_s - begin_s
        return int(longest.argmax())

    def reference(self) -> NDArray[np.uint8]:
        """The usual picture of the place that is seen for longest; where none could be made out, the last picture."""
        return self._places[self._main_place()] if self._places else self._last

    def figures(self, usable: Sequence[Stretch]) -> tuple[float, float]:
        """Share of looks with movement, and mean brightness, in these stretches; of all where there is none."""
        inside = [look for look in self.looks if any(s.start_s <= look[0] <= s.end_s for s in usable)]
        moving, brightness = np.array(inside or self.looks)[:, 1:].mean(0).tolist()
        return moving, brightness

    def _place_of(self, rgb: NDArray[np.uint8]) -> int:
        """The number of the place that a picture shows: one that was seen before, or a new one."""
        view = View.of(rgb)
        known = [n for n, place in enumerate(self._places) if judge(view, View.of(place)) is Health.OK]
        if known:
            return known[0]
        self._places[MOST_PLACES - 1 :] = []
        self._places.append(resize_to_fit(rgb, *REFERENCE_SIDE).copy())
        return len(self._places) - 1

    def _enter(self, place: int, since_s: float) -> None:
        self.seen_s.append((since_s, place))
        self._recent = []
        self._health = PictureHealth(self._places[place], still_s=np.inf)
