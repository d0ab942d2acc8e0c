"""What is kept, and for how long: the oldest go first, useful ones last, and nothing that is not ours."""

import os
import shutil

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import unusual.store.keeping.clock as clock
import unusual.store.keeping.retention as module
from unusual.errors import OutputError
from unusual.store.events import EventStore, StoredEvent, Verdict
from unusual.store.home import Home
from unusual.store.keeping.hold import kept_whole
from unusual.store.keeping.retention import DAY_S, Policy, Removed, Retention
from unusual.store.names import new_id
from unusual.store.outbox import Outbox
from unusual.store.scorelog import forget_scores

quick = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOW = 1_700_000_000.0
ROOMY = 1 << 50
pytestmark = pytest.mark.usefixtures("plain")


class Kept:
    """A store and its media, with a clock that stands where it is put."""

    def __init__(self, folder):
        self.store, self.media, self.now, self.steady = EventStore.open(Home(folder)), folder / "media", NOW, 0.0

    def event(self, days_ago, size=1000, ended=True, **changes):
        start = NOW - days_ago * DAY_S
        event = StoredEvent(new_id(), "gate", start, start + 5 if ended else None, start, 2.0, 1.0, **changes)
        self.store.begin(event)
        if size:
            self.store.attach(event.id, ["clip.mp4"])
            self.fill(event.id, size)
        return event.id

    def fill(self, event, size):
        (self.media / event).mkdir(parents=True)
        (self.media / event / "clip.mp4").write_bytes(bytes(size))

    def retention(self, **policy):
        return Retention(self.store, Policy(**{"most_bytes": ROOMY} | policy), lambda: self.now, lambda: self.steady)

    def folders(self):
        return {folder.name for folder in self.media.iterdir()}

    def rows(self):
        return {event.id: event for event in self.store.list(most=1000)}


@pytest.fixture
def plain(monkeypatch):
    """Without what guards against a wrong clock."""
    monkeypatch.setattr(clock, "SETTLED_S", 0.0)
    monkeypatch.setattr(clock, "AHEAD_S", float("inf"))
    monkeypatch.setattr(module, "MOST_SHARE", 1.0)


@pytest.fixture
def home(tmp_path):
    home = Kept(tmp_path / "home")
    yield home
    home.store.close()


def test_old_events_go_media_and_row(home):
    old, new = home.event(31), home.event(29)
    assert home.retention(days=30).tidy() == Removed((old,), (old,), 1000)
    assert home.folders() == set(home.rows()) == {new}


def test_useful_events_are_kept_longest(home):
    useful, false = home.event(31, verdict=Verdict.USEFUL), home.event(31, verdict=Verdict.FALSE)
    ancient, fresh = home.event(366, verdict=Verdict.USEFUL), home.event(1)
    assert home.retention(days=30, useful_days=365).tidy().events == (false,)  # never by its age alone
    assert set(home.rows()) == {useful, ancient, fresh}
    assert home.retention(days=30, useful_days=365, most_bytes=1000).tidy().media == (ancient, fresh)
    assert home.folders() == {useful}


def test_an_event_that_goes_on_is_left_alone(home):
    going = home.event(31, ended=False)
    assert home.retention(days=30, most_bytes=0).tidy() == Removed()
    assert home.folders() == {going}


def test_for_want_of_space_the_oldest_media_go_and_the_rows_stay(home):
    events = [home.event(days_ago) for days_ago in (1, 2, 3, 4)]
    removed = home.retention(most_bytes=2000).tidy()
    assert removed == Removed((events[3], events[2]), (), 2000)
    assert home.folders() == set(events[:2])
    assert [home.rows()[event].media for event in events] == [("clip.mp4",), ("clip.mp4",), (), ()]


def test_for_want_of_space_folders_of_no_event_go_first_and_useful_ones_last(home):
    useful, plain, orphan = home.event(3, verdict=Verdict.USEFUL), home.event(1), new_id()
    home.fill(orphan, 1000)
    order = [home.retention(most_bytes=limit).tidy().media for limit in (2999, 1999, 999)]
    assert order == [(orphan,), (plain,), (useful,)]


