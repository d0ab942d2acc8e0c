"""The pieces of a picture: what hangs together in it, numbered, and the boxes around that."""

import cv2
import numpy as np
from numpy.typing import NDArray

PixelBox = tuple[int, int, int, int]  # left, top, right, bottom in px, the last two behind the last pixel


def label(mask: NDArray[np.bool_], *, corners: bool = False) -> tuple[NDArray[np.int32], int]:
    """(H, W) the number of each pixel's piece, from 1, or 0 where the mask is not set; and how many pieces there are.

    They are numbered as they are met row by row, from the left.

    Args:
        mask: (H, W).
        corners: whether pixels that touch at a corner alone hang together.

    >>> label(np.array([[0, 1, 0], [1, 0, 1]], bool), corners=True)[0].tolist()
    [[0, 1, 0], [1, 0, 1]]
    """
    by_pixel = cv2.CCL_SAUF  # the faster ones go by blocks of pixels, and number by these
    count, numbers = cv2.connectedComponentsWithAlgorithm(mask.astype(np.uint8), 4 + 4 * corners, cv2.CV_32S, by_pixel)
    return np.asarray(numbers, np.int32), count - 1


def boxes_of(numbers: NDArray[np.integer] | NDArray[np.bool_], count: int) -> list[PixelBox]:
    """The box around each of so many pieces, all of which are there.

    >>> boxes_of(np.array([[0, 1, 0], [2, 0, 0]]), 2)
    [(1, 0, 2, 1), (0, 1, 1, 2)]
    """
    rows, columns = np.nonzero(numbers)
    own = numbers[rows, columns].astype(np.int64) - 1
    first, last = np.tile(numbers.shape[::-1], (count, 1)), np.zeros((count, 2), np.int64)
    for side, at in enumerate((columns, rows)):
        np.minimum.at(first[:, side], own, at)
        np.maximum.at(last[:, side], own, at + 1)
    return [(x, y, right, bottom) for (x, y), (right, bottom) in zip(first.tolist(), last.tolist(), strict=True)]
