"""What opens the dashboard, as it is kept in home/dashboard.json: passwords of people, tokens of programs.

Of a password there is what scrypt made of it, of a token its digest: neither can be read out of the file.
"""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from getpass import getpass
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from unusual.errors import ConfigError, OutputError
from unusual.files import write_private
from unusual.store.home import Home

SET_PASSWORD = "unusual serve --set-password"  # noqa: S105 - a command
SHORTEST = 10  # characters of a password
LONGEST = 1024
ADMINISTRATOR, USER_NAME = "admin", r"^[a-z0-9][a-z0-9_-]{0,29}$"
MOST_USERS, MOST_TOKENS = 50, 50
TOKEN = "unusual_"  # noqa: S105 - what tokens begin with, so that one that was left lying about is known for what it is

Scope = Literal["read", "act"]
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


class User(BaseModel):
    """Somebody who may look, and say what events are."""

    model_config = ConfigDict(frozen=True)
    name: Annotated[str, Field(pattern=USER_NAME)]
    password: Password


class Token(BaseModel):
    """What a program opens the door with. digest: SHA-256 of the token, which is random enough to need no salt."""

    model_config = ConfigDict(frozen=True)
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    name: Annotated[str, Field(min_length=1, max_length=40)]
    scope: Scope
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    made_utc: Annotated[float, Field(allow_inf_nan=False)]


class Lock(BaseModel):
    """home/dashboard.json. password: the administrator's. names: hosts under which a proxy shows this dashboard."""

    model_config = ConfigDict(frozen=True)
    format: Literal["unusual-dashboard-1"] = "unusual-dashboard-1"
    password: Password | None = None
    names: tuple[str, ...] = ()
    users: tuple[User, ...] = ()
    tokens: tuple[Token, ...] = ()

    def password_of(self, name: str) -> Password | None:
        """Of the administrator, or of a user."""
        if name == ADMINISTRATOR:
            return self.password
        return next((user.password for user in self.users if user.name == name), None)


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


def write_password(home: Home, words: str, user: str = ADMINISTRATOR) -> None:
    """Keep a new password of the administrator, or of a user, who is one from then on. Who was logged in is logged out.

    A file that cannot be used is replaced; it is kept beside the new one, as its names may be wanted.

    Raises:
        ConfigError: the password is shorter than SHORTEST or longer than LONGEST characters; there are too many users,
            or none may be called that.
        OutputError: the file cannot be written.
    """
    if not SHORTEST <= len(words) <= LONGEST:
        raise ConfigError(f"a password needs {SHORTEST} to {LONGEST} characters, got {len(words)}: choose another")
    if not re.fullmatch(USER_NAME, user):
        raise ConfigError(f"a user's name is 1 to 30 of a-z, 0-9, '-' and '_', got {user!r:.40}: choose another")
    password = Password.of(words)

    def changed(lock: Lock) -> Lock:
        if user == ADMINISTRATOR:
            return lock.model_copy(update={"password": password})
        others = [one for one in lock.users if one.name != user]
        if len(others) >= MOST_USERS:
            raise ConfigError(f"there are {MOST_USERS} users: remove one first")
        return lock.model_copy(update={"users": (*others, User(name=user, password=password))})

    change_lock(home, changed, mend=True)


def remove_user(home: Home, user: str) -> None:
    """Let a user in no more. Raises ConfigError where there is none of that name; OutputError."""

    def changed(lock: Lock) -> Lock:
        others = tuple(one for one in lock.users if one.name != user)
        if len(others) == len(lock.users):
            raise ConfigError(f"there is no user {user!r:.40}")
        return lock.model_copy(update={"users": others})

    change_lock(home, changed)


def make_token(home: Home, name: str, scope: Scope) -> tuple[str, Token]:
    """A new token, shown this once, and what is kept of it. Raises ConfigError for one too many; OutputError."""
    words = TOKEN + secrets.token_urlsafe(32)
    token = Token(
        id=secrets.token_hex(4), name=name, scope=scope, digest=sha256(words.encode()).hexdigest(), made_utc=time.time()
    )

    def changed(lock: Lock) -> Lock:
        if len(lock.tokens) >= MOST_TOKENS:
            raise ConfigError(f"there are {MOST_TOKENS} tokens: revoke one first")
        return lock.model_copy(update={"tokens": (*lock.tokens, token)})

    change_lock(home, changed)
    return words, token


def revoke_token(home: Home, token_id: str) -> None:
    """Let a token open nothing any more, at once. Raises ConfigError where there is none of that id; OutputError."""

    def changed(lock: Lock) -> Lock:
        others = tuple(one for one in lock.tokens if one.id != token_id)
        if len(others) == len(lock.tokens):
            raise ConfigError(f"there is no token {token_id!r:.40}")
        return lock.model_copy(update={"tokens": others})

    change_lock(home, changed)


def change_lock(home: Home, changed: Callable[[Lock], Lock], *, mend: bool = False) -> None:
    """Change home/dashboard.json, which only its owner may read; one after the other, whoever does.

    mend: a file that cannot be used is set aside. Raises as `changed`, OutputError, and ConfigError as `read_lock`.
    """
    with _alone(home):
        try:
            lock = read_lock(home)
        except ConfigError:
            if not mend:
                raise
            lock = Lock()
            with suppress(OSError):
                home.dashboard.replace(home.dashboard.with_name(f"{home.dashboard.name}.broken"))
        lock = changed(lock)
        write_private(home.dashboard, lock.model_dump_json(indent=2) + "\n")


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Two who change it at once would lose what one of them did."""
    try:
        home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(home.folder, os.O_RDONLY)
    except OSError as error:
        raise OutputError(f"cannot write {home.dashboard}: {error.strerror}") from error
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
