"""STATE judges: cubes of objects in, what pixels and motion add to their scores out; the worst object is the frame's.

Source: Wang et al., ICDM 2022, Sections III.D and III.E. The memory, by which an object's score is the mean along its
track, is ours. Letters: N cubes of a frame, T frames of a cube, S side of a patch in pixels.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Explanation, FrameErrors, ObjectErrors
from unusual.errors import VideoError
from unusual.methods.footage import Footage
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.tracks import TrackMeans
from unusual.methods.scorer import Arrays, Net, OpenNet, Reach
from unusual.methods.state.cube_sheet import cube_sheet
from unusual.methods.state.cubes import ObjectCubes, Picture, cut_cube, whole_box, window_of
from unusual.methods.state.keeping import Cutter
from unusual.methods.state.settings import StateConfig
from unusual.methods.state.standard import Standard, standardised
from unusual.processors import behind
from unusual.scores.wording import unlike

WAITING = 32  # frames of the video that may wait for one pass: all are held, to be shown
FOLLOWED = 10  # times the memory, after which tracks that begin in the midst of a video are those of the whole, nearly
LEAST = 1e-9  # error that is usual, to be compared with
JUDGED_AT_ONCE = 64  # cubes in one pass of the network, at least, where there are as many

Values = NDArray[np.float64]  # (N,)
Scored = tuple[ObjectCubes, Values, Values]  # of colours and of motion


class StateScorer:
    """Judges objects. Meets `Scorer`.

    cutter: of the objects' cubes. net: cubes and flow -> `judging.Judged`. standard: of the errors of training cubes.
    calm: the score of a frame without objects.
    """

    stretched = False  # Eq. 3 is compared across videos as it is
    behind = 0.0

    def __init__(self, config: StateConfig, cutter: Cutter, net: Net, standard: Standard, calm: float) -> None:
        self.config, self.cutter, self.standard, self.calm = config, cutter, standard, calm
        self.net, self.span = net, config.network.frames
        self.at_once = max(1, WAITING // config.cubes.step)  # judged frames, or fewer with many objects

    @property
    def reach(self) -> Reach:
        """A frame's window, which shifts at the ends of what is seen; with a memory, its tracks as well."""
        memory, around = self.config.score.memory, self.span + 1
        lead = around + FOLLOWED * memory
        return Reach(self.config.cubes.step, lead, around, forgets=not memory)

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
        before: Scored | None = None
        for found in self.scores(cut, self.config.cubes.step):
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
        for cubes, looks, moves in self.scores(by_frame(footage), self.config.cubes.train_step):
            yield _unit(np.array([cubes.index]), [float(cubes.index)], float((looks + moves).max()), None)

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
        outputs = self.net.run(("colours", "motion"), rgb[None], flow[None])
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

    def scores(self, frames: Iterable[ObjectCubes], step: int) -> Iterator[Scored]:
        """What pixels and motion add to the score of each object: the two terms of the score in Section III.E.

        Args:
            frames: of one video, in order, each `step`-th that has objects.
        """
        remembered = self.config.remembered(step)
        along = TrackMeans(remembered) if remembered else None
        for cubes, raw, moved in errors_of(self.net, frames, self.at_once):
            looks, moves = standardised(raw, moved, self.standard.at(cubes.boxes), self.config.score)
            if along is not None:
                looks, moves = along.mean(cubes.tracks, np.stack([looks, moves], 1)).T
            yield cubes, looks, moves

    def _unit_of(self, cubes: ObjectCubes, looks: Values, moves: Values, times: Sequence[float]) -> FrameErrors:
        errors = looks.astype(np.float32), moves.astype(np.float32)
        objects = ObjectErrors(cubes.boxes, *errors, cubes.kinds, calm=self.calm)
        if self.config.score.memory:
            reasons = self.reasons(objects)
            objects = replace(objects, tracks=cubes.tracks.astype(np.int32), reasons=reasons)
        score = float((looks + moves).max()) if len(looks) else self.calm
        return _unit(np.arange(cubes.index, cubes.index + len(times)), times, score, objects)

    def reasons(self, objects: ObjectErrors) -> tuple[str, ...]:
        """In words, how much worse each object is rebuilt than what is usual at its place."""
        weights, usual = self.config.score, self.standard.at(objects.boxes)
        times = {
            "looks": 1 + objects.looks / (weights.w_raw or 1) * usual[:, 1] / np.maximum(usual[:, 0], LEAST),
            "moves": 1 + objects.moves / (weights.w_motion or 1) * usual[:, 3] / np.maximum(usual[:, 2], LEAST),
        }
        here = "at this place" if weights.usual == "place" else "here"
        raised = [objects.raised_by(number) for number in range(len(objects.boxes))]
        return tuple(
            f"{unlike(what)}: {times[what][number]:.1f} times as far from what is expected as is usual {here}"
            for number, what in enumerate(raised)
        )


def errors_of(net: Net, frames: Iterable[ObjectCubes], at_once: int) -> Iterator[Scored]:
    """S_r and S_m of each frame's cubes; the network sees those of up to `at_once` frames in one pass.

    Where frames may wait for one another, the cubes of the next pass are cut meanwhile.
    """
    passes, judged = _passes(frames, at_once), partial(_pass, net)
    for scored in map(judged, passes) if at_once == 1 else behind(judged, passes):
        yield from scored


def by_frame(footage: Footage) -> Iterator[ObjectCubes]:
    """The cubes of each frame that has any; of what kind they are is not kept."""
    boxes, tracks = footage.placed
    frames, starts = np.unique(footage.frame, return_index=True)
    for frame, (first, last) in zip(frames.tolist(), pairwise([*starts, len(footage.frame)]), strict=True):
        rows, kinds = slice(first, last), np.full(last - first, MOTION, np.int16)
        yield ObjectCubes(frame, boxes[rows], kinds, tracks[rows], footage.pictures[rows], footage.motion[rows])


def scorer(config: StateConfig, learnt: Arrays, open_net: OpenNet) -> StateScorer:
    """As `make_scorer`."""
    net = open_net()
    standard = Standard(np.asarray(learnt["ordinary"], np.float64))
    return StateScorer(config, Cutter(config), net, standard, float(learnt["calm"]))


def _passes(frames: Iterable[ObjectCubes], at_once: int) -> Iterator[list[ObjectCubes]]:
    waiting: list[ObjectCubes] = []
    for frame in frames:
        waiting.append(frame)
        if sum(map(len, waiting)) >= JUDGED_AT_ONCE or len(waiting) >= at_once:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _pass(net: Net, frames: Sequence[ObjectCubes]) -> list[Scored]:
    ends = np.cumsum([len(cubes) for cubes in frames])
    if not ends[-1]:
        nothing = np.zeros(0)
        return [(cubes, nothing, nothing) for cubes in frames]
    rgb = np.concatenate([cubes.rgb for cubes in frames])
    flow = np.concatenate([cubes.flow for cubes in frames], dtype=np.float32)
    raw, moved = (np.split(errors.astype(np.float64), ends[:-1]) for errors in net.run(("raw", "moved"), rgb, flow))
    return list(zip(frames, raw, moved, strict=True))


def _unit(
    indices: NDArray[np.int64], times: Sequence[float], score: float, objects: ObjectErrors | None
) -> FrameErrors:
    """Objects say the place, so the map is the picture as a whole."""
    return FrameErrors(indices, np.array(times), score, np.full((1, 1), score, np.float32), objects=objects)
