"""RTSP's redirects, which FFmpeg follows wherever they lead and knows no option against.

It says in its log that it will, in the same thread, just before it does. Whoever has no descriptor left makes no
connection.
"""

import logging
import re
import resource
from threading import Lock, get_ident

import av

from unusual.video.address.hosts import Hosts, shown_place

SAYS = re.compile(r"Status \d+: Redirecting to (.*)", re.DOTALL)
_guard, _listening = Lock(), list["Redirects"]()


class Redirects(logging.Handler):
    """A context in which RTSP addresses are opened; gives the errors in FFmpeg's log as `av.logging.Capture` does.

    refused: where it would have led, if that is not allowed, in words; else "".
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._hosts, self._thread, self.refused = Hosts.of(address), get_ident(), ""
        self.logs: list[tuple[int, str, str]] = []
        self._limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def emit(self, record: logging.LogRecord) -> None:
        """Hear a line of the log."""
        if record.thread != self._thread:
            return
        words = record.getMessage().strip()
        if record.levelno >= logging.ERROR:
            self.logs.append((av.logging.ERROR, record.name, words))
        elif (found := SAYS.match(words)) and not self._hosts.allow(found[1]):
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, self._limits[1]))
            self.refused = f"it redirects to another host, {shown_place(found[1])}"

    def __enter__(self) -> list[tuple[int, str, str]]:
        with _guard:
            _listening.append(self)
            logger = logging.getLogger("libav")
            logger.addHandler(self)
            logger.setLevel(logging.INFO)
            av.logging.set_level(av.logging.INFO)
        return self.logs

    def __exit__(self, *_: object) -> None:
        with _guard:
            _listening.remove(self)
            if self.refused:
                resource.setrlimit(resource.RLIMIT_NOFILE, self._limits)
            logging.getLogger("libav").removeHandler(self)
            if not _listening:
                logging.getLogger("libav").setLevel(logging.WARNING)
                av.logging.set_level(av.logging.ERROR)
