"""Frame difference as a method: what the floor says, with place and live scale, and nothing to train."""

import json
import sys

import numpy as np
import pytest
import torch
from tiny import learner_of

from unusual.app.cli import main
from unusual.methods.frame_difference.scorer import box_means
from unusual.run.checkpoint import load_checkpoint
from unusual.run.config import make_config
from unusual.video.floors import DIFFERENCE, Floors


def method_of(*changes):
    return learner_of(make_config("frame-difference", changes=["clips.height=48", "clips.width=64", *changes]))


def a_square_that_jumps(frames=10):
    still = np.full((frames, 48, 64, 1), 100, np.uint8)
    for n in range(frames):
        still[n, 16:24, 8 + 3 * n : 16 + 3 * n] = 200
    still[5:, 24:40, 24:48] = 160
    return still


def test_it_scores_as_the_floor_does():
    floor, shown = Floors(), a_square_that_jumps()
    for picture in shown:
        floor.add(np.repeat(picture, 3, 2))
    errors = [unit.error for unit in method_of().scorer().judge("v", enumerate(shown))]
    np.testing.assert_allclose(errors, floor.scores()[DIFFERENCE], rtol=1e-5)


def test_a_smaller_box_sees_a_smaller_change():
    (_, wide, *_), (_, narrow, *_) = (
        [unit.error for unit in scorer.judge("v", enumerate(a_square_that_jumps()))]
        for scorer in (method_of(f"objective.region={side}").scorer() for side in (16, 4))
    )
    assert narrow > 2 * wide


def test_the_region_that_changed_stands_out():
    units = list(method_of().scorer().judge("v", enumerate(a_square_that_jumps())))
    assert np.unravel_index(units[5].region.argmax(), units[5].region.shape) in [(3, 3), (3, 4)]


@pytest.mark.parametrize(("side", "step"), [(16, 8), (16, 1), (6, 3), (2, 1)])
def test_boxes_are_those_of_average_pooling(side, step):
    values = np.random.default_rng(0).integers(0, 256, (2, 47, 64), np.uint8)
    pooled = torch.nn.functional.avg_pool2d(torch.from_numpy(values[:, None].astype(np.float64)), side, step)
    np.testing.assert_array_equal(box_means(values, side, step), pooled.numpy().astype(np.float32))


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
