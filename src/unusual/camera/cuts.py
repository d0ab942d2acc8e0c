"""A camera's own footage, cut: what is learnt from, what is odd, and how often ordinary footage alarms.

Files that show another place, or in another way, than most of the footage cannot be learnt from together with it.

Nobody's footage is clean. What frame difference finds oddest is put aside until a person has said what it is; what was
not trained on tells how high ordinary footage scores.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.camera.footage import Examination
from unusual.domain import Box, FrameErrors, ScoreCurve
from unusual.errors import DataError
from unusual.methods import FLOOR, make_learner, method_of
from unusual.methods.footage import Footage
from unusual.methods.unseen import Unseen
from unusual.run.archive.planning.recordings import begins_utc
from unusual.run.checkpoint import Checkpoint
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, Stretches, cached_footage, completed_for
from unusual.scores.alarms import AlarmScale, fit_alarm_scale
from unusual.scores.by_hour import with_hours
from unusual.scores.calibrate import LiveScale, fit_live_scale, live_scores
from unusual.scores.events import runs
from unusual.scores.judgement import judge as judge_unit
from unusual.scores.judgement import region_box
from unusual.store.rules.wall_clock import local_zone
from unusual.video.condition.health import Health, View, judge

MEMORY_S = 2.0  # a camera's score is the mean of so long: what passes in a moment shall not alarm
ODD_SHARE = 0.02  # of the footage is put aside
ODD_S = 5.0  # seconds of one odd stretch at the least
ODD_HEIGHT = 96  # pixels of the pictures that are compared: enough to see that something moves
MOST_COMPARED = 8000  # frames; of more footage only every n-th is
MOST_ODD = 12  # stretches that a person is asked about
MARGIN = 10  # frames between what is learnt from and what is held out
PIECES, SHORTEST_PIECE_S = 20, 20.0  # held-out footage is spread over the whole time, in pieces

FASTER = 1.25  # frame rates that differ by a larger factor make everything look faster or slower
WIDER = 1.05  # shapes that differ by a larger factor make everything look wider or narrower


class Odd(StrEnum):
    """What is done with an odd stretch."""

    ASK = "ask"  # a person, where there is one
    ASIDE = "aside"  # not learnt, but calibrated with: nobody has said that it is unusual
    ORDINARY = "ordinary"
    UNUSUAL = "unusual"


@dataclass(frozen=True, slots=True)
class OddStretch:
    """A stretch of ordinary footage that looks least like the rest.

    peak: frame; score: of frame difference there; box: where in the picture.
    """

    video: Path
    first: int
    after: int
    peak: int
    score: float
    box: Box | None = None

    def __str__(self) -> str:
        return f"{self.video.name}, frame {self.peak}"


@dataclass(frozen=True, slots=True)
class Cuts:
    """Stretches of footage. of: each video's, in order: first frame, and the one after the last."""

    of: Stretches

    @property
    def frames(self) -> int:
        """In all stretches together."""
        return sum(after - first for stretches in self.of.values() for first, after in stretches)

    def without(self, odd: Iterable[OddStretch]) -> "Cuts":
        """What is left of them.

        >>> Cuts({Path("a"): [(0, 100)]}).without([OddStretch(Path("a"), 40, 50, 45, 9.0)])
        Cuts(of={PosixPath('a'): [(0, 40), (50, 100)]})
        """
        left = {}
        for video, stretches in self.of.items():
            free = np.zeros(max((after for _, after in stretches), default=0), np.bool_)
            for first, after in stretches:
                free[first:after] = True
            for stretch in odd:
                if stretch.video == video:
                    free[stretch.first : stretch.after] = False
            left[video] = [(first, last + 1) for first, last in runs(free)]
        return Cuts(left)

    def in_pieces(self, rate: float) -> "Cuts":
        """Cut into pieces, so that what is held out comes from all hours and not from the last ones.

        >>> Cuts({Path("a"): [(0, 1000)]}).in_pieces(25.0)
        Cuts(of={PosixPath('a'): [(0, 500), (500, 1000)]})
        """
        length = max(round(SHORTEST_PIECE_S * rate), -(-self.frames // PIECES))
        cut = {}
        for video, stretches in self.of.items():
            edges = [
                np.linspace(first, after, max(1, round((after - first) / length)) + 1).round().astype(int).tolist()
                for first, after in stretches
            ]
            cut[video] = [(one, other) for each in edges for one, other in pairwise(each)]
        return Cuts(cut)

    def hold_out(self, every: int) -> "tuple[Cuts, Cuts]":
        """What is learnt from, and every n-th piece, which is not; a margin keeps any sample from seeing both.

        >>> Cuts({Path("a"): [(0, 100), (100, 200)]}).hold_out(2)
        (Cuts(of={PosixPath('a'): [(0, 100)]}), Cuts(of={PosixPath('a'): [(110, 190)]}))
        """
        learnt: dict[Path, list[tuple[int, int]]] = {video: [] for video in self.of}
        held: dict[Path, list[tuple[int, int]]] = {video: [] for video in self.of}
        in_order = [(video, first, after) for video, cut in self.of.items() for first, after in cut]
        for number, (video, first, after) in enumerate(in_order, start=1):
            if number % every:
                learnt[video].append((first, after))
            elif after - first > 2 * MARGIN:
                held[video].append((first + MARGIN, after - MARGIN))
        return Cuts(learnt), Cuts(held)

    def by_name(self) -> dict[str, tuple[tuple[int, int], ...]]:
        """For the camera's card: by the names of the files."""
        return {str(video.resolve()): tuple(stretches) for video, stretches in self.of.items()}


def unlike_the_rest(seen: Mapping[Path, Examination]) -> dict[Path, str]:
    """The files that are not like most of the usable footage, and in what. What is like it is left out.

    Files that are alike make a group; the group with the most usable footage is the one to learn from.
    """
    groups: list[list[Path]] = []
    for video in sorted(seen, key=lambda video: -seen[video].usable_s):
        like = next((group for group in groups if not difference(seen[video], seen[group[0]])), None)
        if like is None:
            groups.append([video])
        else:
            like.append(video)
    main = max(groups, key=lambda group: sum(seen[video].usable_s for video in group), default=[])
    others = [video for group in groups if group is not main for video in group]
    return {video: words for video in others if (words := difference(seen[video], seen[main[0]]))}


def difference(seen: Examination, main: Examination) -> str:
    """In what footage differs from the main footage, in words; "" where both can be learnt from together."""
    rates = sorted((seen.rate, main.rate))
    if rates[1] > FASTER * rates[0] > 0:
        return f"has {seen.rate:.3g} frames a second, most of the footage {main.rate:.3g}"
    shapes = sorted((seen.width / seen.height, main.width / main.height))
    if shapes[1] > WIDER * shapes[0]:
        return f"is {seen.width}x{seen.height}, another shape than most of the footage, {main.width}x{main.height}"
    pairs = [(seen.lights[light][1], main.lights[light][1]) for light in seen.lights if light in main.lights]
    if seen.usable and pairs and all(judge(View.of(one), View.of(other)) is Health.MOVED for one, other in pairs):
        return "shows another place than most of the footage"
    return ""


def oddest(usable: Cuts, rate: float, cache: CacheLimits) -> list[OddStretch]:
    """The stretches that frame difference finds oddest, the oddest first.

    Raises:
        VideoError, ConfigError, OutputError: see `cached_footage`.
    """
    videos = list(usable.of)
    config = completed_for(videos[0], make_config(FLOOR, changes=[f"clips.height={ODD_HEIGHT}"]))
    floor = make_learner(config.method, config.settings, "cpu")
    footage, _ = cached_footage(videos, floor, cache)
    parts = [
        (video, first, whole.cut(first, after))
        for video, whole in zip(videos, footage, strict=True)
        for first, after in usable.of[video]
    ]
    every = max(1, -(-sum(part.frames for _, _, part in parts) // MOST_COMPARED))
    thinned = [Footage.of_frames(part.name, part.pictures[::every]) for _, _, part in parts]
    judged = [list(floor.scorer().judge_footage(thin)) for thin in thinned]
    try:
        scale = fit_live_scale(chain.from_iterable(judged))
    except DataError:  # too little, or nothing moves: nothing is odd
        return []
    curves = [
        np.repeat(live_scores(scale, units, thin.frames), every)[: part.frames]
        for units, thin, (_, _, part) in zip(judged, thinned, parts, strict=True)
    ]
    known = np.concatenate([curve[~np.isnan(curve)] for curve in curves])
    least = max(1.0, float(np.quantile(known, 1 - ODD_SHARE / 2)))  # a stretch reaches beyond its odd frames
    half = max(1, round(ODD_S * rate / 2))
    found: list[OddStretch] = []
    for (video, start, _), units, curve in zip(parts, judged, curves, strict=True):
        odd = np.convolve(curve >= least, np.ones(2 * half + 1), "same") > 0
        for first, last in runs(odd):
            peak = first + int(np.nanargmax(curve[first : last + 1]))
            unit = next(unit for unit in units if peak // every in unit.indices)
            box = region_box(judge_unit(scale, unit).places, 0.0)
            found.append(OddStretch(video, start + first, start + last + 1, start + peak, float(curve[peak]), box))
    return sorted(found, key=lambda stretch: -stretch.score)[:MOST_ODD]


def calibrate(checkpoint: Checkpoint, unseen: Sequence[Unseen], rate: float) -> tuple[Checkpoint, AlarmScale]:
    """The checkpoint with a live scale of all unseen footage, and how often ordinary footage reaches each score.

    A scale of many places fits its own footage a little better than the days to come. So each half of the footage is
    scored on a scale that was fitted to the other half. Of one place it moves and stretches all scores alike, and what
    is reached how often does not depend on it. Where paths say when footage was, it also tells which hours are quiet.

    Args:
        checkpoint: trained.
        unseen: stretches whose judge has not learnt from them.
        rate: frames per second.

    Raises:
        DataError: there is too little of it.
    """
    parts = _parts(unseen)
    judged = [(part.footage.frames, list(part.judged())) for part in parts]
    whole = _scale_of(judged, rate)
    scales = [_scale_of(judged[half::2], rate) for half in (1, 0)] if whole.mean.size > 1 else [whole, whole]
    curves, timed = list[ScoreCurve](), list[ScoreCurve]()
    for number, (frames, units) in enumerate(judged):
        scores = filled(live_scores(scales[number % 2], units, frames))
        begins = began(parts[number].footage, rate)
        times_s = (0.0 if begins is None else begins) + np.arange(frames) / rate
        curves.append(ScoreCurve(f"held out {number}", "live", times_s, scores))
        timed += [] if begins is None else [curves[-1]]
    made = replace(checkpoint.provenance, scale_s=round(sum(frames for frames, _ in judged) / rate, 2))
    exponential = method_of(checkpoint.config.method).exponential
    alarms = with_hours(fit_alarm_scale(curves, exponential=exponential), timed, local_zone())
    return replace(checkpoint, scale=whole, provenance=made), alarms


def began(footage: Footage, rate: float) -> float | None:
    """When a stretch began, UTC; None where the path of its video does not say."""
    begins = begins_utc(Path(footage.video), local_zone()) if footage.video else None
    return None if begins is None else begins + footage.first / rate


def hours_of(footage: Sequence[Footage], rate: float) -> float:
    """Length of stretches in hours, at `rate` frames per second."""
    return sum(part.frames for part in footage) / rate / 3600


def filled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve whose frames without a unit have the score of the unit before them: prepared footage may be thinned.

    >>> filled(np.array([np.nan, 1.0, np.nan, 2.0])).tolist()
    [1.0, 1.0, 1.0, 2.0]
    """
    known = np.flatnonzero(~np.isnan(scores))
    if not len(known):
        return scores
    before = np.searchsorted(known, np.arange(len(scores)), "right") - 1
    return scores[known[np.maximum(before, 0)]]


def _scale_of(judged: Sequence[tuple[int, list[FrameErrors]]], rate: float) -> LiveScale:
    units = chain.from_iterable(units for _, units in judged)
    return replace(fit_live_scale(units), memory=max(1, round(MEMORY_S * rate)))


def _parts(unseen: Sequence[Unseen]) -> list[Unseen]:
    """Stretches of which the even and the odd ones are two halves, each from the whole time."""
    if len(unseen) >= 4:
        return list(unseen)
    return [
        replace(part, footage=part.footage.cut(first, after))
        for part in unseen
        for first, after in pairwise((0, part.footage.frames // 2, part.footage.frames))
    ]
