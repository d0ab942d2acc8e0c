"""What is learnt from of clips: every place where one fits, cut at the method's stride, and a few to check by."""

import numpy as np
import pytest
from tiny import footage, learner_of

from unusual.data.datasets import open_dataset
from unusual.errors import DataError
from unusual.methods.footage import Footage
from unusual.methods.pictures.clip_learner import CHECKED_CLIPS
from unusual.run.config import make_config


def learner(*changes):
    words = ["clips.height=48", "clips.width=64", "clips.crop=0", "network.frames=4", "network.widths=[4, 4, 4]"]
    return learner_of(make_config("conv-ae", changes=[*words, *changes]))


def numbered(frames):
    """Footage whose every picture is as bright as its number."""
    return Footage.of_frames("v", np.tile(np.arange(frames, dtype=np.uint8)[:, None, None, None], (1, 48, 64, 1)))


def test_a_clip_can_begin_at_every_frame_from_which_it_fits():
    starts = learner("clips.stride=2").starts([numbered(9), numbered(6), numbered(8)])
    assert starts.tolist() == [[0, 0], [0, 1], [0, 2], [2, 0], [2, 1]]  # seven frames from first to last


def test_a_clip_is_cut_at_its_stride():
    one = learner("clips.stride=2")
    clips = one.cut([numbered(9), numbered(20)], np.array([[0, 2], [1, 11]]))
    assert [clip[:, 0, 0, 0].tolist() for clip in clips] == [[2, 4, 6, 8], [11, 13, 15, 17]]
    assert clips[0].shape == (4, 48, 64, 1)


def test_held_out_footage_is_checked_by_clips_side_by_side_spread_over_all_of_it():
    few = learner().checked([numbered(11)])
    assert few.tolist() == [[0, 0], [0, 4]]
    many = learner().checked([Footage.of_frames("v", np.zeros((4 * 200, 48, 64, 1), np.uint8))])
    assert len(many) == CHECKED_CLIPS
    assert (many[0].tolist(), many[-1].tolist()) == ([0, 0], [0, 4 * 199])
    assert np.ptp(np.diff(many[:, 1])) <= 4


def test_footage_without_a_whole_clip_cannot_be_checked():
    with pytest.raises(DataError, match="shorter than one unit of 4 frames: give more footage"):
        learner().checked([numbered(3)])


def test_a_video_is_prepared_at_the_size_that_the_network_sees_and_found_again(scene, tmp_path):
    one, video = learner(), open_dataset(scene).train[0].source
    first, problems = one.footage(video, tmp_path, 10**9)
    assert (first.pictures.shape[1:], problems) == ((48, 64, 1), ())
    kept = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    again, _ = one.footage(video, tmp_path, 10**9)
    np.testing.assert_array_equal(again.pictures, first.pictures)
    assert kept == {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}


def test_the_published_errors_need_nothing_more_than_the_weights(tmp_path):
    one = learner()
    before = one.learnt()
    one.settle(footage())
    assert all((before[name] == array).all() for name, array in one.learnt().items())
    assert one.sample == "unit of 4 frames"
