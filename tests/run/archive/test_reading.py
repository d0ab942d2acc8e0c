"""The frames of a shard, at their places, whatever file they are in and however it is entered."""

import os
import shutil

import numpy as np
import pytest
from made_archive import planned

from unusual.errors import VideoError
from unusual.methods.scorer import Reach
from unusual.run.archive import reading
from unusual.run.archive.reading import ShardFrames
from unusual.video.condition.steadying import steadying
from unusual.video.reader import open_video

REACH = Reach(5, 12, 7)


@pytest.fixture
def nvr(segments, tmp_path):
    return shutil.copytree(segments, tmp_path / "nvr", copy_function=shutil.copy2)


def pictures(film):
    with open_video(film) as video:
        return [frame.rgb for frame in video]


@pytest.mark.parametrize("source", ["film", "segments"])
def test_frames_are_those_of_the_whole_at_their_places(request, film, tmp_path, source):
    whole = pictures(film)
    for shard in planned(request.getfixturevalue(source), tmp_path, REACH, 0.1):
        frames = list(ShardFrames(shard))
        assert [f.index for f in frames] == list(range(max(0, shard.first - 15), min(400, shard.last + 7)))
        np.testing.assert_allclose([f.time_s for f in frames], [f.index / 10 for f in frames], atol=1e-6)
        assert all((frame.rgb == whole[frame.index]).all() for frame in frames)
        assert not any(frame.after_gap for frame in frames)


def test_a_file_is_entered_near_its_first_frame(film, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        reading, "open_video", lambda path, start=None: seen.append(start) or open_video(path, start=start)
    )
    for shard in planned(film, tmp_path, REACH, 0.1)[1:3]:
        list(ShardFrames(shard))
    assert [float(start) for start in seen] == [4.0, 10.0]


def test_a_film_whose_index_is_wrong_is_read_from_its_beginning(film, tmp_path, monkeypatch):
    def refuse(path, start=None):
        if start is not None:
            raise VideoError("cannot be entered")
        return open_video(path)

    monkeypatch.setattr(reading, "open_video", refuse)
    shard = planned(film, tmp_path, REACH, 0.1)[2]
    assert [frame.index for frame in ShardFrames(shard)] == list(range(105, 187))


@pytest.mark.parametrize("change", ["gone", "longer", "newer"])
def test_a_file_that_is_not_what_it_was_is_refused(nvr, tmp_path, change):
    shard = planned(nvr, tmp_path, REACH, 10.0)[0]
    file = sorted(nvr.rglob("*.mp4"))[3]
    if change == "gone":
        file.unlink()
    elif change == "longer":
        file.write_bytes(file.read_bytes() + b"more")
    else:
        os.utime(file, (1.0, 1.0))
    with pytest.raises(VideoError, match=r"gone|changed"):
        list(ShardFrames(shard))


def test_a_broken_file_costs_its_own_frames_and_leaves_a_seam(nvr, tmp_path, monkeypatch):
    shard = planned(nvr, tmp_path, REACH, 10.0)[0]
    bad = shard.pieces[3].path

    def breaks(path, start=None):
        if str(path) == bad:
            raise VideoError("not one frame can be decoded")
        return open_video(path, start=start)

    monkeypatch.setattr(reading, "open_video", breaks)
    frames = ShardFrames(shard)
    came = list(frames)
    assert [f.index for f in came] == [n for n in range(400) if not 120 <= n < 160]
    assert [f.index for f in came if f.after_gap] == [160] and came[-1].session == 1
    assert [(read.came, read.problems) for read in frames.reads][3] == (0, ("not one frame can be decoded",))


def test_a_shard_is_steadied_as_one_video_and_not_file_by_file(nvr, tmp_path, monkeypatch):
    made = []

    def steadier():
        made.append([])
        return lambda time_s, rgb: made[-1].append(time_s) or rgb

    monkeypatch.setattr(reading, "steadier", steadier)
    shard = planned(nvr, tmp_path, REACH, 10.0)[0]
    with steadying(True):
        assert len(list(ShardFrames(shard))) == 400
    assert len(made) == 1 and made[0] == sorted(made[0]) and len(made[0]) == 400
