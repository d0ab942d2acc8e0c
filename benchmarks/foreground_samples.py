"""A made-up moment -> a picture to learn from, as another camera, another light and another hour might have given it.

Letters: H W px of a sample, h w = H/4 W/4; N bodies.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from foreground_scenes import Picture, Rows, Shots
from numpy.typing import NDArray

from unusual.methods.objects.objects import overlap_px

HEIGHT, WIDTH, STRIDE = 192, 256, 4
SCALES = (0.6, 1.7)  # of the picture
LOWEST, NARROWEST, LEAST_VISIBLE = 7, 3, 0.35  # px, px and share of bodies that are to be found
SPREAD = 0.12  # of its sides, with which a middle fades

Floats = NDArray[np.float32]
Three = NDArray[np.float32]  # (3, h, w, 3) grey levels: a frame, the one before, the ground


@dataclass(frozen=True, slots=True)
class Target:
    """What the network should say of a sample.

    heat: (h, w) 1 at the middle of a body, less around it. sides: (4, h, w) log px to the left, top, right and bottom.
    weight: (h, w) of the sides. spared: (h, w) where nothing is asked for: what is too small or too hidden.
    """

    heat: Floats
    sides: Floats
    weight: Floats
    spared: NDArray[np.bool_]


def sample(
    rng: np.random.Generator, shots: Shots, rows: Rows, other: Callable[[], Shots]
) -> tuple[Picture, Picture, Picture, Target]:
    """A frame, the one before, the ground, each (H, W, 3), and what is in the frame. other: gives any moment."""
    three = np.stack([shots[..., k : k + 3] for k in (0, 3, 6)]).astype(np.float32)
    if rng.random() < 0.35:
        haunt(rng, three, other()[..., :3].astype(np.float32))
    if rng.random() < 0.3:
        sway(rng, three)
    three, rows = cropped(rng, coloured(rng, lit(rng, three)), without_parts(rows))
    frame, before, ground = np.clip(seen(rng, three), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.uniform(25, 90))
        frame, before = compressed(frame, quality), compressed(before, quality)
    if rng.random() < 0.5:
        frame, before, ground = (np.ascontiguousarray(each[:, ::-1]) for each in (frame, before, ground))
        rows[:, [0, 2]] = WIDTH - rows[:, [2, 0]]
    if rng.random() < 0.08:
        before = frame  # nothing has moved
    return frame, before, ground, target(within(rows))


def haunt(rng: np.random.Generator, three: Three, other: Floats) -> None:
    """Somebody is in the ground who once stood there: parts of this moment or of another, in place."""
    frame, _, ground = three
    height, width = ground.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        h, w = int(rng.uniform(15, 110)), int(rng.uniform(10, 70))
        y, x, v, u = (int(rng.integers(0, room)) for room in (height - h, width - w, height - h, width - w))
        source = frame if rng.random() < 0.5 else other
        there = ground[y : y + h, x : x + w]
        there += (source[v : v + h, u : u + w] - there) * oval(h, w, float(rng.uniform(0.1, 1.0)), 5)


def sway(rng: np.random.Generator, three: Three) -> None:
    """Leaves move in parts of the two frames where nobody is, in place."""
    ground = three[2]
    height, width = ground.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        y, x, side = int(rng.integers(0, height - 50)), int(rng.integers(0, width - 50)), int(rng.integers(20, 50))
        where = slice(y, y + side), slice(x, x + side)
        still = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).astype(np.float32)
        for picture in three[:2]:
            part = picture[where].copy()
            shift = cv2.resize(rng.normal(0, rng.uniform(0.5, 2.5), (5, 5, 2)).astype(np.float32), (side, side))
            x_from, y_from = cv2.split(still + shift)
            moved = cv2.remap(part, x_from, y_from, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            nobody = np.abs(part - ground[where]).max(-1, keepdims=True) < 25
            picture[where] = np.where(nobody, part + (moved - part) * oval(side, side, 1.0, 7), part)


def oval(height: int, width: int, share: float, soft: int) -> Floats:
    """(h, w, 1) that share inside an ellipse, 0 outside, with a soft rim."""
    mask = np.zeros((height, width), np.float32)
    cv2.ellipse(mask, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, share, -1)
    return np.asarray(cv2.GaussianBlur(mask, (soft, soft), 0)[..., None], np.float32)


def lit(rng: np.random.Generator, three: Three) -> Three:
    """The light of both frames is another than when the ground was learnt."""
    height, width = three.shape[1:3]
    light = np.ones((height, width, 1))
    if rng.random() < 0.5:
        cells = int(rng.integers(2, 6))
        clouds = rng.uniform(-1, 1, (cells, cells)).astype(np.float32) * rng.uniform(0, 0.15)
        light += cv2.resize(clouds, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    if rng.random() < 0.4:
        light *= rng.uniform(0.88, 1.12)
    return np.asarray(np.concatenate([three[:2] * light, three[2:]]), np.float32)


def coloured(rng: np.random.Generator, three: Three) -> Three:
    """Grey, or in other colours; softer or harder, darker or brighter."""
    if rng.random() < 0.35:
        three = np.repeat(three @ np.array([[0.299], [0.587], [0.114]], np.float32), 3, -1)
    elif rng.random() < 0.5:
        three = three * rng.uniform(0.8, 1.2, 3).astype(np.float32)
        if rng.random() < 0.5:
            three = three[..., rng.permutation(3)]
    return np.asarray((three - 128) * rng.uniform(0.5, 1.3) + 128 + rng.uniform(-40, 40), np.float32)


def cropped(rng: np.random.Generator, three: Three, rows: Rows) -> tuple[Three, Rows]:
    """A part of the picture, enlarged or made smaller, and the rows in it. The ground may lie a little beside it."""
    height, width = three.shape[1:3]
    scale = max(float(np.exp(rng.uniform(*np.log(SCALES)))), 0.8 * WIDTH / width)
    stretch = float(rng.uniform(0.92, 1.08))
    size = round(width * scale * stretch), round(height * scale)
    left, top = (int(rng.integers(0, max(1, n - m + 1))) for n, m in zip(size, (WIDTH, HEIGHT), strict=True))
    aside = rng.uniform(-1, 1, 2) * (rng.random() < 0.25)
    parts = np.empty((3, HEIGHT, WIDTH, 3), np.float32)
    for part, picture, shift in zip(parts, three, (0 * aside, 0 * aside, aside), strict=True):
        # from sample to moment, in middles of pixels
        matrix = np.array([[1 / scale / stretch, 0, 0], [0, 1 / scale, 0]])
        matrix[:, 2] = matrix[:, :2] @ (left + 0.5, top + 0.5) - 0.5 + shift
        source = picture if scale >= 1 else cv2.GaussianBlur(picture, (0, 0), 0.45 * (1 / scale - 0.5))
        way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(source, matrix, (WIDTH, HEIGHT), dst=part, flags=way, borderMode=cv2.BORDER_REPLICATE)
    rows = rows.copy()
    rows[:, :4] = rows[:, :4] * np.array([scale * stretch, scale] * 2) - np.array([left, top] * 2)
    return parts, rows


def seen(rng: np.random.Generator, three: Three) -> Three:
    """Through a softer lens, and with a sensor's noise in both frames."""
    if rng.random() < 0.3:
        soft = float(rng.uniform(0.3, 1.2))
        three = np.stack([cv2.GaussianBlur(each, (0, 0), soft) for each in three])
    if rng.random() < 0.6:
        three[:2] += rng.normal(0, rng.uniform(0, 6), (2, HEIGHT, WIDTH, 1))
    return three


