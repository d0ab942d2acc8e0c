"""The manifest: what is written is read, row by row."""

from dataclasses import replace
from fractions import Fraction

import pytest

from unusual.errors import DataError
from unusual.run.archive.manifest import (
    FilmPiece,
    FilmRow,
    Shard,
    models_of,
    read_films,
    read_shards,
    seconds_of,
    shard_at,
    write_films,
    write_shards,
)
from unusual.video.container.film import KeyFrame

PIECE = FilmPiece("/nvr/1.mp4", 9, 8, "ab", 10, 60, 100, 0, 0.0, Fraction(1, 3), (KeyFrame(7, Fraction(2, 30)),))
SHARD = Shard("", "yard", "yard-1", 0, 20, 50, 100, 1e9, 10.0, "cd", "clips.step=3", (PIECE,)).identified()


def test_shards_come_back_as_they_were(tmp_path):
    shards = [replace(SHARD, number=n, first=n) for n in range(700)]
    assert write_shards(tmp_path / "m.parquet", shards) == 700
    assert list(read_shards(tmp_path / "m.parquet")) == shards
    assert [shard_at(tmp_path / "m.parquet", n) for n in (0, 255, 256, 699)] == [shards[n] for n in (0, 255, 256, 699)]
    with pytest.raises(DataError, match="700 shards"):
        shard_at(tmp_path / "m.parquet", 700)


def test_the_shards_of_one_camera_are_found_among_all(tmp_path):
    cameras = ["gate"] * 300 + ["yard"] * 300
    write_shards(tmp_path / "m.parquet", (replace(SHARD, number=n, camera=c, model=c) for n, c in enumerate(cameras)))
    assert [shard.number for shard in read_shards(tmp_path / "m.parquet", "yard")] == list(range(300, 600))
    assert models_of(tmp_path / "m.parquet") == {"gate": "gate", "yard": "yard"}
    assert seconds_of(tmp_path / "m.parquet") == {"gate": 900.0, "yard": 900.0}


def test_films_come_back_as_they_were(tmp_path):
    film = FilmRow("/nvr/1.mp4", "yard", "overlap", "words", 5.0, 4.0, 40, 2, 64, 48, 99, "yard-1")
    write_films(tmp_path / "f.parquet", [film])
    assert list(read_films(tmp_path / "f.parquet")) == [film]


@pytest.mark.parametrize(
    "change",
    [{"first": 21}, {"model": "x"}, {"settings": ""}, {"pieces": (replace(PIECE, content="x"),)},
     {"pieces": (replace(PIECE, mtime_ns=0),)}],
    ids=["frames", "model", "settings", "content", "time of change"],
)  # fmt: skip
def test_an_id_changes_with_what_decides_the_scores(change):
    assert replace(SHARD, **change).identified().shard_id != SHARD.shard_id


@pytest.mark.parametrize(
    "change", [{"stream": "x"}, {"begins_utc": 0.0}, {"pieces": (replace(PIECE, path="x", keys=()),)}]
)
def test_an_id_is_the_same_wherever_the_files_lie(change):
    assert replace(SHARD, **change).identified().shard_id == SHARD.shard_id


def test_what_is_no_manifest_is_said(tmp_path):
    (tmp_path / "m.parquet").write_text("no table")
    with pytest.raises(DataError, match="plan the archive again"):
        list(read_shards(tmp_path / "m.parquet"))
