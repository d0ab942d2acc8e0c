"""`unusual train`: which settings its words become, and what it says at the end."""

import pytest

from unusual.run.checkpoint import load_checkpoint

QUICK = ("--method", "frame-difference", "--set", "clips.height=32")


@pytest.fixture
def train(run, scene, tmp_path):
    """Takes further words; gives what was said, and the settings of the checkpoint."""

    def command(*words):
        code, out, err = run("train", scene, "--out", tmp_path / "m", "--cache", tmp_path / "cache", *QUICK, *words)
        assert (code, out) == (0, f"checkpoint: {tmp_path / 'm'}\n"), err
        return err, dict(load_checkpoint(tmp_path / "m").provenance.settings)

    return command


def test_its_own_words_go_before_a_file_and_before_single_settings(train, tmp_path):
    (tmp_path / "own.toml").write_text("[training]\nseed = 3\nheld_out = 0.5\nminutes = 9.0\n")
    words = ("--config", tmp_path / "own.toml", "--set", "training.seed=4", "--seed", "5", "--minutes", "0.5")
    _, settings = train(*words)
    assert (settings["training.seed"], settings["training.minutes"]) == ("5", "0.5")
    assert (settings["training.held_out"], settings["clips.height"]) == ("0.5", "32")


def test_words_that_are_not_given_change_nothing(train, tmp_path):
    (tmp_path / "own.toml").write_text("[training]\nseed = 3\n")
    _, settings = train("--config", tmp_path / "own.toml")
    assert (settings["training.seed"], settings["training.minutes"]) == ("3", "0.0")


def test_footage_is_prepared_in_the_cache_that_is_named_and_the_next_command_is_said(train, tmp_path):
    said, _ = train()
    assert list((tmp_path / "cache").iterdir())
    assert f"prepared footage is kept in {tmp_path / 'cache'} (safe to delete)" in said
    assert said.endswith(f"next: unusual score VIDEO --checkpoint {tmp_path / 'm'}\n")
