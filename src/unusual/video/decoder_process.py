"""A process that decodes one source and writes its frames to stdout, so that a decoder that hangs can be killed.

It reads requests on stdin and ends when stdin does, that is also when its parent is killed. It loads only what
decoding needs. Run by `unusual.video.decoder`.
"""

import os
import resource
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from queue import SimpleQueue
from statistics import median
from threading import Thread
from time import monotonic, sleep, time
from typing import BinaryIO

import numpy as np

from unusual.errors import VideoError
from unusual.video.condition.levels import Levels, showing
from unusual.video.decoder_messages import ALIVE, DAMAGED, OPENED, Message, MessageKind, Request, write_message
from unusual.video.decoding import Limits, Picture
from unusual.video.reader import open_source

AHEAD_S = 10.0  # a longer step is a jump of the time stamps, no pause
PACE = 1.5  # frames this much nearer or farther apart than the session's usual ones are at another rate ...
STEADY = 10  # ... when so many in a row are
MEMORY = 4 << 30  # bytes; the largest pictures that are let through take a third of it
BEAT_S = 1.0  # between signs of life when there is no frame to hand over


def main() -> None:
    """Serve requests until stdin ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the camera's password
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most), most))
    pipe = _own_stdout()
    requests: SimpleQueue[Request] = SimpleQueue()
    Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        try:
            kind, words = serve(requests.get(), pipe)
            write_message(pipe, Message(kind, np.frombuffer(words.encode(), np.uint8)))
        except BrokenPipeError:
            os._exit(0)


def _own_stdout() -> BinaryIO:
    """Keep stdout for messages: whatever a library prints goes nowhere, as it may hold a password."""
    pipe = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return pipe


def _listen(requests: "SimpleQueue[Request]") -> None:
    for line in sys.stdin.buffer:
        requests.put(Request.from_line(line))
    os._exit(0)  # also out of a call that hangs


def serve(request: Request, pipe: BinaryIO) -> tuple[MessageKind, str]:
    """Decode a source to its end; return the last message: ENDED with what was wrong, or FAILED with why."""
    write_message(pipe, ALIVE)
    try:
        levels = Levels(*request.levels) if request.levels else None
        with showing(levels), closing(open_source(request.source, Limits(decode_s=request.patience_s))) as source:
            write_message(pipe, OPENED)
            count = request.skip
            for message in messages(source.pictures(), request):
                write_message(pipe, message)
                count += message.kind is MessageKind.FRAME
            wrong = source.verdict(count).wrong
    except BrokenPipeError:
        raise
    except VideoError as error:
        return MessageKind.FAILED, str(error)
    except Exception as error:  # its words may hold a password
        return MessageKind.FAILED, f"the decoder failed: {type(error).__name__}"
    return (MessageKind.ENDED, "; ".join(wrong)) if count else (MessageKind.FAILED, "not one frame can be decoded")


def messages(pictures: Iterator[Picture], request: Request) -> Iterator[Message]:
    """Yield a FRAME or DAMAGED for each picture that was not handed over before, in its time, and ALIVE in between."""
    timeline = Timeline()
    beat, clock = monotonic(), None
    fresh = True  # the next frame begins a session
    for number, picture in enumerate(pictures):
        begins, time_s, played_s = timeline.place(picture)
        fresh |= begins
        if number < request.skip:
            if monotonic() - beat > BEAT_S:
                beat = monotonic()
                yield ALIVE
            continue
        if picture.corrupt:
            yield DAMAGED
            continue
        clock = monotonic() - played_s if clock is None else clock
        while request.real_time and (early_s := clock + played_s - monotonic()) > 0:
            sleep(min(early_s, BEAT_S))
            if early_s > BEAT_S:
                yield ALIVE
        utc = time() if request.live else request.start_utc + played_s
        yield Message(MessageKind.FRAME, picture.rgb, fresh, time_s, utc)
        fresh = False


class Timeline:
    """Cuts pictures into sessions, and tells the time of each in its session and in all that was played.

    A session ends where size or colour changes, where time stamps jump (back by more than a second, or ahead by more
    than AHEAD_S), and where the rate changes for good.
    """

    def __init__(self) -> None:
        self._last: Picture | None = None
        self._began = 0.0
        self._played = 0.0
        self._steps: deque[float] = deque(maxlen=STEADY)  # seconds between the last frames of the session
        self._usual: float | None = None  # of the session's first frames

    def place(self, picture: Picture) -> tuple[bool, float, float]:
        """Return whether a session begins, the seconds in the session (rising strictly), and those played in all.

        A jump ahead is played as one frame's time: nobody waits hours for a clock that was set.
        """
        last, self._last = self._last, picture
        time_s = float(picture.time)
        if last is None:
            self._played = time_s
            return True, time_s, self._played
        step = float(picture.time - last.time)
        jumped = picture.jumped or step > AHEAD_S
        if jumped:
            step = self._steps[-1] if self._steps else 0.0
        self._played += step
        looks = (picture.rgb.shape, picture.grey) != (last.rgb.shape, last.grey)
        fresh = self._another_rate(step) or jumped or looks
        if fresh:
            self._began = time_s
            self._steps.clear()
            self._usual = None
        return fresh, time_s - self._began, self._played

    def _another_rate(self, step: float) -> bool:
        self._steps.append(step)
        if len(self._steps) < STEADY:
            return False
        if self._usual is None:
            self._usual = median(self._steps)
        return min(self._steps) > PACE * self._usual or max(self._steps) * PACE < self._usual


if __name__ == "__main__":
    main()
