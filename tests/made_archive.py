"""Plans and merges in a test's own process, with a method of a few lines."""

from datetime import UTC

from brightness import Brightness, checkpoint

from unusual.methods.scorer import Reach
from unusual.run.archive.manifest import MANIFEST, read_shards
from unusual.run.archive.merge import StreamMerge
from unusual.run.archive.plan import Judging, Named, plan
from unusual.run.archive.shard import score_shard
from unusual.run.archive.shelf import Shelf
from unusual.run.score import Thresholds

BRIGHT = Thresholds(enter=150.0, leave=100.0, join_s=0.5)


def planned(files, out, reach, minutes=0.2, model="", **more):
    """The shards of a plan."""
    named = Named([str(files)], (), UTC, minutes)
    plan(named, lambda camera: Judging(model, "", reach), out, 1, print, **more)
    return list(read_shards(out / MANIFEST))


def merged(shards, shelf, memory=1, thresholds=BRIGHT):
    """The final frames and events of shards, whatever streams they are of."""
    frames, events = [], []
    for stream in dict.fromkeys(shard.stream for shard in shards):
        merge = StreamMerge(shelf, memory, thresholds)
        frames += merge.frames([shard for shard in shards if shard.stream == stream])
        events += merge.events
    return frames, events


def archived(files, out, trained, minutes=0.2, thresholds=BRIGHT):
    """All of it: plan, score, merge."""
    shards = planned(files, out, trained.scorer.reach, minutes, trained.sha256)
    shelf = Shelf(str(out / "shards"))
    for shard in shards:
        shelf.write(shard.name, score_shard(shard, trained, thresholds.leave))
    return merged(shards, shelf, trained.scale.memory, thresholds)


def by_brightness(span=5, step=5, memory=1):
    return checkpoint(Brightness(span, step), memory)


__all__ = ["BRIGHT", "Reach", "archived", "by_brightness", "merged", "planned"]
