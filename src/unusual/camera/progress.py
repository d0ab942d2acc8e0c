"""How far the learning of a camera is: told to a listener, and to the home folder, for the dashboard."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from unusual.camera.cuts import Odd, OddStretch
from unusual.errors import OutputError
from unusual.files import sweep_fresh
from unusual.run.progress import EpochRow, Watcher
from unusual.scores.wording import duration
from unusual.store.cameras import CameraCard
from unusual.store.home import Home
from unusual.store.live import Learning, write_learning
from unusual.video.reader import heard_by

EVERY_S = 1.0
LOG_LINES = 200
TRAINING, TRAINED = 0.15, 0.95  # share of the whole at which training begins and ends


class LearningListener(Watcher):
    """Hears how the learning of a camera goes on, and is asked. The command line prints; the library stays silent."""

    def stage(self, name: str) -> None:
        """The next stage has begun."""

    def warn(self, problem: str) -> None:
        """What went wrong, but did not end the work."""

    def recording(self, camera: str, passed_s: float, whole_s: float) -> None:
        """How far a live camera is recorded."""

    def decide(self, odd: Sequence[OddStretch], rate: float, thumbs: Path) -> Sequence[Odd]:
        """What each of the odd stretches is, whose pictures lie in a folder as odd-1.jpg and so on.

        rate: frames per second. Nobody is there: put aside.
        """
        return [Odd.ASIDE] * len(odd)

    def made(self, folder: Path, card: CameraCard) -> None:
        """All is in a folder that is about to become the camera's: the last moment to put something beside it."""


class LearningProgress(LearningListener):
    """What the learning is at. A file that cannot be written costs the dashboard its words, and nothing else."""

    def __init__(self, home: Home, camera: str, listener: LearningListener) -> None:
        self.listener = listener
        self._home, self._camera = home, camera
        self._stage, self._share, self._words = "", 0.0, ""
        self._log: list[str] = []
        self._written = 0.0
        self._began = 0.0  # this stage
        self._done: float | None = None  # share of it, in [0, 1]
        self._files, self._file, self._name = 1, 0, ""  # that it reads; which of them, its name

    def at(self, stage: str, share: float, words: str = "", done: float | None = None) -> None:
        """It is at this stage now. share: of the whole, in [0, 1]; done: of the stage, where that is known."""
        hurry = stage != self._stage
        if hurry:
            self.listener.stage(stage)
            self._began, self._file, self._name = time.monotonic(), 0, ""
        self._stage, self._share, self._words, self._done = stage, share, words, done
        if hurry or time.monotonic() - self._written >= EVERY_S:
            self._write()

    def reads(self, files: int) -> None:
        """So many files are gone through in each stage that reads them."""
        self._files = max(1, files)

    def reading(self, name: str, share: float) -> None:
        """How far a file is read."""
        if name != self._name:
            self._file, self._name = self._file + 1, name
        self.at(self._stage, self._share, self._words, min(1.0, (self._file - 1 + share) / self._files))

    def note(self, line: str) -> None:
        """Tell a line, and keep it."""
        self.listener.note(line)
        self._log = [*self._log, line][-LOG_LINES:]
        self._write()

    def recording(self, camera: str, passed_s: float, whole_s: float) -> None:
        """See LearningListener."""
        self.at("recording", 0.0, f"{duration(passed_s)} of {duration(whole_s)}", min(1.0, passed_s / whole_s))
        self.listener.recording(camera, passed_s, whole_s)

    def preparing(self, video: str, number: int, of: int) -> None:
        """See Watcher."""
        words = f"{video}, {number} of {of}" if of > 1 else video
        self.at("preparing", TRAINING * (number - 1) / of, words, (number - 1) / of)
        self._files, self._file, self._name = of, number - 1, ""
        self.listener.preparing(video, number, of)

    def step(self, share: float, loss: float) -> None:
        """See Watcher."""
        self.at("training", TRAINING + share * (TRAINED - TRAINING), f"{share:.0%}, loss {loss:.4f}", share)
        self.listener.step(share, loss)
        if share >= 1:
            self.at("calibrating", TRAINED)

    def epoch(self, row: EpochRow) -> None:
        """See Watcher."""
        self.note(str(row))

    @property
    def _left_s(self) -> float | None:
        """Seconds until this stage ends, if it goes on as it did; None at its beginning."""
        return (time.monotonic() - self._began) * (1 / self._done - 1) if self._done else None

    def _write(self) -> None:
        self._written = time.monotonic()
        told = Learning(
            camera=self._camera,
            utc=time.time(),
            stage=self._stage,
            share=round(self._share, 3),
            words=self._words,
            log=tuple(self._log),
            done=None if self._done is None else round(self._done, 3),
            left_s=None if (left_s := self._left_s) is None else round(left_s, 1),
        )
        with suppress(OutputError):
            write_learning(self._home, told)


@contextmanager
def told(home: Home, camera: str, listener: LearningListener) -> Iterator[LearningProgress]:
    """The progress of a learning; its file, and the folder if that was made for it, go when it is over."""
    file = home.learning(camera)
    new = [place for place in (file.parent, home.folder) if not place.exists()]
    sweep_fresh(file.parent)
    progress = LearningProgress(home, camera, listener)
    try:
        with heard_by(progress.reading):
            yield progress
    finally:
        with suppress(OSError):
            file.unlink(missing_ok=True)
            for place in new:
                place.rmdir()
