"""The table of methods: each folder has what the house asks of it."""

import pytest

from unusual.errors import ConfigError
from unusual.methods import DEFAULT, FLOOR, METHODS, make_learner, method_of
from unusual.methods.learner import NetworkLearner


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_presets_and_settings_that_can_be_changed(name):
    method = method_of(name)
    assert "small" in method.presets
    for preset in method.presets.values():
        settings = preset()
        assert type(settings) is method.settings
        for change in (*method.changeable, *(change.partition("=")[0] for change in settings.paced(25.0))):
            section, _, key = change.partition(".")
            assert hasattr(getattr(settings, section), key)


@pytest.mark.parametrize(
    ("name", "rate", "changes"),
    [
        ("ustn-dsc", 25.0, ["clips.stride=2"]),
        ("ustn-dsc", 12.0, ["clips.stride=1"]),
        ("ustn-dsc", 50.0, ["clips.stride=4"]),
        ("state", 25.0, ["cubes.step=6", "cubes.train_step=6", "score.memory=25"]),
        ("state", 50.0, ["cubes.step=12", "cubes.train_step=12", "score.memory=50"]),
        ("state", 5.0, ["cubes.step=1", "cubes.train_step=1", "score.memory=5"]),
    ],
)
def test_what_another_camera_changes(name, rate, changes):
    assert method_of(name).presets["small"]().paced(rate) == changes


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match="unknown method 'magic': choose from ustn-dsc, state"):
        method_of("magic")


def test_the_floor_has_no_network_and_the_default_has_one():
    for name, learns in ((FLOOR, False), (DEFAULT, True)):
        settings = method_of(name).presets["small"]().completed(48, 64)
        assert isinstance(make_learner(name, settings, "cpu"), NetworkLearner) == learns
