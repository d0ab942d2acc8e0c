"""Habits judge: each object of a frame by what objects do before this camera, aspect by aspect.

Neither paper's, but ours. The idea of speed, held against exemplars of ordinary footage, is Reiss and Hoshen's
("Attribute-based Representations for Accurate and Interpretable Video Anomaly Detection", TMLR 2025); tracks, places,
tails by aspect and the sentences are ours. Letters: N objects of a frame, A aspects.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Explanation, FrameErrors, ObjectErrors
from unusual.errors import VideoError
from unusual.methods.footage import Footage
from unusual.methods.habits.aspects import ASPECTS
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


class HabitsScorer:
    """Judges by what was learnt. Meets `Scorer`; loads no network but the detector's."""

    span = 2
    stretched = False
    at_once = 1

    def __init__(self, config: HabitsConfig, habits: Habits) -> None:
        self.config, self.habits, self.follower = config, habits, Follower(config)
        self._tables = tables(habits.counts)
        self._words = Words(habits.counts, habits.shape, config.moments.second)
        self._paths: dict[int, list[tuple[float, float]]] = {}

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

        along, before = AlongTracks(self.config.moments.remembered), None
        for seen in self.follower.follow(noted(), kept):
            if before is not None:
                yield _unit(before[0], [times.popleft() for _ in range(before[0], seen.index)], before[1])
            before = (seen.index, self._errors(seen.moments, along))
            self._paths = seen.watching.paths()
        if before is None or (before[0] == 0 and len(times) < self.span):
            raise VideoError(f"{name}: {len(times)} frames are fewer than the {self.span} that motion needs")
        yield _unit(before[0], list(times), before[1])

    def units(self, footage: Footage) -> int:
        """Judged frames of prepared footage."""
        return -(-footage.frames // self.config.moments.step)

    def judge_footage(self, footage: Footage) -> Iterator[FrameErrors]:
        """Errors of each judged frame of prepared footage."""
        stretch, along = stretch_of(footage, self.config.moments.step), AlongTracks(self.config.moments.remembered)
        rows = dict(by_frame(stretch))
        for frame in range(stretch.frames):
            moments = stretch.moments[rows.get(frame, slice(0, 0))]
            yield _unit(frame, [float(frame)], self._errors(moments, along))

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """The judged frame."""
        return int(unit.indices[0]), int(unit.indices[0])

    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """The frame with the way that the worst object came, and its box as the place of the error."""
        picture = pictures[0].copy()
        error = np.zeros(picture.shape[:2], np.float32)
        objects = unit.objects
        if objects is None or not len(objects.boxes) or objects.tracks is None:
            return Explanation(0, picture, error)
        height, width = picture.shape[:2]
        left, top, right, bottom = (objects.boxes[objects.worst] * np.array([width, height] * 2)).round().astype(int)
        error[top : bottom + 1, left : right + 1] = max(float(objects.scores[objects.worst]), 0.0)
        path = np.array(self._paths.get(int(objects.tracks[objects.worst]), []), np.float32).round().astype(np.int32)
        cv2.rectangle(picture, (int(left), int(top)), (int(right), int(bottom)), COLOUR, 1)
        cv2.polylines(picture, [path.reshape(-1, 1, 2)], False, COLOUR, 1, cv2.LINE_AA)
        return Explanation(0, picture, error)

    def _errors(self, moments: Moments, along: AlongTracks) -> ObjectErrors:
        """What is wrong with the objects of one judged frame, and why, in the words of their rarest aspects."""
        height, width = self.habits.shape
        odd = along.mean(moments["number"], oddness(self._tables, moments, self.habits.shape))
        rarity = self.habits.rarity(odd)
        worst, score = rarity.argmax(1), score_of(rarity).astype(np.float32)
        looks = np.array(LOOKS)[worst]
        boxes = moments["box"] / np.array([width, height, width, height], np.float32)
        reasons = [self._words.of(ASPECTS[n].name, moments[i : i + 1]) for i, n in enumerate(worst.tolist())]
        return ObjectErrors(
            boxes.clip(0, 1).astype(np.float32),
            np.where(looks, score, 0).astype(np.float32),
            np.where(looks, 0, score).astype(np.float32),
            np.maximum(moments["kind"], MOTION),
            moments["number"].astype(np.int32),
            tuple(reasons),
        )


def stretch_of(footage: Footage, step: int) -> Stretch:
    """Prepared footage in judged frames, which are counted from 0."""
    return Stretch(-(-footage.frames // step), footage.frame // step, unpacked(footage.pictures))


def _unit(first: int, times: list[float], objects: ObjectErrors) -> FrameErrors:
    """Objects say the place, so the map is the picture as a whole. Nobody is as usual as can be."""
    score = float(objects.scores.max(initial=0.0))
    indices = np.arange(first, first + len(times))
    return FrameErrors(indices, np.array(times), score, np.full((1, 1), score, np.float32), objects=objects)


def scorer(config: HabitsConfig, learnt: Arrays, open_net: OpenNet) -> HabitsScorer:
    """As `make_scorer`; no network is opened."""
    return HabitsScorer(config, Habits.from_arrays(learnt))
