"""What each kind of made-up event is worth: AUC of its frames against all ordinary ones, beside the floor.

    python benchmarks/kinds.py --minutes 1.5
    python benchmarks/kinds.py --minutes 1.5 --method state

One camera, all ten kinds in eight clips; trained on the ordinary footage alone.
"""

import argparse
from pathlib import Path

import torch
from record import write_record

from unusual.data.datasets import open_dataset
from unusual.data.made_up.scene import write_scenes
from unusual.measure.compare import kinds_of
from unusual.measure.evaluate import LIVE, Details, evaluate, score_clip
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, fit
from unusual.run.score import Thresholds
from unusual.video.floors import FLOORS


def main() -> None:
    """Make the scene, train, score, write results/kinds.json, or kinds_METHOD.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.5)
    parser.add_argument("--clips", type=int, default=8, help="one and two kinds in turn; the last shows none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--method", default="ustn-dsc")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    folder, scene = Path("runs/kinds"), Path(f"runs/kinds/scene-{args.seed}-{args.clips}")
    if not (scene / "labels.csv").exists():
        write_scenes(scene, seed=args.seed, normal_minutes=3.0, test_clips=args.clips)
    dataset = open_dataset(scene)
    config = make_config(args.method, changes=[f"training.minutes={args.minutes}", f"training.seed={args.seed}"])
    videos = [video.source for video in dataset.train]
    for old in (folder / "checkpoint").glob("*.safetensors"):
        old.unlink()
    learnt = fit(videos, config, folder / "checkpoint", CacheLimits(folder / "cache"), data="made-up")

    results = [score_clip(video, learnt.checkpoint, Thresholds()).result for video in dataset.test]
    kinds = [kinds_of(video, result.live.times_s) for video, result in zip(dataset.test, results, strict=True)]
    evaluation = evaluate(results, details=[Details(each) for each in kinds])
    figures: dict[str, object] = {"training minutes": args.minutes, "seed": args.seed}
    for row in evaluation.rows:
        if row.protocol in (LIVE, *FLOORS):
            areas = {kind.kind: round(kind.auc[row.protocol], 3) for kind in evaluation.kinds}
            figures[row.protocol] = areas | {"all kinds together": round(row.metrics.micro_auc, 3)}
    print(write_record("kinds" if args.method == "ustn-dsc" else f"kinds_{args.method}", figures))


if __name__ == "__main__":
    main()
