"""`unusual train`: which settings its words become, what it says at the end; `export` makes what it would have made."""

import shutil
from dataclasses import replace

import onnx
import pytest
from made_camera import NAME, camera_home

from unusual.run.checkpoint import MODEL, load_checkpoint
from unusual.run.nets import ONNX
from unusual.store.cameras import read_card

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


def again(folder):
    """What takes long in `export`: the graph, as it was written before, since the weights are the same."""
    model = onnx.load(folder / ONNX)
    del model.metadata_props[:]
    return lambda judging: (model, [output.name for output in model.graph.output])


def test_an_older_checkpoint_is_made_ready_and_the_next_command_is_said(run, scene, trained, tmp_path, monkeypatch):
    shutil.copy(trained / MODEL, tmp_path / MODEL)
    monkeypatch.setattr("unusual.run.export.as_onnx", again(trained))
    code, out, err = run("export", tmp_path, scene / "test/01.mp4")
    assert code == 0
    assert out.startswith(f"{tmp_path / ONNX} agrees with PyTorch to ")
    assert out.endswith("units: 15 of held-out footage\n")
    assert err.endswith(f"next: unusual score VIDEO --checkpoint {tmp_path}\n")
    assert {path.name for path in tmp_path.iterdir()} == {MODEL, ONNX}


def test_a_cameras_is_noted_on_its_card(run, tmp_path, monkeypatch):
    home = camera_home(tmp_path)
    folder, before = home.camera(NAME), read_card(home, NAME)
    monkeypatch.setattr("unusual.run.export.as_onnx", again(folder))
    (folder / ONNX).write_bytes(b"broken")
    monkeypatch.chdir(folder)
    code, out, _ = run("export", ".")
    assert code == 0
    card = read_card(home, NAME)
    assert str(card.exported) in out and card.exported.seen == "16 of held-out footage"
    assert card == replace(before, exported=card.exported)
    load_checkpoint(folder, onnx_sha256=card.exported.sha256)


@pytest.mark.parametrize(
    ("words", "said"), [(["nowhere"], "no checkpoint at nowhere"), (["{m}", "none.mp4"], "none.mp4")]
)
def test_what_is_not_there_to_be_exported_is_told(run, trained, tmp_path, words, said):
    shutil.copy(trained / MODEL, tmp_path / MODEL)
    code, out, err = run("export", *(word.format(m=tmp_path) for word in words))
    assert (code, out) == (2, "")
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == [MODEL]
