"""The parent's end of a decoding process: started, asked, listened to, killed."""

import fcntl
import os
import signal
import subprocess
import sys
from contextlib import suppress

from unusual.errors import VideoError
from unusual.video.decoder_messages import Message, MessageReader, Request

COMMAND = [sys.executable, "-P", "-m", "unusual.video.decoder_process"]  # -P: load nothing from the working folder
PIPE_BYTES = 1 << 20  # a full HD frame takes 6 turns instead of 95
LAST_WORDS_S = 1.0
# Where libraries are found and how they run. Other cameras' addresses and the key that signs alerts may stand in the
# environment too, and what decodes one camera's stream has no need of them.
PASSED_ON = (
    *("PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONUTF8", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LD_PRELOAD", "HOME"),
    *("TMPDIR", "LANG", "LC_ALL", "TZ", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
)


class Decoder:
    """A process that decodes. The source goes to it through a pipe: a password shows in no list of processes.

    A process group of its own keeps Ctrl-C from it: its parent decides.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a fixed list of words
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            process_group=0,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101 - for the type checker
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        with suppress(OSError, AttributeError):  # over the user's share, or no Linux: slower, but it works
            fcntl.fcntl(self._stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._reader = MessageReader(self._stdout.fileno())
        self.requests = 0

    def ask(self, request: Request) -> None:
        """Hand over the next request, when the one before has been answered."""
        self.requests += 1
        with suppress(BrokenPipeError):  # it is dead: `read` says so
            self._stdin.write(request.to_line())

    def read(self, timeout_s: float) -> Message | None:
        """Return the next message, None when there is none within `timeout_s`.

        Raises:
            VideoError: the process is dead, or writes nonsense: it crashed.
        """
        try:
            return self._reader.read(timeout_s)
        except EOFError:
            raise VideoError(self._end()) from None

    def _end(self) -> str:
        try:
            code = self._process.wait(LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            return "the decoder closed its pipe"
        return f"the decoder was ended by {signal.Signals(-code).name}" if code < 0 else "the decoder ended by itself"

    def kill(self) -> None:
        """End the process at once, whatever it is doing; may be called from another thread."""
        self._process.kill()

    def stop(self) -> None:
        """Kill the process and let go of all that belongs to it."""
        self.kill()
        self._stdin.close()
        self._stdout.close()
        with suppress(subprocess.TimeoutExpired):  # stuck in a driver: it goes when the driver lets it
            self._process.wait(LAST_WORDS_S)
