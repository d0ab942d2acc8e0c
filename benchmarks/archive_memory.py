"""Peak memory of a driver over made-up shards, none of which is really judged: `archive_memory.py FOLDER ROWS`."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from unusual.run.archive.engines.children import Done
from unusual.run.archive.manifest import MANIFEST, FilmPiece, Shard, write_shards
from unusual.run.archive.progress import Progress
from unusual.run.archive.shelf import Shelf
from unusual.run.archive.work import ShardWork, score_shards


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


def peak() -> float:
    """MB so far of this process alone: what getrusage says begins with what the one was that began it."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


if __name__ == "__main__":
    out = Path(sys.argv[1])
    before = peak()
    write_shards(out / MANIFEST, rows(int(sys.argv[2])))
    planned = peak()
    score_shards(out, ShardWork((), Shelf(str(out / "shards")), 1.0), judged, 0.0, Progress(out))
    print(json.dumps({"before_mb": before, "written_mb": planned, "done_mb": peak()}))
