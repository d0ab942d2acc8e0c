"""Frame difference as a method: what the floor says, with place and live scale, and nothing to train."""

import json
import sys

import numpy as np
import pytest
import torch
from tiny import footage

from unusual.app.cli import main
from unusual.errors import ConfigError
from unusual.methods.frame_difference.settings import paper, small
from unusual.run.checkpoint import build_method, load_checkpoint
from unusual.run.config import make_config
from unusual.video.frame_difference import FrameDifference

CPU = torch.device("cpu")


def method_of(*changes):
    return build_method(make_config("frame-difference", changes=["clips.height=48", "clips.width=64", *changes]), CPU)


def a_square_that_jumps(frames=10):
    still = np.full((frames, 48, 64, 1), 100, np.uint8)
    for n in range(frames):
        still[n, 16:24, 8 + 3 * n : 16 + 3 * n] = 200
    still[5:, 24:40, 24:48] = 160
    return still


def test_it_scores_as_the_floor_does():
    floor, shown = FrameDifference(), a_square_that_jumps()
    for picture in shown:
        floor.add(np.repeat(picture, 3, 2))
    errors = [unit.error for unit in method_of().judge("v", enumerate(shown))]
    np.testing.assert_allclose(errors, floor.scores(), rtol=1e-5)


def test_a_smaller_box_sees_a_smaller_change():
    (_, wide, *_), (_, narrow, *_) = (
        [unit.error for unit in method_of(f"objective.region={side}").judge("v", enumerate(a_square_that_jumps()))]
        for side in (16, 4)
    )
    assert narrow > 2 * wide


def test_the_region_that_changed_stands_out():
    units = list(method_of().judge("v", enumerate(a_square_that_jumps())))
    assert np.unravel_index(units[5].region.argmax(), units[5].region.shape) in [(3, 3), (3, 4)]


def test_the_loss_is_the_mean_difference_and_the_check_has_no_floor():
    method = method_of()
    real = method.batch(footage(), method.starts(footage())[:3], np.random.default_rng(0))
    assert method.loss(method.network, real) == pytest.approx(float((real[:, 0] - real[:, 1]).abs().mean()))
    (check,) = method.check(footage())
    assert (check.floors, check.learnt) == ((), True)
    assert str(check) == f"{check.name}: {check.value:.2f}"


def test_pictures_smaller_than_the_box_are_refused():
    with pytest.raises(ConfigError, match="larger than the picture"):
        make_config("frame-difference", changes=["objective.region=200"])


def test_the_presets_are_the_fields_256_and_the_houses_160():
    assert (paper().clips.height, paper().clips.width, paper().clips.step) == (256, 256, 1)
    assert (small().completed(240, 360).clips.height, small().completed(240, 360).clips.width) == (160, 240)


def test_from_end_to_end_without_a_batch(scene, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("UNUSUAL_CACHE", str(tmp_path / "cache"))

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["unusual", *map(str, words)])
        return main(), capsys.readouterr()

    model, out = tmp_path / "model", tmp_path / "out"
    plain = ("--set", "clips.height=64", "--set", "training.held_out=0.4")
    code, said = run("train", scene, "--method", "frame-difference", "--out", model, *plain)
    assert (code, said.out.strip()) == (0, f"checkpoint: {model}")
    assert "no better than without learning" not in said.err
    made = load_checkpoint(model).provenance
    assert (made.method, made.steps, made.minutes) == ("frame-difference", 0, 0)
    assert run("score", scene / "test/01.mp4", "-c", model, "--out", out, "--enter", "1", "--leave", "0.5")[0] == 0
    assert json.loads((out / "01/events.json").read_text())["events"]
    assert run("evaluate", scene, "-c", model, "--out", tmp_path / "ev")[0] == 0
    document = json.loads((tmp_path / "ev/results.json").read_text())
    assert {metrics["frames_scored"] for metrics in document["protocols"].values()} == {270}
    assert document["localisation"]["clips"] == 2
