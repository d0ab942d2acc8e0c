"""Threads are counted by what this process may use: its mask, the container's quota, OMP_NUM_THREADS, its workers."""

import os
import threading

import cv2
import pytest

from unusual import processors
from unusual.processors import ahead, behind, quota, share_among, threads


@pytest.fixture
def groups(tmp_path):
    """A writer of control groups: files by their path, and the group that the process is in."""

    def write(own, **files):
        for name, text in files.items():
            file = tmp_path / "cgroup" / name.replace("__", "/").replace("cpu_max", "cpu.max")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (tmp_path / "own").write_text(own)
        return quota(tmp_path / "cgroup", tmp_path / "own")

    return write


def test_the_least_quota_of_a_group_and_those_above_it_counts(groups):
    assert groups("0::/a/b\n", cpu_max="max 100000", a__cpu_max="150000 100000", a__b__cpu_max="400000 100000") == 1.5


@pytest.mark.parametrize("text", ["max 100000", "", "nonsense", "5 0"])
def test_what_is_no_quota_sets_no_limit(groups, text):
    assert groups("0::/\n", cpu_max=text) == 0


def test_groups_of_the_old_kind_are_asked_for_their_processors_alone(groups, tmp_path):
    old = {"cpu__a__cpu.cfs_quota_us": "300000\n", "cpu__a__cpu.cfs_period_us": "100000\n"}
    assert groups("4:memory:/a\n1:cpu:/a\n0::/\n", **old) == 3
    assert groups("1:cpu:/a\n", **old | {"cpu__a__cpu.cfs_quota_us": "-1\n"}) == 0


def test_a_system_without_groups_sets_no_limit(tmp_path):
    assert quota(tmp_path, tmp_path / "none") == 0


@pytest.fixture
def machine(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(processors, "quota", lambda *_: 0.0)
    monkeypatch.setattr(processors, "_workers", 1)
    before = cv2.getNumThreads()
    yield monkeypatch
    cv2.setNumThreads(before)


def test_without_a_limit_all_processors_of_the_mask_are_used(machine):
    assert threads() == 8


def test_the_least_of_the_limits_holds(machine):
    machine.setattr(processors, "quota", lambda *_: 2.5)
    assert threads() == 3
    machine.setenv("OMP_NUM_THREADS", "2,1")
    assert threads() == 2
    machine.setenv("OMP_NUM_THREADS", "64")
    assert threads() == 3


@pytest.mark.parametrize(("workers", "each"), [(1, 8), (3, 2), (8, 1), (20, 1), (0, 8)])
def test_workers_share_them_and_each_has_one_at_least(machine, workers, each):
    share_among(workers)
    assert threads() == each == cv2.getNumThreads()


def counted(taken, last=9):
    for number in range(last + 1):
        taken.append(number)
        yield number


@pytest.mark.parametrize("cores", [1, 2])
def test_what_is_taken_ahead_comes_in_its_order_and_what_it_raises_comes_behind_it(monkeypatch, cores):
    monkeypatch.setattr(processors, "threads", lambda: cores)

    def broken():
        yield from counted([], 3)
        raise ValueError("broken")

    with ahead(counted([]), 3) as items:
        assert list(items) == [*range(10)]
    with ahead(broken(), 3) as items:
        assert [next(items) for _ in range(4)] == [0, 1, 2, 3]
        with pytest.raises(ValueError, match="broken"):
            next(items)


def test_no_more_is_taken_ahead_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(processors, "threads", lambda: 2)
    taken = []
    with ahead(counted(taken, last=10**9), 3) as items:
        assert [next(items) for _ in range(5)] == [0, 1, 2, 3, 4]
    assert 5 <= len(taken) <= 8


def test_where_there_is_one_processor_nothing_is_taken_before_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(processors, "threads", lambda: 1)
    taken = []
    with ahead(counted(taken), 3) as items:
        next(items)
        assert taken == [0]


@pytest.mark.parametrize("cores", [1, 2])
def test_work_that_is_done_behind_gives_all_in_order_and_raises_in_its_turn(monkeypatch, cores):
    monkeypatch.setattr(processors, "threads", lambda: cores)
    assert list(behind(lambda number: 2 * number, range(5))) == [0, 2, 4, 6, 8]
    divided = behind(lambda number: 12 // number, [3, 0, 4])
    assert next(divided) == 4
    with pytest.raises(ZeroDivisionError):
        next(divided)


def test_the_next_is_made_while_work_is_done_and_by_the_thread_that_asks(monkeypatch):
    monkeypatch.setattr(processors, "threads", lambda: 2)
    made, makers, made_second = [], set(), threading.Event()

    def items():
        for number in range(3):
            makers.add(threading.get_ident())
            made.append(number)
            if number == 1:
                made_second.set()
            yield number

    def work(number):
        assert number or made_second.wait(10)
        return number

    results = behind(work, items())
    assert next(results) == 0
    assert made == [0, 1]
    assert list(results) == [1, 2]
    assert makers == {threading.get_ident()}
