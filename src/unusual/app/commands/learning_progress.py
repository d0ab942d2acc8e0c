"""How far the learning of a camera is: words on the terminal, and home/learning/NAME.json for the dashboard."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.progress import Progress

from unusual.app.commands.terminal import say
from unusual.app.commands.train import TrainingBar
from unusual.errors import OutputError
from unusual.run.progress import EpochRow
from unusual.store.home import Home
from unusual.store.live import Learning, write_learning

EVERY_S = 1.0
LOG_LINES = 200
TRAINING, TRAINED = 0.15, 0.95  # share of the whole at which training begins and ends


class LearningProgress:
    """What the learning is at. A file that cannot be written costs the dashboard its words, and nothing else."""

    def __init__(self, home: Home, camera: str) -> None:
        self.file = home.learning(camera)
        self._home, self._camera = home, camera
        self._stage, self._share, self._words = "", 0.0, ""
        self._log: list[str] = []
        self._written = 0.0

    def at(self, stage: str, share: float, words: str = "") -> None:
        """It is at this stage now; share: of the whole, in [0, 1]."""
        hurry = stage != self._stage
        if hurry:
            say(f"{stage} ...")
        self._stage, self._share, self._words = stage, share, words
        if hurry or time.monotonic() - self._written >= EVERY_S:
            self._write()

    def note(self, line: str) -> None:
        """Say a line, and keep it."""
        say(line)
        self._log = [*self._log, line][-LOG_LINES:]
        self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        told = Learning(
            camera=self._camera,
            utc=time.time(),
            stage=self._stage,
            share=round(self._share, 3),
            words=self._words,
            log=tuple(self._log),
        )
        with suppress(OutputError):
            write_learning(self._home, told)


@contextmanager
def told(home: Home, camera: str) -> Iterator[LearningProgress]:
    """The progress of a learning; its file, and the folder if that was made for it, go when it is over."""
    progress = LearningProgress(home, camera)
    new = [place for place in (progress.file.parent, home.folder) if not place.exists()]
    try:
        yield progress
    finally:
        with suppress(OSError):
            progress.file.unlink(missing_ok=True)
            for place in new:
                place.rmdir()


class ToldTraining(TrainingBar):
    """A training's bar and lines, told to the dashboard as well."""

    def __init__(self, progress: Progress, told: LearningProgress) -> None:
        super().__init__(progress)
        self._told = told

    def step(self, share: float, loss: float) -> None:
        """Move the bar."""
        super().step(share, loss)
        self._told.at("training", TRAINING + share * (TRAINED - TRAINING), f"{share:.0%}, loss {loss:.4f}")
        if share >= 1:
            self._told.at("calibrating", TRAINED)

    def epoch(self, row: EpochRow) -> None:
        """Note the epoch's line."""
        self._told.note(str(row))
