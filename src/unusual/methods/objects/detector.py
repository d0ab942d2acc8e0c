"""One way into every object detector: an ONNX file in, boxes out.

Two kinds of network are understood, told apart by the names and shapes of what goes in and comes out. A third is one
more `Kind` in `KINDS`. Letters: N boxes, S side of the network's input in pixels, A anchors, K classes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError
from unusual.onnx_file import OnnxFile

RGB = NDArray[np.uint8]
Rows = NDArray[np.float32]  # (N, 6), a box each: left, top, right, bottom in px, confidence in [0, 1], class from 0
View = tuple[int, int, int, int]  # left, top, right, bottom in px of a part of the picture

MOST = 300  # boxes of one look at a picture; what DETR-style networks give
LARGEST_IOU = 0.5  # of two boxes of a class, as where STATE's detector is run
EDGE = 1 / 40  # of a tile's side: what comes nearer than this to an inner edge of the tile may be cut there


class Detector:
    """Finds objects in pictures.

    Args:
        path: an ONNX file of a kind in `KINDS`.
        score: a box counts when its confidence is above this.
        sha256: the digest that the file must have; "" to take any.

    Attributes:
        digest: SHA-256 of the file.

    Raises:
        ConfigError: the file is missing, is no ONNX file, has another digest, or is of no kind that is understood.
    """

    def __init__(self, path: Path, score: float, sha256: str = "") -> None:
        self._network = OnnxFile(path, sha256)
        self._look = _kind_of(self._network).look
        self._score = score
        self.digest = self._network.digest

    def find(self, rgb: RGB, tile: int = 0) -> Rows:
        """Objects of one picture, the surest first.

        Tiles show small objects larger. An object that a tile cuts is left to the tile beside it, which overlaps by a
        quarter, or to the whole picture, which is always looked at too. One view after the other: on a processor,
        many at once took a quarter longer.

        Args:
            rgb: (H, W, 3) uint8.
            tile: side in px of square tiles; 0: the whole picture only.

        Returns:
            (N, 6) `Rows`. As the network gives them, a box may reach beyond the picture. No two of one class overlap
            by more than an IoU of 0.5. A detector of COCO counts its 80 classes without gaps: 0 person, 1 bicycle, ...

        Raises:
            ConfigError: the network fails on pictures of its own size, or does not give what it promised.
        """
        height, width = rgb.shape[:2]
        found = [self._look(self._network, rgb, self._score)]
        for view in tiles(width, height, tile):
            left, top, right, bottom = view
            rows = self._look(self._network, rgb[top:bottom, left:right], self._score)
            found.append(uncut(rows + np.array([left, top, left, top, 0, 0], np.float32), view, width, height))
        return suppress_doubles(np.concatenate(found))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of network: what it looks like from outside, how that is recognised, and how it is used."""

    ports: str
    fits: Callable[[OnnxFile], bool]
    look: Callable[[OnnxFile, RGB, float], Rows]  # a picture, the confidence to exceed -> rows, all finite


def tiles(width: int, height: int, side: int) -> list[View]:
    """Square tiles that cover a picture, evenly spread, so that neighbours overlap by a quarter or more.

    None where side is 0 or the picture is no larger than a tile.

    >>> tiles(360, 240, 208)
    [(0, 0, 208, 208), (152, 0, 360, 208), (0, 32, 208, 240), (152, 32, 360, 240)]
    """
    if side == 0 or (width <= side and height <= side):
        return []
    columns, rows = _spread(width, side), _spread(height, side)
    return [(x, y, min(x + side, width), min(y + side, height)) for y in rows for x in columns]


