"""What is usual before a camera, aspect by aspect, and how seldom anything so odd is met.

    moments ─► oddness of each aspect at its place ─► mean along the track's last seconds ─► how seldom ordinary footage
    has anybody so odd in a frame ─► the object's score is nearly its rarest aspect's, the frame's its highest object's

How seldom is measured on footage that the histograms were not learnt from: the footage is cut into parts, and each is
judged by the others. So an aspect that often surprises in ordinary footage counts for little by itself.
Letters: N objects of a frame, A aspects.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.methods.footage import in_parts
from unusual.methods.habits.aspects import ASPECTS, Shape, Table
from unusual.methods.habits.moments import Moments
from unusual.methods.habits.tails import KNOTS, Tail
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.places import Counts, add
from unusual.methods.objects.tracks import TrackMemory, believed

PARTS = 5  # of the footage, each judged by the others
STANDING = 50.0  # frames: whoever stays for longer counts for less and less, for he is one person
NOBODY = 0.0  # the oddness of a frame without objects
NOTHING = -np.inf  # less odd than anything
OF_THE_GROUND = np.array([aspect.name == "ground" for aspect in ASPECTS])
FEWEST_FRAMES = 50  # judged ones, to learn from
# Chosen on planted anomalies, as the rule by which aspects are put together:
SLOW = 3  # times as long is averaged what lasts
SOON = 3  # moments after which a track is believed
LASTS = np.array([aspect.lasts for aspect in ASPECTS])
NOW_AND_THEN = np.array([aspect.now_and_then for aspect in ASPECTS])


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive judged frames. frames: their number; frame: (N,) which of them each moment is of, rising."""

    frames: int
    frame: NDArray[np.int64]
    moments: Moments

    def cut(self, first: int, last: int) -> "Stretch":
        """The part from judged frame `first` up to but not with `last`, its frames counted from 0 again."""
        rows = slice(*np.searchsorted(self.frame, (first, last)))
        return Stretch(last - first, self.frame[rows] - first, self.moments[rows])


@dataclass(frozen=True, slots=True)
class Habits:
    """What was learnt. counts, tails: by the aspect's name. shape: height and width of the picture in px."""

    shape: Shape
    counts: Mapping[str, Counts]
    tails: Mapping[str, Tail]

    @classmethod
    def of(cls, stretches: Sequence[Stretch], shape: Shape, remembered: int) -> "Habits":
        """Learn from ordinary footage.

        Args:
            stretches: in order of time.
            remembered: judged frames over which oddness is averaged along a track.

        Raises:
            DataError: too little footage.
        """
        if (frames := sum(each.frames for each in stretches)) < FEWEST_FRAMES:
            raise DataError(f"habits are learnt from at least {FEWEST_FRAMES} judged frames, got {frames}: give more")
        parts = list(in_parts(stretches, PARTS))
        each_counts = [counted(part, shape) for part in parts]
        total = {aspect.name: sum((c[aspect.name] for c in each_counts), start=np.zeros(())) for aspect in ASPECTS}
        highest = []
        for part, own in zip(parts, each_counts, strict=True):
            others = tables({name: total[name] - own[name] for name in total})
            highest += [frame_maxima(stretch, others, shape, remembered) for stretch in part]
        of_frames = np.concatenate(highest)
        return cls(shape, total, {a.name: Tail.of(of_frames[:, n], a.thinnest) for n, a in enumerate(ASPECTS)})

    @classmethod
    def nothing(cls, shape: Shape) -> "Habits":
        """Of a camera that nothing is known of."""
        return cls(shape, counted([], shape), {aspect.name: Tail.of(np.zeros(1)) for aspect in ASPECTS})

    def with_more(self, stretches: Sequence[Stretch]) -> "Habits":
        """These habits, and what else is called ordinary; how seldom things are met stays as it was measured."""
        more = counted(stretches, self.shape)
        return Habits(self.shape, {name: self.counts[name] + more[name] for name in self.counts}, self.tails)

    def without(self, stretches: Sequence[Stretch]) -> "Habits":
        """These habits but for what stretches of their footage added; what was not added cannot be taken away."""
        less = counted(stretches, self.shape)
        counts = {name: np.maximum(self.counts[name] - less[name], 0) for name in self.counts}
        return Habits(self.shape, counts, self.tails)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """All of it as arrays with names, to be kept."""
        kept = {f"counts.{name}": counts for name, counts in self.counts.items()}
        kept |= {f"tail.{name}": np.append(tail.knots, tail.beyond) for name, tail in self.tails.items()}
        return {"shape": np.array(self.shape, np.float64), **kept}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Habits":
        """The inverse of `arrays`. Raises DataError where one is missing, or not what it must be."""
        try:
            height, width = np.asarray(arrays["shape"], np.float64).astype(int).tolist()
            shape = (height, width)
            counts = {aspect.name: np.asarray(arrays[f"counts.{aspect.name}"], np.float64) for aspect in ASPECTS}
            tails = {aspect.name: np.asarray(arrays[f"tail.{aspect.name}"], np.float64) for aspect in ASPECTS}
        except (KeyError, IndexError, ValueError, OverflowError) as error:
            raise DataError(f"habits lack {error}, as an earlier version did: learn again") from error
        for aspect in ASPECTS:
            wanted = (*aspect.grid(*shape), aspect.bins) if min(shape) > 0 else ()
            found, tail = counts[aspect.name], tails[aspect.name]
            if found.shape != wanted:
                was = f"habits: counts of {aspect.name} are {found.shape}, wanted {wanted}"
                raise DataError(f"{was}: learnt by another version; learn again")
            if not np.isfinite(found).all() or (found < 0).any():
                raise DataError(f"habits: counts of {aspect.name} must be finite and not below 0")
            if tail.shape != (KNOTS + 1,) or not np.isfinite(tail).all() or tail[-1] <= 0:
                raise DataError(f"habits: the tail of {aspect.name} must be {KNOTS + 1} finite numbers")
        return cls(shape, counts, {name: Tail(tail[:-1], float(tail[-1])) for name, tail in tails.items()})

    def rarity(self, odd: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, A) how seldom ordinary footage has anybody so odd in a frame, weighed, of averaged oddness (N, A)."""
        if not len(odd):
            return odd
        return np.stack([a.weight * self.tails[a.name].rarity(odd[:, n]) for n, a in enumerate(ASPECTS)], 1)


def score_of(rarity: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) the scores of objects whose aspects are so rare (N, A), of 0 or more: the cube root of the sum of cubes.

    The rarest alone pays for every look that is taken; somebody who is odd in two ways at once is a little odder.
    Adding up the two rarest instead makes the many who are a little odd in two ways as odd as the few who are very odd
    in one.

    >>> score_of(np.array([[3.0, 0.0, 0.0], [2.0, 2.0, 0.0]])).round(2).tolist()
    [3.0, 2.52]
    """
    return np.asarray(np.cbrt((rarity**3).sum(1)))


