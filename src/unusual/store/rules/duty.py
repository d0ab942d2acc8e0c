"""What a camera is to do: by the hours of its week, and by hand. home/duty/NAME.json, written and read here alone.

Whoever says something by hand (in the dashboard, by its API, over MQTT) is obeyed until the time that was said,
or until something else is said. Hours may be what watching is begun with, as zones are.
"""

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC as UTC
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from unusual.errors import ConfigError, DataError
from unusual.files import write_text
from unusual.scores.hours import Lines, Mode, Week
from unusual.store.home import Home
from unusual.store.rules.wall_clock import local_zone
from unusual.store.rules.zones import first_line

FORMAT = "unusual-duty-1"
Finite = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Order:
    """What was said by hand. until_utc: None until something else is said."""

    mode: Mode
    until_utc: Finite | None = None


@dataclass(frozen=True)
class KeptDuty:
    """What is in force. begun: the hours that watching was begun with last, None for nothing."""

    hours: Lines = ()
    begun: Lines | None = None
    order: Order | None = None
    format: str = FORMAT

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ConfigError(f"the format is {self.format}, not {FORMAT}")
        Week.of(self.hours)

    @cached_property
    def week(self) -> Week:
        """The hours."""
        return Week.of(self.hours)

    def at(self, utc: float, zone: tzinfo) -> "Duty":
        """What is to be done then."""
        order = self.order
        if order is not None and (order.until_utc is None or utc < order.until_utc):
            return Duty(order.mode, order.until_utc, by_hand=True)
        return Duty(self.week.at(utc, zone), self.week.next_change(utc, zone))


@dataclass(frozen=True, slots=True)
class Duty:
    """What a camera does now. until_utc: when that ends, None where it does not by itself."""

    mode: Mode = Mode.ARMED
    until_utc: float | None = None
    by_hand: bool = False

    def words(self, zone: tzinfo, now_utc: float) -> str:
        """For a person.

        >>> Duty(Mode.QUIET, 3600.0, by_hand=True).words(UTC, 0.0), Duty().words(UTC, 0.0)
        ('quiet by hand until 01:00', 'armed')
        """
        said = f"{self.mode}{' by hand' if self.by_hand else ''}"
        if self.until_utc is None:
            return said
        then, now = (datetime.fromtimestamp(utc, zone) for utc in (self.until_utc, now_utc))
        return f"{said} until {then:%H:%M}" if then.date() == now.date() else f"{said} until {then:%a %H:%M}"


_KEPT = TypeAdapter(KeptDuty)


def read_duty(home: Home, camera: str) -> KeptDuty:
    """Read what a camera is to do; where nothing was said it is armed. Raises DataError for a file that is not ours."""
    file = home.duty(camera)
    try:
        return _KEPT.validate_json(file.read_bytes())
    except FileNotFoundError:
        return KeptDuty()
    except OSError as error:
        raise DataError(f"cannot read {file}: {error.strerror}") from error
    except (ConfigError, ValidationError) as error:
        raise DataError(f"{file} holds no hours: {first_line(error)}: mend it, or remove it") from error


def set_hours(home: Home, camera: str, hours: Lines) -> None:
    """Keep a week's hours, as a person does. Raises OutputError, ConfigError as `Week.of`; all stays then."""
    _write(home, camera, replace(_readable(home, camera), hours=hours))


def order(home: Home, camera: str, mode: Mode | None, until_utc: float | None = None) -> None:
    """Say by hand what a camera is to do, until then; None: by its hours again. Raises OutputError."""
    _write(home, camera, replace(_readable(home, camera), order=Order(mode, until_utc) if mode else None))


def begin_hours(home: Home, camera: str, hours: Lines | None) -> KeptDuty:
    """Note what watching is begun with; what a person has set stays while that is the same. Returns what holds now.

    Raises OutputError, and DataError as `read_duty`.
    """
    kept = read_duty(home, camera)
    if kept.begun == hours:
        return kept
    return _write(home, camera, replace(kept, hours=hours or (), begun=hours))


@dataclass(slots=True)
class Duties:
    """What cameras are to do now, read again only where it has changed. Safe from several threads.

    zone: of the clock on the wall; this machine's unless another is given.
    """

    home: Home
    zone: tzinfo = field(default_factory=local_zone)
    _read: dict[str, tuple[int, KeptDuty]] = field(default_factory=dict)

    def now(self, camera: str, utc: float | None = None) -> Duty:
        """What a camera is to do. Raises DataError as `read_duty`, once; then what was known holds, or it is armed."""
        file, changed = self.home.duty(camera), 0
        with suppress(OSError):
            changed = file.stat().st_mtime_ns
        known = self._read.get(camera)
        if known is None or known[0] != changed:
            self._read[camera] = changed, known[1] if known else KeptDuty()
            self._read[camera] = changed, read_duty(self.home, camera)
        return self._read[camera][1].at(time.time() if utc is None else utc, self.zone)


def _readable(home: Home, camera: str) -> KeptDuty:
    try:
        return read_duty(home, camera)
    except DataError:
        return KeptDuty()


def _write(home: Home, camera: str, kept: KeptDuty) -> KeptDuty:
    write_text(home.duty(camera), _KEPT.dump_json(kept).decode() + "\n")
    return kept
