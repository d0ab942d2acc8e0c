"""A camera's state as people are told it: what comes and goes is told as that, not line by line."""

from collections import deque

CALM_S = 1800.0  # after which it is forgotten that a state came and went
HOLDS_S = (0.0, 30.0, 120.0, 300.0)  # that the end of a trouble must last, by how many ended lately
WELL = ("", "connecting", "online", "ok", "off")
FINAL = "ended"


class Steady:
    """Lets a trouble begin at once, and end the later, the more often one has ended lately.

    state: as it was last told, "" before the first.
    """

    def __init__(self) -> None:
        self.state = ""
        self._words = ""
        self._next, self._since_s = "", 0.0  # the state that may take its place, and since when it is there
        self._ends: deque[float] = deque(maxlen=len(HOLDS_S) - 1)

    def take(self, state: str, words: str, now_s: float) -> tuple[str, str]:
        """The state and its words as they are to be told, of those that there are at now_s seconds.

        >>> steady = Steady()
        >>> [steady.take(state, "", now_s)[0] for now_s, state in enumerate(["offline", "online", "offline", "online"])]
        ['offline', 'online', 'offline', 'offline']
        """
        if state != self.state and not self._is_due(state, now_s):
            return self.state, f"{self._words}; it comes and goes".removeprefix("; ")
        if state != self.state and self.state not in WELL:
            self._ends.append(now_s)
        self.state, self._words, self._next = state, words, ""
        return state, words

    def _is_due(self, state: str, now_s: float) -> bool:
        if self.state in WELL or state == FINAL:
            return True
        if state != self._next or now_s < self._since_s:
            self._next, self._since_s = state, now_s
        lately = sum(0 <= now_s - end_s < CALM_S for end_s in self._ends)
        return now_s - self._since_s >= HOLDS_S[lately]
