"""Times, rates and states as people say them. Every time of day is that of the machine that serves the page."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

STALE_S = 15.0  # a watcher writes about once a second; after this long without a word it is not watching
NONE = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class State:
    """How a camera does. tone: ok, wait, warn or bad, for colour; icon: a shape, so that colour is never alone."""

    label: str
    tone: str
    icon: str


STATES = {
    "online": State("Watching", "ok", "eye"),
    "connecting": State("Connecting", "wait", "arc"),
    "degraded": State("Not scored", "warn", "triangle"),
    "overloaded": State("Overloaded", "warn", "triangle"),
    "other_rate": State("Another frame rate", "warn", "triangle"),
    "stalled": State("Stalled", "bad", "pause"),
    "offline": State("Offline", "bad", "cross"),
    "ended": State("Ended", "wait", "square"),
    "storage_full": State("Disk full", "bad", "cross"),
    "off": State("Switched off", "wait", "moon"),
}
SILENT = State("Not watched", "wait", "moon")
NO_PICTURE = State("No picture", "wait", "moon")
PICTURELESS = ("connecting", "stalled", "offline", "ended", "off")  # in these states nothing is known of the picture
HEALTH = {
    "ok": State("Picture is clear", "ok", "tick"),
    "swaying": State("Camera sways", "warn", "triangle"),
    "dark": State("Picture is dark", "warn", "moon"),
    "covered": State("Lens is covered", "bad", "cross"),
    "frozen": State("Picture is frozen", "bad", "pause"),
    "moved": State("Camera was moved", "bad", "triangle"),
}


def state_of(name: str) -> State:
    """A state of the connection or of the picture; one that we do not know by the name that it has."""
    return STATES.get(name) or HEALTH.get(name) or State(name, "warn", "triangle")


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """A verdict as people read it. does: what comes of it; its value's first letter is its key."""

    value: str
    label: str
    icon: str
    does: str


VERDICTS = {
    words.value: words
    for words in (
        VerdictWords("useful", "Useful", "star", "is kept longest, and never makes the threshold higher"),
        VerdictWords("ordinary", "Ordinary", "minus", "is learnt by the next “unusual update”"),
        VerdictWords("false", "False alarm", "cross", "is only counted: nothing is learnt from it"),
    )
}


def moment(utc: float, zone: tzinfo) -> datetime:
    """A time that may have come from anywhere as a local one; what no calendar holds becomes 1970.

    >>> from datetime import UTC
    >>> moment(0.0, UTC).year, moment(float("inf"), UTC).year
    (1970, 1970)
    """
    try:
        return datetime.fromtimestamp(utc, zone)
    except (OverflowError, ValueError, OSError):
        return datetime(1970, 1, 1, tzinfo=zone)


def midnight(day: date, zone: tzinfo) -> float:
    """UTC seconds at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def day_words(day: date, today: date) -> str:
    """A day by name.

    >>> day_words(date(2026, 11, 21), date(2026, 11, 22)), day_words(date(2026, 11, 2), date(2026, 11, 22))
    ('Yesterday', 'Monday 2 November 2026')
    """
    if day == today:
        return "Today"
    if day + timedelta(days=1) == today:
        return "Yesterday"
    return f"{day:%A} {day.day} {day:%B %Y}"


def often_words(per_day: float) -> str:
    """How often ordinary footage does this.

    >>> [often_words(n) for n in (300, 12.3, 1.04, 0.26, 0.05, 1e-9)]
    ['about 300 times a day', 'about 12 times a day', 'about once a day', 'about once in 4 days', \
'about once in 20 days', 'less than once in a year']
    """
    if not per_day >= 1 / 365:
        return "less than once in a year"
    if per_day >= 1.5:
        return f"about {per_day:,.0f} times a day" if per_day < 10000 else "all the time"
    return "about once a day" if per_day > 0.67 else f"about once in {1 / per_day:.0f} days"


def score_words(score: float | None) -> str:
    """A score, or a dash for none.

    >>> score_words(3.14159), score_words(float("nan")) == NONE
    ('3.14', True)
    """
    return NONE if score is None or not math.isfinite(score) else f"{score:.2f}"
