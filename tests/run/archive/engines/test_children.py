"""Work in processes that hang, die and fail."""

import os
import signal
import time
import weakref

import pytest

from unusual.errors import ConfigError, OutputError, VideoError
from unusual.run.archive.engines.children import Child, in_children, one_thread


class Held:
    """What a task leaves, as a decoder that is held by what it holds."""


left = []


def work(task):
    if task == "hang":
        time.sleep(600)
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "bad":
        raise VideoError("a broken film")
    if task == "crash":
        raise ZeroDivisionError("nobody thought of this")
    if task == "full":
        raise OutputError("no space left")
    if task == "circle":
        circle = Held()
        circle.itself = circle
        left.append(weakref.ref(circle))
    if task == "left":
        return [one() is not None for one in left]
    if task == "threads":
        return os.environ["OMP_NUM_THREADS"]
    return f"{task} by {os.getpid()}"


def done_by(tasks, workers=1, lasts=True, limit_s=60.0):
    waiting = list(tasks)
    source = in_children(
        lambda: waiting.pop(0) if waiting else None,
        work,
        lambda task: 0.5 if task == "hang" else limit_s,
        workers=workers,
        lasts=lasts,
    )
    return {done.task: done for done in source}


@pytest.mark.parametrize("lasts", [True, False])
def test_each_failure_is_told_and_costs_nothing_but_its_task(lasts):
    done = done_by(["hang", "die", "bad", "crash", "good", "threads"], workers=2, lasts=lasts)
    assert {task: one.trouble for task, one in done.items()} == {
        "hang": "it took longer than it may",
        "die": "its process died (SIGKILL)",
        "bad": "a broken film",
        "crash": "ZeroDivisionError: nobody thought of this",
        "good": "",
        "threads": "",
    }
    assert [task for task, one in done.items() if one.died] == ["die"]
    assert done["threads"].value == "1"


def test_a_worker_that_lasts_keeps_nothing_of_a_task_but_what_it_answered():
    assert done_by(["circle", "left"])["left"].value == [False]


def test_a_worker_that_lasts_does_one_task_after_the_other():
    assert len({one.value.split()[-1] for one in done_by("abc").values()}) == 1
    assert len({one.value.split()[-1] for one in done_by("abc", lasts=False).values()}) == 3


def test_what_is_wrong_with_every_task_ends_the_work():
    with pytest.raises(OutputError, match="no space left"):
        done_by(["full", "good"])


def test_tasks_are_taken_as_they_can_be_done_and_no_sooner():
    taken = []

    def take():
        taken.append(len(taken))
        return taken[-1] if len(taken) <= 50 else None

    source = in_children(take, work, lambda _: 60.0, workers=2, lasts=True)
    for _ in range(3):
        next(source)
    assert len(taken) <= 5
    source.close()


def test_whoever_works_is_gone_when_the_work_is_left():
    child = Child(work, lasts=True)
    child.give("hang", 60.0)
    child.kill()
    assert not child.alive


def test_a_worker_that_nobody_asks_any_more_ends_by_itself_and_one_that_hangs_is_killed():
    ends = []
    for task, limit_s in (("a", 60.0), ("hang", 0.2)):
        child = Child(work, lasts=True)
        child.give(task, 60.0)
        child.end(limit_s)
        ends.append(child._process.exitcode)
    assert ends == [0, -signal.SIGKILL]


def test_threads_are_as_they_were_afterwards(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with one_thread():
        assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "7" and "MKL_NUM_THREADS" not in os.environ


def test_an_error_keeps_its_kind_on_the_way():
    with pytest.raises(ConfigError):
        list(in_children(iter_once("x"), refuse, lambda _: 60.0, workers=1, lasts=True))


def refuse(task):
    raise ConfigError("no such model")


def iter_once(*tasks):
    waiting = list(tasks)
    return lambda: waiting.pop() if waiting else None
