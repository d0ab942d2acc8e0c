"""What connections may cost: how long one may take to ask and to listen, how many there are, what is said of them."""

import logging
import math
import resource
from asyncio import BaseTransport, TimerHandle
from collections.abc import Callable
from time import monotonic

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0  # that a request's head may take, from the connection, or from its first byte, on
LISTEN_S = 30.0  # that nothing of an answer may be taken
MOST = 512  # connections at once; and at most half of the files that the system lets us open
SAY_S = 60.0  # between two lines of one kind


def most_connections() -> int:
    """How many connections are held at once: what is left is for the database, the media and the log."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(8, min(MOST, soft // 2))


class PatientProtocol(H11Protocol):
    """A connection that has time, but not for ever: uvicorn waits for a request, and for its reader, without end.

    Where there is one connection too many, the one goes that has waited longest without a request under way, or else
    that does not take its answer: whoever asks and listens is not kept out by those who do neither.
    """

    _timer: TimerHandle | None = None
    _waits_since = 0.0  # of the loop's clock: without a request under way
    _deaf = False  # it does not take what we send

    def connection_made(self, transport: BaseTransport) -> None:
        """Make room for it where there is none."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._wait(HEAD_S)
        if len(self.connections) > most_connections():
            others = [one for one in self.connections if isinstance(one, PatientProtocol) and one is not self]
            idle = [one for one in others if one.is_idle] or [one for one in others if one._deaf] or [self]
            min(idle, key=lambda one: one._waits_since).give_up()

    @property
    def is_idle(self) -> bool:
        """Whether no whole request has come since the last answer."""
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Give a request's head its time from its first byte on."""
        super().data_received(data)
        if self.is_idle and self._timer is None:
            self._wait(HEAD_S)
        elif not self.is_idle and not self._deaf:
            self._rest()

    def pause_writing(self) -> None:
        """Wait for who does not take what we send, for a while."""
        super().pause_writing()
        self._deaf = True
        self._wait(LISTEN_S)

    def resume_writing(self) -> None:
        """Something was taken."""
        super().resume_writing()
        self._deaf = False
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        super().connection_lost(exc)
        self._rest()

    def give_up(self) -> None:
        """End it, whatever is still to be sent."""
        self._rest()
        self.connections.discard(self)  # now, not when the loop comes to it: others are counted in between
        self.transport.abort()

    def _wait(self, seconds: float) -> None:
        self._rest()
        self._waits_since = self.loop.time()
        self._timer = self.loop.call_later(seconds, self.give_up)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Seldom(logging.Filter):
    """Lets a line of a kind, as it stands in the code, through once in a while, with how many were held back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[str, float] = {}  # when, by kind
        self._held: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say it."""
        error = record.exc_info[0] if record.exc_info else None
        kind = f"{record.msg!s:.60}{error and error.__name__}"
        if self._clock() - self._said.get(kind, -math.inf) < SAY_S:
            self._held[kind] = self._held.get(kind, 0) + 1
            return False
        if len(self._said) > MOST:  # kinds that are made up by whoever asks
            self._said.clear()
            self._held.clear()
        self._said[kind] = self._clock()
        if held := self._held.pop(kind, 0):
            record.msg, record.args = f"{record.getMessage()} (and {held} times more)", ()
        return True


def say_seldom() -> None:
    """Keep what a flood of connections makes the libraries say to a line a minute of each kind."""
    for name in ("asyncio", "uvicorn.error"):
        log = logging.getLogger(name)
        if not any(isinstance(one, Seldom) for one in log.filters):
            log.addFilter(Seldom())
