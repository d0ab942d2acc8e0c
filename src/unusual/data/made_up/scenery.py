"""The place of a made-up scene: ground, walls, street furniture and light, drawn once and used for every frame.

Every pixel of the background is traced to the ground or the wall it sees, and a material gives the colour there from
the position in metres; so perspective comes by itself and no texture is stretched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.data.made_up.bodies import box, dim
from unusual.data.made_up.figures import (
    Body,
    Bytes,
    Camera,
    Colour,
    Floats,
    Limb,
    Place,
    Sprite,
    cast_shadows,
    draw,
    projection,
    stand,
)

Field = NDArray[np.floating[Any]]  # (h, w) float32, one value for each pixel
FINER = 2  # the background is drawn this much larger, then averaged down


@dataclass(frozen=True, slots=True)
class Walkway:
    """A straight path through the world's origin. heading: radians from the x axis. width: metres.

    Positions on it are (along, across) in metres; across is positive to the left of the heading.
    """

    heading: float
    width: float

    def to_world(self, along: float, across: float) -> tuple[float, float]:
        """(along, across) -> (x, y), metres."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        return float(along * c - across * s), float(along * s + across * c)


class Grain:
    """Random values that belong to places, repeating far apart: the same metre always gives the same value."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.tile = rng.normal(0, 1, (256, 256)).astype(np.float32)

    def smooth(self, u: Field, v: Field, size: float) -> Field:
        """Soft noise of unit strength with blobs of `size` metres at (u, v) metres."""
        return self._sample(u / size, v / size, cv2.INTER_LINEAR)

    def cells(self, u: Field, v: Field) -> Field:
        """One value for each whole-numbered cell that (u, v) lies in."""
        return self._sample(np.floor(u), np.floor(v), cv2.INTER_NEAREST)

    def rough(self, u: Field, v: Field, size: float) -> Field:
        """Noise of many sizes, from `size` metres down to an eighth of it."""
        layers = np.stack([self.smooth(u + 9 * k, v, size / 2**k) / (k + 1) for k in range(4)])
        return np.asarray(layers.sum(axis=0), np.float32)

    def _sample(self, u: Field, v: Field, how: int) -> Field:
        u, v = np.clip(u, -30000, 30000), np.clip(v, -30000, 30000)  # OpenCV counts pixels in 16 bits
        return np.asarray(cv2.remap(self.tile, u, v, how, borderMode=cv2.BORDER_WRAP), np.float32)


Material = Callable[[Field, Field, Grain], NDArray[np.float32]]  # (u, v) metres -> (h, w, 3) colours


def tinted(colour: Colour, *layers: Field | float) -> NDArray[np.float32]:
    """A colour (h, w, 3), brightened by the sum of layers (h, w), in shares of its brightness."""
    tone = 1 + np.stack(np.broadcast_arrays(*layers)).sum(axis=0)
    return np.asarray(tone[..., None] * np.array(colour), np.float32)


def slabs(colour: Colour, length: float, width: float, joint: float = 0.025, contrast: float = 0.06) -> Material:
    """Stones laid in staggered rows: length x width metres, with dark joints."""

    def material(u: Field, v: Field, grain: Grain) -> NDArray[np.float32]:
        row = v / width
        column = u / length + np.mod(np.floor(row), 2) / 2
        edge = np.minimum(np.mod(column, 1) * length, np.mod(row, 1) * width)
        dark = np.where(edge < joint, np.float32(-0.28), np.float32(0))
        stone = contrast * grain.cells(column, row)
        return tinted(colour, dark, stone, 0.025 * grain.rough(u, v, 1.5), 0.02 * grain.smooth(u, v, 0.04))

    return material


def asphalt(colour: Colour) -> Material:
    """Tar with grit, patches and stains."""
    return lambda u, v, g: tinted(
        colour, 0.05 * g.rough(u, v, 3.0), 0.07 * g.smooth(u, v, 0.05), 0.03 * g.smooth(u, v, 0.5)
    )


def grass(colour: Colour) -> Material:
    """Lawn: tufts, and worn places that are yellower."""

    def material(u: Field, v: Field, g: Grain) -> NDArray[np.float32]:
        green = tinted(colour, 0.14 * g.rough(u, v, 0.5), 0.12 * g.smooth(u, v, 0.07), 0.08 * g.smooth(u, v, 4.0))
        worn = np.clip(g.smooth(u, v, 2.5) - 0.6, 0, 1)[..., None] * 0.35
        return np.asarray(green * (1 - worn) + worn * np.array((150, 136, 92), np.float32), np.float32)

    return material


def facade(wall: Material, glass: Colour, window: tuple[float, float], pitch: float, base: float) -> Material:
    """A wall with windows of (width, height) metres, one each `pitch` metres, above a plinth of `base` metres."""

    def material(u: Field, v: Field, g: Grain) -> NDArray[np.float32]:
        picture = wall(u, v, g)
        x, y = np.mod(u, pitch) - pitch / 2, np.mod(v - 1.1, window[1] + 1.3)
        inside = (np.abs(x) < window[0] / 2) & (y > 0) & (y < window[1]) & (v > 1.1)
        frame = inside & ((np.abs(x) > window[0] / 2 - 0.09) | (y < 0.09) | (y > window[1] - 0.09) | (np.abs(x) < 0.04))
        shine = tinted(glass, 0.35 * (y / window[1]), 0.25 * g.cells(u / pitch, v / 3), 0.05 * g.smooth(u, v, 0.8))
        picture[inside] = shine[inside]
        picture[frame] = (214, 210, 200)
        plinth = v < base
        picture[plinth] = picture[plinth] * 0.68
        return picture

    return material


GROUNDS: tuple[Material, ...] = (
    slabs((166, 160, 150), 0.9, 0.6),
    slabs((150, 132, 118), 0.42, 0.21, 0.018, 0.1),
    slabs((178, 176, 170), 2.4, 2.4, 0.03, 0.03),
    slabs((142, 142, 146), 0.5, 0.5, 0.02, 0.08),
    asphalt((112, 112, 114)),
    asphalt((148, 142, 130)),
)
VERGES: tuple[Material, ...] = (
    grass((92, 116, 62)),
    grass((112, 124, 70)),
    grass((74, 98, 60)),
    asphalt((94, 94, 98)),
    asphalt((168, 154, 126)),
    slabs((126, 122, 118), 0.3, 0.3, 0.02, 0.09),
)
_BRICKS, _PLASTER = slabs((150, 96, 78), 0.26, 0.09, 0.012, 0.09), asphalt((198, 188, 168))
WALLS: tuple[Material, ...] = (
    facade(_BRICKS, (70, 84, 98), (1.3, 1.5), 3.2, 0.4),
    facade(_PLASTER, (58, 70, 84), (1.6, 1.7), 3.6, 0.5),
    facade(slabs((172, 168, 160), 1.2, 0.6, 0.02, 0.04), (84, 100, 112), (2.2, 2.0), 3.0, 0.3),
    slabs((132, 120, 106), 0.4, 0.2, 0.02, 0.1),
    slabs((108, 82, 58), 0.14, 9.0, 0.015, 0.12),
    grass((58, 78, 44)),
)


@dataclass(frozen=True, slots=True)
class Scenery:
    """What does not move. picture: (H, W, 3) uint8. ground: (H, W) uint8, 255 where shadows fall. props: far to near.

    sun: (2,) metres of shadow for each metre of height. shade: depth of shadows in [0, 1], 0 under clouds.
    """

    picture: Bytes
    ground: Bytes
    props: tuple[Sprite, ...]
    sun: Floats
    shade: float


def trace(camera: Camera, origin: Floats, right: Floats, up: Floats) -> tuple[Field, Field, NDArray[np.bool_]]:
    """Where each (finer) pixel sees a plane: metres (h, w) along `right` and along `up`, and whether it does at all."""
    matrix = projection(camera)
    plane = np.stack([matrix[:, :3] @ right, matrix[:, :3] @ up, matrix @ np.append(origin, 1.0)], axis=1)
    u = (np.arange(camera.width * FINER) + 0.5) / FINER
    v = (np.arange(camera.height * FINER) + 0.5) / FINER
    rays = np.stack([*np.meshgrid(u, v), np.ones((v.size, u.size))], axis=-1) @ np.linalg.inv(plane).T
    ahead = rays[..., 2] > 1e-3
    place = (rays[..., :2] / np.where(ahead, rays[..., 2], 1.0)[..., None]).astype(np.float32)
    return place[..., 0], place[..., 1], ahead


def build_scenery(
    camera: Camera, walkway: Walkway, reach: tuple[float, float], rng: np.random.Generator, *, sunlight: float
) -> Scenery:
    """Draw the place. reach: the stretch of the walkway in view, metres. sunlight: 0 cloudy, 1 low hard sun."""
    grain = Grain(rng)
    turn = rng.uniform(0, 2 * np.pi)
    sun = np.array([np.cos(turn), -abs(np.sin(turn)) * 0.8]) * rng.uniform(0.4, 1.1)  # towards the camera or sideways
    along, across = (np.array([*walkway.to_world(*step), 0.0]) for step in ((1.0, 0.0), (0.0, 1.0)))
    picture, ground = _lay_ground(camera, along, across, walkway.width / 2, rng, grain)
    wall_at = _wall_place(camera, walkway, rng) if rng.random() < 0.75 else np.inf
    if np.isfinite(wall_at):
        _stand_wall(picture, ground, camera, across * wall_at, along, rng, grain)
    figures = [stand(*thing) for thing in _furniture(camera, walkway, reach, wall_at, rng)]
    shadow = np.zeros((camera.height, camera.width), np.uint8)
    cast_shadows(shadow, camera, figures, sun)
    size = (camera.width, camera.height)
    floor = np.asarray(cv2.resize(ground, size, interpolation=cv2.INTER_AREA), np.uint8)
    soft = cv2.GaussianBlur(cv2.bitwise_and(shadow, floor), (0, 0), 0.8 + camera.height / 300)
    shade = 0.55 * sunlight
    lit = cv2.resize(np.clip(picture, 0, 255), size, interpolation=cv2.INTER_AREA) * (1 - shade / 255 * soft[..., None])
    towards = -0.25 * sunlight * sun / np.hypot(*sun)
    props = [sprite for sprite in draw(camera, figures, towards) if sprite]
    return Scenery(lit.astype(np.uint8), floor, tuple(props), sun, shade)


def _lay_ground(
    camera: Camera, along: Floats, across: Floats, half: float, rng: np.random.Generator, grain: Grain
) -> tuple[NDArray[np.float32], Bytes]:
    """The verge, the kerb and the paved path, hazy far away; and where there is ground at all, as 255."""
    s, n, seen = trace(camera, np.zeros(3), along, across)
    picture = VERGES[rng.integers(len(VERGES))](s, n, grain)
    paved = GROUNDS[rng.integers(len(GROUNDS))](s, n, grain)
    from_middle = np.abs(n)
    kerb = from_middle < half + rng.uniform(0.08, 0.2)
    picture[kerb] = tinted((176, 172, 164), 0.04 * grain.rough(s, n, 1.0))[kerb]
    picture[from_middle < half] = paved[from_middle < half]
    haze = np.clip((np.hypot(s, n) - 30) / 200, 0, 0.5)[..., None]
    picture = np.asarray(picture * (1 - haze) + haze * np.array((188, 194, 200), np.float32), np.float32)
    picture[~seen] = (198, 208, 220)
    return picture, np.where(seen, 255, 0).astype(np.uint8)


def _wall_place(camera: Camera, walkway: Walkway, rng: np.random.Generator) -> float:
    """How far across a wall stands: beyond the path as the camera sees it, on either side when it looks along it."""
    lens = -camera.distance * np.cos(camera.tilt) * np.cos(walkway.heading)
    side = rng.choice([-1, 1]) if abs(lens) < walkway.width / 2 else -np.sign(lens)
    return float(side * (walkway.width / 2 + rng.uniform(1.0, 4.0)))


def _stand_wall(
    picture: NDArray[np.float32],
    ground: Bytes,
    camera: Camera,
    foot: Floats,
    along: Floats,
    rng: np.random.Generator,
    grain: Grain,
) -> None:
    """Draw a wall that stands on `foot` and runs along the walkway, in place."""
    u, z, ahead = trace(camera, foot, along, np.array([0.0, 0.0, 1.0]))
    kind = int(rng.integers(len(WALLS)))
    height = 12.0 if kind < 3 else rng.uniform(1.2, 3.0)
    on = ahead & (z >= 0) & (z < height)
    wall = WALLS[kind](u, z, grain)
    wall *= (0.8 + 0.2 * np.clip(z / 1.2, 0, 1))[..., None]  # darker towards the ground, where little sky is seen
    wall[z > height - 0.12] *= 1.15
    picture[on] = wall[on]
    ground[on] = 0
    foot_of_wall = ~on & np.roll(on, 4, axis=0) & ahead
    picture[foot_of_wall] *= 0.8


def _furniture(
    camera: Camera, walkway: Walkway, reach: tuple[float, float], wall_at: float, rng: np.random.Generator
) -> list[tuple[Body, Place]]:
    """Lamps, benches, bins, bollards, bushes and trees beside the path, none where the wall stands."""
    things: list[tuple[Body, Place]] = []
    half = walkway.width / 2
    for _ in range(int(rng.integers(0, 6))):
        across = rng.choice([-1, 1]) * (half + rng.uniform(0.35, 1.4))
        x, y = walkway.to_world(rng.uniform(*reach), across)
        depth = float(camera.project(np.array([x, y, 0.0]))[1])
        behind_wall = across * np.sign(wall_at) > abs(wall_at) - 0.7
        if behind_wall or depth < 0.55 * camera.distance:
            continue
        near = depth < camera.distance
        build = (_lamp, _bin, _bollard, _bush, _bench, _tree)[rng.integers(5 if near else 6)]
        things.append((build(rng), Place(x, y, heading=walkway.heading)))
    return things


def _lamp(rng: np.random.Generator) -> Body:
    dark: Colour = (52, 56, 60)
    return Body(
        [
            Limb((0, 0, 0), (0, 0, 0.5), 0.09, 0.07, dark),
            Limb((0, 0, 0.4), (0, 0, 4.2), 0.05, 0.04, dark),
            Limb((0, 0, 4.3), (0, 0, 4.6), 0.14, 0.1, (230, 226, 204)),
        ]
    )


def _bin(rng: np.random.Generator) -> Body:
    green: Colour = (54, 74, 62)
    return Body(
        [
            Limb((0, 0, 0.2), (0, 0, 0.75), 0.2, 0.22, green),
            Limb((0, 0, 0.85), (0, 0, 0.88), 0.22, 0.2, dim(green, 0.6)),
        ]
    )


def _bollard(rng: np.random.Generator) -> Body:
    return Body(
        [
            Limb((0, 0, 0.05), (0, 0, 0.8), 0.07, 0.07, (86, 88, 92)),
            Limb((0, 0, 0.78), (0, 0, 0.8), 0.08, 0.08, (210, 206, 190)),
        ]
    )


def _bench(rng: np.random.Generator) -> Body:
    wood: Colour = (128, 94, 62)
    panels = box((0, 0, 0.43), (1.6, 0.42, 0.06), wood) + box((0, 0.2, 0.72), (1.6, 0.05, 0.3), dim(wood, 0.9))
    return Body(
        [Limb((x, y, 0.0), (x, y, 0.42), 0.03, 0.03, (50, 50, 52)) for x in (-0.6, 0.6) for y in (-0.15, 0.15)], panels
    )


def _bush(rng: np.random.Generator) -> Body:
    return Body(_leaves(rng, 40, (0, 0, 0.35), (0.55, 0.4, 0.3), (70, 96, 52)))


def _tree(rng: np.random.Generator) -> Body:
    trunk = [
        Limb((0, 0, 0), (0.05, 0, 2.6), 0.16, 0.09, (84, 68, 54)),
        Limb((0.05, 0, 2.2), (0.5, 0.2, 3.4), 0.07, 0.04, (84, 68, 54)),
    ]
    return Body(trunk + _leaves(rng, 110, (0.1, 0, 3.7), (1.1, 1.1, 0.9), (80, 110, 56)))


def _leaves(
    rng: np.random.Generator, count: int, centre: tuple[float, ...], spread: tuple[float, ...], colour: Colour
) -> list[Limb]:
    limbs = []
    for offset in rng.normal(0, 0.5, (count, 3)):
        x, y, z = np.array(centre) + offset * np.array(spread)
        tone = float(np.clip(0.95 + 0.25 * offset[2] + rng.normal(0, 0.1), 0.5, 1.4))
        limbs.append(Limb((x, y, max(z, 0.1)), (x + 0.1, y, max(z, 0.1)), 0.16, 0.12, dim(colour, tone)))
    return limbs
