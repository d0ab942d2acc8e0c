"""Does the event store keep its word? A writer is killed at random moments; what it was told is stored must be there.

    python benchmarks/kill_store.py --kills 50

kill -9 leaves the system's own memory alone, so this shows that transactions are whole and acknowledged in the right
order, not that the disk keeps them through a power cut: that is SQLite's synchronous=FULL.
"""

import argparse
import json
import os
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from unusual.domain import Box
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home
from unusual.store.names import new_id

FIRST_UTC = 1_700_000_000.0
MOST_WAIT_S = 0.2


@dataclass
class Told:
    """What the writers were told is stored: the last score of each event, and which have ended."""

    scores: dict[str, float] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def hear(self, lines: list[str]) -> None:
        """Take a writer's words, "ID SCORE" or "ID SCORE end" each; one that was cut short was never said."""
        for line in lines:
            event, score, *end = line.split()
            self.scores[event] = float(score)
            self.ended |= {event} if end else set()


def main() -> None:
    """Kill, look, and write results/kill_store.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-record", action="store_true", help="print the figures, write no record")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        figures = kill_writers(Path(home), args.kills, np.random.default_rng(args.seed))
    print(json.dumps(figures))
    if not args.no_record:
        from record import write_record

        write_record("kill_store", {"seed": args.seed, **figures})


def kill_writers(home: Path, kills: int, chance: np.random.Generator) -> dict[str, object]:
    """Start and kill writers on one store; look at all of it after each."""
    told = Told()
    started = time.perf_counter()
    lost = wrong = broken = busy = 0
    for _ in range(kills):
        before = len(told.scores)
        told.hear(_one_writer(home, chance.uniform(0.0, MOST_WAIT_S)))
        busy += len(told.scores) > before
        store = EventStore.open(Home(home))
        broken += store.integrity() != "ok"
        events = {event.id: event for event in store.list(most=1_000_000)}
        store.close()
        lost += len(told.scores.keys() - events.keys())
        for event, score in told.scores.items():
            kept = events.get(event)
            wrong += kept is not None and (kept.score < score or (event in told.ended and kept.end_utc is None))
    return {
        "kills": kills,
        "kills of a writer that had already stored events": busy,
        "events acknowledged": len(told.scores),
        "acknowledged events lost": lost,
        "acknowledged changes lost": wrong,
        "integrity checks failed": broken,
        "seconds": round(time.perf_counter() - started, 1),
    }


def _one_writer(home: Path, wait_s: float) -> list[str]:
    """Let a child write until it is killed; return what it was told, line by line."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            _write(home, writer)
        finally:
            os._exit(1)
    os.close(writer)
    time.sleep(wait_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reader, encoding="ascii") as lines:
        return [line for line in lines if line.endswith("\n")]


def _write(home: Path, told: int) -> None:
    """Begin events and change them for ever; say each thing only when the store has acknowledged it."""
    store = EventStore.open(Home(home))
    start = FIRST_UTC
    while True:
        start += 1.0
        event = new_id()
        store.begin(StoredEvent(event, "gate", start, None, start, 0.0, 1.0))
        os.write(told, f"{event} 0\n".encode())
        for score in (1.0, 2.0, 3.0):
            end = start + score if score == 3.0 else None
            store.change(StoredEvent(event, "gate", start, end, start, score, 1.0, Box(0, 0, 1, 1)))
            os.write(told, f"{event} {score}{' end' if end else ''}\n".encode())
        store.attach(event, ["clip.mp4"])


if __name__ == "__main__":
    main()
