"""Cameras in processes of their own. Python lets one thread of a process compute at a time, but for what libraries do:
on two cores four cameras in one process leave a third of them idle.

    here: told of alarms and outages, the home kept tidy        there: cameras, each in a thread
    Group ── task, go, answers ──► process ── lines ──► Group

All cameras are ready before any is watched. A process that dies is begun again, as a camera's thread would be.
"""

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from unusual.camera.apart.messages import Raised, Reply, Said, SaidKind, Task, from_line, to_line
from unusual.camera.several import (
    LONGEST_RETRY_S,
    RETRY_S,
    Loaded,
    Told,
    Watched,
    Worker,
    load_cameras,
    tend,
    watch_loaded,
)
from unusual.camera.watcher import WatchSettings
from unusual.errors import ConfigError, UnusualError
from unusual.processors import processors
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.keeping.retention import Policy
from unusual.video.capture import Pace

COMMAND = [sys.executable, "-P", "-m", "unusual.camera.apart.process"]  # -P: load nothing from the working folder
FEWEST = 3  # cameras from which on a second process pays for its memory
ENDING_S = 5.0  # that a process may take to end when nobody listens any more


@dataclass(frozen=True, slots=True)
class Ready:
    """Cameras that can be watched: in this process, or in groups apart."""

    loaded: Sequence[Loaded]
    groups: Sequence["Group"]

    def watch(self, store: EventStore, told: Told, keep: Policy, stopping: threading.Event) -> list[Watched]:
        """Watch them until `stopping` is set or all have ended. Raises as `several.watch`."""
        if not self.groups:
            return watch_loaded(self.loaded, store, told, keep, stopping)
        for group in self.groups:
            group.told, group.store = told, store
        return tend(self.groups, store, told, keep, stopping)

    def close(self) -> None:
        """End what was begun apart."""
        for group in self.groups:
            group.end()


def make_ready(home: Home, cameras: Sequence[WatchSettings], blind_s: float) -> Ready:
    """Load all cameras and see that nobody else watches them, here or, from three on, in a process a core.

    Raises:
        ConfigError, CheckpointError, DataError, OutputError, VideoError: one cannot be watched; nothing has changed.
    """
    many = processes_for(len(cameras), processors())
    if many == 1 or len({camera.camera for camera in cameras}) < len(cameras):
        return Ready(load_cameras(home, cameras), [])
    ends = [len(cameras) * k // many for k in range(many + 1)]
    tasks = [Task(str(home.folder), tuple(cameras[a:b]), len(cameras), blind_s) for a, b in pairwise(ends)]
    groups = [Group(task) for task in tasks]
    try:
        for group in groups:
            group.await_ready()
    except BaseException:
        Ready([], groups).close()
        raise
    return Ready([], groups)


def processes_for(cameras: int, cores: int) -> int:
    """Processes for so many cameras, each of at least two but for the last.

    >>> [processes_for(cameras, 2) for cameras in (1, 2, 3, 8)], processes_for(8, 16)
    ([1, 1, 2, 2], 4)
    """
    return 1 if cameras < FEWEST else min(cores, (cameras + 1) // 2)


class Group(Worker):
    """Some cameras in a process of their own, and the thread that listens to it.

    Raises:
        ConfigError: no process can be started.
    """

    told: Told
    store: EventStore

    def __init__(self, task: Task) -> None:
        super().__init__([camera.camera for camera in task.cameras])
        self._task, self._over = task, False
        self._begin()

    def await_ready(self) -> None:
        """Wait until its cameras are loaded. Raises what is wrong with one of them."""
        for line in self._stdout:
            said = from_line(line, Said)
            if said.kind is SaidKind.READY:
                return
            if said.trouble:
                raise said.trouble.error()
        raise ConfigError(f"{self.name}: the process that watches them cannot be started")

    def run(self) -> None:
        """Listen until all its cameras have ended; a process that dies before is begun again, for live cameras."""
        live, wait_s = all(camera.pace is Pace.LIVE for camera in self._task.cameras), RETRY_S
        while True:
            if self.stopping.is_set():  # while it was begun again
                self.stop()
            self._write(b"go\n")
            self._listen()
            if self._over or self.stopping.is_set():
                return
            self.trouble = UnusualError(f"{self.name}: the process that watched them died")
            self.told.warn(f"{self.trouble}{', and is begun again' if live else ''}")
            if not live or self.stopping.wait(wait_s):
                return
            wait_s = min(2 * wait_s, LONGEST_RETRY_S)
            self._bury()
            try:
                self._begin()
                self.await_ready()
            except UnusualError as error:
                self.trouble = error
                self.told.warn(f"{self.name} are not watched for now: {error}")

    def stop(self) -> None:
        """Let its cameras end."""
        super().stop()
        with suppress(OSError):
            self._stdin.close()

    def end(self) -> None:
        """Let the process end, or kill it where it does not."""
        self.stop()
        try:
            self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self.is_alive():
            self.join(ENDING_S)
        self._bury()

    def _bury(self) -> None:
        """Leave nothing behind of a process that has died, when nobody listens any more."""
        self._process.wait()
        self._stdout.close()

    def _begin(self) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed list of words
                COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
            )
        except OSError as error:
            raise ConfigError(f"{self.name}: no process can be started: {error.strerror or error}") from error
        assert self._process.stdin and self._process.stdout  # noqa: S101 - for the type checker
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._write(to_line(self._task))

    def _write(self, line: bytes) -> None:
        with suppress(OSError, ValueError):  # it is dead, or told to end: whoever listens hears it
            self._stdin.write(line)
            self._stdin.flush()

    def _listen(self) -> None:
        for line in self._stdout:
            with suppress(ValueError):  # it died in the midst of a line
                self._take(from_line(line, Said))

    def _take(self, said: Said) -> None:
        match said.kind:
            case SaidKind.SAY:
                self.told.say(said.words)
            case SaidKind.WARN:
                self.told.warn(said.words)
            case SaidKind.ALARM | SaidKind.OUTAGE:
                self._write(to_line(self._answer(said)))
            case SaidKind.OVER:
                self._over, self.results = True, list(said.watched) or self.results
                self.trouble = said.trouble.error() if said.trouble else None
            case SaidKind.READY:
                pass

    def _answer(self, said: Said) -> Reply:
        try:
            if said.outage is not None:
                return Reply(said.number, self.told.outage(said.outage))
            event = self.store.get(said.event)
            if event is not None:  # it may have been deleted meanwhile
                self.told.alarm(event)
        except Exception as error:  # raised there, as if it had been told there
            return Reply(said.number, told=False, trouble=Raised.of(error))
        return Reply(said.number)
