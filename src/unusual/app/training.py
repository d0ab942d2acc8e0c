"""`unusual train`: data in, bars and lines out."""

from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from unusual.app.terminal import Ticker, bars, say, warn
from unusual.data.datasets import DatasetVideo, open_dataset
from unusual.errors import DataError
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
    """Train on a data set's training part or on single videos; returns what to say at the end. planted: see command."""
    name, videos = training_videos(data)
    limits = CacheLimits(cache or cache_folder(), cache_gb)
    say(f"prepared footage is kept in {limits.folder} (safe to delete)")
    with bars() as progress:
        watcher: Watcher = TrainingBar(progress)
        if planted is not None:
            from unusual.measure.planting.validation import Validated  # few ask for it, and it loads much

            watcher = Validated(watcher, planted, [DatasetVideo(v.name, v, rate=name.rate) for v in videos])
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
    return f"checkpoint: {learnt.file.parent}"


def training_videos(data: Sequence[str]) -> tuple[DataName, list[Path]]:
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
            return DataName(dataset.name, dataset.train[0].rate), [video.source for video in dataset.train]
    return DataName("own videos"), [video.path for video in expand(data, say)]
