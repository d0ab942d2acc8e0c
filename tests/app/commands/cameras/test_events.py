"""`unusual events`, as a person types it."""

import csv
import time
from contextlib import closing

import pytest
from made_home import add_event

from unusual.store.events import EventStore
from unusual.store.home import Home


@pytest.fixture
def event(tmp_path):
    with closing(EventStore.open(Home(tmp_path / "home"))) as store:
        add_event(store, "door", time.time() - 90_000 * 3, 1.5)
        return add_event(store, "door", time.time() - 60, 3.0, clip=True)


def test_filters_say_which_events(run, event, tmp_path):
    def exported(*words):
        code, out, _ = run("events", "export", tmp_path / "a.csv", "--home", tmp_path / "home", *words)
        assert code == 0 and "a.csv: " in out
        return [row["event"] for row in csv.DictReader((tmp_path / "a.csv").read_text().splitlines())]

    assert len(exported()) == 2
    yesterday = time.strftime("%Y-%m-%d", time.localtime(time.time() - 86_400))
    for words in (["--alarms"], ["--least", "2"], ["--since", yesterday], ["--camera", "door", "--alarms"]):
        assert exported(*words) == [event], words


def test_a_zip_and_a_clip_are_written(run, event, tmp_path):
    home = ["--home", tmp_path / "home"]
    assert run("events", "export", tmp_path / "a.zip", "--alarms", "--boxes", *home)[0] == 0
    assert run("events", "clip", event, tmp_path / "a.mp4", "--plain", *home)[0] == 0
    assert (tmp_path / "a.zip").stat().st_size > (tmp_path / "a.mp4").stat().st_size > 0


def test_another_kind_of_file_is_refused_in_a_line(run, event, tmp_path):
    code, _, err = run("events", "export", tmp_path / "a.pdf", "--home", tmp_path / "home")
    assert (code, "as .csv or .zip" in err) == (2, True)