def compressed(picture: Picture, quality: int) -> Picture:
    """As JPEG leaves it."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def without_parts(rows: Rows) -> Rows:
    """Those but for bags in hands: small boxes that lie in larger ones."""
    area = (rows[:, 2:4] - rows[:, :2]).prod(1)
    inside = overlap_px(rows[:, :4], rows[:, :4]) > 0.7 * area[:, None]
    kept: Rows = rows[~(inside & (area[:, None] < 0.3 * area[None])).any(1)]
    return kept


def within(rows: Rows) -> Rows:
    """Bodies as far as they lie in the sample; who is partly outside is less visible."""
    area = (rows[:, 2:4] - rows[:, :2]).clip(1).prod(1)
    inside = rows.copy()
    inside[:, :4] = rows[:, :4].clip(0, np.array([WIDTH, HEIGHT] * 2))
    sides = inside[:, 2:4] - inside[:, :2]
    inside[:, 4] *= np.sqrt(sides.clip(0).prod(1) / area)
    kept: Rows = inside[(sides > 2).all(1)]
    return kept


def target(rows: Rows) -> Target:
    """Of bodies in a sample; where two share a point it belongs to the smaller one, which lies in front more often."""
    shape = HEIGHT // STRIDE, WIDTH // STRIDE
    heat, weight = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    sides, spared = np.zeros((4, *shape), np.float32), np.zeros(shape, np.bool_)
    row, column = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
    order = np.argsort(-(rows[:, 2:4] - rows[:, :2]).prod(1))
    for left, top, right, bottom, visible, _ in rows[order].tolist():
        width, height = right - left, bottom - top
        if height < LOWEST or width < NARROWEST or visible < LEAST_VISIBLE:
            spared[_cell(top) : _cell(bottom) + 1, _cell(left) : _cell(right) + 1] = True
            continue
        i, j = min(_cell((top + bottom) / 2), shape[0] - 1), min(_cell((left + right) / 2), shape[1] - 1)
        down, across = (max(SPREAD * side / STRIDE, 0.45) for side in (height, width))
        bump = np.exp(-((row - i) ** 2) / (2 * down**2) - (column - j) ** 2 / (2 * across**2))
        reach = np.stack([x - left, y - top, right - x, bottom - y])
        own = (bump > 0.3) & (bump >= heat) & (reach > 0.5).all(0)
        sides[:, own], weight[own] = np.log(reach[:, own]), bump[own]
        heat = np.maximum(heat, bump)
        heat[i, j] = 1
    return Target(heat, sides, weight, spared & (heat < 1))


def _cell(px: float) -> int:
    return int(px // STRIDE)
