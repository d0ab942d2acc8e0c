"""Time stamps as a container keeps them -> the times at which frames are shown.

Three faults are mended, and counted: stamps in the order of decoding, stamps out of line, and stamps that are missing.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import TypeVar

JUMP_S = 1  # seconds; a clock that is set back by less hides no time worth a word
AHEAD_S = 10  # seconds; a step that nothing confirms is believed up to this
PAUSE_S = 1  # seconds without a frame after which nothing is judged across, ...
PAUSE_STEPS = 5  # ... of a source that usually sends its frames this much closer
LEAP = 3  # usual steps; a longer one is believed when the next stamps confirm it
LOOK = 2  # stamps that confirm
STEADY = 9  # steps whose median is the usual one
LATE = Fraction(1, 10)  # of a step, by which a frame may come before or after it was expected
UNTRUSTED = Fraction(1, 10)  # share of stamps that were set by us, from which the times are a guess

Item = TypeVar("Item")


class DisplayOrder:
    """The stamps of packets as they are fed to a decoder -> those of the frames that it shows.

    Some containers keep the order of decoding alone (H.264 in AVI, ASF and MXF; packed MPEG-4 in any): a frame then
    bears the stamp of another. As frames come out in the order of display, the first that is shown stands at the
    smallest stamp, and so on. It is noticed by a frame that overtakes one which was fed before it with a smaller stamp.

    mended: whether it was noticed.
    """

    def __init__(self) -> None:
        self._fed: list[tuple[Fraction, int]] = []  # a heap: stamp and number of packets whose frame is to come
        self._count = 0
        self.mended = False

    def feed(self, stamp: Fraction) -> None:
        """Take the stamp of a packet that will be shown."""
        self._count += 1
        heappush(self._fed, (stamp, self._count))

    def show(self, stamp: Fraction, held: int) -> Fraction:
        """Return the stamp of a frame that bears `stamp`. held: frames that the decoder holds back."""
        while self._fed and self._fed[0][0] < stamp and len(self._fed) > held + 1:
            heappop(self._fed)  # its packet gave no frame
        own = next((each for each in self._fed if each[0] == stamp), None)
        if own and self._fed[0][0] < stamp and self._fed[0][1] < own[1]:
            self.mended = True
        if self.mended and self._fed:
            return heappop(self._fed)[0]
        if own:
            self._fed.remove(own)
            heapify(self._fed)
        return stamp


class Clock:
    """Stamps in the order of display -> times since the first frame that rise strictly.

    A stamp out of line, back or far ahead, is an outlier until the next ones confirm it; it and a missing one are
    replaced by the previous time plus one frame, or less where the next stamp leaves less. Where the clock was set
    back, time goes on from there.

    Args:
        rate: frames per second by the container.
    """

    def __init__(self, rate: Fraction) -> None:
        self._rate, self._period = rate, 1 / rate
        self._punctual = (1 - LATE) * self._period, (1 + LATE) * self._period  # steps that were expected lie between
        self._start: Fraction | None = None
        self._frames = 0
        self._repaired = 0
        self._steady = 0  # frames that came when they were expected
        self._gaps = 0  # frames that would fill the longer steps
        self._pauses = Pauses(self._period)
        self.last = Fraction(0)

    def times(self, stamped: Iterable[tuple[Fraction | None, Item]]) -> Iterator[tuple[Fraction, bool, Item]]:
        """Yield the time of each item in seconds, and whether nobody knows how much time has passed before it.

        An item is held back only where its stamp is missing or out of line, until LOOK more have come.

        Args:
            stamped: seconds on the source's clock, None where missing, and what is to be timed.
        """
        source = iter(stamped)
        ahead: deque[tuple[Fraction | None, Item]] = deque()

        def later() -> list[Fraction | None]:
            while len(ahead) < LOOK and (more := next(source, None)) is not None:
                ahead.append(more)
            return [stamp for stamp, _ in ahead]

        while (first := ahead.popleft() if ahead else next(source, None)) is not None:
            stamp, item = first
            now, jumped = self._place(stamp, later)
            self._note(now)
            yield now, jumped, item

    def _place(self, stamp: Fraction | None, later: Callable[[], list[Fraction | None]]) -> tuple[Fraction, bool]:
        if stamp is None:
            self._repaired += 1
            expected = self._expected
            return (self._between(self._since(later()), expected) if self._start is not None else expected), False
        if self._start is None:
            self._start = stamp - self._expected
        now = stamp - self._start
        if not self._frames or 0 < now - self.last <= LEAP * self._pauses.usual:
            return now, False
        return self._judge(now, self._since(later()), self._expected)

    @property
    def _expected(self) -> Fraction:
        return self.last + self._period if self._frames else Fraction(0)

    def _since(self, stamps: list[Fraction | None]) -> list[Fraction | None]:
        return [None if stamp is None else stamp - (self._start or 0) for stamp in stamps]

    def _judge(self, now: Fraction, later: list[Fraction | None], expected: Fraction) -> tuple[Fraction, bool]:
        """The time of a frame whose stamp, `now`, is out of line, by those that come `later`."""
        known = [each for each in later if each is not None]
        alone = self._frames == 1  # so far: then the first stamp may be the outlier
        confirmed = all(each > now for each in known) and (bool(known) or now - self.last <= AHEAD_S)
        if now > self.last and confirmed and not (alone and now - self.last > AHEAD_S):
            return now, False
        self._repaired += 1
        if now > self.last and not confirmed:
            return self._between(later, expected), False
        if now <= self.last and (any(each > self.last for each in known) or not confirmed or not known):
            return self._between(later, expected), False
        jumped = self.last - now > JUMP_S
        self._start = (self._start or 0) + now - expected
        return expected, jumped

    def _between(self, later: list[Fraction | None], expected: Fraction) -> Fraction:
        """A time after the last, and before the next stamp that is in line."""
        for count, each in enumerate(later, start=2):
            if each is not None and each > self.last:
                return min(expected, self.last + (each - self.last) / count)
        return expected

    def _note(self, now: Fraction) -> None:
        if self._frames:
            step = now - self.last
            early, late = self._punctual
            punctual = early < step < late
            self._steady += punctual
            if not self._pauses.before(now) and not punctual:
                self._gaps += max(0, round(step * self._rate) - 1)
        else:
            self._steady += 1
            self._pauses.before(now)
        self._frames += 1
        self.last = now

    def gaps(self) -> int:
        """Frames that are missing between others; 0 where the rate varies, as longer steps mean nothing there."""
        return self._gaps if self._steady >= 0.9 * self._frames else 0

    def repairs(self) -> list[str]:
        """Say in a line, if any stamp was replaced, how many."""
        if not self._repaired:
            return []
        rate = f"{float(self._rate):g} frames per second"
        return [f"{self._repaired} of {self._frames} time stamps were missing or did not rise: set by {rate}"]

    @property
    def trusted(self) -> bool:
        """Whether the times are the source's, but for a few."""
        return self._repaired <= UNTRUSTED * self._frames


