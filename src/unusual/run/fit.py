"""From ordinary videos to a checkpoint: decode, hold some out, train, fit the live scale."""

import os
import platform
import subprocess
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from importlib.metadata import version
from itertools import islice
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unusual.data.datasets import Dataset
from unusual.domain import Exported, FrameErrors, Provenance
from unusual.errors import ConfigError, DataError, OutputError
from unusual.files import refuse_unwritable
from unusual.methods import make_learner, method_of
from unusual.methods.footage import Footage, at_seams, split_footage
from unusual.methods.learner import Check, CountingLearner, Learner, NetworkLearner, in_words
from unusual.methods.scorer import Scorer
from unusual.methods.unseen import Unseen, in_turns, unseen_by
from unusual.run.checkpoint import MODEL, TRAINING, Checkpoint, load_checkpoint, save_checkpoint, scorer_of
from unusual.run.choice import told_by
from unusual.run.config import RunConfig, flat_settings
from unusual.run.processes import first_process_first, rank, several_processes
from unusual.run.progress import Trained, Watcher
from unusual.scores.calibrate import FEWEST_UNITS, fit_live_scale
from unusual.video.cache import cache_folder
from unusual.video.condition.levels import Levels, showing
from unusual.video.images import RATE
from unusual.video.reader import open_video
from unusual.video.source import Source

if TYPE_CHECKING:
    from unusual.run.train import Training

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

    trained: the stretches that were trained on. unseen: those that tell how ordinary footage scores. exported: of its
    network, if it has one and that could be written as ONNX.
    """

    checkpoint: Checkpoint
    file: Path
    checks: tuple[Check, ...]
    problems: tuple[str, ...]
    trained: tuple[Footage, ...]
    unseen: tuple[Unseen, ...]
    exported: Exported | None = None


@dataclass(frozen=True, slots=True)
class DataName:
    """What footage is called. rate: frames per second of its folders of images, which do not tell their own."""

    name: str
    rate: Fraction = RATE

    @classmethod
    def of(cls, dataset: Dataset) -> "DataName":
        """That of a data set's training clips."""
        return cls(dataset.name, dataset.train[0].rate)


