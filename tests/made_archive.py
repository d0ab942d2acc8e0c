"""A made-up archive of a recorder; and plans and merges in a test's own process, by a method of a few lines."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import av
import numpy as np
from brightness import Brightness, checkpoint

from unusual.errors import DataError, VideoError
from unusual.run.archive.engines.children import Done
from unusual.run.archive.manifest import MANIFEST, read_shards
from unusual.run.archive.past.merge import StreamMerge
from unusual.run.archive.planning.plan import ArchiveFiles, JudgedBy, plan
from unusual.run.archive.shard import score_shard
from unusual.run.archive.shelf import Shelf
from unusual.run.score import Thresholds

BEGIN = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
RATE, GOP = 10, 20
BRIGHT = Thresholds(enter=150.0, leave=100.0, join_s=0.5)


def write_film(path, values, size=(64, 48)):
    """A film whose frames are as bright as the values say, with a square that moves; B-frames, a key frame each 2 s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.options = {"g": str(GOP), "bf": "2", "keyint_min": str(GOP), "sc_threshold": "0", "preset": "ultrafast"}
        for n, value in enumerate(values):
            rgb = np.full((size[1], size[0], 3), value, np.uint8)
            rgb[20:30, n % 40 : n % 40 + 10] = 255 - value
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def copy_groups(path, out, first, last):
    """The groups of pictures [first, last) of a film, copied as a recorder cuts."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path)) as source, av.open(str(out), "w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        number, start = -1, None
        for packet in source.demux(video=0):
            number += packet.is_keyframe
            if packet.size and first <= number < last:
                start = packet.dts if start is None else start
                packet.pts, packet.dts, packet.stream = packet.pts - start, packet.dts - start, stream
                container.mux(packet)
    return out


def segment(path, folder, first, last, camera="yard", shift_s=0.0):
    """A segment of a film, named as Shinobi does."""
    when = BEGIN + timedelta(seconds=first * GOP / RATE + shift_s)
    return copy_groups(path, folder / camera / f"{when:%Y-%m-%dT%H-%M-%S}.mp4", first, last)


def here(take, function, limit_s, **_):
    """As `in_children`, in this process: a child of its own costs half a second."""
    while (task := take()) is not None:
        try:
            yield Done(task, function(task))
        except (DataError, VideoError) as error:
            yield Done(task, None, str(error))


def planned(files, out, reach, minutes=0.2, model=""):
    """The shards of a plan."""
    named = ArchiveFiles([str(files)], (), UTC, minutes)
    with patch("unusual.run.archive.planning.looking.in_children", here):
        plan(named, lambda camera: JudgedBy(model, "", reach), out, 1, print)
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
