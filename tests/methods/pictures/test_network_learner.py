"""What all learners of clips keep to: clips to learn from, a check beside floors, and a scorer of what is learnt."""

import numpy as np
import pytest
import torch
from tiny import TINY, footage, learner_of

from unusual.errors import CheckpointError, DataError
from unusual.run.config import make_config

SMALL_PICTURES = ["clips.height=48", "clips.width=64", "training.precision=fp32"]
CHANGES = {
    "ustn-dsc": [*TINY, "network.colours=1"],
    "conv-ae": ["clips.crop=0", "network.frames=4", "network.widths=[8, 8, 8]"],
    "future-frame": ["clips.crop=0", "network.widths=[4, 8]"],
}


@pytest.fixture(params=CHANGES)
def config(request):
    return make_config(request.param, changes=[*CHANGES[request.param], *SMALL_PICTURES])


@pytest.fixture
def learner(config):
    return learner_of(config)


def errors_by(scorer):
    return [unit.error for unit in scorer.judge("v", enumerate(footage(1, 25)[0].pictures))]


def test_training_sees_clips_in_the_unit_range_and_crops_of_them(learner):
    stretches = footage(2, 20)
    starts = learner.starts(stretches)
    assert len(starts) == 2 * (20 - learner.span + 1)
    batch = learner.batch(stretches, starts[[0, -1]], np.random.default_rng(0))
    side = (learner.clips.crop or 48, learner.clips.crop or 64)
    assert batch.shape == (2, learner.frames, 1, *side)
    assert 0 <= batch.min() < batch.max() <= 1


def test_the_loss_is_a_number_that_gradients_come_from(learner):
    real = learner.batch(footage(), learner.starts(footage())[:2], np.random.default_rng(0))
    loss = learner.loss(learner.network, real)
    assert (loss.ndim, bool(loss > 0), loss.requires_grad) == (0, True, True)


def test_too_short_footage_cannot_be_checked(learner):
    with pytest.raises(DataError, match="shorter than one unit"):
        learner.check(footage(1, learner.span - 1))


def test_it_scores_by_the_weights_as_they_are(learner):
    before = errors_by(learner.scorer())
    with torch.no_grad():
        for parameter in learner.network.train().parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    assert errors_by(learner.scorer()) != before
    assert errors_by(learner.scorer()) == errors_by(learner.scorer())  # in eval mode: nothing is drawn


def test_another_goes_on_from_what_was_learnt(config, learner, tmp_path):
    with torch.no_grad():
        for parameter in learner.network.parameters():
            parameter.add_(0.05)
    other = learner_of(config)
    other.begin(learner.learnt(), tmp_path)
    assert errors_by(other.scorer()) == errors_by(learner.scorer())
    with pytest.raises(CheckpointError, match=r"gone\.safetensors does not fit these settings"):
        other.begin({}, tmp_path / "gone.safetensors")


def test_what_is_learnt_is_not_changed_by_learning_on(learner):
    learnt = learner.learnt()
    kept = {name: array.copy() for name, array in learnt.items()}
    with torch.no_grad():
        for parameter in learner.network.parameters():
            parameter.add_(1.0)
    for name, array in kept.items():
        np.testing.assert_array_equal(learnt[name], array)
