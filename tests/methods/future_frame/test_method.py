"""Future-frame prediction as a method: what it sees, the paper's error, its floors, and that it learns."""

import math

import pytest
import torch
from tiny import footage

from unusual.methods.future_frame.objective import prediction_loss
from unusual.methods.future_frame.settings import small
from unusual.run.checkpoint import build_method
from unusual.run.config import make_config
from unusual.run.train import Training

CPU = torch.device("cpu")


def test_the_frame_that_is_predicted_is_not_seen():
    method = build_method(make_config("future-frame", changes=["clips.width=240", "network.residual=false"]), CPU)
    real = torch.rand(1, 5, 1, 32, 32)
    other = real.clone()
    other[:, -1] = 0
    assert torch.equal(method.rebuilt(real), method.rebuilt(other))
    other[:, 0] = 0
    assert not torch.equal(method.rebuilt(real), method.rebuilt(other))


def test_the_loss_compares_with_the_last_frame_that_was_seen():
    method = build_method(make_config("future-frame", changes=["clips.width=240", "network.residual=false"]), CPU)
    real = torch.rand(2, 5, 1, 16, 16)
    expected = prediction_loss(method.rebuilt(real)[:, 0], real[:, 4], real[:, 3], method.objective)
    torch.testing.assert_close(method.loss(method.network, real), expected)


def test_the_error_is_minus_the_psnr_with_the_predicted_frames_peak():
    method = build_method(make_config("future-frame", changes=["clips.width=240"]), CPU)
    predicted, real = torch.full((1, 1, 1, 4, 4), 0.8), torch.full((1, 1, 1, 4, 4), 0.6)
    assert method.frame_errors(predicted, real).item() == pytest.approx(-10 * math.log10(0.8**2 / 0.04), rel=1e-4)


def test_it_learns_to_predict_a_sliding_texture_better_than_its_last_frame(tmp_path):
    changes = ["clips.height=48", "clips.width=64", "clips.crop=0", "network.widths=[12, 16]", "training.batch=2"]
    changes += ["training.epochs=2", "training.epoch_batches=30", "training.warmup_batches=5", "objective.change=0"]
    config = make_config("future-frame", changes=[*changes, "training.learning_rate=5e-3"])
    run = Training(build_method(config, CPU), config, footage(), footage(1), tmp_path)
    run.run()
    assert run.rows[1].loss < run.rows[0].loss
    (check,) = run.checks
    assert check.learnt
    assert [name for name, _ in check.floors] == ["copied", "averaged"]


def test_the_floors_are_the_last_frame_and_the_mean_of_those_seen():
    method = build_method(make_config("future-frame", changes=["clips.width=240"]), CPU)
    real = torch.rand(2, 5, 1, 8, 8)
    floors = method.floors(real)
    torch.testing.assert_close(floors["copied"], real[:, 3:4])
    torch.testing.assert_close(floors["averaged"][:, 0], real[:, :4].mean(1))


def test_small_keeps_the_videos_shape():
    completed = small().completed(240, 360)
    assert (completed.clips.height, completed.clips.width, completed.network.colours) == (160, 240, 1)