class Pauses:
    """Finds the frames before which time stood still: nothing may be judged across such a seam.

    usual: seconds between frames lately.

    Args:
        step: seconds between frames as the source says; None where it does not.
    """

    def __init__(self, step: Fraction | None) -> None:
        self._steps: deque[Fraction] = deque([] if step is None else [step], maxlen=STEADY)
        self.usual = Fraction(AHEAD_S, PAUSE_STEPS) if step is None else step
        self._last: Fraction | None = None
        self.count, self.longest = 0, Fraction(0)

    def before(self, time: Fraction) -> bool:
        """Whether there was a pause before the frame at `time`, in seconds."""
        last, self._last = self._last, time
        if last is None:
            return False
        step = time - last
        if step > PAUSE_S and step > PAUSE_STEPS * self.usual:
            self.count += 1
            self.longest = max(self.longest, step)
            return True
        gone = self._steps[0] if len(self._steps) == STEADY else None
        self._steps.append(step)
        if gone != step:  # else they are the same as before
            self.usual = sorted(self._steps)[len(self._steps) // 2]
        return False

    def words(self) -> list[str]:
        """Say in a line, if there was any, how many."""
        if not self.count:
            return []
        times = f"{self.count} time{'s' * (self.count > 1)}, for up to {float(self.longest):.1f} s"
        return [f"the recording pauses {times}: each side is judged by itself"]
