"""A plan: each frame in one shard, each file named, whatever is wrong with it."""

import os
import shutil

import pytest
from made_archive import by_brightness, copy_groups, planned, segment

from unusual.errors import CheckpointError, ConfigError
from unusual.methods.scorer import Reach
from unusual.run.archive.manifest import FILMS, read_films
from unusual.run.archive.planning.plan import ArchiveFiles, plan

REACH = by_brightness(6, 2).scorer.reach


def test_shards_own_every_frame_once_and_see_what_is_around(segments, tmp_path):
    shards = planned(segments, tmp_path, Reach(5, 12, 7), 0.1)
    assert [(s.first, s.last, s.end) for s in shards] == [(n * 60, min(n * 60 + 60, 400), 400) for n in range(7)]
    one = shards[2]
    assert one.pieces[0].at + one.pieces[0].first == 105 and one.pieces[-1].at + one.pieces[-1].last == 187
    assert [piece.path[-6:] for piece in one.files] == ["12.mp4", "16.mp4"]
    assert len({shard.shard_id for shard in shards}) == 7


def test_a_rest_goes_to_the_shard_before_it(segments, tmp_path):
    assert [s.last for s in planned(segments, tmp_path, REACH, 0.32)] == [192, 400]


def test_ids_are_of_frames_content_model_and_settings_alone(segments, tmp_path):
    ids = [shard.shard_id for shard in planned(segments, tmp_path / "1", REACH)]
    shutil.copytree(segments, tmp_path / "moved", copy_function=shutil.copy2)
    assert ids == [shard.shard_id for shard in planned(tmp_path / "moved", tmp_path / "2", REACH)]
    assert not {*ids} & {shard.shard_id for shard in planned(segments, tmp_path / "3", REACH, model="ab")}


def test_every_bad_file_is_named_and_costs_no_other(film, segments, tmp_path):
    nvr, yard = tmp_path / "nvr", tmp_path / "nvr" / "yard"
    shutil.copytree(segments, nvr, copy_function=shutil.copy2)
    paths = sorted(yard.iterdir())
    shutil.copy2(paths[3], yard / "copy_20261120_140300.mp4")
    (yard / "20261120_140400.mp4").touch()
    (yard / "20261120_140500.mp4").write_bytes(paths[0].read_bytes()[:300])
    segment(film, nvr, 19, 20, shift_s=0)  # is in the last segment too
    shards = planned(nvr, tmp_path / "out", REACH, 10.0)
    rows = {row.path.rsplit("/", 1)[-1]: row for row in read_films(tmp_path / "out" / FILMS)}
    assert len(rows) == 14
    assert rows["copy_20261120_140300.mp4"].state == "duplicate"
    assert rows["20261120_140400.mp4"].state == rows["20261120_140500.mp4"].state == "unreadable"
    assert rows["20261120_140400.mp4"].words == "the file is empty (0 bytes); copy or record it again"
    assert rows["2026-11-20T14-00-38.mp4"].state == "duplicate"
    assert [(shard.first, shard.last) for shard in shards] == [(0, 400)]


def test_names_that_no_line_and_no_table_can_hold_cost_nothing_but_themselves(film, tmp_path):
    yard = tmp_path / "nvr" / "yard"
    copy_groups(film, yard / "new\nline_20261120_140000.mp4", 0, 2)
    copy_groups(film, yard / os.fsdecode(b"caf\xe9_20261120_150000.mp4"), 2, 4)
    os.mkfifo(yard / "pipe.mp4")
    (shard,) = planned(tmp_path / "nvr", tmp_path / "out", REACH, 10.0)
    rows = {row.path.rsplit("/", 1)[-1]: row.words for row in read_films(tmp_path / "out" / FILMS)}
    assert shard.pieces[0].path == str(yard / "new\nline_20261120_140000.mp4")
    assert rows["caf\ufffd_20261120_150000.mp4"] == "its name is no UTF-8: rename it"
    assert rows["pipe.mp4"] == "it is no regular file; copy what it gives into one"


def test_a_camera_that_was_not_learnt_is_said_with_the_file_that_named_it(segments, tmp_path):
    def judging(camera):
        raise CheckpointError(f"no camera {camera!r}")

    with pytest.raises(CheckpointError, match=r"no camera 'yard'; its name is from /.*14-00-00\.mp4: --camera"):
        plan(ArchiveFiles([str(segments)]), judging, tmp_path, 1, print)


def test_an_overlap_is_judged_once(film, tmp_path):
    nvr = tmp_path / "nvr"
    segment(film, nvr, 0, 6)
    segment(film, nvr, 5, 10)
    (shard,) = planned(nvr, tmp_path / "out", REACH, 10.0)
    assert (shard.end, [(p.first, p.last) for p in shard.pieces]) == (200, [(0, 120), (20, 100)])
    assert shard.pieces[1].at == 100 and shard.pieces[1].at_s == pytest.approx(10.0)


def test_cameras_have_streams_of_their_own(film, tmp_path):
    for camera in ("yard", "gate"):
        copy_groups(film, tmp_path / "nvr" / camera / "20261120_140000.mp4", camera == "gate", 4)
    assert [shard.camera for shard in planned(tmp_path / "nvr", tmp_path / "out", REACH)] == ["gate", "yard"]


def test_shards_of_no_length_are_refused():
    with pytest.raises(ConfigError, match="1440 minutes"):
        ArchiveFiles(["nvr"], minutes=0)
