"""`unusual demo`: one command from nothing to a report; a scene that was made before is used again."""

import shutil

from unusual.data.made_up import scene as scenes
from unusual.data.made_up.scene import Kind
from unusual.errors import DataError
from unusual.run.checkpoint import load_checkpoint


def test_a_scene_with_what_the_method_can_find_is_made_first(run, tmp_path, monkeypatch):
    asked = []

    def write_scenes(folder, *, seed, kinds, **sizes):
        asked.append((folder, seed, kinds, sizes))
        raise DataError("that is enough")

    monkeypatch.setattr(scenes, "write_scenes", write_scenes)
    code, _, err = run("demo", "--out", tmp_path, "--seed", "7")
    assert (code, err.splitlines()[-1]) == (2, "unusual: that is enough")
    ((folder, seed, kinds, sizes),) = asked
    assert (folder, seed, kinds) == (tmp_path / "scene-7", 7, (Kind.CYCLIST, Kind.CART, Kind.RUNNER))
    assert sizes["test_clips"] > len(kinds)
    assert f"making up a scene in {folder}, with cyclist, cart, runner" in " ".join(err.split())


def test_a_scene_that_is_there_is_learnt_scored_and_reported_and_an_old_model_is_forgotten(run, scene, tmp_path):
    shutil.copytree(scene, tmp_path / "scene-7", ignore=shutil.ignore_patterns("cache"))
    (tmp_path / "model-7").mkdir()
    (tmp_path / "model-7/model.safetensors").write_bytes(b"of another day")
    words = ("--seed", "7", "--minutes", "0.01", "--method", "frame-difference")
    code, out, err = run("demo", "--out", tmp_path, *words)
    assert code == 0, err
    assert "making up" not in err
    assert out.endswith(f"open {tmp_path / 'report.html'} in a browser\n")
    assert "A made-up scene with cyclist, cart, runner" in (tmp_path / "report.html").read_text()
    assert all((tmp_path / name).exists() for name in ("01/annotated.mp4", "02/annotated.mp4", "results.json"))
    settings = dict(load_checkpoint(tmp_path / "model-7").provenance.settings)
    assert (settings["training.seed"], settings["training.minutes"]) == ("7", "0.01")
