"""The database file: made, shared, killed, damaged, full, of another program or time."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from small_disk import small_disk

import unusual.store.database as module
from unusual.domain import Box
from unusual.errors import DataError, OutputError
from unusual.store.database import APPLICATION, STEPS, Database
from unusual.store.events import EventStore, StoredEvent, Verdict
from unusual.store.home import Home
from unusual.store.names import new_id
from unusual.store.outbox import Outbox
from unusual.store.settings import Setting

ROOT = Path(__file__).parents[2]


def event(**changes):
    return StoredEvent(
        **{"id": new_id(), "camera": "gate", "start_utc": 10.0, "end_utc": 12.0, "peak_utc": 11.0}
        | {"score": 2.0, "per_day": 1.0}
        | changes
    )


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def test_a_new_database_is_sound_and_keeps_every_transaction_on_the_disk(home):
    database = Database.open(home)
    assert database.integrity() == "ok"
    pragmas = {name: database.read(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert database.read("PRAGMA user_version")[0][0] == len(STEPS)
    database.close()


def test_what_a_failing_block_wrote_never_was(home):
    database = Database.open(home)
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute("INSERT INTO settings VALUES ('gate', 'cool_down_s', 1)")
        1 / 0  # noqa: B018
    assert database.read("SELECT * FROM settings") == []
    with database.write() as connection:
        connection.execute("INSERT INTO settings VALUES ('gate', 'cool_down_s', 2)")
    assert len(database.read("SELECT * FROM settings")) == 1
    database.close()


def test_threads_have_connections_of_their_own_and_close_ends_them_all(home):
    store = EventStore.open(home)
    begun = threading.Barrier(4)

    def write():
        begun.wait()
        for _ in range(5):
            store.begin(event())

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.list(most=100)) == 20
    store.close()
    assert not [file for file in Path("/proc/self/fd").iterdir() if _opened(file).startswith(str(home))]


def _opened(descriptor):
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


WRITER = """
import sys
from pathlib import Path
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home
from unusual.store.names import new_id
sys.stdin.readline()
store = EventStore.open(Home(Path(sys.argv[1])))
for _ in range(25):
    id = new_id()
    store.begin(StoredEvent(id, "gate", 1.0, None, 1.0, 2.0, 1.0))
    store.change(StoredEvent(id, "gate", 1.0, 2.0, 1.0, 3.0, 1.0))
    print(id, flush=True)
"""


def test_two_processes_make_and_write_one_database_at_once(home):
    command = [sys.executable, "-c", WRITER, str(home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen(command, **pipes) for _ in range(2)]
    for writer in writers:  # both have loaded, so both begin now
        writer.stdin.write("\n")
        writer.stdin.flush()
    acknowledged = [line for writer in writers for line in writer.communicate()[0].split()]
    assert [writer.returncode for writer in writers] == [0, 0]
    store = EventStore.open(home)
    assert {stored.id for stored in store.list(most=100) if stored.score == 3.0} == set(acknowledged)
    assert len(acknowledged) == 50
    store.close()


def test_no_acknowledged_event_is_lost_to_kill_9():
    command = [sys.executable, str(ROOT / "benchmarks" / "kill_store.py"), "--kills", "10", "--no-record"]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert figures["kills"] == 10
    assert figures["events acknowledged"] > 10
    losses = ("acknowledged events lost", "acknowledged changes lost", "integrity checks failed")
    assert [figures[loss] for loss in losses] == [0, 0, 0]


@pytest.mark.parametrize(
    "content",
    [b"not a database, but long enough to be looked at as if it were one" * 40, b"SQLite format 3\0" + bytes(4096)],
    ids=["of another kind", "a header and nothing"],
)
def test_a_file_that_is_no_database_is_refused_in_one_line(home, content):
    home.folder.mkdir()
    (home.database).write_bytes(content)
    with pytest.raises(DataError, match=r"events\.db: the file is damaged or of another program: move it away") as told:
        Database.open(home)
    assert "\n" not in str(told.value)
    assert (home.database).read_bytes() == content


def test_the_database_of_another_program_is_refused_and_left_alone(home):
    home.folder.mkdir()
    other = sqlite3.connect(home.database)
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = (home.database).read_bytes()
    with pytest.raises(DataError, match="of another program"):
        Database.open(home)
    assert (home.database).read_bytes() == before


def test_a_newer_database_is_refused_in_one_line(home):
    database = Database.open(home)
    with database.write() as connection:
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    database.close()
    with pytest.raises(DataError, match=r"is of a newer version of unusual .* install the newer one"):
        Database.open(home)


def test_an_older_database_is_brought_up_with_what_is_in_it(home, monkeypatch):
    store = EventStore.open(home)
    store.begin(event(note="old"))
    store.close()
    monkeypatch.setattr(module, "STEPS", (*STEPS, ("ALTER TABLE events ADD COLUMN colour TEXT DEFAULT 'red'",)))
    database = Database.open(home)
    assert [tuple(row) for row in database.read("SELECT note, colour FROM events")] == [("old", "red")]
    assert database.read("PRAGMA user_version")[0][0] == len(STEPS) + 1
    database.close()


def test_damage_inside_the_file_is_found(home):
    store = EventStore.open(home)
    row = "INSERT INTO health (camera, utc, state, words) VALUES ('gate', ?, ?, ?)"
    with store.database.write() as connection:
        connection.executemany(row, [(float(number), "x" * 100, "y" * 100) for number in range(200)])
    store.database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    content = bytearray((home.database).read_bytes())
    content[-4096:] = bytes(4096)
    (home.database).write_bytes(content)
    database = Database.open(home)
    assert database.integrity() != "ok"
    database.close()


def test_a_place_that_cannot_be_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot make the folder .*file/home: Not a directory; choose another"):
        Database.open(Home(tmp_path / "file" / "home"))


def test_a_database_that_another_holds_too_long_is_said_to_be_busy(home, monkeypatch):
    monkeypatch.setattr(module, "WAIT_S", 0.05)
    store, other = EventStore.open(home), Database.open(home)
    with other.write(), pytest.raises(OutputError, match="another process has been writing"):
        store.begin(event())
    store.begin(event())
    assert len(store.list()) == 1
    store.close()
    other.close()


FULL = """
import resource, sys
from pathlib import Path
from unusual.errors import OutputError
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home
from unusual.store.names import new_id
store = EventStore.open(Home(Path(sys.argv[1])))
store.begin(StoredEvent(new_id(), "gate", 1.0, 2.0, 1.0, 2.0, 1.0))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
stored = 1
try:
    while True:
        store.begin(StoredEvent(new_id(), "gate", 1.0, 2.0, 1.0, 2.0, 1.0, note="x" * 5000))
        stored += 1
