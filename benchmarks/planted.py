"""Anomalies planted in held-out ordinary clips: what trained models tell of each change, with no test label.

    python benchmarks/planted.py ../shared/data/ped2 runs/ped2/model --detector weights.onnx
    python benchmarks/planted.py ../shared/data/ped1 runs/ped1/model --every 5 --name ped1
    python benchmarks/planted.py ../shared/data/ped2 runs/short runs/long runs/wide --clips 03 11 --test

Of each model a row: the AUC of every change, on the live scale and in its own protocol, and their mean, by which models
are chosen. A setting that wins here may be used on the test clips once: --test does so, and says how well the order of
the models here is their order there. `none` is the object put back as it was: what is above 0.5 there is told by the
traces of cutting, and takes no part in the mean. The clips are kept in runs/planted and made once for a name.
"""

import argparse
import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from record import write_record
from scipy.stats import spearmanr

from unusual.data.datasets import DatasetVideo, open_dataset
from unusual.data.made_up.scene import intervals
from unusual.measure.compare import kinds_of
from unusual.measure.evaluate import Details, evaluate, score_clip
from unusual.measure.planted import Change, mean_of_changes, plant
from unusual.measure.truth_tracks import Tracks
from unusual.methods.objects.objects import ObjectConfig, ObjectFinder
from unusual.methods.objects.tracks import TrackConfig, Tracker
from unusual.run.checkpoint import Checkpoint, load_checkpoint
from unusual.run.score import Thresholds
from unusual.video.floors import FLOORS
from unusual.video.reader import open_video

APART = 100_000  # between the numbers of tracks of two clips
MEAN = "mean of the changes"
Clip = tuple[str, NDArray[np.uint8], Tracks]
Told = dict[str, dict[str, float]]


def main() -> None:
    """Plant where it was not done yet, score, write results/planted_NAME.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument(
        "--detector", default="", help="an ONNX file or a known name; without it, what moves is tracked"
    )
    parser.add_argument(
        "--every", type=int, default=4, help="of this many training clips one: the models have not seen it"
    )
    parser.add_argument("--clips", nargs="+", default=[], help="names of the training clips that no model has seen")
    parser.add_argument("--seeds", type=int, default=2, help="objects that are changed in each clip, in each way")
    parser.add_argument("--name", default="ped2")
    parser.add_argument("--test", action="store_true", help="look at the test clips too, once, at the end")
    args = parser.parse_args()
    dataset = open_dataset(args.data)
    held_out = dataset.train[args.every - 1 :: args.every]
    if args.clips:
        held_out = tuple(video for video in dataset.train if video.name in args.clips)
    with open_video(held_out[0].source, rate=held_out[0].rate) as opened:
        rate = opened.info.rate or held_out[0].rate  # a film tells its own
    folder = Path(f"runs/planted/{args.name}")
    if not (folder / "labels.csv").exists():
        write_planted(folder, [read(video, args.detector) for video in held_out], float(rate), args.seeds)

    videos = open_dataset(folder, rate=rate).test
    rows = {str(path): told_by(load_checkpoint(path), videos) for path in args.checkpoints}
    figures: dict[str, object] = {"clips": len(held_out), "planted": len(videos) - len(held_out), "told": rows}
    if args.test:
        tests = {str(path): micro_aucs(load_checkpoint(path), dataset.test) for path in args.checkpoints}
        figures |= {"test": tests, "rank correlation": rank_correlations(rows, tests)}
    print(write_record(f"planted_{args.name}", figures))


def told_by(checkpoint: Checkpoint, videos: Sequence[DatasetVideo]) -> Told:
    """By protocol, the AUC of each change against all ordinary frames, and their mean; of the floors as well."""
    results = [score_clip(video, checkpoint, Thresholds(), pictures=False).result for video in videos]
    kinds = [kinds_of(video, result.live.times_s) for video, result in zip(videos, results, strict=True)]
    evaluation = evaluate(results, details=[Details(each) for each in kinds])
    told = {}
    for protocol in evaluation.judged:
        aucs = {kind.kind: kind.auc[protocol] for kind in evaluation.kinds}
        told[protocol] = {name: round(value, 4) for name, value in (aucs | {MEAN: mean_of_changes(aucs)}).items()}
    return told


def micro_aucs(checkpoint: Checkpoint, videos: Sequence[DatasetVideo]) -> dict[str, float]:
    """Over the frames of all clips, by protocol."""
    evaluation = evaluate([score_clip(video, checkpoint, Thresholds(), pictures=False).result for video in videos])
    return {row.protocol: row.metrics.micro_auc for row in evaluation.rows if row.protocol in evaluation.judged}


def rank_correlations(rows: Mapping[str, Told], tests: Mapping[str, Mapping[str, float]]) -> dict[str, float | None]:
    """Spearman's, over the models, of the mean here and the AUC there, by protocol; None where nothing differs."""
    first, *_ = tests.values()
    found: dict[str, float | None] = {}
    for protocol in (protocol for protocol in first if protocol not in FLOORS):
        here = [rows[model][protocol][MEAN] for model in tests]
        there = [aucs[protocol] for aucs in tests.values()]
        differs = len(set(here)) > 1 and len(set(there)) > 1
        found[protocol] = round(float(spearmanr(here, there).statistic), 3) if differs else None
    return found


