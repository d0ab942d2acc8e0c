"""Tracks and flow -> moments: what is known of each object at each judged frame.

Nothing looks ahead: a moment knows its own frame and those before it.
Letters: N objects of a frame, H W pixels.
"""

from collections import deque
from math import hypot

import numpy as np
from numpy.typing import NDArray

from unusual.methods.objects.objects import Boxes, overlap_px
from unusual.methods.objects.tracks import Tracked, core, quantile
from unusual.video.flow import Flow

MOMENT = np.dtype(
    [
        ("number", np.int64),  # of the track
        ("kind", np.int16),  # COCO's class, or MOTION, LEFT, GONE
        ("rides", np.float32),  # how sure the detector is of a vehicle in or at its box
        ("bridged", np.bool_),  # no box was found in this frame
        ("cut", np.bool_),  # the picture's lower edge hides where it stands
        ("walks", np.bool_),  # its legs can be told: they are large enough, and hardly in another's box
        ("box", np.float32, 4),  # px
        ("speed", np.float32),  # px/frame: three quarters of what is in the box move less
        ("way", np.float32, 2),  # px/frame, of its middle: to the right, down
        ("legs", np.float32),  # px/frame: how differently the parts of its lower third move
        ("stay", np.float32),  # frames since it was elsewhere; of the ground, tenths of a second since it is so
    ]
)
TENTHS = 10.0  # of a second
LEFT, GONE = -2, -3  # of no track, but of the ground: what was left behind, and what always stood there and is gone
Moments = NDArray[np.void]  # (N,) of MOMENT
Path = deque[tuple[float, float, int, int]]  # x, y in px, and the first and last frame in which it was there

FAST_PART = 0.75  # the quantile that is a body's speed: what is rigid moves as a whole, of a walker the limbs do
LOWER_THIRD = 2 / 3
MIXED = 0.1  # of the place of its legs: where another covers more of it, whose legs move is not known
ELSEWHERE = 0.8  # of its height: nearer than this it has stayed where it was
STEP = 0.2  # of its height: points of its path lie no nearer together
LONGEST_PATH = 64  # points
EDGE = 1 / 80  # of the picture's height: a box that ends nearer to the lower edge may go on below it


class Watching:
    """Follows the tracks of one video.

    Args:
        step: frames from one judged frame to the next.
        least: px of height, from which on the flow tells what is in a box by its parts.
    """

    def __init__(self, step: int, least: float = 0.0) -> None:
        self.every, self._least = step, least
        self._paths: dict[int, Path] = {}

    def step(self, frame: int, tracked: Tracked, flow: Flow | None, shape: tuple[int, int]) -> Moments:
        """The moments of one judged frame.

        Args:
            frame: its number.
            flow: (H, W, 2) px from the judged frame before to this one; None for the first.
            shape: height and width of the picture.
        """
        self._paths = {n: self._paths.get(n) or deque(maxlen=LONGEST_PATH) for n in tracked.number.tolist()}
        moments = np.zeros(len(tracked), MOMENT)
        if not len(tracked):
            return moments
        moments["number"], moments["kind"], moments["bridged"] = tracked.number, tracked.kind, tracked.bridged
        moments["rides"] = tracked.rides
        large = tracked.xyxy[:, 3] - tracked.xyxy[:, 1] >= self._least
        moments["walks"] = large & (mixed(tracked.xyxy) < MIXED)
        moments["box"], moments["cut"] = tracked.xyxy, tracked.xyxy[:, 3] > shape[0] * (1 - EDGE)
        length = None if flow is None else np.hypot(flow[..., 0], flow[..., 1])
        for moment in moments:
            if flow is not None and length is not None:
                speed, way, legs = _motion(flow, length, moment["box"])
                moment["speed"], moment["way"], moment["legs"] = speed / self.every, way / self.every, legs / self.every
            moment["stay"] = stay(self._paths[int(moment["number"])], moment["box"].tolist(), frame)
        return moments

    def came(self, tracked: Tracked) -> NDArray[np.bool_]:
        """(N,) which tracks of this step come from elsewhere: who stands here does, what was left does not."""
        ways = zip(self._paths.values(), tracked.xyxy.tolist(), strict=True)
        return np.array([_far(path[0], box) for path, box in ways], np.bool_)

    def paths(self) -> dict[int, list[tuple[float, float]]]:
        """Where the present tracks have been, by number: x and y of their feet in px, not all of them."""
        return {number: [(x, y) for x, y, _, _ in path] for number, path in self._paths.items()}


