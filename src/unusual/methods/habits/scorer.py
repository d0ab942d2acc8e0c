"""Habits judge: each object of a frame by what objects do before this camera, aspect by aspect.

Neither paper's, but ours. The idea of speed, held against exemplars of ordinary footage, is Reiss and Hoshen's
("Attribute-based Representations for Accurate and Interpretable Video Anomaly Detection", TMLR 2025); tracks, places,
tails by aspect and the sentences are ours. Letters: N objects of a frame, A aspects.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Explanation, FrameErrors, ObjectErrors
from unusual.errors import DataError, VideoError
from unusual.methods.footage import Footage
from unusual.methods.habits.aspects import ASPECTS, Shape
from unusual.methods.habits.examples import Examples, side_by_side, square
from unusual.methods.habits.habits import AlongTracks, Habits, Stretch, by_frame, oddness, score_of, tables
from unusual.methods.habits.moments import Moments, unpacked
from unusual.methods.habits.settings import HabitsConfig
from unusual.methods.habits.watching import Follower
from unusual.methods.habits.words import Words
from unusual.methods.objects.kinds import MOTION
from unusual.methods.scorer import Arrays, OpenNet, Reach

LOOKS = [aspect.name in ("size", "shape", "kind", "rides") for aspect in ASPECTS]  # the others are of what it does
FOLLOWED_S = 30.0  # of a piece of a video, until who was there before is followed and the ground is known
COLOUR = (255, 200, 0)  # of a path
PATHS = 200  # of the newest tracks, that are remembered: an event is shown when it is over, and who it was has gone


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged frame. index: its number; paths: of `Watching.paths`."""

    index: int
    errors: ObjectErrors
    paths: dict[int, list[tuple[float, float]]]


