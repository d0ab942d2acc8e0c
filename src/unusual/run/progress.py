"""How far a training is, and who hears of it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from unusual.methods.footage import Footage
from unusual.methods.learner import Check, Learner
from unusual.scores.wording import duration


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One line of log.csv. held_out: (name, value) of each check on held-out footage and of its floors."""

    epoch: int
    step: int
    seconds: float
    learning_rate: float
    loss: float
    held_out: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        told, check = "", ""
        for name, value in self.held_out:
            if check and name.startswith(f"{check} ("):
                told += f", {name.removeprefix(f'{check} (').removesuffix(')')} {value:.2f}"
            else:
                told, check = f"{told}; {name} {value:.2f}", name
        return f"epoch {self.epoch}, {duration(self.seconds)}: loss {self.loss:.4g}; held out{told.removeprefix(';')}"


def as_table(rows: Sequence[EpochRow]) -> str:
    """log.csv: a line an epoch, a column for each check and floor."""
    text = io.StringIO()
    lines = [asdict(row) | dict(row.held_out) for row in rows]
    columns = [name for name in (lines[-1] if lines else ()) if name != "held_out"]
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


@dataclass(slots=True)
class Position:
    """How far a training is: all that changes but weights and optimiser."""

    step: int = 0
    seconds: float = 0.0
    epoch_loss: float = 0.0  # summed over the batches of the unfinished epoch


class Watcher:
    """Hears of progress; the command line draws bars from it, the library stays silent."""

    def note(self, line: str) -> None:
        """What a person should know."""

    def preparing(self, video: str, number: int, of: int) -> None:
        """Before each video is prepared, or found prepared: its name, the number-th of so many."""

    def step(self, share: float, loss: float) -> None:
        """After each batch: the share of the training that is done, in [0, 1], and the batch's loss."""

    def measured(self, learner: Learner, held_out: Sequence[Footage]) -> tuple[Check, ...]:
        """At the end of each epoch: what is to be told of it beside the method's own checks."""
        return ()

    def epoch(self, row: EpochRow) -> None:
        """After each epoch."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of the training of a network; as it stands, of a method without one.

    checks: of its last epoch. gpu: the name of what it ran on, "" for a processor. by: the packages that ran it.
    """

    at: Position = field(default_factory=Position)
    checks: tuple[Check, ...] = ()
    gpu: str = ""
    by: tuple[str, ...] = ()
