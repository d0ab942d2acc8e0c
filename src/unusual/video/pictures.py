"""Small acts on pictures: fit, frame a region, show numbers as heat. RGB uint8 in, RGB uint8 out, inputs untouched."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Box
from unusual.errors import DataError

RGB = NDArray[np.uint8]

CYAN = (64, 224, 255)  # stands out from grey footage and from every colour of the heat map
INFERNO: RGB = np.ascontiguousarray(
    cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)[..., ::-1], dtype=np.uint8
)  # (256, 1, 3), dark to bright, even steps to the eye

# A heat map laid over a picture: per level, how much of the picture stays and how much colour is added.
_COVER = 0.9 * np.linspace(0, 1, 256)[:, None, None]
_KEEP = np.repeat(0.5 * (1 - _COVER) * 255, 3, axis=2).astype(np.uint8)  # (256, 1, 3)
_GLOW = (_COVER * INFERNO).astype(np.uint8)  # (256, 1, 3)


def heat_map_rgb(values: NDArray[np.float32], width: int, height: int) -> RGB:
    """Colour a map of any size, enlarged smoothly.

    Args:
        values: (h, w) in [0, 1], 1 = brightest; what lies outside is clipped, NaN is 0.
        width, height: of the picture, in pixels.

    Returns:
        (height, width, 3) uint8, black for 0 over violet and orange to pale yellow for 1.

    Raises:
        DataError: values is not a non-empty (h, w).

    >>> heat_map_rgb(np.zeros((2, 3), np.float32), 30, 20).shape
    (20, 30, 3)
    """
    return _rgb(cv2.applyColorMap(_levels(values, width, height), INFERNO))


def heat_over(rgb: RGB, values: NDArray[np.float32]) -> RGB:
    """Darken a picture and let a map of any size, (h, w) in [0, 1], glow over it. Raises DataError as heat_map_rgb."""
    levels = _levels(values, rgb.shape[1], rgb.shape[0])
    kept = cv2.multiply(rgb, cv2.applyColorMap(levels, _KEEP), scale=1 / 255)
    return _rgb(cv2.add(kept, cv2.applyColorMap(levels, _GLOW)))


def draw_box(rgb: RGB, box: Box, colour: tuple[int, int, int] = CYAN) -> RGB:
    """A copy with the box drawn around its region: a coloured line with a dark rim, so that any ground will do."""
    height, width = rgb.shape[:2]
    thick = max(2, round(min(height, width) / 120))
    corner = (round(box.left * width), round(box.top * height))
    opposite = (round(box.right * width) - 1, round(box.bottom * height) - 1)
    drawn = rgb.copy()
    cv2.rectangle(drawn, corner, opposite, (0, 0, 0), thick + 2)
    cv2.rectangle(drawn, corner, opposite, colour, thick)
    return drawn


def resize_to_fit(rgb: RGB, width: int, height: int) -> RGB:
    """Shrink a picture, keeping its shape, until it is at most width x height pixels; never enlarge it.

    >>> resize_to_fit(np.zeros((100, 300, 3), np.uint8), 150, 150).shape
    (50, 150, 3)
    """
    old_height, old_width = rgb.shape[:2]
    if old_width <= width and old_height <= height:
        return rgb
    scale = min(width / old_width, height / old_height)
    return resize(rgb, max(1, round(old_width * scale)), max(1, round(old_height * scale)))


def resize(rgb: RGB, width: int, height: int) -> RGB:
    """Bring a picture to width x height pixels: averaged when it shrinks, smooth when it grows."""
    if rgb.shape[:2] == (height, width):
        return rgb
    way = cv2.INTER_AREA if rgb.shape[0] * rgb.shape[1] > width * height else cv2.INTER_CUBIC
    return _rgb(cv2.resize(rgb, (width, height), interpolation=way))


def jpeg(rgb: RGB, quality: int = 80) -> bytes:
    """The picture as a JPEG file's bytes. quality: 0 to 100. Raises DataError where it cannot be encoded (empty)."""
    if rgb.size == 0:
        raise DataError(f"cannot encode an empty picture, shape {rgb.shape}")
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise DataError(f"cannot encode a picture of shape {rgb.shape} as JPEG")
    return data.tobytes()


def _levels(values: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    if values.ndim != 2 or values.size == 0:
        raise DataError(f"a heat map must be (h, w) and not empty, got {values.shape}")
    small = np.clip(np.nan_to_num(values), 0, 1).astype(np.float32)
    wide = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)  # swings a little out of [0, 1]
    return cast(NDArray[np.uint8], cv2.convertScaleAbs(np.clip(wide, 0, 1), alpha=255))


def _rgb(picture: object) -> RGB:
    return cast(RGB, picture)  # cv2's own types leave the element type open
