"""A process of its own: known by its lock whoever asks, ended when it is told, and what it said last is kept."""

import os
import signal
import time

import pytest

from unusual.app.setup.jobs import LONGEST_LOG, LOST, Job
from unusual.errors import ConfigError
from unusual.store.home import Home


@pytest.fixture
def job(tmp_path):
    """A dashboard, as a command that does not end by itself."""
    job = Job(Home(tmp_path / "home"), "looking")
    yield job
    job.end(10.0)


def until(holds, seconds=20.0):
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_it_lives_from_its_first_moment_for_all_who_ask_and_there_is_one(job):
    job.start("serve", "--port", "0")
    pid = job.pid
    assert pid and os.getsid(pid) == pid  # no terminal's end is its own
    assert Job(job.home, job.name).pid == pid
    with pytest.raises(ConfigError, match="goes on already"):
        job.start("serve", "--port", "0")
    job.end(10.0)
    assert job.pid is None and job.was_begun


def test_what_it_said_last_is_why_it_ended(job):
    assert job.last_words == "" and not job.was_begun
    job.start("learn", "nowhere.mp4", "--as", "gate")
    until(lambda: job.pid is None)
    assert "nowhere.mp4" in job.last_words and not job.last_words.startswith("unusual")
    job.forget()
    assert not job.was_begun and job.last_words == ""


def test_one_that_was_killed_is_lost(job):
    job.start("serve", "--port", "0")
    job.tell(signal.SIGKILL)
    until(lambda: job.pid is None)
    assert job.last_words == LOST


def test_its_log_stays_small(job):
    log = job.home.job(job.name).with_suffix(".log")
    log.parent.mkdir(parents=True)
    log.write_bytes(b"line\n" * (LONGEST_LOG // 4) + b"unusual: the last\n")
    assert job.last_words in (LOST, "the last")
    assert log.stat().st_size == 0


def test_signals_for_nobody_are_nothing(job):
    job.tell(signal.SIGTERM)
    job.end(0.0)
    assert job.pid is None
