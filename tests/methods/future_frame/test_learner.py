"""Future-frame prediction learns, and is set beside its floors."""

import torch
from tiny import footage, learner_of

from unusual.methods.future_frame.objective import prediction_loss
from unusual.run.config import make_config
from unusual.run.train import Training


def test_the_loss_compares_with_the_last_frame_that_was_seen():
    learner = learner_of(make_config("future-frame", changes=["clips.width=240", "network.residual=false"]))
    real = torch.rand(2, 5, 1, 16, 16)
    expected = prediction_loss(learner.rebuild(learner.network, real)[:, 0], real[:, 4], real[:, 3], learner.objective)
    torch.testing.assert_close(learner.loss(learner.network, real), expected)


def test_it_learns_to_predict_a_sliding_texture_better_than_its_last_frame(tmp_path):
    changes = ["clips.height=48", "clips.width=64", "clips.crop=0", "network.widths=[12, 16]", "training.batch=2"]
    changes += ["training.epochs=2", "training.epoch_batches=30", "training.warmup_batches=5", "objective.change=0"]
    config = make_config("future-frame", changes=[*changes, "training.learning_rate=5e-3"])
    run = Training(learner_of(config), config, footage(), footage(1), tmp_path)
    run.run()
    assert run.rows[1].loss < run.rows[0].loss
    (check,) = run.checks
    assert check.learnt
    assert [name for name, _ in check.floors] == ["copied", "at constant velocity", "averaged"]


def test_the_floors_are_the_last_frame_the_last_two_carried_on_and_the_mean_of_those_seen():
    learner = learner_of(make_config("future-frame", changes=["clips.width=240"]))
    real = torch.rand(2, 5, 1, 8, 8)
    floors = learner.floors(real)
    torch.testing.assert_close(floors["copied"], real[:, 3:4])
    carried = (2 * real[:, 3:4] - real[:, 2:3]).clamp(0, 1)
    torch.testing.assert_close(floors["at constant velocity"], carried)
    torch.testing.assert_close(floors["averaged"][:, 0], real[:, :4].mean(1))
    torch.testing.assert_close(learner.floors(real[:, 3:])["at constant velocity"], real[:, 3:4])
