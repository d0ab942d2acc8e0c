"""Cubes are cut once, and anew where others would come."""

import shutil

import numpy as np
import pytest
from made_state import method_of

from unusual.data.datasets import open_dataset
from unusual.errors import ConfigError


def test_cubes_are_cut_once_and_mapped_from_then_on(scene, tmp_path):
    method, video = method_of(), open_dataset(scene).train[0].source
    first, problems = method.footage(video, tmp_path, 10**9)
    assert not problems
    assert first.pictures.shape[1:] == (7, 16, 16, 3) and first.motion.shape[1:] == (7, 16, 16, 2)
    assert len(first.frame) == len(first.pictures) == len(first.motion) > 20
    assert set(np.unique(first.frame) % 2) == {0}  # train_step
    boxes, tracks = first.placed
    assert boxes.shape == (len(tracks), 4) == (len(first.frame), 4) and ((boxes >= 0) & (boxes <= 1)).all()
    assert tracks.min() >= 0 and np.unique(tracks).size < len(tracks)
    stamps = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    again, _ = method_of().footage(video, tmp_path, 10**9)
    np.testing.assert_array_equal(again.pictures, first.pictures)
    assert stamps == {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("change", "anew"),
    [
        ("flow.backend=farneback", True),
        ("cubes.patch=8", True),
        ("cubes.train_step=3", True),
        ("objects.blur=5", True),
        ("network.context=2", True),
        ("score.memory=5", True),
        ("tracks.reach=2", True),
        ("score.usual=everywhere", False),
        ("cubes.step=9", False),
        ("training.batch=4", False),
        ("perturbation.eta=0.1", False),
    ],
)
def test_cubes_are_cut_anew_only_where_others_would_come(scene, prepared, change, anew):
    before = set(prepared.rglob("whole.json"))
    method_of(change).footage(open_dataset(scene).train[0].source, prepared, 10**9)
    assert (set(prepared.rglob("whole.json")) != before) == anew


@pytest.fixture(scope="module")
def cut(scene, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cut")
    method_of().footage(open_dataset(scene).train[0].source, folder, 10**9)
    return folder


@pytest.mark.parametrize("name", ["rgb.u8", "flow.f16", "frame.i64", "box.f32", "track.i64", "whole.json"])
@pytest.mark.parametrize("left", [0, 0.5, 0.98], ids="{} of it is left".format)
def test_cubes_that_were_cut_short_on_the_disk_are_cut_anew(scene, cut, tmp_path, name, left):
    folder = shutil.copytree(cut, tmp_path / "cut")
    (whole,) = folder.rglob(f"**/{name}")
    content = whole.read_bytes()
    whole.write_bytes(content[: int(len(content) * left) // 8 * 8])
    method_of().footage(open_dataset(scene).train[0].source, folder, 10**9)
    assert whole.read_bytes() == content


def test_a_changed_video_is_read_anew(scene, tmp_path):
    video = tmp_path / "a.mp4"
    video.write_bytes((scene / "test/01.mp4").read_bytes())
    first, _ = method_of().footage(video, tmp_path / "cache", 10**9)
    video.write_bytes(open_dataset(scene).train[0].source.read_bytes())
    second, _ = method_of().footage(video, tmp_path / "cache", 10**9)
    assert first.frames != second.frames


def test_cubes_that_take_too_much_room_leave_nothing_behind(scene, tmp_path):
    with pytest.raises(ConfigError, match=r"cubes\.train_step"):
        method_of().footage(open_dataset(scene).train[0].source, tmp_path, 10_000)
    assert [file.name[:8] for file in tmp_path.rglob("*") if file.is_file()] == [
        "objects-"
    ]  # they were found all right
