"""The losses against their literal forms."""

import math

import pytest
import torch

from unusual.errors import ConfigError
from unusual.methods.future_frame.objective import change_loss, gradient_loss, prediction_loss
from unusual.methods.future_frame.settings import ObjectiveConfig


def pictures(seed, *shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_the_gradient_loss_compares_absolute_differences_of_neighbours():
    a, b = pictures(1, 1, 1, 3, 3), pictures(2, 1, 1, 3, 3)
    total = 0.0
    for lines in (zip(a[0, 0], b[0, 0], strict=True), zip(a[0, 0].t(), b[0, 0].t(), strict=True)):
        for one, other in lines:
            total += sum(abs(abs(one[n + 1] - one[n]) - abs(other[n + 1] - other[n])).item() for n in (0, 1))
    assert gradient_loss(a, b).item() == pytest.approx(total / 6, rel=1e-5)


def test_the_change_loss_asks_how_much_moved_and_not_what_was_painted():
    last, real = torch.full((1, 1, 2, 2), 0.5), torch.full((1, 1, 2, 2), 0.7)
    assert change_loss(torch.full_like(real, 0.3), real, last) == pytest.approx(0, abs=1e-6)
    assert change_loss(last, real, last) == pytest.approx(0.2)


def test_the_loss_is_the_weighted_sum():
    predicted, real, last = (pictures(seed, 2, 3, 4, 4) for seed in range(3))
    parts = (predicted - real).square().mean(), gradient_loss(predicted, real), change_loss(predicted, real, last)
    for weights in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 2)):
        expected = sum(weight * part for weight, part in zip(weights, parts, strict=True))
        settings = ObjectiveConfig(16, *weights)
        assert prediction_loss(predicted, real, last, settings) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("weights", [(-1, 1, 1), (0, 0, 0), (1, math.inf, 1), (1, math.nan, 1)], ids=str)
def test_weights_that_leave_no_loss_are_refused(weights):
    with pytest.raises(ConfigError, match="weights of losses"):
        ObjectiveConfig(16, *weights)
