"""A camera that is blind, or whose pictures nobody can judge or keep: told once it has lasted, and when it is over."""

import time
from collections.abc import Callable

from unusual.store.live import Outage

BLIND = ("offline", "stalled", "overloaded", "storage_full", "dark", "covered", "frozen", "moved", "unwatched")
UNKNOWN = ("connecting", "ended", "off")  # neither blind nor well
BLIND_S = 60.0  # that a trouble has lasted when it is told, where nobody says otherwise


class Outages:
    """Tells each outage of a camera once, and its end; a state of another kind in its midst is told as well.

    tell: returns whether somebody was told; else it is tried again. told: the outage that was told and is not over.
    """

    def __init__(
        self, camera: str, tell: Callable[[Outage], bool], after_s: float = BLIND_S, told: Outage | None = None
    ) -> None:
        self.camera, self.told = camera, told
        self._tell, self._after_s = tell, after_s
        self._state = "" if told is None else told.state
        self._began_s = time.monotonic()
        self._since_utc = time.time() if told is None else told.since_utc

    def take(self, state: str, words: str, *, at_once: bool = False) -> None:
        """How the camera does now. at_once: it will not get better by itself."""
        if state in UNKNOWN:
            return
        state = ("offline" if state == "stalled" else state) if state in BLIND else ""
        if state != self._state:
            self._state, self._began_s, self._since_utc = state, time.monotonic(), time.time()
        if not state:
            if self.told and self._tell(self.told.ended(time.time())):
                self.told = None
        elif self.told is None or self.told.state != state:
            outage = Outage(self.camera, state, words, self._since_utc)
            lasted = at_once or time.monotonic() - self._began_s >= self._after_s
            self.told = outage if lasted and self._tell(outage) else self.told
