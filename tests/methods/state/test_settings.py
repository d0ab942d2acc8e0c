"""STATE's presets, and what another camera changes."""

import pytest

from unusual.errors import ConfigError
from unusual.methods.state.settings import PerturbConfig, paper, small


def test_objects_are_judged_as_often_a_second_at_any_rate():
    step = small().cubes.train_step
    assert small().paced(25) == [f"cubes.step={step}", f"cubes.train_step={step}"]
    assert small().paced(50) == [f"cubes.step={2 * step}", f"cubes.train_step={2 * step}"]
    assert small().paced(1)[0] == "cubes.step=1"


def test_perturbed_cubes_are_judged_in_full_precision():
    assert paper().perturbation.eta > 0
    assert paper().scored_in == "fp32"


def test_a_reduction_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError, match="reduction"):
        PerturbConfig(reduction="median")
