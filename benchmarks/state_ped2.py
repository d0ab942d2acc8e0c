"""STATE on UCSD Ped2 (or any labelled data set): train, score, take the score apart, write one record.

    python benchmarks/state_ped2.py ../shared/data/ped2 --minutes 45 --set objects.detector=DETECTOR.onnx --name small
    python benchmarks/state_ped2.py ../shared/data/ped2 --minutes 10 --set flow.backend=farneback --name farneback

Test clips are looked at after training alone; nothing is chosen by them: weights, eta and all else are the preset's.
The floor needs no network: mean and 90th percentile of the flow inside each box, standardised; its distance to the
nearest training box; a frame has the largest of its boxes (as Eq. 3).
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from record import Judgements, Printer, write_record
from run import rescored
from scipy.spatial import cKDTree

from unusual.data.datasets import DatasetVideo, open_dataset
from unusual.domain import FrameErrors, VideoResult
from unusual.measure.evaluate import evaluate, score_clip
from unusual.measure.metrics import auc, frame_metrics
from unusual.methods import make_learner
from unusual.methods.footage import Footage
from unusual.methods.state.cubes import cut_cube
from unusual.methods.state.scorer import StateScorer
from unusual.run.checkpoint import Checkpoint, load_checkpoint
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, DataName, cached_footage, fit
from unusual.run.score import Thresholds
from unusual.scores.calibrate import per_video_minmax
from unusual.video.cache import cache_folder
from unusual.video.reader import open_video

Curves = list[NDArray[np.float64]]  # one a clip
PARTS = ("both", "pixels", "motion")


@dataclass(frozen=True, slots=True)
class Scored:
    """A clip's result, and its units."""

    result: VideoResult
    units: Sequence[FrameErrors]


def main() -> None:
    """Train, score with each eta, take the score apart, set it beside the floor, write results/NAME.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--minutes", type=float, default=45.0, help="of training; 0: by epochs")
    parser.add_argument("--preset", default="small")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--eta",
        type=float,
        nargs="*",
        default=[],
        help="perturbations to compare on the test clips; no basis for a choice",
    )
    parser.add_argument("--set", dest="changes", action="append", default=[], help="a setting, section.key=value")
    parser.add_argument("--name", default="small")
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()

    dataset, out = open_dataset(args.data), Path("runs") / f"{args.data.name}_state_{args.name}"
    fixed = [f"training.minutes={args.minutes}", f"training.seed={args.seed}", "training.held_out=0.15"]
    config = make_config("state", args.preset, changes=[*fixed, *args.changes])
    videos, cache = [video.source for video in dataset.train], CacheLimits(cache_folder())
    learnt = fit(videos, config, out, cache, data=DataName.of(dataset), resume=args.resume, watcher=Printer())
    checkpoint = load_checkpoint(out)
    made = checkpoint.provenance
    scored = score_all(dataset.test, checkpoint)
    evaluation = evaluate([clip.result for clip in scored])
    figures: dict[str, object] = {
        "data": dataset.name,
        "training": {"minutes": made.minutes, "steps": made.steps, "seed": made.seed, "settings": dict(made.settings)},
        "held_out": {check.name: {"rebuilt": check.value, **dict(check.floors)} for check in learnt.checks},
        "protocols": {row.protocol: asdict(row.metrics) for row in evaluation.rows},
        "events": asdict(evaluation.events),
        "parts": taken_apart(scored),
        "clips": clip_aucs(scored),
        "every third frame": {
            f"eta {eta:g}": taken_apart(
                score_all(dataset.test, rescored(checkpoint, [f"perturbation.eta={eta}", "cubes.step=3"]))
            )
            for eta in args.eta
        },
    }
    learner = make_learner("state", checkpoint.config.settings, "")
    footage, _ = cached_footage(videos, learner, cache)
    figures["floor"] = metrics_of(flow_floor(footage, dataset.test, scored, checkpoint), scored)
    print(write_record(f"{args.data.name}_state_{args.name}", figures))


def score_all(videos: Sequence[DatasetVideo], checkpoint: Checkpoint) -> list[Scored]:
    """Every clip; what is found in it whatever the weights is kept."""
    scored = []
    for video in videos:
        judged = Judgements()
        result = score_clip(video, checkpoint, Thresholds(), cache_folder(), listeners=[judged]).result
        scored.append(Scored(result, [judgement.errors for judgement in judged.all]))
    return scored


def taken_apart(scored: Sequence[Scored]) -> dict[str, object]:
    """Both branches together, and each alone."""
    return {part: metrics_of([curve_of(clip, part) for clip in scored], scored) for part in PARTS}


def curve_of(clip: Scored, part: str) -> NDArray[np.float64]:
    """A frame's largest score, of both branches or of one alone; 0 where it has no object."""
    curve = np.zeros(len(clip.result.live.scores))
    for unit in clip.units:
        curve[unit.indices] = max(part_of(unit, part).tolist(), default=unit.error if part == "both" else 0.0)
    return curve


