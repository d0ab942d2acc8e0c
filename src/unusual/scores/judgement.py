"""One unit of video on the live scale: how unusual it is, where and why. Made by `judge`, once, and by nobody else.

Whatever is to change what is said of a unit (zones of the picture, several models at once) acts on a `Judgement`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Box, Event, FrameErrors, Mark, ObjectErrors
from unusual.scores.calibrate import LiveScale, live_object_scores, live_score
from unusual.scores.pieces import label
from unusual.scores.wording import unlike
from unusual.scores.zones import EVERYWHERE, Spots, ZoneMap

Map = NDArray[np.float32]
GRID = 80  # places on the longer side of the map that objects are painted on


@dataclass(frozen=True, slots=True)
class JudgedObjects:
    """The objects of a unit. errors: what was found wrong with each of N; scores: (N,) float32, on the live scale."""

    errors: ObjectErrors
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)

    def box(self, number: int) -> Box:
        """Where an object is."""
        return Box(*self.errors.boxes[number].tolist())

    def why(self, number: int) -> str:
        """What is unusual about an object, in words: the method's own, or what raised its score."""
        return self.errors.reasons[number] if self.errors.reasons else unlike(self.errors.raised_by(number))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one unit of video, higher = more abnormal.

    errors:  what a method found; it can show and explain the unit by them.
    score:   0 is ordinary, 1 is reached by one ordinary unit in a hundred; unbounded both ways.
    places:  (h, w) float32, every place on the same scale; (1, 1) where objects say the place.
    objects: of a method that judges objects, else None.
    weighed: the score that is held against the camera's thresholds: in a zone of its own alarms it counts for more, or
             for less; else the score itself.
    where:   of each object, or place, in which zone it is; None of a camera without zones.
    zone_map:  that these zones make.

    What does not count by the zones is no object here any more, or a place where nothing is unusual.
    """

    errors: FrameErrors
    score: float
    places: Map
    objects: JudgedObjects | None
    weighed: float
    where: Spots | None = None
    zone_map: ZoneMap = EVERYWHERE

    @property
    def first(self) -> int:
        """The unit's first frame."""
        return int(self.errors.indices[0])

    @property
    def last(self) -> int:
        """The unit's last frame."""
        return int(self.errors.indices[-1])

    def heat(self, width: int, height: int) -> Map:
        """(h, w) how unusual each place of a picture of this size is; objects are painted as boxes on 0."""
        if self.objects is None:
            return self.places
        steps = GRID / max(width, height)
        painted = np.zeros((max(1, round(height * steps)), max(1, round(width * steps))), np.float32)
        rows, columns = painted.shape
        for box, score in zip(self.objects.errors.boxes.tolist(), self.objects.scores.tolist(), strict=True):
            left, top, right, bottom = box
            down = slice(int(top * rows), max(int(top * rows) + 1, round(bottom * rows)))
            across = slice(int(left * columns), max(int(left * columns) + 1, round(right * columns)))
            painted[down, across] = np.maximum(painted[down, across], score)
        return painted

    def marks(self, least: float) -> list[Mark]:
        """The objects whose score is `least` or more; none of a method that judges none."""
        if self.objects is None:
            return []
        unusual = np.flatnonzero(self.objects.scores >= least).tolist()
        return [Mark(self.objects.box(number), self.objects.errors.raised_by(number)) for number in unusual]

    def place(self, event: Event, least: float) -> Event:
        """The event, whose peak this is, with where it is, in which zone and, where objects tell, why.

        Its peak is one of weighed scores, and becomes one of scores as they are. least: see `region_box`.
        """
        scores = self.places if self.objects is None else self.objects.scores
        if not scores.size:
            return event
        weighed = scores if self.where is None else self.zone_map.weighed(scores, self.where)
        worst = int(weighed.argmax())
        if self.where is not None:
            peak = self.zone_map.unweighed(event.peak_score, float(self.where.weight.flat[worst]))
            event = replace(event, peak_score=peak, zone=self.zone_map.name(int(self.where.zone.flat[worst])))
        if self.objects is None:
            return replace(event, region=region_box(weighed, least))
        return replace(event, region=self.objects.box(worst), why=self.objects.why(worst))


def judge(scale: LiveScale, unit: FrameErrors, zone_map: ZoneMap = EVERYWHERE) -> Judgement:
    """Judge one unit against ordinary footage. Raises DataError where it has another shape than the scale.

    zone_map: where it counts.
    """
    if unit.objects is not None:
        return _judge_objects(scale, unit, unit.objects, zone_map)
    score, places = live_score(scale, unit)
    if not zone_map.zones:
        return Judgement(unit, score, places, None, score)
    where = zone_map.of_map(places.shape)
    if not where.all_count:
        left = places[where.counts]
        score = float(left.max()) if left.size else 0.0
        places = np.where(where.counts, places, np.minimum(left.min(initial=0.0), np.float32(0)))
    weighed = float(zone_map.weighed(places, where)[where.counts].max()) if where.counts.any() else score
    return Judgement(unit, score, places, None, weighed, where, zone_map)


def _judge_objects(scale: LiveScale, unit: FrameErrors, errors: ObjectErrors, zone_map: ZoneMap) -> Judgement:
    """Without the objects that do not count; the frame has the highest score of those that are left."""
    where = zone_map.of_boxes(errors.boxes) if zone_map.zones else None
    if where is not None and not where.all_count:
        errors, where = errors.only(where.counts), where.only(where.counts)
        error = float(errors.scores.max()) if len(errors.scores) else errors.calm
        unit = replace(unit, error=error, region=np.full((1, 1), error, np.float32), objects=errors)
    score, places = live_score(scale, unit)
    objects = JudgedObjects(errors, live_object_scores(scale, errors))
    weighed = score
    if where is not None and where.weighs:
        weighed = max(map(zone_map.weigh, objects.scores.tolist(), where.weight.tolist()))
    return Judgement(unit, score, places, objects, weighed, where, zone_map)


def mean_heat(judgements: Sequence[Judgement], width: int, height: int) -> Map | None:
    """The mean map of the units that cover a frame of this size; None where none does."""
    maps = [judgement.heat(width, height) for judgement in judgements]
    return np.mean(maps, axis=0, dtype=np.float32) if maps else None


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
