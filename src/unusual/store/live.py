"""What a watched camera, a learning and a clip say of themselves: files that are written and read here alone.

home/live/NAME.json      about once a second, by whoever watches a camera
home/learning/NAME.json  about once a second, by whoever learns one; it goes when that is over
home/media/ID/curve.json the scores under an event's clip

Another process may be killed while it writes, and be of another version: what is not there, is half, or is not ours
reads as None, and what we do not know in it is left alone.
"""

import os
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from unusual.errors import OutputError
from unusual.files import write_fresh, write_text
from unusual.store.home import Home
from unusual.store.names import EVENT_ID

CURVE = "curve.json"
Told = TypeVar("Told")
Finite = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames of a camera since its watcher started: arrived = scored + dropped + gap + those still on their way.

    gap: what was missing between others, or of a picture that was not fit to be scored.
    """

    arrived: Annotated[int, Field(alias="in")] = 0
    scored: int = 0
    dropped: int = 0
    gap: int = 0


@dataclass(frozen=True, slots=True)
class Model:
    """What a camera is watched with. learnt_at: ISO 8601."""

    method: str = ""
    preset: str = ""
    learnt_at: str = ""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a camera is blind. state: what is wrong, such as "offline". over_utc: None in its midst."""

    camera: str
    state: str
    words: str
    since_utc: Finite
    over_utc: Finite | None = None

    def ended(self, utc: float) -> "Outage":
        """The same when it is over."""
        return replace(self, over_utc=utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the watcher of a camera was doing at `utc`.

    state: of camera and machine; words: more of it. health: the picture's. fps: frames that are scored a second.
    light: that the camera sees in, of one that was learnt in several. score, threshold: the newest, and the alarms', on
    the live scale. delay_s: of the scores. recent: (UTC second, its
    highest score), rising. event: the id of the one that goes on. outage: that alerts have told of and is not over.
    """

    camera: str = ""
    utc: float
    state: str
    words: str = ""
    health: str = "ok"
    frames: Frames = Frames()
    fps: float | None = None
    score: float | None = None
    threshold: float | None = None
    delay_s: float | None = None
    recent: tuple[tuple[float, float | None], ...] = ()
    event: Annotated[str, Field(pattern=EVENT_ID)] | None = None
    model: Model = Model()
    outage: Outage | None = None
    light: str = ""
    pid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """How far the learning of a camera had come at `utc`. share: of the whole, in [0, 1]. log: what was said, lines.

    done: share of this stage; left_s: seconds until it ends; where that is known.
    """

    camera: str = ""
    utc: float
    stage: str
    share: Finite = 0.0
    words: str = ""
    log: tuple[str, ...] = ()
    done: Finite | None = None
    left_s: Finite | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """The scores under a clip from start_utc to end_utc: (UTC seconds, score; None where a frame was not scored).

    threshold: of alarms when the event began.
    """

    start_utc: Finite
    end_utc: Finite
    threshold: float | None
    scores: tuple[tuple[float, float | None], ...]


LIVE, LEARNING, SCORES = TypeAdapter(Live), TypeAdapter(Learning), TypeAdapter(Curve)


def write_live(home: Home, live: Live) -> None:
    """Say what a camera does now. Raises OutputError; the lock of who watches tells that then, see `is_mute`."""
    try:
        write_fresh(home.live(live.camera), LIVE.dump_json(live, by_alias=True))
    except OutputError:
        with suppress(OSError):
            os.utime(home.watching(live.camera))  # this needs no room on the disk
        raise


def is_mute(home: Home, camera: str, within_s: float) -> bool:
    """Whether a camera's watcher lives, as it did `within_s` ago, and cannot write what it does."""
    try:
        return time.time() - home.watching(camera).stat().st_mtime < within_s
    except OSError:
        return False


def read_live(home: Home, camera: str) -> Live | None:
    """What a camera's watcher last said."""
    return _read(LIVE, home.live(camera))


def keep_outage(home: Home, camera: str, outage: Outage | None) -> None:
    """Note what alerts have told of a camera that nobody watches any more. Raises OutputError."""
    last = read_live(home, camera) or Live(camera=camera, utc=time.time(), state="ended")
    if last.outage != outage:
        write_live(home, replace(last, outage=outage))


def write_learning(home: Home, learning: Learning) -> None:
    """Say how far a learning is. Raises OutputError."""
    write_fresh(home.learning(learning.camera), LEARNING.dump_json(learning))


def read_learning(home: Home, camera: str) -> Learning | None:
    """What was last said of a camera's learning."""
    return _read(LEARNING, home.learning(camera))


def write_curve(folder: Path, curve: Curve) -> None:
    """Put a clip's scores into its event's folder. Raises OutputError."""
    write_text(folder / CURVE, SCORES.dump_json(curve).decode())


def read_curve(folder: Path) -> Curve | None:
    """The scores of the clip in an event's folder."""
    return _read(SCORES, folder / CURVE)


def _read(kind: TypeAdapter[Told], file: Path) -> Told | None:
    try:
        return kind.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
