"""What a camera may be set to: alarms a day, each choice with what it would have meant in the past week."""

import json
import time
from dataclasses import dataclass
from functools import lru_cache

from unusual.app.dashboard.desk import WEEK_S, Desk
from unusual.app.dashboard.views.words import score_words
from unusual.scores.alarms import MOST_A_DAY, AlarmScale, Threshold
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
    """A camera's settings. choices: JSON, a list of {"alarms", "score", "words", "count"}, or "" without a scale.

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


def slider_of(desk: Desk, name: str) -> Slider:
    """Read a camera's settings, and count the past week's events for each choice."""
    since, card, settings = time.time() - WEEK_S, desk.card(name), desk.store.settings
    model = card.model_sha256 if card else None
    chosen, begun = settings.get(name, Setting.ALARMS_PER_DAY), settings.begun(name, Setting.ALARMS_PER_DAY)
    fewest = card.wanted(begun) if card else 1.0
    asked = min(card.wanted(chosen) if card else chosen or 1.0, MOST_A_DAY)
    offered = tuple(sorted({*CHOICES, asked, fewest}))
    cool_down = settings.get(name, Setting.COOL_DOWN_S)
    thresholds = _thresholds(card.alarm_scale, offered) if card else ()
    counts = [desk.store.count_from(name, since, threshold.score, model) for threshold in thresholds]
    most = desk.store.count_from(name, since, -1e300, model)
    choices = [
        {"alarms": alarms, "score": score_words(threshold.score), "words": threshold.words, "count": count}
        for alarms, threshold, count in zip(offered, thresholds, counts, strict=False)
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
    )


@lru_cache(maxsize=64)
def _thresholds(scale: AlarmScale, offered: tuple[float, ...]) -> tuple[Threshold, ...]:
    return tuple(scale.threshold(alarms) for alarms in offered)
