"""Habits are learnt by counting: footage -> moments -> what is usual, in one pass and without a network."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.errors import CheckpointError, DataError
from unusual.files import whole_file
from unusual.methods.footage import Footage
from unusual.methods.habits.examples import Candidates, Collector, Examples, among
from unusual.methods.habits.habits import Habits, Stretch
from unusual.methods.habits.moments import MOMENT, packed, unpacked
from unusual.methods.habits.scorer import HabitsScorer, ground_of, stretch_of
from unusual.methods.habits.settings import HabitsConfig
from unusual.methods.habits.watching import Follower
from unusual.methods.learner import Check
from unusual.methods.scorer import Array, Arrays
from unusual.video.cache import cache_key, kept_of
from unusual.video.reader import open_video

MOST_GROUNDS = 31  # whose median is that of the place
FORMAT = 8  # raise it when moments mean something else


class HabitsLearner:
    """Meets `Learner`, without a network."""

    span = 2
    sample = "object that is followed"

    def __init__(self, config: HabitsConfig) -> None:
        self.config, self.follower = config, Follower(config)
        self.margin = config.moments.remembered * config.moments.step
        self._before: Habits | None = None  # what is gone on from
        self._habits: Habits | None = None
        self._candidates: list[Candidates] = []
        self._grounds: list[NDArray[np.uint8]] = []  # as each video left it
        self.ground: NDArray[np.uint8] | None = None
        self.examples = Examples.from_arrays({})

    def footage(self, video: Path, cache: Path, most_bytes: int) -> tuple[Footage, tuple[str, ...]]:
        """The moments of a video, found now or in the cache. Raises VideoError, OutputError."""
        file = cache / f"moments-{cache_key(video, FORMAT, *self.follower.rules)}.npz"
        kept = _kept(file, video.name)
        if kept is None:
            _store(file, video, self.follower, cache)
            kept = _kept(file, video.name)
        if kept is None:
            raise DataError(f"the cache {cache} does not keep what is written: choose another --cache")
        footage, problems, candidates, ground = kept
        self._candidates.append(candidates)
        self._grounds.append(ground)
        return footage, problems

    def starts(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """(n, 2) all moments: number of the stretch, row in it."""
        rows = [(number, row) for number, f in enumerate(footage) for row in range(len(f.frame))]
        return np.array(rows, np.int64).reshape(-1, 2)

    def begin(self, learnt: Arrays, source: Path) -> None:
        """Add to what was learnt before. Raises CheckpointError where it does not fit."""
        try:
            self._before, self.examples = Habits.from_arrays(learnt), Examples.from_arrays(learnt)
            self.ground = ground_of(learnt)
        except DataError as error:
            raise CheckpointError(f"{source} does not fit these settings: {error}") from error

    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """None: what is counted cannot be rebuilt."""
        return ()

    def settle(self, footage: Sequence[Footage]) -> None:
        """Count, and measure how seldom things are met. Raises DataError where there is too little footage."""
        moments, stretches = self.config.moments, self._stretches(footage)
        shape = (moments.height, moments.width)
        self._habits = (
            self._before.with_more(stretches) if self._before else Habits.of(stretches, shape, moments.remembered)
        )
        learnt_from = [stretch.moments for stretch in stretches]
        self.examples = self.examples.and_of(among(self._candidates, learnt_from), shape)
        self.ground = middle_of(self._grounds) if self._grounds else self.ground

    def learnt(self) -> dict[str, Array]:
        """The counts, the tails, the examples and the ground."""
        ground = {} if self.ground is None else {"ground": self.ground}
        return {**self.known.arrays(), **self.examples.arrays(), **ground}

    def scorer(self) -> HabitsScorer:
        """A scorer by what was counted."""
        return HabitsScorer(self.config, self.known, self.follower, self.examples, self.ground)

    def scorer_without(self, footage: Sequence[Footage]) -> HabitsScorer:
        """A scorer by what was counted elsewhere; how seldom things are met stays as it was measured."""
        known = self.known.without(self._stretches(footage))
        return HabitsScorer(self.config, known, self.follower, ground=self.ground)

    @property
    def known(self) -> Habits:
        """What is known by now: what was counted, or gone on from, or nothing."""
        return self._habits or self._before or Habits.nothing((self.config.moments.height, self.config.moments.width))

    def _stretches(self, footage: Sequence[Footage]) -> list[Stretch]:
        return [stretch_of(each, self.config.moments.step) for each in footage]


def _store(file: Path, video: Path, follower: Follower, cache: Path) -> None:
    frame, rows, collector = [], [], Collector(follower.shape)
    with open_video(video) as opened:
        pictures = (follower.picture(seen.rgb) for seen in opened)
        for seen in follower.follow(pictures, kept_of(video, cache)):
            frame.append(np.full(len(seen.moments), seen.index, np.int64))
            rows.append(packed(seen.moments))
            collector.see(seen.picture, seen.moments)
    notes = json.dumps({"frames": opened.report.decoded, "problems": opened.report.problems, "seams": opened.seams})
    nothing = np.empty((0, MOMENT.itemsize), np.uint8)
    with whole_file(file) as part, part.open("wb") as out:
        np.savez_compressed(
            out,
            notes=np.frombuffer(notes.encode(), np.uint8),
            frame=np.concatenate([np.empty(0, np.int64), *frame]),
            rows=np.concatenate([nothing, *rows]),
            examples=packed(collector.candidates.moments),
            pictures=collector.candidates.pictures,
            ground=follower.left,
        )


def _kept(file: Path, name: str) -> tuple[Footage, tuple[str, ...], Candidates, NDArray[np.uint8]] | None:
    """What `_store` wrote; None where there is nothing, or a broken file."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            notes, frame, rows = json.loads(kept["notes"].tobytes()), kept["frame"], kept["rows"]
            candidates, ground = Candidates(unpacked(kept["examples"]), kept["pictures"]), kept["ground"]
        frames, problems = int(notes["frames"]), tuple(map(str, notes["problems"]))
    except Exception:  # broken archives raise a dozen kinds of errors
        return None
    if frame.dtype != np.int64 or rows.dtype != np.uint8 or rows.shape != (len(frame), MOMENT.itemsize):
        return None
    return Footage(name, frames, frame, rows, seams=tuple(notes.get("seams", ()))), problems, candidates, ground


def middle_of(grounds: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8] | None:
    """The median of the grounds, evenly chosen, of the last one's size; None where none is known."""
    same = [ground for ground in grounds if ground.size and ground.shape == grounds[-1].shape]
    if not same:
        return None
    some = same[:: -(-len(same) // MOST_GROUNDS)]
    return np.asarray(np.median(np.stack(some), 0).round(), np.uint8)


def learner(config: HabitsConfig, device: str) -> HabitsLearner:
    """As `make_learner`; it counts in numpy alone."""
    return HabitsLearner(config)
