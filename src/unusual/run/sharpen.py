"""Thresholds that sharpen while a camera is watched: hours of watching tell more than minutes of footage did.

A model is calibrated on what was held out of its footage, and the scores that it gives from then on are in the
timeline. Once they last longer, the alarm scale is fitted to them instead. What is unusual counts as well: who asks for
one alarm a day gets about one of whatever reaches highest. Only events that a person has called useful are left out.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from unusual.domain import ScoreCurve
from unusual.errors import DataError
from unusual.scores.alarms import fit_alarm_scale
from unusual.store.cameras import CameraCard, camera_folder, read_card, write_card
from unusual.store.events import EventFilter, EventStore, StoredEvent, Verdict
from unusual.store.scorelog import ScoreLines, read_scores

SHARPEN_S = 3600.0  # of watching, between two looks at the timeline
LONGEST_S = 7 * 86_400.0  # of the timeline, the newest
MOST_USEFUL = 10_000  # events
GROWTH = 1.5  # times as long as what the present scale was fitted to


def sharpen(home: Path, card: CameraCard, store: EventStore, now_utc: float) -> bool:
    """Give a camera an alarm scale of its timeline, if that tells more than the present one; whether it was done.

    Args:
        card: of the model that is watching.
        store: knows which events were useful.

    Raises:
        DataError: the timeline cannot be read. OutputError: the card cannot be written.
    """
    since_utc = max(datetime.fromisoformat(card.learnt_at).timestamp(), now_utc - LONGEST_S)
    useful = store.list(EventFilter(card.name, verdict=Verdict.USEFUL), most=MOST_USEFUL)
    sharper = sharpened(card, read_scores(home, card.name, since_utc, now_utc), useful)
    if sharper is None or read_card(home, card.name).model_sha256 != card.model_sha256:  # it was learnt anew meanwhile
        return False
    write_card(camera_folder(home, card.name), sharper)
    return True


def sharpened(card: CameraCard, lines: ScoreLines, useful: Sequence[StoredEvent]) -> CameraCard | None:
    """The card with an alarm scale of these seconds; None where they are too few, or say nothing."""
    ordinary = np.ones(len(lines.times_utc), np.bool_)
    for event in useful:
        after = event.end_utc or event.peak_utc
        ordinary &= (lines.times_utc < np.floor(event.start_utc)) | (lines.times_utc > after)
    if ordinary.sum() < max(SHARPEN_S, GROWTH * 3600 * card.alarm_scale.hours):
        return None
    curve = ScoreCurve(card.name, "live", lines.times_utc[ordinary], lines.scores[ordinary])
    try:
        return replace(card, alarm_scale=fit_alarm_scale([curve]))
    except DataError:  # nothing ever moves: the footage knew more
        return None
