"""People, bicycles, carts and street furniture of a made-up scene: bodies in metres, seen through a pinhole camera.

A body is a handful of round limbs and flat panels in its own frame: forward, left, up, in metres, feet at the origin.
Placing it in the world, projecting it and filling the outlines gives the picture from any side; dropping the same
limbs on the ground along the sun's rays gives its shadow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Colour = tuple[float, float, float]

SUBPIXEL_BITS = 4  # OpenCV draws at 1/16 pixel: without it, slow walkers would hop from pixel to pixel
NEAREST_M = 0.5  # what is closer to the lens than this is not drawn
_ROUND = np.linspace(np.pi / 2, 3 * np.pi / 2, 6)  # half a circle, for the round end of a limb


class Limb(NamedTuple):
    """A rounded stick from `start` to `end` (metres: forward, left, up), with a radius at either end."""

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    start_radius: float
    end_radius: float
    colour: Colour


class Panel(NamedTuple):
    """A flat four-cornered plate; corners in metres: forward, left, up."""

    corners: tuple[tuple[float, float, float], ...]
    colour: Colour


@dataclass(frozen=True, slots=True)
class Body:
    """What one thing is made of, in its own frame. size: factor on all its metres."""

    limbs: Sequence[Limb]
    panels: Sequence[Panel] = ()
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a body stands, in metres of the world. heading: radians from the x axis. pitch: radians tipped over."""

    x: float
    y: float
    z: float = 0.0
    heading: float = 0.0
    pitch: float = 0.0

    def to_world(self, points: Floats) -> Floats:
        """(..., 3) forward, left, up -> (..., 3) x, y, z."""
        if self.pitch:
            c, s = np.cos(self.pitch), np.sin(self.pitch)
            forward, up = points[..., 0] * c + points[..., 2] * s, points[..., 2] * c - points[..., 0] * s
            points = np.stack([forward, points[..., 1], np.maximum(up, 0.09)], axis=-1)
        c, s = np.cos(self.heading), np.sin(self.heading)
        turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
        return np.asarray(points @ turn + np.array([self.x, self.y, self.z]), np.float64)


@dataclass(frozen=True, slots=True)
class Figure:
    """A body that stands in the world. limbs (K, 2, 3), panels (P, 4, 3) and feet (3,) in metres; radii (K, 2);

    colours: (K + P, 3) in [0, 255], limbs first.
    """

    limbs: Floats
    radii: Floats
    panels: Floats
    colours: Floats
    feet: Floats


