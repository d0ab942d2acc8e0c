"""Levers on a training, each alone, for equal processor time, told apart by planted anomalies: no test clip is opened.

    python benchmarks/levers.py benchmarks/plans/levers.toml ../shared/data/ped2 --seconds 120 --start runs/along/004000

Every row of the plan trains for as many batches as --seconds of its own processor time allow, measured on its first
ones, from --start where it fits and from nothing where the row says `cold`. A row that has its record in results/levers
is left out: the command can be given again at any time. Rows are compared by the mean of the changes in both protocols.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from record import RESULTS, Printer, write_record
from run import Plan, read_plan

from unusual.data.datasets import Dataset, open_dataset
from unusual.measure.planted_set import write_planted_set
from unusual.measure.validation import planted_aucs, planted_clips
from unusual.methods import make_learner
from unusual.methods.learner import NetworkLearner
from unusual.run.checkpoint import load_checkpoint
from unusual.run.config import RunConfig, change_config, make_config
from unusual.run.fit import CacheLimits, cached_footage, completed_for, fit
from unusual.video.cache import cache_folder

COLD = "training.warm_start"  # a row that names it begins with nothing, or with what it names
TIMED = 12  # batches whose processor time is measured, after two that warm up


def main() -> None:
    """Make the rows that are not there yet, write results/levers/ROW.json each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=120.0, help="of one processor, for each row's batches")
    parser.add_argument("--start", type=Path, help="a checkpoint that rows begin with")
    parser.add_argument("--planted", type=Path, default=Path("runs/planted/levers"), help="keeps the planted clips")
    parser.add_argument("--detector", default="", help="of who is planted; without it, what moves is tracked")
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    torch.set_num_threads(1)
    plan, dataset = read_plan(args.plan), open_dataset(args.data)
    for name in args.only or plan.rows:
        if not (RESULTS / args.plan.stem / f"{name}.json").exists():
            figures = make_row(plan, name, dataset, args)
            print(write_record(f"{args.plan.stem}/{name}", figures), flush=True)


def make_row(plan: Plan, name: str, dataset: Dataset, args: argparse.Namespace) -> dict[str, object]:
    """Train for the time, fit the live scale on what was held out, tell what was planted in it."""
    changes = plan.training_of(name)
    start = None if args.start is None or any(change.startswith(COLD) for change in changes) else args.start
    videos, cache = [video.source for video in dataset.train], CacheLimits(cache_folder())
    config = make_config(plan.rows[name].method, plan.rows[name].preset, changes=list(changes))
    each = seconds_a_batch(config, videos, cache)
    batches = max(1, round(args.seconds / each))
    config = change_config(config, ["training.epochs=1", f"training.epoch_batches={batches}"])
    out = Path("runs") / args.plan.stem / name
    learnt = fit(videos, config, out, cache, data=dataset.name, start=start, watcher=Printer())
    held = {stretch.name for stretch in learnt.held_out}
    own = [video for video in dataset.train if video.source.name in held]
    write_planted_set(args.planted, own, detector=args.detector, seeds=1)
    checkpoint = load_checkpoint(out)
    clips = planted_clips(open_dataset(args.planted, rate=dataset.train[0].rate).test, checkpoint.scorer)
    told = planted_aucs(checkpoint.scorer, checkpoint.scale, clips)
    return {
        "row": name,
        "changes": list(changes),
        "start": "" if start is None else start.name,
        "seed": config.settings.training.seed,
        "batches": batches,
        "processor seconds a batch": round(each, 4),
        "held_out": {check.name: {"rebuilt": check.value, **dict(check.floors)} for check in learnt.checks},
        "planted": {protocol: {c: round(v, 4) for c, v in aucs.items()} for protocol, aucs in told.items()},
    }


def seconds_a_batch(config: RunConfig, videos: Sequence[Path], cache: CacheLimits) -> float:
    """The processor time of a batch, forward, backward and step, whatever else the machine does."""
    config = completed_for(videos[0], config)
    learner = make_learner(config.method, config.settings, "")
    assert isinstance(learner, NetworkLearner)  # noqa: S101
    footage, _ = cached_footage(videos[:2], learner, cache)
    starts, chance, began = learner.starts(footage), np.random.default_rng(0), 0.0
    optimiser = torch.optim.AdamW(learner.network.parameters())
    for turn in range(TIMED + 2):
        if turn == 2:
            began = time.process_time()
        rows = starts[chance.integers(len(starts), size=config.settings.training.batch)]
        optimiser.zero_grad(set_to_none=True)
        learner.loss(learner.network, learner.batch(footage, rows, chance)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return (time.process_time() - began) / TIMED


if __name__ == "__main__":
    main()
