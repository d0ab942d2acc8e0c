"""All shards of a manifest, by any executor: what is done stays done, what fails three times is set aside.

The files of shards are the only state. Whoever was killed runs the same command again.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from unusual.run.archive.engines.children import Done
from unusual.run.archive.manifest import MANIFEST, Shard, read_shards
from unusual.run.archive.progress import Progress
from unusual.run.archive.shard import score_shard
from unusual.run.archive.shelf import Shelf
from unusual.run.checkpoint import Checkpoint, load_checkpoint
from unusual.video.condition.steadying import steadying

TRIES = 3
QUARANTINE = ".quarantine.json"
LIMIT_S, SLOWEST = 300.0, 30.0  # a shard may take so long, and so many times its length


@dataclass(frozen=True, slots=True)
class CameraModel:
    """Who judges a camera.

    folder: of the checkpoint. changes: of its settings. onnx_sha256: see `load_checkpoint`. steadied: its footage
    sways, and is steadied.
    """

    folder: str
    changes: tuple[str, ...] = ()
    onnx_sha256: str = ""
    steadied: bool = False

    def load(self) -> Checkpoint:
        """The checkpoint, loaded once in a process. Raises as `load_checkpoint`."""
        return _loaded(self)


@dataclass(frozen=True, slots=True)
class ShardWork:
    """Scores a shard and puts its file on the shelf, in any process, on any machine.

    models: by the camera's name. leave: see `score_shard`.
    """

    models: tuple[tuple[str, CameraModel], ...]
    shelf: Shelf
    leave: float

    def __call__(self, shard: Shard) -> int:
        """Do it; returns the frames that came. Raises as `score_shard` and `Shelf.write`."""
        model = dict(self.models)[shard.camera]
        with steadying(model.steadied):
            data = score_shard(shard, model.load(), self.leave)
        self.shelf.write(shard.name, data)
        return shard.last - shard.first


class Executor(Protocol):
    """Runs a function on tasks somewhere, some at once; see `in_children`."""

    def __call__(
        self, take: Callable[[], Shard | None], function: Callable[[Shard], int], limit_s: Callable[[Shard], float]
    ) -> Iterator[Done[Shard, int]]:
        """What came of each task, as it comes."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A shard that failed three times. files: that it judges. why: the last reason."""

    shard_id: str
    camera: str
    stream: str
    seconds: float
    files: tuple[str, ...]
    why: str


@dataclass(slots=True)
class Pending:
    """The shards that are still to be done, those that failed first; it holds no more than these."""

    shards: Iterator[Shard]
    done: Callable[[str], bool]
    set_aside: Callable[[str], bool]
    again: deque[Shard] = field(default_factory=deque)
    failed: dict[str, int] = field(default_factory=dict)

    def take(self) -> Shard | None:
        """The next; None where there is none for now."""
        if self.again:
            return self.again.popleft()
        for shard in self.shards:
            if not self.done(shard.name) and not self.set_aside(shard.shard_id + QUARANTINE):
                return shard
        return None

    def failed_finally(self, shard: Shard) -> bool:
        """Note that one failed; whether it was for the last time."""
        count = self.failed.pop(shard.shard_id, 0) + 1
        if count < TRIES:
            self.failed[shard.shard_id] = count
            self.again.append(shard)
        return count >= TRIES


def score_shards(
    out: Path, work: ShardWork, executor: Executor, limit_s: float, progress: Progress, *, retry: bool = False
) -> int:
    """Score what is not scored yet; returns how many shards are in quarantine.

    Args:
        out: the folder with the manifest. limit_s: for each shard; 0 for one by its length.
        retry: try what is in quarantine again.

    Raises:
        UnusualError: what is wrong with every shard: no room, no model.
    """
    shelf = work.shelf
    if retry:
        for name in list(shelf.names(QUARANTINE)):
            shelf.remove(name)
    done, aside = shelf.there(".parquet"), shelf.there(QUARANTINE)
    for shard in read_shards(out / MANIFEST):
        kept = "done" if done(shard.name) else "quarantined" if aside(shard.shard_id + QUARANTINE) else ""
        progress.expect(shard, kept)
    pending = Pending(read_shards(out / MANIFEST), done, aside)
    progress.begin()
    for outcome in executor(pending.take, work, lambda shard: limit_s or LIMIT_S + SLOWEST * shard.seconds):
        shard = outcome.task
        if not outcome.trouble:
            progress.done(shard)
        elif pending.failed_finally(shard):
            _set_aside(shelf, shard, outcome.trouble)
            progress.failed(shard, outcome.trouble, finally_=True)
        else:
            progress.failed(shard, outcome.trouble, finally_=False)
    progress.end()
    return progress.quarantined


def quarantined(shelf: Shelf) -> list[Quarantined]:
    """The shards in quarantine, and why."""
    told = [json.loads(shelf.read(name)) for name in sorted(shelf.names(QUARANTINE))]
    return [Quarantined(**(each | {"files": tuple(each["files"])})) for each in told]


def _set_aside(shelf: Shelf, shard: Shard, why: str) -> None:
    told = {
        "shard_id": shard.shard_id,
        "camera": shard.camera,
        "stream": shard.stream,
        "seconds": shard.seconds,
        "files": [piece.path for piece in shard.files],
        "why": why,
    }
    shelf.write(shard.shard_id + QUARANTINE, json.dumps(told).encode())


@lru_cache(maxsize=2)
def _loaded(model: CameraModel) -> Checkpoint:
    return load_checkpoint(model.folder, model.changes, onnx_sha256=model.onnx_sha256)
