"""An event's folder, home/media/ID: a clip with the seconds before and after it, pictures, and the clip's scores.

clip.mp4    H.264, that a browser plays
curve.json  its scores, see live.py
thumb.jpg   the small picture of lists; real.jpg, restored.jpg, error.jpg: what the method saw; cube.jpg: how its
            worst object looked and moved, of a method that rebuilds objects; usual.jpg: it beside an ordinary one
"""

import math
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from queue import SimpleQueue
from shutil import disk_usage
from time import monotonic
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import EventPictures
from unusual.errors import DataError, OutputError, UnusualError
from unusual.files import whole_files
from unusual.store.home import Home
from unusual.store.live import CURVE, Curve, write_curve
from unusual.video.pictures import jpeg, resize_to_fit
from unusual.video.writer import write_video

CLIP = "clip.mp4"
PICTURES = ("thumb", "real", "restored", "error", "cube", "usual")
FILES = (CLIP, CURVE, *(f"{name}.jpg" for name in PICTURES))  # of an event
WIDTH, HEIGHT, QUALITY = 960, 540, 85  # that a clip's pictures are shrunk to, and kept at as JPEG
THUMB = (320, 180)
CRF = 26  # of the clip; it shows what happened, and is kept a thousandfold
QUIET_S = 10.0  # without any frame, after which a clip is whole though none has shown that it is over
MOST_CLIPS = 4  # at once; more only pile up where the disk cannot keep pace
SCORES_A_SECOND = 60  # that are kept at most


def keep_event_pictures(folder: Path, shown: EventPictures) -> tuple[str, ...]:
    """Write an event's pictures as JPEG into its folder; return their names.

    Raises OutputError, DataError: then none of them is there.
    """
    views = {name: getattr(shown, name) for name in PICTURES[1:]}
    pictures = {"thumb.jpg": resize_to_fit(shown.real, *THUMB)}
    pictures |= {f"{name}.jpg": rgb for name, rgb in views.items() if rgb is not None}
    with whole_files(folder) as part:
        for name, rgb in pictures.items():
            (part / name).write_bytes(jpeg(rgb, QUALITY))
    return tuple(pictures)


@dataclass(frozen=True, slots=True)
class ClipLimits:
    """What a clip may be, and cost.

    before_s, after_s: shown around the event. late_s: the longest from an event's start until it is noticed.
    longest_s: of a clip. gap_s: without a frame, after which a clip ends. most_rate: frames a second that are kept.
    most_bytes: of JPEG held in memory before an event, and twice that of a clip on its way to the disk.
    free_bytes: below which the disk is left to the events themselves.
    """

    before_s: float = 5.0
    after_s: float = 5.0
    late_s: float = 5.0
    longest_s: float = 120.0
    gap_s: float = 3.0
    most_rate: float = 30.0
    most_bytes: int = 32 << 20
    free_bytes: int = 64 << 20


class ClipRecorder:
    """Holds a camera's last seconds, and writes a clip of each event in a thread of its own.

    Args:
        home: the clips are home/media/ID/clip.mp4.
        written: called by `check` with an event's id and the names of its new files; when it raises, again later.
        limits: see ClipLimits.
        rate: of the camera, frames per second, told to players; the times of the frames are their own.

    Its methods are for one thread. What cannot be written costs an event nothing but its clip, and `check` says so.
    """

    def __init__(
        self,
        home: Home,
        written: Callable[[str, tuple[str, ...]], None],
        limits: ClipLimits = ClipLimits(),
        rate: Fraction = Fraction(25),
    ) -> None:
        self._home = home
        self._written = written
        self._limits = limits
        self._rate = rate
        self._shots: deque[_Shot] = deque()
        self._held = 0  # bytes in _shots
        self._heard = monotonic()  # when the last frame came
        self._scores: deque[tuple[float, float]] = deque(maxlen=int((limits.longest_s + 60) * SCORES_A_SECOND))
        self._open: dict[str, _ClipThread] = {}
        self._ending: list[_ClipThread] = []
        self._trouble: UnusualError | None = None
        self._told = False

    @property
    def trouble(self) -> str | None:
        """One line why clips cannot be written now; None again when one could, or there is room on the disk."""
        if self._trouble is not None and self._has_room():
            self._trouble, self._told = None, False
        return None if self._trouble is None else str(self._trouble)

    def add(self, utc: float, rgb: NDArray[np.uint8]) -> None:
        """Take a frame, (H, W, 3) uint8. A gap, another size, or a clock set back ends the clips that go on."""
        self._heard = monotonic()
        if self._shots and 0 <= utc - self._shots[-1].utc < 0.9 / self._limits.most_rate:
            return  # one too many; the tenth less is for cameras that do not keep time well
        small = resize_to_fit(rgb, WIDTH, HEIGHT)
        shot = _Shot(utc, (small.shape[0], small.shape[1]), jpeg(small, QUALITY))
        if self._shots and not self._follows(shot, self._shots[-1]):
            self._start_afresh()
        self._shots.append(shot)
        self._held += len(shot.data)
        first_utc = utc - self._limits.before_s - self._limits.late_s
        while self._shots[0].utc < first_utc or (self._held > self._limits.most_bytes and len(self._shots) > 1):
            self._held -= len(self._shots.popleft().data)
        self._finish([event for event, clip in self._open.items() if not clip.take(shot)])

    def score(self, utc: float, score: float) -> None:
        """Take a score for curve.json, NaN where the frame was not scored. It may come later than its frame."""
        self._scores.append((utc, score))

    def begin(self, event_id: str, start_utc: float, threshold: float) -> None:
        """Start an event's clip, before_s before its start or as near to that as there are frames."""
        folder = self._home.event(event_id)
        if not self._has_room():
            self._trouble = OutputError(f"no clip of event {event_id}: the disk of {self._home} is nearly full")
            return
        if len(self._open) + sum(clip.is_alive() for clip in self._ending) >= MOST_CLIPS:
            self._trouble = OutputError(f"no clip of event {event_id}: the disk of {self._home} is too slow")
            return
        clip = self._open[event_id] = _ClipThread(event_id, folder, threshold, self._limits, self._rate)
        clip.start()
        wanted = (shot for shot in self._shots if shot.utc >= start_utc - self._limits.before_s)
        if not all(clip.take(shot) for shot in wanted):
            self._finish([event_id])

    def end(self, event_id: str, end_utc: float) -> None:
        """The event is over; its clip goes on for after_s. An event without a clip is left alone."""
        if (clip := self._open.get(event_id)) is not None:
            clip.last_utc = min(clip.last_utc, end_utc + self._limits.after_s)

    def check(self) -> None:
        """Hand over the clips that are whole by now; to be called every second or so.

        Raises:
            OutputError: a clip could not be written. It is raised once, and again only after one could be written.
        """
        if self._open and monotonic() - self._heard > QUIET_S:
            self._start_afresh()
        for clip in [clip for clip in self._ending if not clip.is_alive()]:
            if clip.trouble is None and clip.names:
                with suppress(DataError):  # the event was forgotten in the meantime
                    self._written(clip.event_id, clip.names)
                self._trouble, self._told = None, False
            self._ending.remove(clip)
            self._trouble = clip.trouble or self._trouble
        if self._trouble is not None and not self._told:
            self._told = True
            raise OutputError(str(self._trouble))

    def close(self, wait_s: float = 10.0) -> None:
        """End all clips and wait for them; one that is not whole by then is given up. Raises as `check`."""
        self._start_afresh()
        until = monotonic() + wait_s
        for clip in self._ending:
            clip.join(max(0.0, until - monotonic()))
        self.check()

    def _follows(self, shot: "_Shot", last: "_Shot") -> bool:
        return shot.shape == last.shape and 0 < shot.utc - last.utc <= self._limits.gap_s

    def _start_afresh(self) -> None:
        """What comes is not the sequel of what was: no clip may hold both."""
        self._shots.clear()
        self._held = 0
        self._finish(list(self._open))

    def _finish(self, events: list[str]) -> None:
        for event in events:
            clip = self._open.pop(event)
            clip.finish(list(self._scores))
            self._ending.append(clip)

    def _has_room(self) -> bool:
        try:
            return disk_usage(self._home.folder).free >= self._limits.free_bytes
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class _Shot:
    """A frame as it is held: the JPEG of (height, width) pixels."""

    utc: float
    shape: tuple[int, int]
    data: bytes


