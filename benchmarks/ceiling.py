"""The most that USTN-DSC's protocol can give on a data set with pixel masks: a network that errs in the masks alone.

    python benchmarks/ceiling.py ../shared/data/ped2 --name ped2

Everything outside the masks is restored to the camera's noise; inside them each pixel is wrong by some grey levels, or
the ground is painted where the unusual thing is. No network runs: what is missing to 1 is the protocol's. Each row is
scored by units of some frames, whose worst one counts (Eq. 6), plain and by min-max over each test video (Eq. 7). Test
labels are what this is about; nothing is chosen by it.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from record import write_record

from unusual.data.datasets import DatasetVideo, open_dataset, read_masks, read_truth
from unusual.errors import DataError
from unusual.measure.metrics import auc, micro_auc
from unusual.scores.calibrate import per_video_minmax
from unusual.video.reader import open_video

GREY_LEVELS = (1, 2, 5, 10, 20, 40)
NO_BETTER = "the best scores that units can have"
STILL = 20  # grey levels that a still pixel goes up and down by
Floats = NDArray[np.float64]


class Clip(NamedTuple):
    """frames, masks: (N, H, W) uint8 and bool. abnormal: (N,) bool."""

    name: str
    frames: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    abnormal: NDArray[np.bool_]


def main() -> None:
    """Read, compute, write results/NAME_ceiling.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--spans", type=int, nargs="+", default=[1, 5, 7, 9, 13, 17], help="frames of a unit")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    dataset, chance = open_dataset(args.data), np.random.default_rng(args.seed)
    sigma = float(np.median([noise_of(grey_frames(video)) for video in dataset.train]))
    clips = [read_clip(video) for video in dataset.test]

    def wrong_by(levels: float) -> list[Floats]:
        return [noisy_errors(levels**2 * clip.masks.mean((1, 2)), clip.masks[0].size, sigma, chance) for clip in clips]

    rows = {NO_BETTER: {str(span): no_better(clips, span) for span in args.spans}}
    rows |= {f"wrong by {x} grey levels": row(decibels(wrong_by(x), clips), clips, args.spans) for x in GREY_LEVELS}
    ground = [noisy_errors(ground_errors(clip), clip.masks[0].size, sigma, chance) for clip in clips]
    rows["the ground painted"] = row(decibels(ground, clips), clips, args.spans)
    of_clips = {clip.name: share(clip) for clip in clips}
    figures = {"data": dataset.name, "seed": args.seed, "noise": round(sigma, 3), "rows": rows}
    print(write_record(f"{args.name}_ceiling", figures | {"mask": of_clips}))


def read_clip(video: DatasetVideo) -> Clip:
    """A test clip. Raises DataError where it has no masks or labels."""
    frames, masks = grey_frames(video), read_masks(video)
    truth = read_truth(video, np.arange(len(frames)) / float(video.rate))
    if masks is None or truth is None:
        raise DataError(f"{video.name} has no pixel masks, or no labels")
    return Clip(video.name, frames, np.stack(list(masks)), truth.abnormal)


def grey_frames(video: DatasetVideo) -> NDArray[np.uint8]:
    """(N, H, W) uint8."""
    with open_video(video.source, rate=video.rate) as opened:
        return np.stack([cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY) for frame in opened]).astype(np.uint8)


def noise_of(frames: NDArray[np.uint8]) -> float:
    """The camera's noise in grey levels: of second differences in time, where the picture stands still."""
    some = frames[:41].astype(np.float32)
    second, still = np.diff(some, 2, axis=0), np.ptp(some, 0) < STILL
    return float(np.sqrt((second[:, still] ** 2).mean() / 6))


def noisy_errors(mse: Floats, pixels: int, sigma: float, chance: np.random.Generator) -> Floats:
    """(N,) squared errors of frames, and the noise's own beside them, of so many pixels."""
    return mse + sigma**2 * chance.chisquare(pixels, len(mse)) / pixels


def ground_errors(clip: Clip) -> Floats:
    """(N,) squared errors where the clip's median is painted in the masks."""
    ground = np.median(clip.frames[::5], 0)
    wrong = (clip.frames - ground.astype(np.float32)) ** 2
    return np.asarray((wrong * clip.masks).mean((1, 2)), np.float64)


def decibels(errors: Sequence[Floats], clips: Sequence[Clip]) -> list[Floats]:
    """Minus the PSNR of each frame, its largest value as the peak."""
    return [
        10 * np.log10(each / clip.frames.max((1, 2)).astype(float) ** 2)
        for each, clip in zip(errors, clips, strict=True)
    ]


def units_of(frames: int, span: int) -> NDArray[np.int64]:
    """(N,) the unit that each frame's score is of: side by side; the last one reaches back, and gives what is left.

    >>> units_of(5, 3).tolist()
    [0, 0, 0, 1, 1]
    """
    return np.arange(frames) // span


def worst_of_units(scores: Floats, span: int) -> Floats:
    """Each frame gets the highest score of its unit.

    >>> worst_of_units(np.array([0.0, 1, 2, 0, 1]), 3).tolist()
    [2.0, 2.0, 2.0, 2.0, 2.0]
    """
    starts = [min(first, len(scores) - span) for first in range(0, len(scores), span)]
    return np.array([scores[start : start + span].max() for start in starts])[units_of(len(scores), span)]


def no_better(clips: Sequence[Clip], span: int) -> dict[str, float]:
    """AUC of the scores of units that no others beat: how abnormal a unit is.

    By min-max one unit of a clip that is abnormal throughout must have a 0: that which counts for the fewest frames.
    """
    plain, scaled = [], []
    for clip in clips:
        units = units_of(len(clip.abnormal), span)
        frames = np.bincount(units)
        scores = np.bincount(units, clip.abnormal) / frames
        plain.append(scores[units])
        scaled.append(np.where((scores.min() == scores.max()) & (units == frames.argmin()), 0.0, scores[units]))
    truths = [clip.abnormal for clip in clips]
    return {"plain": round(micro_auc(plain, truths), 4), "min-max": round(micro_auc(scaled, truths), 4)}


def row(errors: Sequence[Floats], clips: Sequence[Clip], spans: Sequence[int]) -> dict[str, dict[str, float]]:
    """By the length of units, as `readings`."""
    truths, found = [clip.abnormal for clip in clips], {}
    for span in spans:
        judged = [worst_of_units(each, span) for each in errors]
        found[str(span)] = readings(judged, [per_video_minmax(each) for each in judged], truths)
    return found


def readings(
    plain: Sequence[Floats], scaled: Sequence[Floats], truths: Sequence[NDArray[np.bool_]]
) -> dict[str, float]:
    """The ways in which Eq. 7 and "average AUC" can be read: micro AUC of scores as they are, and by min-max over each
    clip; the latter also without clips that are abnormal throughout; the mean over clips, which no scaling changes.
    """
    both = [at for at, truth in enumerate(truths) if not truth.all()]
    figures = {
        "plain": micro_auc(plain, truths),
        "min-max": micro_auc(scaled, truths),
        "min-max, both classes": micro_auc([scaled[at] for at in both], [truths[at] for at in both]),
        "macro": float(np.mean([auc(plain[at], truths[at]) for at in both])),
    }
    return {name: round(figure, 4) for name, figure in figures.items()}


def share(clip: Clip) -> float:
    """How much of the picture the masks cover, where they cover any, in per cent."""
    return round(100 * float(clip.masks[clip.masks.any((1, 2))].mean()), 2)


if __name__ == "__main__":
    main()
