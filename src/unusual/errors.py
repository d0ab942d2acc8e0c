"""Every error a caller may want to catch.

UnusualError
├── VideoError       the file, folder or camera cannot be read as video
├── DataError        a data set or an array has the wrong layout, shape, type or order
├── ConfigError      a setting is unknown, out of range, or does not fit the others
├── CheckpointError  the checkpoint is missing, broken, or of another method
└── OutputError      a result cannot be written: no space, no permission
"""

import errno

NO_MEMORY = "not enough memory, or no more threads: end other programs, or lower training.batch or sizes of pictures"
_LACKING = ("out of memory", "allocate memory", "start new thread", "t allocate", "insufficient memory", "map segment")


class UnusualError(Exception):
    """Base class. The message is one line: what was wanted, what came, what to do. The CLI exits with 2."""


class VideoError(UnusualError):
    """The file, folder or camera cannot be read as video."""


class DataError(UnusualError):
    """A data set or an array has the wrong layout, shape, type or order."""


class ConfigError(UnusualError):
    """A setting is unknown, out of range, or does not fit the others."""


class CheckpointError(UnusualError):
    """The checkpoint is missing, broken, or belongs to another method."""


class OutputError(UnusualError):
    """A result cannot be written: no space left, no permission."""


def lacks_memory(error: BaseException | None) -> bool:
    """Whether there was no more memory to be had, of a processor or a GPU; libraries say so in words, or by a cause."""
    if error is None:
        return False
    lacking = isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
    return lacking or any(word in str(error).lower() for word in _LACKING) or lacks_memory(error.__cause__)
