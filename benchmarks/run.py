"""Methods x seeds on one data set, as a plan lists them: each row trained, scored, set beside the labels, recorded.

    python benchmarks/run.py benchmarks/plans/ped2.toml ../shared/data/ped2
    python benchmarks/run.py benchmarks/plans/ped2.toml ../shared/data/ped2 --only state --seeds 0

A row that has its record is left out, a training that was stopped goes on: the command can be given again at any time.
Each row runs in a process of its own, so that its peak memory is its own. benchmarks/tables.py makes the tables.
Test clips are scored once, after training; nothing is chosen by them.
"""

import argparse
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from record import RESULTS, Printer, write_record

from unusual.data.datasets import Dataset, open_dataset
from unusual.domain import VideoResult
from unusual.errors import ConfigError, UnusualError
from unusual.measure.evaluate import Details, details_of, evaluate, score_clip
from unusual.methods import make_learner
from unusual.methods.learner import NetworkLearner
from unusual.run.checkpoint import Checkpoint, load_checkpoint, scorer_of
from unusual.run.config import change_config, flat_settings, make_config
from unusual.run.fit import CacheLimits, DataName, fit
from unusual.run.score import Thresholds
from unusual.video.cache import cache_folder
from unusual.video.reader import open_video


@dataclass(frozen=True)
class Row:
    """One line of a table.

    changes: of the preset, for training. scored: further changes, for scoring alone. like: the row whose training this
    one scores once more, "" where it has its own; where that changes the score, its live rows are off the scale.
    """

    method: str
    preset: str = "small"
    changes: tuple[str, ...] = ()
    scored: tuple[str, ...] = ()
    like: str = ""


@dataclass(frozen=True)
class Plan:
    """What a table is made of. changes: of all rows of a method; threads: of each process; title: what its data are."""

    rows: dict[str, Row]
    changes: dict[str, tuple[str, ...]]
    scored: dict[str, tuple[str, ...]]
    seeds: tuple[int, ...] = (0,)
    threads: int = 1
    title: str = ""

    def training_of(self, name: str) -> tuple[str, ...]:
        """All changes of a row's training."""
        row = self.rows[self.rows[name].like or name]
        return (*self.changes.get(row.method, ()), *row.changes)

    def scoring_of(self, name: str) -> tuple[str, ...]:
        """All changes of a row's scoring."""
        row = self.rows[name]
        return (*self.scored.get(row.method, ()), *row.scored)


def main() -> int:
    """Make the rows that are not there yet; a mistake is one line, and what ended a row has been said by it."""
    try:
        make_rows()
    except UnusualError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        return error.returncode
    except KeyboardInterrupt:
        return 130
    return 0


def make_rows() -> None:
    """As the command says. Raises ConfigError, DataError, CalledProcessError."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="rows")
    parser.add_argument("--seeds", nargs="*", type=int, default=[])
    parser.add_argument("--here", action="store_true", help="one row, in this process")
    args = parser.parse_args()
    plan = read_plan(args.plan)
    if unknown := sorted({*args.only} - {*plan.rows}):
        raise ConfigError(f"{args.plan} has no row {', '.join(unknown)}: it has {', '.join(plan.rows)}")
    open_dataset(args.data)  # before the first of many rows
    for seed in args.seeds or plan.seeds:
        for name in args.only or plan.rows:
            record = f"{args.plan.stem}/{name}-{seed}"
            if (RESULTS / f"{record}.json").exists():
                continue
            if args.here:
                torch.set_num_threads(plan.threads)
                print(write_record(record, make_row(args.plan.stem, plan, name, seed, open_dataset(args.data))))
            else:
                chosen = ["--only", name, "--seeds", str(seed), "--here"]
                command = [sys.executable, __file__, str(args.plan), str(args.data), *chosen]
                subprocess.run(command, check=True)  # noqa: S603


def read_plan(file: Path) -> Plan:
    """A plan of a TOML file. Raises ConfigError."""
    try:
        return TypeAdapter(Plan).validate_python(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"cannot read the plan {file}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except ValueError as error:
        raise ConfigError(f"{file} is not TOML: {error}") from error


def make_row(plan_name: str, plan: Plan, name: str, seed: int, dataset: Dataset) -> dict[str, object]:
    """Train, or go on with it, score, compare."""
    row = plan.rows[name]
    out = Path("runs") / plan_name / f"{row.like or name}-{seed}"
    fixed = [f"training.seed={seed}", "training.held_out=0.15"]
    config = make_config(row.method, row.preset, changes=[*plan.training_of(name), *fixed])
    cache = CacheLimits(cache_folder())
    if not (out / "model.safetensors").exists():
        videos, resume = [video.source for video in dataset.train], (out / "training.safetensors").exists()
        named = DataName.of(dataset)
        fit(videos, config, out, cache, data=named, resume=resume, watcher=Printer())
    checkpoint = rescored(load_checkpoint(out), plan.scoring_of(name))
    results: list[VideoResult] = []
    details: list[Details] = []
    wall, processor = time.perf_counter(), time.process_time()
    for video in dataset.test:
        scored = score_clip(video, checkpoint, Thresholds(), cache.folder)
        results.append(scored.result)
        details.append(details_of(scored))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    frames = sum(len(result.live.scores) for result in results)
    evaluation = evaluate(results, details=details)
    made = checkpoint.provenance
    return {
        "row": name,
        "seed": seed,
        "data": dataset.name,
        "method": row.method,
        "preset": row.preset,
        "parameters": parameters_of(checkpoint),
        "training": {"minutes": made.minutes, "steps": made.steps, "commit": made.commit, "held_out": made.held_out},
        "protocols": {
            r.protocol: asdict(r.metrics) | {"micro_interval": r.micro_interval and asdict(r.micro_interval)}
            for r in evaluation.rows
        },
        "clips": {clip.clip.name: dict(clip.auc) for clip in evaluation.clips},
        "localisation": evaluation.place and asdict(evaluation.place),
        "events": asdict(evaluation.events),
        "scoring": {
            "frames": frames,
            "frames per second": round(frames / wall, 2),
            "frames per processor second": round(frames / processor, 2),
            "times the reading alone": round(processor / reading_s(dataset), 1),
        },
        "settings": dict(flat_settings(checkpoint.config)),
    }


def parameters_of(checkpoint: Checkpoint) -> int:
    """How many numbers its network has learnt."""
    learner = make_learner(checkpoint.config.method, checkpoint.config.settings, "cpu")
    return sum(p.numel() for p in learner.network.parameters()) if isinstance(learner, NetworkLearner) else 0


def rescored(checkpoint: Checkpoint, changes: Sequence[str]) -> Checkpoint:
    """The same weights under settings that only scoring looks at."""
    config = change_config(checkpoint.config, changes)
    scorer = scorer_of(config, checkpoint.learnt, Path("the checkpoint"))
    return replace(checkpoint, scorer=scorer, config=config)


def reading_s(dataset: Dataset) -> float:
    """Processor seconds that it takes to read the test clips and do nothing with them."""
    began = time.process_time()
    for clip in dataset.test:
        with open_video(clip.source) as video:
            for _ in video:
                pass
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
