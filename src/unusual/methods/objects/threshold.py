"""Which confidence a detection must have, chosen by ordinary footage and without a label.

Too high, and objects lose their boxes between two frames in which they have one; too low, and boxes come that are of
nothing. So objects are followed with all boxes that there are, and the highest confidence is taken at which those who
are followed keep nearly all of theirs. Ours.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.methods.objects.detector import RGB
from unusual.methods.objects.objects import ObjectConfig, ObjectFinder
from unusual.methods.objects.tracks import TrackConfig, Tracker
from unusual.video.reader import open_video

LOWEST, HIGHEST, STEP = 0.1, 0.5, 0.05  # confidences that are tried
KEPT = 0.8  # of the boxes of those who are followed
VIDEOS, FRAMES = 4, 120  # that are looked at: of so many videos, evenly spread, so many judged frames each
SURER = 1.75  # times as sure must be what begins a track
FOLLOWED = 10  # boxes, from which somebody is followed


def chosen_score(videos: Sequence[Path], config: ObjectConfig, tracks: TrackConfig, step: int, rate: float) -> float:
    """The confidence above which a detection is to count.

    Args:
        videos: of ordinary footage.
        config: with a detector; its score is not looked at.
        step: frames from one judged frame to the next. rate: judged frames per second.

    Returns:
        LOWEST where nobody is followed for long.

    Raises:
        VideoError: a video cannot be read. ConfigError: the detector is not at hand.
    """
    finder = ObjectFinder(replace(config, score=LOWEST, motion=False))
    some = [videos[n] for n in np.unique(np.linspace(0, len(videos) - 1, VIDEOS).round().astype(int))]
    found: list[float] = []
    for video in some:
        with open_video(video) as opened:
            pictures = islice((frame.rgb for frame in opened), 0, FRAMES * step, step)
            found += _confidences(pictures, finder, Tracker(tracks, rate))
    return highest_kept(np.array(found))


def highest_kept(confidences: NDArray[np.float64]) -> float:
    """The highest confidence that KEPT of the boxes of followed objects exceed; 0 stands for a box that was lost.

    >>> highest_kept(np.array([0.0, 0.3, 0.4, 0.6, 0.9]))
    0.25
    """
    tried = np.arange(LOWEST, HIGHEST + STEP / 2, STEP).round(3)
    enough = [score for score in tried.tolist() if len(confidences) and (confidences > score).mean() >= KEPT]
    return max(enough, default=LOWEST)


def _confidences(pictures: Iterable[RGB], finder: ObjectFinder, tracker: Tracker) -> Iterator[float]:
    """What each followed object's boxes were worth, 0 where it had none between two that it had."""
    lives: dict[int, list[float]] = {}
    for picture in pictures:
        tracked = tracker.step(finder.find(picture, picture, picture), None, picture.shape[:2])
        for number, confidence, missed in zip(
            tracked.number.tolist(), tracked.confidence.tolist(), tracked.missed.tolist(), strict=True
        ):
            lives.setdefault(number, []).append(0.0 if missed else confidence)
    for life in lives.values():
        last = max((n for n, confidence in enumerate(life) if confidence), default=-1)
        if sum(confidence > 0 for confidence in life) >= FOLLOWED:
            yield from life[: last + 1]