def stand(body: Body, place: Place) -> Figure:
    """Put a body in its place."""
    limbs = np.array([(limb.start, limb.end) for limb in body.limbs], np.float64) * body.size
    panels = np.array([panel.corners for panel in body.panels], np.float64).reshape(-1, 4, 3) * body.size
    return Figure(
        limbs=place.to_world(limbs),
        radii=np.array([limb[2:4] for limb in body.limbs]) * body.size,
        panels=place.to_world(panels),
        colours=np.array([limb.colour for limb in body.limbs] + [panel.colour for panel in body.panels], np.float64),
        feet=np.array([place.x, place.y, 0.0]),
    )


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera that looks along +y, tilted down; the optical axis meets the ground at the world's origin.

    focal: pixels. tilt: radians below the horizon. distance: metres from the lens to the origin.
    """

    width: int
    height: int
    focal: float
    tilt: float
    distance: float

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """(..., 3) metres -> (..., 2) u right and v down in pixels, and depths (...) in metres above NEAREST_M."""
        matrix = projection(self)
        seen = points @ matrix[:, :3].T + matrix[:, 3]
        depth = np.maximum(seen[..., 2], NEAREST_M)
        return seen[..., :2] / depth[..., None], depth


@lru_cache
def projection(camera: Camera) -> Floats:
    """(3, 4): homogeneous world metres -> (u * depth, v * depth, depth)."""
    c, s = np.cos(camera.tilt), np.sin(camera.tilt)
    depth = np.array([0, c, -s, camera.distance])
    across, down = np.array([1.0, 0, 0, 0]), np.array([0, -s, -c, 0])
    u, v = camera.width / 2 * depth + camera.focal * across, camera.height / 2 * depth + camera.focal * down
    return np.stack([u, v, depth])


@dataclass(frozen=True, slots=True)
class Sprite:
    """A drawn figure, cut out. rgba: (h, w, 4) uint8, colours already multiplied by alpha. left, top: px in the frame.

    depth: metres from the camera to where it stands, for the order of drawing.
    """

    left: int
    top: int
    depth: float
    rgba: Bytes


def outlines(camera: Camera, limbs: Floats, radii: Floats) -> tuple[Floats, Floats]:
    """Limbs (K, 2, 3) and radii (K, 2) in metres -> outlines (K, 12, 2) px, all convex, and depths (K,) m."""
    uv, depth = camera.project(limbs)
    radius = radii * camera.focal / depth
    axis = uv[:, 1] - uv[:, 0]
    angle = np.arctan2(axis[:, 1], axis[:, 0])[:, None] + _ROUND
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1)  # K 6 2
    ends = uv[:, :1] + radius[:, :1, None] * ring, uv[:, 1:] - radius[:, 1:, None] * ring
    return np.concatenate(ends, axis=1), depth.mean(1)


def draw(camera: Camera, figures: Sequence[Figure], sun: Floats) -> Iterator[Sprite | None]:
    """Draw figures as they are seen from the camera; None for who is out of view.

    sun: (2,) direction on the ground towards the light, its length is the contrast between lit and dark side.
    """
    if not figures:
        return
    polygons, depths = outlines(
        camera, *(np.concatenate(all_) for all_ in zip(*((f.limbs, f.radii) for f in figures), strict=True))
    )
    plates, plate_depths = camera.project(np.concatenate([f.panels for f in figures]))
    _, bases = camera.project(np.stack([f.feet for f in figures]))
    limb_ends = np.cumsum([0, *(len(f.limbs) for f in figures)])
    plate_ends = np.cumsum([0, *(len(f.panels) for f in figures)])
    spans = zip(pairwise(limb_ends), pairwise(plate_ends), strict=True)
    for figure, base, ((a, b), (c, d)) in zip(figures, bases, spans, strict=True):
        light = 1 + np.clip((figure.limbs.mean(1) - figure.feet)[:, :2] @ sun / 0.2, -0.3, 0.3)
        colours = figure.colours.copy()
        colours[: b - a] *= light[:, None]
        order = np.argsort(-np.concatenate([depths[a:b], plate_depths[c:d].mean(1)]), kind="stable")
        shapes = [*polygons[a:b], *plates[c:d]]
        yield _cut_out(camera, [shapes[i] for i in order], np.clip(colours[order], 4, 251), float(base))


def _cut_out(camera: Camera, shapes: Sequence[Floats], colours: Floats, base: float) -> Sprite | None:
    """Fill shapes (K, 2) px in their order, far to near, into a picture just large enough."""
    points = np.concatenate(shapes)
    left, top = (max(int(x), 0) for x in np.floor(points.min(0)) - 1)
    right, bottom = np.ceil(points.max(0)).astype(int) + 2
    width, height = min(int(right), camera.width) - left, min(int(bottom), camera.height) - top
    if width <= 0 or height <= 0 or base <= NEAREST_M:
        return None
    finer = 4 if height < 40 else 2 if height < 100 else 1  # thin limbs of far walkers need pixels to be drawn in
    canvas = np.zeros((height * finer, width * finer, 4), np.uint8)
    corners = subpixels((points - (left, top) + 0.5) * finer - 0.5)
    ends = np.cumsum([0, *(len(shape) for shape in shapes)]).tolist()
    for (a, b), (red, green, blue) in zip(pairwise(ends), colours.tolist(), strict=True):
        cv2.fillConvexPoly(canvas, corners[a:b], (red, green, blue, 255), cv2.LINE_AA, SUBPIXEL_BITS)
    rgba = canvas if finer == 1 else cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return Sprite(left, top, base, np.asarray(rgba, np.uint8))


def subpixels(points: Floats) -> Ints:
    """Pixels -> the whole-numbered sixteenths of a pixel that OpenCV draws with."""
    return np.round(points * (1 << SUBPIXEL_BITS)).astype(np.int32)


def cast_shadows(layer: Bytes, camera: Camera, figures: Sequence[Figure], sun: Floats) -> None:
    """Draw the shadows of figures on a layer (H, W) uint8, in place; 255 = full shadow.

    sun: (2,) metres by which the shadow of a point one metre up lies away from its foot.
    """
    if not figures:
        return
    limbs, radii, panels = (
        np.concatenate(all_) for all_ in zip(*((f.limbs, f.radii, f.panels) for f in figures), strict=True)
    )
    drop = np.array([[1.0, 0, 0], [0, 1.0, 0], [sun[0], sun[1], 0]])
    polygons, _ = outlines(camera, limbs @ drop, radii)
    middle = polygons.mean(axis=1, keepdims=True)
    flat = (np.ptp(polygons[..., 1], axis=1) < np.ptp(polygons[..., 0], axis=1))[:, None]
    polygons[..., 1] = middle[..., 1] + (polygons - middle)[..., 1] * np.where(flat, np.sin(camera.tilt), 1.0)
    plates, _ = camera.project(panels @ drop)
    for polygon in (*subpixels(polygons), *subpixels(plates)):
        cv2.fillConvexPoly(layer, polygon, 255, cv2.LINE_AA, SUBPIXEL_BITS)


def paste(frame: Bytes, sprite: Sprite) -> None:
    """Lay a sprite over a frame (H, W, 3), in place."""
    height, width = sprite.rgba.shape[:2]
    below = frame[sprite.top : sprite.top + height, sprite.left : sprite.left + width]
    clear = cv2.bitwise_not(sprite.rgba[..., 3])
    rest = cv2.multiply(below, cv2.merge([clear, clear, clear]), scale=1 / 255)
    cv2.add(rest, cv2.cvtColor(sprite.rgba, cv2.COLOR_RGBA2RGB), dst=rest)
    below[:] = rest
