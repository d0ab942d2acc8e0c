"""The shards of an archive as tasks of a Ray cluster, or of a Ray of this machine alone. Ray is an extra.

A window of tasks is pending, and no more; what is done lies on the shelf, and Ray keeps nothing. On each node a task
gives its shard to a process of its own, which lasts from task to task, and is killed where it takes too long.
"""

import logging
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from multiprocessing.connection import wait
from types import ModuleType
from typing import Any, TypeVar

from unusual.errors import ConfigError, UnusualError
from unusual.run.archive.engines.children import THREADS, Child, Done

Task = TypeVar("Task")
Value = TypeVar("Value")
PER_CORE = 2  # tasks that are pending
TASK_BYTES = 1 << 30
LOOPBACK = "127.0.0.1"  # else Ray looks for its own address by the way to a public one
CRASHES = 3  # of a node or a worker, after which Ray gives a task up

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
        ConfigError: Ray is not installed or does not answer, or a node has another version of this package.
        UnusualError: what is wrong with every task.
    """
    ray = _begun(address, workers)
    try:
        do = ray.remote(num_cpus=1, memory=TASK_BYTES, max_retries=CRASHES)(do_here)
        shared, ours = ray.put(function), version("unusual")
        most = PER_CORE * max(1, int(ray.cluster_resources().get("CPU", workers)))
        pending: dict[Any, Task] = {}
        while True:
            while len(pending) < most and (task := take()) is not None:
                pending[do.remote(shared, task, limit_s(task), ours)] = task
            if not pending:
                return
            for ref in ray.wait(list(pending), num_returns=1)[0]:
                yield _result(ray, ref, pending.pop(ref))
    finally:
        ray.shutdown()


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


def _begun(address: str, workers: int) -> ModuleType:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would tell its makers of every cluster
    try:
        import ray
    except ImportError as error:
        raise ConfigError("--engine ray needs Ray: pip install 'unusual[ray]'") from error
    told = dict.fromkeys(THREADS, "1") | {"RAY_USAGE_STATS_ENABLED": "0", "UNUSUAL_VERSION": version("unusual")}
    alone = {"address": "local", "num_cpus": workers, "include_dashboard": False, "_node_ip_address": LOOPBACK}
    given: dict[str, Any] = {"address": address} if address else alone
    try:
        ray.init(**given, log_to_driver=False, logging_level=logging.ERROR, runtime_env={"env_vars": told})
    except Exception as error:  # where it does not start in time, Ray raises no more than that
        raise ConfigError(f"no Ray at {address or 'this machine'}: {error!s:.200}") from error
    loaded: ModuleType = ray
    return loaded


def _result(ray: ModuleType, ref: object, task: Task) -> Done[Task, Value]:
    try:
        done: Done[Task, Value] = ray.get(ref)
        return done
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, UnusualError):
            raise error.cause from None
        return Done(task, None, f"{error.cause!r:.200}")
    except ray.exceptions.RayError as error:
        return Done(task, None, f"Ray: {type(error).__name__}", died=True)