class HabitsScorer:
    """Judges by what was learnt. Meets `Scorer`; loads no network but the detector's, with a follower of its own."""

    span = 2
    stretched = False
    at_once = 1

    def __init__(
        self,
        config: HabitsConfig,
        habits: Habits,
        follower: Follower | None = None,
        examples: Examples | None = None,
        ground: NDArray[np.uint8] | None = None,
    ) -> None:
        """Make one. ground: of the place, as of `Foreground`."""
        self.config, self.habits, self.follower = config, habits, follower or Follower(config)
        self.follower.ground = ground
        self._examples = examples or Examples.from_arrays({})
        self.tables = tables(habits.counts)
        self._words = Words(habits.counts, habits.shape, config.moments.second)
        self._paths: dict[int, list[tuple[float, float]]] = {}

    @property
    def behind(self) -> float:
        """As `Scorer`: the detector looks less often then."""
        return self.follower.behind

    @behind.setter
    def behind(self, share: float) -> None:
        self.follower.behind = share

    @property
    def reach(self) -> Reach:
        """Who stays, and what was left, is known for as long as the video goes on: a piece learns it anew."""
        moments = self.config.moments
        every = moments.step * moments.look
        return Reach(every, round(FOLLOWED_S * moments.second), every + 1, forgets=False)

    def picture(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame (H, W, 3) uint8 at the size that was learnt."""
        return self.follower.picture(rgb)

    def judge(
        self, name: str, pictures: Iterable[tuple[float, NDArray[np.uint8]]], kept: Path | None = None
    ) -> Iterator[FrameErrors]:
        """Errors of every `moments.step`-th frame; a unit is a judged frame and those up to the next.

        Raises:
            VideoError: the video is shorter than two frames.
        """
        times: deque[float] = deque()  # of the frames that are in no unit yet

        def noted() -> Iterator[NDArray[np.uint8]]:
            for time_s, picture in pictures:
                times.append(time_s)
                yield picture

        before: Judged | None = None
        self._paths = {}
        for now in self.judged(noted(), kept):
            if before is not None:
                yield unit_of(before.index, [times.popleft() for _ in range(before.index, now.index)], before.errors)
            before = now
            known = {number: path for number, path in self._paths.items() if number not in now.paths} | now.paths
            self._paths = dict([*known.items()][-PATHS:])
        if before is None or (before.index == 0 and len(times) < self.span):
            raise VideoError(f"{name}: {len(times)} frames are fewer than the {self.span} that motion needs")
        yield unit_of(before.index, list(times), before.errors)

    def judged(self, pictures: Iterable[NDArray[np.uint8]], kept: Path | None) -> Iterator[Judged]:
        """The objects of each judged frame, in order. pictures, kept: as `Follower.follow`."""
        along = AlongTracks(self.config.moments.remembered)
        for seen in self.follower.follow(pictures, kept):
            yield Judged(
                seen.index, self.errors(seen.moments, self._rarity(seen.moments, along)), seen.watching.paths()
            )

    def units(self, footage: Footage) -> int:
        """Judged frames of prepared footage."""
        return -(-footage.frames // self.config.moments.step)

    def judge_footage(self, footage: Footage) -> Iterator[FrameErrors]:
        """Errors of each judged frame of prepared footage."""
        stretch, along = stretch_of(footage, self.config.moments.step), AlongTracks(self.config.moments.remembered)
        rows = dict(by_frame(stretch))
        for frame in range(stretch.frames):
            moments = stretch.moments[rows.get(frame, slice(0, 0))]
            yield unit_of(frame, [float(frame)], self.errors(moments, self._rarity(moments, along)))

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """The judged frame."""
        return int(unit.indices[0]), int(unit.indices[0])

    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """The frame with the way that the worst object came, its box as the place of the error, who is usual there."""
        picture = pictures[0].copy()
        error = np.zeros(picture.shape[:2], np.float32)
        objects = unit.objects
        if objects is None or not len(objects.boxes) or objects.tracks is None:
            return Explanation(0, picture, error)
        height, width = picture.shape[:2]
        box = objects.boxes[objects.worst] * np.array([width, height] * 2, np.float32)
        ordinary = self._examples.nearest(box, (height, width))
        left, top, right, bottom = box.round().astype(int)
        error[top : bottom + 1, left : right + 1] = max(float(objects.scores[objects.worst]), 0.0)
        path = np.array(self._paths.get(int(objects.tracks[objects.worst]), []), np.float32).reshape(-1, 2)
        if len(path):  # up to there: the way on is not what was seen then
            path = path[: int(np.hypot(*(path - ((left + right) / 2, bottom)).T).argmin()) + 1]
        cv2.rectangle(picture, (int(left), int(top)), (int(right), int(bottom)), COLOUR, 1)
        cv2.polylines(picture, [path.round().astype(np.int32).reshape(-1, 1, 2)], False, COLOUR, 1, cv2.LINE_AA)
        usual = None if ordinary is None else side_by_side(square(pictures[0], box), ordinary)
        return Explanation(0, picture, error, usual=usual)

    def errors(self, moments: Moments, rarity: NDArray[np.float64]) -> ObjectErrors:
        """What is wrong with the objects of one judged frame whose aspects are so rare (N, A), and why."""
        reasons = [self.reason(moments, row, aspect) for row, aspect in enumerate(rarity.argmax(1).tolist())]
        return object_errors(moments, rarity, self.habits.shape, LOOKS, reasons)

    def reason(self, moments: Moments, row: int, aspect: int) -> str:
        """What is unusual about an object by one of the aspects, in a sentence."""
        return self._words.of(ASPECTS[aspect].name, moments[row : row + 1])

    def _rarity(self, moments: Moments, along: AlongTracks) -> NDArray[np.float64]:
        return self.habits.rarity(along.mean(moments["number"], oddness(self.tables, moments, self.habits.shape)))


def object_errors(
    moments: Moments, rarity: NDArray[np.float64], shape: Shape, looks: Sequence[bool], reasons: Sequence[str]
) -> ObjectErrors:
    """Of objects whose aspects are so rare (N, A). looks: which aspects are of what is seen, not of what it does."""
    height, width = shape
    score, seen = score_of(rarity).astype(np.float32), np.array(looks)[rarity.argmax(1)]
    return ObjectErrors(
        (moments["box"] / np.array([width, height, width, height], np.float32)).clip(0, 1).astype(np.float32),
        np.where(seen, score, 0).astype(np.float32),
        np.where(seen, 0, score).astype(np.float32),
        np.maximum(moments["kind"], MOTION),
        moments["number"].astype(np.int32),
        tuple(reasons),
    )


def stretch_of(footage: Footage, step: int) -> Stretch:
    """Prepared footage in judged frames, which are counted from 0."""
    return Stretch(-(-footage.frames // step), footage.frame // step, unpacked(footage.pictures))


def unit_of(first: int, times: list[float], objects: ObjectErrors) -> FrameErrors:
    """Objects say the place, so the map is the picture as a whole. Nobody is as usual as can be."""
    score = float(objects.scores.max(initial=0.0))
    indices = np.arange(first, first + len(times))
    return FrameErrors(indices, np.array(times), score, np.full((1, 1), score, np.float32), objects=objects)


def scorer(config: HabitsConfig, learnt: Arrays, open_net: OpenNet) -> HabitsScorer:
    """As `make_scorer`; no network is opened."""
    return HabitsScorer(config, Habits.from_arrays(learnt), None, Examples.from_arrays(learnt), ground_of(learnt))


def ground_of(learnt: Arrays) -> NDArray[np.uint8] | None:
    """The ground of the place, None where it was not learnt. Raises DataError where it is no picture."""
    ground = learnt.get("ground")
    if ground is None:
        return None
    if ground.ndim != 3 or ground.shape[-1] != 3 or ground.dtype != np.uint8:
        raise DataError(f"habits: the ground must be (h, w, 3) uint8, got {ground.shape} {ground.dtype}")
    return np.asarray(ground, np.uint8)
