"""Thresholds that sharpen while a camera is watched: hours of watching tell more than minutes of footage did.

A model is calibrated on what was held out of its footage, and the scores that it gives from then on are in the
timeline. Once they last longer, the alarm scale is fitted to them instead. What is unusual counts as well: who asks for
one alarm a day gets about one of whatever reaches highest. Only events that a person has called useful are left out,
and the moments in which a lens was being covered. Two days and more also tell which hours are quiet, see by_hour.py.
What was sharpened is sharpened anew each day, by the newest week, so that it follows the season.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import numpy as np

from unusual.domain import ScoreCurve
from unusual.errors import ConfigError, DataError
from unusual.scores.alarms import fit_alarm_scale
from unusual.scores.by_hour import with_hours
from unusual.store.cameras import CameraCard, learnt_alone, read_card, write_card
from unusual.store.events import EventFilter, EventStore, Verdict
from unusual.store.healthlog import HealthEntry
from unusual.store.home import Home
from unusual.store.rules.wall_clock import local_zone
from unusual.store.rules.zones import read_zones
from unusual.store.scorelog import ScoreLines, read_scores
from unusual.video.condition.health import LASTING_S, Health
from unusual.video.condition.light import Light

SHARPEN_S = 3600.0  # of watching, between two looks at the timeline
LONGEST_S = 7 * 86_400.0  # of the timeline, the newest
MOST_SPARED = 10_000  # useful events, and times at which the picture became unfit
UNFIT = {health.value for health in Health if not health.fit}
UNFIT_S = 2 * LASTING_S  # before the picture was known to be unfit
REDRAWN_S = 86_400.0  # of watching since zones were drawn are enough, however long the present scale's footage was
GROWTH = 1.5  # times as long as what the present scale was fitted to
RENEWED_S, NEARLY = 86_400.0, 0.9  # a scale of the timeline that is so old gives way to nearly as long a one


def sharpen(home: Home, card: CameraCard, store: EventStore, now_utc: float) -> bool:
    """Give a camera an alarm scale of its timeline, if that tells more than the present one; whether it was done.

    Args:
        card: of the model that is watching.
        store: knows which events were useful.

    Raises:
        DataError: the timeline or the zones cannot be read. OutputError: the card cannot be written.
    """
    drawn_utc = read_zones(home.camera(card.name)).changed_utc  # what was scored before counted elsewhere
    since_utc = max(datetime.fromisoformat(card.learnt_at).timestamp(), drawn_utc, now_utc - LONGEST_S)
    if now_utc - since_utc < _needed_s(card, drawn_utc, now_utc):
        return False
    useful = store.list(EventFilter(card.name, verdict=Verdict.USEFUL), most=MOST_SPARED)
    spared = [(event.start_utc, event.end_utc or event.peak_utc) for event in useful]
    unfit = [each.utc for each in store.health.list(card.name, since_utc, most=MOST_SPARED) if each.state in UNFIT]
    spared += [(utc - UNFIT_S, utc) for utc in unfit]  # what was scored before it was known
    spared += in_other_lights(store.health.list(card.name, most=MOST_SPARED), card.light)
    sharper = sharpened(card, read_scores(home, card.name, since_utc, now_utc), spared, drawn_utc, now_utc)
    if sharper is None:
        return False
    with suppress(ConfigError), learnt_alone(home.camera(card.name), card.name):  # else it is being learnt anew
        if read_card(home, card.name, card.beside).model_sha256 == card.model_sha256:
            write_card(card.folder(home), replace(sharper, sharpened_utc=now_utc))
            return True
    return False


def in_other_lights(log: Sequence[HealthEntry], light: Light | None) -> list[tuple[float, float]]:
    """When a camera did not see in this light, from and until UTC seconds.

    log: the newest first. light: None where it was learnt in one alone.
    """
    if light is None:
        return []
    lit = [(entry.utc, entry.state) for entry in reversed(log) if entry.state in list(Light)]
    spans = pairwise([(-np.inf, ""), *lit, (np.inf, "")])
    return [(since_utc, until_utc) for (since_utc, state), (until_utc, _) in spans if state != light]


def sharpened(
    card: CameraCard,
    lines: ScoreLines,
    spared: Sequence[tuple[float, float]],
    drawn_utc: float = 0.0,
    now_utc: float = 0.0,
) -> CameraCard | None:
    """The card with an alarm scale of these seconds, without those spared; None where they are too few, or say nothing.

    spared: from and until UTC seconds. drawn_utc: when its zones were, 0 for never.
    """
    ordinary = np.ones(len(lines.times_utc), np.bool_)
    for since_utc, until_utc in spared:
        ordinary &= (lines.times_utc < np.floor(since_utc)) | (lines.times_utc > until_utc)
    if ordinary.sum() < _needed_s(card, drawn_utc, now_utc):
        return None
    curve = ScoreCurve(card.name, "live", lines.times_utc[ordinary], lines.scores[ordinary])
    try:
        return replace(card, alarm_scale=with_hours(fit_alarm_scale([curve]), [curve], local_zone()))
    except DataError:  # nothing ever moves: the footage knew more
        return None


def _needed_s(card: CameraCard, drawn_utc: float, now_utc: float) -> float:
    """How long a timeline must last to tell more than what the present scale was fitted to."""
    aged = 0 < card.sharpened_utc <= now_utc - RENEWED_S
    needed_s = max(SHARPEN_S, (NEARLY if aged else GROWTH) * 3600 * card.alarm_scale.hours)
    of_other_places = drawn_utc > 0 and card.sharpened_utc < drawn_utc
    return min(needed_s, REDRAWN_S) if of_other_places else needed_s
