"""Work done in processes of their own, a thread each, that may die, hang or be killed and cost nothing but a task.

A worker that lasts loads its model once; one that does not is gone after each task, with all that a broken file did.
"""

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Generic, TypeVar

import cv2

from unusual.errors import CheckpointError, ConfigError, OutputError, UnusualError

Task = TypeVar("Task")
Value = TypeVar("Value")
DIE_WITH_PARENT = 1  # of prctl, on Linux
LONGEST_WAIT_S = 3600.0  # until it is looked again whose time is over
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
NOT_THE_TASKS = (OutputError, ConfigError, CheckpointError)  # what is wrong then is wrong with every task


@dataclass(frozen=True, slots=True)
class Done(Generic[Task, Value]):
    """A task, and what came of it. trouble: in words, "" where all went well; value: None where it did not.

    died: whoever did it was killed from outside, or crashed.
    """

    task: Task
    value: Value | None
    trouble: str = ""
    died: bool = False


class Child(Generic[Task, Value]):
    """A process that does one task at a time. lasts: for one after the other, else for a single one."""

    def __init__(self, function: Callable[[Task], Value], *, lasts: bool) -> None:
        context = get_context("spawn") if lasts else _forking(getattr(function, "__module__", __name__))
        self.pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_serve, args=(theirs, function, lasts), daemon=True)
        with one_thread():
            self._process.start()
        theirs.close()
        self.lasts, self.until = lasts, inf
        self._task: list[Task] = []

    def give(self, task: Task, limit_s: float) -> None:
        """Begin a task. One that has died says so when it is asked."""
        self._task, self.until = [task], monotonic() + limit_s
        with suppress(OSError):
            self.pipe.send(task)

    def result(self) -> Done[Task, Value]:
        """What came of the task, of a process that has answered, has died, or has had its time and is killed.

        Raises:
            UnusualError: what is wrong with every task: no room, no model.
        """
        (task,) = self._task
        answered = self.pipe.poll()
        try:
            if answered:
                good, value, trouble = self.pipe.recv()
                if isinstance(trouble, NOT_THE_TASKS):
                    raise trouble
                return Done(task, value if good else None, "" if good else str(trouble))
        except (EOFError, OSError):
            answered = True
        late = not answered
        self.kill()
        why = "it took longer than it may" if late else f"its process died ({_end(self._process.exitcode)})"
        return Done(task, None, why, died=not late)

    @property
    def alive(self) -> bool:
        """Whether it can be given another task."""
        return self.lasts and self._process.is_alive()

    def end(self, limit_s: float) -> None:
        """Let it end by itself, as nobody asks it any more; kill it where that takes longer."""
        self.pipe.close()
        self._process.join(limit_s)
        self.kill()

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def in_children(
    take: Callable[[], Task | None],
    function: Callable[[Task], Value],
    limit_s: Callable[[Task], float],
    *,
    workers: int,
    lasts: bool,
) -> Iterator[Done[Task, Value]]:
    """Do tasks in so many processes at once; what came of each, as it comes.

    Args:
        take: the next task, None where there is none for now; it is asked again after each that is done.
        function: of a module, so that a process can find it.
        limit_s: seconds that a task may take.

    Raises:
        UnusualError: what is wrong with every task. All processes are gone then.
    """
    idle: list[Child[Task, Value]] = []
    busy: list[Child[Task, Value]] = []
    try:
        while True:
            while len(busy) < workers and (task := take()) is not None:
                child = idle.pop() if idle else Child(function, lasts=lasts)
                child.give(task, limit_s(task))
                busy.append(child)
            if not busy:
                return
            rest = min(child.until for child in busy) - monotonic()
            ready = wait([child.pipe for child in busy], min(max(0.0, rest), LONGEST_WAIT_S))
            for child in [child for child in busy if child.pipe in ready or child.until <= monotonic()]:
                busy.remove(child)
                done = child.result()
                if child.alive:
                    idle.append(child)
                yield done
    finally:
        for child in (*busy, *idle):
            child.kill()


@contextmanager
def one_thread() -> Iterator[None]:
    """What is started here computes with one thread."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _serve(pipe: Connection, function: Callable[[Task], Value], lasts: bool) -> None:
    """In the process: do what is asked until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if lasts:
        cv2.setNumThreads(1)  # it does not ask for OMP_NUM_THREADS
    if lasts and sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        answer: tuple[bool, Value | None, object]
        try:
            answer = True, function(task), None
        except UnusualError as error:
            answer = False, None, error
        except Exception as error:
            answer = False, None, f"{type(error).__name__}: {error}"
        with suppress(OSError):
            pipe.send(answer)
        if not lasts:
            return
        del task, answer
        gc.collect()  # decoders that hold each other: by itself that comes after hundreds of tasks


def _forking(module: str) -> ForkServerContext:
    """Processes that begin in a moment, as copies of a small one that has loaded a module already."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, module])
    return context


def _end(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    return signal.Signals(-code).name