class AlongTracks(TrackMemory):
    """The mean oddness of each track in its last judged frames.

    What may be over soon (speed, place, stay) counts from the third moment on for what it is, so that who comes in fast
    is told while he comes. What lasts is averaged over SLOW times as many frames; those before a track's first count as
    typical there. Of what is told now and then, the frames of which it was are averaged, and as many typical ones as
    can be remembered.
    """

    def __init__(
        self, remembered: int, lasts: NDArray[np.bool_] = LASTS, now_and_then: NDArray[np.bool_] = NOW_AND_THEN
    ) -> None:
        super().__init__(SLOW * remembered)
        self._remembered, self._lasts, self._now_and_then = remembered, lasts, now_and_then

    def mean(self, numbers: NDArray[np.int64], odd: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the oddness (N, A) of one frame's tracks, NaN where nothing is said, by their numbers (N,): (N, A)."""
        means = np.empty_like(odd)
        for row, past in enumerate(self.take(numbers, odd)):
            soon = believed(past[-self._remembered :], min(SOON, self._remembered))
            told = ~np.isnan(past)
            among = self.longest + np.where(self._now_and_then, told.sum(0), 0)
            means[row] = np.where(self._lasts, np.where(told, past, 0).sum(0) / among, soon)
        return means


def counted(stretches: Sequence[Stretch], shape: Shape) -> dict[str, Counts]:
    """What these stretches add to the histograms."""
    counts = {aspect.name: np.zeros((*aspect.grid(*shape), aspect.bins)) for aspect in ASPECTS}
    for stretch in stretches:
        weight = 1 / np.maximum(1, stretch.moments["stay"] / STANDING)
        for aspect in ASPECTS:
            told = aspect.told(stretch.moments)
            some = stretch.moments[told]
            add(counts[aspect.name], aspect.at(some, shape), aspect.bin(some), weight[told])
    return counts


def tables(counts: Mapping[str, Counts]) -> dict[str, Table]:
    """How odd each bin is at each place, by the aspect's name."""
    return {aspect.name: aspect.odd(counts[aspect.name]) for aspect in ASPECTS}


def oddness(known: Mapping[str, Table], moments: Moments, shape: Shape) -> NDArray[np.float64]:
    """(N, A) of moments, each by itself; NOTHING where what is asked of walkers meets the ground, or the reverse.

    0 where an aspect says nothing of a moment; NaN where it is one that is told now and then.
    """
    if not len(moments):
        return np.empty((0, len(ASPECTS)))
    odd = np.stack([aspect.oddness(known[aspect.name], moments, shape) for aspect in ASPECTS], 1)
    return np.where((moments["kind"] < MOTION)[:, None] == OF_THE_GROUND, odd, NOTHING)


def frame_maxima(stretch: Stretch, known: Mapping[str, Table], shape: Shape, remembered: int) -> NDArray[np.float64]:
    """(frames, A) the highest oddness of each frame's objects, averaged along their tracks."""
    odd, along = oddness(known, stretch.moments, shape), AlongTracks(remembered)
    highest = np.full((stretch.frames, len(ASPECTS)), NOBODY)
    for frame, rows in by_frame(stretch):
        highest[frame] = along.mean(stretch.moments["number"][rows], odd[rows]).max(0)
    return np.where(highest == NOTHING, NOBODY, highest)


def by_frame(stretch: Stretch) -> Iterator[tuple[int, slice]]:
    """Each frame that has moments, and their rows."""
    frames, first = np.unique(stretch.frame, return_index=True)
    for frame, begin, end in zip(frames.tolist(), first, [*first[1:], len(stretch.frame)], strict=True):
        yield frame, slice(int(begin), int(end))
