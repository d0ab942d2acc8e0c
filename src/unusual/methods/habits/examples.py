"""A few pictures of ordinary objects, one of each place, to be shown beside one that is unusual.

They are bounded whatever the footage: PLACES of the picture, and a square of SIDE px of one object in each.
Letters: N examples.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.methods.habits.moments import MOMENT, Moments, feet_of
from unusual.methods.objects.detector import RGB
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.objects import Boxes
from unusual.methods.objects.places import cells

PLACES = (4, 6)  # rows and columns
SIDE = 64  # px of an example
AROUND = 1.3  # times the longer side of its box, that is shown
SMALLEST = 12.0  # px of its height, or nobody can tell what it is
MOVES = 0.02  # of its height a frame
GAP = 4  # px between the two that are shown

Pictures = NDArray[np.uint8]  # (N, SIDE, SIDE, 3)


@dataclass(frozen=True, slots=True)
class Examples:
    """Ordinary objects. boxes: (N, 4) px, where they were; pictures: of them."""

    boxes: Boxes
    pictures: Pictures

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Examples":
        """The inverse of `arrays`; none where they were not kept yet. Raises DataError where they are no such."""
        boxes = np.asarray(arrays.get("examples.boxes", np.empty((0, 4))), np.float32)
        pictures = np.asarray(arrays.get("examples.pictures", np.empty((0, SIDE, SIDE, 3), np.uint8)))
        if boxes.shape != (len(pictures), 4) or pictures.shape[1:] != (SIDE, SIDE, 3) or pictures.dtype != np.uint8:
            raise DataError(f"habits: examples must be (N, 4) and (N, {SIDE}, {SIDE}, 3) uint8")
        return cls(boxes, pictures)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All of it as arrays with names, to be kept."""
        return {"examples.boxes": self.boxes, "examples.pictures": self.pictures}

    def and_of(self, candidates: Iterable["Candidates"], shape: tuple[int, int]) -> "Examples":
        """These, and of places that have none the first candidates. shape: of the picture, height and width in px."""
        some = [self, *(Examples(each.moments["box"], each.pictures) for each in candidates)]
        boxes, pictures = np.concatenate([e.boxes for e in some]), np.concatenate([e.pictures for e in some])
        row, column = cells(feet_of(boxes, shape), PLACES)
        _, first = np.unique(row * PLACES[1] + column, return_index=True)
        return Examples(boxes[first], pictures[first])

    def nearest(self, box: NDArray[np.float32], shape: tuple[int, int]) -> RGB | None:
        """The picture of who stood nearest to where a box (4,) stands; None where there is none."""
        if not len(self.boxes):
            return None
        apart = (feet_of(self.boxes, shape) - feet_of(box[None], shape)) * shape
        return np.asarray(self.pictures[int(np.hypot(*apart.T).argmin())])


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may become examples: of each place the tallest of one video. moments, pictures: (N,) and of them."""

    moments: Moments
    pictures: Pictures


def among(candidates: Sequence[Candidates], moments: Sequence[Moments]) -> list[Candidates]:
    """Those whose moments are among these: who is in footage that was set aside is no example."""
    wanted = {row.tobytes() for each in candidates for row in each.moments}
    known: set[bytes] = set()
    for some in moments:
        rows = some.tobytes()
        known |= wanted.intersection(rows[at : at + MOMENT.itemsize] for at in range(0, len(rows), MOMENT.itemsize))
    kept = [np.array([row.tobytes() in known for row in each.moments], np.bool_) for each in candidates]
    return [Candidates(each.moments[those], each.pictures[those]) for each, those in zip(candidates, kept, strict=True)]


class Collector:
    """Collects candidates while a video is followed. shape: of the picture, height and width in px."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        self._found: dict[int, tuple[Moments, RGB]] = {}  # by the place

    def see(self, picture: RGB, moments: Moments) -> None:
        """Take who is whole and on his way, in a judged frame, where nobody so tall was before.

        What stands may be a bush, and of what only moves a box may be a leg's.
        """
        (height, width), box = self._shape, moments["box"]
        tall = box[:, 3] - box[:, 1]
        inside = (box[:, :2] > 1).all(1) & (box[:, 2] < width - 1) & (box[:, 3] < height - 1)
        whole = ~moments["bridged"] & (moments["kind"] >= MOTION) & (tall >= SMALLEST)
        some = moments[inside & whole & (moments["speed"] > MOVES * tall)]
        row, column = cells(feet_of(some["box"], self._shape), PLACES)
        for n, place in enumerate((row * PLACES[1] + column).tolist()):
            known = self._found.get(place)
            if known is None or _tall(some["box"][n]) > _tall(known[0]["box"][0]):
                self._found[place] = (some[n : n + 1].copy(), square(picture, some["box"][n]))

    @property
    def candidates(self) -> Candidates:
        """Those that were taken."""
        moments = [np.empty(0, MOMENT), *(moment for moment, _ in self._found.values())]
        pictures = [np.empty((0, SIDE, SIDE, 3), np.uint8), *(rgb[None] for _, rgb in self._found.values())]
        return Candidates(np.concatenate(moments), np.concatenate(pictures))


def square(picture: RGB, box: NDArray[np.float32]) -> RGB:
    """(SIDE, SIDE, 3): what is around a box. Beyond the picture's edge the edge goes on."""
    left, top, right, bottom = box.tolist()
    scale = SIDE / max(1.0, AROUND * max(right - left, bottom - top))
    x, y = SIDE / 2 - scale * (left + right) / 2, SIDE / 2 - scale * (top + bottom) / 2
    way = np.array([[scale, 0, x], [0, scale, y]])
    return np.asarray(cv2.warpAffine(picture, way, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def side_by_side(unusual: RGB, ordinary: RGB) -> RGB:
    """Two squares with a white gap between them."""
    return np.concatenate([unusual, np.full((SIDE, GAP, 3), 255, np.uint8), ordinary], 1)


def _tall(box: NDArray[np.float32]) -> float:
    return float(box[3] - box[1])
