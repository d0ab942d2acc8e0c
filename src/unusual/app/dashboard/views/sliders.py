"""What a camera may be set to: alarms a day, each choice with what it would have meant in the past week."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from unusual.app.dashboard.desk import WEEK_S, Desk
from unusual.app.dashboard.views.words import score_words
from unusual.scores.alarms import MOST_A_DAY, AlarmScale, Threshold
from unusual.scores.by_hour import HourlyLevels, hourly, promised
from unusual.store.cameras import CameraCard
from unusual.store.settings import Setting

MOST = 50.0  # alarms a day
CHOICES = tuple(
    round(step * 10**power, 2)
    for power in (-1, 0, 1)
    for step in (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
    if step * 10**power <= MOST
)  # even steps of the logarithm, in round numbers
COOL_DOWN_S = 60.0  # where nothing was set
LONGEST_COOL_DOWN_S = 86400.0


@dataclass(frozen=True, slots=True)
class Slider:
    """A camera's settings. choices: JSON, a list of what `_choice` tells, or "" without a scale. hourly: whether any
    hour has a threshold of its own.

    at: the choice that is set; auto: the one where nothing is. most: how many events there were. muted: until
    when, in words; "" where it is not.
    """

    camera: str
    choices: str
    at: int
    auto: int
    most: int
    bars: tuple[float, ...]
    cool_down_min: float
    muted: str
    hourly: bool


def slider_of(desk: Desk, name: str) -> Slider:
    """Read a camera's settings, and count the past week's events for each choice."""
    since, cards, settings = time.time() - WEEK_S, desk.cards(name), desk.store.settings
    card = cards[0] if cards else None
    chosen, begun = settings.get(name, Setting.ALARMS_PER_DAY), settings.begun(name, Setting.ALARMS_PER_DAY)
    fewest = card.wanted(begun) if card else 1.0
    asked = min(card.wanted(chosen) if card else chosen or 1.0, MOST_A_DAY)
    offered = tuple(sorted({*CHOICES, asked, fewest}))
    cool_down = settings.get(name, Setting.COOL_DOWN_S)
    lit = [_InLight(card, offered, desk.zone, *desk.store.peaks(name, since, card.model_sha256)) for card in cards]
    counts = [sum(each.count(number) for each in lit) for number in range(len(offered))] if cards else []
    most = sum(len(each.scores) for each in lit)
    choices = [
        _choice(alarms, count, number, lit) for number, (alarms, count) in enumerate(zip(offered, counts, strict=False))
    ]
    return Slider(
        camera=name,
        choices=json.dumps(choices) if choices else "",
        at=offered.index(asked),
        auto=offered.index(fewest),
        most=most,
        bars=tuple(round(100 * count / max(most, 1), 1) for count in counts),
        cool_down_min=round((COOL_DOWN_S if cool_down is None else cool_down) / 60, 2),
        muted=desk.muted(name),
        hourly=any(card.alarm_scale.busy for card in cards),
    )


@dataclass(frozen=True, slots=True)
class _InLight:
    """What a camera sees in one light: its thresholds, and the past week's events there, (N,) times and scores."""

    card: CameraCard
    offered: tuple[float, ...]
    zone: tzinfo
    utc: NDArray[np.float64]
    scores: NDArray[np.float64]

    def threshold(self, number: int) -> Threshold:
        """Of a choice."""
        return _thresholds(self.card.alarm_scale, self.offered)[number]

    def hourly(self, number: int) -> HourlyLevels:
        """Of a choice, by the hour."""
        scale, general = self.card.alarm_scale, self.threshold(number).score
        return HourlyLevels(general, hourly(scale, self.offered[number], general), self.zone)

    def count(self, number: int) -> int:
        """How many of the events would have been alarms."""
        return int(self.hourly(number).reached(self.utc, self.scores).sum())

    def words(self, number: int) -> str:
        """What a choice promises here."""
        said = promised(self.threshold(number), self.hourly(number))
        return f"in {self.card.light}: {said}" if self.card.light else said


def _choice(alarms: float, count: int, number: int, lit: Sequence[_InLight]) -> dict[str, object]:
    """What is told of a choice. score: of the camera's main light."""
    by_hour = [(each.card.light or "", each.hourly(number)) for each in lit]
    return {
        "alarms": alarms,
        "score": score_words(lit[0].threshold(number).score),
        "words": "; ".join(each.words(number) for each in lit),
        "count": count,
        "hourly": [
            {
                "light": light,
                "general": round(levels.general, 3),
                "scores": [round(score, 3) for score in levels.scores],
            }
            for light, levels in by_hour
            if levels.known
        ],
    }


@lru_cache(maxsize=64)
def _thresholds(scale: AlarmScale, offered: tuple[float, ...]) -> tuple[Threshold, ...]:
    return tuple(scale.threshold(alarms) for alarms in offered)
