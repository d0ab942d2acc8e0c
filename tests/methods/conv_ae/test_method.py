"""The convolutional autoencoder as a method: the paper's error, its floor, and that it learns."""

import numpy as np
import pytest
import torch
from tiny import footage

from unusual.errors import ConfigError
from unusual.methods.conv_ae.settings import ConvAeConfig, paper, small
from unusual.methods.pictures.clips import ClipConfig
from unusual.run.checkpoint import build_method
from unusual.run.config import make_config
from unusual.run.train import Training

CPU = torch.device("cpu")


def test_a_frames_error_is_the_l2_norm_over_its_pixels():
    method = build_method(make_config("conv-ae", changes=["clips.width=240"]), CPU)
    real, rebuilt = torch.zeros(1, 10, 1, 8, 8), torch.zeros(1, 10, 1, 8, 8)
    rebuilt[0, 3, 0, :2, :2] = 0.5
    errors = method.frame_errors(rebuilt, real)
    assert errors.shape == (1, 10)
    assert errors[0, 3] == pytest.approx(1.0)  # sqrt(4 * 0.25)
    assert errors.sum() == errors[0, 3]


def test_it_learns_a_sliding_texture_better_than_its_mean(tmp_path):
    changes = ["clips.height=48", "clips.width=64", "clips.crop=0", "network.frames=4", "network.widths=[48, 32, 32]"]
    changes += ["training.epochs=2", "training.epoch_batches=40", "training.warmup_batches=5", "training.batch=4"]
    config = make_config("conv-ae", changes=[*changes, "training.learning_rate=3e-3"])
    run = Training(build_method(config, CPU), config, footage(), footage(1), tmp_path)
    (before,) = run.method.check(footage(1))
    run.run()
    assert run.rows[1].loss < run.rows[0].loss
    (check,) = run.checks
    assert check.learnt and check.value > before.value
    assert [name for name, _ in check.floors] == ["mean of the clip"]


def test_the_floor_is_the_mean_of_the_clip():
    method = build_method(make_config("conv-ae", changes=["clips.width=240"]), CPU)
    real = torch.rand(2, 10, 1, 8, 8)
    floor = method.floors(real)["mean of the clip"]
    torch.testing.assert_close(floor[:, 7], real.mean(1))


def test_pictures_and_crops_that_the_strides_use_up_are_refused():
    with pytest.raises(ConfigError, match="23 pixels or more"):
        ConvAeConfig(ClipConfig(height=22, width=64))
    with pytest.raises(ConfigError, match="23 pixels or more"):
        ConvAeConfig(ClipConfig(height=64, width=64, crop=16))


def test_small_keeps_the_videos_shape():
    completed = small().completed(240, 360)
    assert (completed.clips.height, completed.clips.width) == (160, 240)
    assert np.prod(completed.network.widths) < np.prod(paper().network.widths) / 50
