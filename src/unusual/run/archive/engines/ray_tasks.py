"""The shards of an archive as tasks of a Ray cluster, or of a Ray of this machine alone. Ray is an extra.

A window of tasks is pending, and no more; what is done lies on the shelf, and Ray keeps nothing. On each node a task
gives its shard to a process of its own, which lasts from task to task, and is killed where it takes too long.

Who speaks to Ray is a process of its own too: where the node that it is on dies, Ray ends it on the spot.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from math import inf
from multiprocessing.connection import wait
from types import ModuleType
from typing import Any, Generic, TypeVar

from unusual.errors import ConfigError, UnusualError
from unusual.run.archive.engines.children import THREADS, Child, Done

Task = TypeVar("Task")
Value = TypeVar("Value")
PER_CORE = 2  # tasks that are pending
TASK_BYTES = 1 << 30
LOOPBACK = "127.0.0.1"  # else Ray looks for its own address by the way to a public one
CRASHES = 3  # of a node or a worker, after which Ray gives a task up
STARTS = 3  # of a Ray of this machine: on a busy one it does not always start within the time that it gives itself
START_S = 120.0  # and it never answers where a worker of its own dies while it starts
CLOSING_S = 10.0
GONE = "Ray's own process on this machine has died: run the same command again, it goes on where it was"

_child: list[Child[Any, Any]] = []  # of this worker of Ray


def in_ray(
    take: Callable[[], Task | None],
    function: Callable[[Task], Value],
    limit_s: Callable[[Task], float],
    *,
    address: str,
    workers: int,
) -> Iterator[Done[Task, Value]]:
    """As `in_children`, on the cluster of an address, or on so many processors of this machine.

    Raises:
        ConfigError: Ray is not installed, does not answer or dies, or a node has another version of this package.
        UnusualError: what is wrong with every task.
    """
    if find_spec("ray") is None:
        raise ConfigError("--engine ray needs Ray: pip install 'unusual[ray]'")
    driver, most = _begun(Driver(function, address, workers))
    pending = 0
    try:
        while True:
            new = list[tuple[Task, float]]()
            while pending + len(new) < most and (task := take()) is not None:
                new.append((task, limit_s(task)))
            pending += len(new)
            if not pending:
                driver.end(CLOSING_S)
                return
            _, done = _asked(driver, new)
            pending -= len(done)
            yield from done
    finally:
        driver.kill()


@dataclass(slots=True)
class Driver(Generic[Task, Value]):
    """Speaks to Ray, for `in_ray`, in a process of its own."""

    function: Callable[[Task], Value]
    address: str
    workers: int
    _most: int = 0
    _ray: Any = None
    _do: Any = None
    _pending: dict[Any, Task] = field(default_factory=dict)

    def __call__(self, new: Sequence[tuple[Task, float]]) -> tuple[int, list[Done[Task, Value]]]:
        """Begin tasks, each with its limit, and wait for one; how many may be pending, and what came of that one.

        Raises as `in_ray`.
        """
        if self._ray is None:
            self._begin()
        for task, limit_s in new:
            self._pending[self._do(task, limit_s)] = task
        ready = self._ray.wait(list(self._pending), num_returns=1)[0] if self._pending else []
        return self._most, [_result(self._ray, ref, self._pending.pop(ref)) for ref in ready]

    def _begin(self) -> None:
        self._ray = ray = _connected(self.address, self.workers)
        do = ray.remote(num_cpus=1, memory=TASK_BYTES, max_retries=CRASHES)(do_here)
        shared, ours = ray.put(self.function), version("unusual")
        self._do = lambda task, limit_s: do.remote(shared, task, limit_s, ours)
        self._most = PER_CORE * max(1, int(ray.cluster_resources().get("CPU", self.workers)))


def do_here(function: Callable[[Task], Value], task: Task, limit_s: float, theirs: str) -> Done[Task, Value]:
    """On a node: one task, in a process that may be killed. Raises as `in_children`."""
    if (ours := version("unusual")) != theirs:
        raise ConfigError(f"a node has unusual {ours}, and whoever asks it {theirs}: install one version on all")
    if not (_child and _child[0].alive):
        _child[:] = [Child(function, lasts=True)]
    child: Child[Task, Value] = _child[0]
    child.give(task, limit_s)
    wait([child.pipe], limit_s)
    return child.result()


def _begun(speaks: Driver[Task, Value]) -> tuple[Child[Any, Any], int]:
    """The process that speaks to Ray, and how many tasks may be pending."""
    left = 1 if speaks.address else STARTS
    while True:
        driver, left = Child(speaks, lasts=True), left - 1
        try:
            return driver, _asked(driver, [], START_S)[0]
        except ConfigError:
            driver.kill()  # with the servers that it began
            if not left:
                raise


def _asked(
    driver: Child[Any, Any], new: Sequence[tuple[Task, float]], limit_s: float | None = None
) -> tuple[int, list[Done[Task, Any]]]:
    driver.give(new, inf)
    wait([driver.pipe], limit_s)
    answer = driver.result()
    if answer.value is None:
        raise ConfigError(f"{GONE} ({answer.trouble})" if answer.died else f"Ray does not answer: {answer.trouble}")
    told: tuple[int, list[Done[Task, Any]]] = answer.value
    return told


def _connected(address: str, workers: int) -> ModuleType:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would tell its makers of every cluster
    _silence()
    import ray

    told = dict.fromkeys(THREADS, "1") | {"RAY_USAGE_STATS_ENABLED": "0", "UNUSUAL_VERSION": version("unusual")}
    alone = {"address": "local", "num_cpus": workers, "include_dashboard": False, "_node_ip_address": LOOPBACK}
    given: dict[str, Any] = {"address": address} if address else alone
    try:
        ray.init(**given, log_to_driver=False, logging_level=logging.ERROR, runtime_env={"env_vars": told})
    except Exception as error:  # where it does not start in time, Ray raises no more than that
        raise ConfigError(f"no Ray at {address or 'this machine'}: {error!s:.200}") from error
    loaded: ModuleType = ray
    return loaded


def _silence() -> None:
    """What Ray itself writes, page after page where a node dies, is in its own logs too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _result(ray: ModuleType, ref: object, task: Task) -> Done[Task, Value]:
    try:
        done: Done[Task, Value] = ray.get(ref)
        return done
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, UnusualError):
            raise error.cause from None
        return Done(task, None, f"{error.cause!r:.200}")
    except ray.exceptions.LocalRayletDiedError as error:
        raise ConfigError(GONE) from error
    except ray.exceptions.RayError as error:
        return Done(task, None, f"Ray: {type(error).__name__}", died=True)
