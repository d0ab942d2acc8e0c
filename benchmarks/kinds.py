"""What each kind of made-up event is worth: AUC of its frames against all ordinary ones, beside the floor.

    python benchmarks/kinds.py --minutes 1.5
    python benchmarks/kinds.py --method habits --ordinary 10 30 120 --looks 9001 9002 9003 --clips 15
    python benchmarks/kinds.py --method habits --ordinary 10 --looks 9001 9002 9003 --clips 15 --detector weights.onnx

At each look, a place, all ten kinds are shown in turn; learnt from the ordinary footage alone, of which more and more.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from record import write_record

from unusual.data.datasets import DatasetVideo, open_dataset
from unusual.data.made_up.scene import SceneConfig, write_scenes
from unusual.measure.compare import kinds_of
from unusual.measure.evaluate import LIVE, Details, evaluate, score_clip
from unusual.run.config import RunConfig, make_config
from unusual.run.fit import CacheLimits, fit
from unusual.run.score import Thresholds
from unusual.video.floors import FLOORS

TOGETHER = "all kinds together"
FOLDER = Path("runs/kinds")


def main() -> None:
    """Make each place, learn, score, write results/kinds.json, or kinds_METHOD.json, kinds_METHOD_detector.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.5, help="of training, where a network is trained")
    parser.add_argument("--ordinary", type=int, nargs="+", default=[3], help="minutes of footage, each as well")
    parser.add_argument("--looks", type=int, nargs="+", default=[SceneConfig().look_seed])
    parser.add_argument("--clips", type=int, default=8, help="one and two kinds in turn; the last shows none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--method", default="ustn-dsc")
    parser.add_argument("--detector", default="", help="an ONNX file or a known name; without it, what moves is found")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    changes = [f"training.minutes={args.minutes}", f"training.seed={args.seed}"]
    changes += [f"objects.detector={args.detector}"] if args.detector else []
    config = make_config(args.method, changes=changes)
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for look in args.looks:
        scene = FOLDER / f"scene-{look}-{args.seed}-{args.clips}-{max(args.ordinary)}"
        if not (scene / "labels.csv").exists():
            write_scenes(
                scene, seed=args.seed, look_seed=look, normal_minutes=max(args.ordinary), test_clips=args.clips
            )
        dataset = open_dataset(scene)
        for ordinary in args.ordinary:  # a film is a minute
            after = found.setdefault(f"{ordinary} min", {})
            for protocol, areas in told(dataset.train[:ordinary], dataset.test, config).items():
                rows = after.setdefault(protocol, {})
                for kind, area in areas.items():
                    rows.setdefault(kind, []).append(area)
            print(look, ordinary, {kind: areas[-1] for kind, areas in after[LIVE].items()}, flush=True)
    figures = {"training minutes": args.minutes, "seed": args.seed, "looks": args.looks, "after": found}
    parts = ["kinds", "" if args.method == "ustn-dsc" else args.method, "detector" if args.detector else ""]
    print(write_record("_".join(filter(None, parts)), figures))


def told(
    ordinary: Sequence[DatasetVideo], test: Sequence[DatasetVideo], config: RunConfig
) -> dict[str, dict[str, float]]:
    """By protocol, the AUC of each kind after so much ordinary footage."""
    for old in (FOLDER / "checkpoint").glob("*.safetensors"):
        old.unlink()
    learnt = fit(
        [video.source for video in ordinary], config, FOLDER / "checkpoint", CacheLimits(FOLDER / "cache"),
        data="made-up",
    )  # fmt: skip
    results = [score_clip(video, learnt.checkpoint, Thresholds()).result for video in test]
    kinds = [kinds_of(video, result.live.times_s) for video, result in zip(test, results, strict=True)]
    evaluation = evaluate(results, details=[Details(each) for each in kinds])
    return {
        row.protocol: {kind.kind: round(kind.auc[row.protocol], 3) for kind in evaluation.kinds}
        | {TOGETHER: round(row.metrics.micro_auc, 3)}
        for row in evaluation.rows
        if row.protocol in (LIVE, *FLOORS)
    }


if __name__ == "__main__":
    main()
