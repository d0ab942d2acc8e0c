"""Footage as it is looked at before anything is learnt from it: what it is, what cannot be used, and what to expect."""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Frame, ReadReport
from unusual.errors import VideoError
from unusual.scores.wording import clock
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
    findings: what a person should know, one line each; empty where there is nothing to say.
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
    findings: tuple[str, ...]

    @property
    def usable_s(self) -> float:
        """Seconds that can be learnt from; 0 where it is a single picture."""
        return sum(each.last + 1 - each.first for each in self.usable) / self.rate if self.rate else 0.0


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
    plain = Examination(
        name=info.name, width=info.width, height=info.height, rate=1 / period_s if period_s else 0.0, read=read,
        duration_s=float(times[-1]) + period_s, unfit=tuple(unfit), usable=tuple(usable), moving=moving,
        brightness=brightness, still_s=still_s, reference=looking.reference(), findings=(),
    )  # fmt: skip
    return replace(plain, findings=tuple(_findings(plain)))


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


def _findings(seen: Examination) -> Iterator[str]:
    """One line each, the worst first."""
    yield from seen.read.problems
    for stretch in seen.unfit:
        if stretch.reason is not None and stretch.reason is not Unfit.UNREAD:  # that is among the reader's problems
            yield f"{clock(stretch.start_s)} to {clock(stretch.end_s)} {WORDS[stretch.reason]}: left out"
    usable_s = sum(stretch.end_s - stretch.start_s for stretch in seen.usable)
    if not seen.usable:
        yield "nothing of it can be used"
    elif seen.moving == 0:
        yield "nothing ever moves: a method learns the place alone, and anything that moves will be unusual"
    elif seen.moving * usable_s < FEWEST_MOVING_S:
        yield (
            f"too little movement: {seen.moving * usable_s:.0f} s of it, "
            f"better {FEWEST_MOVING_S:.0f} s or more; ordinary ways of moving may look unusual"
        )
    if seen.usable and 0 < seen.moving < EMPTY:
        yield f"mostly empty: something moves in {seen.moving:.1%} of the time"
    if seen.still_s > LASTING_S:
        yield (
            f"the picture stands perfectly still for up to {seen.still_s:.0f} s: "
            f"a frozen camera is noticed after {2 * seen.still_s:.0f} s only"
        )


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
    """The places that the footage shows, and who notices that the camera has left the present one."""

    def __init__(self) -> None:
        self.health = PictureHealth(still_s=np.inf)
        self._usual: list[NDArray[np.uint8]] = []  # their pictures
        self._recent: list[NDArray[np.uint8]] = []
        self._seen_s: list[tuple[float, int]] = []  # since when, which place

    def enter(self, rgb: NDArray[np.uint8], since_s: float) -> None:
        """The camera looks at the place of this picture, which may have been seen before."""
        place = self._number_of(rgb)
        self._seen_s.append((since_s, place))
        self._recent = []
        self.health = PictureHealth(self._usual[place], still_s=np.inf)

    def learn(self, rgb: NDArray[np.uint8], *, kept: bool) -> None:
        """Take a sound picture of the present place. kept: whether its usual picture is made of this one too."""
        if not self._usual:
            self.enter(rgb, 0.0)
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
        """Stretches that show another place than most of the footage, which ends at end_s, does."""
        main = self._main(end_s)
        return [(begin_s, after_s, Unfit.MOVED) for begin_s, after_s, place in self._visits(end_s) if place != main]

    def reference(self, end_s: float) -> NDArray[np.uint8] | None:
        """The usual picture of the place that is seen for longest, None where none could be made out."""
        return self._usual[self._main(end_s)] if self._usual else None

    def _visits(self, end_s: float) -> list[tuple[float, float, int]]:
        ends = pairwise([*self._seen_s, (end_s, 0)])
        return [(begin_s, after_s, place) for (begin_s, place), (after_s, _) in ends]

    def _main(self, end_s: float) -> int:
        longest = np.zeros(max(1, len(self._usual)))
        for begin_s, after_s, place in self._visits(end_s):
            longest[place] += after_s - begin_s
        return int(longest.argmax())

    def _number_of(self, rgb: NDArray[np.uint8]) -> int:
        view = View.of(rgb)
        known = [n for n, place in enumerate(self._usual) if judge(view, View.of(place)) is Health.OK]
        if known:
            return known[0]
        self._usual[MOST_PLACES - 1 :] = []
        self._usual.append(resize_to_fit(rgb, *REFERENCE_SIDE).copy())
        return len(self._usual) - 1


class _Looking:
    """What is gathered while the frames go by, each seen once."""

    def __init__(self) -> None:
        self.times = array("d")
        self.looks: list[tuple[float, float, float]] = []  # time, whether something moves, brightness
        self.unfit: list[tuple[float, float, Unfit]] = []
        self._places, self._stills = _Places(), _Stills()
        self._state = Health.OK
        self._began_s = 0.0
        self._parts: Grey | None = None

    def add(self, frame: Frame) -> None:
        """Take the next frame."""
        self._stills.add(frame)
        self.times.append(frame.time_s)
        self._note_state(frame)
        self._last = frame.rgb
        if not self.looks or frame.time_s - self.looks[-1][0] >= LOOK_S:
            self._look(frame)

    def _note_state(self, frame: Frame) -> None:
        health = self._places.health
        state = health.add(frame.time_s, frame.rgb)
        if state is self._state:
            return
        now_s = health.since_s
        self._end_state(now_s)
        if state is Health.MOVED:
            self._places.enter(frame.rgb, now_s)
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
            self._places.learn(frame.rgb, kept=len(self.looks) % round(REFERENCE_S / LOOK_S) == 1)

    def finish(self) -> NDArray[np.float64]:
        """Close what is open; return the times of all frames, (N,)."""
        self._stills.end()
        self._end_state(self.times[-1])
        self._places.settle()
        return np.array(self.times)

    def frozen(self) -> tuple[list[tuple[float, float, Unfit]], float]:
        """See `_Stills.frozen`."""
        return self._stills.frozen(self.unfit)

    def elsewhere(self) -> list[tuple[float, float, Unfit]]:
        """Stretches that show another place than most of the footage does."""
        return self._places.elsewhere(self.times[-1])

    def reference(self) -> NDArray[np.uint8]:
        """The usual picture of the place that is seen for longest; where none could be made out, the last picture."""
        usual = self._places.reference(self.times[-1])
        return self._last if usual is None else usual

    def figures(self, usable: Sequence[Stretch]) -> tuple[float, float]:
        """Share of looks with movement, and mean brightness, in these stretches; of all where there is none."""
        inside = [look for look in self.looks if any(s.start_s <= look[0] <= s.end_s for s in usable)]
        moving, brightness = np.array(inside or self.looks)[:, 1:].mean(0).tolist()
        return moving, brightness
