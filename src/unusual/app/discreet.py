"""What is said to people, without the secrets of an address that they typed, whatever became of it on the way.

Where an address is meant, `Source.shown` is said. But a word of a command may be taken for a path, a name or a number,
and be said as such: so all that a command says passes here, once a secret is among its words.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO
from urllib.parse import unquote

from unusual.video.source import Source, hidden_in


class Discreet(io.TextIOBase):
    """A stream that says *** for each of these secrets."""

    def __init__(self, stream: TextIO, secrets: Iterable[str]) -> None:
        self._stream, self._secrets = stream, tuple(secrets)

    def write(self, text: str) -> int:
        """Say it."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return self._stream.write(text)

    def flush(self) -> None:
        """As of the stream."""
        self._stream.flush()

    def fileno(self) -> int:
        """As of the stream."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """As of the stream."""
        return self._stream.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """As of the stream; rich asks for it."""
        return self._stream.encoding


@contextmanager
def discreet(words: Iterable[str]) -> Iterator[None]:
    """Keep what is secret in these words of a command out of standard output and standard error."""
    found = {part for word in words for part in hidden_in(Source.of(word))}
    secrets = sorted(found | {unquote(part) for part in found}, key=len, reverse=True)
    if not secrets:
        yield
        return
    usual = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (Discreet(stream, secrets) for stream in usual)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = usual
