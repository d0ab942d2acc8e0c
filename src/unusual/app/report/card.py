"""A camera's card: one HTML page that says what its model has seen, what it promises, and what was put aside."""

from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from unusual.app.pages import page
from unusual.errors import ConfigError, OutputError
from unusual.files import write_text
from unusual.methods import METHODS, method_of
from unusual.scores.by_hour import HourlyLevels
from unusual.scores.wording import duration
from unusual.store.cameras import REFERENCE, THUMBS, CameraCard, learnt_alone, read_cards
from unusual.store.home import CARD, Home
from unusual.store.rules.wall_clock import local_zone

PAGE = "card.html"
RATES = (0.1, 1.0, 5.0, 24.0)  # alarms a day


@dataclass(frozen=True, slots=True)
class _Level:
    """A row of the table of thresholds."""

    per_day: str
    score: str
    interval: str
    words: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class _Hour:
    """The score at which alarms start in an hour of the day. share: of the highest. known: it is of this hour alone."""

    name: str
    score: str
    share: float
    known: bool


@dataclass(frozen=True, slots=True)
class _Thumb:
    data: str  # data: address
    caption: str


def write_card_page(folder: Path, card: CameraCard) -> None:
    """Write card.html into the folder that holds the reference picture and thumbs. Raises OutputError."""
    html = page(
        "camera_card.html.j2",
        card=card,
        seen=[duration(3600 * each) for each in (card.hours, card.trained_hours, card.calibrated_hours)],
        reference=_data(folder / REFERENCE, "png"),
        levels=[_level(card, rate) for rate in sorted({*RATES, card.wanted()})],
        hours=_hours(card),
        expected=expected(card),
        sharpened=_sharpened(card),
        odd=[
            _Thumb(_data(file, "jpeg"), ". ".join([str(number), *card.odd[number - 1 : number]]))
            for number in range(1, len(list(folder.glob(f"{THUMBS}/odd-*.jpg"))) + 1)  # a card of before has no words
            if (file := folder / THUMBS / f"odd-{number}.jpg").exists()
        ],
    )
    write_text(folder / PAGE, html)


def renew_card_pages(home: Home, name: str) -> None:
    """Write the pages of a camera's cards that have changed since, as by thresholds that sharpened.

    Raises:
        CheckpointError, DataError: a card cannot be read. OutputError: a page cannot be written.
    """
    with suppress(ConfigError), learnt_alone(home.camera(name), name):  # else it is being learnt, and writes its own
        for card in read_cards(home, name):
            folder = card.folder(home)
            if _written_ns(folder / PAGE) < _written_ns(folder / CARD):
                write_card_page(folder, card)


def expected(card: CameraCard) -> list[str]:
    """What can be expected of a camera's model, a line each: the threshold in force, what it finds, what not."""
    highest, hourly = card.alarm_scale.tail[-1], HourlyLevels.of(card.alarm_scale, card.wanted(), UTC)
    method = method_of(card.method) if card.method in METHODS else None  # one of a version to come
    return [
        card.alarm_scale.threshold(card.wanted()).words,
        *([hourly.words] if hourly.known else []),
        f"the highest score of that ordinary footage was {highest:.2f}: what is to be an alarm has to stand out more",
        *([f"it can be expected to find {method.finds}; not {method.misses}"] if method else []),
    ]


def _sharpened(card: CameraCard) -> str:
    """Of what its thresholds are, where that is not the footage."""
    if not card.sharpened_utc:
        return ""
    until = datetime.fromtimestamp(card.sharpened_utc, local_zone())
    long = duration(3600 * card.alarm_scale.hours)
    return f"Thresholds are of {long} that were watched until {until:%Y-%m-%d %H:%M}."


def _hours(card: CameraCard) -> list[_Hour]:
    """Each hour of the day; none of a card that knows none."""
    levels = HourlyLevels.of(card.alarm_scale, card.wanted(), UTC)  # of whatever zone: only the hours are shown
    top = max(levels.scores)
    return [
        _Hour(f"{hour}:00", f"{score:.2f}", max(0.0, score / top) if top > 0 else 0.0, score != levels.general)
        for hour, score in enumerate(levels.scores if levels.known else ())
    ]


def _level(card: CameraCard, per_day: float) -> _Level:
    found = card.alarm_scale.threshold(per_day)
    trust = "supported by the footage" if found.enough else "a guess: more footage is needed"
    return _Level(
        f"{per_day:g}", f"{found.score:.2f}", f"{found.low:.2f} to {found.high:.2f}", trust, per_day == card.wanted()
    )


def _data(file: Path, kind: str) -> str:
    """As an address that holds it. Raises OutputError where it cannot be read."""
    try:
        return f"data:image/{kind};base64,{b64encode(file.read_bytes()).decode()}"
    except OSError as error:
        raise OutputError(f"cannot read {file}: {error.strerror}") from error


def _written_ns(file: Path) -> int:
    """When a file was written last; 0 where there is none."""
    with suppress(OSError):
        return file.stat().st_mtime_ns
    return 0
