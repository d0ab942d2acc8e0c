"""Levers on a training, each alone, for equal processor time, told apart by planted anomalies: no test clip is opened.

    python benchmarks/levers.py benchmarks/plans/levers.toml ../shared/data/ped2 --seconds 120 --start runs/along/004000

Every row of the plan trains for as many batches as --seconds of its own processor time allow, measured on its first
ones, from --start where it fits and from nothing where the row says `cold`. A row that has its record in results/levers
is left out: the command can be given again at any time. Rows are compared by the mean of the changes in both protocols.
"""

import argparse
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from record import RESULTS, Printer, write_record
from run import Plan, read_plan

from unusual.data.datasets import Dataset, open_dataset
from unusual.measure.planting.planted_set import write_planted_set
from unusual.measure.planting.validation import PlantedClip, planted_aucs, planted_clips
from unusual.methods import make_learner
from unusual.methods.footage import Footage, split_footage
from unusual.methods.learner import NetworkLearner
from unusual.methods.scorer import Scorer
from unusual.methods.unseen import unseen_by
from unusual.run.checkpoint import load_checkpoint
from unusual.run.config import RunConfig, change_config, make_config
from unusual.run.fit import CacheLimits, begun, cached_footage, completed_for, unseen_units
from unusual.scores.calibrate import fit_live_scale
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
    planted = PlantedClips(args.planted, dataset.train[0].rate)
    for name in args.only or plan.rows:
        if not (RESULTS / args.plan.stem / f"{name}.json").exists():
            figures = make_row(plan, name, dataset, planted, args)
            print(write_record(f"{args.plan.stem}/{name}", figures), flush=True)


class PlantedClips:
    """The planted clips, read once for every size of picture."""

    def __init__(self, folder: Path, rate: Fraction) -> None:
        self.folder, self.rate, self._read = folder, rate, dict[tuple[int, ...], Sequence[PlantedClip]]()

    def of(self, scorer: Scorer) -> Sequence[PlantedClip]:
        """As this method wants them."""
        shape = scorer.picture(np.zeros((48, 64, 3), np.uint8)).shape
        if shape not in self._read:
            self._read[shape] = planted_clips(open_dataset(self.folder, rate=self.rate).test, scorer)
        return self._read[shape]


def make_row(
    plan: Plan, name: str, dataset: Dataset, planted: PlantedClips, args: argparse.Namespace
) -> dict[str, object]:
    """Train for the time, fit the live scale on what was held out, tell what was planted in it."""
    changes = plan.training_of(name)
    start = None if args.start is None or any(change.startswith(COLD) for change in changes) else args.start
    videos, row = [video.source for video in dataset.train], plan.rows[name]
    config = completed_for(videos[0], make_config(row.method, row.preset, changes=list(changes)))
    learner, training = make_learner(config.method, config.settings, ""), config.settings.training
    assert isinstance(learner, NetworkLearner)  # noqa: S101
    whole, _ = cached_footage(videos, learner, CacheLimits(cache_folder()))
    kept, held = split_footage(whole, training.held_out, training.seed, learner.margin)
    each = seconds_a_batch(config, kept)
    batches = max(1, round(args.seconds / each))
    config = change_config(config, ["training.epochs=1", f"training.epoch_batches={batches}"])
    if start is not None:
        learner.begin(load_checkpoint(start).learnt, start)
    out = Path("runs") / args.plan.stem / name
    trained = begun(learner, config, kept, held, out, fresh=start is None, resume=False).run(Printer())
    names = {stretch.name for stretch in held}
    own = [video for video in dataset.train if video.source.name in names]
    write_planted_set(args.planted, own, detector=args.detector, seeds=1)
    scorer = learner.scorer()
    told = planted_aucs(scorer, fit_live_scale(unseen_units(unseen_by(scorer, held))), planted.of(scorer))
    return {
        "row": name,
        "changes": list(changes),
        "start": "" if start is None else start.name,
        "seed": config.settings.training.seed,
        "batches": batches,
        "processor seconds a batch": round(each, 4),
        "held_out": {check.name: {"rebuilt": check.value, **dict(check.floors)} for check in trained.checks},
        "planted": {protocol: {c: round(v, 4) for c, v in aucs.items()} for protocol, aucs in told.items()},
    }


def seconds_a_batch(config: RunConfig, footage: Sequence[Footage]) -> float:
    """The processor time of a batch, forward, backward and step, whatever else the machine does."""
    learner = make_learner(config.method, config.settings, "")
    assert isinstance(learner, NetworkLearner)  # noqa: S101
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
