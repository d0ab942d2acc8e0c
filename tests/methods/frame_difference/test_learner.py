"""A method that has nothing to learn."""

import numpy as np
import pytest
from tiny import footage, learner_of

from unusual.errors import CheckpointError, DataError
from unusual.methods.learner import NetworkLearner
from unusual.run.config import make_config


@pytest.fixture
def learner():
    return learner_of(make_config("frame-difference", changes=["clips.height=48", "clips.width=64"]))


def test_the_check_is_the_psnr_of_frames_copied_and_has_no_floor(learner):
    (check,) = learner.check(footage())
    assert (check.floors, check.learnt) == ((), True)
    assert str(check) == f"{check.name}: {check.value:.2f}"
    one, other, *_ = footage(1)[0].pictures.astype(float) / 255
    assert check.value == pytest.approx(-10 * np.log10(np.square(one - other).mean()), abs=1e-3)


def test_too_short_footage_cannot_be_checked(learner):
    with pytest.raises(DataError, match="shorter than one unit"):
        learner.check(footage(1, 1))


def test_it_has_no_network_and_keeps_nothing(learner, tmp_path):
    assert not isinstance(learner, NetworkLearner)
    assert learner.learnt() == {}
    learner.begin({}, tmp_path)
    with pytest.raises(CheckpointError, match="no weights"):
        learner.begin({"stem": np.zeros(1)}, tmp_path)
