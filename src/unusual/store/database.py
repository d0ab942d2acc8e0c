"""The database file, home/events.db: its tables, its connections, its errors.

SQLite's write-ahead log lets one process watch while another serves. synchronous=FULL puts every transaction on the
disk before it is acknowledged: neither kill -9 nor a power cut takes back what a caller was told is stored.

A file that vanishes while it is used, or is damaged while it is written, is told as an OutputError to whoever comes
next; a new one has been begun by then, and a damaged one is kept beside it. So is everybody else who writes, once: it
may have been a page of the dashboard that came next, and the watching is to say it too. A file that is damaged when it
is opened, or is only read, is left to a person.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from weakref import WeakSet

from unusual.errors import DataError, OutputError, UnusualError
from unusual.store.home import Home

APPLICATION = 0x756E7573  # "unus", so that `file` and we know the database by itself
WAIT_S = 10.0  # for another process to end its transaction
STEPS = (  # step n takes a database of version n to version n + 1; PRAGMA user_version counts the steps taken
    (
        """CREATE TABLE events (
            id TEXT PRIMARY KEY, camera TEXT NOT NULL, start_utc REAL NOT NULL, end_utc REAL, seen_utc REAL NOT NULL,
            peak_utc REAL NOT NULL, score REAL NOT NULL, per_day REAL NOT NULL, box TEXT, why TEXT NOT NULL,
            alarm INTEGER NOT NULL, reviewed INTEGER NOT NULL, verdict TEXT, note TEXT NOT NULL, media TEXT NOT NULL,
            model TEXT NOT NULL, CHECK (end_utc >= start_utc)
        ) WITHOUT ROWID""",
        "CREATE INDEX events_by_time ON events (start_utc, id)",
        "CREATE INDEX events_by_camera ON events (camera, start_utc, id)",
        "CREATE INDEX events_going_on ON events (camera) WHERE end_utc IS NULL",
        "CREATE TABLE settings (camera TEXT, key TEXT, value REAL NOT NULL, PRIMARY KEY (camera, key)) WITHOUT ROWID",
        """CREATE TABLE health (
            number INTEGER PRIMARY KEY, camera TEXT NOT NULL, utc REAL NOT NULL,
            state TEXT NOT NULL, words TEXT NOT NULL
        )""",
        "CREATE INDEX health_by_time ON health (utc)",
        """CREATE TABLE outbox (
            id TEXT PRIMARY KEY, event TEXT NOT NULL, camera TEXT NOT NULL, channel TEXT NOT NULL,
            payload TEXT NOT NULL, put_utc REAL NOT NULL, next_utc REAL NOT NULL, tries INTEGER NOT NULL,
            state TEXT NOT NULL, why TEXT NOT NULL, UNIQUE (event, channel)
        ) WITHOUT ROWID""",
        "CREATE INDEX outbox_waiting ON outbox (next_utc) WHERE state = 'waiting'",
    ),
    (  # what watching is begun with was kept among what people set, under given_...
        "CREATE TABLE begun (camera TEXT, key TEXT, value REAL, PRIMARY KEY (camera, key)) WITHOUT ROWID",
        "INSERT INTO begun SELECT camera, substr(key, 7), nullif(value, 0) FROM settings WHERE key GLOB 'given_*'",
        "DELETE FROM settings WHERE key GLOB 'given_*'",
    ),
    (  # a hundred thousand events are looked through in these, without their words
        "CREATE INDEX events_by_verdict ON events (verdict, start_utc, id) WHERE verdict IS NOT NULL",
        "CREATE INDEX events_by_score ON events (camera, start_utc, score, model)",
        "CREATE INDEX events_looked_at ON events (start_utc, id, reviewed, alarm, score, camera)",
        "DROP INDEX events_by_time",
    ),
    (  # zones: where an event was, and whether it counts by those that were drawn since
        "ALTER TABLE events ADD COLUMN zone TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE events ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0",
        "DROP INDEX events_by_score",
        "CREATE INDEX events_by_score ON events (camera, start_utc, score, model, ignored)",
        "DROP INDEX events_looked_at",
        "CREATE INDEX events_looked_at ON events (start_utc, id, reviewed, alarm, ignored, score, camera)",
    ),
    (  # who said what an event is, and when
        "ALTER TABLE events ADD COLUMN reviewed_by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE events ADD COLUMN reviewed_utc REAL",
    ),
)

_UNWRITTEN = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_IOERR: "the disk is full or failing: look at its free space and health",
    sqlite3.SQLITE_READONLY: "no permission, or a read-only disk: make it writable or choose another home",
    sqlite3.SQLITE_CANTOPEN: "no permission, or the folder is gone: make it writable or choose another home",
    sqlite3.SQLITE_PERM: "no permission: make it writable or choose another home",
    sqlite3.SQLITE_BUSY: f"another process has been writing for {WAIT_S:g} s: end it, or try again",
    sqlite3.SQLITE_LOCKED: "another process is writing: try again",
}
_BROKEN = "the file is damaged or of another program: move it away, and a new one is made"
_BESIDE = ("", "-wal", "-shm")  # what SQLite keeps of one database


class Database:
    """One database file, used from any number of threads and processes: each thread has a connection of its own.

    A process that was forked must open its own; ours are always started afresh. Every method raises OutputError
    where the disk is full, not writable, or held for too long, and DataError where the file is damaged.
    """

    def __init__(self, home: Home) -> None:
        self.home, self.path = home, home.database
        self._mine = threading.local()  # a thread's connection, and the file that it has open
        self._all: WeakSet[_Connection] = WeakSet()
        self._written = False  # it was sound once, and it is ours to mend
        self._known: tuple[int, int] | None = None  # the file that our caller knows of

    @classmethod
    def open(cls, home: Home) -> "Database":
        """Open home/events.db, made with its folder when absent, brought to this version's tables when older.

        Raises:
            DataError: the file is damaged, another program's, or of a newer version.
            OutputError: it cannot be made or written.
        """
        try:
            home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what is in it shows people
        except OSError as error:
            raise OutputError(f"cannot make the folder {home}: {error.strerror}; choose another home") from error
        database = cls(home)
        try:
            database._prepare()
        except BaseException:
            database.close()
            raise
        return database

    def read(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._told():
            return self._connection().execute(sql, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on the disk when the block has ended well, else it never was."""
        with self._told():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")  # waits for other writers now, so that it never has to start again
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled back already
                    connection.execute("ROLLBACK")
                raise
        self._written = True

    def integrity(self) -> str:
        """SQLite's own word on the file: "ok", or the first of what is wrong with it."""
        try:
            return str(self.read("PRAGMA integrity_check(1)")[0][0])
        except DataError as error:
            return str(error)

    def copy_to(self, file: Path) -> None:
        """Write a copy as of one moment, whoever writes meanwhile. Raises OutputError where it cannot be written."""
        with self._told(), closing(sqlite3.connect(file)) as copy:
            self._connection().backup(copy, pages=1000, sleep=0.01)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself

    def close(self) -> None:
        """Close the connections of all threads; none may be using one."""
        for connection in list(self._all):
            connection.close()
        self._mine = threading.local()

    def _connection(self) -> "_Connection":
        connection: _Connection | None = getattr(self._mine, "connection", None)
        if connection is not None and self._mine.file != _file_at(self.path):
            self._let_go()
            if _file_at(self.path) is None:
                raise OutputError(f"{self.path} has vanished, with all that was in it; {self._begin_anew()}")
            self._prepare()  # another thread or process has begun it anew, or a person has brought one back
            connection, known = getattr(self._mine, "connection", None), self._known
            self._known = self._mine.file
            if self._written and known != self._known:
                raise OutputError(f"{self.path} was lost or damaged, or exchanged: another one is in its place")
        return connection or self._connect()

    def _connect(self) -> "_Connection":
        connection = sqlite3.connect(
            self.path, WAIT_S, isolation_level=None, check_same_thread=False, factory=_Connection
        )
        self._all.add(connection)
        self._mine.file = _file_at(self.path)
        self._known = self._known or self._mine.file
        connection.row_factory = sqlite3.Row
        connection.text_factory = _text
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        self._mine.connection = connection
        return connection

    def _let_go(self) -> None:
        connection: _Connection | None = getattr(self._mine, "connection", None)
        self._mine.connection = None
        if connection is not None:
            connection.close()

    def _begin_anew(self) -> str:
        """Make a new database, the damaged one kept beside it; returns what was done, in words. Raises as `open`."""
        self._let_go()
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept = _set_aside(self.path, self._mine.file)
        except OSError as error:
            raise OutputError(f"cannot begin {self.path} anew: {error.strerror}") from error
        self._prepare()
        self._known = self._mine.file
        return "a new one was begun" + (f", and the old one is kept as {kept} for repair" if kept else "")

    def _prepare(self) -> None:
        with self._told():
            connection = self._connection()
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            owner = connection.execute("PRAGMA application_id").fetchone()[0]
            tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if tables and owner != APPLICATION:
            raise DataError(f"{self.path}: {_BROKEN}")
        if version > len(STEPS):
            raise DataError(
                f"{self.path} is of a newer version of unusual (tables {version}, this one knows {len(STEPS)}): "
                "install the newer one, or choose another home"
            )
        if version < len(STEPS):
            self._take_steps()

    def _take_steps(self) -> None:
        with self._told():
            self._connection().execute("PRAGMA journal_mode = WAL")
        with self.write() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]  # again: another process may be first
            for step in STEPS[version:]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {len(STEPS)}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OverflowError) as error:
            if self._written and _is_damage(error):
                self._written = False  # a new one that is damaged at once is no help
                raise OutputError(f"{self.path} is damaged; {self._begin_anew()}") from error
            raise _in_words(self.path, error) from error


class _Connection(sqlite3.Connection):
    """Closes itself with its thread."""

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # it was never opened
            self.close()


def _text(raw: bytes) -> str:
    """What is no text costs its own row alone."""
    return raw.decode("utf-8", "replace")


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _set_aside(path: Path, file: tuple[int, int] | None) -> str:
    """Give the database that we had open another name, if no other process has done so yet: that name, or ""."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        there = _file_at(path)
        if there is None:  # what it has left would be taken for the new one's
            for end in _BESIDE:
                path.with_name(path.name + end).unlink(missing_ok=True)
        if there is None or there != file:
            return ""
        kept = f"{path.name}.damaged-{time.time():.0f}"
        for end in _BESIDE:
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).replace(path.with_name(kept + end))
        return kept
    finally:
        os.close(folder)


def _is_damage(error: Exception) -> bool:
    """Whether the file is not, or no longer, what it should be; emptied, it has no table."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or str(error).startswith("no such table")


def _in_words(path: Path, error: Exception) -> UnusualError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest of the number are details
    if code in _UNWRITTEN:
        return OutputError(f"cannot write {path}: {_UNWRITTEN[code]}")
    if _is_damage(error):
        return DataError(f"{path}: {_BROKEN}")
    return DataError(f"{path}: {error}")
