"""What the presets stand for, and what a camera's pace makes of them."""

import pytest

from unusual.errors import ConfigError
from unusual.methods.state.settings import METHOD, PerturbConfig, paper


@pytest.mark.parametrize("preset", ["paper", "paper-shanghaitech", "paper-ped2"])
@pytest.mark.parametrize("rate", [0.0, 10.0, 25.0])
def test_a_paper_preset_judges_each_frame_by_itself_at_every_pace(preset, rate):
    settings = METHOD.presets[preset]().completed(240, 360, rate)
    assert (settings.score.memory, settings.score.usual) == (0, "everywhere")
    assert (settings.cubes.step, settings.cubes.train_step, settings.remembered(1)) == (1, 1, 0)
    assert settings.objects.score == (0.25 if preset == "paper" else 0.5)
    assert not any("memory" in change for change in settings.paced(25.0))


@pytest.mark.parametrize(
    ("rate", "step", "memory"),
    [(25.0, 6, 25), (30.0, 8, 30), (10.0, 2, 10), (5.0, 1, 5), (0.2, 1, 1), (0.0, 6, 25)],
    ids=str,
)
def test_small_judges_tracks_about_four_times_a_second_over_a_second(rate, step, memory):
    settings = METHOD.presets["small"]().completed(240, 360, rate)
    assert (settings.cubes.step, settings.cubes.train_step, settings.score.memory) == (step, step, memory)
    assert settings.remembered(step) == max(1, round(memory / step))
    assert settings.flow.tallest == 288  # the flow of taller pictures costs most of what a file does
    assert settings.completed(0, 0) == settings  # nothing more is decided where a model is loaded


def test_perturbed_cubes_are_judged_in_full_precision():
    assert paper().perturbation.eta > 0
    assert paper().scored_in == "fp32"


def test_a_reduction_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError, match="reduction"):
        PerturbConfig(reduction="median")
