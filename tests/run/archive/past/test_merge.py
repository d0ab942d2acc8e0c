"""Shards -> a stream: each frame exactly once, or said loudly."""

from dataclasses import replace
from math import isnan

import pytest
from made_archive import BRIGHT, archived, by_brightness, merged, planned

from unusual.errors import DataError
from unusual.run.archive.past.merge import StreamMerge
from unusual.run.archive.reading import PieceRead
from unusual.run.archive.shard import ShardRead, _table, read_scored, score_shard
from unusual.run.archive.shelf import Shelf

TRAINED = by_brightness(6, 2, memory=3)


@pytest.fixture
def done(segments, tmp_path):
    """Shards and their shelf, all of them scored."""
    shards, shelf = planned(segments, tmp_path, TRAINED.scorer.reach, 0.1), Shelf(str(tmp_path / "shards"))
    for shard in shards:
        shelf.write(shard.name, score_shard(shard, TRAINED))
    return shards, shelf


def changed(shelf, shard, change):
    table, read = read_scored(shelf.read(shard.name))
    rows, read = change(table.to_pylist(), read)
    shelf.write(shard.name, _table(rows, read))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows, read: (rows[:-1], read),
        lambda rows, read: (rows[:-1], replace(read, frames=read.frames - 1)),
        lambda rows, read: ([*rows, rows[-1]], replace(read, frames=read.frames + 1)),
        lambda rows, read: ([rows[1], rows[0], *rows[2:]], read),
        lambda rows, read: ([*rows[:-1], rows[-1] | {"frame": 9999}], read),
    ],
    ids=[
        "one is lost",
        "one is lost and no file is to blame",
        "one is there twice",
        "two changed places",
        "a stranger",
    ],
)
def test_a_frame_that_is_not_there_exactly_once_is_said(done, change):
    shards, shelf = done
    changed(shelf, shards[2], change)
    with pytest.raises(DataError, match="shard 2"):
        merged(shards, shelf)


def test_frames_that_a_file_lacks_are_counted_and_not_made_up(done):
    shards, shelf = done
    blame = (PieceRead(shards[2].files[0].path, 60, 57, ("3 of 60 frames are missing",)),)
    changed(shelf, shards[2], lambda rows, read: (rows[:-3], ShardRead(read.frames - 3, blame)))
    merge = StreamMerge(shelf, 3, BRIGHT)
    frames = list(merge.frames(shards))
    assert (len(frames), merge.lost) == (397, 3)
    assert merge.troubles == [(shards[2].files[0].path, "3 of 60 frames are missing")]


def test_a_shard_in_quarantine_is_a_gap_and_its_files_are_named(done, segments, tmp_path):
    shards, shelf = done
    shelf.remove(shards[3].name)
    merge = StreamMerge(shelf, 3, BRIGHT)
    frames = list(merge.frames(shards))
    assert [frame.frame for frame in frames] == [n for n in range(400) if not 180 <= n < 240]
    assert merge.lost == 60 and {path for path, _ in merge.troubles} == {piece.path for piece in shards[3].files}
    whole, _ = archived(segments, tmp_path / "again", TRAINED)
    assert [f.live for f in frames[:170]] == [f.live for f in whole[:170]]
    assert [f.live for f in frames[200:]] == [f.live for f in whole[260:]]


def test_a_manifest_with_a_hole_is_refused(done):
    shards, shelf = done
    with pytest.raises(DataError, match="lacks frames 60 to 120"):
        list(StreamMerge(shelf, 1, BRIGHT).frames([shards[0], *shards[2:]]))


def test_a_stretch_shorter_than_a_unit_is_there_unscored(film, tmp_path):
    from made_archive import write_film

    short = write_film(tmp_path / "nvr" / "yard" / "20261120_140000.mp4", [30] * 4)
    frames, events = archived(short, tmp_path / "out", by_brightness(6, 2))
    assert [isnan(frame.live) for frame in frames] == [True] * 4 and not events


def test_a_broken_file_on_the_shelf_is_said(done):
    shards, shelf = done
    shelf.write(shards[0].name, b"half")
    with pytest.raises(DataError, match="broken"):
        merged(shards, shelf)
