"""One unit of video on the live scale: how unusual it is, where and why. Made by `judge`, once, and by nobody else.

Whatever is to change what is said of a unit (zones of the picture, several models at once) acts on a `Judgement`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from unusual.domain import Box, Event, FrameErrors, Mark, ObjectErrors
from unusual.scores.calibrate import LiveScale, live_object_scores, live_score
from unusual.scores.wording import unlike

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
    """

    errors: FrameErrors
    score: float
    places: Map
    objects: JudgedObjects | None = None

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
        """The event, whose peak this is, with where it is and, where objects tell, why. least: see `region_box`."""
        if self.objects is None:
            return replace(event, region=region_box(self.places, least))
        if not len(self.objects):
            return event
        worst = int(self.objects.scores.argmax())
        return replace(event, region=self.objects.box(worst), why=self.objects.why(worst))


def judge(scale: LiveScale, unit: FrameErrors) -> Judgement:
    """Judge one unit against ordinary footage. Raises DataError where it has another shape than the scale."""
    score, places = live_score(scale, unit)
    objects = None
    if unit.objects is not None:
        objects = JudgedObjects(unit.objects, live_object_scores(scale, unit.objects))
    return Judgement(unit, score, places, objects)


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
