"""Where the abnormal things are: boxes in frames, joined over time to tracks. The truth that RBDC and TBDC need."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from unusual.errors import DataError

EIGHT_NEIGHBOURS = np.ones((3, 3), np.bool_)


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


def tracks_from_masks(masks: Iterable[NDArray[np.bool_]]) -> Tracks:
    """Regions and tracks from the abnormal pixels of each frame.

    A region is the box around pixels that hang together, corners included. It goes on with the track of the region
    of the frame before that shares most pixels with it. Each track goes on with one region at most, the largest
    shared area first; a region left over starts a track. So where two things meet and part again, one of them
    becomes two tracks, and a thing that leaves its own place within one frame breaks its track.

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
    boxes: list[tuple[int, int, int, int]] = []
    tracks: list[int] = []
    before: NDArray[np.int32] | None = None
    open_tracks: list[int] = []  # of the regions of the frame before
    for frame, mask in enumerate(masks):
        if before is not None and mask.shape != before.shape:
            raise DataError(f"the mask of frame {frame} is {mask.shape}, the one before it {before.shape}")
        blobs = np.asarray(label(mask, EIGHT_NEIGHBOURS)[0], np.int32)
        found = find_objects(blobs)
        links = _links(blobs if before is None else before, blobs, len(open_tracks), len(found))
        started = iter(range(max(tracks, default=-1) + 1, len(tracks) + len(found) + 1))
        open_tracks = [open_tracks[links[number]] if number in links else next(started) for number in range(len(found))]
        frames += [frame] * len(found)
        boxes += [(x.start, y.start, x.stop, y.stop) for y, x in found]
        tracks += open_tracks
        before = blobs
    return Tracks(np.array(frames, np.int64), np.array(boxes, np.float64).reshape(-1, 4), np.array(tracks, np.int64))


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
