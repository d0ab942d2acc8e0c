"""From ordinary videos to a checkpoint: decode, hold some out, train, fit the live scale."""

import os
import platform
import subprocess
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from math import inf
from pathlib import Path
from typing import Any

import torch

from unusual.domain import FrameErrors, Provenance
from unusual.errors import CheckpointError, ConfigError, DataError
from unusual.files import refuse_unwritable
from unusual.methods import METHODS
from unusual.methods.footage import Footage
from unusual.methods.learner import Check, Method, in_words
from unusual.run.checkpoint import (
    MODEL,
    TRAINING,
    Checkpoint,
    build_method,
    default_device,
    load_checkpoint,
    load_weights,
    read_tensors,
    save_checkpoint,
)
from unusual.run.config import RunConfig, flat_settings
from unusual.run.train import Position, Training, Watcher, first_process_first, rank, several_processes, split_footage
from unusual.scores.calibrate import FEWEST_UNITS, fit_live_scale
from unusual.video.cache import cache_folder
from unusual.video.reader import open_video
from unusual.video.source import Source

Stretches = Mapping[Path, Sequence[tuple[int, int]]]  # first frame, and the one after the last, of each video
SCALED_UNITS = 3000  # of held-out footage, for the live scale


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """Where prepared training footage is kept, and how much of the disk it may take."""

    folder: Path = field(default_factory=cache_folder)
    most_gb: float = 20.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder))  # a str will do
        if not 0 < self.most_gb < inf:
            raise ConfigError(f"the frame cache must be allowed more than 0 GB, got {self.most_gb:g}")


