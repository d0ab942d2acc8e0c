"""The day's timeline: home/scores/NAME/YYYY-MM-DD.csv, a line for each second that was scored, days by UTC."""

import math
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError, OutputError
from unusual.store.home import Home

FLUSH_LINES = 30  # so many seconds of the timeline, at most, are lost with the power
LONGEST_DAYS = 400  # that one reading may span
UNHEARD_OF = 1e6  # no live score: such a line is torn


class ScoreLog:
    """Appends the highest score of each second; a second that was not scored leaves no line."""

    def __init__(self, home: Home, camera: str) -> None:
        self._folder = home.scores(camera)
        self._file: FileIO | None = None
        self._day: date | None = None
        self._second: int | None = None
        self._highest = math.nan
        self._unflushed = 0

    def add(self, utc: float, score: float) -> None:
        """Take a score; the second before is written when another begins. NaN (not scored) is left out.

        Raises:
            OutputError: the line could not be written (no space, no permission); it is lost, the next one is tried.
        """
        if math.isnan(score):
            return
        second = math.floor(utc)
        if second == self._second:
            self._highest = max(self._highest, score)
            return
        last, highest = self._second, self._highest
        self._second, self._highest = second, score
        if last is not None:
            self._write(last, highest)

    def close(self) -> None:
        """Write the last second and put all on the disk. Raises OutputError as `add`."""
        try:
            if self._second is not None:
                self._write(self._second, self._highest)
            self._flush()
            self._leave()
        except OSError as error:
            raise OutputError(f"cannot write {self._folder}: {error.strerror or error}") from error
        finally:
            self._second = self._file = None

    def _write(self, second: int, score: float) -> None:
        day = datetime.fromtimestamp(second, UTC).date()
        path = self._folder / f"{day}.csv"
        try:
            if day != self._day:
                self._flush()
                self._leave()
            if self._file is None:
                self._file, self._day = _append_to(path), day
            line = f"{second},{score:.6g}\n".encode()
            if self._file.write(line) != len(line):
                raise OSError(28, "no space left")
            self._unflushed += 1
            if self._unflushed >= FLUSH_LINES:
                self._flush()
        except OSError as error:
            self._leave()  # a line that was cut short goes when the file is opened again
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error

    def _flush(self) -> None:
        self._unflushed = 0
        if self._file is not None:
            os.fsync(self._file.fileno())

    def _leave(self) -> None:
        file, self._file, self._day = self._file, None, None
        if file is not None:
            file.close()


@dataclass(frozen=True, slots=True)
class ScoreLines:
    """A stretch of a camera's timeline.

    times_utc: (N,) float64, whole seconds, strictly rising; seconds that were not scored are missing.
    scores: (N,) float64, the highest of each second. skipped: lines that a power cut left torn.
    """

    times_utc: NDArray[np.float64]
    scores: NDArray[np.float64]
    skipped: int


def read_scores(home: Home, camera: str, since_utc: float, until_utc: float) -> ScoreLines:
    """Read a camera's timeline, since_utc <= time < until_utc. Raises DataError where a file cannot be read."""
    folder = home.scores(camera)
    day = datetime.fromtimestamp(since_utc, UTC).date()
    days = (datetime.fromtimestamp(until_utc, UTC).date() - day).days
    if days > LONGEST_DAYS:
        raise DataError(f"a timeline of at most {LONGEST_DAYS} days can be read at once, got {days}")
    highest: dict[int, float] = {}  # a clock that was set back tells a second twice
    skipped = 0
    for number in range(days + 1):
        lines, torn = _lines(folder / f"{day + timedelta(number)}.csv")
        skipped += torn
        for second, score in lines:
            if since_utc <= second < until_utc:
                highest[second] = max(score, highest.get(second, -math.inf))
    seconds = sorted(highest)
    return ScoreLines(np.array(seconds, np.float64), np.array([highest[s] for s in seconds], np.float64), skipped)


def forget_scores(home: Home, before_utc: float) -> list[Path]:
    """Delete the timelines of days that ended before then, of all cameras; return their files. Raises OutputError."""
    first = datetime.fromtimestamp(before_utc, UTC).date()
    ours = (file for file in home.timelines() if not (file.parent.is_symlink() or file.is_symlink()))
    gone = sorted(file for file in ours if file.stem < first.isoformat())
    for file in gone:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"cannot delete {file}: {error.strerror}") from error
    return gone


def _lines(path: Path) -> tuple[list[tuple[int, float]], int]:
    """The whole lines of a file, and how many were torn."""
    try:
        text = path.read_bytes().decode("ascii", "replace")
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    *whole, rest = text.split("\n")  # a rest without its end may be half a number
    lines: list[tuple[int, float]] = []
    torn = int(rest != "")
    for line in whole:
        second, _, score = line.partition(",")
        try:
            told = int(second), float(score)
        except ValueError:
            told = 0, math.nan
        if abs(told[1]) < UNHEARD_OF:
            lines.append(told)
        else:
            torn += 1
    return lines, torn


def _append_to(path: Path) -> FileIO:
    """Open for appending, without a last line that was torn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = FileIO(path, "ab+")
    end = file.seek(0, os.SEEK_END)
    start = max(0, end - 200)  # longer than any line
    file.seek(start)
    tail = file.read()
    if not tail.endswith(b"\n"):
        file.truncate(start + tail.rfind(b"\n") + 1)
    return file
