"""A camera, or a file played as one, watched from outside: whatever happens to it, the frames that come are right.

Each source is decoded in a process of its own and watched by a monotonic clock, as FFmpeg's own limits of time are
late or never come. A decoder that hangs is killed, one that crashes costs its own camera alone.
"""

import threading
from collections import deque
from dataclasses import astuple, dataclass, replace
from enum import Enum, StrEnum, auto
from time import monotonic, time
from typing import Self

from unusual.domain import Frame
from unusual.errors import ConfigError, VideoError
from unusual.video.address.patience import CRASHES, OPENING, REST_S, WITHIN_S, Patience
from unusual.video.condition.levels import SHOWN
from unusual.video.decoder import Decoder
from unusual.video.decoder_messages import Message, MessageKind, Request
from unusual.video.source import Source

REQUESTS = 50  # after which a decoder is replaced, so that what FFmpeg loses at each try does not add up


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedFrame(Frame):
    """A frame of a camera, and when it came.

    index:   counts every frame that arrived over the camera's life, also those that were dropped.
    session: rises with each connection, change of size, colour or rate, and jump of the time stamps.
    time_s:  seconds in this session by the source's time stamps.
    after_gap: frames of any session were dropped between this one and the one taken before.
    utc:     UTC seconds: of a camera, the wall clock when the frame was decoded, which may be set back; of a file, the
             time at which it would be seen if the file was played at its own speed from the start of the capture.
    """

    utc: float


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


class _Waiting:
    """Frames between the thread that decodes and the one that takes them, and how their source does. Thread-safe.

    drops: whether frames that nobody takes make room for new ones; else who puts them waits.
    """

    def __init__(self, held: int, *, drops: bool) -> None:
        self.state, self.reason, self.over = CameraState.CONNECTING, "connecting", False
        self.news = threading.Condition()  # guards everything here
        self.arrived = self._taken = self._dropped = 0
        self._expected = 0  # index of the next frame if none is dropped
        self._held, self._drops = held, drops
        self._frames: deque[CapturedFrame] = deque()

    def take(self, timeout_s: float) -> CapturedFrame | None:
        """See `Capture.next`."""
        with self.news:
            self.news.wait_for(lambda: self._frames or self.over, timeout_s)
            if not self._frames:
                return None
            frame = self._frames.popleft()
            after_drop, self._expected = frame.index != self._expected, frame.index + 1
            self._taken += 1
            self.news.notify_all()
        return replace(frame, after_gap=after_drop)

    def put(self, session: int, message: Message) -> None:
        """Add a frame; all that wait are dropped where there is no room, so that what follows is whole for long."""
        with self.news:
            if not self._drops:
                self.news.wait_for(lambda: len(self._frames) < self._held or self.over)
                if self.over:
                    return
            elif len(self._frames) == self._held:
                self._dropped += self._held
                self._frames.clear()
            utc, time_s = message.utc, message.time_s
            self._frames.append(CapturedFrame(self.arrived, time_s, message.body, session=session, utc=utc))
            self.arrived += 1
            self.state, self.reason = CameraState.ONLINE, ""
            self.news.notify_all()

    def leave_out(self) -> None:
        """A frame came damaged."""
        with self.news:
            self.arrived += 1
            self._dropped += 1

    def say(self, state: CameraState, reason: str) -> None:
        """How the source does now."""
        with self.news:
            self.state, self.reason = state, reason

    def end(self, reason: str | None = None) -> None:
        """There will be no more frames; those that wait can be taken."""
        with self.news:
            self.over, self.reason = True, self.reason if reason is None else reason
            self.news.notify_all()

    @property
    def counts(self) -> Counts:
        """What became of the frames."""
        with self.news:
            return Counts(self.arrived, self._taken, self._dropped, len(self._frames))

    @property
    def told(self) -> tuple[CameraState, str]:
        """How the source does, ENDED only when no frame waits any more, and why."""
        with self.news:
            return (CameraState.ENDED if self.over and not self._frames else self.state), self.reason


