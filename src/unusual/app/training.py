"""`unusual train`: data in, bars and lines out."""

from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from unusual.app.terminal import Ticker, bars, say, warn
from unusual.data.datasets import DatasetVideo, open_dataset
from unusual.errors import DataError
from unusual.methods import method_of
from unusual.run.config import RunConfig
from unusual.run.fit import CacheLimits, DataName, fit
from unusual.run.progress import EpochRow, Watcher
from unusual.scores.calibrate import CALIBRATED_S, calibrated
from unusual.scores.wording import duration, not_calibrated
from unusual.video.cache import cache_folder
from unusual.video.source import expand, holds_frames


class TrainingBar(Watcher):
    """A bar with the time left, and a line an epoch: held-out footage beside its floors."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._task = progress, progress.add_task("training", total=1.0)
        self._ticker = Ticker()

    def note(self, line: str) -> None:
        """Print it."""
        say(line)

    def preparing(self, video: str, number: int, of: int) -> None:
        """Name the video."""
        self._progress.update(self._task, description=f"preparing {video}, {number} of {of}")
        self._ticker.tell(f"preparing {video}, {number} of {of}")

    def step(self, share: float, loss: float) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=share, description=f"training, loss {loss:.4f}")
        self._ticker.tell(f"training: {share:.0%}, loss {loss:.4f}")

    def epoch(self, row: EpochRow) -> None:
        """Print the epoch's line."""
        say(str(row))


def run_training(
    data: Sequence[str],
    config: RunConfig,
    out: Path,
    cache: Path | None,
    cache_gb: float,
    *,
    planted: Path | None = None,
    resume: bool = False,
) -> str:
    """Train on a data set's training part or on single videos; returns what to say at the end. planted: see command.

    Of a data set of several scenes each is learnt by itself, into a folder of its name, where a method asks for that.
    """
    name, clips = training_clips(data)
    limits = CacheLimits(cache or cache_folder(), cache_gb)
    say(f"prepared footage is kept in {limits.folder} (safe to delete)")
    scenes = sorted({clip.scene for clip in clips}) if method_of(config.method).of_one_scene else [""]
    for number, scene in enumerate(scenes, start=1):
        some = [clip for clip in clips if not scene or clip.scene == scene]
        if scene:
            say(f"scene {scene}, {number} of {len(scenes)}, {len(some)} clips: each scene is learnt by itself")
        _train(some, name, config, out / scene, limits, planted and planted / scene, resume=resume)
    return f"checkpoint: {out}" if scenes == [""] else f"checkpoints: {out}, of {len(scenes)} scenes"


def _train(
    clips: Sequence[DatasetVideo],
    name: DataName,
    config: RunConfig,
    out: Path,
    limits: CacheLimits,
    planted: Path | None,
    *,
    resume: bool,
) -> None:
    """Train on these clips, and say what is to be known of it."""
    with bars() as progress:
        watcher: Watcher = TrainingBar(progress)
        if planted is not None:
            from unusual.measure.planting.validation import Validated  # few ask for it, and it loads much

            watcher = Validated(watcher, planted, clips)
        videos = [clip.source for clip in clips]
        learnt = fit(videos, config, out, limits, data=name, resume=resume, watcher=watcher)
    for problem in learnt.problems:
        warn(problem)
    for check in learnt.checks:
        if not check.learnt:
            warn(
                f"held-out footage is rebuilt no better than without learning ({check}): train "
                "longer: --resume with more --minutes or epochs"
            )
    seconds = learnt.checkpoint.provenance.scale_s
    if seconds:
        say(f"the live scale rests on {duration(seconds)} of held-out footage")
    if not calibrated(seconds):
        warn(f"{not_calibrated(seconds, CALIBRATED_S)}; give more footage")
    if learnt.exported:
        say(f"it scores without torch: model.onnx {learnt.exported}")


def training_clips(data: Sequence[str]) -> tuple[DataName, list[DatasetVideo]]:
    """What to learn from, and what to call it: a data set's training clips, else videos or folders of them."""
    folder = Path(data[0])
    if len(data) == 1 and folder.is_dir() and not holds_frames(folder):
        try:
            dataset = open_dataset(folder)
        except DataError:
            if not any(path.is_file() for path in folder.iterdir()):
                raise
        else:
            if not dataset.train:
                raise DataError(f"{folder} has no training clips")
            return DataName.of(dataset), list(dataset.train)
    return DataName("own videos"), [DatasetVideo(video.path.name, video.path) for video in expand(data, say)]
