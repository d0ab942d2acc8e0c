"""A camera, or a file played as one, watched from outside: whatever happens to it, the frames that come are right.

Each source is decoded in a process of its own and watched by a monotonic clock, as FFmpeg's own limits of time are
late or never come. A decoder that hangs is killed, one that crashes costs its own camera alone.
"""

import random
import threading
from collections import deque
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from time import monotonic, time
from typing import Self

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, VideoError
from unusual.video.decoder import Decoder
from unusual.video.decoder_messages import Kind, Message, Request
from unusual.video.source import Source

OPENING = 3  # a source may take this many times stall_s until its first frame: some cameras send a key frame in 10 s
SHARE = 0.01  # of an outage may be added to it by waiting
REQUESTS = 50  # after which a decoder is replaced, so that what FFmpeg loses at each try does not add up
CRASHES, WITHIN_S, REST_S = 5, 60.0, 300.0  # so many in so short a time: leave the camera alone for a while


class CameraState(StrEnum):
    """CONNECTING: at first only. STALLED: connected, but nothing comes, or nothing sound. OFFLINE: no connection.

    ENDED: a file did.
    """

    CONNECTING = "connecting"
    ONLINE = "online"
    STALLED = "stalled"
    OFFLINE = "offline"
    ENDED = "ended"


