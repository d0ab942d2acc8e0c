"""Habits and STATE judge together: one look for objects, one track for each, one score, and who raised it.

    pictures ─┬─► objects, followed ─► moments ─► how odd, aspect by aspect ──────────────────┐
              └─► cubes of the same objects, every few frames ─► STATE's two errors, as odd ──┴─► the object's score

STATE's errors of looks and motion are two aspects more: held against what is usual at the object's place, averaged
along its track, and rare by how seldom ordinary footage has anybody so odd in a frame. All are put together as ever.
Between two cubes of an object its errors hold. Letters: N objects of a frame, A aspects of habits.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import tee
from math import lcm
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Explanation, FrameErrors, ObjectErrors
from unusual.errors import DataError
from unusual.methods.footage import Footage
from unusual.methods.fused.settings import FusedConfig
from unusual.methods.habits.aspects import ASPECTS
from unusual.methods.habits.examples import Examples
from unusual.methods.habits.habits import LASTS, NOTHING, NOW_AND_THEN, AlongTracks, Habits, by_frame, oddness
from unusual.methods.habits.moments import Moments
from unusual.methods.habits.scorer import LOOKS, HabitsScorer, Judged, ground_of, object_errors, stretch_of, unit_of
from unusual.methods.habits.tails import KNOTS, Tail
from unusual.methods.habits.watching import Seen
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.tracks import Tracked
from unusual.methods.scorer import Array, Arrays, Net, OpenNet, Reach
from unusual.methods.state import scorer as of_state
from unusual.methods.state.cubes import ObjectCubes, Picture, cut_cubes
from unusual.methods.state.keeping import Cutter
from unusual.methods.state.scorer import StateScorer, errors_of
from unusual.methods.state.standard import Standard, standardised

BRANCHES = ("looks", "moves")  # STATE's two errors
HABITS, STATE = "habits", "STATE"
NEITHER = np.zeros(len(BRANCHES), np.bool_)  # of them lasts, or is told now and then
OWN = len(ASPECTS)  # columns of habits, before STATE's
Odd = NDArray[np.float64]
OddOfFrame = tuple[int, NDArray[np.int64], Odd]  # number of the frame; the tracks (N,); their errors, as odd (N, 2)
Tails = Mapping[str, Tail]  # by the name of the branch
Value = TypeVar("Value")


class FusedScorer(HabitsScorer):
    """Judges by both. Meets `Scorer`. tails: of STATE's two errors in ordinary footage."""

    def __init__(
        self,
        config: FusedConfig,
        habits: Habits,
        net: Net,
        standard: Standard,
        tails: Tails,
        examples: Examples,
        ground: NDArray[np.uint8] | None,
    ) -> None:
        super().__init__(config.habits, habits, None, examples, ground)
        self.state = StateScorer(config.state, Cutter(config.state, self.follower.finder), net, standard, 0.0)
        self.tails, self.at_once = tails, self.state.at_once

    @property
    def reach(self) -> Reach:
        """What both of them need; a frame between two cubes waits for the next."""
        habits, state = super().reach, self.state.reach
        lead, after = max(habits.lead, state.lead), max(habits.after, state.after + state.every)
        return Reach(lcm(habits.every, state.every), lead, after, forgets=False)

    def judged(self, pictures: Iterable[Picture], kept: Path | None) -> Iterator[Judged]:
        """As those of habits; a frame waits for the next cubes, which need the frames after them."""
        along, known, waiting = remembering(self.config.moments.remembered), Known(), deque[Seen]()
        ahead, behind = tee(pictures)
        seen = self.follower.follow(ahead, kept)

        def told(until: float) -> Iterator[Judged]:
            while waiting and waiting[0].index < until:
                now = waiting.popleft()
                yield Judged(now.index, self._errors(now.moments, known, along), now.watching.paths())

        for index, numbers, odd in self.odd(followed_cubes(behind, seen, waiting, self.state.cutter)):
            yield from told(index)
            known.take(numbers, odd)
        waiting.extend(seen)
        yield from told(np.inf)

    def judge_footage(self, footage: Footage) -> Iterator[FrameErrors]:
        """Errors of each judged frame of footage that was prepared for both."""
        step = self.config.moments.step
        stretch, along, known = stretch_of(footage, step), remembering(self.config.moments.remembered), Known()
        rows, coming = dict(by_frame(stretch)), self.odd(of_state.by_frame(beside(footage)))
        following = next(coming, None)
        for frame in range(stretch.frames):
            while following is not None and following[0] <= frame * step:
                known.take(*following[1:])
                following = next(coming, None)
            moments = stretch.moments[rows.get(frame, slice(0, 0))]
            yield unit_of(frame, [float(frame)], self._errors(moments, known, along))

    def odd(self, frames: Iterable[ObjectCubes]) -> Iterator[OddOfFrame]:
        """How odd STATE's errors of cubes are, frame by frame: 0 is typical of the place, 1.6 one in twenty there."""
        for cubes, raw, moved in errors_of(self.state.net, frames, self.at_once):
            usual = self.state.standard.at(cubes.boxes)
            yield cubes.index, cubes.tracks, np.stack(standardised(raw, moved, usual, self.state.config.score), 1)

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """The frames of a cube, whoever raised the score."""
        return self.state.shown(unit, frames)

    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """As whoever raised the score does."""
        if raised_by_state(unit):
            return self.state.explain(unit, pictures, first)
        at = int(unit.indices[0]) - first
        return replace(super().explain(unit, pictures[at:], first + at), offset=at)

    def _errors(self, moments: Moments, known: "Known", along: AlongTracks) -> ObjectErrors:
        odd = np.hstack([oddness(self.tables, moments, self.habits.shape), known.of(moments)])
        odd = along.mean(moments["number"], odd)
        states = [self.tails[branch].rarity(odd[:, OWN + n]) for n, branch in enumerate(BRANCHES)]
        rarity = np.hstack([self.habits.rarity(odd[:, :OWN]), np.stack(states, 1)])
        reasons = [
            f"{self.reason(moments, row, aspect)} ({HABITS})"
            if aspect < OWN
            else f"{self._unlike(moments[row], odd[row, OWN:])} ({STATE})"
            for row, aspect in enumerate(rarity.argmax(1).tolist())
        ]
        return object_errors(moments, rarity, self.habits.shape, [*LOOKS, True, False], reasons)

    def _unlike(self, moment: np.void, odd: Odd) -> str:
        """STATE's words for an object whose errors are so odd (2,)."""
        height, width = self.habits.shape
        box = (moment["box"] / np.array([width, height, width, height]))[None].astype(np.float32)
        looks, moves = odd[:, None].astype(np.float32)
        return self.state.reasons(ObjectErrors(box, looks, moves, np.array([moment["kind"]], np.int16)))[0]


