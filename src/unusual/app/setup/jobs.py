"""Work that the dashboard has others do: a process of its own, which outlives the page that asked, and the dashboard.

Whether it lives tells a lock that it was born with and the system takes back: nobody can forget to. How it ended tells
the last line that it said. Nothing of what a person typed is among its words.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unusual.errors import ConfigError, OutputError
from unusual.store.home import Home

LONGEST_LOG, LAST = 1 << 20, 4096  # bytes that are kept, and of which the end is read
SAID = "unusual: "  # what the line begins with that a command ends with
LOST = "it was ended from outside: the machine was switched off, or had no memory left"
_looking = threading.Lock()  # who looks whether one lives holds its lock for a moment


@dataclass(frozen=True, slots=True)
class Job:
    """A command of `unusual` for a home. name: what it is about; there is one at a time."""

    home: Home
    name: str

    def start(self, *command: str) -> None:
        """Begin. Raises ConfigError where it goes on already, OutputError where it cannot be begun."""
        place = self.home.job(self.name)
        words = [sys.executable, "-P", "-m", "unusual", *command, "--home", str(self.home.folder.absolute())]
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _looking, place.open("a+") as lock, self._log.open("wb"), self._log.open("ab") as log:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                quiet, held = subprocess.DEVNULL, lock.fileno()
                process = subprocess.Popen(  # noqa: S603 - our own command
                    words, stdin=quiet, stdout=quiet, stderr=log, start_new_session=True, pass_fds=[held]
                )
                lock.truncate(0)
                lock.write(str(process.pid))
        except BlockingIOError as error:
            raise ConfigError("this goes on already") from error
        except OSError as error:
            raise OutputError(f"cannot begin: {error.strerror or error}") from error
        threading.Thread(target=process.wait, name=f"end of {self.name}", daemon=True).start()

    @property
    def pid(self) -> int | None:
        """Its process; None where it does not live."""
        with suppress(OSError), _looking, self.home.job(self.name).open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0) or None
        return None

    @property
    def was_begun(self) -> bool:
        """Whether it was, and nobody has said `forget` since."""
        return self.home.job(self.name).exists()

    @property
    def last_words(self) -> str:
        """Why it ended before its time, as far as is known; "" where it was never begun."""
        try:
            if (size := self._log.stat().st_size) > LONGEST_LOG:
                os.truncate(self._log, 0)  # it goes on at the new end
            with self._log.open("rb") as log:
                log.seek(max(0, size - LAST))
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return last.removeprefix(SAID) if last.startswith(SAID) else LOST

    def tell(self, kind: signal.Signals) -> None:
        """Send it a signal, SIGKILL to its children as well; nothing where it does not live."""
        if (pid := self.pid) is not None:
            with suppress(OSError):
                (os.killpg if kind is signal.SIGKILL else os.kill)(pid, kind)

    def end(self, within_s: float) -> None:
        """End it, and wait for that; by force where it takes longer."""
        self.tell(signal.SIGTERM)
        until = time.monotonic() + within_s
        while self.pid is not None:
            if time.monotonic() > until:
                self.tell(signal.SIGKILL)
            time.sleep(0.05)

    def forget(self) -> None:
        """That it was ever begun."""
        for file in (self.home.job(self.name), self._log):
            file.unlink(missing_ok=True)

    @property
    def _log(self) -> Path:
        return self.home.job(self.name).with_suffix(".log")