@dataclass(frozen=True, slots=True)
class Split:
    """What is learnt from, and what is held out of it for the checks and for the live scale.

    learnt, held: of single videos, stretches; of a method without a network they are the same, but for what is odd.
    also: videos of which nothing is held out. Where a method without a network goes on from a checkpoint, `learnt` is
    what that was learnt from, and only these are new to it.
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
    data: str | DataName = "own videos",
    start: Path | None = None,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> Learnt:
    """Train on ordinary videos and write a checkpoint folder. This is what `unusual train` runs.

    Args:
        footage: files or folders of frames, of which training.held_out is held out for a network's sake, or what was
            chosen of them.
        config: settings; what the first video's size decides is filled in.
        out: the checkpoint folder: model.safetensors, model.onnx, training.safetensors, log.csv.
        cache: of prepared footage.
        data: what the footage is called in the provenance; a name alone says of folders of images that they have RATE.
        start: a checkpoint whose weights are begun with, rather than fresh ones or the warm start.
        resume: go on with the training in `out`.
        watcher: hears of progress.

    Raises:
        VideoError, DataError, ConfigError, CheckpointError, OutputError: see the parts.
    """
    out, cache = Path(out), cache or CacheLimits()
    named = DataName(data) if isinstance(data, str) else data
    split = footage if isinstance(footage, Split) else None
    videos = [Source.of(video).path for video in (footage.learnt if isinstance(footage, Split) else footage)]
    if not videos:
        raise DataError("no video to learn from: give files, or a data set with a training part")
    if not resume and ((out / MODEL).exists() or (out / TRAINING).exists()):
        raise ConfigError(f"{out} already holds a training: give --resume to go on with it, or another --out")
    refuse_unwritable(out)
    levels = levels_of(videos)  # a wrong one is told before hours of decoding, not after
    with several_processes(), showing(levels):
        config = completed_for(videos[0], told_by(videos, config, named.rate, watcher or Watcher()), named.rate)
        learner = make_learner(config.method, config.settings, "")
        with first_process_first():
            whole, problems = cached_footage(videos, learner, cache, watcher)
        also: list[Footage] = []
        if split is not None:
            kept, held = cut_to(videos, whole, split.learnt), cut_to(videos, whole, split.held)
            also, _ = cached_footage(split.also, learner, cache)
        elif isinstance(learner, CountingLearner):
            kept, held = whole, whole
        else:
            share, seed = config.settings.training.held_out, config.settings.training.seed
            kept, held = split_footage(whole, share, seed, learner.margin)
        known_before = split is not None and start is not None and isinstance(learner, CountingLearner)
        kept, held = at_seams(kept + also, learner.margin), at_seams(held, learner.margin)
        refuse_nothing(learner, kept, held)
        if start is not None and not resume:
            learner.begin(load_checkpoint(start).learnt, start)
        training = None
        if isinstance(learner, NetworkLearner):
            training = begun(learner, config, kept, held, out, fresh=start is None, resume=resume)
        refuse_too_little(learner, held)
        trained = training.run(watcher) if training else Trained()
        learner.settle(also if known_before else kept)  # what counts shall not count twice
        checks = trained.checks or learner.check(held)
        scorer, exported, trouble = ready(learner, config, held, out)
        unseen = in_turns(learner, held) if isinstance(learner, CountingLearner) else unseen_by(scorer, held)
        scale = fit_live_scale(unseen_units(unseen))
        made = provenance(config, trained, named.name, whole, checks)
        made = replace(made, scale_s=scaled_s(unseen, videos[0], named.rate))
        checkpoint = Checkpoint(scorer, config, scale, made, learner.learnt(), levels=levels)
        if rank() == 0:
            save_checkpoint(out, checkpoint)
    return Learnt(checkpoint, out / MODEL, checks, (*problems, *trouble), tuple(kept), tuple(unseen), exported)


def levels_of(videos: Sequence[Path]) -> Levels | None:
    """The part of deep pictures that holds what each video's first one shows. Raises VideoError."""
    found = []
    for video in videos:
        with open_video(video) as opened:
            found += [opened.levels] if opened.levels else []
    return Levels.over(found)


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


def begun(
    learner: NetworkLearner,
    config: RunConfig,
    footage: Sequence[Footage],
    held_out: Sequence[Footage],
    out: Path,
    *,
    fresh: bool,
    resume: bool,
) -> "Training":
    """The training of a network, from its warm start if it is `fresh` and the settings say so. Raises as `Training`."""
    from unusual.run.train import Training, load_warm_start  # a method without a network does without torch

    if fresh and not resume and config.settings.training.warm_start == "made-up":
        load_warm_start(learner, method_of(config.method).warm_start)
    return Training(learner, config, footage, held_out, out, resume=resume)


def ready(
    learner: Learner, config: RunConfig, held_out: Sequence[Footage], out: Path
) -> tuple[Scorer, Exported | None, list[str]]:
    """The method as whoever loads it will have it: its network is written as ONNX. Also why it is not, if so."""
    if rank() or not isinstance(learner, NetworkLearner):
        return learner.scorer(), None, []
    from unusual.run.export import export_or_say  # a method without a network does without torch

    exported, trouble = export_or_say(config, learner.learnt(), out, held_out)
    return scorer_of(config, learner.learnt(), out / MODEL), exported, [trouble] if trouble else []


def refuse_nothing(learner: Learner, footage: Sequence[Footage], held_out: Sequence[Footage]) -> None:
    """Raise DataError where there is nothing to learn from, or nothing to check by."""
    for kind, place, some in (("learn from", "training videos", footage), ("check by", "held-out footage", held_out)):
        if not len(learner.starts(some)):
            raise DataError(f"nothing to {kind}, there is not one {learner.sample} in the {place}: give more")