def read(video: DatasetVideo, detector: str) -> Clip:
    """All frames of a clip, and who walks in it."""
    with open_video(video.source, rate=video.rate) as reader:
        frames = np.stack([frame.rgb for frame in reader])
    finder = ObjectFinder(ObjectConfig(detector=detector, score=0.2, motion=not detector))
    tracker, (height, width) = Tracker(TrackConfig(), float(video.rate)), frames.shape[1:3]
    found = []
    for at, frame in enumerate(frames):
        before, after = frames[max(at - 1, 0)], frames[min(at + 1, len(frames) - 1)]
        found.append(tracker.step(finder.find(before, frame, after), None, (height, width)))
    index = np.repeat(np.arange(len(frames)), [len(one) for one in found])
    boxes, numbers = np.concatenate([one.xyxy for one in found]), np.concatenate([one.number for one in found])
    return video.name, frames, Tracks(index, boxes.astype(np.float64), numbers)


def write_planted(folder: Path, clips: list[Clip], rate: float, seeds: int) -> None:
    """The clips as they are and with every change, as pictures in the layout of one's own videos."""
    usual = [Tracks(t.frame, t.xyxy, t.track + APART * number) for number, (_, _, t) in enumerate(clips)]
    everybody = Tracks(*(np.concatenate([getattr(t, part) for t in usual]) for part in ("frame", "xyxy", "track")))
    rows = [("video", "start_s", "end_s", "kind")]
    for name, frames, shown, kind in _variants(clips, everybody, seeds):
        (folder / "test" / name).mkdir(parents=True, exist_ok=True)
        for at, frame in enumerate(frames):
            cv2.imwrite(str(folder / f"test/{name}/{at:05}.png"), frame[..., ::-1])
        rows += [(name, f"{s.start_s / rate:.4f}", f"{s.end_s / rate:.4f}", kind) for s in intervals(shown.tolist(), 1)]
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def _variants(
    clips: list[Clip], usual: Tracks, seeds: int
) -> Iterator[tuple[str, NDArray[np.uint8], NDArray[np.bool_], str]]:
    for name, frames, tracks in clips:
        yield name, frames, np.zeros(len(frames), np.bool_), ""
        for change in Change:
            for seed in range(seeds):
                made = plant(frames, tracks, change, seed=seed, usual=usual)
                if made is not None:
                    yield f"{name}-{change}-{seed}", made.frames, made.shown, change


if __name__ == "__main__":
    main()
