"""A camera's card: one HTML page that says what its model has seen, what it promises, and what was put aside."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from unusual.app.pages import page
from unusual.camera.cuts import OddStretch
from unusual.files import write_text
from unusual.methods import METHODS, method_of
from unusual.scores.by_hour import HourlyLevels
from unusual.scores.wording import duration
from unusual.store.cameras import REFERENCE, THUMBS, CameraCard

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


def write_card_page(folder: Path, card: CameraCard, odd: Sequence[OddStretch]) -> None:
    """Write card.html into the folder that holds the reference picture and thumbs. Raises OutputError."""
    html = page(
        "camera_card.html.j2",
        card=card,
        seen=[duration(3600 * each) for each in (card.hours, card.trained_hours, card.calibrated_hours)],
        reference=_data(folder / REFERENCE, "png"),
        levels=[_level(card, rate) for rate in sorted({*RATES, card.wanted()})],
        hours=_hours(card),
        expected=expected(card),
        odd=[
            _Thumb(_data(file, "jpeg"), f"{number}. {stretch.video.name}, frame {stretch.peak}")
            for number, stretch in enumerate(odd, start=1)
            if (file := folder / THUMBS / f"odd-{number}.jpg").exists()
        ],
    )
    write_text(folder / "card.html", html)


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
    return f"data:image/{kind};base64,{b64encode(file.read_bytes()).decode()}"
