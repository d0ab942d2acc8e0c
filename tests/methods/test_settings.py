"""What all methods answer for themselves, and the settings of a training that cannot be."""

import math

import pytest

from unusual.errors import ConfigError
from unusual.methods.settings import LARGEST_BATCH, MethodSettings, TrainingConfig


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"epochs": 0}, "epochs >= 1", id="no epoch"),
        pytest.param({"batch": 0}, "batch from 1", id="no batch"),
        pytest.param({"batch": LARGEST_BATCH + 1}, f"to {LARGEST_BATCH}", id="a batch that no memory holds"),
        pytest.param({"seed": -1}, "seed from 0", id="a seed below 0"),
        pytest.param({"seed": 2**32}, "seed from 0", id="a seed of more than 32 bits"),
        *(
            pytest.param({name: value}, rf"training\.{name} must be 0 or more, got {value}", id=f"{name} of {value}")
            for name in ("minutes", "epoch_batches", "warmup_batches", "weight_decay", "clip_gradient")
            for value in (-1, math.inf, math.nan)
        ),
        pytest.param({"beta1": 1.0}, r"beta1 and beta2 in \[0, 1\)", id="a beta that forgets nothing"),
        pytest.param({"beta2": -0.1}, "beta1 and beta2", id="a beta below 0"),
        pytest.param({"held_out": 0.0}, "held_out must be above 0", id="nothing to check by"),
        pytest.param({"held_out": 0.6}, "at most 0.5", id="too little to learn from"),
        pytest.param({"learning_rate": 0.0}, "learning_rate and epsilon above 0", id="no learning"),
        pytest.param({"learning_rate": math.nan}, "learning_rate", id="a rate that is no number"),
        pytest.param({"epsilon": 0.0}, "epsilon above 0", id="a division by nothing"),
    ],
)
def test_a_training_that_cannot_be_is_refused_with_what_came(changes, said):
    with pytest.raises(ConfigError, match=said):
        TrainingConfig(**changes)


@pytest.mark.parametrize(
    "changes",
    [{"epochs": 1}, {"batch": LARGEST_BATCH}, {"seed": 2**32 - 1}, {"held_out": 0.5}, {"minutes": 0.0}, {"beta1": 0.0}],
    ids=str,
)
def test_the_bounds_themselves_are_allowed(changes):
    assert TrainingConfig(**changes)


class Plain(MethodSettings):
    """A method that says nothing of itself but how it is trained."""

    training = TrainingConfig(precision="fp32")


def test_a_method_that_says_nothing_changes_nothing_and_lacks_nothing():
    plain = Plain()
    assert plain.completed(48, 64, 25.0) is plain
    assert plain.paced(12.0) == plain.denser() == []
    assert plain.lacking() == ""


def test_it_scores_in_the_precision_of_its_training():
    assert Plain().scored_in == "fp32"