class _ClipThread(threading.Thread):
    """Writes one clip as its frames come, so that no more of it is in memory than the disk is behind."""

    def __init__(self, event_id: str, folder: Path, threshold: float, limits: ClipLimits, rate: Fraction) -> None:
        super().__init__(name=f"clip {event_id}", daemon=True)
        self.event_id = event_id
        self.last_utc = math.inf  # no frame after this is taken
        self.names: tuple[str, ...] = ()
        self.trouble: UnusualError | None = None
        self._folder = folder
        self._threshold = threshold
        self._limits = limits
        self._rate = rate
        self._queue: SimpleQueue[_Shot | list[tuple[float, float]]] = SimpleQueue()  # frames; last of all, the scores
        self._put = self._taken = 0  # bytes, each counted by one thread alone
        self._begun = False

    def take(self, shot: _Shot) -> bool:
        """Queue a frame; False where the clip is over: at its end, too long, broken, or too far behind."""
        if not self._begun:
            self._begun, self.last_utc = True, min(self.last_utc, shot.utc + self._limits.longest_s)
        behind = self._put - self._taken > 2 * self._limits.most_bytes
        if shot.utc > self.last_utc or behind or self.trouble is not None:
            return False
        self._put += len(shot.data)
        self._queue.put(shot)
        return True

    def finish(self, scores: list[tuple[float, float]]) -> None:
        """No more frames come; scores: those of the last minutes."""
        self._queue.put(scores)

    def run(self) -> None:
        """Write until the scores come."""
        _step_aside()
        first = self._queue.get()
        if not isinstance(first, _Shot):
            return
        try:
            last, scores = self._write(first)
            write_curve(self._folder, _curve(first.utc, last.utc, self._threshold, scores))
            self.names = (CLIP, CURVE)
        except UnusualError as error:
            self.trouble = error

    def _write(self, first: _Shot) -> tuple[_Shot, list[tuple[float, float]]]:
        height, width = first.shape
        item: _Shot | list[tuple[float, float]] = first
        with write_video(self._folder / CLIP, width, height, self._rate, crf=CRF) as sink:
            while isinstance(item, _Shot):
                last = item
                self._taken += len(item.data)
                sink.add(_picture(item), item.utc)
                item = self._queue.get()
        return last, item


def _curve(start_utc: float, end_utc: float, threshold: float, scores: list[tuple[float, float]]) -> Curve:
    inside = [(utc, score if math.isfinite(score) else None) for utc, score in scores if start_utc <= utc <= end_utc]
    return Curve(start_utc, end_utc, threshold, tuple(inside))


def _picture(shot: _Shot) -> NDArray[np.uint8]:
    decoded = cast(NDArray[np.uint8], cv2.imdecode(np.frombuffer(shot.data, np.uint8), cv2.IMREAD_COLOR))
    return cast(NDArray[np.uint8], cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))


def _step_aside() -> None:
    """Let this thread, and those it starts, wait for the watching rather than the other way round."""
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
