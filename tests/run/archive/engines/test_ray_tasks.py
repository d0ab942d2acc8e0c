"""The same on Ray: what a task does on its node, and, where Ray is installed, a cluster of one machine."""

import os
import signal
import time

import pytest

from unusual.errors import ConfigError, OutputError, VideoError
from unusual.run.archive.engines import ray_tasks
from unusual.run.archive.engines.children import Done
from unusual.run.archive.engines.ray_tasks import Driver, do_here, in_ray

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
    monkeypatch.setattr(ray_tasks, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"unusual\[ray\]"):
        next(in_ray(lambda: None, work, lambda _: 60.0, address="", workers=1))


class FakeRay:
    """Enough of Ray to see what is asked of it: tasks run when they are waited for, in order."""

    class exceptions:  # noqa: N801
        class RayError(Exception):
            pass

        class RayTaskError(RayError):
            cause = None

        class LocalRayletDiedError(RayError):
            pass

    def __init__(self):
        self.asked, self.most, self.waiting, self.starts = {}, 0, [], 0

    def init(self, **asked):
        self.asked, self.starts = asked, self.starts + 1

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


class HereChild:
    """As `Child`, in this process: who speaks to Ray has no process of its own."""

    ends = 0

    def __init__(self, function, *, lasts):
        self.function, self.pipe = function, None

    def give(self, task, limit_s):
        self.task = task

    def result(self):
        return Done(self.task, self.function(self.task))

    def end(self, limit_s):
        HereChild.ends += 1

    def kill(self):
        HereChild.ends += 1


@pytest.fixture
def fake(monkeypatch):
    ray = FakeRay()
    monkeypatch.setitem(__import__("sys").modules, "ray", ray)
    monkeypatch.setattr(ray_tasks, "find_spec", lambda name: ray)
    monkeypatch.setattr(ray_tasks, "_silence", lambda: None)
    return ray


@pytest.fixture
def spoken_here(fake, monkeypatch):
    monkeypatch.setattr(ray_tasks, "wait", lambda pipes, limit_s: pipes)
    monkeypatch.setattr(ray_tasks, "Child", HereChild)
    monkeypatch.setattr(HereChild, "ends", 0)
    monkeypatch.setattr(ray_tasks, "do_here", lambda function, task, limit_s, ours: Done(task, function(task)))
    return fake


def taker(tasks):
    waiting = list(tasks)
    return lambda: waiting.pop(0) if waiting else None


def test_a_window_of_tasks_is_pending_and_no_more(spoken_here):
    done = list(in_ray(taker("abcdefgh"), work, lambda _: 60.0, address="", workers=2))
    fake = spoken_here
    assert [one.task for one in done] == list("abcdefgh") and fake.most == 4 and HereChild.ends
    assert (fake.asked["num_cpus"], fake.asked["max_retries"], fake.asked["include_dashboard"]) == (1, 3, False)
    assert (fake.asked["address"], fake.asked["_node_ip_address"]) == ("local", "127.0.0.1")  # none that runs here too
    assert fake.asked["runtime_env"]["env_vars"]["UNUSUAL_VERSION"] == OURS
    assert fake.asked["runtime_env"]["env_vars"]["RAY_USAGE_STATS_ENABLED"] == "0"


def test_what_is_wrong_with_every_task_ends_the_work_on_ray_too(spoken_here):
    with pytest.raises(OutputError):
        list(in_ray(taker(["full", "a"]), work, lambda _: 60.0, address="auto", workers=2))
    assert HereChild.ends and spoken_here.asked["address"] == "auto"


def test_a_worker_of_ray_that_dies_costs_its_task_alone(spoken_here, monkeypatch):
    def lost(ref):
        spoken_here.waiting.pop(0)
        raise FakeRay.exceptions.RayError

    monkeypatch.setattr(spoken_here, "get", lost)
    done = list(in_ray(taker("ab"), work, lambda _: 60.0, address="", workers=1))
    assert [(one.task, one.died) for one in done] == [("a", True), ("b", True)]


def test_a_ray_of_this_machine_that_dies_is_a_line_that_says_what_to_do(fake, monkeypatch):
    def lost(ref):
        raise FakeRay.exceptions.LocalRayletDiedError

    monkeypatch.setattr(fake, "get", lost)
    with pytest.raises(ConfigError, match="run the same command again"):
        Driver(work, "", 1)([("a", 60.0)])


RAY_THAT_ENDS_WHO_SPEAKS_TO_IT = """
import os
init = lambda **asked: None
remote = lambda **asked: lambda function: Do
put = lambda value: value
cluster_resources = dict
class Do:
    remote = staticmethod(lambda *words: words[1])
def wait(refs, num_returns):
    print("page after page of where it was")
    os._exit(1)
"""


def test_who_speaks_to_ray_may_be_ended_by_it_and_is_quiet(tmp_path, monkeypatch, capfd):
    (tmp_path / "ray.py").write_text(RAY_THAT_ENDS_WHO_SPEAKS_TO_IT)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"has died: run the same command again.*exit code 1"):
        list(in_ray(taker("a"), work, lambda _: 60.0, address="", workers=1))
    assert capfd.readouterr() == ("", "")


def test_a_ray_that_never_answers_is_said_too(tmp_path, monkeypatch):
    (tmp_path / "ray.py").write_text("import time\ninit = lambda **asked: time.sleep(600)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(ray_tasks, "START_S", 0.1)
    monkeypatch.setattr(ray_tasks, "STARTS", 2)
    with pytest.raises(ConfigError, match="Ray does not answer: it took longer than it may"):
        next(in_ray(taker("a"), work, lambda _: 60.0, address="", workers=1))


@pytest.mark.parametrize(
    ("address", "error", "said", "starts"),
    [
        ("head:6379", ConnectionError("nobody there"), "no Ray at head:6379: nobody there", 1),
        ("", Exception("the node timed out during startup"), "no Ray at this machine: the node timed out", 3),
    ],
    ids=["a cluster", "this machine, which is too busy: it is tried again"],
)
def test_a_ray_that_does_not_answer_is_said(spoken_here, monkeypatch, address, error, said, starts):
    def refuse(**asked):
        spoken_here.starts += 1
        raise error

    monkeypatch.setattr(spoken_here, "init", refuse)
    with pytest.raises(ConfigError, match=said):
        list(in_ray(taker("a"), work, lambda _: 60.0, address=address, workers=1))
    assert spoken_here.starts == HereChild.ends == starts


def test_a_ray_that_starts_at_the_second_try_is_as_good(spoken_here, monkeypatch):
    def slow(**asked):
        if not HereChild.ends:
            raise Exception("the node timed out during startup")

    monkeypatch.setattr(spoken_here, "init", slow)
    assert [one.task for one in in_ray(taker("ab"), work, lambda _: 60.0, address="", workers=1)] == ["a", "b"]
