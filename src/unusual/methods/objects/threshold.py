"""The confidence from which on a detection counts, chosen by the footage: where tracks lose their boxes least.

A high threshold loses people for a frame or two; a low one lets in what is nobody and is not found again either. Both
show as frames of a track without a box, between two that have one. No label is needed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import inf
from pathlib import Path

import numpy as np

from unusual.methods.objects.detector import RGB, Detector, Rows
from unusual.methods.objects.objects import SUSPECTED, ObjectConfig, Objects, keep_detected, smallest_side
from unusual.methods.objects.tracks import TrackConfig, Tracker
from unusual.methods.objects.weights import find_detector
from unusual.video.reader import open_video

SCORES = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
AS_GOOD = 1.1  # times the least share that is lost; the lowest of these is taken, as weak boxes only go on with a track
WINDOW_S = 10.0  # that are looked at without a pause
PAUSE = 2  # windows that are left out after each
ENOUGH = 300  # frames that show somebody
MOST = 3000  # frames that are looked at, be somebody there or not
FEWEST = 500  # boxes that are followed, or the footage tells nothing
VIDEOS = 12  # of many, evenly chosen

Window = list[tuple[Rows, tuple[int, int]]]  # of consecutive frames, what is suspected, and their height and width


def by_footage(
    videos: Sequence[Path], rate: Fraction, objects: ObjectConfig, tracks: TrackConfig, judged: float
) -> list[str]:
    """The setting of the threshold, `objects.score=0.2`; nothing where it is set, or the footage does not tell.

    Args:
        videos: ordinary footage. rate: frames a second of those that do not tell it, folders of pictures.
        judged: frames a second in which objects are looked for, about.

    Raises:
        ConfigError: the detector is not at hand, or is none.
        VideoError: a video cannot be read.
    """
    if objects.score or not objects.detector:
        return []
    windows = suspected(videos, rate, objects, judged)
    lost = [share_lost(windows, score, objects, tracks, judged) for score in SCORES]
    if min(lost) == inf:
        return []
    return [f"objects.score={next(s for s, share in zip(SCORES, lost, strict=True) if share <= AS_GOOD * min(lost))}"]


def suspected(videos: Sequence[Path], rate: Fraction, objects: ObjectConfig, judged: float) -> list[Window]:
    """What the detector suspects in ten seconds of each half a minute, until enough is seen. As `by_footage`."""
    detector = Detector(find_detector(objects.detector), SUSPECTED, objects.sha256)
    windows: list[Window] = []
    frames = somebody = 0
    for window in _windows(videos[:: -(-len(videos) // VIDEOS)], rate, judged):
        windows.append([(detector.find(rgb, objects.tile), (rgb.shape[0], rgb.shape[1])) for rgb in window])
        frames, somebody = frames + len(window), somebody + sum(len(rows) > 0 for rows, _ in windows[-1])
        if somebody >= ENOUGH or frames >= MOST:
            break
    return windows


def share_lost(
    windows: Sequence[Window], score: float, objects: ObjectConfig, tracks: TrackConfig, rate: float
) -> float:
    """Of the frames of tracks, from the first to the last box of each, the share without one; inf of too few boxes.

    Args:
        windows: each followed by itself.
        score: detections above this confidence count.
        rate: frames a second.
    """
    boxes = missed = 0
    for window in windows:
        tracker, seen = Tracker(tracks, rate), dict[int, int]()
        for frame, (rows, (height, width)) in enumerate(window):
            config = replace(objects, smallest_side=objects.smallest_side or smallest_side(height))
            kept = keep_detected(rows[rows[:, 4] > score], width, height, config)
            tracked = tracker.step(_objects(kept), None, (height, width))
            for number in tracked.number[~tracked.bridged].tolist():
                missed += frame - seen.get(number, frame - 1) - 1
                seen[number] = frame
                boxes += 1
    return missed / (missed + boxes) if boxes >= FEWEST else inf


def _objects(rows: Rows) -> Objects:
    return Objects(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int16), np.zeros(len(rows), np.float32))


def _windows(videos: Sequence[Path], rate: Fraction, judged: float) -> Iterator[list[RGB]]:
    """Judged frames that follow on one another."""
    for video in videos:
        with open_video(video, rate=rate) as opened:
            pace = float(opened.info.rate or rate)
            step, long = max(1, round(pace / judged)), max(1, round(WINDOW_S * pace))
            window: list[RGB] = []
            for frame in opened:
                number, within = divmod(frame.index, long)
                if number % (1 + PAUSE) == 0 and within % step == 0:
                    window.append(frame.rgb)
                if window and within == long - 1:
                    yield window
                    window = []
            if window:
                yield window
