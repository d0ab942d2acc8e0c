"""Every error a caller may want to catch.

UnusualError
├── VideoError       the file, folder or camera cannot be read as video
├── DataError        a data set or an array has the wrong layout, shape, type or order
├── ConfigError      a setting is unknown, out of range, or does not fit the others
├── CheckpointError  the checkpoint is missing, broken, or of another method
└── OutputError      a result cannot be written: no space, no permission
"""


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