def part_of(unit: FrameErrors, part: str) -> NDArray[np.float32]:
    """The scores of a unit's objects."""
    assert unit.objects is not None  # noqa: S101
    return {"both": unit.objects.scores, "pixels": unit.objects.looks, "motion": unit.objects.moves}[part]


def metrics_of(curves: Curves, scored: Sequence[Scored]) -> dict[str, float]:
    """Micro AUC of curves as they are, and of curves min-max scaled clip by clip; macro AUC."""
    abnormal, names = labels_of(scored), [clip.result.info.name for clip in scored]
    plain = frame_metrics(curves, abnormal, names)
    stretched = frame_metrics([per_video_minmax(curve) for curve in curves], abnormal, names)
    return {"micro": plain.micro_auc, "macro": plain.macro_auc, "micro, min-max by clip": stretched.micro_auc}


def labels_of(scored: Sequence[Scored]) -> list[NDArray[np.bool_]]:
    """Of every clip."""
    return [clip.result.truth.abnormal for clip in scored if clip.result.truth is not None]


def clip_aucs(scored: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """The AUC of each clip that shows both classes."""
    return {
        clip.result.info.name: {part: round(auc(curve_of(clip, part), labels), 4) for part in PARTS}
        for clip, labels in zip(scored, labels_of(scored), strict=True)
        if 0 < labels.sum() < len(labels)
    }


def flow_floor(
    footage: Sequence[Footage], videos: Sequence[DatasetVideo], scored: Sequence[Scored], checkpoint: Checkpoint
) -> Curves:
    """No network: how far the flow in each box is from that in the nearest training box."""
    ordinary = np.concatenate([flow_features(f.motion[:, f.motion.shape[1] // 2]) for f in footage])
    mean, deviation = ordinary.mean(0), ordinary.std(0)
    nearest = cKDTree((ordinary - mean) / deviation)
    curves: Curves = []
    for video, clip in zip(videos, scored, strict=True):
        curve = np.zeros(len(clip.result.live.scores))
        for unit, features in zip(clip.units, test_features(video, clip, checkpoint), strict=True):
            if len(features):
                distances, _ = nearest.query((features - mean) / deviation)
                curve[unit.indices] = np.max(distances)
        curves.append(curve)
    return curves


def test_features(video: DatasetVideo, clip: Scored, checkpoint: Checkpoint) -> list[NDArray[np.float64]]:
    """Of each frame's boxes."""
    scorer = checkpoint.scorer
    assert isinstance(scorer, StateScorer)  # noqa: S101
    with open_video(video.source, rate=video.rate) as opened:
        pictures = [frame.rgb for frame in opened]
    found = []
    for unit in clip.units:
        n, objects = int(unit.indices[0]), unit.objects
        at = min(n, len(pictures) - 2)
        flow = scorer.cutter.flow.between(pictures[at], pictures[at + 1])
        height, width = pictures[n].shape[:2]
        assert objects is not None  # noqa: S101
        boxes = (objects.boxes * np.array([width, height, width, height])).round(2)
        patches = [cut_cube([(pictures[n], flow)], box, scorer.config.cubes)[1][0] for box in boxes]
        side = scorer.config.cubes.patch
        found.append(flow_features(np.array(patches, np.float32).reshape(-1, side, side, 2)))
    return found


def flow_features(patches: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, S, S, 2) px/frame -> (N, 2) mean and 90th percentile of the speed."""
    speed = np.linalg.norm(patches.astype(np.float32), axis=-1).reshape(len(patches), -1)
    return np.stack([speed.mean(1), np.percentile(speed, 90, axis=1)], 1).astype(np.float64)


if __name__ == "__main__":
    main()
