"""What takes long to make and is only looked at: made by the first of a run's processes that wants it, for all."""

import fcntl
import os
import tempfile
from functools import cache
from pathlib import Path

PLACE = "UNUSUAL_TESTS_PLACE"  # set by conftest.py: a folder of this run of the tests


@cache
def place():
    """The folder that all processes of this run share."""
    return Path(os.environ.get(PLACE) or tempfile.mkdtemp(prefix="unusual-tests-"))


def once(name, make):
    """The path `name` in that folder, which `make` was given, once; what failed is made again."""
    path, made = place() / name, place() / f".{name}.made"
    with (place() / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            make(path)
            made.touch()
    return path
