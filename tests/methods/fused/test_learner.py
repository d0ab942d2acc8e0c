"""A network is trained on cubes of those whom habits follow; then both are measured."""

import numpy as np
import pytest
from tiny import learner_of

from unusual.data.datasets import open_dataset
from unusual.errors import CheckpointError
from unusual.methods.fused.scorer import BRANCHES, beside
from unusual.methods.habits.moments import unpacked


@pytest.fixture(scope="module")
def footage(learnt, scene, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    return learner_of(learnt.checkpoint.config).footage(open_dataset(scene).train[0].source, cache, 10**9)[0]


def test_cubes_are_of_those_whom_habits_follow(footage, learnt):
    """The same tracks, in the same boxes, in every fourth judged frame."""
    cubes, step = beside(footage), learnt.checkpoint.config.settings.cubes.step
    assert set((cubes.frame % step).tolist()) == {0}
    boxes, tracks = cubes.placed
    moments = unpacked(footage.pictures)
    for frame in np.unique(cubes.frame):
        there, cut = moments[(footage.frame == frame) & (moments["number"] >= 0)], cubes.frame == frame
        assert tracks[cut].tolist() == there["number"].tolist()
        shares = there["box"] / np.array([96, 64, 96, 64], np.float32)
        np.testing.assert_allclose(boxes[cut], shares.clip(0, 1), atol=1e-5)


def test_a_part_of_the_footage_has_its_part_of_the_cubes(footage):
    part = footage.cut(20, 60)
    assert beside(part).frames == part.frames == 40
    assert beside(part).frame.max() < 40


def test_how_rare_errors_are_is_measured_on_the_footage(learnt):
    tails = learnt.checkpoint.scorer.tails
    assert set(tails) == set(BRANCHES)
    assert all(np.ptp(tail.knots) > 0 and tail.beyond > 0 for tail in tails.values())


def test_learning_goes_on_from_both(learnt):
    learner = learner_of(learnt.checkpoint.config)
    learner.begin(learnt.checkpoint.learnt, learnt.file)
    learner.settle([each.footage for each in learnt.unseen])
    after = learner.learnt()
    assert set(after) == set(learnt.checkpoint.learnt)
    weights = [name for name in after if name.startswith("state.state.")]
    assert weights and all(np.array_equal(after[name], learnt.checkpoint.learnt[name]) for name in weights)
    assert after["habits.counts.place"].sum() > learnt.checkpoint.learnt["habits.counts.place"].sum()
    with pytest.raises(CheckpointError, match="does not fit"):
        learner.begin({"habits.shape": np.array([1.0])}, learnt.file)
