"""A figure to choose by that needs no test label: how well anomalies planted in held-out clips are told, any method.

PSNR of held-out footage says how well what is ordinary is restored, and a better restorer is no better detector. This
says what detection is about, in both protocols, after each epoch of a training.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.data.datasets import DatasetVideo, open_dataset
from unusual.domain import FrameErrors
from unusual.measure.compare import kinds_of
from unusual.measure.evaluate import LIVE
from unusual.measure.metrics import auc
from unusual.measure.planting.planted import mean_of_changes
from unusual.measure.planting.planted_set import write_planted_set
from unusual.methods.footage import Footage
from unusual.methods.learner import Check, Learner
from unusual.methods.scorer import Scorer
from unusual.methods.unseen import unseen_by
from unusual.run.fit import unseen_units
from unusual.run.progress import EpochRow, Watcher
from unusual.run.score import PAPER, PAPER_MINMAX
from unusual.scores.calibrate import LiveScale, fit_live_scale, live_scores, per_video_minmax
from unusual.video.reader import open_video

MEAN = "mean of the changes"
Flags = NDArray[np.bool_]
Told = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class PlantedClip:
    """A clip of `write_planted_set` as a method wants it: pictures (N, h, w, C) uint8 of `Scorer.picture`.

    kinds: change -> (N,) bool, the frames that show it; empty of an ordinary clip as it is.
    """

    name: str
    times_s: NDArray[np.float64]
    pictures: NDArray[np.uint8]
    kinds: Mapping[str, Flags]


class Validated(Watcher):
    """Tells another watcher, and says after each epoch how well planted anomalies are told.

    They are planted in the clips that are held out whole, or in the ends that are, once: see `write_planted_set`.
    """

    def __init__(self, watcher: Watcher, folder: Path, videos: Sequence[DatasetVideo], detector: str = "") -> None:
        """`videos`: those that are trained on, whichever are held out of them. folder: keeps what is planted."""
        self._watcher, self._folder, self._videos, self._detector = watcher, folder, videos, detector
        self._clips: list[PlantedClip] = []

    def note(self, line: str) -> None:
        """See Watcher."""
        self._watcher.note(line)

    def preparing(self, video: str, number: int, of: int) -> None:
        """See Watcher."""
        self._watcher.preparing(video, number, of)

    def step(self, share: float, loss: float) -> None:
        """See Watcher."""
        self._watcher.step(share, loss)

    def epoch(self, row: EpochRow) -> None:
        """See Watcher."""
        self._watcher.epoch(row)

    def measured(self, learner: Learner, held_out: Sequence[Footage]) -> tuple[Check, ...]:
        """The mean over the changes, in both protocols. Raises DataError, VideoError."""
        scorer = learner.scorer()
        if not self._clips:
            held = [video for video in self._videos if video.source.name in {stretch.name for stretch in held_out}]
            write_planted_set(self._folder, held, detector=self._detector)
            found = open_dataset(self._folder, rate=self._videos[0].rate).test
            self._clips = planted_clips(found, scorer)
        told = planted_aucs(scorer, fit_live_scale(unseen_units(unseen_by(scorer, held_out))), self._clips)
        return tuple(Check(f"planted anomalies, {name}", aucs[MEAN], ()) for name, aucs in told.items())


def planted_aucs(scorer: Scorer, scale: LiveScale, clips: Sequence[PlantedClip]) -> Told:
    """AUC of each change, and their mean: on the live scale and in the method's own protocol.

    The frames of a change are held against all frames that show none. By min-max a clip in which all is ordinary would
    have a worst frame as every other has: there it takes no part, as no published test clip is of that kind.
    """
    live, paper = list[NDArray[np.float64]](), list[NDArray[np.float64]]()
    for clip in clips:
        timed = zip(clip.times_s.tolist(), clip.pictures, strict=True)
        units, frames = list(scorer.judge(clip.name, timed)), len(clip.times_s)
        live.append(live_scores(scale, units, frames))
        published = published_scores(units, frames)
        paper.append(per_video_minmax(published) if scorer.stretched else published)
    shown = [clip for clip in clips if clip.kinds or not scorer.stretched]
    chosen = [scores for scores, clip in zip(paper, clips, strict=True) if clip.kinds or not scorer.stretched]
    own = PAPER_MINMAX if scorer.stretched else PAPER
    return {LIVE: _by_change(live, clips), own: _by_change(chosen, shown)}


def planted_clips(videos: Sequence[DatasetVideo], scorer: Scorer) -> list[PlantedClip]:
    """Clips of the data set that `write_planted_set` wrote. Raises DataError, VideoError."""
    clips = []
    for video in videos:
        times_s, pictures = pictures_of(video, scorer)
        clips.append(PlantedClip(video.name, times_s, pictures, kinds_of(video, times_s)))
    return clips


def pictures_of(video: DatasetVideo, scorer: Scorer) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """(N,) seconds and (N, h, w, C) what `scorer` judges of a clip. Raises VideoError."""
    with open_video(video.source, rate=video.rate) as opened:
        read = [(frame.time_s, scorer.picture(frame.rgb)) for frame in opened]
    return np.array([time_s for time_s, _ in read]), np.stack([picture for _, picture in read])


def published_scores(units: Iterable[FrameErrors], frames: int) -> NDArray[np.float64]:
    """(N,) the published protocol's number of each frame, see `published_error`."""
    curve = np.full(frames, np.nan)
    for unit in units:
        if unit.published:
            curve[unit.indices] = np.where(np.isnan(curve[unit.indices]), unit.error, curve[unit.indices])
    return curve


def _by_change(scores: Sequence[NDArray[np.float64]], clips: Sequence[PlantedClip]) -> dict[str, float]:
    every = np.concatenate(scores)
    changes = sorted({change for clip in clips for change in clip.kinds})
    shown = {
        change: np.concatenate([clip.kinds.get(change, np.zeros(len(clip.times_s), np.bool_)) for clip in clips])
        for change in changes
    }
    ordinary = ~np.any([*shown.values()], axis=0)
    aucs = {change: auc(every[ordinary | flags], flags[ordinary | flags]) for change, flags in shown.items()}
    return aucs | {MEAN: mean_of_changes(aucs)}
