"""Where the abnormal things are: boxes in frames, joined over time to tracks. The truth that RBDC and TBDC need."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.scores.pieces import PixelBox, boxes_of, label

GAP = 12  # frames that a thing may be hidden and be the same thing again: half a second at 25 frames a second
CRACK = 1 / 8  # of the longer side of the larger of two pieces: what is no further apart is one thing
SPLINTER = 1 / 4  # of the larger piece's pixels: what is smaller belongs to it up to this share of its side away


@dataclass(frozen=True, slots=True)
class Tracks:
    """The abnormal regions of one clip.

    frame: (N,) int, the frame of each region, from 0.
    xyxy:  (N, 4) float, its box: left, top, right, bottom, in pixels.
    track: (N,) int, the same for all regions of one abnormal thing; any numbers.
    """

    frame: NDArray[np.int64]
    xyxy: NDArray[np.float64]
    track: NDArray[np.int64]

    def __post_init__(self) -> None:
        check_boxes(self.frame, self.xyxy)
        if self.track.shape != self.frame.shape or self.track.dtype.kind not in "iu":
            raise DataError(
                f"a track number for each region: {self.track.shape} {self.track.dtype} for {self.frame.shape}"
            )


def check_boxes(frame: NDArray[np.int64], xyxy: NDArray[np.float64]) -> None:
    """Refuse what is not N frames and N boxes.

    Raises:
        DataError: wrong shapes, frames that are no whole numbers, or boxes that are not finite or inside out.
    """
    if frame.ndim != 1 or xyxy.shape != (*frame.shape, 4) or frame.dtype.kind not in "iu":
        raise DataError(f"need frames (N,) int and boxes (N, 4), got {frame.shape} {frame.dtype} and {xyxy.shape}")
    if not (np.isfinite(xyxy).all() and (xyxy[:, :2] <= xyxy[:, 2:]).all()):
        raise DataError("boxes must be finite and left, top, right, bottom with left <= right and top <= bottom")


def tracks_from_objects(objects: Iterable[NDArray[np.int64]]) -> Tracks:
    """Regions and tracks where every unusual object has a number: its box in a frame is around all its pixels.

    Args:
        objects: (H, W) for each frame of the clip, in order: 0, or the number of the object that a pixel belongs to.

    >>> tracks = tracks_from_objects(np.array([[[7, 0, 7, 0]], [[0, 7, 0, 3]]]))
    >>> tracks.track.tolist(), tracks.xyxy[:, [0, 2]].tolist()
    ([7, 3, 7], [[0.0, 3.0], [3.0, 4.0], [1.0, 2.0]])
    """
    rows = [
        (frame, *box, number)
        for frame, numbers in enumerate(objects)
        for number in np.unique(numbers[numbers > 0]).tolist()
        for box in boxes_of(numbers == number, 1)
    ]
    table = np.array(rows, np.int64).reshape(-1, 6)
    return Tracks(table[:, 0], table[:, 1:5].astype(np.float64), table[:, 5])


def tracks_from_masks(masks: Iterable[NDArray[np.bool_]]) -> Tracks:
    """Regions and tracks from the abnormal pixels of each frame, where nobody has said whose they are.

    A region is the box around pixels that hang together, corners included, and around what belongs to them, as the
    wheel of a cyclist behind a lamp post: a smaller piece no further from the box of the larger than an eighth of its
    longer side; or a quarter, if it is a splinter of less than a quarter of its pixels.

    A region goes on with the track of the region of the frame before that shares most pixels with it; each track goes
    on with one region at most, the largest shared area first. A region left over goes on with the nearest track that
    had no region for up to GAP frames and was last no further away than one longer side of its box; else it starts a
    track. Two things that are one region for longer than that part as one and a new one.

    Args:
        masks: (H, W) bool for each frame of the clip, in order.

    Returns:
        Tracks with right and bottom edges behind the last pixel: a region of one pixel has width 1.

    Raises:
        DataError: a mask has another shape than the one before it.

    Source: ours. Ramachandra and Jones drew boxes by hand; their tracks for Ped2 and Avenue may differ.

    >>> tracks = tracks_from_masks(np.array([[[1, 1, 0, 0]], [[0, 1, 0, 1]]], bool))
    >>> tracks.track.tolist(), tracks.xyxy[:, [0, 2]].tolist()
    ([0, 0, 1], [[0.0, 2.0], [1.0, 2.0], [3.0, 4.0]])
    """
    frames: list[int] = []
    boxes: list[PixelBox] = []
    tracks: list[int] = []
    before: NDArray[np.int32] | None = None
    open_tracks: list[int] = []  # of the regions of the frame before
    last: dict[int, tuple[int, PixelBox]] = {}  # where each track was seen last
    for frame, mask in enumerate(masks):
        if before is not None and mask.shape != before.shape:
            raise DataError(f"the mask of frame {frame} is {mask.shape}, the one before it {before.shape}")
        regions = _regions(mask)
        found = boxes_of(regions, int(regions.max(initial=0)))
        links = _links(regions if before is None else before, regions, len(open_tracks), len(found))
        gone = {track: box for track, (at, box) in last.items() if frame - 1 - GAP <= at < frame - 1}
        now: list[int] = []
        for number, box in enumerate(found):
            known = open_tracks[links[number]] if number in links else _nearest(box, gone)
            now.append(max(last, default=-1) + 1 if known is None else known)
            gone.pop(now[-1], None)
            last[now[-1]] = frame, box
        open_tracks = now
        frames += [frame] * len(found)
        boxes += found
        tracks += now
        before = regions
    return Tracks(np.array(frames, np.int64), np.array(boxes, np.float64).reshape(-1, 4), np.array(tracks, np.int64))


def _regions(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(H, W) the number of the region of each pixel, from 1; 0 for none."""
    pieces, count = label(mask, corners=True)
    boxes = boxes_of(pieces, count)
    sizes = np.bincount(pieces.ravel(), minlength=len(boxes) + 1)[1:]
    owner = np.arange(len(boxes))
    largest_first = np.argsort(-sizes, kind="stable").tolist()
    for piece in largest_first:
        for large in largest_first:
            if large == piece:
                break  # those that follow are smaller
            reach = SPLINTER if sizes[piece] < SPLINTER * sizes[large] else CRACK
            if owner[large] == large and _apart(boxes[piece], boxes[large]) <= reach * _side(boxes[large]):
                owner[piece] = large
                break
    numbers = np.searchsorted(np.unique(owner), owner) + 1
    return np.array([0, *numbers], np.int32)[pieces]


