"""The learning of a camera in the terminal: lines and bars, a question for each odd stretch, and the card's page."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.progress import Progress, TaskID

from unusual.app.report.card import write_card_page
from unusual.app.terminal import Ticker, made_bars, say, warn
from unusual.camera.cuts import Odd, OddStretch
from unusual.camera.progress import LearningListener
from unusual.scores.wording import duration
from unusual.store.cameras import CameraCard

ANSWERS = {"y": Odd.ORDINARY, "n": Odd.UNUSUAL}
ALL = "or a where all from here on are ordinary"


class LearningWords(LearningListener):
    """Prints what it hears. progress: the bars."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._ticker = Ticker()

    @classmethod
    @contextmanager
    def shown(cls) -> "Iterator[LearningWords]":
        """Until the learning is over."""
        words = cls(made_bars())
        try:
            yield words
        finally:
            words.progress.stop()

    def stage(self, name: str) -> None:
        """See LearningListener."""
        self.progress.stop()  # a bar would stand in the way of a question
        say(f"{name} ...")

    def note(self, line: str) -> None:
        """See LearningListener."""
        say(line)

    def warn(self, problem: str) -> None:
        """See LearningListener."""
        warn(problem)

    def recording(self, camera: str, passed_s: float, whole_s: float) -> None:
        """See LearningListener."""
        self.progress.update(self._task(f"recording {camera}"), completed=passed_s / whole_s)
        self._ticker.tell(f"recording {camera}: {passed_s / whole_s:.0%}")

    def preparing(self, video: str, number: int, of: int) -> None:
        """See Watcher."""
        self._ticker.tell(f"preparing {video}, {number} of {of}")

    def step(self, share: float, loss: float) -> None:
        """See Watcher."""
        self.progress.update(self._task("training"), completed=share, description=f"training, loss {loss:.4f}")
        self._ticker.tell(f"training: {share:.0%}, loss {loss:.4f}")

    def _task(self, name: str) -> TaskID:
        if name not in self._tasks:
            self._tasks[name] = self.progress.add_task(name, total=1.0)
            self.progress.start()
        return self._tasks[name]

    def decide(self, odd: Sequence[OddStretch], rate: float, thumbs: Path) -> Sequence[Odd]:
        """Ask a person, where there is one, of each, or of all that are left; who says none of it puts it aside."""
        found: list[Odd] = []
        for number, stretch in enumerate(odd, start=1):
            where = f"{stretch.video.name}, {duration(stretch.peak / rate)} from its start"
            what = f"what {thumbs / f'odd-{number}.jpg'} shows{' in its box' if stretch.box else ''}"
            answer = _answer(f"{number} of {len(odd)}: is {what} ordinary ({where})? y, n, Enter for neither, {ALL}: ")
            if answer.startswith("a"):
                return [*found, *[Odd.ORDINARY] * (len(odd) - len(found))]
            found.append(ANSWERS.get(answer[:1], Odd.ASIDE))
        return found

    def made(self, folder: Path, card: CameraCard) -> None:
        """Write the card's page."""
        write_card_page(folder, card)


def _answer(question: str) -> str:
    """What a person answers; "" where nobody is there."""
    if not sys.stdin.isatty():
        return ""
    try:
        return input(question).strip().lower()
    except EOFError:
        return ""
