"""Where in the picture, and why: what the units of a scored video say of the place."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from unusual.domain import Box, Event, FrameErrors, Mark, VideoInfo
from unusual.scores.calibrate import LiveScale, live_object_scores, live_score

Map = NDArray[np.float32]
GRID = 80  # places on the longer side of the map that objects are painted on


def place_map(scale: LiveScale, unit: FrameErrors, info: VideoInfo) -> Map:
    """(h, w) how unusual each place is on the live scale; a method that judges objects paints their boxes."""
    if unit.objects is None:
        return live_score(scale, unit)[1]
    places = GRID / max(info.width, info.height)
    painted = np.zeros((max(1, round(info.height * places)), max(1, round(info.width * places))), np.float32)
    height, width = painted.shape
    for (left, top, right, bottom), score in zip(
        unit.objects.boxes.tolist(), live_object_scores(scale, unit.objects).tolist(), strict=True
    ):
        rows = slice(int(top * height), max(int(top * height) + 1, round(bottom * height)))
        columns = slice(int(left * width), max(int(left * width) + 1, round(right * width)))
        painted[rows, columns] = np.maximum(painted[rows, columns], score)
    return painted


def marks_of(scale: LiveScale, unit: FrameErrors, least: float) -> list[Mark]:
    """The objects of a unit whose live score is `least` or more; none of a method that does not judge objects."""
    if unit.objects is None:
        return []
    unusual = np.flatnonzero(live_object_scores(scale, unit.objects) >= least).tolist()
    return [Mark(Box(*unit.objects.boxes[n].tolist()), unit.objects.raised_by(n)) for n in unusual]


def peak_unit(event: Event, units: Sequence[FrameErrors], scale: LiveScale) -> FrameErrors:
    """The most unusual unit that covers the event's peak, or a frame that the peak's score remembers."""
    at = next(unit for unit in units if unit.times_s[0] <= event.peak_s <= unit.times_s[-1])
    peak = at.indices[np.searchsorted(at.times_s, event.peak_s)]
    meant = [unit for unit in units if unit.indices[0] <= peak < unit.indices[-1] + scale.memory]
    return max(meant, key=lambda unit: live_score(scale, unit)[0])


def with_place(event: Event, peak: FrameErrors, scale: LiveScale, least: float) -> Event:
    """The event with where it is and, where objects tell, why: both of its peak unit. least: see `region_box`."""
    if peak.objects is None:
        return replace(event, region=region_box(live_score(scale, peak)[1], least))
    if not len(peak.objects.boxes):
        return event
    worst = peak.objects.worst
    known = peak.objects.reasons
    why = known[worst] if known else f"{peak.objects.raised_by(worst)} unlike anything seen here"
    return replace(event, region=Box(*peak.objects.boxes[worst].tolist()), why=why)


def region_box(places: Map, least: float) -> Box:
    """The box around the most unusual place and all that hangs together with it.

    Args:
        places: (h, w) map; a place covers two steps of a grid that has one step more than there are places.
        least: what a place must reach to belong to it; at least half the largest value.

    >>> region_box(np.array([[0, 0, 9], [0, 0, 8]], np.float32), 1.0)
    Box(left=0.5, top=0.0, right=1.0, bottom=1.0)
    """
    height, width = places.shape
    blobs, _ = label(places >= min(places.max(), max(least, places.max() / 2)))
    rows, columns = np.nonzero(blobs == blobs.flat[places.argmax()])
    top, bottom, left, right = rows.min(), rows.max() + 2, columns.min(), columns.max() + 2
    return Box(
        float(left / (width + 1)), float(top / (height + 1)), float(right / (width + 1)), float(bottom / (height + 1))
    )
