"""How far an archive is, over all runs of the command: for a person, and for a machine in progress.json."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from unusual.files import write_fresh
from unusual.run.archive.manifest import Shard
from unusual.scores.wording import duration

PROGRESS = "progress.json"
EVERY_S = 1.0


@dataclass(slots=True)
class DoneSoFar:
    """Shards, and hours of the video that they judge. times_real_time, left_s: of this run; 0 and None until known."""

    shards: int = 0
    shards_done: int = 0
    hours: float = 0.0
    hours_done: float = 0.0
    quarantined: int = 0
    failures: int = 0
    times_real_time: float = 0.0
    left_s: float | None = None


class Progress:
    """DoneSoFar, and tells at most once a second.

    Args:
        folder: of progress.json. told: hears of the counts, and of what failed in words.
    """

    def __init__(self, folder: Path, told: Callable[[DoneSoFar, str], None] = lambda counts, trouble: None) -> None:
        self.counts, self._folder, self._told = DoneSoFar(), folder, told
        self._before = self._wrote = 0.0
        self._begun = time.monotonic()

    @property
    def quarantined(self) -> int:
        """Shards that failed finally, in this run or in one before."""
        return self.counts.quarantined

    def expect(self, shard: Shard, kept: str) -> None:
        """Count a shard of the manifest. kept: "done", "quarantined", or "" where it is still to be done."""
        counts, hours = self.counts, shard.seconds / 3600
        counts.shards += 1
        counts.hours += hours
        counts.quarantined += kept == "quarantined"
        counts.shards_done += kept == "done"
        counts.hours_done += hours * (kept == "done")

    def begin(self) -> None:
        """From here on it is this run's pace."""
        self._before, self._begun = self.counts.hours_done, time.monotonic()
        self._tell("", at_once=True)

    def done(self, shard: Shard) -> None:
        """A shard more."""
        self.counts.shards_done += 1
        self.counts.hours_done += shard.seconds / 3600
        self._tell("")

    def failed(self, shard: Shard, why: str, *, finally_: bool) -> None:
        """One failed; finally, where it is not tried again."""
        self.counts.failures += 1
        self.counts.quarantined += finally_
        last = "given up" if finally_ else "it is tried again"
        self._tell(f"{shard.stream}, shard {shard.number}: {why}; {last}", at_once=True)

    def end(self) -> None:
        """The last word."""
        self._tell("", at_once=True)

    def _tell(self, trouble: str, *, at_once: bool = False) -> None:
        now, counts = time.monotonic(), self.counts
        spent = now - self._begun
        counts.times_real_time = 3600 * (counts.hours_done - self._before) / spent if spent > 0 else 0.0
        left = 3600 * (counts.hours - counts.hours_done)
        counts.left_s = left / counts.times_real_time if counts.times_real_time else None
        if at_once or now - self._wrote >= EVERY_S:
            self._wrote = now
            write_fresh(self._folder / PROGRESS, json.dumps(asdict(counts), indent=2).encode() + b"\n")
            self._told(counts, trouble)


def words(counts: DoneSoFar) -> str:
    """The counts in a line.

    >>> words(DoneSoFar(10, 4, 2.0, 0.8, times_real_time=12.0, left_s=360.0))
    '4 of 10 shards, 0.8 of 2.0 h, 12.0 times real time, 6 min left'
    """
    said = [f"{counts.shards_done} of {counts.shards} shards", f"{counts.hours_done:.1f} of {counts.hours:.1f} h"]
    if counts.times_real_time:
        said.append(f"{counts.times_real_time:.1f} times real time")
    if counts.left_s:
        said.append(f"{duration(counts.left_s)} left")
    if counts.failures:
        said.append(f"{counts.failures} failures")
    if counts.quarantined:
        said.append(f"{counts.quarantined} shards given up")
    return ", ".join(said)
