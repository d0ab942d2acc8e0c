"""Bars and tables in the terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

TICK_S = 30.0  # between two lines about progress, where no bar can be drawn

console = Console(stderr=True)  # results go to standard output, progress beside it


def say(line: str) -> None:
    """Print a line beside the results; names in it are never read as markup."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def then(line: str) -> None:
    """Say what to type next."""
    say(f"next: {line}")


def warn(problem: str) -> None:
    """Print what went wrong but did not end the work."""
    say(f"warning: {problem}")


def made_bars() -> Progress:
    """Progress bars that go away when the work is done, not started yet."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


class Ticker:
    """Says how far something is, once in a while, where there is no terminal to draw a bar on."""

    def __init__(self, every_s: float = TICK_S) -> None:
        self._every_s, self._told = every_s, time.monotonic()

    def tell(self, line: str) -> None:
        """Say this line, if the last one was long ago."""
        if not console.is_terminal and time.monotonic() - self._told >= self._every_s:
            say(line)
            self._told = time.monotonic()


@contextmanager
def bars() -> Iterator[Progress]:
    """Progress bars that go away when the work is done."""
    with made_bars() as progress:
        yield progress


def frame_bar(progress: Progress, name: str) -> Callable[[int, int | None], None]:
    """A bar that counts the frames of one video."""
    task, ticker = progress.add_task(name, total=None), Ticker()

    def update(done: int, expected: int | None) -> None:
        progress.update(task, completed=done, total=expected)
        ticker.tell(f"{name}: {done} of {expected or 'unknown'} frames")

    return update


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table to standard output: the first column to the left, numbers to the right; nothing is markup."""
    made = Table(title=Text(title), title_justify="left")
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number else "left")
    for row in rows:
        made.add_row(*map(Text, row))
    Console().print(made)
