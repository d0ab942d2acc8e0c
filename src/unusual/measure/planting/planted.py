"""Anomalies made up in ordinary footage of any camera, so that settings can be chosen without one test label.

A real object is cut out along its track, the place where it was is filled from the clip's median, and it is put back
changed: faster, faster and without a step as who rides, without a step at its own speed as who glides, elsewhere,
turned round, larger, or standing. A score is worth what it tells the frames that show it from the others. `Change.NONE`
puts it back as it was: what a score finds in that is traces of the scissors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.measure.metrics import micro_auc
from unusual.measure.planting.cut_outs import Backdrop, CutOut, backdrop_of, cut_out, differs, erase, lay, restless
from unusual.measure.planting.walks import SHORTEST, Boxes, Floats, Ground, Walk, feet_of, meet, others_of, walks_of
from unusual.measure.truth_tracks import Tracks

LARGER = 1.6
FASTER = (2, 3)  # times its speed: whole numbers, so that every picture of it is one that the camera took
HELD = 0.6  # of the clip, that a lingerer stands
VISIBLE = 0.3  # of the object, for a frame to count
AGREE = 0.7  # of those who pass a place go one way, or nobody there can be turned against it


class Change(StrEnum):
    """How an object is put back."""

    NONE = "none"
    FASTER = "faster"
    RIDES = "rides"
    GLIDES = "glides"
    ELSEWHERE = "elsewhere"
    TURNED = "turned"
    LARGER = "larger"
    LINGERS = "lingers"


@dataclass(frozen=True, slots=True)
class Planted:
    """A clip with a changed object in it.

    frames: (T, H, W, 3) uint8.
    shown:  (T,) bool, whether it shows the object, changed; of a lingerer, while it stands.
    xyxy:   (T, 4) float64 px, where the object was put; NaN where it was not. It may reach over the picture's edge.
    """

    change: Change
    frames: NDArray[np.uint8]
    shown: NDArray[np.bool_]
    xyxy: Boxes


@dataclass(frozen=True, slots=True)
class _Pose:
    """Where a frame's object comes from and goes to.

    source: the frame it is cut out of. feet: (2,) px, where it stands. scale: of its size in the source.
    """

    source: int
    feet: Floats
    scale: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """An object in each frame of a clip. shown: (T,) bool, what is to count. stands: (T,) bool, it does not move."""

    walk: Walk
    poses: list[_Pose]
    shown: NDArray[np.bool_]
    stands: NDArray[np.bool_]


def plant(
    frames: NDArray[np.uint8], tracks: Tracks, change: Change, *, seed: int = 0, usual: Tracks | None = None,
    backdrop: Backdrop | None = None,
) -> Planted | None:  # fmt: skip
    """Change one object of an ordinary clip of a still camera.

    Args:
        frames: (T, H, W, 3) uint8, consecutive, T >= 2.
        tracks: the clip's objects, from any tracker; what is not in it is neither moved nor kept out of the way.
        change: what becomes of the object.
        seed: which of the objects that are long enough in view, and which of the places or speeds; the same arguments
            give the same clip.
        usual: tracks of more footage of this camera, of any numbers: where people walk, which way, and how tall they
            are there. The clip's own when not given.
        backdrop: of this camera in this light; the clip's median when not given.

    Returns:
        None where no object is fit for it: none is alone and whole for long enough, nowhere do people go one way.

    Raises:
        DataError: the frames are no such array, or a track lies outside them.

    Source: ours.
    """
    backdrop = backdrop or backdrop_of(frames)
    if tracks.frame.size and not 0 <= tracks.frame.min() <= tracks.frame.max() < len(frames):
        raise DataError(f"tracks reach to frame {tracks.frame.max()}, the clip has {len(frames)} frames")
    total, height, width, _ = frames.shape
    ground, rng = Ground(usual or tracks, height, width), np.random.default_rng((19, seed, *change.encode()))
    walks = sorted(walks_of(tracks, height, width), key=lambda walk: -len(walk.whole))
    plans = [plan for walk in walks if (plan := _plan(walk, change, total, ground, rng))]
    for number in rng.permutation(min(len(plans), max(3, len(plans) // 2))):  # the longer half
        cuts = _cuts(frames, tracks, plans[number].walk, backdrop)
        made = Planted(change, *_put(frames, tracks, plans[number], cuts, backdrop, rng)) if cuts else None
        if made and made.shown.sum() >= SHORTEST:
            return made
    return None


def planted_auc(scores: Sequence[NDArray[np.float64]], clips: Sequence[Planted | None]) -> float:
    """AUC of the frames that show a changed object against all others.

    Args:
        scores: (T,) of each clip, higher = more abnormal; NaN where a frame was not scored.
        clips: what was scored; None for an ordinary clip as it is.
    """
    truths = [np.zeros(len(s), np.bool_) if c is None else c.shown for s, c in zip(scores, clips, strict=True)]
    return micro_auc(scores, truths)


def mean_of_changes(aucs: Mapping[str, float]) -> float:
    """One figure to choose by: every change weighs the same. NONE, the traces of the scissors, takes no part.

    Args:
        aucs: of each change that was planted; those that are NaN are left out. NaN where none is left.

    >>> mean_of_changes({"none": 0.5, "faster": 0.75, "turned": 0.5, "larger": float("nan")})
    0.625
    """
    values = [auc for change, auc in aucs.items() if change != Change.NONE and not isnan(auc)]
    return sum(values) / len(values) if values else nan


def _plan(walk: Walk, change: Change, total: int, ground: Ground, rng: np.random.Generator) -> _Plan | None:
    """The object in each frame of the clip; None where this change does not befit this walk."""
    time, shift, larger = np.arange(total), np.zeros(2), 1.0
    shown, stands = np.ones(total, np.bool_), np.zeros(total, np.bool_)
    middle = (walk.whole.start + walk.whole.stop) // 2
    match change:
        case Change.FASTER | Change.RIDES:
            time = middle + int(rng.choice(FASTER)) * (time - round(total * rng.uniform(0.35, 0.65)))
        case Change.TURNED:
            if ground.agreement(walk) < AGREE:
                return None
            time = 2 * middle - time
        case Change.LINGERS:
            first, last = round(total * (1 - HELD) / 2), round(total * (1 + HELD) / 2)
            shown = stands = (time >= first) & (time < last)
            time = middle + np.minimum(time - first, 0) + np.maximum(time - last, 0)
        case Change.ELSEWHERE:
            place = ground.lonely(walk, rng)
            if place is None:
                return None
            shift = place
        case Change.LARGER:
            larger = LARGER
    steps = change not in (Change.RIDES, Change.GLIDES)
    poses = [_pose(walk, at, shift, larger, ground, steps) for at in time.tolist()]
    return _Plan(walk, poses, shown, stands)


def _pose(walk: Walk, at: int, shift: Floats, larger: float, ground: Ground, steps: bool) -> _Pose:
    """The object at a moment of its walk; where it is not whole it goes on at its speed, with steps it has made.

    Without steps it is that of the middle of its walk throughout.
    """
    feet, last = walk.feet, len(walk.whole) - 1
    step = (at - walk.whole.start) % (2 * last)
    source = min(step, 2 * last - step) if steps else last // 2  # to and fro
    known = int(np.clip(at - walk.whole.start, 0, last))
    now = feet[known] + walk.velocity * (at - walk.whole.start - known) + shift
    return _Pose(walk.whole.start + source, now, larger * ground.growth(float(feet[source, 1]), float(now[1])))


def _cuts(frames: NDArray[np.uint8], tracks: Tracks, walk: Walk, backdrop: Backdrop) -> dict[int, CutOut]:
    """The object of each frame in which it is whole; nothing where it hardly differs from what is behind it."""
    boxes = {at: walk.box(at) for at in walk.whole}
    cuts = {at: cut_out(frames[at], backdrop, box, others_of(tracks, walk.track, at)) for at, box in boxes.items()}
    full = [float(cut.matte.sum() / (boxes[at][2:] - boxes[at][:2]).prod()) for at, cut in cuts.items()]
    return cuts if 0.3 < np.median(full) < 1.1 and np.quantile(full, 0.1) > 0.2 else {}


def _put(
    frames: NDArray[np.uint8], tracks: Tracks, plan: _Plan, cuts: dict[int, CutOut], backdrop: Backdrop,
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], Boxes]:  # fmt: skip
    """Take the object away from every frame and put it back where its pose says, behind whoever is nearer."""
    walk, made, shown, xyxy = plan.walk, frames.copy(), plan.shown.copy(), np.full((len(frames), 4), np.nan)
    height, width = frames.shape[1:3]
    for at, (frame, pose) in enumerate(zip(made, plan.poses, strict=True)):
        others, was, cut = others_of(tracks, walk.track, at), walk.box(at), cuts[pose.source]
        if walk.is_about(at):
            erase(frame, was, others, backdrop, rng)
        box = walk.steady[pose.source - walk.start]
        foot = feet_of(box[None])[0]
        placed = (box - np.tile(foot, 2)) * pose.scale + np.tile(pose.feet, 2)
        if (placed[:2] >= (width, height)).any() or (placed[2:] <= 0).any():
            shown[at] = False
            continue
        moved = restless(cut, backdrop, rng) if plan.stands[at] else cut
        bare = frame.copy()
        matte = lay(frame, moved, np.round(pose.feet - foot), pose.scale, foot)
        matte *= differs(frame, bare, backdrop)  # black before black is not seen
        for other in np.flatnonzero(meet(placed, others) & (others[:, 3] > placed[3])):
            beside = np.vstack([np.delete(others, other, 0), was])
            matte *= 1 - lay(frame, cut_out(frames[at], backdrop, others[other], beside))
        xyxy[at] = placed
        shown[at] &= matte.sum() >= VISIBLE * pose.scale**2 * cut.matte.sum()
    return made, shown, xyxy
