"""Footage as it is looked at before anything is learnt from it: what it is, what cannot be used, and what to expect."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.camera.looking import Looking, Stretch, Unfit
from unusual.domain import ReadReport
from unusual.errors import VideoError
from unusual.scores.pieces import label
from unusual.scores.wording import clock, duration
from unusual.scores.zones import Zone, ZoneKind, Zones
from unusual.video.condition.health import LASTING_S
from unusual.video.condition.light import Light
from unusual.video.images import RATE
from unusual.video.reader import open_video

EMPTY = 0.05  # share of time with movement below which footage is mostly empty
STIRS, LEAST_STIR_S = (
    0.95,
    120.0,
)  # share of the time in which a part of the picture stirs that always moves; of so long
MOST_STIRRING, MOST_PROPOSED = 0.5, 8  # share of the picture beyond which it is the camera, or a crowd; zones
FEWEST_MOVING_S = 120.0  # of movement, for a method to learn how things move here

WORDS = {
    Unfit.UNREAD: "cannot be read",
    Unfit.DARK: "is too dark",
    Unfit.COVERED: "shows a covered lens",
    Unfit.FROZEN: "stands still: the picture was frozen",
    Unfit.MOVED: "shows another place: the camera was moved",
    Unfit.SWITCHING: "changes between colours and infrared",
}


@dataclass(frozen=True, slots=True)
class Examination:
    """What footage is like.

    name, width, height, rate: of the source; rate in frames per second as found, 0 where a single frame tells none.
    read: how much could be read. duration_s: from the first frame to the end of the last.
    unfit: stretches that cannot be learnt from, in order, never overlapping. usable: the rest.
    moving: share in [0, 1] of the usable time in which something moves. brightness: mean grey level, 0 to 255.
    still_s: the longest time for which usable footage stood perfectly still; `PictureHealth` wants to know it.
    swaying_s: for how long the camera sways. stirring: (24, 32), see `Looking`.
    lights: of each light in which it shows anything, the usable stretches and (H, W, 3) uint8, the usual picture of the
    place that most of the footage shows in it; that of the longest light stands first.
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
    swaying_s: float
    stirring: NDArray[np.float64]
    lights: Mapping[Light, tuple[tuple[Stretch, ...], NDArray[np.uint8]]]

    @property
    def reference(self) -> NDArray[np.uint8]:
        """The usual picture."""
        return next(picture for _, picture in self.lights.values())

    def within(self, light: Light) -> "Examination":
        """What of it is in a light; nothing of that is usable where it never is."""
        usable, picture = self.lights.get(light, ((), self.reference))
        return replace(self, usable=usable, lights={light: (usable, picture)})

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
        looking = Looking()
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
        brightness=brightness, still_s=still_s, swaying_s=looking.swaying_s, stirring=looking.stirring,
        lights=_by_light(usable, looking),
    )  # fmt: skip


def always_moving(seen: Sequence[Examination]) -> Zones:
    """Where something moves all the time and is nobody, as leaves, water, a flag or a clock: zones to ignore.

    A person decides on them. Somebody stays in a place, or is away from it, for longer than two seconds now
    and then, even in a crowd; what never rests for so long is nobody.
    """
    usable_s = sum(each.usable_s for each in seen)
    if usable_s < LEAST_STIR_S:
        return ()
    share = sum((each.stirring * each.usable_s for each in seen), np.zeros(1)) / usable_s
    blobs, count = label(share >= STIRS, corners=True)
    if (blobs > 0).mean() > MOST_STIRRING:
        return ()
    sizes = np.bincount(blobs.ravel(), minlength=count + 1)[1:]
    return tuple(_around(blobs == 1 + number) for number in np.argsort(-sizes, kind="stable")[:MOST_PROPOSED].tolist())


def _around(parts: NDArray[np.bool_]) -> Zone:
    """A zone around parts of a picture, half a part wider than they are: objects there reach a little further."""
    rows, columns = np.nonzero(parts)
    ends = [
        (x + across, y + down)
        for x, y in zip(columns, rows, strict=True)
        for across in (-0.5, 1.5)
        for down in (-0.5, 1.5)
    ]
    hull = cv2.convexHull(np.array(ends, np.float32))[:, 0] / np.array(parts.shape[::-1], np.float32)
    return Zone(ZoneKind.IGNORE, tuple((round(float(x), 4), round(float(y), 4)) for x, y in hull.clip(0, 1)))


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


def _by_light(
    usable: Sequence[Stretch], looking: Looking
) -> dict[Light, tuple[tuple[Stretch, ...], NDArray[np.uint8]]]:
    """See `Examination.lights`."""
    pictures = looking.references()
    of: dict[Light, list[Stretch]] = {light: [] for light in pictures}
    for stretch in usable:
        of[looking.light_at(stretch.start_s)].append(stretch)
    longest = sorted(of, key=lambda light: -sum(stretch.last + 1 - stretch.first for stretch in of[light]))
    return {light: (tuple(of[light]), pictures[light]) for light in longest}


def _faults(seen: Examination) -> Iterator[str]:
    yield from seen.read.problems
    for stretch in seen.unfit:
        if stretch.reason is not None and stretch.reason is not Unfit.UNREAD:  # that is among the reader's problems
            yield f"{clock(stretch.start_s)} to {clock(stretch.end_s)} {WORDS[stretch.reason]}: left out"
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
            f"too little movement: {duration(moving_s)} of it, "
            f"better {duration(FEWEST_MOVING_S)} or more; ordinary ways of moving may look unusual"
        )
    if 0 < moving_s < EMPTY * usable_s:
        yield f"mostly empty: something moves in {moving_s / usable_s:.1%} of the time"
    if places := len(always_moving(usable)):
        yield (
            f"something never rests at {places} place{'s' * (places > 1)} of the picture, as leaves, water or a clock: "
            "the dashboard asks under Zones whether that is to be ignored"
        )
    if swaying_s := sum(each.swaying_s for each in usable):
        yield (
            f"the camera sways, for {duration(swaying_s)} in all: it is steadied, now and when it is watched; "
            "better fasten it"
        )
    if (still_s := max(each.still_s for each in usable)) > LASTING_S:
        yield (
            f"the picture stands perfectly still for up to {duration(still_s)}: "
            f"a frozen camera is noticed after {duration(2 * still_s)} only"
        )
