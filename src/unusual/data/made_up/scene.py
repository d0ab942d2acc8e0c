"""Made-up scenes with known unusual events, for the demo, the tests and the warm start.

A fixed camera looks at a walkway. The same `look_seed` gives the same place; `seed` gives the people in it. Frames,
pixel masks and kinds of what is unusual come together, so every label is exact.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from unusual.data.made_up.figures import Bytes, Camera, Figure, Sprite, cast_shadows, draw, paste, stand
from unusual.data.made_up.labels import Actor, Drawn, Numbers, SceneFrame, actors_of, label_frame
from unusual.data.made_up.movers import Kind, Thing
from unusual.data.made_up.scenery import Scenery, Walkway, build_scenery
from unusual.data.made_up.traffic import Traffic, reach_of
from unusual.domain import Frame, Interval
from unusual.errors import ConfigError
from unusual.files import whole_file, write_text
from unusual.scores.events import intervals_of
from unusual.video.writer import write_video

__all__ = [
    "Actor", "Kind", "SceneConfig", "SceneFrame", "render_actors", "render_scene", "varied_scene", "write_scenes",
]  # fmt: skip

STEPS_RATE = 30  # people move at least this often a second


@dataclass(frozen=True, slots=True)
class SceneConfig:
    """A place and its traffic.

    seed: who walks when. look_seed: the place itself. width, height: pixels. rate: frames a second.
    walkers: how many people are in view on average.
    person: height of a person in the middle of the path, as a share of the frame's height, in [0.05, 0.6].
    heading: degrees of the path: 0 crosses the view, 90 leads away from the camera.
    tilt: degrees the camera looks down. view: degrees its view is high. path: metres wide.
    two_way: one lane each way, people keep to their right; else all go one way.
    sunlight: 0 cloudy, 1 hard shadows. noise: standard deviation in grey levels. colour: 0 grey, 1 full.
    pace: factor on the speed of walking. brightness, contrast: of the picture, 1 is plain.
    suitcase: whether one stands beside the path, in ordinary footage too; without it nothing can be taken.
    """

    seed: int = 0
    look_seed: int = 1005  # the shipped warm start has seen 0 to 159
    width: int = 320
    height: int = 240
    rate: int = 15
    walkers: float = 8.0
    person: float = 0.19
    heading: float = 24.0
    tilt: float = 22.0
    view: float = 34.0
    path: float = 6.0
    two_way: bool = True
    sunlight: float = 0.7
    noise: float = 2.5
    colour: float = 1.0
    pace: float = 1.0
    brightness: float = 1.0
    contrast: float = 1.0
    suitcase: bool = False

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 32 or self.rate < 1:
            raise ConfigError(
                f"a scene needs 32x32 pixels and a rate of 1, got {self.width}x{self.height}, {self.rate}"
            )
        if not 0.05 <= self.person <= 0.6 or self.walkers < 0 or self.path < 1.5:
            raise ConfigError(
                "a scene needs person in [0.05, 0.6], walkers >= 0, path >= 1.5 m, "
                f"got person={self.person:g}, walkers={self.walkers:g}, path={self.path:g}"
            )
        if not 5 <= self.view <= 90 or not self.view / 2 + 2 <= self.tilt <= 75:
            raise ConfigError(
                "a scene needs view in [5, 90] and tilt in [view / 2 + 2, 75] degrees, "
                f"got view={self.view:g}, tilt={self.tilt:g}"
            )


def place_of(config: SceneConfig) -> tuple[Camera, Walkway]:
    """The camera and the walkway of a scene."""
    focal = config.height / 2 / np.tan(np.radians(config.view) / 2)
    tilt = np.radians(config.tilt)
    distance = focal * 1.72 * np.cos(tilt) / (config.person * config.height)
    return Camera(config.width, config.height, focal, tilt, distance), Walkway(np.radians(config.heading), config.path)


class Sensor:
    """What the camera adds to the light: slow drift, softness, noise, colour."""

    def __init__(self, config: SceneConfig, rng: np.random.Generator) -> None:
        self.config = config
        self.rng = rng
        size = (config.width, config.height)
        fields = [
            cv2.resize(rng.normal(0, 1, (3, 4)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
            for _ in range(2)
        ]
        self.fields = [cv2.merge([f, f, f]) for f in fields]
        self.phases = rng.uniform(0, 2 * np.pi, 3)
        self.periods = rng.uniform(20, 90, 3)
        grains = rng.normal(0, 1, (config.height + 64, config.width + 64, 3))
        mixed = grains + cv2.GaussianBlur(grains, (0, 0), 0.8)  # neighbours in a real sensor's picture are alike
        if config.colour == 0:
            mixed = np.repeat(mixed[..., :1], 3, axis=2)
        self.grains = np.round(mixed * config.noise / mixed.std()).astype(np.int16)
        mix = config.colour * np.eye(3) + (1 - config.colour) * np.array([0.299, 0.587, 0.114])
        offset = np.full((3, 1), 128 * (config.brightness - config.contrast))
        self.mix = np.hstack([config.contrast * mix, offset]).astype(np.float32)

    def expose(self, scene: Bytes, time_s: float) -> Bytes:
        """The picture that comes out when this scene, (H, W, 3), is in front of the lens."""
        a, b, c = np.sin(2 * np.pi * time_s / self.periods + self.phases)
        light = cv2.addWeighted(self.fields[0], 0.02 * a, self.fields[1], 0.02 * b, 1 + 0.03 * c)
        lit = cv2.multiply(cv2.GaussianBlur(scene, (3, 3), 0.55), light, dtype=cv2.CV_8U)
        if self.config.colour < 1 or self.config.contrast != 1 or self.config.brightness != 1:
            lit = cv2.transform(lit, self.mix)
        top, left = self.rng.integers(0, 64, 2)
        grain = self.grains[top : top + self.config.height, left : left + self.config.width]
        return np.asarray(cv2.add(lit, grain, dtype=cv2.CV_8U), np.uint8)


def render_scene(config: SceneConfig, seconds: float, events: Sequence[Kind] = ()) -> Iterator[SceneFrame]:
    """Render a stretch of video, frame by frame, the same each time for the same arguments.

    Each event begins in its own share of the time between the first and the last fifth, and takes a few seconds; one
    that befalls a walker (a fall, a throw, loitering) waits until somebody walks in the middle. Without events all is
    ordinary, and before the first event the frames are those of the same scene without events.

    >>> frames = list(render_scene(SceneConfig(width=160, height=120), seconds=1.0))
    >>> len(frames), frames[0].frame.rgb.shape, any(f.mask.any() for f in frames)
    (15, (120, 160, 3), False)
    """
    nothing = np.zeros((config.height, config.width), np.uint16)  # one for all ordinary frames: footage stays small
    nothing.setflags(write=False)
    for frame, drawn in _shots(config, seconds, events):
        yield label_frame(frame, drawn, nothing)


def render_actors(
    config: SceneConfig, seconds: float, events: Sequence[Kind] = ()
) -> Iterator[tuple[Frame, tuple[Actor, ...]]]:
    """The frames of `render_scene`, each with everybody in view: what a tracker should find."""
    for frame, drawn in _shots(config, seconds, events):
        yield frame, actors_of(drawn, (config.height, config.width))


def _shots(config: SceneConfig, seconds: float, events: Sequence[Kind]) -> Iterator[tuple[Frame, list[Drawn]]]:
    """Each frame, and what is in it from far to near."""
    if Kind.TAKEN in events and not config.suitcase:
        raise ConfigError(
            "nothing stands in this scene that could be taken: set suitcase=True, for its ordinary footage too"
        )
    camera, walkway = place_of(config)
    look = np.random.default_rng((7, config.look_seed))
    scenery = build_scenery(camera, walkway, reach_of(camera, walkway, 0.0), look, sunlight=config.sunlight)
    rng = np.random.default_rng((11, config.look_seed, config.seed))
    sensor = Sensor(config, rng)
    traffic = Traffic(camera, walkway, rng, config.walkers, config.two_way, config.pace)
    if config.suitcase:
        traffic.place_suitcase(np.random.default_rng((23, config.look_seed)))
    early = np.random.default_rng((13, config.seed)).uniform(0, 0.4, len(events))
    begins_s = [seconds * (0.2 + 0.6 * (k + wait) / len(events)) for k, wait in enumerate(early)]
    coming = list(zip(begins_s, events, strict=True))
    substeps = max(1, round(STEPS_RATE / config.rate))
    for index in range(round(seconds * config.rate)):
        time_s = index / config.rate
        while coming and coming[0][0] <= time_s:
            traffic.waiting.append(coming.pop(0)[1])
        picture, drawn = compose(camera, scenery, traffic)
        yield Frame(index, time_s, sensor.expose(picture, time_s)), drawn
        for _ in range(substeps):
            traffic.step(1 / config.rate / substeps)


def compose(
    camera: Camera,
    scenery: Scenery,
    traffic: Traffic,
    dressed: Callable[[Sprite, Thing], Sprite] = lambda sprite, _: sprite,
) -> tuple[Bytes, list[Drawn]]:
    """Shadows first, then everything from far to near. dressed: what a figure looks like in the end."""
    things = list(traffic.things())
    figures = [stand(thing.body, thing.place) for thing in things]
    picture = _shaded(camera, scenery, [f for f, thing in zip(figures, things, strict=True) if thing.there])
    drawn = zip(draw(camera, figures, -0.25 * scenery.sun), things, strict=True)
    visible: list[Drawn] = [(dressed(sprite, thing), thing) for sprite, thing in drawn if sprite]
    visible += [(sprite, None) for sprite in scenery.props]
    visible.sort(key=lambda one: -one[0].depth)
    for sprite, thing in visible:
        if thing is None or thing.there:
            paste(picture, sprite)
    return picture, visible


def _shaded(camera: Camera, scenery: Scenery, figures: Sequence[Figure]) -> Bytes:
    """The place with the soft shadows of the figures on its ground."""
    if scenery.shade == 0:
        return scenery.picture.copy()
    layer = np.zeros(scenery.ground.shape, np.uint8)
    cast_shadows(layer, camera, figures, scenery.sun)
    soft = cv2.GaussianBlur(cv2.bitwise_and(layer, scenery.ground), (0, 0), 0.6 + camera.height / 400)
    light = cv2.convertScaleAbs(soft, alpha=-scenery.shade, beta=255)
    return np.asarray(cv2.multiply(scenery.picture, cv2.merge([light, light, light]), scale=1 / 255), np.uint8)


def varied_scene(seed: int, width: int, height: int) -> SceneConfig:
    """Draw an ordinary scene of any kind: place, light, size and number of people, direction, noise, colour."""
    rng = np.random.default_rng((3, seed))
    sideways, straight, slanting = rng.uniform(-12, 12), rng.uniform(55, 125), rng.uniform(20, 60)
    heading = float(rng.choice([sideways, straight, slanting, -slanting], p=[0.5, 0.25, 0.125, 0.125]))
    view = float(rng.uniform(22, 50))
    tilt = float(rng.uniform(view / 2 + 5, 48))
    person = float(np.exp(rng.uniform(np.log(0.065), np.log(0.5))))
    if abs(heading) > 15:  # people come close to the lens: hang it 3.5 m high
        person = min(person, 1.72 / 3.5 * np.sin(np.radians(2 * tilt)) / 4 / np.tan(np.radians(view / 2)))
    return SceneConfig(
        seed=seed, look_seed=seed, width=width, height=height,
        rate=int(rng.choice([10, 12, 15, 20, 25])),
        walkers=float(rng.uniform(2.5, 10) * np.clip(0.25 / person, 0.3, 1.4)),
        person=person, heading=heading, tilt=tilt, view=view,
        path=float(np.clip(rng.uniform(0.5, 1.4) / person, 2.2, 9.0)),
        two_way=bool(rng.random() < 0.65),
        sunlight=float(max(0.0, rng.uniform(-0.4, 1.0))),
        noise=float(rng.uniform(0.5, 5.0)),
        colour=float(rng.choice([0.0, 1.0, rng.uniform(0.2, 1.0)])),
        pace=float(rng.uniform(0.85, 1.15)),
        brightness=float(rng.uniform(0.75, 1.2)), contrast=float(rng.uniform(0.6, 1.15)),
    )  # fmt: skip


def write_scenes(
    folder: Path, *, seed: int = 0, normal_minutes: float = 4.0, test_clips: int = 6, clip_s: float = 45.0,
    size: tuple[int, int] = (320, 240), look_seed: int | None = None, kinds: Sequence[Kind] = tuple(Kind),
) -> None:  # fmt: skip
    """Write a made-up data set of one camera in the layout of one's own videos.

    `normal/*.mp4`: ordinary footage, at most a minute each. `test/*.mp4`: `clip_s` seconds each, one and two events in
    turn, of every kind in turn, ordinary at both ends; from three clips on the last holds none. `labels.csv`:
    video,start_s,end_s,kind, the times of the first and the last frame. `masks/*.npz`: `masks` (N, H, W) bool, and
    `objects` (N, H, W) uint16, the number of the unusual thing that a pixel belongs to. Where something can be taken a
    suitcase stands beside the path, in the ordinary footage too.

    Args:
        folder: made when absent; files of the same names are replaced.
        seed: of the people. look_seed: of the place, None for that of `SceneConfig`.
        normal_minutes: of ordinary footage, > 0. test_clips: how many, >= 0; clip_s: seconds of each, >= 20 for
            the events to end in time, and 45 for those with a bag and for who loiters.
        size: width and height, pixels, even. kinds: of events that the test clips show.

    Raises:
        ConfigError: an odd size, or no footage asked for.
        OutputError: the folder cannot be written.
    """
    width, height = size
    if width % 2 or height % 2 or not 0 < normal_minutes < np.inf or test_clips < 0 or seed < 0 or not kinds:
        raise ConfigError(
            "need an even width and height, normal_minutes > 0, test_clips >= 0 and seed >= 0, "
            f"got {width}x{height}, normal_minutes={normal_minutes:g}, test_clips={test_clips}, seed={seed}"
        )
    scene = SceneConfig(width=width, height=height, suitcase=Kind.TAKEN in kinds)
    scene = replace(scene, look_seed=scene.look_seed if look_seed is None else look_seed)
    parts = int(np.ceil(normal_minutes))
    for part in range(parts):
        config = replace(scene, seed=1000 * seed + part)
        _write_clip(folder / f"normal/{part + 1:02}.mp4", config, 60 * normal_minutes / parts, ())
    rows = []
    for clip, shown in enumerate(_programme(test_clips, kinds, np.random.default_rng((17, seed)))):
        config, name = replace(scene, seed=1000 * seed + 500 + clip), f"{clip + 1:02}"
        seen = _write_clip(folder / f"test/{name}.mp4", config, clip_s, shown)
        with whole_file(folder / f"masks/{name}.npz") as part_file, part_file.open("wb") as file:
            objects = np.stack([numbers for numbers, _ in seen])
            np.savez_compressed(file, masks=objects > 0, objects=objects)
        for kind in shown:
            spans = intervals([kind in active for _, active in seen], config.rate)
            rows += [(f"{name}.mp4", f"{span.start_s:.4f}", f"{span.end_s:.4f}", str(kind)) for span in spans]
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([("video", "start_s", "end_s", "kind"), *rows])
    write_text(folder / "labels.csv", table.getvalue())


def intervals(active: Sequence[bool], rate: int) -> list[Interval]:
    """The stretches in which something goes on, from its first to its last frame.

    >>> intervals([False, True, True, False, True], rate=10)
    [Interval(start_s=0.1, end_s=0.2), Interval(start_s=0.4, end_s=0.4)]
    """
    return intervals_of(np.array(active, np.bool_), np.arange(len(active)) / rate)


def _programme(clips: int, kinds: Sequence[Kind], rng: np.random.Generator) -> list[tuple[Kind, ...]]:
    """Which events each clip shows: one and two in turn, through all kinds before any comes again."""
    left: list[Kind] = []
    programme: list[tuple[Kind, ...]] = []
    for clip in range(clips):
        many = 0 if clip == clips - 1 >= 2 else 1 + clip % 2
        if len(left) < many:
            left += [kinds[i] for i in rng.permutation(len(kinds))]
        programme.append(tuple(left[:many]))
        del left[:many]
    return programme


def _write_clip(
    path: Path, config: SceneConfig, seconds: float, events: Sequence[Kind]
) -> list[tuple[Numbers, tuple[Kind, ...]]]:
    """Render a clip to a file; give its unusual objects and kinds, frame by frame."""
    seen = []
    with write_video(path, config.width, config.height, Fraction(config.rate)) as sink:
        for shot in render_scene(config, seconds, events):
            sink.add(shot.frame.rgb, shot.frame.time_s)
            seen.append((shot.objects, shot.kinds))
    return seen
