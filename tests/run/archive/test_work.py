"""All shards by workers that fail, are killed and begin again: the same result."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from made_archive import here, merged, planned

from unusual.errors import OutputError
from unusual.run.archive import work as work_module
from unusual.run.archive.engines.children import Done, in_children
from unusual.run.archive.manifest import MANIFEST, read_shards
from unusual.run.archive.progress import Progress
from unusual.run.archive.shelf import Shelf
from unusual.run.archive.work import CameraModel, ShardWork, quarantined, score_shards
from unusual.run.score import Thresholds, score_video

LOW = Thresholds(enter=2.0, leave=1.0)


@pytest.fixture
def archive(segments, tmp_path, model):
    loaded = CameraModel(str(model)).load()
    planned(segments, tmp_path, loaded.scorer.reach, 0.1, loaded.sha256)
    return tmp_path


def work_of(archive, model):
    return ShardWork((("yard", CameraModel(str(model))),), Shelf(str(archive / "shards")), LOW.leave)


def run(archive, model, executor, **more):
    progress = Progress(archive)
    left = score_shards(archive, work_of(archive, model), executor, 0.0, progress, **more)
    return left, progress.counts


def outcome(archive, model):
    frames, events = merged(list(read_shards(archive / MANIFEST)), Shelf(str(archive / "shards")), thresholds=LOW)
    return [frame.live for frame in frames], [event.event for event in events]


def test_workers_give_what_the_whole_film_gives(archive, film, model):
    left, counts = run(archive, model, partial(in_children, workers=2, lasts=True))
    assert (left, counts.shards_done, counts.shards) == (0, 7, 7)
    whole = score_video(film, CameraModel(str(model)).load(), thresholds=LOW, pictures=False).result
    scores, events = outcome(archive, model)
    assert scores == pytest.approx(whole.live.scores.tolist(), abs=1e-6)
    for one, other in zip(events, whole.events, strict=True):
        assert (one.start_s, one.end_s, one.peak_score) == pytest.approx((other.start_s, other.end_s, other.peak_score))


def test_what_is_done_is_not_done_again(archive, model):
    run(archive, model, here)
    first = outcome(archive, model)
    files = sorted((archive / "shards").iterdir())
    times = [file.stat().st_mtime_ns for file in files]
    files[2].unlink()
    _, counts = run(archive, model, here)
    assert counts.shards_done == 7 and outcome(archive, model) == first
    now = [file.stat().st_mtime_ns for file in files]
    assert [one == other for one, other in zip(times, now, strict=True)] == [n != 2 for n in range(7)]


def test_workers_that_are_killed_again_and_again_change_nothing(archive, model, tmp_path_factory):
    run(archive, model, here)
    expected = outcome(archive, model)
    killed = tmp_path_factory.mktemp("kills")
    for file in (archive / "shards").iterdir():
        file.unlink()
    deadly = partial(_killing, work=work_of(archive, model), notes=str(killed))
    left, counts = run(
        archive, model, lambda take, work, limit_s: in_children(take, deadly, limit_s, workers=2, lasts=True)
    )
    assert (left, counts.failures, len(list(killed.iterdir()))) == (0, 2, 2)
    assert outcome(archive, model) == expected


def _killing(shard, work, notes):
    """Dies with every fourth shard, the first time."""
    note = Path(notes) / shard.shard_id
    if shard.number % 4 == 0 and not note.exists():
        note.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return work(shard)


def test_a_shard_that_fails_three_times_is_set_aside_and_the_others_go_on(archive, model, monkeypatch):
    tries = []

    def failing(take, function, limit_s):
        while (task := take()) is not None:
            if task.number == 3:
                tries.append(task.number)
                yield Done(task, None, "it hung")
            else:
                yield Done(task, function(task))

    left, counts = run(archive, model, failing)
    assert (left, len(tries), counts.shards_done) == (1, 3, 6)
    (one,) = quarantined(Shelf(str(archive / "shards")))
    assert one.why == "it hung" and [Path(path).name for path in one.files] == [
        "2026-11-20T14-00-16.mp4",
        "2026-11-20T14-00-20.mp4",
    ]
    left, counts = run(archive, model, here)
    assert (left, counts.shards_done) == (1, 6)
    left, counts = run(archive, model, here, retry=True)
    assert (left, counts.shards_done) == (0, 7)


def test_a_full_disk_ends_the_run_and_leaves_nothing_half(archive, model, monkeypatch):
    def full(self, name, data):
        raise OutputError("no space left")

    monkeypatch.setattr(Shelf, "write", full)
    with pytest.raises(OutputError):
        run(archive, model, here)
    monkeypatch.undo()
    assert not list((archive / "shards").glob("*"))
    assert run(archive, model, here)[0] == 0


def test_a_model_is_loaded_once_in_a_process(archive, model, monkeypatch):
    loads = []
    monkeypatch.setattr(work_module, "load_checkpoint", lambda *a, **k: loads.append(a))
    work_module._loaded.cache_clear()
    for _ in range(3):
        CameraModel(str(model)).load()
    work_module._loaded.cache_clear()
    assert len(loads) == 1
