"""From recordings to a report, in one go and in pieces, and how each of these ends."""

import json
import shutil

import pytest

from unusual.app import archiving
from unusual.app.archiving import executor_of, run_archive, run_plan, run_report, run_shard
from unusual.errors import ConfigError, DataError, OutputError
from unusual.run.archive.engines.children import Done
from unusual.run.archive.manifest import FILMS, MANIFEST, read_films, read_shards
from unusual.run.archive.shelf import Shelf
from unusual.run.archive.words import ArchiveWords
from unusual.store.events import EventStore
from unusual.store.home import Home


@pytest.fixture
def words(segments, model):
    return ArchiveWords((str(segments),), minutes=0.2, checkpoint=str(model), enter=4.0)


def run(words, out, **more):
    return run_archive(words, out, 1, ("local", ""), 0.0, **({"retry": False, "replan": False} | more))


def test_an_archive_becomes_scores_events_a_cameras_past_and_a_report(words, tmp_path, capsys):
    assert run(words, tmp_path) == 0
    out = capsys.readouterr().out
    assert "unusual events in 40 s of 1 camera" in out and "report.html" in out
    for name in ("scores/yard.parquet", "events.csv", "report.html", "films.parquet", "progress.json"):
        assert (tmp_path / name).is_file(), name
    store = EventStore.open(Home(tmp_path / "home"))
    events = store.list()
    store.close()
    assert events and all("clip.mp4" in event.media and "real.jpg" in event.media for event in events)
    assert json.loads((tmp_path / "progress.json").read_text())["shards_done"] == 4
    assert "data:image/jpeg" in (tmp_path / "report.html").read_text()


def test_the_same_command_goes_on_and_looks_at_nothing_again(at_home, words, tmp_path, monkeypatch):
    run_plan(words, tmp_path, 1)
    monkeypatch.setattr(archiving, "run_plan", None)
    assert run(words, tmp_path) == 0
    first = (tmp_path / "events.csv").read_bytes()
    assert run(words, tmp_path) == 0 and (tmp_path / "events.csv").read_bytes() == first


@pytest.mark.parametrize("changed", ["words", "replan"])
def test_other_words_or_the_wish_make_another_plan(at_home, words, segments, tmp_path, changed):
    nvr = shutil.copytree(segments, tmp_path / "nvr", copy_function=shutil.copy2)
    words = ArchiveWords((str(nvr),), minutes=0.2, checkpoint=words.checkpoint, enter=4.0)
    run_plan(words, tmp_path / "out", 1)
    sorted(nvr.rglob("*.mp4"))[-1].unlink()
    if changed == "words":
        words = ArchiveWords((str(nvr),), minutes=0.3, checkpoint=words.checkpoint, enter=4.0)
    assert run(words, tmp_path / "out", replan=changed == "replan") == 0
    assert list(read_shards(tmp_path / "out" / MANIFEST))[-1].last == 360


def test_shards_may_be_judged_one_by_one_anywhere_and_reported_together(at_home, words, tmp_path):
    run_plan(words, tmp_path, 1)
    assert [run_shard(tmp_path, n, 60.0) for n in (2, 0, 1, 1)] == [0, 0, 0, 0]
    assert run_report(tmp_path, 1) == 3
    assert run_shard(tmp_path, 3, 60.0) == 0
    one_by_one = run_report(tmp_path, 1), (tmp_path / "events.csv").read_bytes()
    assert run(words, tmp_path / "again") == one_by_one[0]
    assert (tmp_path / "again/events.csv").read_bytes() == one_by_one[1]


def fails(done=None, error=None):
    def children(take, function, limit_s, **more):
        task = take()
        if error:
            raise error
        yield Done(task, None, *done)

    return children


@pytest.mark.parametrize(
    ("children", "code"),
    [
        (fails(("the file has gone", False)), 3),
        (fails(("its process died (SIGKILL)", True)), 75),
        (fails(error=OutputError("no space left")), 75),
    ],
    ids=["its files cannot be judged", "it was killed", "there is no room"],
)
def test_a_shards_exit_code_tells_what_to_do(at_home, words, tmp_path, monkeypatch, children, code):
    run_plan(words, tmp_path, 1)
    monkeypatch.setattr(archiving, "in_children", children)
    assert run_shard(tmp_path, 0, 60.0) == code


def test_what_was_given_up_makes_another_exit_code(at_home, words, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(archiving, "executor_of", lambda *_: fails_always)
    assert run(words, tmp_path) == 3
    assert len(list(Shelf(str(tmp_path / "shards")).names(".quarantine.json"))) == 4
    assert "it hung" in (tmp_path / "report.html").read_text()


def fails_always(take, function, limit_s):
    while (task := take()) is not None:
        yield Done(task, None, "it hung")


@pytest.mark.parametrize("given", [("dask", ""), ("local", "ray://head")])
def test_who_runs_the_shards_is_local_or_ray(given):
    with pytest.raises(ConfigError, match="--engine is local or ray"):
        executor_of(*given, 1)


def test_an_archive_of_which_nothing_can_be_read_is_an_error_and_its_films_are_told(tmp_path, model):
    (tmp_path / "yard").mkdir()
    (tmp_path / "yard" / "1.mp4").touch()
    words = ArchiveWords((str(tmp_path / "yard"),), checkpoint=str(model))
    for _ in range(2):
        with pytest.raises(DataError, match=r"nothing to judge, as no recording can be read: see .*films\.parquet"):
            run(words, tmp_path / "out")
    assert [film.state for film in read_films(tmp_path / "out" / FILMS)] == ["unreadable"]
