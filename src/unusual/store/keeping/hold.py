"""Who takes events along holds the home: nothing is deleted from it meanwhile, and whoever deletes is waited for."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from unusual.errors import OutputError
from unusual.store.home import Home


@contextmanager
def kept_whole(home: Home) -> Iterator[None]:
    """Hold a home: until the block ends, or its process does, nothing is deleted for its age or for room.

    Several may. Raises OutputError where the home cannot be written.
    """
    try:
        lock = os.open(home.holding, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise OutputError(f"cannot write {home.holding}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield
    except OSError as error:
        raise OutputError(f"cannot hold {home}: {error.strerror}") from error
    finally:
        os.close(lock)


@contextmanager
def may_delete(home: Home) -> Iterator[bool]:
    """Whether nobody holds a home; nobody can until the block ends. A disk that takes no lock is no reason to fill."""
    lock = -1
    try:
        with suppress(OSError):
            lock = os.open(home.holding, os.O_RDWR | os.O_CREAT, 0o600)
        yield lock < 0 or _taken(lock)
    finally:
        if lock >= 0:
            os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # no lock left in the kernel, or a file system without locks
        return True
    return True
