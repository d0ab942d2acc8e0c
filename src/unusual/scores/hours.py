"""When things count: a week of hours in words, by the clock on the wall, so that summer time makes no difference.

    mon-fri 07:30-18:00 quiet
    sat-sun off
    daily 22:00-06:00 armed

The first line that fits says the mode, where none does a camera is armed. What passes midnight belongs to the day on
which it begins.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache

from unusual.errors import ConfigError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MIN, SLOT_MIN = 24 * 60, 30  # minutes of a day, and of a part of it that a person sets in the dashboard
SLOTS = DAY_MIN // SLOT_MIN
MOST_LINES, MINUTE_S = 64, 60.0
LINE = re.compile(r"([a-z,-]+)(?: (\d\d):(\d\d)-(\d\d):(\d\d))? (armed|quiet|off)")

Lines = tuple[str, ...]


class Mode(StrEnum):
    """What a camera, or a zone, does. QUIET: events are recorded, and nobody is alerted. OFF: nobody looks."""

    ARMED = "armed"
    QUIET = "quiet"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class WeekSpan:
    """A line of a week. days: 0 is Monday. after: the minute at which it ends, of the next day from 1440 on."""

    days: tuple[int, ...]
    start: int
    after: int
    mode: Mode

    def fits(self, day: int, minute: int) -> bool:
        """Whether a minute of a day of the week is in it."""
        today = day in self.days and self.start <= minute < self.after
        return today or ((day - 1) % 7 in self.days and minute + DAY_MIN < self.after)


@dataclass(frozen=True, slots=True)
class Week:
    """Hours of a week. spans: in order, the first that fits counts."""

    spans: tuple[WeekSpan, ...] = ()

    @classmethod
    def of(cls, lines: Sequence[str]) -> "Week":
        """Of lines as above. Raises ConfigError, which says the line."""
        if len(lines) > MOST_LINES:
            raise ConfigError(f"hours have up to {MOST_LINES} lines, got {len(lines)}")
        return cls(_spans(tuple(lines)))

    def mode(self, local: datetime) -> Mode:
        """The mode at a local time.

        >>> str(Week.of(["mon-fri 22:00-06:00 off"]).mode(datetime(2026, 11, 28, 5, 59)))  # a Saturday
        'off'
        """
        day, minute = local.weekday(), 60 * local.hour + local.minute
        return next((span.mode for span in self.spans if span.fits(day, minute)), Mode.ARMED)

    def at(self, utc: float, zone: tzinfo) -> Mode:
        """The mode at a time."""
        return self.mode(datetime.fromtimestamp(utc, zone))

    def next_change(self, utc: float, zone: tzinfo) -> float | None:
        """When it is another mode next, UTC seconds; None where it never is."""
        return _next_change(self, utc - utc % MINUTE_S, zone)

    def changes(self, utc: float, zone: tzinfo) -> Iterator[float]:
        """When it is another mode than at that time, in the coming week, rising."""
        now = self.at(utc, zone)
        return (then for then in self._edges(utc, zone) if self.at(then, zone) is not now)

    def _edges(self, utc: float, zone: tzinfo) -> Iterator[float]:
        """When a line begins or ends in the coming week, rising; where clocks change, the hour that comes twice too."""
        today = datetime.fromtimestamp(utc, zone).date()
        hours = range(0, DAY_MIN, 60)  # at one of which a clock is set
        minutes = {*hours} | {minute % DAY_MIN for span in self.spans for minute in (span.start, span.after)}
        times = (
            datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone, fold=fold).timestamp()
            for day in (today + timedelta(days=number) for number in range(9))
            for minute in minutes
            for fold in (0, 1)
        )
        return iter(sorted({time for time in times if time > utc}))

    @property
    def grid(self) -> list[list[Mode]]:
        """(7, SLOTS) the mode of each half hour of each day, as it is at its beginning."""
        return [[self._slot(day, SLOT_MIN * slot) for slot in range(SLOTS)] for day in range(7)]

    def _slot(self, day: int, minute: int) -> Mode:
        return next((span.mode for span in self.spans if span.fits(day, minute)), Mode.ARMED)


@lru_cache(maxsize=64)
def _next_change(week: Week, minute_utc: float, zone: tzinfo) -> float | None:
    """Asked each second, and the same for a whole minute, as nothing begins within one."""
    return next(week.changes(minute_utc, zone), None)


ALWAYS = Week()


def lines_of(grid: Sequence[Sequence[Mode]]) -> Lines:
    """The fewest lines that say a grid, days that are alike together.

    >>> lines_of([["quiet"] * 10 + ["armed"] * 38] * 5 + [["off"] * 48] * 2)
    ('mon-fri 00:00-05:00 quiet', 'sat-sun off')
    """
    days: dict[tuple[int, int, str], list[int]] = {}
    for day, modes in enumerate(grid):
        starts = [slot for slot in range(len(modes)) if slot == 0 or modes[slot] != modes[slot - 1]]
        for start, after in zip(starts, [*starts[1:], len(modes)], strict=True):
            if modes[start] != Mode.ARMED:
                days.setdefault((start, after, str(modes[start])), []).append(day)
    return tuple(f"{_days_text(of)}{_hours_text(start, after)} {mode}" for (start, after, mode), of in days.items())


@lru_cache(maxsize=256)
def _spans(lines: Lines) -> tuple[WeekSpan, ...]:
    """Those of zones are asked for each second."""
    return tuple(map(_span, lines))


def _span(line: str) -> WeekSpan:
    found = LINE.fullmatch(" ".join(line.lower().split()))
    if found is None:
        raise ConfigError(f'hours are lines as "mon-fri 22:00-06:00 quiet" or "sat-sun off", got {line!r:.60}')
    days, mode = _days(found[1], line), Mode(found[6])
    if found[2] is None:
        return WeekSpan(days, 0, DAY_MIN, mode)
    hours = [int(part) for part in found.groups()[1:5]]
    start, after = 60 * hours[0] + hours[1], 60 * hours[2] + hours[3]
    if max(hours[1], hours[3]) > 59 or start >= DAY_MIN or after > DAY_MIN:
        raise ConfigError(f"hours go from 00:00 to 24:00, got {line!r:.60}")
    return WeekSpan(days, start, after if after > start else after + DAY_MIN, mode)


def _days(text: str, line: str) -> tuple[int, ...]:
    if text == "daily":
        return tuple(range(7))
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ConfigError(f"days are {', '.join(DAYS)}, as mon-fri or sat,sun, or daily, got {line!r:.60}")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days |= {day % 7 for day in range(start, (end if end >= start else end + 7) + 1)}
    return tuple(sorted(days))


def _days_text(days: Sequence[int]) -> str:
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(DAYS[run[0]] + (f"-{DAYS[run[-1]]}" if len(run) > 1 else "") for run in runs)


def _hours_text(start: int, after: int) -> str:
    if after - start == SLOTS:
        return ""
    ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in (SLOT_MIN * start, SLOT_MIN * after))
    return " " + "-".join(ends)
