"""Who is found without a detector, where a detector finds somebody: footage of real places that nobody labelled.

    python benchmarks/found.py ../shared/data/ped2-h264 ../shared/data/ped1-h264 ../shared/data/vtest.avi \
        --detector ../shared/weights/deimv2_femto_coco.onnx

A data set's training clips, or a film as a whole. In every tenth frame the detector's sure boxes (above 0.35) are the
people; of these it is counted who is found with an IoU above 0.5, and how many boxes lie at nobody whom the detector so
much as suspects (IoU below 0.2): some of these are people whom it misses. No test clip is opened. Boxes of what moves
are beside those of the foreground network. Writes results/found.json.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from record import write_record

from unusual.data.datasets import open_dataset
from unusual.methods.objects.keeping import KeptObjects
from unusual.methods.objects.objects import Boxes, ObjectConfig, ObjectFinder, Objects, overlap_px
from unusual.video.reader import open_video

SURE, SUSPECTED = 0.35, 0.1  # confidence of the detector
BORN = 0.35  # confidence from which on the foreground network's box begins a track
EVERY, FIRST = 10, 40  # frames between two that are compared, and before the first: the ground is known then
SAME, OTHER = 0.5, 0.2  # IoU of boxes of one body, and of two
RATE = 10.0
WAYS = {"what moves": {"motion": True}, "the foreground network": {"foreground": True}}


def main() -> None:
    """Look, count, write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", type=Path, nargs="+")
    parser.add_argument("--detector", required=True)
    parser.add_argument("--clips", type=int, default=6, help="of each data set, evenly chosen")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rows = {place.name: counted(films_of(place, args.clips), args.detector) for place in args.places}
    print(write_record("found", {"places": rows}))


def films_of(place: Path, most: int) -> list[Path]:
    """The training clips of a data set, or the film itself."""
    if place.is_file():
        return [place]
    clips = [video.source for video in open_dataset(place).train]
    return clips[:: -(-len(clips) // most)]


def counted(films: Sequence[Path], detector: str) -> dict[str, object]:
    """What each way finds of the people in these films."""
    people = ObjectFinder(ObjectConfig(detector=detector, score=SUSPECTED, motion=False, smallest_side=8, cover=0.8))
    told = {way: Count() for way in WAYS}
    for film in films:
        finders = {
            way: KeptObjects(ObjectFinder(ObjectConfig(smallest_side=8, **words)), None, RATE)  # type: ignore[arg-type]
            for way, words in WAYS.items()
        }
        for index, (before, frame, after) in enumerate(threes(film)):
            compared = index >= FIRST and index % EVERY == 0
            known = people.find(frame, frame, frame) if compared else None
            for way, finder in finders.items():
                began = time.process_time()
                found = finder.find(index, before, frame, after)
                told[way].seconds += time.process_time() - began
                told[way].frames += 1
                if known is not None:
                    told[way].add(found, known)
    return {way: count.figures() for way, count in told.items()}


class Count:
    """Boxes of one way beside those of the detector."""

    def __init__(self) -> None:
        self.people = self.found = self.boxes = self.alien = self.frames = 0
        self.seconds = self.overlap = 0.0

    def add(self, found: Objects, known: Objects) -> None:
        """Of one frame."""
        sure, boxes = known.xyxy[known.confidence > SURE], found.xyxy[found.confidence > BORN]
        best = iou(sure, boxes).max(1, initial=0)
        self.people, self.found = self.people + len(sure), self.found + int((best > SAME).sum())
        self.overlap += float(best.sum())
        self.boxes += len(boxes)
        self.alien += int((iou(boxes, known.xyxy).max(1, initial=0) < OTHER).sum())

    def figures(self) -> dict[str, object]:
        """The row."""
        return {
            "people": self.people,
            "found": round(self.found / max(self.people, 1), 3),
            "mean IoU": round(self.overlap / max(self.people, 1), 3),
            "boxes for each of them": round(self.boxes / max(self.people, 1), 2),
            "boxes at nobody": round(self.alien / max(self.boxes, 1), 3),
            "ms a frame": round(1000 * self.seconds / max(self.frames, 1), 1),
        }


def iou(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    """(N, M) what (N, 4) and (M, 4) boxes have in common, of what they have together."""
    common = overlap_px(boxes, others)
    area, its = ((one[:, 2:] - one[:, :2]).prod(1) for one in (boxes, others))
    return np.asarray(common / np.maximum(area[:, None] + its - common, 1e-6), np.float32)


def threes(film: Path) -> Iterator[Sequence[NDArray[np.uint8]]]:
    """Each frame of a film but the first and the last, between its neighbours; the larger ones at half their size."""
    with open_video(film, rate=Fraction(10)) as opened:
        past: list[NDArray[np.uint8]] = []
        for frame in opened:
            rgb = frame.rgb
            if rgb.shape[0] > 400:
                rgb = np.asarray(cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
            past = [*past[-2:], rgb]
            if len(past) == 3:
                yield past


if __name__ == "__main__":
    main()