class Pace(StrEnum):
    """LIVE: a camera; the newest frames win. REALTIME: a file at its own speed, as if it were a camera.

    FAST: a file as fast as its frames are taken; nothing is dropped, reading waits.
    """

    LIVE = "live"
    REALTIME = "realtime"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """A frame of a camera.

    number:  0-based; counts every frame that arrived over the camera's life, also those that were dropped.
    session: rises with each connection, change of size, colour or rate, and jump of the time stamps: no score may mix
             two of them. after_drop: frames of any session were dropped between this one and the one taken before.
    time_s:  seconds in this session by the source's time stamps, strictly rising.
    utc:     UTC seconds: of a camera, the wall clock when the frame was decoded, which may be set back; of a file, the
             time at which it would be seen if the file was played at its own speed from the start of the capture.
    rgb:     (H, W, 3) uint8.
    """

    number: int
    session: int
    time_s: float
    utc: float
    after_drop: bool
    rgb: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the frames, exact at every moment: arrived = taken + dropped + waiting.

    One that came damaged is dropped: nobody sees it, and nothing is judged across it.
    A frame that was still in a decoder when it died never arrived.
    """

    arrived: int
    taken: int
    dropped: int
    waiting: int


class _Ending(Enum):
    """How a try to watch the source ended: it came to an end, could not be opened, or its decoder crashed or hung."""

    ENDED = auto()
    FAILED = auto()
    CRASHED = auto()
    HUNG = auto()


class Capture:
    """Frames of one source, through every failure of it. A context manager: leaving it ends the decoding process.

    A connection that ends is OFFLINE at once, one on which nothing comes is STALLED after stall_s. A camera is tried
    again for ever, waiting 1 % of the time that it has been away, but at least first_wait_s and at most longest_wait_s
    (that at once where it refuses the password; five minutes where the decoder crashed five times in one). A try that
    hangs without a frame is given up after 3 stall_s, and until then goes on when the camera does.

    A file that cannot be opened, or whose decoder crashed or hung five times in a minute, ends; after a crash it goes
    on with the frame that is missing.

    Args:
        source: what `open_video` opens, as text. Its password is shown nowhere.
        pace: see Pace. A camera's number or an address is needed for LIVE.
        stall_s: seconds without a frame after which it counts as stalled and is connected anew, > 0.
        first_wait_s, longest_wait_s: seconds between tries, 0 < first <= longest.
        held: frames that may wait to be taken, >= 1.
        seed: of the jitter of the waits, which keeps cameras of one building from coming back all at once.

    Raises:
        ConfigError: a value is out of range, or a file shall be played as LIVE.
    """

    def __init__(
        self,
        source: str,
        *,
        pace: Pace,
        stall_s: float = 5.0,
        first_wait_s: float = 1.0,
        longest_wait_s: float = 30.0,
        held: int = 16,
        seed: int | None = None,
    ) -> None:
        if not (stall_s > 0 and 0 < first_wait_s <= longest_wait_s and held >= 1):
            raise ConfigError(
                f"need stall_s > 0, 0 < first_wait_s <= longest_wait_s and held >= 1, "
                f"got {stall_s}, {first_wait_s}, {longest_wait_s} and {held}"
            )
        if pace is Pace.LIVE and not Source.of(source).is_camera:
            raise ConfigError(f"{source} is no camera: play a file at the pace {Pace.REALTIME} or {Pace.FAST}")
        self._source, self._pace, self._held = source, pace, held
        self._stall_s, self._first_wait_s, self._longest_wait_s = stall_s, first_wait_s, longest_wait_s
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._news = threading.Condition()  # guards all below that both threads see
        self._waiting: deque[tuple[int, int, Message]] = deque()  # number, session, frame
        self._arrived = self._taken = self._dropped = 0
        self._expected = 0  # number of the next frame if none is dropped
        self._state, self._reason = CameraState.CONNECTING, "connecting"
        self._over = False
        self._decoder: Decoder | None = None
        self._session = -1
        self._seen = monotonic()  # when the last frame came
        self._start_utc = time()
        self._crashes: deque[float] = deque(maxlen=CRASHES)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def next(self, timeout_s: float) -> CapturedFrame | None:
        """Return the oldest frame that waits. None: none came within `timeout_s`, or none ever will; see `state`."""
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._over, timeout_s)
            if not self._waiting:
                return None
            number, session, message = self._waiting.popleft()
            after_drop, self._expected = number != self._expected, number + 1
            self._taken += 1
            self._news.notify_all()
        return CapturedFrame(number, session, message.time_s, message.utc, after_drop, message.body)

    @property
    def state(self) -> CameraState:
        """How the source does. ENDED only when no frame waits any more."""
        with self._news:
            return CameraState.ENDED if self._over and not self._waiting else self._state

    @property
    def reason(self) -> str:
        """Why it is not ONLINE, or of a file that ended, what was wrong with it; one line, without secrets."""
        with self._news:
            return self._reason

    @property
    def counts(self) -> Counts:
        """What became of the frames."""
        with self._news:
            return Counts(self._arrived, self._taken, self._dropped, len(self._waiting))

    def close(self) -> None:
        """End the decoding process. Frames that wait can still be taken."""
        self._closing.set()
        self._end(self.reason)
        with self._news:
            if self._decoder:
                self._decoder.kill()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                wait_s = self._after(*self._try())
                if wait_s is None:
                    return
                self._closing.wait(wait_s)
        finally:
            self._drop_decoder()
            self._end(self.reason)

    def _after(self, ending: _Ending, words: str) -> float | None:
        """Say how a try ended; return the seconds until the next one, None when there is none."""
        live, broken = self._pace is Pace.LIVE, ending in (_Ending.CRASHED, _Ending.HUNG)
        if broken:
            self._drop_decoder()
        if ending is _Ending.CRASHED or (broken and not live):  # a camera may well hang, a file's decoder must not
            self._crashes.append(monotonic())
        looping = len(self._crashes) == CRASHES and monotonic() - self._crashes[0] < WITHIN_S
        if looping:
            words = f"{words}, {CRASHES} times within {WITHIN_S:g} s"
        if not live and (looping or not broken):
            self._end(words)
            return None
        self._say(CameraState.STALLED if ending is _Ending.HUNG else CameraState.OFFLINE, words)
        return REST_S if looping else self._wait_s(words)

    def _wait_s(self, words: str) -> float:
        longest_s, away_s = self._longest_wait_s, monotonic() - self._seen
        if "401 unauthorized" in words:  # cameras lock out who tries wrong passwords too often
            return longest_s
        return min(max(SHARE * away_s, self._first_wait_s), longest_s) * self._chance.uniform(0.75, 1)

    def _try(self) -> tuple[_Ending, str]:
        """Watch the source once, until it ends in one way or another."""
        try:
            decoder = self._fresh_decoder()
            if decoder is None:
                return _Ending.ENDED, ""
            live, real_time = self._pace is Pace.LIVE, self._pace is Pace.REALTIME
            skip, patience_s = (0 if live else self._arrived), 2 * OPENING * self._stall_s
            decoder.ask(Request(self._source, live, real_time, self._start_utc, skip, patience_s))
            return self._watch(decoder)
        except OSError as error:
            return _Ending.FAILED, f"no decoder can be started: {error.strerror}"
        except VideoError as error:
            return _Ending.CRASHED, str(error)

    def _fresh_decoder(self) -> Decoder | None:
        if self._decoder and self._decoder.requests >= REQUESTS:
            self._drop_decoder()
        with self._news:  # so that `close` finds it
            if self._decoder is None and not self._closing.is_set():
                self._decoder = Decoder()
            return self._decoder

    def _drop_decoder(self) -> None:
        with self._news:
            decoder, self._decoder = self._decoder, None
        if decoder:
            decoder.stop()

    def _watch(self, decoder: Decoder) -> tuple[_Ending, str]:
        heard = sound = monotonic()
        frames = 0
        while True:
            message = decoder.read(self._stall_s)
            if message is None:
                words = f"no picture for {self._stall_s:g} s"
                self._say(CameraState.STALLED, words)
                if frames or monotonic() - heard >= OPENING * self._stall_s:
                    return _Ending.HUNG, words
                continue
            heard = monotonic()
            if message.kind is Kind.FRAME:
                self._put(message)
                frames, sound = frames + 1, heard
            elif message.kind is Kind.DAMAGED:
                self._leave_out()
                if heard - sound >= self._stall_s:
                    self._say(CameraState.STALLED, f"nothing but damaged pictures for {self._stall_s:g} s")
            elif message.kind is not Kind.ALIVE:
                return _Ending.ENDED if message.kind is Kind.ENDED else _Ending.FAILED, message.text

    def _put(self, message: Message) -> None:
        self._session += message.fresh
        self._seen = monotonic()
        with self._news:
            if self._pace is Pace.FAST:
                self._news.wait_for(lambda: len(self._waiting) < self._held or self._over)
                if self._over:
                    return
            elif len(self._waiting) == self._held:  # all of them at once: what follows is whole for as long as can be
                self._dropped += self._held
                self._waiting.clear()
            self._waiting.append((self._arrived, self._session, message))
            self._arrived += 1
            self._state, self._reason = CameraState.ONLINE, ""
            self._news.notify_all()

    def _leave_out(self) -> None:
        with self._news:
            self._arrived += 1
            self._dropped += 1

    def _say(self, state: CameraState, reason: str) -> None:
        with self._news:
            self._state, self._reason = state, reason

    def _end(self, reason: str) -> None:
        """There will be no more frames; those that wait can be taken."""
        with self._news:
            self._over, self._reason = True, reason
            self._news.notify_all()
