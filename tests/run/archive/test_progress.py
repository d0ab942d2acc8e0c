"""Counts that are true over all runs."""

import json

from unusual.run.archive.manifest import Shard
from unusual.run.archive.progress import PROGRESS, Progress, words

HOUR = Shard("id", "yard", "yard-1", 0, 0, 36_000, 36_000, 0.0, 10.0, "", "", ())


def test_what_was_done_before_counts_as_done_and_not_as_pace(tmp_path):
    told = []
    progress = Progress(tmp_path, lambda counts, trouble: told.append(trouble))
    for kept in ("done", "done", "quarantined", "", ""):
        progress.expect(HOUR, kept)
    progress.begin()
    assert progress.counts.times_real_time == 0 and progress.counts.left_s is None
    progress.done(HOUR)
    progress.failed(HOUR, "it hung", finally_=False)
    progress.failed(HOUR, "it hung", finally_=True)
    progress.end()
    counts = progress.counts
    assert (counts.shards, counts.shards_done, counts.quarantined, counts.failures) == (5, 3, 2, 2)
    assert (counts.hours, counts.hours_done) == (5.0, 3.0)
    assert counts.times_real_time > 0 and counts.left_s > 0
    assert [line for line in told if line] == [
        "yard-1, shard 0: it hung; it is tried again", "yard-1, shard 0: it hung; given up",
    ]  # fmt: skip
    assert json.loads((tmp_path / PROGRESS).read_text())["shards_done"] == 3
    assert words(counts).startswith("3 of 5 shards, 3.0 of 5.0 h, ") and words(counts).endswith("2 shards given up")
