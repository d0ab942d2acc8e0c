"""Who may look: one password, sessions that the server keeps, and a limit on guessing."""

import hashlib
import hmac
import os
import secrets
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from getpass import getpass
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from unusual.errors import ConfigError
from unusual.files import whole_file
from unusual.store.home import Home

SET_PASSWORD = "unusual serve --set-password"  # noqa: S105 - a command
SHORTEST = 10  # characters of a password
LONGEST = 1024
IDLE_S, LIFE_S = 12 * 3600.0, 7 * 86400.0  # a session ends after this long without a request, and after this long
MOST_SESSIONS = 500
MARKED = "mark "  # before the number of a browser's mark, where an address may stand
TRIES_OF_ONE = ((5, 60.0), (20, 3600.0))  # at most so many log-ins within so many seconds, from one address
TRIES_OF_ALL = ((30, 60.0), (200, 3600.0))  # and from all addresses together that nobody ever logged in from
MOST_ADDRESSES = 500  # that somebody logged in from

Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{32,128}$")]


class Password(BaseModel):
    """A password as it is kept: what scrypt (RFC 7914) made of it, and with what. Never the password."""

    model_config = ConfigDict(frozen=True)
    salt: Hex
    key: Hex
    n: int = Field(ge=2**14, le=2**20)  # with r = 8, n = 2**15 takes 32 MiB
    p: int = Field(ge=1, le=8)
    r: int = Field(default=8, ge=8, le=16)

    @classmethod
    def of(cls, words: str, n: int = 2**15, p: int = 3) -> "Password":
        """Keep these words, with a salt of their own. n, p: what a guess costs, as RFC 7914 calls it."""
        empty = cls(salt=secrets.token_hex(16), key="0" * 64, n=n, p=p)
        return empty.model_copy(update={"key": empty._derive(words).hex()})

    def fits(self, words: str) -> bool:
        """Whether these are the words; takes the same time for any words."""
        return hmac.compare_digest(bytes.fromhex(self.key), self._derive(words))

    def _derive(self, words: str) -> bytes:
        room = 2 * 128 * self.n * self.r
        return hashlib.scrypt(
            words.encode("utf-8", "replace"), salt=bytes.fromhex(self.salt), n=self.n, r=self.r, p=self.p, maxmem=room
        )


class Lock(BaseModel):
    """home/dashboard.json. names: hosts under which a proxy shows this dashboard, besides localhost."""

    model_config = ConfigDict(frozen=True)
    format: Literal["unusual-dashboard-1"] = "unusual-dashboard-1"
    password: Password | None = None
    names: tuple[str, ...] = ()


def read_lock(home: Home) -> Lock:
    """Read home/dashboard.json; without one there is no password. Raises ConfigError for a file that is not ours."""
    try:
        return Lock.model_validate_json(home.dashboard.read_bytes())
    except FileNotFoundError:
        return Lock()
    except (OSError, ValidationError) as error:
        raise ConfigError(f"cannot use {home.dashboard}: set the password again with {SET_PASSWORD}") from error


def asked_password() -> str:
    """A new password: $UNUSUAL_PASSWORD, else asked for at the terminal twice, else the first line of the input.

    It is never a word of the command, which every user of the machine could read. Raises ConfigError for a slip.
    """
    if given := os.environ.get("UNUSUAL_PASSWORD"):
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    words = getpass(f"a new password, at least {SHORTEST} characters: ")
    if getpass("the same again: ") != words:
        raise ConfigError("the two were not the same: try again; the password was not changed")
    return words


def write_password(home: Home, words: str) -> None:
    """Keep a new password in home/dashboard.json, which only its owner may read. Whoever is logged in is logged out.

    A file that cannot be used is replaced; it is kept beside the new one, as its names may be wanted.

    Raises:
        ConfigError: the password is shorter than SHORTEST or longer than LONGEST characters.
        OutputError: the file cannot be written.
    """
    if not SHORTEST <= len(words) <= LONGEST:
        raise ConfigError(f"a password needs {SHORTEST} to {LONGEST} characters, got {len(words)}: choose another")
    try:
        lock = read_lock(home)
    except ConfigError:
        lock = Lock()
        with suppress(OSError):
            home.dashboard.replace(home.dashboard.with_name(f"{home.dashboard.name}.broken"))
    lock = lock.model_copy(update={"password": Password.of(words)})
    with whole_file(home.dashboard) as part:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(lock.model_dump_json(indent=2) + "\n")


@dataclass(slots=True)
class _Session:
    password: Password  # with which it was opened: another one ends it
    begun: float
    last: float