def refuse_too_little(learner: Learner, held_out: Sequence[Footage]) -> None:
    """Raise DataError where a live scale cannot be fitted."""
    units = sum(map(learner.scorer().units, held_out))
    if units < FEWEST_UNITS:
        raise DataError(
            f"the live scale needs at least {FEWEST_UNITS} units of held-out footage, there are {units} with one "
            f"{learner.sample}: give more footage, or a larger training.held_out"
        )


def cut_to(videos: Sequence[Path], footage: Sequence[Footage], wanted: Stretches) -> list[Footage]:
    """The wanted stretches of each video."""
    return [
        replace(whole.cut(first, min(after, whole.frames)), video=str(video))
        for video, whole in zip(videos, footage, strict=True)
        for first, after in wanted.get(video, ())
    ]


def completed_for(video: Path, config: RunConfig, rate: Fraction = RATE) -> RunConfig:
    """The settings with what the video's size decides filled in. Raises VideoError, ConfigError."""
    with open_video(video, rate=rate) as opened:
        info = opened.info
        settings = config.settings.completed(info.height, info.width, float(info.rate or 0))
    return replace(config, settings=settings)


def cached_footage(
    videos: Sequence[Path], learner: Learner, cache: CacheLimits, watcher: Watcher | None = None
) -> tuple[list[Footage], tuple[str, ...]]:
    """Prepare all videos as the learner needs them, or find them prepared. Returns them and the problems of reading."""
    left = cache.most_gb * 1e9
    footage, problems = [], []
    for number, video in enumerate(videos, start=1):
        (watcher or Watcher()).preparing(video.name, number, len(videos))
        with named_cache(cache.folder):
            stretch, wrong = learner.footage(video, cache.folder, max(0, int(left)))
        left -= stretch.pictures.nbytes + (0 if stretch.flow is None else stretch.flow.nbytes)
        footage.append(stretch)
        problems += [f"{stretch.name}: {problem}" for problem in wrong]
        if stretch.frames < learner.span:
            problems.append(
                f"{stretch.name}: nothing is learnt from its {stretch.frames} frames, a unit needs {learner.span}"
            )
    return footage, tuple(problems)


@contextmanager
def named_cache(folder: Path) -> Iterator[None]:
    """Name the way out where the cache cannot be written: it is in the user's home, which may be nobody's.

    Raises:
        OutputError: what is done here could not write.
    """
    try:
        yield
    except OutputError as error:
        raise OutputError(f"{error}; prepared footage is kept in {folder}: give another folder with --cache") from error


def unseen_units(unseen: Sequence[Unseen]) -> Iterator[FrameErrors]:
    """The errors of about SCALED_UNITS units, from every stretch as many as its share."""
    total = sum(each.units for each in unseen)
    for each in unseen:
        yield from islice(each.judged(), -(-SCALED_UNITS * each.units // total))


def scaled_s(unseen: Sequence[Unseen], video: Path, rate: Fraction) -> float:
    """Seconds of footage that `unseen_units` are of; 0 where the video does not say its rate."""
    with open_video(video, rate=rate) as opened:
        told = opened.info.rate
    share = min(1.0, SCALED_UNITS / sum(each.units for each in unseen))
    return round(share * sum(each.footage.frames for each in unseen) / float(told), 2) if told else 0.0


def provenance(
    config: RunConfig, trained: Trained, data: str, footage: Sequence[Footage], checks: Sequence[Check]
) -> Provenance:
    """Where a checkpoint comes from."""
    packages = ("unusual", *trained.by, "numpy", "av", "opencv-python-headless")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Provenance(
        method=config.method,
        preset=config.preset,
        data=data,
        videos=len(footage),
        frames=sum(f.frames for f in footage),
        seed=config.settings.training.seed,
        steps=trained.at.step,
        minutes=round(trained.at.seconds / 60, 2),
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=trained.gpu or f"{platform.machine()}, {cores} cores",
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