def test_a_folder_of_no_event_is_not_old(home):
    orphan = new_id()
    home.fill(orphan, 10)
    assert home.retention(days=0.001).tidy() == Removed()
    assert home.folders() == {orphan}


def test_media_that_have_vanished_are_no_longer_named(home):
    event = home.event(1)
    (home.media / event / "clip.mp4").unlink()
    (home.media / event).rmdir()
    assert home.retention().tidy() == Removed()
    assert home.rows()[event].media == ()


def test_an_old_event_whose_folder_has_vanished_goes_all_the_same(home):
    event = home.event(31, size=0)
    home.store.attach(event, ["clip.mp4"])
    assert home.retention(days=30).tidy() == Removed((), (event,), 0)
    assert home.rows() == {}


def test_nothing_outside_and_nothing_that_is_not_ours_is_touched(home, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "photo.jpg").write_bytes(bytes(5000))
    inside, linked, _ = home.event(40), home.event(40, size=0), home.event(1)
    (home.media / inside / "way out").symlink_to(precious)
    (home.media / inside / "mine.txt").write_bytes(bytes(9000))
    like = new_id()  # the form of our names, but not what we write
    (home.media / like).mkdir()
    (home.media / like / "holiday.mp4").write_bytes(bytes(9000))
    (home.media / linked).symlink_to(precious)
    link = new_id()
    (home.media / link).symlink_to(precious)
    (home.media / "mine").mkdir()
    (home.media / "mine" / "notes.txt").write_bytes(bytes(9000))
    (home.media / "notes.txt").write_bytes(bytes(9000))
    removed = home.retention(days=30, most_bytes=0).tidy()
    assert set(removed.events) == {inside, linked}
    assert (precious / "photo.jpg").stat().st_size == 5000
    assert removed.bytes == 2000
    assert home.folders() == {"mine", "notes.txt", link, like, inside}
    assert {file.name for file in (home.media / inside).iterdir()} == {"way out", "mine.txt"}
    assert (home.media / like / "holiday.mp4").exists()
    assert (home.media / "mine" / "notes.txt").exists()


def test_what_was_never_finished_is_swept_when_it_is_old(home):
    event = home.event(1)
    new, old = (home.media / event / f".clip.{number}.part.mp4" for number in range(2))
    folder = home.media / f".{event}.abcd.part"
    folder.mkdir()
    (folder / "thumb.jpg").write_bytes(b"x")
    for part in (new, old):
        part.write_bytes(bytes(10))
    os.utime(new, (NOW - 60, NOW - 60))
    for part in (old, folder):
        os.utime(part, (NOW - 7200, NOW - 7200))
    home.retention().tidy()
    assert sorted(file.name for file in (home.media / event).iterdir()) == [new.name, "clip.mp4"]
    assert home.folders() == {event}


def test_a_folder_that_cannot_be_deleted_is_said_after_the_others_went_and_its_row_stays(home, monkeypatch):
    stuck, other = home.event(40), home.event(39)
    really = module._remove_ours

    def refuse(folder):
        if folder.name == stuck:
            raise PermissionError(13, "Permission denied")
        really(folder)

    monkeypatch.setattr(module, "_remove_ours", refuse)
    with pytest.raises(OutputError, match=f"cannot delete .*{stuck}: remove it by hand"):
        home.retention(days=30).tidy()
    assert home.folders() == set(home.rows()) == {stuck}
    assert other not in home.rows()


def test_old_health_and_settled_alerts_go_too(home):
    outbox = Outbox(home.store.database)
    for days_ago in (31, 29):
        utc = NOW - days_ago * DAY_S
        home.store.health.add("gate", utc, "offline", "")
        outbox.delivered(outbox.put(new_id(), "log", "{}", camera="gate", now=utc))
    waiting = outbox.put(new_id(), "log", "{}", camera="gate", now=NOW - 31 * DAY_S)
    home.retention(days=30).tidy()
    assert [entry.utc for entry in home.store.health.list("gate")] == [NOW - 29 * DAY_S]
    kept = home.store.database.read("SELECT id, state FROM outbox")
    assert len(kept) == 2
    assert (waiting, "waiting") in [tuple(row) for row in kept]


