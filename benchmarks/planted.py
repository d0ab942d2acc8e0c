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
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from record import write_record
from scipy.stats import spearmanr

from unusual.data.datasets import DatasetVideo, open_dataset, read_truth
from unusual.errors import DataError
from unusual.files import write_text
from unusual.measure.planting.planted import Change
from unusual.measure.planting.planted_set import write_planted_set
from unusual.measure.planting.validation import MEAN, PlantedClip, Told, pictures_of, planted_aucs, planted_clips
from unusual.methods.scorer import Scorer
from unusual.run.checkpoint import load_checkpoint
from unusual.video.reader import open_video

ABNORMAL = "abnormal"


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
    parser.add_argument("--changes", nargs="+", default=[], help="those alone; all without it")
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
    write_planted_set(folder, [replace(v, rate=rate) for v in held_out], detector=args.detector, seeds=args.seeds)

    found = open_dataset(folder, rate=rate).test
    wanted = args.changes or list(Change)
    some = [video for video in found if "-" not in video.name or video.name.split("-")[-2] in wanted]
    words = "-".join(args.changes) or "all"
    rows = told_by(args.checkpoints, folder / f"told-{words}", lambda scorer: planted_clips(some, scorer))
    figures: dict[str, object] = {"clips": len(held_out), "planted": len(some) - len(held_out), "told": rows}
    figures["held out"] = {str(path): load_checkpoint(path).provenance.held_out for path in args.checkpoints}
    if args.test:
        labelled = told_by(
            args.checkpoints,
            folder / "told-test",
            lambda scorer: [labelled_clip(video, scorer) for video in dataset.test],
        )
        tests = {model: {name: aucs[ABNORMAL] for name, aucs in told.items()} for model, told in labelled.items()}
        figures |= {"test": tests, "rank correlation": rank_correlations(rows, tests)}
    print(write_record(f"planted_{args.name}", figures))


def told_by(
    checkpoints: Sequence[Path], kept: Path, read: Callable[[Scorer], Sequence[PlantedClip]]
) -> dict[str, Told]:
    """Of each model, by protocol, the AUC of each change and their mean; what was told before is kept.

    Clips are read once for models that agree.
    """
    rows: dict[str, Told] = {}
    clips: Sequence[PlantedClip] = ()
    read_for: object = None
    for path in checkpoints:
        checkpoint = load_checkpoint(path)
        before = kept / f"{checkpoint.sha256[:16]}.json"
        if before.exists():
            rows[str(path)] = json.loads(before.read_text(encoding="utf-8"))
            continue
        prepared = (checkpoint.config.method, checkpoint.scorer.picture(np.zeros((48, 64, 3), np.uint8)).shape)
        if prepared != read_for:
            clips, read_for = read(checkpoint.scorer), prepared
        told = planted_aucs(checkpoint.scorer, checkpoint.scale, clips)
        rows[str(path)] = {protocol: {name: round(v, 4) for name, v in aucs.items()} for protocol, aucs in told.items()}
        kept.mkdir(parents=True, exist_ok=True)
        write_text(before, json.dumps(rows[str(path)]))
    return rows


def labelled_clip(video: DatasetVideo, scorer: Scorer) -> PlantedClip:
    """A test clip, with one change: it is abnormal. Raises DataError where it has no labels."""
    times_s, pictures = pictures_of(video, scorer)
    truth = read_truth(video, times_s)
    if truth is None:
        raise DataError(f"{video.name} has no labels")
    return PlantedClip(video.name, times_s, pictures, {ABNORMAL: truth.abnormal})


def rank_correlations(rows: Mapping[str, Told], tests: Mapping[str, Mapping[str, float]]) -> dict[str, float | None]:
    """Spearman's, over the models, of the mean here and the AUC there, by protocol; None where nothing differs."""
    found: dict[str, float | None] = {}
    for protocol in next(iter(rows.values())):
        here = [rows[model][protocol][MEAN] for model in tests]
        there = [aucs[protocol] for aucs in tests.values()]
        differs = len(set(here)) > 1 and len(set(there)) > 1
        found[protocol] = round(float(spearmanr(here, there).statistic), 3) if differs else None
    return found


if __name__ == "__main__":
    main()
