"""Memory of an archive: the peak of a driver over made-up shards, none of which is really judged, and a worker's.

python benchmarks/archive_memory.py FOLDER ROWS                # of a driver, with so many shards
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from unusual.run.archive.engines.children import Done, in_children
from unusual.run.archive.manifest import MANIFEST, FilmPiece, Shard, read_shards, write_shards
from unusual.run.archive.progress import Progress
from unusual.run.archive.shelf import Shelf
from unusual.run.archive.work import ShardWork, score_shards

SETTLED = 5  # a worker's memory is looked at from a fifth of its shards on: by then all is loaded


def rows(count: int) -> Iterator[Shard]:
    """Shards of ten minutes in ten files each."""
    for number in range(count):
        pieces = tuple(
            FilmPiece(f"/nvr/yard/{number}-{n}.mp4", 9, 9, f"{number}-{n}", 0, 1500, 1500, 1500 * n, 60.0 * n)
            for n in range(10)
        )
        yield Shard(f"{number:032}", "yard", "yard-1", number, 0, 15_000, 15_000, 0.0, 25.0, "", "", pieces)


def judged(
    take: Callable[[], Shard | None], function: Callable[[Shard], int], limit_s: Callable[[Shard], float]
) -> Iterator[Done[Shard, int]]:
    """Every shard at once, and one in a thousand not at first."""
    failed = set[str]()
    while (shard := take()) is not None:
        if shard.number % 1000 == 7 and shard.shard_id not in failed:
            failed.add(shard.shard_id)
            yield Done(shard, None, "it failed")
        else:
            yield Done(shard, 1)


def own_mb(kind: str = "VmHWM") -> float:
    """MB of this process alone, its peak so far: what getrusage says begins with what the one was that began it."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(kind))
    return int(line.split()[1]) / 1000


@dataclass(frozen=True, slots=True)
class Weighed:
    """Judges a shard, and returns the MB that its process holds then."""

    work: ShardWork

    def __call__(self, shard: Shard) -> float:
        """Do it."""
        self.work(shard)
        return own_mb("VmRSS")


def worker_memory(out: Path, work: ShardWork, shards: int) -> dict[str, float]:
    """One worker that judges the shards of a plan over and over: MB as it goes on, and by how much they rise."""
    taken = islice(cycle(list(read_shards(out / MANIFEST))), shards)
    done = in_children(lambda: next(taken, None), Weighed(work), lambda _: 600.0, workers=1, lasts=True)
    seen = [one.value for one in done if one.value is not None]
    settled = np.array(seen[len(seen) // SETTLED :])
    rise, _ = np.polyfit(np.arange(len(settled)), settled, 1)
    return {
        "shards": len(seen),
        "after_a_fifth_mb": round(float(settled[0]), 1),
        "in_the_end_mb": round(float(settled[-1]), 1),
        "most_mb": round(max(seen), 1),
        "rise_mb_in_1000_shards": round(1000 * float(rise), 2),
    }


if __name__ == "__main__":
    out = Path(sys.argv[1])
    before = own_mb()
    write_shards(out / MANIFEST, rows(int(sys.argv[2])))
    planned = own_mb()
    score_shards(out, ShardWork((), Shelf(str(out / "shards")), 1.0), judged, 0.0, Progress(out))
    print(json.dumps({"before_mb": before, "written_mb": planned, "done_mb": own_mb()}))