def test_a_clock_that_jumps_deletes_nothing_by_days_for_a_day(home):
    event = home.event(1)
    retention = home.retention(days=30)
    home.now, home.steady = NOW + 365 * DAY_S, 60.0
    assert retention.tidy() == Removed()
    home.now, home.steady = NOW + 365 * DAY_S + 0.9 * DAY_S, 60.0 + 0.9 * DAY_S
    assert retention.tidy() == Removed()
    home.now, home.steady = NOW + 366 * DAY_S, 60.0 + DAY_S
    assert retention.tidy().events == (event,)


def test_a_clock_that_is_put_right_again_deletes_nothing(home):
    home.event(1)
    retention = home.retention(days=30)
    for now, steady in ((NOW + 365 * DAY_S, 60.0), (NOW + 120.0, 120.0), (NOW + 2 * DAY_S, 2 * DAY_S)):
        home.now, home.steady = now, steady
        assert retention.tidy() == Removed()


def test_a_clock_that_runs_on_ordinarily_is_trusted(home):
    event = home.event(29.5)
    retention = home.retention(days=30)
    home.now, home.steady = NOW + DAY_S, DAY_S + 5
    assert retention.tidy().events == (event,)


def test_a_home_without_media_is_tidy(home):
    assert home.retention(most_bytes=0).tidy() == Removed()


@quick
@example(events=[(0, 1, False, False), (2, 1, True, False)], days=1, most_bytes=1)  # a verdict of too long ago
@given(
    events=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5), st.booleans(), st.booleans()), max_size=8),
    days=st.integers(1, 60),
    most_bytes=st.integers(0, 12),
)
def test_what_stays_is_within_the_policy_and_no_more_went_than_had_to(tmp_path, home, events, days, most_bytes):
    with home.store.database.write() as connection:
        connection.execute("DELETE FROM events")
    shutil.rmtree(home.media, ignore_errors=True)
    known = {
        home.event(age + 0.5, size * 100, going is False, verdict=Verdict.USEFUL if useful else None): (
            age,
            size,
            useful,
            going,
        )
        for age, size, useful, going in events
    }
    before = home.folders() if home.media.exists() else set()
    removed = home.retention(days=days, useful_days=days * 2, most_bytes=most_bytes * 100).tidy()
    rows, folders = home.rows(), home.folders() if home.media.exists() else set()
    expired = {event for event, (age, _, useful, going) in known.items() if not (going or useful) and age + 0.5 > days}
    assert set(removed.events) == expired
    assert set(rows) == known.keys() - expired
    assert before - folders == set(removed.media), "what went is what is said to have gone"
    assert removed.bytes == sum(known[event][1] * 100 for event in removed.media)
    for event, row in rows.items():
        assert bool(row.media) == (event in folders), "rows name what there is"
    going = {event for event in known if known[event][3] and known[event][1]}
    assert going <= folders
    spare = folders - going
    total = sum(known[event][1] for event in folders)
    assert total <= most_bytes or not spare
    crowded = [event for event in removed.media if event not in expired]
    if crowded:
        assert total + known[crowded[-1]][1] > most_bytes, "the last one had to go"
        still = {event: useful and age + 0.5 <= days * 2 for event, (age, _, useful, _) in known.items()}
        worth = {event: (still[event], -known[event][0]) for event in spare | set(crowded)}
        assert all(worth[gone] <= worth[kept] for gone in crowded for kept in spare)
    for event in folders:  # the next example starts with nothing
        (home.media / event / "clip.mp4").unlink()
        (home.media / event).rmdir()


# --- a clock that is wrong


@pytest.fixture
def guarded(home, monkeypatch):
    """With all that guards against a wrong clock, and events of a week, one of them useful."""
    monkeypatch.undo()
    home.events = [home.event(days_ago, verdict=Verdict.USEFUL if days_ago == 3 else None) for days_ago in range(8)]
    return home


def run(home, retention, days, step_s=3600.0):
    """Let both clocks run, with a round every hour; all that was said."""
    said = []
    for _ in range(round(days * DAY_S / step_s)):
        home.now, home.steady = home.now + step_s, home.steady + step_s
        removed = retention.tidy()
        said += [removed.words] if removed.words else []
    return said


