"""Settings: what a file or the command line may change, and what is refused."""

import pytest

from unusual.errors import ConfigError
from unusual.run.config import change_config, config_from_dict, config_to_dict, flat_settings, make_config


def test_the_presets_are_the_paper_and_ours():
    paper, small = make_config(preset="paper").settings, make_config(preset="small").settings
    assert (paper.clips.height, paper.clips.width, paper.network.channels) == (256, 256, 96)
    assert (paper.network.depth, paper.network.frames, paper.training.batch) == (6, 9, 4)
    assert (paper.training.learning_rate, paper.training.epochs) == (2e-4, 100)
    assert not paper.network.residual
    assert paper.training.warm_start == "none"
    assert small.training.warm_start == "made-up"


def test_a_file_changes_a_preset_and_words_change_the_file(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text('preset = "paper"\n[network]\ndepth = 2\nheads = [2, 2, 2, 2]\n[training]\nseed = 7\n')
    config = make_config(file=file, changes=["training.seed=8", "network.cross_attention_skip=false"])
    assert config.preset == "paper"
    assert config.settings.network.depth == 2
    assert config.settings.network.heads == (2, 2, 2, 2)
    assert config.settings.training.seed == 8
    assert config.settings.network.cross_attention_skip is False
    assert make_config(preset="small", file=file).preset == "small"


def test_settings_survive_the_way_to_json_and_back():
    config = make_config(changes=["network.depth=3", "clips.step=3"])
    assert config_from_dict(config_to_dict(config)) == config
    assert change_config(config, []) == config
    assert ("network.depth", "3") in flat_settings(config)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(["network.dept=2"], "unknown setting 'network.dept'", id="unknown key"),
        pytest.param(["nonsense.depth=2"], "unknown setting 'nonsense'", id="unknown section"),
        pytest.param(["network=2"], "section.key=value", id="no key"),
        pytest.param(["network.depth"], "section.key=value", id="no value"),
        pytest.param(["network.depth=much"], "network.depth.*'much'", id="a word for a number"),
        pytest.param(["network.depth=2.5"], "network.depth", id="half a block"),
        pytest.param(["training.warm_start=maybe"], "none.*made-up", id="no such choice"),
        pytest.param(["training.held_out=0"], "held_out", id="nothing held out"),
        pytest.param(["clips.step=4"], "must divide the 9", id="a step that misses the paper's units"),
        pytest.param(["clips.height=3"], "height", id="too small"),
        pytest.param(["clips.height=100000"], "height", id="too large"),
        pytest.param(["training.batch=100000"], "batch", id="too many at once"),
        pytest.param(["training.seed=-1"], "seed", id="a seed below 0"),
        pytest.param(["training.seed=99999999999"], "seed", id="a seed that no generator takes"),
        pytest.param(["training.minutes=nan"], "training.minutes", id="no number"),
        pytest.param(["training.weight_decay=-1"], "training.weight_decay", id="a weight that grows"),
        pytest.param(["training.beta1=1.5"], "beta1", id="a beta above 1"),
        pytest.param(["training.seed=-1"], "seed", id="a negative seed"),
        pytest.param(["network.drop_path=1"], "drop_path", id="all paths dropped"),
        pytest.param(["network.channels=0"], "channels", id="no channels"),
        pytest.param(["objective.region=512"], "larger than the picture", id="a region larger than the picture"),
    ],
)
def test_a_wrong_change_is_named(changes, said):
    with pytest.raises(ConfigError, match=said):
        make_config(changes=changes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[network", "is not TOML"),
        ("[network]\ndeep = 1", "unknown setting"),
        ("network = 1", "is a table of"),
        ('preset = "huge"', "unknown preset 'huge'"),
        ('method = "magic"', "unknown method 'magic'"),
    ],
)
def test_a_wrong_file_is_named(tmp_path, text, said):
    file = tmp_path / "run.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        make_config(file=file)
    with pytest.raises(ConfigError, match="cannot read"):
        make_config(file=tmp_path / "missing.toml")


def test_what_is_nested_without_end_is_one_line(tmp_path):
    deep = "[" * 100_000
    (tmp_path / "deep.toml").write_text(f"value = {deep}")
    with pytest.raises(ConfigError, match="is not TOML"):
        make_config(file=tmp_path / "deep.toml")
    with pytest.raises(ConfigError):
        make_config(changes=[f"training.seed={deep}"])
