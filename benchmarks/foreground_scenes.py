"""What `foreground.py` learns from: made-up moments of fixed cameras, with the ground and everybody's box.

Besides the people, bicycles and carts of made-up scenes there are things of any size on wheels, and clothes have
patterns. The ground of a moment is that of the empty place, or, as in the first seconds of a video, the median of a few
looks at it: who was there then is in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.data.made_up.bodies import box, person, random_looks
from unusual.data.made_up.figures import Body, Camera, Colour, Limb, Sprite
from unusual.data.made_up.labels import Drawn, actors_of
from unusual.data.made_up.movers import Kind, Mover
from unusual.data.made_up.scene import Sensor, compose, place_of, varied_scene
from unusual.data.made_up.scenery import Scenery, build_scenery
from unusual.data.made_up.traffic import Traffic, reach_of
from unusual.files import whole_file

WIDTH, HEIGHT, MOMENTS = 320, 240, 6  # px; moments of a scene
COMES = (
    Kind.CYCLIST, Kind.CART, Kind.RUNNER, Kind.OFF_PATH, Kind.WRONG_WAY, Kind.THROWN, Kind.FALL, Kind.LEFT,
)  # fmt: skip
STEP_S = 1 / 20  # in which people move
LOOK_S = 0.25  # from one look at the ground to the next

Picture = NDArray[np.uint8]  # (H, W, 3)
Shots = NDArray[np.uint8]  # (H, W, 9): a frame, the one before, the ground
Rows = NDArray[np.float32]  # (N, 6): left, top, right, bottom in px; share that is visible; 1 of who is cut by the edge


@dataclass(slots=True)
class Oddity(Mover):
    """Something that is no person. shape: its body."""

    shape: Body | None = None

    def body(self) -> Body:
        """The same all the time."""
        return self.shape or Body([])


@dataclass(frozen=True, slots=True)
class Place:
    """A made-up place and its traffic. strength: of the patterns of clothes."""

    seed: int
    camera: Camera
    scenery: Scenery
    traffic: Traffic
    strength: float

    def shot(self, traffic: Traffic) -> tuple[Picture, list[Drawn]]:
        """What the lens sees of it now, and who is in view."""
        return compose(
            self.camera,
            self.scenery,
            traffic,
            lambda sprite, thing: patterned(sprite, (self.seed, thing.number), self.strength),
        )

    def wait(self, seconds: float) -> None:
        """Let everybody go on."""
        for _ in range(round(seconds / STEP_S)):
            self.traffic.step(STEP_S)


def moments_of(seed: int) -> Iterator[tuple[Shots, Rows]]:
    """Moments of one place, and who is in the frame of each."""
    rng = np.random.default_rng((41, seed))
    config = varied_scene(seed, WIDTH, HEIGHT)
    many = float(config.walkers * rng.choice([0.5, 1, 1, 2, 3]))
    config = replace(config, walkers=many, noise=float(rng.uniform(0.3, 4)))
    camera, walkway = place_of(config)
    look = np.random.default_rng((7, config.look_seed))
    scenery = build_scenery(camera, walkway, reach_of(camera, walkway, 0.0), look, sunlight=config.sunlight)
    sensor = Sensor(config, np.random.default_rng((11, seed)))
    clean = Sensor(replace(config, noise=0.01), np.random.default_rng((11, seed)))
    traffic = Traffic(camera, walkway, rng, config.walkers, config.two_way, config.pace)
    nobody = Traffic(camera, walkway, np.random.default_rng(0), 0.0, two_way=True)
    place = Place(seed, camera, scenery, traffic, float(rng.uniform(0, 0.4)))
    empty, _ = place.shot(nobody)
    time_s, first = 0.0, list[Picture]()
    if young := rng.random() < 0.6:
        for _ in range(int(rng.choice([3, 6, 10, 20], p=[0.4, 0.3, 0.2, 0.1]))):
            first.append(sensor.expose(place.shot(traffic)[0], time_s))
            place.wait(LOOK_S)
            time_s += LOOK_S
    for moment in range(MOMENTS):
        soon = young and moment < 2
        comes(place, rng)
        wait_s, gap_s = rng.uniform(0.0, 0.6) if soon else rng.uniform(0.7, 4), rng.uniform(0.08, 0.25)
        place.wait(wait_s)
        before = sensor.expose(place.shot(traffic)[0], time_s)
        for _ in range(3):
            traffic.step(gap_s / 3)
        picture, drawn = place.shot(traffic)
        frame = sensor.expose(picture, time_s + gap_s)
        usual = np.median(np.stack(first), 0) if soon else clean.expose(empty, time_s - rng.uniform(0, 15))
        rows = [(*one.xyxy, one.visible, one.cut) for one in actors_of(drawn, (HEIGHT, WIDTH))]
        shots = np.concatenate([frame, before, usual.astype(np.uint8)], -1)
        yield shots, np.array(rows, np.float32).reshape(-1, 6)
        time_s += wait_s + gap_s


def comes(place: Place, rng: np.random.Generator) -> None:
    """Perhaps somebody unusual, and something odd that is in view at once."""
    if rng.random() < 0.6:
        place.traffic.waiting.append(COMES[rng.integers(len(COMES))])
    if rng.random() < 0.5:
        one = place.traffic.newcomer(Kind.CART)
        pace = float(rng.uniform(0.6, 4))
        thing = Oddity(one.looks, one.along, one.across, one.way, pace, Kind.CART, lane=one.lane, number=one.number)
        thing.shape = odd_body(rng)
        low, high = reach_of(place.camera, place.traffic.walkway, thing.lane)
        thing.along, thing.speed = float(rng.uniform(low, high)), pace
        place.traffic.movers.append(thing)


def odd_body(rng: np.random.Generator) -> Body:
    """Boxes, on wheels or not, with somebody beside or upon them or not."""
    length, width, height = np.exp(rng.uniform(np.log((0.35, 0.3, 0.3)), np.log((4.2, 1.7, 1.7)))).tolist()
    colour = _colour(rng.uniform(10, 240, 3))
    lift = float(rng.uniform(0, 0.35))
    panels = box((0, 0, lift + height * 0.3), (length, width, height * 0.6), colour)
    tone = _colour(np.clip(np.array(colour) * rng.uniform(0.4, 1.3) + rng.normal(0, 15, 3), 5, 245))
    if rng.random() < 0.7:
        centre = float(rng.uniform(-0.2, 0.2)) * length, 0.0, lift + height * 0.8
        panels = panels + box(centre, (length * float(rng.uniform(0.3, 0.8)), width * 0.9, height * 0.4), tone)
    limbs: list[Limb] = []
    if rng.random() < 0.7:
        r, ends = float(rng.uniform(0.08, 0.32)), (-0.35 * length, 0.35 * length)
        wheels = [(x, y) for x in ends for y in (-width / 2, width / 2)]
        limbs += [Limb((x - 0.02, y, r), (x + 0.02, y, r), r, r, (30.0, 30.0, 32.0)) for x, y in wheels]
    if rng.random() < 0.35:
        who = person(random_looks(rng), float(rng.uniform(0, 6)), float(rng.uniform(0, 1)))
        aside = float(rng.uniform(-0.6, 0.6)) * length, float(rng.choice([0, 0, -0.7])) * width
        x, y, z = *aside, float(rng.choice([0.0, lift + 0.3 * height]))
        for limb in who.limbs:
            (a, b, c), (d, e, f) = limb.start, limb.end
            limbs.append(limb._replace(start=(a + x, b + y, c + z), end=(d + x, e + y, f + z)))
    return Body(limbs or [Limb((0, 0, 0.1), (0.02, 0, 0.1), 0.05, 0.05, colour)], panels)


def patterned(sprite: Sprite, seed: tuple[int, int], strength: float) -> Sprite:
    """The sprite with a pattern of its own, the same for the same seed."""
    rng = np.random.default_rng(seed)
    height, width = sprite.rgba.shape[:2]
    cells = int(rng.integers(2, 7)), int(rng.integers(2, 5))
    grain = rng.normal(0, 1, (*cells, 3)).astype(np.float32)
    grain = grain.mean(-1, keepdims=True) * 1.2 + 0.35 * grain
    way = cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_NEAREST
    pattern = cv2.resize(grain, (width, height), interpolation=way).reshape(height, width, 3)
    light = (1 + rng.uniform(0, strength) * pattern) * rng.uniform(0.75, 1.25)
    rgba = sprite.rgba.copy()  # whose colours are multiplied by alpha
    rgba[..., :3] = np.minimum((rgba[..., :3] * light).clip(0, 255), rgba[..., 3:]).astype(np.uint8)
    return replace(sprite, rgba=rgba)


def made_up_moments(first: int, places: int, file: Path) -> tuple[NDArray[np.uint8], list[Rows]]:
    """Moments (M, H, W, 9) of so many places and their rows, rendered now or found in file .npy and .npz."""
    rows_file = file.with_suffix(".npz")
    if not rows_file.exists():
        rows: list[Rows] = []
        with whole_file(file.with_suffix(".npy")) as part:
            shape = (places * MOMENTS, HEIGHT, WIDTH, 9)
            pictures = np.lib.format.open_memmap(part, "w+", np.uint8, shape)
            for seed in range(first, first + places):
                for shots, seen in moments_of(seed):
                    pictures[len(rows)] = shots
                    rows.append(seen)
            pictures.flush()
        with whole_file(rows_file) as part, part.open("wb") as out:
            np.savez_compressed(out, counts=[len(one) for one in rows], rows=np.concatenate(rows))
    with np.load(rows_file, allow_pickle=False) as kept:
        each = np.split(kept["rows"], np.cumsum(kept["counts"])[:-1])
    return np.load(file.with_suffix(".npy"), mmap_mode="r", allow_pickle=False), [one.copy() for one in each]


def _colour(rgb: NDArray[np.floating]) -> Colour:
    red, green, blue = rgb.tolist()
    return red, green, blue
