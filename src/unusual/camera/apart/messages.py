"""What a process that watches cameras is asked and what it says: a line of JSON each, either way."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from pydantic import TypeAdapter

from unusual.camera.several import Watched
from unusual.camera.watcher import WatchSettings
from unusual.errors import UnusualError
from unusual.store.live import Outage

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Task:
    """The first line. cameras: to watch, of so many in all; a source may hold a password. blind_s: as of `Told`."""

    home: str
    cameras: tuple[WatchSettings, ...]
    among: int
    blind_s: float


class SaidKind(StrEnum):
    """READY: all can be watched, nothing has begun. ALARM, OUTAGE: an answer is awaited. OVER: the last line."""

    READY = "ready"
    SAY = "say"
    WARN = "warn"
    ALARM = "alarm"
    OUTAGE = "outage"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Raised:
    """An error on its way to another process."""

    kind: str
    words: str

    @classmethod
    def of(cls, error: Exception) -> "Raised":
        """What is to be raised there."""
        return cls(type(error).__name__, str(error))

    def error(self) -> UnusualError:
        """One of ours as it was, any other as UnusualError."""
        kinds = {kind.__name__: kind for kind in UnusualError.__subclasses__()}
        return kinds.get(self.kind, UnusualError)(self.words)


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the process that watches. number: of what an answer is awaited to. event: an id.

    watched: of OVER; trouble: of OVER, what kept it from watching or ended it.
    """

    kind: SaidKind
    words: str = ""
    number: int = 0
    event: str = ""
    outage: Outage | None = None
    watched: tuple[Watched, ...] = ()
    trouble: Raised | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """To an ALARM or OUTAGE. told: whether somebody was told. trouble: why not, to be raised there."""

    number: int
    told: bool = True
    trouble: Raised | None = None


def to_line(message: Task | Said | Reply) -> bytes:
    """One line of JSON."""
    return TypeAdapter(type(message)).dump_json(message, by_alias=True) + b"\n"


def from_line(line: bytes, kind: type[Line]) -> Line:
    """The message that a line holds. Raises ValueError where it is none."""
    return TypeAdapter(kind).validate_json(line)
