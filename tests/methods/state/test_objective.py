"""The loss, the errors and the scores of Sections III.C and III.E held against numbers worked by hand."""

from dataclasses import astuple

import numpy as np
import pytest
import torch

from unusual.errors import ConfigError, DataError
from unusual.methods.state.objective import (
    ScoreConfig,
    Standard,
    cube_errors,
    floor_errors,
    reconstruction_loss,
    standardised,
)

NAN = float("nan")


def cubes(seed, *shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def rebuilt_and_real():
    return cubes(1, 2, 3, 3, 4, 4), cubes(2, 2, 3, 2, 4, 4), cubes(3, 2, 3, 3, 4, 4), cubes(4, 2, 3, 2, 4, 4)


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_errors_are_sums_of_powers_over_each_cube(p):
    pixels, motion, rgb, flow = rebuilt_and_real()
    raw, of_motion = cube_errors(pixels, motion, rgb, flow, p)
    for cube in range(2):
        for got, one, other in ((raw, pixels, rgb), (of_motion, motion, flow)):
            literal = sum(abs(a - b) ** p for a, b in zip(one[cube].flatten(), other[cube].flatten(), strict=True))
            assert got[cube].item() == pytest.approx(literal.item(), rel=1e-5)


def test_the_loss_is_the_sum_of_both_averaged_over_cubes():
    pixels, motion, rgb, flow = rebuilt_and_real()
    expected = ((pixels - rgb).square().sum() + (motion - flow).square().sum()) / 2
    torch.testing.assert_close(reconstruction_loss(pixels, motion, rgb, flow), expected)
    expected = ((pixels - rgb).abs().sum() + (motion - flow).abs().sum()) / 2
    torch.testing.assert_close(reconstruction_loss(pixels, motion, rgb, flow, 1), expected)


def test_the_floors_are_a_still_picture_and_no_motion():
    rgb = torch.tensor([1.0, 0.5, 0.0, 0.5, 0.5]).view(1, 5, 1, 1, 1).expand(2, 5, 3, 2, 2)
    flow = torch.full((2, 5, 2, 2, 2), 3.0)
    raw, of_motion = floor_errors(rgb, flow)
    assert raw.tolist() == [(1 + 3 * 0.25) * 12] * 2
    assert of_motion.tolist() == [5 * 8 * 9.0] * 2
    assert floor_errors(rgb, flow, p=1)[1].tolist() == [5 * 8 * 3.0] * 2


def test_the_standard_is_the_mean_and_deviation_of_training_errors():
    standard = Standard.of(np.array([1.0, 3.0], np.float32), np.array([10.0, 10.0, 40.0], np.float32))
    assert astuple(standard) == pytest.approx((2, 1, 20, np.sqrt(200)))


def test_a_standard_of_many_large_errors_is_exact():
    many = (1e6 + np.arange(100_000) % 2).astype(np.float32)
    standard = Standard.of(many, many)
    assert (standard.raw_mean, standard.raw_deviation) == (pytest.approx(1e6 + 0.5, abs=1e-6), pytest.approx(0.5))


def test_scores_are_weighted_sums_in_deviations():
    standard, config = Standard(2.0, 1.0, 20.0, 10.0), ScoreConfig(w_raw=0.3, w_motion=2.0)
    raw, motion = np.array([2.0, 4.0], np.float32), np.array([20.0, 5.0], np.float32)
    of_raw, of_motion = standardised(raw, motion, standard, config)
    np.testing.assert_allclose(of_raw, [0, 0.6])
    np.testing.assert_allclose(of_motion, [0, -3.0])
    assert of_raw.dtype == of_motion.dtype == np.float64


def test_training_errors_score_zero_on_average():
    raw, motion = np.random.default_rng(0).gamma(2.0, size=(2, 500))
    for term in standardised(raw, motion, Standard.of(raw, motion), ScoreConfig()):
        assert (term.mean(), term.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))


@pytest.mark.parametrize(
    "numbers",
    [(1, 0, 1, 1), (1, 1, 1, -1), (NAN, 1, 1, 1), (1, 1, 1, NAN), (1, np.inf, 1, 1)],
    ids=["no deviation", "a negative one", "a mean that is no number", "a deviation that is none", "infinite"],
)
def test_a_standard_that_cannot_be_is_refused(numbers):
    with pytest.raises(DataError, match="finite and vary"):
        Standard(*numbers)


def test_a_standard_needs_cubes():
    with pytest.raises(DataError, match="got none"):
        Standard.of(np.array([]), np.array([]))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"w_raw": -1}, "-1", id="a negative weight"),
        pytest.param({"w_raw": 0, "w_motion": 0}, "above 0", id="no weight at all"),
        pytest.param({"w_motion": NAN}, "nan", id="a weight that is no number"),
        pytest.param({"w_motion": np.inf}, "inf", id="an infinite weight"),
        pytest.param({"p": 0.5}, "p of the norm", id="no norm"),
        pytest.param({"p": np.inf}, "p of the norm", id="the maximum norm has no sum of powers"),
    ],
)
def test_weights_that_make_no_sense_are_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        ScoreConfig(**changes)
