"""`unusual train`: data in, bars and lines out."""

from collections.abc import Sequence
from pathlib import Path

from unusual.app.progress import TrainingBar, bars, console
from unusual.errors import DataError
from unusual.run.config import RunConfig
from unusual.run.learn import CacheLimits, learn
from unusual.video.cache import cache_folder
from unusual.video.datasets import open_dataset


def run_training(
    data: Sequence[Path], config: RunConfig, out: Path, cache: Path | None, cache_gb: float, *, resume: bool = False
) -> str:
    """Train on a data set's training part or on single videos; returns what to say at the end."""
    name, videos = training_videos(data)
    limits = CacheLimits(cache or cache_folder(), cache_gb)
    console.print(f"decoded frames are kept in {limits.folder} (safe to delete)", highlight=False)
    with bars() as progress:
        learnt = learn(videos, config, out, limits, data=name, resume=resume, watcher=TrainingBar(progress))
    for problem in learnt.problems:
        console.print(f"[yellow]warning[/]: {problem}", highlight=False)
    if not learnt.check.learnt:
        floors = ", ".join(f"{floor} {value:.2f}" for floor, value in learnt.check.floors)
        console.print(
            f"[yellow]warning[/]: held-out footage is restored no better than without learning "
            f"({learnt.check.value:.2f} dB; {floors}): train longer, or use --set training.warm_start=made-up",
            highlight=False,
        )
    return f"checkpoint: {learnt.file.parent}"


def training_videos(data: Sequence[Path]) -> tuple[str, list[Path]]:
    """What to learn from, and what to call it: a data set's training clips, or the videos as given."""
    if len(data) == 1 and data[0].is_dir() and not any(is_picture(path) for path in data[0].iterdir()):
        dataset = open_dataset(data[0])
        if not dataset.train:
            raise DataError(f"{data[0]} has no training clips")
        return dataset.name, [video.source for video in dataset.train]
    return "own videos", list(data)


def is_picture(path: Path) -> bool:
    """Whether a file is a frame of a folder of frames."""
    return path.suffix.lower() in {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp"}