def _nearest(box: PixelBox, gone: dict[int, PixelBox]) -> int | None:
    """The track without a region that a box goes on with."""
    near = {track: _apart(box, old) for track, old in gone.items() if _apart(box, old) <= _side(old)}
    return min(near, key=lambda track: near[track]) if near else None


def _apart(one: PixelBox, other: PixelBox) -> float:
    """Pixels between two boxes, 0 where they touch or overlap."""
    across = max(one[0] - other[2], other[0] - one[2], 0)
    down = max(one[1] - other[3], other[1] - one[3], 0)
    return hypot(across, down)


def _side(box: PixelBox) -> int:
    return max(box[2] - box[0], box[3] - box[1])


def read_tracks(path: Path) -> Tracks:
    """Read a text file with a line `track,frame,x1,y1,x2,y2` for each region, as handed round for ShanghaiTech.

    Raises:
        DataError: the file cannot be read, or a line is of another form; says which.

    Source: the annotations beside Georgescu et al. (TPAMI 2021). Numbers are taken as they stand; whether their
    frames count from 0 and their right and bottom edges belong to the box is not written there.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    rows = [_row(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    table = np.array(rows, np.float64).reshape(-1, 6)
    return Tracks(table[:, 1].astype(np.int64), table[:, 2:], table[:, 0].astype(np.int64))


def _row(line: str, where: str) -> list[float]:
    try:
        values = [float(part) for part in line.split(",")]
        track, frame, left, top, right, bottom = values
        if track.is_integer() and frame.is_integer() and frame >= 0 and left <= right and top <= bottom:
            return values
    except ValueError:
        pass
    raise DataError(f"{where}: expected track,frame,x1,y1,x2,y2, got {line!r}")


def _links(before: NDArray[np.int32], now: NDArray[np.int32], old: int, new: int) -> dict[int, int]:
    """Which of the `old` regions each of the `new` ones goes on from; labels count from 1, the answer from 0."""
    counts = np.bincount(before.ravel() * (new + 1) + now.ravel(), minlength=(old + 1) * (new + 1))
    shared = counts[: (old + 1) * (new + 1)].reshape(old + 1, new + 1)[1:, 1:].copy()
    links: dict[int, int] = {}
    while shared.size and shared.max():
        region, successor = np.unravel_index(int(shared.argmax()), shared.shape)
        links[int(successor)] = int(region)
        shared[region], shared[:, successor] = 0, 0
    return links