def _far(point: tuple[float, float, int, int], box: list[float]) -> bool:
    """Whether a box stands elsewhere than at a point of its path."""
    left, top, right, bottom = box
    return hypot(point[0] - (left + right) / 2, point[1] - bottom) > ELSEWHERE * (bottom - top)


def mixed(boxes: Boxes) -> NDArray[np.float32]:
    """(N,) the share of the lower third of each box (N, 4) in which the legs, if any, may be those of one other.

    >>> mixed(np.array([[0, 0, 10, 30], [5, 25, 15, 55], [50, 0, 60, 30]], np.float32)).round(2)
    array([0.25, 0.  , 0.  ], dtype=float32)
    """
    lower = boxes.copy()
    lower[:, 1] += LOWER_THIRD * (boxes[:, 3] - boxes[:, 1])
    common = overlap_px(lower, boxes)
    np.fill_diagonal(common, 0)
    return np.asarray((common / (lower[:, 2:] - lower[:, :2]).clip(1).prod(-1)[:, None]).max(1, initial=0), np.float32)


def stay(path: Path, box: list[float], frame: int) -> int:
    """Frames since an object was elsewhere, or was first seen; its path goes on where its feet are now."""
    x, y, tall = (box[0] + box[2]) / 2, box[3], box[3] - box[1]
    if path and hypot(x - path[-1][0], y - path[-1][1]) < STEP * tall:
        path[-1] = (*path[-1][:3], frame)
    else:
        path.append((x, y, frame, frame))
    away = [point[3] for point in path if _far(point, box)]
    return frame - (away[-1] if away else path[0][2])


def _motion(
    flow: Flow, length: NDArray[np.float32], box: NDArray[np.float32]
) -> tuple[float, NDArray[np.float32], float]:
    """Speed, way and unrest of the legs, in the unit of the flow; 0 where the box lies outside the picture."""
    inside, middle, legs = _part(length, box, 0), core(flow, box).reshape(-1, 2), _part(flow, box, LOWER_THIRD)
    if not (inside.size and middle.size and legs.size):
        return 0.0, np.zeros(2, np.float32), 0.0
    unrest = float(np.hypot(*legs.reshape(-1, 2).std(0)))
    return float(quantile(inside.ravel(), FAST_PART)), quantile(middle, 0.5), unrest


def _part(of: NDArray[np.float32], box: NDArray[np.float32], begin: float) -> NDArray[np.float32]:
    """What lies in a box from a share of its height downwards, of (H, W, ...)."""
    left, top, right, bottom = box.tolist()
    first = top + begin * (bottom - top)
    return of[max(0, int(first)) : max(0, int(np.ceil(bottom))), max(0, int(left)) : max(0, int(np.ceil(right)))]


def feet(moments: Moments, shape: tuple[int, int]) -> NDArray[np.float64]:
    """(N, 2) where they stand, down and to the right, as shares of the picture."""
    return feet_of(moments["box"], shape)


def feet_of(boxes: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float64]:
    """(N, 2) as `feet`, of boxes (N, 4)."""
    box = boxes.astype(np.float64)
    return np.stack([box[:, 3] / shape[0], (box[:, 0] + box[:, 2]) / 2 / shape[1]], 1)


def packed(moments: Moments) -> NDArray[np.uint8]:
    """Moments (N,) as rows of bytes (N, B), as prepared footage keeps them."""
    return np.ascontiguousarray(moments).view(np.uint8).reshape(len(moments), MOMENT.itemsize)


def unpacked(rows: NDArray[np.uint8]) -> Moments:
    """The inverse of `packed`."""
    return np.ascontiguousarray(rows).view(MOMENT).reshape(len(rows))
