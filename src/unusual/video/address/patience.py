"""How long a source is waited for: until it is opened, until its next picture, until it is tried again."""

import random
from collections import deque
from time import monotonic

from unusual.errors import ConfigError

OPENING = 3  # a source may take this many times stall_s until its first frame: some cameras send a key frame in 10 s
QUICK, TWICE = 0.5, 2  # times stall_s, and times the longest that it ever took: for opening what was opened before ...
SLOWER = 0.1  # ... and this share of an outage, as it may have become slower
SHARE = 0.01  # of an outage may be added to it by waiting
CRASHES, WITHIN_S, REST_S = 5, 60.0, 300.0  # so many in so short a time: leave the camera alone for a while


class Patience:
    """The waits of one source; see `Capture` for what they mean, and for the errors.

    A connection that turns to garbage hangs, and so does each new one until the garbage has ended. So one that is not
    opened in about the time that it took before is given up, and made anew.
    """

    def __init__(self, stall_s: float, first_wait_s: float, longest_wait_s: float, seed: int | None) -> None:
        if not 0 < first_wait_s <= longest_wait_s:
            raise ConfigError(f"need 0 < first_wait_s <= longest_wait_s, got {first_wait_s} and {longest_wait_s}")
        self.stall_s, self._first_wait_s, self._longest_wait_s = stall_s, first_wait_s, longest_wait_s
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._crashes: deque[float] = deque(maxlen=CRASHES)
        self._opened_s: float | None = None  # the longest that it took to open it

    def over(self, *, crashed: bool) -> bool:
        """Whether it crashed so often in so short a time that another try makes no sense for now."""
        self._crashes.extend([monotonic()] * crashed)
        return len(self._crashes) == CRASHES and monotonic() - self._crashes[0] < WITHIN_S

    def wait_s(self, words: str, away_s: float, hung_s: float = 0.0) -> float:
        """After a try that ended in these words, and was not the one too many. hung_s: that it was waited for."""
        if "401 unauthorized" in words:  # cameras lock out who tries wrong passwords too often
            return self._longest_wait_s
        wait_s = min(max(SHARE * away_s, self._first_wait_s), self._longest_wait_s) * self._chance.uniform(0.75, 1)
        return max(0.0, wait_s - hung_s)

    def opening_s(self, away_s: float) -> float:
        """How long a try may take until it is opened."""
        longest_s = OPENING * self.stall_s
        if self._opened_s is None:
            return longest_s
        return min(max(QUICK * self.stall_s, TWICE * self._opened_s, SLOWER * away_s), longest_s)

    def opened(self, after_s: float) -> None:
        """It was opened so long after it was asked for, and sent a picture."""
        self._opened_s = max(after_s, self._opened_s or 0.0)