@pytest.mark.parametrize("ahead_days", [400, 40, 20_000])
def test_a_clock_that_is_ahead_when_we_begin_deletes_nothing_that_is_not_old_by_then(guarded, ahead_days):
    home = guarded
    home.now += ahead_days * DAY_S
    run(home, home.retention(days=30), 29)
    assert set(home.rows()) == home.folders() == set(home.events)
    home.now -= ahead_days * DAY_S  # it is put right, and nothing was lost
    run(home, home.retention(days=90), 2)
    assert set(home.rows()) == set(home.events)


def test_a_new_start_does_not_make_a_wrong_clock_right(guarded):
    home = guarded
    home.now += 400 * DAY_S
    for day in range(20):  # it is begun anew each day, and each day stores something under the wrong clock
        retention = home.retention(days=30)
        run(home, retention, 1, 600.0 * 36)
        home.store.health.add("gate", home.now, "online", "")
        home.event(-400 - day)
    assert set(home.events) <= set(home.rows())


def test_nothing_is_told_to_be_old_before_the_clock_has_been_right_for_an_hour(home, monkeypatch):
    monkeypatch.undo()
    old, _ = home.event(31), home.event(0)
    retention = home.retention(days=30)
    assert retention.tidy() == Removed()
    home.now, home.steady = NOW + 3600, 3600.0
    assert retention.tidy().events == (old,)


def test_more_than_a_quarter_go_only_a_day_after_it_was_said_and_useful_ones_stay(home, monkeypatch):
    monkeypatch.undo()
    home.event(0)
    old = {home.event(31 + number, size=0) for number in range(30)}
    useful = home.event(40, verdict=Verdict.USEFUL)
    retention = home.retention(days=30)
    said = run(home, retention, 1.0)
    assert len(said) == 1
    assert "30 of 32 events are older than 30 days" in said[0]
    assert old <= home.rows().keys()
    run(home, retention, 0.2)
    assert not old & home.rows().keys()
    assert useful in home.rows()


BAD = {
    "events": {"id": ["'x''y'", "x'ff'"], "start_utc": ["'long ago'"], "seen_utc": ["'now'", "x'ff'", "9e999"]},
    "health": {"utc": ["'now'", "x'ff'", "9e999"]},
    "outbox": {"put_utc": ["'now'", "x'ff'", "9e999"]},
    "settings": {"value": ["'some'", "9e999"]},
}


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        (table, column, value)
        for table, columns in BAD.items()
        for column, values in columns.items()
        for value in values
    ],
)
def test_a_row_that_cannot_be_read_keeps_nothing_from_being_tidied(home, table, column, value):
    spoilt, old = home.event(40), home.event(31)
    home.store.health.add("gate", NOW, "online", "")
    Outbox(home.store.database).put(new_id(), "log", "{}", camera="gate", now=NOW)
    with home.store.database.write() as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("INSERT INTO settings VALUES ('', 'clock_doubt_s', 0.0)")
        where = f"WHERE id = '{spoilt}'" if table == "events" else ""
        connection.execute(f"UPDATE {table} SET {column} = {value} {where}")
    retention = home.retention(most_bytes=0)
    home.now, home.steady = NOW + DAY_S, DAY_S
    assert old in retention.tidy().events


def test_a_timeline_behind_a_link_is_not_ours(tmp_path):
    home, precious = Home(tmp_path / "home"), tmp_path / "precious"
    precious.mkdir()
    (precious / "2001-01-01.csv").write_text("mine")
    (home.folder / "scores" / "gate").mkdir(parents=True)
    (home.folder / "scores" / "door").symlink_to(precious)
    (home.folder / "scores" / "gate" / "2001-01-02.csv").symlink_to(precious / "2001-01-01.csv")
    ours = home.folder / "scores" / "gate" / "2001-01-01.csv"
    ours.write_text("1,2\n")
    assert forget_scores(home, NOW) == [ours]
    assert (precious / "2001-01-01.csv").read_text() == "mine"


def test_nothing_goes_while_somebody_takes_events_along(tmp_path):
    kept = Kept(tmp_path)
    old = kept.event(40)
    with kept_whole(Home(tmp_path)):
        assert kept.retention().tidy() == Removed()
        assert kept.folders() == {old} == set(kept.rows())
    assert kept.retention().tidy().events == (old,)
