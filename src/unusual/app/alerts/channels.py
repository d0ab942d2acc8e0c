"""The ways an alert goes out: webhook, command, log line. (MQTT is in mqtt.py.)"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import ConfigDict, Field

from unusual.app.links import Links
from unusual.errors import ConfigError

Seconds = Annotated[float, Field(gt=0, le=60)]


@dataclass(frozen=True, slots=True)
class Alert:
    """What is sent. id: the same however often it is tried, so that a receiver can tell. payload: a JSON object."""

    id: str
    camera: str
    payload: str

    @property
    def body(self) -> bytes:
        """The payload and the id, as JSON."""
        return json.dumps({"id": self.id, **json.loads(self.payload)}).encode()

    def linked(self, links: Links | None, *, picture: bool, clip: bool) -> "Alert":
        """The same with links that open its picture and clip, see `Links`. Raises OutputError."""
        return self if links is None else replace(self, payload=links.into(self.payload, picture=picture, clip=clip))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an alert did not arrive, one line without secrets; final: it is of no use to try again."""

    why: str
    final: bool = False


class Channel(Protocol):
    """A way out. Used by one thread; close may come from another."""

    name: str

    def deliver(self, alert: Alert) -> Failure | None:
        """Send it and wait for the receiver's word, for a bounded time; None when it has arrived."""

    def meet(self) -> None:
        """Make itself known to the receiver, where that is its way: called again and again between alerts."""
        return

    def close(self) -> None:
        """Give up what is being sent; no more will be."""
        return


def read_secret(place: str) -> str:
    """Read a secret from "env:NAME", "file:PATH" or "credential:NAME", one that systemd hands over; without line's end.

    Raises ConfigError where there is none.
    """
    kind, _, where = place.partition(":")
    if kind == "env":
        value = os.environ.get(where, "")
    elif kind in ("file", "credential"):
        try:
            value = (Path(where) if kind == "file" else _credential(where)).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise ConfigError(f"cannot read the secret in {where}: {type(error).__name__}") from None
    else:
        raise ConfigError(
            "a secret is named by env:VARIABLE, file:PATH or credential:NAME, never written into settings"
        )
    if not value:
        raise ConfigError(f"there is no secret in {place}: set it, or leave the setting out")
    return value


def _credential(name: str) -> Path:
    """Where systemd's LoadCredential puts it. Raises ConfigError where there is none."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder or not name or Path(name).name != name:
        raise ConfigError(f"there is no credential {name!r:.60}: systemd hands them over, see unusual service install")
    return Path(folder) / name


# --- webhook


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """[alerts.webhook]. url, or url_from where the address holds a secret; secret_from: the key that signs.

    url_from and secret_from are "env:VARIABLE" or "file:PATH". timeout_s: for one try from beginning to end.
    picture, clip: whether links that open the event's go along.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    url: str = field(default="", repr=False)  # it may hold a password all the same
    url_from: str = ""
    secret_from: str = ""
    timeout_s: Seconds = 10.0
    picture: bool = False
    clip: bool = False


