"""The convolutional autoencoder learns, and is set beside its floor."""

import torch
from tiny import footage, learner_of

from unusual.run.config import make_config
from unusual.run.train import Training


def test_it_learns_a_sliding_texture_better_than_its_mean(tmp_path):
    changes = ["clips.height=48", "clips.width=64", "clips.crop=0", "network.frames=4", "network.widths=[48, 32, 32]"]
    changes += ["training.epochs=2", "training.epoch_batches=40", "training.warmup_batches=5", "training.batch=4"]
    config = make_config("conv-ae", changes=[*changes, "training.learning_rate=3e-3"])
    run = Training(learner_of(config), config, footage(), footage(1), tmp_path)
    (before,) = run.learner.check(footage(1))
    run.run()
    assert run.rows[1].loss < run.rows[0].loss
    (check,) = run.checks
    assert check.learnt and check.value > before.value
    assert [name for name, _ in check.floors] == ["mean of the clip"]


def test_the_floor_is_the_mean_of_the_clip():
    learner = learner_of(make_config("conv-ae", changes=["clips.width=240"]))
    real = torch.rand(2, 10, 1, 8, 8)
    floor = learner.floors(real)["mean of the clip"]
    torch.testing.assert_close(floor[:, 7], real.mean(1))
