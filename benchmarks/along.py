"""Checkpoints along one training, of kept copies of training.safetensors: of the mean weights, and of the last ones.

    python benchmarks/along.py ../shared/data/ped2 runs/kept/*.safetensors --out runs/along

A training at a constant rate with averaging is, at each moment, a training that ends there: OUT/BATCHES is its
checkpoint, OUT/BATCHES-last that of the weights as they were, each with a live scale of its own.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from unusual.data.datasets import Dataset, open_dataset
from unusual.methods import make_learner
from unusual.methods.footage import at_seams, split_footage
from unusual.methods.scorer import Arrays
from unusual.methods.unseen import unseen_by
from unusual.run.average import PREFIX
from unusual.run.checkpoint import MODEL, Checkpoint, learnt_in, read_tensors, save_checkpoint
from unusual.run.config import config_from_dict
from unusual.run.fit import CacheLimits, cached_footage, provenance, unseen_units
from unusual.run.progress import Position, Trained
from unusual.scores.calibrate import fit_live_scale
from unusual.video.cache import cache_folder


def main() -> None:
    """Write the checkpoints that are not there yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("states", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--last", action="store_true", help="the last weights too")
    args = parser.parse_args()
    dataset = open_dataset(args.data)
    for state in args.states:
        for folder in checkpoints_of(state, dataset, args.out, last=args.last):
            print(folder)


def checkpoints_of(state: Path, dataset: Dataset, out: Path, *, last: bool) -> Sequence[Path]:
    """One of the mean, and one of the last weights if they are asked for. Raises CheckpointError."""
    tensors, header = read_tensors(state)
    at = TypeAdapter(Position).validate_python(header["position"])
    kinds = {out / f"{at.step:06}": PREFIX} | ({out / f"{at.step:06}-last": "network."} if last else {})
    for folder, prefix in kinds.items():
        if not (folder / MODEL).exists():
            weights = {name.removeprefix(prefix): each for name, each in tensors.items() if name.startswith(prefix)}
            config = TypeAdapter(dict[str, object]).validate_python(header["config"])
            save(config, learnt_in(weights, state), Trained(at, by=("torch",)), dataset, folder)
    return list(kinds)


def save(saved: dict[str, object], weights: Arrays, trained: Trained, dataset: Dataset, folder: Path) -> None:
    """The checkpoint of these weights, checked and scaled by what the training held out."""
    config = config_from_dict(saved, saved=True)
    learner, training = make_learner(config.method, config.settings, ""), config.settings.training
    learner.begin(weights, folder)
    whole, _ = cached_footage([video.source for video in dataset.train], learner, CacheLimits(cache_folder()))
    held = at_seams(split_footage(whole, training.held_out, training.seed, learner.margin)[1], learner.margin)
    scorer, checks = learner.scorer(), learner.check(held)
    made = provenance(config, trained, dataset.name, whole, checks)
    scale = fit_live_scale(unseen_units(unseen_by(scorer, held)))
    save_checkpoint(folder, Checkpoint(scorer, config, scale, made, learner.learnt()))


if __name__ == "__main__":
    main()
