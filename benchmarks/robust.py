"""What a worse picture costs: test clips darker, brighter, moved, noisy, re-encoded; the live score of one model.

    python benchmarks/robust.py ../shared/data/ped2 runs/ped2/habits-0 --name ped2_habits

The model is trained on the footage as it is. A picture is moved to the right and down, its edge repeated. `health` is
what the camera's health display calls each clip, with an ordinary training clip's picture to compare with.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from record import write_record

from unusual.data.datasets import Dataset, open_dataset
from unusual.measure.evaluate import LIVE, evaluate, score_clip
from unusual.run.checkpoint import load_checkpoint
from unusual.run.score import Thresholds
from unusual.video.condition.health import PictureHealth
from unusual.video.reader import open_video
from unusual.video.writer import write_video

Picture = NDArray[np.uint8]
MOVED, SIGMA = 4, 8.0  # px, grey levels
LOSSLESS, POOR = 0, 35  # crf of H.264


def main() -> None:
    """Score every kind of worse picture, write results/robust_NAME.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--name", required=True)
    args = parser.parse_args()
    dataset = open_dataset(args.data)
    auc: dict[str, float] = {}
    said: dict[str, dict[str, int]] = {}
    for name, (change, crf) in CHANGES.items():
        with tempfile.TemporaryDirectory() as folder:
            changed = altered(dataset, change, crf, Path(folder))
            auc[name], said[name] = live_auc(changed, args.model), health(changed, dataset)
        print(f"{name}: {auc[name]:.4f}, {said[name]}", flush=True)
    costs = {name: round(100 * (auc["as it is"] - other), 1) for name, other in auc.items()}
    rounded = {name: round(each, 4) for name, each in auc.items()}
    figures: dict[str, object] = {"data": dataset.name, "micro AUC": rounded, "costs, points": costs, "health": said}
    print(write_record(f"robust_{args.name}", figures))


def brighter(by: float) -> Callable[[Picture, np.random.Generator], Picture]:
    """A picture whose light is multiplied."""
    return lambda rgb, chance: np.asarray(cv2.convertScaleAbs(rgb, alpha=by), np.uint8)


def noisy(rgb: Picture, chance: np.random.Generator) -> Picture:
    """A picture with the noise of a poor sensor, the same in its three colours."""
    noise = chance.normal(0, SIGMA, (*rgb.shape[:2], 1))
    return np.asarray((rgb + noise).round().clip(0, 255), np.uint8)


def moved(rgb: Picture, chance: np.random.Generator) -> Picture:
    """The picture of a camera that was pushed a little."""
    height, width = rgb.shape[:2]
    larger = cv2.copyMakeBorder(rgb, MOVED, 0, MOVED, 0, cv2.BORDER_REPLICATE)
    return np.asarray(larger[:height, :width], np.uint8)


CHANGES = {
    "as it is": (brighter(1.0), LOSSLESS),
    "darker by 20 %": (brighter(0.8), LOSSLESS),
    "brighter by 20 %": (brighter(1.2), LOSSLESS),
    "moved by 4 px": (moved, LOSSLESS),
    "noise of sigma 8": (noisy, LOSSLESS),
    "re-encoded at crf 35": (brighter(1.0), POOR),
}


def altered(
    dataset: Dataset, change: Callable[[Picture, np.random.Generator], Picture], crf: int, folder: Path
) -> Dataset:
    """The data set with its test clips changed."""
    clips = []
    for number, clip in enumerate(dataset.test):
        file, chance = folder / f"{clip.name}.mp4", np.random.default_rng(number)
        with ExitStack() as files:
            opened = files.enter_context(open_video(clip.source, rate=clip.rate))
            width, height = opened.info.width, opened.info.height
            rate = opened.info.rate or clip.rate
            sink = files.enter_context(write_video(file, width, height, rate, crf=crf))
            for frame in opened:
                sink.add(change(frame.rgb, chance), frame.index / float(rate))
        clips.append(replace(clip, source=file))
    return replace(dataset, test=tuple(clips))


def live_auc(dataset: Dataset, model: Path) -> float:
    """Micro AUC of the live score."""
    checkpoint = load_checkpoint(model)
    results = [score_clip(clip, checkpoint, Thresholds(), pictures=False).result for clip in dataset.test]
    return next(row.metrics.micro_auc for row in evaluate(results).rows if row.protocol == LIVE)


def health(changed: Dataset, dataset: Dataset) -> dict[str, int]:
    """Clips by the word that the health display ends with."""
    with open_video(dataset.train[0].source, rate=dataset.train[0].rate) as opened:
        usual = np.median([frame.rgb for frame in opened], axis=0).astype(np.uint8)
    said: Counter[str] = Counter()
    for clip in changed.test:
        with open_video(clip.source, rate=clip.rate) as opened:
            shown = PictureHealth(usual)
            words = [shown.add(frame.time_s, frame.rgb) for frame in opened]
        said[words[-1]] += 1
    return dict(said)


if __name__ == "__main__":
    main()
