"""The paper's layers and sizes, and what a residual network sees."""

import pytest
import torch

from unusual.errors import ConfigError
from unusual.methods.conv_ae.network import ConvAutoencoder
from unusual.methods.conv_ae.settings import NetworkConfig, paper


def network(**changes):
    torch.manual_seed(0)
    return ConvAutoencoder(NetworkConfig(**{"frames": 4, "widths": (6, 5, 4), **changes})).eval()


def test_the_paper_preset_has_the_published_layers_and_sizes():
    settings = paper()
    assert (settings.clips.height, settings.clips.width, settings.network.frames) == (227, 227, 10)
    built, sizes = ConvAutoencoder(settings.network), []
    shapes = [tuple(layer.weight.shape) for layer in (*built.encoder, *built.decoder)]
    assert shapes == [
        *[(512, 10, 11, 11), (256, 512, 5, 5), (128, 256, 3, 3)],
        *[(128, 256, 3, 3), (256, 512, 5, 5), (512, 10, 11, 11)],
    ]
    for layer in (*built.encoder, *built.decoder):
        layer.register_forward_hook(lambda _, __, out: sizes.append(tuple(out.shape[1:])))
    with torch.inference_mode():
        assert built(torch.rand(1, 10, 1, 227, 227)).shape == (1, 10, 1, 227, 227)
    assert sizes == [
        *[(512, 55, 55), (256, 27, 27), (128, 13, 13)],
        *[(256, 13, 13), (512, 27, 27), (10, 227, 227)],
    ]


@pytest.mark.parametrize("size", [(23, 23), (48, 64), (50, 33), (160, 240)], ids=str)
@pytest.mark.parametrize("residual", [False, True])
def test_any_size_comes_back_as_it_was(size, residual):
    clip = torch.rand(2, 4, 1, *size)
    with torch.inference_mode():
        rebuilt = network(residual=residual)(clip)
    assert rebuilt.shape == clip.shape
    assert (rebuilt >= -1).all() and (rebuilt <= 2).all()


def test_without_a_residual_tanh_bounds_the_picture():
    with torch.inference_mode():
        rebuilt = network()(50 * torch.randn(1, 4, 1, 48, 48))
    assert 0 <= rebuilt.min() < rebuilt.max() <= 1


def test_a_residual_network_is_shown_nothing_of_a_still_picture():
    still = torch.rand(1, 1, 1, 48, 48).expand(1, 4, 1, 48, 48)
    other = torch.rand(1, 1, 1, 48, 48).expand(1, 4, 1, 48, 48)
    with torch.inference_mode():
        added = network(residual=True)
        torch.testing.assert_close(added(still) - still, added(other) - other, atol=1e-5, rtol=0)


def test_every_parameter_learns():
    built = network().train()
    built(torch.rand(2, 4, 1, 48, 48)).square().mean().backward()
    assert [name for name, p in built.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"frames": 1}, "frames", id="one frame"),
        pytest.param({"widths": (8, 0, 8)}, "widths", id="no channel"),
    ],
)
def test_a_network_that_cannot_be_is_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        NetworkConfig(**changes)