class Known:
    """How odd STATE's errors of each track were when it was last looked at; who is new is typical."""

    def __init__(self) -> None:
        self._odd: dict[int, Odd] = {}

    def take(self, numbers: NDArray[np.int64], odd: Odd) -> None:
        """Take those of one frame: tracks (N,) and values (N, 2)."""
        self._odd = dict(zip(numbers.tolist(), odd, strict=True))

    def of(self, moments: Moments) -> Odd:
        """(N, 2) those of the tracks; NOTHING of the ground."""
        typical = np.zeros(len(BRANCHES))
        odd = np.array([self._odd.get(number, typical) for number in moments["number"].tolist()])
        return np.where((moments["kind"] < MOTION)[:, None], NOTHING, odd.reshape(-1, len(BRANCHES)))


def followed_cubes(
    pictures: Iterable[Picture], seen: Iterator[Seen], waiting: deque[Seen], cutter: Cutter
) -> Iterator[ObjectCubes]:
    """The cubes of who is followed, in every few of the judged frames; what is seen by then is put into `waiting`."""

    def find(index: int, before: Picture, frame: Picture, after: Picture) -> Tracked:
        now = next(seen)
        waiting.append(now)
        while now.index < index:
            now = next(seen)
            waiting.append(now)
        return now.tracked

    cubes, context = cutter.cubes, cutter.network.context
    return cut_cubes(pictures, find, cutter.flow.between, cubes, context=context, step=cubes.step)


def beside(footage: Footage) -> Footage:
    """The cubes of footage that was prepared for both. Raises DataError where it was not."""
    if footage.beside is None:
        raise DataError(f"{footage.name} was prepared for habits alone")
    return footage.beside


def remembering(frames: int) -> AlongTracks:
    """What is remembered of the tracks of one video, over so many judged frames: of STATE's errors as of a speed."""
    return AlongTracks(frames, *(np.append(each, NEITHER) for each in (LASTS, NOW_AND_THEN)))


def raised_by_state(unit: FrameErrors) -> bool:
    """Whether it is STATE that says most of a unit's worst object."""
    objects = unit.objects
    return objects is not None and len(objects.boxes) > 0 and objects.reasons[objects.worst].endswith(f"({STATE})")


def part(arrays: Mapping[str, Value], name: str) -> dict[str, Value]:
    """Those of one of the two, under the names that it knows them by."""
    return {key.removeprefix(f"{name}."): value for key, value in arrays.items() if key.startswith(f"{name}.")}


def kept(tails: Tails) -> dict[str, Array]:
    """Tails as arrays with names."""
    return {f"tails.{name}": np.append(tail.knots, tail.beyond) for name, tail in tails.items()}


def tails_of(arrays: Arrays) -> dict[str, Tail]:
    """The inverse of `kept`. Raises KeyError, DataError where one is missing, or not what it must be."""
    numbers = {branch: np.asarray(arrays[f"tails.{branch}"], np.float64) for branch in BRANCHES}
    if any(tail.shape != (KNOTS + 1,) or not np.isfinite(tail).all() or tail[-1] <= 0 for tail in numbers.values()):
        raise DataError(f"the tails of STATE's errors must be {KNOTS + 1} finite numbers each")
    return {branch: Tail(tail[:-1], float(tail[-1])) for branch, tail in numbers.items()}


def scorer(config: FusedConfig, learnt: Arrays, open_net: OpenNet) -> FusedScorer:
    """As `make_scorer`."""
    standard = Standard(np.asarray(part(learnt, "state")["ordinary"], np.float64))
    habits = part(learnt, "habits")
    known, examples = Habits.from_arrays(habits), Examples.from_arrays(habits)
    return FusedScorer(config, known, open_net(), standard, tails_of(learnt), examples, ground_of(habits))
