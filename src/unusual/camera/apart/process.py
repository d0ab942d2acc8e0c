"""A process that watches some cameras of a home for its parent: a task and answers in by stdin, lines out by stdout.

It ends when stdin does, that is also when its parent is killed. Run by `unusual.camera.apart.group`.
"""

import os
import resource
import signal
import sys
import threading
from collections.abc import Iterable
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO

from unusual.camera.apart.messages import Raised, Reply, Said, SaidKind, Task, from_line, to_line
from unusual.camera.several import Told, load_cameras, watch_loaded
from unusual.camera.watcher import Say
from unusual.errors import UnusualError
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home
from unusual.store.live import Outage


def main() -> None:
    """Load the cameras, wait for the word, watch them, say what came of it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the cameras' passwords
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_IGN)  # the parent says when to end
    parent = Parent(_own_stdout())
    task = from_line(sys.stdin.buffer.readline(), Task)
    home = Home(Path(task.home))
    try:
        loaded = load_cameras(home, task.cameras, task.among)
        parent.say(Said(SaidKind.READY))
        if not sys.stdin.buffer.readline():
            return
        threading.Thread(target=parent.listen, args=(sys.stdin.buffer,), daemon=True).start()
        told = Told(parent.alarm, parent.tell(SaidKind.SAY), parent.tell(SaidKind.WARN), parent.outage, task.blind_s)
        with closing(EventStore.open(home)) as store:
            watched = watch_loaded(loaded, store, told, None, parent.gone)
        parent.say(Said(SaidKind.OVER, watched=tuple(watched)))
    except UnusualError as error:
        parent.say(Said(SaidKind.OVER, trouble=Raised.of(error)))


class Parent:
    """The parent's end, from here. gone: set when it wants nothing more."""

    def __init__(self, pipe: BinaryIO) -> None:
        self.gone = threading.Event()
        self._pipe, self._writing = pipe, threading.Lock()
        self._numbers = count(1)
        self._awaited: dict[int, SimpleQueue[Reply]] = {}

    def say(self, said: Said) -> None:
        """Say it; to nobody where the parent is gone."""
        with self._writing, suppress(OSError):
            self._pipe.write(to_line(said))
            self._pipe.flush()

    def tell(self, kind: SaidKind) -> Say:
        """What says words of this kind."""
        return lambda words: self.say(Said(kind, words))

    def alarm(self, event: StoredEvent) -> None:
        """Tell of an alarm. Raises what telling raised there."""
        self._ask(Said(SaidKind.ALARM, number=next(self._numbers), event=event.id))

    def outage(self, outage: Outage) -> bool:
        """Whether somebody was told."""
        return self._ask(Said(SaidKind.OUTAGE, number=next(self._numbers), outage=outage)).told

    def listen(self, replies: Iterable[bytes]) -> None:
        """Hand on replies until there are no more."""
        for line in replies:
            reply = from_line(line, Reply)
            if waiting := self._awaited.get(reply.number):
                waiting.put(reply)
        self.gone.set()
        for waiting in list(self._awaited.values()):
            waiting.put(Reply(0, told=False))

    def _ask(self, said: Said) -> Reply:
        self._awaited[said.number] = SimpleQueue()
        try:
            if self.gone.is_set():
                return Reply(0, told=False)
            self.say(said)
            reply = self._awaited[said.number].get()
        finally:
            del self._awaited[said.number]
        if reply.trouble:
            raise reply.trouble.error()
        return reply


def _own_stdout() -> BinaryIO:
    """Keep stdout for messages; what a library prints goes to stderr."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


if __name__ == "__main__":
    main()
    os._exit(0)  # whoever waits for stdin would be waited for
