"""What each kind of made-up event is worth: AUC of its frames against all ordinary ones, beside the floor.

    python benchmarks/kinds.py --minutes 1.5
    python benchmarks/kinds.py --minutes 1.5 --method state

One camera, all seven kinds; trained on the ordinary footage alone.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from record import write_record

from unusual.run.config import make_config
from unusual.run.evaluate import FLOOR, LIVE, scores_of
from unusual.run.learn import CacheLimits, learn
from unusual.run.score import score_video
from unusual.scores.metrics import auc
from unusual.video.datasets import open_dataset
from unusual.video.synthetic import Kind, write_scenes
from unusual.video.truth import read_table


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
    folder = Path("runs/kinds")
    if not (folder / "scene/labels.csv").exists():
        write_scenes(folder / "scene", seed=args.seed, normal_minutes=3.0, test_clips=args.clips)
    dataset = open_dataset(folder / "scene")
    config = make_config(args.method, changes=[f"training.minutes={args.minutes}", f"training.seed={args.seed}"])
    videos = [video.source for video in dataset.train]
    for old in (folder / "checkpoint").glob("*.safetensors"):
        old.unlink()
    learnt = learn(videos, config, folder / "checkpoint", CacheLimits(folder / "cache"), data="made-up")

    results = [score_video(video.source, learnt.checkpoint, pictures=False).result for video in dataset.test]
    kinds = [kinds_of_frames(folder / "scene/labels.csv", r.info.name, r.live.times_s) for r in results]
    figures: dict[str, object] = {"training minutes": args.minutes, "seed": args.seed}
    for protocol in (LIVE, FLOOR):
        scores = np.concatenate([scores_of(result, protocol) for result in results])
        shown = {kind: np.concatenate([each[kind] for each in kinds]) for kind in Kind}
        ordinary = ~np.any(list(shown.values()), axis=0)
        figures[protocol] = {
            str(kind): round(auc(scores[ordinary | there], there[ordinary | there]), 3) for kind, there in shown.items()
        } | {"all kinds together": round(auc(scores, ~ordinary), 3)}
    print(write_record("kinds" if args.method == "ustn-dsc" else f"kinds_{args.method}", figures))


def kinds_of_frames(labels: Path, video: str, times_s: NDArray[np.float64]) -> dict[Kind, NDArray[np.bool_]]:
    """For each kind, (N,) bool: the frames in which it can be seen."""
    shown = {kind: np.zeros(len(times_s), bool) for kind in Kind}
    for stretch in read_table(labels):
        if stretch.video == video:
            inside = (times_s >= stretch.interval.start_s - 1e-3) & (times_s <= stretch.interval.end_s + 1e-3)
            shown[Kind(stretch.kind)] |= inside
    return shown


if __name__ == "__main__":
    main()
