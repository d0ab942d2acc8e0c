"""Rows of the database that can be read; each of the others is named once, and costs no other."""

import logging
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from unusual.errors import DataError

END_OF_DAYS = 2.5e11  # UTC seconds; no calendar holds what is later
Item = TypeVar("Item")


class Readable(Generic[Item]):
    """Rows -> what they hold.

    path: of the database, for the log. read: raises DataError, which names the row, where it cannot be read.
    """

    def __init__(self, path: Path, read: Callable[[sqlite3.Row], Item]) -> None:
        self._path, self._read = path, read
        self._named: set[str] = set()

    def __call__(self, rows: Iterable[sqlite3.Row]) -> list[Item]:
        """In the order of the rows."""
        return [item for row in rows if (item := self.one(row)) is not None]

    def one(self, row: sqlite3.Row) -> Item | None:
        """What a row holds; None where it cannot be read."""
        try:
            return self._read(row)
        except DataError as error:
            if (words := str(error)) not in self._named:
                self._named.add(words)
                logging.getLogger(__name__).warning("%s: left out: %s", self._path, words)
            return None


def unreadable(what: str, error: Exception) -> DataError:
    """Make the error of a row, in one line. what: a name of it that people can find it by."""
    return DataError(f"{what} cannot be read: {' '.join(str(error).split())[:200]}")


def is_time(column: str) -> str:
    """As SQL: whether a column holds a time that a calendar knows."""
    return f"(typeof({column}) = 'real' AND abs({column}) < {END_OF_DAYS})"
