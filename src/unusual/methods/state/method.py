"""STATE as the house runs it: footage in, cubes to learn from, errors of the objects that it rebuilds."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.domain import Explanation, FrameErrors, ObjectErrors
from unusual.errors import DataError, VideoError
from unusual.methods.footage import Footage
from unusual.methods.learner import Check
from unusual.methods.objects.objects import ObjectFinder
from unusual.methods.state.cube_sheet import cube_sheet
from unusual.methods.state.cubes import ObjectCubes, Picture, cut_cube, cut_cubes, whole_box, window_of
from unusual.methods.state.judge import Cubes, Judge, LearntState, Values, to_colours, to_flow
from unusual.methods.state.keeping import RULES, KeptObjects, cubes_of
from unusual.methods.state.objective import cube_errors, floor_errors, reconstruction_loss
from unusual.methods.state.settings import StateConfig
from unusual.methods.torch_net import autocast
from unusual.video.cache import cache_key, kept_of
from unusual.video.flow import FlowEstimator

CHECKED_CUBES = 512  # of the held-out footage, evenly spread
CHECKED_AT_ONCE = 64
MEASURED_CUBES = 4096  # of the training footage, about, evenly spread


class StateMethod:
    """A STATE with its settings. Meets `methods.Method`.

    Raises:
        ConfigError: the detector or the flow network is not at hand, or not the one that it was trained with.
    """

    def __init__(self, config: StateConfig, device: torch.device) -> None:
        self.config, self.device, self.training = config, device, config.training
        self._learnt = LearntState(config).to(device)
        self.network: nn.Module = self._learnt
        self.span = self.margin = config.network.frames
        self.sample = f"object in {self.span} frames"
        self.stretched = False  # Eq. 3 is compared across videos as it is
        self.at_once = 32  # frames, or fewer with many objects
        self.finder, self.flow = ObjectFinder(config.objects), FlowEstimator(config.flow)

    def picture(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame (H, W, 3) uint8 as it is: boxes and flow are in its pixels."""
        return rgb

    def footage(self, video: Path, cache: Path, most_bytes: int) -> tuple[Footage, tuple[str, ...]]:
        """The cubes of every `cubes.train_step`-th frame. Raises as `cubes_of`."""
        flow = asdict(self.config.flow) | {"network": "", "sha256": self.flow.digest}
        cubes = asdict(self.config.cubes) | {"step": 0}  # of scoring
        rules = (RULES, self._object_rules(), flow, cubes, self.config.network.context)

        def cut(pictures: Iterable[Picture]) -> Iterator[ObjectCubes]:
            return self.cut(pictures, kept_of(video, cache), self.config.cubes.train_step)

        shape = (self.config.network.frames, self.config.cubes.patch, self.config.cubes.patch)
        return cubes_of(video, cache / cache_key(video, *rules), cut, shape, most_bytes)

    def starts(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """(n, 2) all cubes: number of the stretch, row in it."""
        rows = [(number, row) for number, f in enumerate(footage) for row in range(len(f.frame))]
        return np.array(rows, np.int64).reshape(-1, 2)

    def batch(self, footage: Sequence[Footage], starts: NDArray[np.int64], chance: np.random.Generator) -> Tensor:
        """The cubes at `starts` (B, 2): (B, 2T+1, 5, S, S), three colours in [0, 1] and two of flow."""
        rgb = np.stack([footage[number].pictures[row] for number, row in starts.tolist()])
        flow = np.stack([footage[number].motion[row] for number, row in starts.tolist()])
        return torch.cat([to_colours(rgb, self.device), to_flow(flow, self.device)], 2)

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """L_r + L_m of a batch; `network` is ours or a wrapper of it."""
        rgb, flow = real[:, :, :3], real[:, :, 3:]
        with autocast(self.device, self.training.precision):
            pixels, motion = network(rgb)
        return reconstruction_loss(pixels, motion, rgb, flow, self.config.score.p)

    @torch.inference_mode()
    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """Mean squared error of held-out cubes in dB, each branch beside a floor: the middle frame repeated, no motion.

        Raises:
            DataError: there is no object in it.
        """
        starts = self.starts(footage)
        if not len(starts):
            raise DataError("no object was found in the held-out footage: give more footage, or a detector")
        starts = starts[np.linspace(0, len(starts) - 1, min(CHECKED_CUBES, len(starts))).round().astype(int)]
        self.network.eval()
        sums = torch.zeros(4, dtype=torch.float64)
        for i in range(0, len(starts), CHECKED_AT_ONCE):
            real = self.batch(footage, starts[i : i + CHECKED_AT_ONCE], np.random.default_rng(0))
            rgb, flow = real[:, :, :3], real[:, :, 3:]
            with autocast(self.device, self.training.precision):
                pixels, motion = self.network(rgb)
            wrong = (*cube_errors(pixels, motion, rgb, flow), *floor_errors(rgb, flow))
            sums += torch.stack([error.sum().double().cpu() for error in wrong])
        elements = len(starts) * torch.tensor([rgb[0].numel(), flow[0].numel()]).repeat(2)
        rebuilt, moved, repeated, still = (-10 * torch.log10((sums / elements).clamp_min(1e-10))).tolist()
        return (
            Check("pixels, dB", rebuilt, (("middle frame repeated", repeated),)),
            Check("motion, dB", moved, (("no motion", still),)),
        )

    def settle(self, footage: Sequence[Footage]) -> None:
        """Measure what is ordinary on the training cubes of evenly spread frames."""
        every = max(1, sum(len(f.frame) for f in footage) // MEASURED_CUBES)
        frames = [cubes for f in footage for cubes in list(_by_frame(f))[::every]]
        self._judge().settle(frames)

    def units(self, footage: Footage) -> int:
        """Prepared frames that have objects."""
        return len(np.unique(footage.frame))

    def judge_footage(self, footage: Footage) -> Iterator[FrameErrors]:
        """Errors of each prepared frame that has objects: what is rare is told by frames in which something is."""
        for frame, looks, moves in self._judge().scores(_by_frame(footage)):
            yield _unit(np.array([frame]), [float(frame)], float((looks + moves).max()), None)

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

        cut = self.cut(noted(), kept, self.config.cubes.step)
        before: tuple[ObjectCubes, Values, Values] | None = None
        for found in self._judge().scores((cubes, cubes.rgb, cubes.flow) for cubes in cut):
            if before is not None:
                yield self._unit_of(*before, [times.popleft() for _ in range(before[0].index, found[0].index)])
            before = found
        if before is None:
            raise VideoError(f"{name}: {len(times)} frames are fewer than the {self.span} that a cube needs")
        yield self._unit_of(*before, list(times))

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
        flows = [self.flow.between(one, other) for one, other in pairwise(pictures)]
        window = list(zip(pictures, [*flows, flows[-1]], strict=True))[: self.config.network.frames]
        rgb, flow = cut_cube(window, box, self.config.cubes)
        colours, motion = self._judge().rebuild(rgb)
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

    def cut(self, pictures: Iterable[Picture], kept: Path | None, step: int) -> Iterator[ObjectCubes]:
        """The cubes of every `step`-th frame; the objects are kept, also where reading stops early."""
        objects = KeptObjects(self.finder, self._object_rules(), kept)
        config, context = self.config.cubes, self.config.network.context
        try:
            yield from cut_cubes(pictures, objects.find, self.flow.between, config, context=context, step=step)
        finally:
            objects.keep()

    def _judge(self) -> Judge:
        """A judge by the weights as they are now."""
        return Judge(self._learnt, self.config, self.device, self.at_once)

    def _object_rules(self) -> dict[str, object]:
        """All that decides which objects are found: the settings, and the detector whatever its path."""
        return asdict(self.config.objects) | {"detector": "", "sha256": self.finder.digest}

    def _unit_of(self, cubes: ObjectCubes, looks: Values, moves: Values, times: Sequence[float]) -> FrameErrors:
        height, width = cubes.shape
        boxes = (cubes.objects.xyxy / np.array([width, height, width, height])).clip(0, 1).astype(np.float32)
        objects = ObjectErrors(boxes, looks.astype(np.float32), moves.astype(np.float32), cubes.objects.kind)
        score = float((looks + moves).max()) if len(looks) else float(self._learnt.calm)
        return _unit(np.arange(cubes.index, cubes.index + len(times)), times, score, objects)


def _unit(
    indices: NDArray[np.int64], times: Sequence[float], score: float, objects: ObjectErrors | None
) -> FrameErrors:
    """Objects say the place, so the map is the picture as a whole."""
    return FrameErrors(indices, np.array(times), score, np.full((1, 1), score, np.float32), objects=objects)


def _by_frame(footage: Footage) -> Iterator[Cubes[int]]:
    """The cubes of each frame that has any."""
    frames, starts = np.unique(footage.frame, return_index=True)
    for frame, (first, last) in zip(frames.tolist(), pairwise([*starts, len(footage.frame)]), strict=True):
        yield frame, footage.pictures[first:last], footage.motion[first:last]
