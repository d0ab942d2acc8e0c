"""A folder of ordinary clips as they are and with anomalies planted in them: labelled, in the layout of own videos."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.data.datasets import DatasetVideo
from unusual.data.made_up.scene import intervals
from unusual.errors import DataError
from unusual.files import whole_file
from unusual.measure.planting.planted import Change, plant
from unusual.measure.truth_tracks import Tracks
from unusual.methods.objects.keeping import KeptObjects
from unusual.methods.objects.objects import ObjectConfig, ObjectFinder
from unusual.methods.objects.tracks import TrackConfig, Tracker
from unusual.video.reader import open_video

APART = 100_000  # between the numbers of tracks of two clips
Clip = tuple[str, NDArray[np.uint8], Tracks]


def write_planted_set(folder: Path, videos: Sequence[DatasetVideo], *, detector: str = "", seeds: int = 2) -> None:
    """Plant every change in every clip, `seeds` objects each, unless the folder has its labels.

    Args:
        folder: gets test/NAME/00000.png, ... and labels.csv, which is written last.
        videos: ordinary clips of one camera that stands still.
        detector: an ONNX file or a known name; without it, what moves is tracked.

    Raises:
        VideoError: a clip cannot be read. DataError: there is no clip, or nobody in it who can be changed.
    """
    if (folder / "labels.csv").exists():
        return
    if not videos:
        raise DataError("no ordinary clip to plant anomalies in: none is held out whole")
    clips, rate = [read_tracked(video, detector) for video in videos], float(videos[0].rate)
    rows = [("video", "start_s", "end_s", "kind")]
    for name, frames, shown, kind in _variants(clips, seeds):
        (folder / "test" / name).mkdir(parents=True, exist_ok=True)
        for at, frame in enumerate(frames):
            cv2.imwrite(str(folder / f"test/{name}/{at:05}.png"), frame[..., ::-1])
        rows += [(name, f"{s.start_s / rate:.4f}", f"{s.end_s / rate:.4f}", kind) for s in intervals(shown.tolist(), 1)]
    if len(rows) == 1:
        raise DataError(f"nobody in {', '.join(video.name for video in videos)} is alone and whole for long enough")
    with whole_file(folder / "labels.csv") as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def read_tracked(video: DatasetVideo, detector: str) -> Clip:
    """All frames of a clip, and who walks in it. Raises VideoError, DataError."""
    with open_video(video.source, rate=video.rate) as reader:
        frames = np.stack([frame.rgb for frame in reader])
    finder = ObjectFinder(ObjectConfig(detector=detector, score=0.2, motion=not detector, foreground=not detector))
    objects = KeptObjects(finder, None, float(video.rate))
    tracker, (height, width) = Tracker(TrackConfig(), float(video.rate)), frames.shape[1:3]
    found = []
    for at, frame in enumerate(frames):
        before, after = frames[max(at - 1, 0)], frames[min(at + 1, len(frames) - 1)]
        found.append(tracker.step(objects.find(at, before, frame, after), None, (height, width)))
    index = np.repeat(np.arange(len(frames)), [len(one) for one in found])
    boxes, numbers = np.concatenate([one.xyxy for one in found]), np.concatenate([one.number for one in found])
    return video.name, frames, Tracks(index, boxes.astype(np.float64), numbers)


def _variants(clips: Sequence[Clip], seeds: int) -> Iterator[tuple[str, NDArray[np.uint8], NDArray[np.bool_], str]]:
    usual = [Tracks(t.frame, t.xyxy, t.track + APART * number) for number, (_, _, t) in enumerate(clips)]
    everybody = Tracks(*(np.concatenate([getattr(t, part) for t in usual]) for part in ("frame", "xyxy", "track")))
    for name, frames, tracks in clips:
        yield name, frames, np.zeros(len(frames), np.bool_), ""
        for change in Change:
            for seed in range(seeds):
                made = plant(frames, tracks, change, seed=seed, usual=everybody)
                if made is not None:
                    yield f"{name}-{change}-{seed}", made.frames, made.shown, change
