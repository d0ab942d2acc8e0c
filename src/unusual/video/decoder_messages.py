"""What a decoding process is asked, a line of JSON each, and what it answers: messages of a fixed head and a body."""

import json
import math
import os
import select
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from struct import Struct
from time import monotonic
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from unusual.errors import VideoError

HEAD = Struct("<4sB?IIIdd")  # mark, kind, fresh, bytes of the body, height, width, time_s, utc
MARK = b"UNUS"
LARGEST = 3 * 50_000_000  # bytes of a body: what open_video lets through


@dataclass(frozen=True, slots=True)
class Request:
    """What to decode, and how.

    live:       utc is the wall clock's; otherwise start_utc + the seconds played so far.
    real_time:  sleep by the file's own time stamps. skip: frames that were handed over before.
    levels:     see `condition.levels`: low, width, bits of those that were learnt.
    patience_s: after which opening, or a frame, is given up; the process may be killed long before.
    """

    source: str = field(repr=False)  # may hold a password
    live: bool
    real_time: bool
    start_utc: float
    skip: int
    patience_s: float
    levels: tuple[int, int, int] | None = None

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Request":
        """The request that a line holds."""
        return cls(**json.loads(line))


class MessageKind(IntEnum):
    """FRAME: the body is a picture. ALIVE: about to open, or asleep on purpose. ENDED, FAILED: the body says why.

    DAMAGED: a picture came of which the decoder made up a part; it is left out. OPENED: the source answered soundly.
    """

    FRAME = 1
    ALIVE = 2
    ENDED = 3
    FAILED = 4
    DAMAGED = 5
    OPENED = 6


@dataclass(frozen=True, slots=True)
class Message:
    """What a decoding process says: to each request any number of other kinds, then ENDED or FAILED.

    fresh: the frame begins a session. time_s: in its session. body: (H, W, 3) uint8, or (N,) of a text in UTF-8.
    """

    kind: MessageKind
    body: NDArray[np.uint8]
    fresh: bool = False
    time_s: float = 0.0
    utc: float = 0.0

    @property
    def text(self) -> str:
        """The body in words."""
        return self.body.tobytes().decode(errors="replace")


ALIVE = Message(MessageKind.ALIVE, np.empty(0, np.uint8))
DAMAGED = Message(MessageKind.DAMAGED, np.empty(0, np.uint8))
OPENED = Message(MessageKind.OPENED, np.empty(0, np.uint8))


def write_message(pipe: BinaryIO, message: Message) -> None:
    """Write a message whole. Raises BrokenPipeError when nobody reads any more."""
    height, width = message.body.shape[:2] if message.body.ndim == 3 else (0, 0)
    fields = (message.body.nbytes, height, width, message.time_s, message.utc)
    pipe.write(HEAD.pack(MARK, message.kind, message.fresh, *fields))
    pipe.write(message.body.data)
    pipe.flush()


class MessageReader:
    """Reads messages from a pipe, never waiting longer than told; a message that came in part is kept for later."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._poll = select.poll()
        self._poll.register(pipe, select.POLLIN)
        self._head: Message | None = None  # of the message whose body is coming
        self._expect((HEAD.size,))

    def _expect(self, shape: tuple[int, ...]) -> None:
        self._part = np.empty(shape, np.uint8)
        self._view = self._part.data.cast("B") if self._part.size else memoryview(b"")

    def read(self, timeout_s: float) -> Message | None:
        """Return the next message; None when it is not whole within `timeout_s`.

        What has arrived is taken before the clock is looked at: a reader that was held up itself blames nobody.

        Raises:
            EOFError: the other end is closed.
            VideoError: what came is no message.
        """
        until = monotonic() + timeout_s
        while self._filled(until):
            if self._head is None:
                self._head = self._opened(self._part.tobytes())
                continue
            whole = self._head
            self._head = None
            self._expect((HEAD.size,))
            return whole
        return None

    def _filled(self, until: float) -> bool:
        while self._view:
            if not self._poll.poll(max(0, math.ceil(1000 * (until - monotonic())))):
                return False
            count = os.readv(self._pipe, [self._view])
            if count == 0:
                raise EOFError
            self._view = self._view[count:]
        return True

    def _opened(self, head: bytes) -> Message:
        """Return the message of a head; its body is still to be filled."""
        mark, kind, fresh, size, height, width, time_s, utc = HEAD.unpack(head)
        picture = kind == MessageKind.FRAME
        if mark != MARK or kind not in list(MessageKind) or size > LARGEST or (picture and size != 3 * height * width):
            raise VideoError("the decoder wrote something that is no message")
        self._expect((height, width, 3) if picture else (size,))
        return Message(MessageKind(kind), self._part, fresh, time_s, utc)