class _Decoders:
    """The process that decodes a source, replaced when it has had enough of it. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._decoder: Decoder | None = None
        self._closed = False

    def one(self) -> Decoder | None:
        """One that is well; None when all is over. Raises OSError where none can be started."""
        if self._decoder and self._decoder.requests >= REQUESTS:
            self.drop()
        with self._guard:  # so that `close` finds it
            if self._decoder is None and not self._closed:
                self._decoder = Decoder()
            return self._decoder

    def drop(self) -> None:
        """Let go of it: the next is a fresh one."""
        with self._guard:
            decoder, self._decoder = self._decoder, None
        if decoder:
            decoder.stop()

    def close(self) -> None:
        """End it at once, whatever it is doing; there is no other."""
        with self._guard:
            self._closed = True
            if self._decoder:
                self._decoder.kill()


class Capture:
    """Frames of one source, through every failure of it. A context manager: leaving it ends the decoding process.

    A connection that ends is OFFLINE at once, one on which nothing comes is STALLED after stall_s. A camera is tried
    again for ever, waiting 1 % of the time that it has been away, but at least first_wait_s and at most longest_wait_s
    (that at once where it refuses the password; five minutes where the decoder crashed five times in one). A try that
    hangs without a frame is given up after 3 stall_s, and until then goes on when the camera does; sooner where it
    answers nothing sound and was opened in less before.

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
        if not (stall_s > 0 and held >= 1):
            raise ConfigError(f"need stall_s > 0 and held >= 1, got {stall_s} and {held}")
        if pace is Pace.LIVE and not Source.of(source).is_camera:
            raise ConfigError(f"{source} is no camera: play a file at the pace {Pace.REALTIME} or {Pace.FAST}")
        self._source, self._pace = source, pace
        self._patience = Patience(stall_s, first_wait_s, longest_wait_s, seed)
        self._frames = _Waiting(held, drops=pace is not Pace.FAST)
        self._decoders = _Decoders()
        self._session, self._seen = -1, monotonic()  # when the last frame came
        self._start_utc, self._levels = time(), None if (shown := SHOWN.get()) is None else astuple(shown)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def next(self, timeout_s: float) -> CapturedFrame | None:
        """Return the oldest frame that waits. None: none came within `timeout_s`, or none ever will; see `state`."""
        return self._frames.take(timeout_s)

    @property
    def state(self) -> CameraState:
        """How the source does. ENDED only when no frame waits any more."""
        return self._frames.told[0]

    @property
    def reason(self) -> str:
        """Why it is not ONLINE, or of a file that ended, what was wrong with it; one line, without secrets."""
        return self._frames.told[1]

    @property
    def counts(self) -> Counts:
        """What became of the frames."""
        return self._frames.counts

    def close(self) -> None:
        """End the decoding process. Frames that wait can still be taken."""
        self._closing.set()
        self._frames.end()
        self._decoders.close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                if (wait_s := self._after(*self._try())) is None:
                    return
                self._closing.wait(wait_s)
        finally:
            self._decoders.drop()
            self._frames.end()

    def _after(self, ending: _Ending, words: str) -> float | None:
        """Say how a try ended; return the seconds until the next one, None when there is none."""
        live, broken = self._pace is Pace.LIVE, ending in (_Ending.CRASHED, _Ending.HUNG)
        if broken:
            self._decoders.drop()
        looping = self._patience.over(
            crashed=ending is _Ending.CRASHED or (broken and not live)
        )  # a camera may well hang
        if looping:
            words = f"{words}, {CRASHES} times within {WITHIN_S:g} s"
        if not live and (looping or not broken):
            self._frames.end(words)
            return None
        self._frames.say(CameraState.STALLED if ending is _Ending.HUNG else CameraState.OFFLINE, words)
        hung_s = self._patience.stall_s if ending is _Ending.HUNG else 0.0
        return REST_S if looping else self._patience.wait_s(words, monotonic() - self._seen, hung_s)

    def _try(self) -> tuple[_Ending, str]:
        """Watch the source once, until it ends in one way or another."""
        try:
            if (decoder := self._decoders.one()) is None:
                return _Ending.ENDED, ""
            live, real_time = self._pace is Pace.LIVE, self._pace is Pace.REALTIME
            skip, patience_s = (0 if live else self._frames.arrived), 2 * OPENING * self._patience.stall_s
            decoder.ask(Request(self._source, live, real_time, self._start_utc, skip, patience_s, self._levels))
            return self._watch(decoder)
        except OSError as error:
            return _Ending.FAILED, f"no decoder can be started: {error.strerror}"
        except VideoError as error:
            return _Ending.CRASHED, str(error)

    def _watch(self, decoder: Decoder) -> tuple[_Ending, str]:
        heard = sound = monotonic()
        began: float | None = None  # to open it: only then a decoder is there
        opened_s: float | None = None
        frames, stall_s = 0, self._patience.stall_s
        while True:
            opening = began is not None and opened_s is None
            limit_s = self._patience.opening_s(monotonic() - self._seen) if opening else OPENING * stall_s
            message = decoder.read(min(stall_s, limit_s))
            if message is None:
                words = f"no picture for {stall_s:g} s"
                if monotonic() - self._seen >= stall_s:
                    self._frames.say(CameraState.STALLED, words)
                if frames or monotonic() - heard >= limit_s:
                    return _Ending.HUNG, words
                continue
            heard = monotonic()
            if message.kind is MessageKind.FRAME:
                self._session += message.fresh
                self._seen = monotonic()
                self._frames.put(self._session, message)
                frames, sound = frames + 1, heard
                if frames == 1 and opened_s is not None:
                    self._patience.opened(opened_s)
            elif message.kind is MessageKind.OPENED:
                opened_s = heard - (began or heard)
            elif message.kind is MessageKind.DAMAGED:
                self._frames.leave_out()
                if heard - sound >= stall_s:
                    self._frames.say(CameraState.STALLED, f"nothing but damaged pictures for {stall_s:g} s")
            elif message.kind is MessageKind.ALIVE:
                began = began or heard
            else:
                return _Ending.ENDED if message.kind is MessageKind.ENDED else _Ending.FAILED, message.text
