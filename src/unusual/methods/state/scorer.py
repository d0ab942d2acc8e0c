"""STATE judges: cubes of objects in, what pixels and motion add to their scores out; the worst object is the frame's.

Source: Wang et al., ICDM 2022, Sections III.D and III.E. Letters: N cubes of a frame, T frames of a cube, S side of a
patch in pixels.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Explanation, FrameErrors, ObjectErrors
from unusual.errors import VideoError
from unusual.methods.footage import Footage
from unusual.methods.scorer import Arrays, Net, OpenNet
from unusual.methods.state.cube_sheet import cube_sheet
from unusual.methods.state.cubes import ObjectCubes, Picture, cut_cube, whole_box, window_of
from unusual.methods.state.keeping import Cutter
from unusual.methods.state.settings import StateConfig
from unusual.methods.state.standard import Standard, standardised

WAITING = 32  # frames of the video that may wait for one pass: all are held, to be shown
JUDGED_AT_ONCE = 64  # cubes in one pass of the network, at least, where there are as many

Key = TypeVar("Key")
Values = NDArray[np.float64]  # (N,)
# A frame, its colours (N, T, S, S, 3) and its flow (N, T, S, S, 2).
Cubes = tuple[Key, NDArray[np.uint8], NDArray[np.floating]]


class StateScorer:
    """Judges objects. Meets `Scorer`.

    cutter: of the objects' cubes. net: cubes and flow -> `judging.Judged`. standard: of the errors of training cubes.
    calm: the score of a frame without objects.
    """

    stretched = False  # Eq. 3 is compared across videos as it is

    def __init__(self, config: StateConfig, cutter: Cutter, net: Net, standard: Standard, calm: float) -> None:
        self.config, self.cutter, self.standard, self.calm = config, cutter, standard, calm
        self._net, self.span = net, config.network.frames
        self.at_once = max(1, WAITING // config.cubes.step)  # judged frames, or fewer with many objects

    def picture(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame (H, W, 3) uint8 as it is: boxes and flow are in its pixels."""
        return rgb

    def judge(
        self, name: str, pictures: Iterable[tuple[float, Picture]], kept: Path | None = None
    ) -> Iterator[FrameErrors]:
        """Errors of every `cubes.step`-th frame as the video's pictures arrive: (seconds, (H, W, 3) uint8), in order.

        A unit is a scored frame and those up to the next. Objects are kept in `kept`, and known from there.

        Raises:
            VideoError: the video is shorter than a cube.
        """
        times: deque[float] = deque()  # of the frames that are in no unit yet

        def noted() -> Iterator[Picture]:
            for time_s, picture in pictures:
                times.append(time_s)
                yield picture

        cut = self.cutter.cut(noted(), kept, self.config.cubes.step)
        before: tuple[ObjectCubes, Values, Values] | None = None
        for found in self.scores((cubes, cubes.rgb, cubes.flow) for cubes in cut):
            if before is not None:
                yield self._unit_of(*before, [times.popleft() for _ in range(before[0].index, found[0].index)])
            before = found
        if before is None:
            raise VideoError(f"{name}: {len(times)} frames are fewer than the {self.span} that a cube needs")
        yield self._unit_of(*before, list(times))

    def units(self, footage: Footage) -> int:
        """Prepared frames that have objects."""
        return len(np.unique(footage.frame))

    def judge_footage(self, footage: Footage) -> Iterator[FrameErrors]:
        """Errors of each prepared frame that has objects: what is rare is told by frames in which something is."""
        for frame, looks, moves in self.scores(by_frame(footage)):
            yield _unit(np.array([frame]), [float(frame)], float((looks + moves).max()), None)

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """The frames of the cube, and the one that its last flow leads to."""
        first, last = window_of(int(unit.indices[0]), frames, self.config.network.context)
        return first, min(last + 1, frames - 1)

    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """The worst object of a frame as the network rebuilds it, unperturbed, put in its place in the picture.

        The error is of what raised the object's score: its colours in [0, 1], or its motion in px/frame.
        """
        at, objects = int(unit.indices[0]) - first, unit.objects
        restored = pictures[at].copy()
        height, width = restored.shape[:2]
        error = np.zeros((height, width), np.float32)
        if objects is None or not len(objects.boxes):
            return Explanation(at, restored, error)
        box = (objects.boxes[objects.worst] * np.array([width, height, width, height])).round(2)  # as it was cut
        flows = [self.cutter.flow.between(one, other) for one, other in pairwise(pictures)]
        window = list(zip(pictures, [*flows, flows[-1]], strict=True))[: self.span]
        rgb, flow = cut_cube(window, box, self.config.cubes)
        outputs = self._net.run(("colours", "motion"), rgb[None], flow[None])
        colours, motion = (out[0].transpose(0, 2, 3, 1) for out in outputs)
        rebuilt = (colours.clip(0, 1) * 255).round().astype(np.uint8)
        if objects.moves[objects.worst] > objects.looks[objects.worst]:
            wrong = np.linalg.norm(motion[at] - flow[at], axis=-1)
        else:
            wrong = np.abs(colours[at] - rgb[at] / 255).mean(-1)
        rows, columns = whole_box(box, height, width)
        size = (columns.stop - columns.start, rows.stop - rows.start)
        restored[rows, columns] = cv2.resize(rebuilt[at], size, interpolation=cv2.INTER_LINEAR)
        error[rows, columns] = cv2.resize(wrong.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        return Explanation(at, restored, error, cube_sheet(rgb, rebuilt, flow, motion, at))

    def scores(self, frames: Iterable[Cubes[Key]]) -> Iterator[tuple[Key, Values, Values]]:
        """What pixels and motion add to the score of each object: the two terms of the score in Section III.E."""
        for key, raw, moved in errors_of(self._net, frames, self.at_once):
            yield key, *standardised(raw, moved, self.standard, self.config.score)

    def _unit_of(self, cubes: ObjectCubes, looks: Values, moves: Values, times: Sequence[float]) -> FrameErrors:
        height, width = cubes.shape
        boxes = (cubes.objects.xyxy / np.array([width, height, width, height])).clip(0, 1).astype(np.float32)
        objects = ObjectErrors(boxes, looks.astype(np.float32), moves.astype(np.float32), cubes.objects.kind)
        score = float((looks + moves).max()) if len(looks) else self.calm
        return _unit(np.arange(cubes.index, cubes.index + len(times)), times, score, objects)


def errors_of(net: Net, frames: Iterable[Cubes[Key]], at_once: int) -> Iterator[tuple[Key, Values, Values]]:
    """S_r and S_m of each frame's cubes; the network sees those of up to `at_once` frames in one pass."""
    waiting: list[Cubes[Key]] = []
    for frame in frames:
        waiting.append(frame)
        if sum(len(rgb) for _, rgb, _ in waiting) >= JUDGED_AT_ONCE or len(waiting) >= at_once:
            yield from _pass(net, waiting)
            waiting = []
    yield from _pass(net, waiting)


def by_frame(footage: Footage) -> Iterator[Cubes[int]]:
    """The cubes of each frame that has any."""
    frames, starts = np.unique(footage.frame, return_index=True)
    for frame, (first, last) in zip(frames.tolist(), pairwise([*starts, len(footage.frame)]), strict=True):
        yield frame, footage.pictures[first:last], footage.motion[first:last]


def scorer(config: StateConfig, learnt: Arrays, open_net: OpenNet) -> StateScorer:
    """As `make_scorer`."""
    net = open_net()
    standard = Standard(*learnt["ordinary"].tolist())
    return StateScorer(config, Cutter(config), net, standard, float(learnt["calm"]))


def _pass(net: Net, frames: Sequence[Cubes[Key]]) -> Iterator[tuple[Key, Values, Values]]:
    ends = np.cumsum([len(rgb) for _, rgb, _ in frames])
    if not len(ends) or not ends[-1]:
        nothing = np.zeros(0)
        yield from ((key, nothing, nothing) for key, _, _ in frames)
        return
    rgb = np.concatenate([rgb for _, rgb, _ in frames])
    flow = np.concatenate([flow for _, _, flow in frames], dtype=np.float32)
    raw, moved = (np.split(errors.astype(np.float64), ends[:-1]) for errors in net.run(("raw", "moved"), rgb, flow))
    yield from zip((key for key, _, _ in frames), raw, moved, strict=True)


def _unit(
    indices: NDArray[np.int64], times: Sequence[float], score: float, objects: ObjectErrors | None
) -> FrameErrors:
    """Objects say the place, so the map is the picture as a whole."""
    return FrameErrors(indices, np.array(times), score, np.full((1, 1), score, np.float32), objects=objects)