@dataclass(slots=True)
class Door:
    """Lets people in. One for a process; any thread may ask. now: seconds of a clock that never goes back.

    Others' wrong guesses must not keep the owner out. So a browser that has logged in once holds a mark (OWASP calls it
    a device cookie), which opens nothing, but its tries are counted by themselves.
    """

    home: Home
    _sessions: dict[bytes, _Session] = field(default_factory=dict)  # by the hash of their id
    _tries: deque[tuple[float, str]] = field(default_factory=deque)  # when and from where, of the last hour
    _entered: dict[str, None] = field(default_factory=dict)  # addresses that somebody logged in from, the latest last
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _hashing: threading.Lock = field(default_factory=threading.Lock)  # one at a time: scrypt takes 32 MiB
    _read: tuple[int, Lock] | None = None

    def lock(self) -> Lock:
        """What home/dashboard.json says now, read again only when it has changed. Raises ConfigError."""
        try:
            changed = self.home.dashboard.stat().st_mtime_ns
        except OSError:
            changed = -1
        if self._read is None or self._read[0] != changed:
            self._read = changed, read_lock(self.home)
        return self._read[1]

    def wait_s(self, address: str, mark: str = "", now: float | None = None) -> float:
        """Take note of a log-in from an address, by a browser that holds `mark`.

        Returns 0 where it may try, else how many seconds it must wait.
        """
        now = time.monotonic() if now is None else now
        place = self._place(address, mark)
        with self._guard:
            while self._tries and self._tries[0][0] <= now - 3600:
                self._tries.popleft()
            ours = [when for when, where in self._tries if where == place]
            strange = [when for when, where in self._tries if not self._is_known(where)]
            wait_s = _wait(ours, TRIES_OF_ONE, now)
            if not self._is_known(place):
                wait_s = max(wait_s, _wait(strange, TRIES_OF_ALL, now))
            if not wait_s:
                self._tries.append((now, place))
            return wait_s

    def enter(self, words: str, address: str, mark: str = "", now: float | None = None) -> str | None:
        """Open a session: its id, 43 characters; None for a wrong password. Ask `wait_s` first."""
        now = time.monotonic() if now is None else now
        password = self.lock().password
        with self._hashing:
            if password is None or not password.fits(words[: LONGEST + 1]):
                return None
        name = secrets.token_urlsafe(32)
        place = self._place(address, mark)
        with self._guard:
            self._tries = deque(one for one in self._tries if one[1] != place)
            self._entered.pop(_network(address), None)
            self._entered[_network(address)] = None
            while len(self._entered) > MOST_ADDRESSES:
                del self._entered[next(iter(self._entered))]
            self._sessions[_hashed(name)] = _Session(password, now, now)
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.pop(min(self._sessions, key=lambda one: self._sessions[one].last))
        return name

    def mark(self) -> str:
        """What a browser that has logged in may hold for later: "" without a password. Another password ends it."""
        number = secrets.token_hex(16)
        return f"{number}.{self._signed(number)}" if self.lock().password else ""

    def _place(self, address: str, mark: str) -> str:
        """Whose tries are counted together: one browser's that was here before, else an address's."""
        number, _, signature = mark.partition(".")
        ours = self.lock().password is not None and hmac.compare_digest(
            signature.encode("utf-8", "replace"), self._signed(number).encode()
        )
        return MARKED + number if ours else _network(address)

    def _signed(self, number: str) -> str:
        password = self.lock().password
        key = b"" if password is None else bytes.fromhex(password.key)
        return hmac.new(key, number.encode("utf-8", "replace"), "sha256").hexdigest()

    def _is_known(self, place: str) -> bool:
        return place.startswith(MARKED) or place in self._entered

    def knows(self, name: str, now: float | None = None) -> bool:
        """Whether this is the id of a session that goes on."""
        now = time.monotonic() if now is None else now
        password = self.lock().password
        with self._guard:
            session = self._sessions.get(_hashed(name))
            if session is None:
                return False
            ended = now - session.last > IDLE_S or now - session.begun > LIFE_S
            if ended or session.password != password:
                del self._sessions[_hashed(name)]
                return False
            session.last = now
            return True

    def leave(self, name: str) -> None:
        """End a session."""
        with self._guard:
            self._sessions.pop(_hashed(name), None)


def _hashed(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "replace")).digest()


def _wait(times: list[float], limits: tuple[tuple[int, float], ...], now: float) -> float:
    """How long until one more does not break a limit. times: rising."""
    waits = [times[-most] + within - now for most, within in limits if len(times) >= most]
    return max([0.0, *waits])


def _network(address: str) -> str:
    """Who counts as one: an IPv4 address, or the 64-bit network that a single household has in IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped) if parsed.ipv4_mapped else parsed.exploded[:19]
    return str(parsed)