def _spread(length: int, side: int) -> list[int]:
    space = max(0, length - side)
    return [round(start) for start in np.linspace(0, space, ceil(space / (side * 3 // 4)) + 1)]


def uncut(rows: Rows, view: View, width: int, height: int) -> Rows:
    """Boxes that keep away from those edges of a view that lie inside the picture; all in the picture's pixels."""
    left, top, right, bottom = view
    edge = EDGE * max(right - left, bottom - top)
    lowest = [left + edge if left > 0 else -np.inf, top + edge if top > 0 else -np.inf]
    highest = [right - edge if right < width else np.inf, bottom - edge if bottom < height else np.inf]
    return rows[(rows[:, :2] > lowest).all(1) & (rows[:, 2:4] < highest).all(1)]


def suppress_doubles(rows: Rows) -> Rows:
    """Of boxes of one class whose IoU is above 0.5 keep the surest (non-maximum suppression); the surest first."""
    boxes = np.concatenate([rows[:, :2], rows[:, 2:4] - rows[:, :2]], 1).tolist()  # left, top, width, height
    kept = cv2.dnn.NMSBoxesBatched(boxes, rows[:, 4].tolist(), rows[:, 5].astype(int).tolist(), 0.0, LARGEST_IOU)
    return rows[np.asarray(kept, np.intp)]


def surest(rows: Rows) -> Rows:
    """The MOST rows of highest confidence, in that order."""
    return rows[np.argsort(-rows[:, 4], kind="stable")[:MOST]]


def _detr_fits(network: OnnxFile) -> bool:
    takes = {port.name: port.shape for port in network.inputs}
    gives = {port.name: len(port.shape or ()) for port in network.outputs}
    known = set(takes) == {"images", "orig_target_sizes"} and gives == {"labels": 2, "boxes": 3, "scores": 2}
    return known and _side(takes["images"]) > 0


def _detr_look(network: OnnxFile, rgb: RGB, score: float) -> Rows:
    """DEIM, D-FINE and RT-DETR: the picture stretched to S x S, RGB / 255; boxes come in its own pixels."""
    side = next(_side(port.shape) for port in network.inputs if port.name == "images")
    image = _resize(rgb, side, side).transpose(2, 0, 1)[None].astype(np.float32) / 255
    size = np.array([[rgb.shape[1], rgb.shape[0]]], np.int64)  # width, height
    outputs = network.run({"images": image, "orig_target_sizes": size})
    found = {port.name: output for port, output in zip(network.outputs, outputs, strict=True)}
    count = found["scores"].shape[-1]
    shapes = {"labels": (1, count), "boxes": (1, count, 4), "scores": (1, count)}
    if any(found[name].shape != shape or found[name].dtype.kind not in "fiu" for name, shape in shapes.items()):
        came = ", ".join(f"{name} {found[name].dtype} {found[name].shape}" for name in shapes)
        raise ConfigError(f"{network.path} must give labels (1, N), boxes (1, N, 4) and scores (1, N), gave {came}")
    columns = [found["boxes"][0], found["scores"][0, :, None], found["labels"][0, :, None]]
    rows = np.concatenate([np.asarray(column, np.float32) for column in columns], 1)
    return surest(_finite(rows[rows[:, 4] > score]))


def _yolox_fits(network: OnnxFile) -> bool:
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        return False
    side, gives = _side(network.inputs[0].shape), network.outputs[0].shape or ()
    return side > 0 and len(gives) == 3 and gives[1] == len(_anchors(side)) and (gives[2] or 0) > 5


def _yolox_look(network: OnnxFile, rgb: RGB, score: float) -> Rows:
    """YOLOX, before its decoding or after: the picture in the upper left of S x S, all else 114, BGR from 0 to 255."""
    side = _side(network.inputs[0].shape)
    scale = side / max(rgb.shape[:2])
    height, width = (max(1, round(length * scale)) for length in rgb.shape[:2])
    image = np.full((side, side, 3), 114, np.float32)
    image[:height, :width] = _resize(rgb, width, height)[..., ::-1]
    head = network.run({network.inputs[0].name: np.ascontiguousarray(image.transpose(2, 0, 1)[None])})[0][0]
    rows = _decoded(np.asarray(head, np.float32), side, score)
    rows[:, :4] /= scale
    return surest(_finite(rows))


def _decoded(head: NDArray[np.float32], side: int, score: float) -> Rows:
    """(A, 5 + K): the place; that it is something; each class.

    The place is centre and log size in strides, the centre from its anchor; or, of an export that decodes
    (`--decode_in_inference`), centre and size in pixels. Both have one shape. A size in pixels, taken for a logarithm,
    makes a box of many pictures: where a box would be four pictures wide and high, all of them are in pixels.
    """
    with np.errstate(invalid="ignore"):
        confidence = head[:, 4:5] * head[:, 5:]
    anchor, kind = np.nonzero(confidence > score)
    near = _anchors(side)[anchor]
    stride = near[:, 2:]
    place, size = head[anchor, :2], head[anchor, 2:4]
    with np.errstate(over="ignore", invalid="ignore"):  # an endless box is left out as not finite
        if (size > np.log(4 * side / stride)).all(1).any():
            centre, half = place, size / 2
        else:
            centre, half = (place + near[:, :2]) * stride, np.exp(size) * stride / 2
    columns = [centre - half, centre + half, confidence[anchor, kind][:, None], kind[:, None].astype(np.float32)]
    return np.concatenate(columns, 1)


def _anchors(side: int) -> NDArray[np.float32]:
    """(A, 3): column, row and stride of YOLOX's anchors, row by row at strides 8, then 16, then 32."""
    grids = []
    for stride in (8, 16, 32):
        row, column = np.divmod(np.arange((side // stride) ** 2), side // stride)
        grids.append(np.stack([column, row, np.full_like(row, stride)], 1))
    return np.concatenate(grids).astype(np.float32)


def _finite(rows: Rows) -> Rows:
    return rows[np.isfinite(rows).all(1)]


def _side(shape: tuple[int | None, ...] | None) -> int:
    """S of (1 or open, 3, S, S), else 0."""
    if shape is None or len(shape) != 4 or shape[0] not in (None, 1) or shape[1] != 3 or shape[2] != shape[3]:
        return 0
    return shape[2] or 0


def _resize(rgb: RGB, width: int, height: int) -> RGB:
    way = cv2.INTER_AREA if rgb.shape[0] * rgb.shape[1] > width * height else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=way), np.uint8)


KINDS = (
    Kind("images (1, 3, S, S), orig_target_sizes (1, 2) -> labels, boxes, scores", _detr_fits, _detr_look),
    Kind(
        "(1, 3, S, S) -> (1, A, 5 + K) with A boxes at strides 8, 16 and 32, decoded or not", _yolox_fits, _yolox_look
    ),
)


def _kind_of(network: OnnxFile) -> Kind:
    for kind in KINDS:
        if kind.fits(network):
            return kind
    ports = " -> ".join(", ".join(str(port) for port in ports) for ports in (network.inputs, network.outputs))
    understood = "; or ".join(kind.ports for kind in KINDS)
    raise ConfigError(f"{network.path} is no detector that is understood: it is {ports}; wanted is {understood}")
