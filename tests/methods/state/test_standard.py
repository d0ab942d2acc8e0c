"""What is ordinary, and how far above it an object is: Section III.E held against numbers worked by hand."""

from dataclasses import astuple

import numpy as np
import pytest

from unusual.errors import ConfigError, DataError
from unusual.methods.state.settings import ScoreConfig
from unusual.methods.state.standard import Standard, standardised

NAN = float("nan")


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
