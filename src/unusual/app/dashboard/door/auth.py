"""Who may look: passwords and tokens, sessions that the server keeps, and a limit on guessing."""

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from unusual.app.dashboard.door.keys import ADMINISTRATOR, LONGEST, Lock, Password, read_lock
from unusual.app.dashboard.door.rights import Right, Visitor
from unusual.store.home import Home

IDLE_S, LIFE_S = 12 * 3600.0, 7 * 86400.0  # a session ends after this long without a request, and after this long
MOST_SESSIONS = 500
MARKED = "mark "  # before the number of a browser's mark, where an address may stand
TRIES_OF_ONE = ((5, 60.0), (20, 3600.0))  # at most so many log-ins within so many seconds, from one address
TRIES_OF_ALL = ((30, 60.0), (200, 3600.0))  # and from all addresses together that nobody ever logged in from
MOST_WRONG = 5000  # tokens that are remembered
MOST_ADDRESSES = 500  # that somebody logged in from


@dataclass(slots=True)
class _Session:
    user: str
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
    _wrong: deque[tuple[float, str]] = field(default_factory=deque)  # tokens that are none, as _tries
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

    def enter(
        self, words: str, address: str, mark: str = "", now: float | None = None, user: str = ADMINISTRATOR
    ) -> str | None:
        """Open a session: its id, 43 characters; None for a wrong name or password. Ask `wait_s` first."""
        now = time.monotonic() if now is None else now
        lock = self.lock()
        password = lock.password_of(user)
        with self._hashing:
            if lock.password is None or not (password or lock.password).fits(words[: LONGEST + 1]) or password is None:
                return None  # a name that nobody has takes as long as a wrong password
        name = secrets.token_urlsafe(32)
        place = self._place(address, mark)
        with self._guard:
            self._tries = deque(one for one in self._tries if one[1] != place)
            self._entered.pop(_network(address), None)
            self._entered[_network(address)] = None
            while len(self._entered) > MOST_ADDRESSES:
                del self._entered[next(iter(self._entered))]
            self._sessions[_hashed(name)] = _Session(user, password, now, now)
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

    def knows(self, name: str, now: float | None = None) -> Visitor | None:
        """Whose session this is the id of; None where it does not go on."""
        now = time.monotonic() if now is None else now
        lock = self.lock()
        with self._guard:
            session = self._sessions.get(_hashed(name))
            if session is None:
                return None
            ended = now - session.last > IDLE_S or now - session.begun > LIFE_S
            if ended or lock.password is None or session.password != lock.password_of(session.user):
                del self._sessions[_hashed(name)]
                return None
            session.last = now
            return Visitor(session.user, Right.ADMINISTER if session.user == ADMINISTRATOR else Right.REVIEW)

    def admits(self, token: str) -> Visitor | None:
        """Whose token this is; None where it is none, or no longer."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
        found = [one for one in self.lock().tokens if hmac.compare_digest(one.digest, digest)]
        return Visitor(found[0].name, Right.ACT if found[0].scope == "act" else Right.READ) if found else None

    def wrong_token_wait_s(self, address: str, now: float | None = None) -> float:
        """Take note of a token that is none; how many seconds to wait before another one is looked at, 0 for none."""
        now = time.monotonic() if now is None else now
        place = _network(address)
        with self._guard:
            while self._wrong and self._wrong[0][0] <= now - 3600:
                self._wrong.popleft()
            wait_s = _wait([when for when, where in self._wrong if where == place], TRIES_OF_ONE, now)
            if not wait_s and len(self._wrong) < MOST_WRONG:
                self._wrong.append((now, place))
            return wait_s

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
