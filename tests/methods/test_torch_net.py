"""A network run by PyTorch: arrays in, the wanted arrays out, in eval mode, or refused in one line."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from unusual.errors import CheckpointError
from unusual.methods.torch_net import TorchNet, device_of, load_weights, open_torch_net, weights_of
from unusual.run.config import make_config

CPU = torch.device("cpu")


class Sums(NamedTuple):
    total: Tensor
    product: Tensor


class Summing(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.often = nn.Linear(2, 2, bias=False), nn.Dropout(0.5)
        nn.init.eye_(self.layer.weight)

    def forward(self, one, other):
        seen = self.often(self.layer(one))
        return Sums(seen + other, seen * other)


def test_what_is_wanted_comes_in_that_order_and_nothing_is_dropped():
    net = TorchNet(Summing().train(), CPU, "fp32")
    one, other = np.full((3, 2), 2, np.float32), np.full((3, 2), 5, np.float32)
    product, total = net.run(("product", "total"), one, other)
    assert (product.tolist(), total.tolist()) == ([[10, 10]] * 3, [[7, 7]] * 3)
    (alone,) = net.run(("total",), one, other)
    np.testing.assert_array_equal(alone, total)


def test_half_precision_is_asked_for_by_name():
    one, other = np.full((1, 2), 1.001, np.float32), np.zeros((1, 2), np.float32)
    found = [float(TorchNet(Summing(), CPU, way).run(("total",), one, other)[0][0, 0]) for way in ("fp32", "bf16")]
    assert found == [pytest.approx(1.001, abs=1e-6), 1.0]


def test_weights_are_a_copy_and_come_back():
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    learnt = weights_of(first)
    load_weights(second, learnt, Path("here"))
    torch.testing.assert_close(second.weight, first.weight)
    nn.init.zeros_(first.weight)
    assert learnt["weight"].any()


def test_weights_that_do_not_fit_are_refused_in_one_line_that_names_their_file():
    settings = make_config("conv-ae", changes=["network.widths=[8, 8, 8]", "clips.width=64"]).settings
    with pytest.raises(CheckpointError, match=r"^gate/model does not fit these settings: .*") as caught:
        open_torch_net("conv-ae", settings, {"x": np.zeros(1)}, "cpu", Path("gate/model"))
    assert "\n" not in str(caught.value)


def test_a_device_may_be_named():
    assert device_of("cpu") == CPU
    assert device_of("").type == ("cuda" if torch.cuda.is_available() else "cpu")