except OutputError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert len(store.list(most=1000)) == stored, "what was acknowledged is there, and no more"
store.begin(StoredEvent(new_id(), "gate", 1.0, 2.0, 1.0, 2.0, 1.0, note="room again"))
assert len(store.list(most=1000)) == stored + 1
assert store.integrity() == "ok"
"""


def test_a_disk_that_is_full_costs_no_stored_event_and_writing_goes_on_when_there_is_room(home):
    done = subprocess.run([sys.executable, "-c", FULL, str(home)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "events.db: the disk is full" in done.stdout
    assert done.stdout.count("\n") == 1


def test_the_application_number_is_ours(home):
    Database.open(home).close()
    assert int.from_bytes((home.database).read_bytes()[68:72], "big") == APPLICATION


def names(home):
    return sorted(path.name for path in home.folder.iterdir())


@pytest.mark.parametrize("whole_home", [False, True], ids=["the file", "the home"])
def test_a_database_that_vanishes_under_us_is_told_once_and_begun_anew(home, whole_home):
    store = EventStore.open(home)
    store.begin(event())
    shutil.rmtree(home.folder) if whole_home else home.database.unlink()
    with pytest.raises(OutputError, match=r"events\.db has vanished, .* a new one was begun$"):
        store.begin(event())
    later = event()
    store.begin(later)
    with closing(EventStore.open(home)) as other:
        assert other.list() == [later]
        assert other.integrity() == "ok"
    store.close()


def test_every_thread_and_process_goes_over_to_the_new_database(home):
    store, other, later = EventStore.open(home), EventStore.open(home), event()
    store.begin(event())
    assert len(other.list()) == 1
    home.database.unlink()
    told = []

    def go_on():
        try:
            store.begin(event())
        except OutputError:
            told.append(1)
        store.begin(event())

    threads = [threading.Thread(target=go_on) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join()
    store.list()
    store.begin(later)
    assert len(told) == 1
    assert later in other.list()
    store.close()
    other.close()


@pytest.mark.parametrize("way", ["vanishes", "garbage"])
def test_who_writes_is_told_of_the_loss_once_also_where_somebody_else_came_first(home, way):
    EventStore.open(home).close()
    page, alerts, watching = (EventStore.open(home) for _ in range(3))
    for store in (page, watching):
        store.begin(event())
    store.database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    if way == "vanishes":
        home.database.unlink()
    else:
        spoil(home.database, way)
        page.database._let_go()
    with pytest.raises(OutputError, match="a new one was begun"):
        page.begin(event())
    assert alerts.list() == []  # it only reads
    with pytest.raises(OutputError, match="was lost or damaged, or exchanged: another one is in its place"):
        watching.begin(event())
    later = event()
    watching.begin(later)
    page.begin(event())
    assert later in page.list()
    for store in (page, alerts, watching):
        store.close()


def test_another_database_put_in_its_place_is_taken_up_in_silence_by_who_reads(home, tmp_path):
    EventStore.open(home).close()  # who has made it has written
    store, theirs, other_home = EventStore.open(home), event(), Home(tmp_path / "other")
    with closing(EventStore.open(other_home)) as other:
        other.begin(theirs)
    for file in home.folder.iterdir():
        file.unlink()
    other_home.database.replace(home.database)
    assert store.list() == [theirs]
    store.close()


def spoil(file, way):
    content = bytearray(file.read_bytes())
    if way == "garbage":
        content[:] = b"\xa5" * len(content)
    elif way == "emptied":
        content.clear()
    else:
        content[100:] = bytes(len(content) - 100)
    with file.open("r+b") as opened:  # in place: the same file
        opened.write(content)
        opened.truncate(len(content))


@pytest.mark.parametrize("way", ["garbage", "emptied", "pages of zeros"])
def test_a_database_that_is_damaged_under_its_writer_is_kept_and_a_new_one_begun(home, way):
    store = EventStore.open(home)
    for _ in range(50):
        store.begin(event(note="x" * 500))
    with closing(EventStore.open(home)) as reader:
        reader.list()
        store.database.read("PRAGMA wal_checkpoint(TRUNCATE)")
        spoil(home.database, way)
        with pytest.raises(DataError, match="move it away"):  # who only reads leaves it to who writes
            [EventStore(Database(home)).get(event().id) for _ in range(2)]
        store.database._let_go()  # as a thread of its own has it: SQLite has the file's pages in mind
        with pytest.raises(OutputError, match=r"is damaged; a new one was begun, and the old one is kept as events"):
            store.get(event().id)
            store.begin(event())
        kept = [name for name in names(home) if name.startswith("events.db.damaged-") and name[-1].isdecimal()]
        assert len(kept) == 1
        later = event()
        store.begin(later)
        assert store.list() == reader.list() == [later]
        assert store.integrity() == "ok"
    store.close()


def test_a_home_that_we_make_is_its_owners_alone(home):
    Database.open(home).close()
    assert home.folder.stat().st_mode & 0o777 == 0o700


def test_on_a_disk_that_is_really_full_nothing_acknowledged_is_lost_and_writing_resumes(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        store = EventStore.open(Home(disk.folder / "home"))
        told = []

        def write():
            told.append(store.health.add("gate", float(len(told)), "offline", "x" * 5000))

        for _ in range(3):
            disk.fill(100_000)
            with pytest.raises(OutputError, match="the disk is full"):
                for _ in range(10_000):
                    write()
            assert store.integrity() == "ok"
            disk.make_room()
            write()
        assert [entry.utc for entry in store.health.list(most=10_000)] == [float(n) for n in range(len(told))][::-1]
        store.close()


STORED = {"events-tables-1.sql": ("", False), "events-0.1.0.sql": ("gate", True)}  # zone and whether it does not count


@pytest.mark.parametrize("name", STORED)
def test_a_database_that_an_older_version_wrote_is_read_reviewed_and_written(home, name):
    home.folder.mkdir()
    with closing(sqlite3.connect(home.database)) as written:
        written.executescript((Path(__file__).parent / name).read_text())
    with closing(EventStore.open(home)) as store:
        assert store.integrity() == "ok"
        assert store.database.read("PRAGMA user_version")[0][0] == len(STEPS)
        going_on, unseen, useful = store.list()
        assert (useful.verdict, useful.note, useful.media) == (Verdict.USEFUL, "the postman", ("clip.mp4", "thumb.jpg"))
        assert (unseen.zone, unseen.ignored) == STORED[name]
        assert (going_on.end_utc, going_on.box) == (None, Box(0.25, 0.25, 0.5, 0.75))
        assert (useful.reviewed_by, useful.reviewed_utc) == ("", None)
        assert store.settings.get("door", Setting.ALARMS_PER_DAY) == 2.5
        assert store.settings.begun("door", Setting.ALARMS_PER_DAY) == 1.0
        assert [entry.state for entry in store.health.list()] == ["offline"]
        assert Outbox(store.database).waiting() == [("webhook", 1, "answered 500")]
        store.review(useful.id, reviewed=True, verdict=Verdict.FALSE, note="", by="anna")
        store.begin(replace(useful, id="d" * 22))
        assert (store.get(useful.id).reviewed_by, len(store.list())) == ("anna", 4)
