"""The paper's U-Net, and what a residual one starts from."""

import pytest
import torch

from unusual.errors import ConfigError
from unusual.methods.future_frame.network import UNet
from unusual.methods.future_frame.settings import NetworkConfig, paper


def network(**changes):
    torch.manual_seed(0)
    return UNet(NetworkConfig(**{"colours": 1, "widths": (4, 6, 8), **changes})).eval()


def test_the_paper_preset_has_the_published_layers_and_sizes():
    settings = paper()
    assert (settings.clips.height, settings.clips.width, settings.clips.step) == (256, 256, 1)
    built = UNet(settings.network)
    assert [tuple(level[0].weight.shape[:2]) for level in built.down] == [(64, 12), (128, 64), (256, 128), (512, 256)]
    assert [tuple(level[0].weight.shape[:2]) for level in built.up] == [(64, 128), (128, 256), (256, 512)]
    assert built.head.weight.shape == (3, 64, 3, 3)
    assert (settings.objective.intensity, settings.objective.gradient, settings.objective.change) == (1, 1, 2)
    assert sum(p.numel() for p in built.parameters()) == pytest.approx(7.7e6, rel=0.01)


@pytest.mark.parametrize("size", [(16, 16), (33, 47), (48, 66)], ids=str)
@pytest.mark.parametrize("colours", [1, 3])
def test_four_frames_of_any_size_give_the_fifth(size, colours):
    with torch.inference_mode():
        predicted = network(colours=colours)(torch.rand(2, 4, colours, *size))
    assert predicted.shape == (2, 1, colours, *size)
    assert 0 <= predicted.min() < predicted.max() <= 1


def test_an_untrained_residual_network_copies_the_last_frame():
    seen = torch.rand(2, 4, 1, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(network(residual=True)(seen), seen[:, -1:])


def test_every_parameter_learns():
    built = network().train()
    built(torch.rand(1, 4, 1, 32, 32)).square().mean().backward()
    assert [name for name, p in built.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize(
    "changes",
    [{"frames": 1}, {"colours": 2}, {"widths": (8,)}, {"widths": (8, 0)}],
    ids=["one frame", "two colours", "one level", "no channel"],
)
def test_a_network_that_cannot_be_is_refused(changes):
    with pytest.raises(ConfigError):
        NetworkConfig(**changes)
