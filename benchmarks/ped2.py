"""UCSD Ped2: train, score in both protocols beside the frame-difference floor, write one record.

    python benchmarks/ped2.py ../shared/data/ped2 --minutes 35
    python benchmarks/ped2.py ../shared/data/ped2 --minutes 10 --threads 1 --set training.warm_start=none --name cold

Test clips are looked at once, after training; nothing is chosen by them. Any data set with labels will do.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

import torch
from record import Printer, write_record

from unusual.data.datasets import Dataset, open_dataset
from unusual.measure.evaluate import LIVE, evaluate, score_clip
from unusual.measure.metrics import auc
from unusual.run.checkpoint import Checkpoint, load_checkpoint
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, DataName, fit
from unusual.run.score import PAPER_MINMAX, Thresholds
from unusual.video.cache import cache_folder


def main() -> None:
    """Train, score with units side by side and three times as dense, write results/NAME.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--minutes", type=float, default=35.0, help="of training; 0: by epochs")
    parser.add_argument("--preset", default="small")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--set", dest="changes", action="append", default=[], help="a setting, section.key=value")
    parser.add_argument("--name", default="small")
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    dataset, out = open_dataset(args.data), Path("runs") / f"{args.data.name}_{args.name}"
    changes = [
        f"training.minutes={args.minutes}",
        f"training.seed={args.seed}",
        "training.held_out=0.15",
        *args.changes,
    ]
    videos = [video.source for video in dataset.train]
    cache = CacheLimits(cache_folder())
    config = make_config("ustn-dsc", args.preset, changes=changes)
    learnt = fit(videos, config, out, cache, data=DataName.of(dataset), resume=args.resume, watcher=Printer())
    checkpoint = load_checkpoint(out)
    made = checkpoint.provenance
    figures: dict[str, object] = {
        "data": dataset.name,
        "training": {"minutes": made.minutes, "steps": made.steps, "seed": made.seed, "settings": dict(made.settings)},
        "held_out": {check.name: {"rebuilt": check.value, **dict(check.floors)} for check in learnt.checks},
    }
    span = checkpoint.scorer.span
    for step in (span, max(n for n in range(1, span // 2 + 1) if span % n == 0)):
        figures[f"a unit every {step} frames"] = protocols(dataset, load_checkpoint(out, [f"clips.step={step}"]))
    print(write_record(f"{args.data.name}_{args.name}", figures))


def protocols(dataset: Dataset, checkpoint: Checkpoint) -> dict[str, object]:
    """Metrics of each protocol, the AUC of each clip that shows both classes, events found."""
    results = [score_clip(video, checkpoint, Thresholds()).result for video in dataset.test]
    evaluation = evaluate(results)
    clips = {
        result.info.name: {
            LIVE: round(auc(result.live.scores, result.truth.abnormal), 4),
            PAPER_MINMAX: round(auc(result.paper.scores, result.truth.abnormal), 4),
        }
        for result in results
        if result.truth is not None and 0 < result.truth.abnormal.sum() < len(result.truth.abnormal)
    }
    rows = {row.protocol: asdict(row.metrics) for row in evaluation.rows}
    return {"protocols": rows, "clips": clips, "events": asdict(evaluation.events)}


if __name__ == "__main__":
    main()
