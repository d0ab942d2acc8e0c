"""One picture that shows a person why an object was unusual: what was seen, and what a network made of it."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.video.pictures import RGB, resize

GROUND = (18, 21, 26)
TEXT = (226, 229, 233)
QUIET = (150, 157, 166)
LABELS = ("seen", "rebuilt", "its motion", "rebuilt motion")

TILE, GAP, PAIR_GAP = 72, 4, 12  # side of a tile; between tiles; between the rows of pictures and those of motion, px
EDGE, NAMES = 12, 124  # around everything; width of the column of labels, px
FONT, SIZE = cv2.FONT_HERSHEY_DUPLEX, 0.45
WHEEL = 36  # side of the key to the colours, px
SATURATION = 200  # of 255; full colours glare on a dark ground
SLOWEST = 1.0  # px/frame; where all is slower, the colours do not reach full brightness


def cube_sheet(
    real: RGB, rebuilt: RGB, flow: NDArray[np.float32], rebuilt_flow: NDArray[np.float32], scored: int
) -> RGB:
    """Four rows of tiles, time to the right: the object, the network's version of it, and the motion of both.

    The frame that was scored is framed. Both rows of motion share one scale of speed, up to
    the fastest point of either (at least 1 px/frame), so that their colours can be compared; a wheel at the left tells
    which colour is which way, and its rim how fast that is.

    Args:
        real, rebuilt: (T, S, S, 3) uint8, red first. flow, rebuilt_flow: (T, S, S, 2) float32, px/frame.
        scored: number of the scored frame, in the middle but near the ends of a video.

    Returns:
        (height, width, 3) uint8; 336 pixels high, and 676 wide for T = 7.

    Raises:
        DataError: the four do not fit each other.
    """
    frames = real.shape[0] if real.ndim == 4 else 0
    wanted = (real.shape, (*real.shape[:3], 2))
    if not (real.size and real.shape[3:] == (3,) and rebuilt.shape == wanted[0]) or {
        flow.shape,
        rebuilt_flow.shape,
    } != {wanted[1]}:
        came = ", ".join(str(cube.shape) for cube in (real, rebuilt, flow, rebuilt_flow))
        raise DataError(f"need two (T, S, S, 3) and two (T, S, S, 2) of the same T and S, got {came}")
    fastest = max(SLOWEST, *(float(_speed(cube).max()) for cube in (flow, rebuilt_flow)))
    motion = [[flow_rgb(tile, fastest) for tile in cube] for cube in (flow, rebuilt_flow)]
    sheet = _sheet([list(real), list(rebuilt), *motion], frames, scored)
    _draw_key(sheet, fastest)
    return sheet


def flow_rgb(flow: NDArray[np.float32], fastest: float) -> RGB:
    """Colour motion: the hue is its direction, the brightness its speed; what is still is dark.

    Args:
        flow: (H, W, 2), dx to the right and dy downwards.
        fastest: the speed, in the units of `flow`, that is as bright as can be; faster is no brighter. > 0.

    Returns:
        (H, W, 3) uint8: red to the right, yellow-green down, cyan to the left, violet up. NaN is still.

    >>> flow_rgb(np.array([[[2, 0], [-2, 0], [0, 0]]], np.float32), fastest=2).tolist()
    [[[255, 55, 55], [55, 255, 255], [0, 0, 0]]]
    """
    dx, dy = np.moveaxis(np.nan_to_num(flow), -1, 0)
    hue = np.mod(np.degrees(np.arctan2(dy, dx)), 360) / 2  # cv2 counts hue in half degrees
    bright = np.clip(_speed(flow) / fastest, 0, 1) * 255
    hsv = np.stack([np.round(hue) % 180, np.full_like(hue, SATURATION), np.round(bright)], -1).astype(np.uint8)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def _speed(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(np.nan_to_num(flow), axis=-1), np.float32)


def _sheet(rows: Sequence[Sequence[RGB]], frames: int, scored: int) -> RGB:
    tops = [EDGE + row * (TILE + GAP) + (PAIR_GAP if row >= 2 else 0) for row in range(len(rows))]
    lefts = [EDGE + NAMES + t * (TILE + GAP) for t in range(frames)]
    sheet = np.full((tops[-1] + TILE + EDGE, lefts[-1] + TILE + EDGE, 3), GROUND, np.uint8)
    for top, tiles, label in zip(tops, rows, LABELS, strict=True):
        cv2.putText(sheet, label, (EDGE, top + TILE // 2 + 5), FONT, SIZE, TEXT, 1, cv2.LINE_AA)
        for left, tile in zip(lefts, tiles, strict=True):
            sheet[top : top + TILE, left : left + TILE] = resize(tile, TILE, TILE)
    left = lefts[scored]
    cv2.rectangle(sheet, (left - 2, tops[0] - 2), (left + TILE + 1, tops[-1] + TILE + 1), TEXT, 2)
    return sheet


def _draw_key(sheet: RGB, fastest: float) -> None:
    """A wheel between the labels of the two rows of motion: out from its middle, what moves that way, that fast."""
    top = sheet.shape[0] - EDGE - TILE - (GAP + WHEEL) // 2
    across = np.linspace(-fastest, fastest, WHEEL, dtype=np.float32)
    wheel = np.stack(np.meshgrid(across, across), -1)
    inside = _speed(wheel) <= fastest
    sheet[top : top + WHEEL, EDGE : EDGE + WHEEL][inside] = flow_rgb(wheel, fastest)[inside]
    corner = (EDGE + WHEEL + 8, top + WHEEL // 2 + 4)
    cv2.putText(sheet, f"{fastest:.1f} px/frame", corner, FONT, 0.8 * SIZE, QUIET, 1, cv2.LINE_AA)
