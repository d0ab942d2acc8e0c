"""What is ordinary, and how far above it an object is: Section III.E held against numbers worked by hand."""

import numpy as np
import pytest

from unusual.errors import ConfigError, DataError
from unusual.methods.state.settings import ScoreConfig
from unusual.methods.state.standard import Standard, standardised

NAN = float("nan")


def test_the_standard_is_the_mean_and_deviation_of_training_errors():
    standard = Standard.of(np.array([1.0, 3.0], np.float32), np.array([10.0, 10.0, 40.0], np.float32))
    assert standard.numbers.tolist() == pytest.approx([2, 1, 20, np.sqrt(200)])


def test_a_standard_of_many_large_errors_is_exact():
    many = (1e6 + np.arange(100_000) % 2).astype(np.float32)
    standard = Standard.of(many, many)
    assert tuple(standard.numbers[:2]) == (pytest.approx(1e6 + 0.5, abs=1e-6), pytest.approx(0.5))


def test_scores_are_weighted_sums_in_deviations():
    usual, config = np.tile([2.0, 1.0, 20.0, 10.0], (2, 1)), ScoreConfig(w_raw=0.3, w_motion=2.0)
    raw, motion = np.array([2.0, 4.0], np.float32), np.array([20.0, 5.0], np.float32)
    of_raw, of_motion = standardised(raw, motion, usual, config)
    np.testing.assert_allclose(of_raw, [0, 0.6])
    np.testing.assert_allclose(of_motion, [0, -3.0])
    assert of_raw.dtype == of_motion.dtype == np.float64


def test_training_errors_score_zero_on_average():
    raw, motion = np.random.default_rng(0).gamma(2.0, size=(2, 500))
    usual = Standard.of(raw, motion).at(np.zeros((500, 4), np.float32))
    for term in standardised(raw, motion, usual, ScoreConfig()):
        assert (term.mean(), term.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))


@pytest.mark.parametrize(
    "numbers",
    [(1, 0, 1, 1), (1, 1, 1, -1), (NAN, 1, 1, 1), (1, 1, 1, NAN), (1, np.inf, 1, 1)],
    ids=["no deviation", "a negative one", "a mean that is no number", "a deviation that is none", "infinite"],
)
def test_a_standard_that_cannot_be_is_refused(numbers):
    with pytest.raises(DataError, match="finite and vary"):
        Standard(np.array(numbers, float))


def test_a_standard_needs_cubes():
    with pytest.raises(DataError, match="got none"):
        Standard.of(np.array([]), np.array([]))
    with pytest.raises(DataError, match="got none"):
        Standard.by_place(np.array([]), np.array([]), np.zeros((0, 4), np.float32))


def at(x, y, size=0.1):
    """(1, 4) a box whose feet stand there, as shares of the picture."""
    return np.array([[x - size / 2, y - size, x + size / 2, y]], np.float32)


def test_what_is_ordinary_near_the_camera_is_unusual_far_away():
    chance = np.random.default_rng(0)
    boxes = np.concatenate([np.repeat(at(0.5, 0.2), 1000, 0), np.repeat(at(0.5, 0.9), 1000, 0)])
    errors = np.concatenate([chance.gamma(4.0, 1.0, 1000), chance.gamma(4.0, 10.0, 1000)])
    standard, everywhere = Standard.by_place(errors, errors, boxes), Standard.of(errors, errors)
    far, near = (standardised(np.array([30.0]), np.array([30.0]), standard.at(at(0.5, y)), ScoreConfig())[0][0]
                 for y in (0.2, 0.9))  # fmt: skip
    assert far > 8 and abs(near) < 1
    same = [standardised(np.array([30.0]), np.array([30.0]), everywhere.at(at(0.5, y)), ScoreConfig()) for y in (0, 1)]
    assert same[0] == same[1]


def test_at_a_place_the_median_scores_0_and_one_in_twenty_reaches_1_645():
    errors = np.random.default_rng(0).gamma(4.0, 1.0, 5000)
    standard = Standard.by_place(errors, errors, np.repeat(at(0.5, 0.5), 5000, 0))
    scores, _ = standardised(errors, errors, standard.at(np.repeat(at(0.5, 0.5), 5000, 0)), ScoreConfig())
    assert np.median(scores) == pytest.approx(0, abs=0.03)
    assert np.quantile(scores, 0.95) == pytest.approx(1.645, abs=0.05)


def test_a_place_where_nobody_was_takes_what_others_say():
    errors = np.random.default_rng(0).gamma(4.0, 1.0, 500)
    standard = Standard.by_place(errors, errors, np.repeat(at(0.2, 0.5), 500, 0))
    np.testing.assert_allclose(standard.at(at(0.9, 0.1)), standard.at(at(0.2, 0.5)), rtol=0.1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"w_raw": -1}, "-1", id="a negative weight"),
        pytest.param({"w_raw": 0, "w_motion": 0}, "above 0", id="no weight at all"),
        pytest.param({"w_motion": NAN}, "nan", id="a weight that is no number"),
        pytest.param({"w_motion": np.inf}, "inf", id="an infinite weight"),
        pytest.param({"memory": -2}, "score.memory", id="a memory that is none"),
        pytest.param({"usual": "nowhere"}, "nowhere", id="what is usual nowhere"),
        pytest.param({"p": 0.5}, "p of the norm", id="no norm"),
        pytest.param({"p": np.inf}, "p of the norm", id="the maximum norm has no sum of powers"),
    ],
)
def test_weights_that_make_no_sense_are_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        ScoreConfig(**changes)