@dataclass(frozen=True, slots=True)
class Learnt:
    """What `fit` made: the checkpoint, its file, how it does on held-out footage, what was wrong with the footage.

    trained, held_out: the stretches that were trained on, and those that were not.
    """

    checkpoint: Checkpoint
    file: Path
    checks: tuple[Check, ...]
    problems: tuple[str, ...]
    trained: tuple[Footage, ...]
    held_out: tuple[Footage, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """What is learnt from, and what is held out of it for the checks and for the live scale.

    learnt, held: of single videos, stretches. also: videos of which nothing is held out.
    """

    learnt: Stretches
    held: Stretches
    also: Sequence[Path] = ()


def fit(
    footage: Sequence[str | Path] | Split,
    config: RunConfig,
    out: str | Path,
    cache: CacheLimits | None = None,
    *,
    data: str = "own videos",
    start: Path | None = None,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> Learnt:
    """Train on ordinary videos and write a checkpoint folder. This is what `unusual train` runs.

    Args:
        footage: files or folders of frames, of which training.held_out is held out, or what was chosen of them.
        config: settings; what the first video's size decides is filled in.
        out: the checkpoint folder: model.safetensors, training.safetensors, log.csv.
        cache: of prepared footage.
        data: what the footage is called in the provenance.
        start: a checkpoint whose weights are begun with, rather than fresh ones or the warm start.
        resume: go on with the training in `out`.
        watcher: hears of progress.

    Raises:
        VideoError, DataError, ConfigError, CheckpointError, OutputError: see the parts.
    """
    out, cache = Path(out), cache or CacheLimits()
    split = footage if isinstance(footage, Split) else None
    videos = [Source.of(video).path for video in (footage.learnt if isinstance(footage, Split) else footage)]
    if not videos:
        raise DataError("no video to learn from: give files, or a data set with a training part")
    if not resume and ((out / MODEL).exists() or (out / TRAINING).exists()):
        raise ConfigError(f"{out} already holds a training: give --resume to go on with it, or another --out")
    refuse_unwritable(out)
    for video in videos:  # a wrong one is told before hours of decoding, not after
        open_video(video).close()
    with several_processes():
        config = completed_for(videos[0], config)
        method = build_method(config, default_device())
        with first_process_first():
            whole, problems = cached_footage(videos, method, cache)
        if split is None:
            kept, held_out = split_footage(whole, method.training.held_out, method.training.seed, method.margin)
        else:
            kept, held_out = cut_to(videos, whole, split.learnt), cut_to(videos, whole, split.held)
            kept += cached_footage(split.also, method, cache)[0]
        if start is not None and not resume:
            method.network.load_state_dict(load_checkpoint(start).scorer.network.state_dict())
        elif method.training.warm_start == "made-up" and not resume:
            load_warm_start(method, METHODS[config.method].warm_start)
        training = Training(method, config, kept, held_out, out, resume=resume)
        if (units := sum(map(method.units, held_out))) < FEWEST_UNITS:
            raise DataError(
                f"the live scale needs at least {FEWEST_UNITS} units of held-out footage, there are {units} with one "
                f"{method.sample}: give more footage, or a larger training.held_out"
            )
        training.run(watcher)
        method.settle(kept)
        checks = training.checks or method.check(held_out)
        scale = fit_live_scale(held_out_units(method, held_out))
        checkpoint = Checkpoint(method, config, scale, provenance(config, training.at, data, whole, checks))
        if rank() == 0:
            save_checkpoint(out, checkpoint)
    return Learnt(checkpoint, out / MODEL, checks, problems, tuple(kept), tuple(held_out))


def learn(
    videos: Sequence[Path],
    config: RunConfig,
    out: Path,
    cache: CacheLimits,
    *,
    usable: Stretches | None = None,
    held: Stretches | None = None,
    also: Sequence[Path] = (),
    **more: Any,
) -> Learnt:
    """What `fit` was called, for this release."""
    warnings.warn("unusual.learn is called unusual.fit now", DeprecationWarning, stacklevel=2)
    if (usable is None) != (held is None) or (also and usable is None):
        raise ConfigError("usable, held and also are given together: see unusual.Split")
    chosen = videos if usable is None or held is None else Split({v: usable.get(v, ()) for v in videos}, held, also)
    return fit(chosen, config, out, cache, **more)


def cut_to(videos: Sequence[Path], footage: Sequence[Footage], wanted: Stretches) -> list[Footage]:
    """The wanted stretches of each video."""
    return [
        whole.cut(first, min(after, whole.frames))
        for video, whole in zip(videos, footage, strict=True)
        for first, after in wanted.get(video, ())
    ]


def completed_for(video: Path, config: RunConfig) -> RunConfig:
    """The settings with what the video's size decides filled in. Raises VideoError, ConfigError."""
    with open_video(video) as opened:
        return replace(config, settings=config.settings.completed(opened.info.height, opened.info.width))


def cached_footage(videos: Sequence[Path], method: Method, cache: CacheLimits) -> tuple[list[Footage], tuple[str, ...]]:
    """Prepare all videos as the method needs them, or find them prepared. Returns them and the problems of reading."""
    left = cache.most_gb * 1e9
    footage, problems = [], []
    for video in videos:
        stretch, wrong = method.footage(video, cache.folder, max(0, int(left)))
        left -= stretch.pictures.nbytes + (0 if stretch.flow is None else stretch.flow.nbytes)
        footage.append(stretch)
        problems += [f"{stretch.name}: {problem}" for problem in wrong]
        if stretch.frames < method.span:
            problems.append(
                f"{stretch.name}: nothing is learnt from its {stretch.frames} frames, a unit needs {method.span}"
            )
    return footage, tuple(problems)


def load_warm_start(method: Method, file: Path | None) -> None:
    """Start from shipped weights: preset small, trained on made-up ordinary scenes alone (benchmarks/warm_start.py).

    Raises:
        ConfigError: none is shipped for this method, or the network is not built as that one was.
    """
    if file is None:
        raise ConfigError("no warm start is shipped for this method: use training.warm_start=none")
    tensors, _ = read_tensors(file)
    try:
        load_weights(method, tensors, file)
    except CheckpointError as error:
        raise ConfigError(
            "the shipped warm start fits the network of preset small alone: add training.warm_start=none"
        ) from error


def held_out_units(method: Method, held_out: Sequence[Footage]) -> Iterator[FrameErrors]:
    """The errors of about SCALED_UNITS units, from every stretch as many as its share."""
    total = sum(map(method.units, held_out))
    for stretch in held_out:
        most = -(-SCALED_UNITS * method.units(stretch) // total)
        yield from islice(method.judge_footage(stretch), most)


def provenance(
    config: RunConfig, position: Position, data: str, footage: Sequence[Footage], checks: Sequence[Check]
) -> Provenance:
    """Where a checkpoint comes from."""
    packages = ("unusual", "torch", "numpy", "av", "opencv-python-headless")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Provenance(
        method=config.method,
        preset=config.preset,
        data=data,
        videos=len(footage),
        frames=sum(f.frames for f in footage),
        seed=config.settings.training.seed,
        steps=position.step,
        minutes=round(position.seconds / 60, 2),
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=torch.cuda.get_device_name() if torch.cuda.is_available() else f"{platform.machine()}, {cores} cores",
        commit=commit(),
        versions=tuple((name, version(name)) for name in packages),
        settings=flat_settings(config),
        held_out=in_words(checks),
    )


def commit() -> str:
    """The commit of the checkout that this package runs from, "" when it runs from no checkout."""
    here = Path(__file__).parents[3]
    if not (here / ".git").exists():
        return ""
    command = ["git", "-C", str(here), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
