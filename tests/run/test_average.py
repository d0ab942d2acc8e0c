"""Averaged weights: what they are, that a training ends with them, that a stop loses nothing of them."""

import pytest
import torch
from tiny import training
from torch import nn

from unusual.run import train
from unusual.run.average import Average
from unusual.run.config import change_config
from unusual.run.progress import Watcher


class StopAt(Watcher):
    def __init__(self, steps):
        self.left = steps

    def step(self, share, loss):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.fixture
def config(tiny_config):
    changes = ["clips.width=64", "training.precision=fp32", "training.averaging=0.9"]
    return change_config(tiny_config, changes)


def test_the_mean_follows_the_weights_the_first_ones_fast():
    layer = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(0.0)
    average = Average(layer, 0.5)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    average.add(0)
    assert float(average.mean["weight"]) == pytest.approx(0.9)
    average.add(1000)
    assert float(average.mean["weight"]) == pytest.approx(0.95)


def test_the_network_is_the_mean_for_a_while_and_then_for_good():
    layer = nn.Linear(1, 1, bias=False)
    before = layer.weight.item()
    average = Average(layer, 0.5)
    with torch.no_grad():
        layer.weight.add_(1.0)
    with average.in_place():
        assert layer.weight.item() == pytest.approx(before)
    assert layer.weight.item() == pytest.approx(before + 1)
    average.settle()
    assert layer.weight.item() == pytest.approx(before)


def test_without_averaging_nothing_is_kept():
    average = Average(nn.Linear(1, 1), 0.0)
    average.add(0)
    average.settle()
    assert average.mean == {} == average.named()


def test_a_training_ends_with_the_mean_and_a_stop_loses_nothing_of_it(config, tmp_path, monkeypatch):
    plain = training(change_config(config, ["training.averaging=0"]), tmp_path / "plain")
    plain.run()
    whole = training(config, tmp_path / "whole")
    whole.run()
    name = "stem.0.weight"
    weights = [run.learner.network.state_dict()[name] for run in (plain, whole)]
    assert not torch.equal(*weights)
    torch.testing.assert_close(whole.average.mean[name], weights[0], rtol=0, atol=0)  # the last ones, in exchange
    monkeypatch.setattr(train, "SAVE_EVERY_S", -1.0)
    with pytest.raises(KeyboardInterrupt):
        training(config, tmp_path / "cut").run(StopAt(6))
    rest = training(config, tmp_path / "cut", resume=True)
    assert rest.at.step == 5
    rest.run()
    torch.testing.assert_close(rest.learner.network.state_dict()[name], weights[1], rtol=0, atol=0)