def signature(secret: str, sent: str, alert_id: str, body: bytes) -> str:
    """X-Unusual-Signature: HMAC-SHA256 of "X-Unusual-Time.X-Unusual-Id.body", as "sha256=" and hexadecimal digits.

    A receiver computes the same, compares in constant time, and refuses an old time.

    >>> signature("key", "1700000000", "abc", b"{}")[:19]
    'sha256=5b0ed6a1c8da'
    """
    signed = f"{sent}.{alert_id}.".encode() + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class WebhookChannel(Channel):
    """POSTs the JSON to an address. 2xx: delivered. 410: never again. All else is tried again.

    A redirect is not followed, so that neither alert nor signature goes where nobody sent it. Nothing of the address
    but its host appears in words: paths hold keys, too. Raises ConfigError for an address that cannot be one.
    """

    name = "webhook"

    def __init__(self, settings: WebhookSettings, links: Links | None = None) -> None:
        if bool(settings.url) == bool(settings.url_from):
            raise ConfigError("alerts.webhook needs either url or url_from")
        url = _address(read_secret(settings.url_from) if settings.url_from else settings.url)
        self._secret = read_secret(settings.secret_from) if settings.secret_from else ""
        self._tls = url.scheme == "https"
        self._host, self._port = url.hostname or "", url.port
        self._target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._headers = {"Content-Type": "application/json", "User-Agent": "unusual"}
        if url.username is not None:
            user = f"{unquote(url.username)}:{unquote(url.password or '')}"
            self._headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        self._settings, self._links = settings, links
        self._connection: http.client.HTTPConnection | None = None

    def deliver(self, alert: Alert) -> Failure | None:
        """See Channel."""
        alert = alert.linked(self._links, picture=self._settings.picture, clip=self._settings.clip)
        connection = self._connection = self._open()
        limit = threading.Timer(self._settings.timeout_s, _cut, [connection])  # a drop a second would hold us for ever
        limit.start()
        try:
            connection.request("POST", self._target, alert.body, self._headers_of(alert))
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return Failure(f"webhook at {self._host}: no answer ({type(error).__name__})")
        finally:
            limit.cancel()
            connection.close()
            limit.join()
        if 200 <= status < 300:
            return None
        return Failure(f"webhook at {self._host}: answered {status}", final=status == http.client.GONE)

    def close(self) -> None:
        """See Channel."""
        if self._connection is not None:
            _cut(self._connection)

    def _open(self) -> http.client.HTTPConnection:
        timeout_s = self._settings.timeout_s
        if self._tls:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, self._port, timeout=timeout_s, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)

    def _headers_of(self, alert: Alert) -> dict[str, str]:
        sent = str(int(time.time()))
        headers = self._headers | {"X-Unusual-Id": alert.id, "X-Unusual-Time": sent}
        if self._secret:
            headers["X-Unusual-Signature"] = signature(self._secret, sent, alert.id, alert.body)
        return headers


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigError("alerts.webhook: an address is plain ASCII, begins with https:// or http://, names a host")
    return parts


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a connection under the hands of the thread that waits for it."""
    sock: socket.socket | None = connection.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


# --- command


@dataclass(frozen=True, slots=True)
class CommandSettings:
    """[alerts.command]. argv: the program and its arguments, as they are: there is no shell.

    picture, clip: whether links that open the event's go along.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    argv: Annotated[tuple[str, ...], Field(min_length=1)]
    timeout_s: Seconds = 10.0
    picture: bool = False
    clip: bool = False


class CommandChannel(Channel):
    """Runs a program with the JSON on its standard input. Exit code 0: delivered. Too slow: ended with its children."""

    name = "command"

    def __init__(self, settings: CommandSettings, links: Links | None = None) -> None:
        self._settings, self._links = settings, links
        self._running: subprocess.Popen[bytes] | None = None
        self._closed = False

    def deliver(self, alert: Alert) -> Failure | None:
        """See Channel."""
        argv, timeout_s = self._settings.argv, self._settings.timeout_s
        alert = alert.linked(self._links, picture=self._settings.picture, clip=self._settings.clip)
        program = Path(argv[0]).name
        quiet = subprocess.DEVNULL
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own program, from the user's own settings
                argv, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
            )
        except OSError as error:
            return Failure(f"command {program}: {error.strerror}")
        self._running = process
        if self._closed:  # between the program's start and its note
            _end_group(process)
        try:
            process.communicate(alert.body, timeout_s)
        except subprocess.TimeoutExpired:
            return Failure(f"command {program}: not done after {timeout_s:g} s")
        except ValueError:  # `close` ended it before it was given anything
            process.wait()
        finally:
            self._running = None
            if process.returncode is None:
                _end_group(process)
        return None if process.returncode == 0 else Failure(f"command {program}: ended with {process.returncode}")

    def close(self) -> None:
        """See Channel."""
        self._closed = True
        if (process := self._running) is not None:
            _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:  # else its number may be another's by now
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


# --- log


class LogChannel(Channel):
    """Prints one line."""

    name = "log"

    def deliver(self, alert: Alert) -> Failure | None:
        """See Channel."""
        told = json.loads(alert.payload)
        line = f"ALERT {told.get('started', '')} {told.get('words', '')} {told.get('link', '')}".rstrip()
        try:
            print("".join(c if c.isprintable() else "?" for c in line), flush=True)
        except OSError as error:
            return Failure(f"log: {error.strerror}")
        return None
