"""Bars and tables in the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from unusual.run.train import EpochRow, Watcher

console = Console(stderr=True)  # results go to standard output, progress beside it


class TrainingBar(Watcher):
    """A bar with the time left, and a line an epoch: held-out footage beside its floors."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._task = progress, progress.add_task("training", total=1.0)

    def step(self, share: float, loss: float) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=share, description=f"training, loss {loss:.4f}")

    def epoch(self, row: EpochRow) -> None:
        """Print the epoch's line."""
        say(f"epoch {row.epoch}: held out: {row.held_out}, loss {row.loss:.4f}")


def say(line: str) -> None:
    """Print a line beside the results; names in it are never read as markup."""
    console.print(line, markup=False, highlight=False)


def warn(problem: str) -> None:
    """Print what went wrong but did not end the work."""
    say(f"warning: {problem}")


@contextmanager
def bars() -> Iterator[Progress]:
    """Progress bars that go away when the work is done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress


def frame_bar(progress: Progress, name: str) -> Callable[[int, int | None], None]:
    """A bar that counts the frames of one video."""
    task = progress.add_task(name, total=None)

    def update(done: int, expected: int | None) -> None:
        progress.update(task, completed=done, total=expected)

    return update


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table to standard output: the first column to the left, numbers to the right."""
    made = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number else "left")
    for row in rows:
        made.add_row(*row)
    Console().print(made)
