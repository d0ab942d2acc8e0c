"""The same on Ray: what a task does on its node, and, where Ray is installed, a cluster of one machine."""

import os
import signal
import time

import pytest

from unusual.errors import ConfigError, OutputError, VideoError
from unusual.run.archive.engines import ray_tasks
from unusual.run.archive.engines.ray_tasks import do_here, in_ray

OURS = ray_tasks.version("unusual")


def work(task):
    if task == "hang":
        time.sleep(600)
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "bad":
        raise VideoError("a broken film")
    if task == "full":
        raise OutputError("no space left")
    return os.getpid()


@pytest.fixture(autouse=True)
def gone():
    yield
    for child in ray_tasks._child:
        child.kill()
    ray_tasks._child.clear()


def test_a_node_does_one_task_after_the_other_in_a_process_that_may_be_killed():
    first, again = (do_here(work, task, 60.0, OURS) for task in "ab")
    assert first.value == again.value != os.getpid()
    assert do_here(work, "hang", 0.2, OURS).trouble == "it took longer than it may"
    assert do_here(work, "bad", 60.0, OURS).trouble == "a broken film"
    assert do_here(work, "die", 60.0, OURS).died
    assert do_here(work, "c", 60.0, OURS).value not in (None, first.value)


def test_a_node_with_another_version_is_refused():
    with pytest.raises(ConfigError, match="install one version on all"):
        do_here(work, "a", 60.0, "0.0.0")


def test_a_machine_without_ray_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(ConfigError, match=r"unusual\[ray\]"):
        next(in_ray(lambda: None, work, lambda _: 60.0, address="", workers=1))


class FakeRay:
    """Enough of Ray to see what is asked of it: tasks run when they are waited for, in order."""

    class exceptions:  # noqa: N801
        class RayError(Exception):
            pass

        class RayTaskError(RayError):
            cause = None

    def __init__(self):
        self.asked, self.most, self.closed, self.waiting = {}, 0, False, []

    def init(self, **asked):
        self.asked = asked

    def remote(self, **asked):
        self.asked |= asked

        def made(function):
            class Remote:
                @staticmethod
                def remote(*words):
                    ref = object()
                    self.waiting.append((ref, function, words))
                    self.most = max(self.most, len(self.waiting))
                    return ref

            return Remote

        return made

    def put(self, value):
        return value

    def cluster_resources(self):
        return {"CPU": 2.0}

    def wait(self, refs, num_returns):
        return [self.waiting[0][0]], refs[1:]

    def get(self, ref):
        _, function, words = self.waiting.pop(0)
        return function(*words)

    def shutdown(self):
        self.closed = True


@pytest.fixture
def fake(monkeypatch):
    ray = FakeRay()
    monkeypatch.setitem(__import__("sys").modules, "ray", ray)
    return ray


def taker(tasks):
    waiting = list(tasks)
    return lambda: waiting.pop(0) if waiting else None


def test_a_window_of_tasks_is_pending_and_no_more(fake):
    done = list(in_ray(taker("abcdefgh"), work, lambda _: 60.0, address="", workers=2))
    assert [one.task for one in done] == list("abcdefgh") and fake.most == 4 and fake.closed
    assert (fake.asked["num_cpus"], fake.asked["max_retries"], fake.asked["include_dashboard"]) == (1, 3, False)
    assert (fake.asked["address"], fake.asked["_node_ip_address"]) == ("local", "127.0.0.1")  # none that runs here too
    assert fake.asked["runtime_env"]["env_vars"]["UNUSUAL_VERSION"] == OURS
    assert fake.asked["runtime_env"]["env_vars"]["RAY_USAGE_STATS_ENABLED"] == "0"


def test_what_is_wrong_with_every_task_ends_the_work_on_ray_too(fake):
    with pytest.raises(OutputError):
        list(in_ray(taker(["full", "a"]), work, lambda _: 60.0, address="auto", workers=2))
    assert fake.closed and fake.asked["address"] == "auto"


def test_a_node_that_dies_costs_its_task_alone(fake, monkeypatch):
    def lost(ref):
        fake.waiting.pop(0)
        raise FakeRay.exceptions.RayError

    monkeypatch.setattr(fake, "get", lost)
    done = list(in_ray(taker("ab"), work, lambda _: 60.0, address="", workers=1))
    assert [(one.task, one.died) for one in done] == [("a", True), ("b", True)]


@pytest.mark.parametrize(
    ("address", "error", "said"),
    [
        ("head:6379", ConnectionError("nobody there"), "no Ray at head:6379: nobody there"),
        ("", Exception("the node timed out during startup"), "no Ray at this machine: the node timed out"),
    ],
    ids=["a cluster", "this machine, which is too busy"],
)
def test_a_ray_that_does_not_answer_is_said(fake, monkeypatch, address, error, said):
    def refuse(**asked):
        raise error

    monkeypatch.setattr(fake, "init", refuse)
    with pytest.raises(ConfigError, match=said):
        list(in_ray(taker("a"), work, lambda _: 60.0, address=address, workers=1))
