"""What part of the events a page shows, as its address says it; and an event in words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from time import time as now
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from unusual.app.dashboard.desk import Desk
from unusual.app.dashboard.views.words import (
    VERDICTS,
    day_words,
    midnight,
    often_words,
    score_words,
)
from unusual.domain import Box
from unusual.scores.wording import duration
from unusual.store.events import EventFilter, StoredEvent, Verdict

PAGE = 30  # events
DAY_MIN, PART_MIN, CLOSE_MIN = 24 * 60, 180, 30  # minutes of a day, and of the parts of it that are looked at closer
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)

Empty = BeforeValidator(lambda value: None if value == "" else value)  # a form sends what was left out as ""
Date = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]


class Shown(BaseModel):
    """The filters of the list of events, each None where it lets everything through."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    camera: Annotated[Annotated[str, Field(max_length=60)] | None, Empty] = None
    day: Annotated[Date | None, Empty] = None
    least: Annotated[Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None, Empty] = None
    alarms: Annotated[Literal["only"] | None, Empty] = None
    reviewed: Annotated[Literal["yes", "no"] | None, Empty] = None
    verdict: Annotated[Verdict | None, Empty] = None

    def filter(self, desk: Desk) -> EventFilter:
        """As the store understands it."""
        return EventFilter(
            camera=self.camera,
            since_utc=midnight(self.day, desk.zone) if self.day else None,
            until_utc=midnight(self.day + timedelta(days=1), desk.zone) if self.day else None,
            least_score=self.least,
            reviewed=None if self.reviewed is None else self.reviewed == "yes",
            verdict=self.verdict,
            alarms_only=self.alarms == "only",
        )

    def query(self, **more: str) -> str:
        """As the end of an address: "" or what follows the path, from the question mark on.

        >>> Shown(camera="door", reviewed="no").query(before="a~b")
        '?camera=door&reviewed=no&before=a~b'
        """
        given = {**self.model_dump(mode="json", exclude_none=True), **more}
        return f"?{urlencode(given)}" if given else ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a local day: `minutes` of it from a minute of the day on.

    >>> noon = Part.around(date(2026, 11, 22), 725, close=True)
    >>> noon.title, noon.wider, noon.earlier
    ('12:00 to 12:30', '/timeline/2026-11-22?at=720', '/timeline/2026-11-22?at=690&close=true')
    """

    day: date
    at: int
    minutes: int

    @classmethod
    def around(cls, day: date, at: int, *, close: bool) -> "Part":
        """The one of the parts that a day is cut into, or with `close` its smaller ones, that a minute is in."""
        minutes = CLOSE_MIN if close else PART_MIN
        return cls(day, at - at % minutes, minutes)

    @property
    def title(self) -> str:
        """From when to when."""
        return " to ".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.at, self.at + self.minutes))

    @property
    def earlier(self) -> str:
        """The address of the part before."""
        return self._beside(-self.minutes)

    @property
    def later(self) -> str:
        """The address of the part after."""
        return self._beside(self.minutes)

    @property
    def wider(self) -> str:
        """The address of what is around it."""
        return f"/timeline/{self.day}" + (f"?at={self.at}" if self.minutes == CLOSE_MIN else "")

    def span(self, zone: tzinfo) -> tuple[float, float]:
        """UTC seconds from when until when, by the clock on the wall: a day may have 23 or 25 hours."""
        since, until = (self._utc(minute, zone) for minute in (self.at, self.at + self.minutes))
        return since, max(until, since + 60.0)  # the hour that a clock leaves out has a minute, so that it can be drawn

    def _utc(self, minute: int, zone: tzinfo) -> float:
        days, minute = divmod(minute, DAY_MIN)
        return datetime.combine(self.day + timedelta(days=days), time(minute // 60, minute % 60), zone).timestamp()

    def _beside(self, minutes: int) -> str:
        days, at = divmod(self.at + minutes, DAY_MIN)
        close = "&close=true" if self.minutes == CLOSE_MIN else ""
        return f"/timeline/{self.day + timedelta(days=days)}?at={at}{close}"


@dataclass(frozen=True, slots=True)
class EventView:
    """An event in words. ignored: by zones that were drawn since. version: changes with what is shown of it."""

    id: str
    camera: str
    day: str  # as people call it today
    long_day: str
    time: str
    iso: str
    length: str
    going_on: bool
    score: str
    often: str
    alarm: bool
    why: str
    reviewed: bool
    verdict: str
    verdict_words: str
    note: str
    said_by: str  # who said last what it is, and when; "" for nobody
    media: frozenset[str]
    box: Box | None
    zone: str
    ignored: bool
    version: str

    @property
    def name(self) -> str:
        """For a link, a title, a reader of the screen."""
        return f"{'Alarm' if self.alarm else 'Event'} at {self.camera}, {self.day} {self.time}"


def view_of(event: StoredEvent, desk: Desk) -> EventView:
    """Put an event into words."""
    start = desk.moment(event.start_utc)
    going_on = event.end_utc is None
    length = max(0.0, (now() if event.end_utc is None else event.end_utc) - event.start_utc)
    alarm = event.alarm and not event.ignored
    said = (event.end_utc, event.score, alarm, event.why, event.zone, event.ignored)
    shown = (*said, event.reviewed, event.verdict, event.media)
    return EventView(
        id=event.id,
        camera=event.camera,
        day=day_words(start.date(), desk.today()),
        long_day=day_words(start.date(), date.min),
        time=f"{start:%H:%M:%S}",
        iso=start.isoformat(timespec="seconds"),
        length="going on" if going_on else duration(length),
        going_on=going_on,
        score=score_words(event.score),
        often=often_words(event.per_day),
        alarm=alarm,
        why=event.why,
        reviewed=event.reviewed,
        verdict=event.verdict or "",
        verdict_words=VERDICTS[event.verdict].label if event.verdict else "",
        note=event.note,
        said_by=_said_by(event, desk),
        media=frozenset(event.media),
        box=event.box,
        zone=event.zone,
        ignored=event.ignored,
        version=format(hash(shown) & 0xFFFFFFFFFFFF, "x"),
    )


def _said_by(event: StoredEvent, desk: Desk) -> str:
    if event.reviewed_utc is None:
        return ""
    when = desk.moment(event.reviewed_utc)
    return f"Last said{f' by {event.reviewed_by}' if event.reviewed_by else ''} on {when:%Y-%m-%d at %H:%M}."
