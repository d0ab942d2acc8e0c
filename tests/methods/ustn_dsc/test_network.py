"""Every part of the paper's network, and the arithmetic that its equations leave to the reader."""

import pytest
import torch

from unusual.errors import ConfigError
from unusual.methods.ustn_dsc.network import (
    TimeUpsampling,
    UstnDsc,
    blend,
    keyframes,
    with_motion,
)
from unusual.methods.ustn_dsc.settings import NetworkConfig

CPU = torch.device("cpu")
TINY = {"channels": 8, "depth": 2, "heads": (2, 2, 2, 2), "drop_path": 0.0}


def tiny(**changes):
    torch.manual_seed(0)
    return UstnDsc(NetworkConfig(**{**TINY, **changes})).eval()


@pytest.mark.parametrize(("depth", "parameters"), [(2, 3_839_303), (4, 5_451_563), (6, 7_063_823)])
def test_the_paper_sizes_have_the_parameters_that_their_layers_add_up_to(depth, parameters):
    assert sum(p.numel() for p in UstnDsc(NetworkConfig(depth=depth)).parameters()) == parameters


@pytest.mark.parametrize("frames", [5, 7, 9, 13])
@pytest.mark.parametrize("colours", [1, 3])
def test_three_keyframes_in_a_whole_event_out(frames, colours):
    with torch.inference_mode():
        restored = tiny(frames=frames, colours=colours, depth=1)(torch.rand(2, 3, colours, 64, 64))
    assert restored.shape == (2, frames, colours, 64, 64)


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (72, 100), (128, 40)], ids=str)
def test_any_size_comes_back_as_it_was(size):
    with torch.inference_mode():
        assert tiny()(torch.rand(1, 3, 3, *size)).shape[-2:] == size


@pytest.mark.parametrize("skip", ["cross_attention_skip", "upsampling_skip"])
def test_each_skip_can_be_left_out_and_is_then_gone(skip):
    whole, without = tiny(), tiny(**{skip: False})
    names = {"cross_attention_skip": "attend_keys", "upsampling_skip": "skip_time"}
    assert any(names[skip] in name for name, _ in whole.named_parameters())
    assert not any(names[skip] in name for name, _ in without.named_parameters())
    with torch.inference_mode():
        assert without(torch.rand(1, 3, 3, 64, 64)).shape == (1, 9, 3, 64, 64)


def test_every_parameter_learns():
    network = tiny().train()
    network(torch.rand(1, 3, 3, 64, 64)).square().mean().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("frames", [5, 9, 11])
def test_upsampling_in_time_keeps_the_keyframes_and_fills_in_the_rest(frames):
    torch.manual_seed(0)
    up, x = TimeUpsampling(frames, 4), torch.rand(1, 3, 6, 6, 4)
    out = up(x)
    assert out.shape == (1, frames, 6, 6, 4)
    torch.testing.assert_close(out[:, list(keyframes(frames))], x)
    changed = x.clone()
    changed[:, 2] += 1  # the last keyframe must not reach the first missing frame, nor the first the last
    moved = (up(changed) - out).abs().amax((0, 2, 3, 4))
    assert moved[1] == 0
    assert moved[frames - 2] > 0


def test_all_skips_share_one_upsampling_and_the_bottleneck_has_its_own():
    assert sum("deconvolution.weight" in name for name, _ in tiny().named_parameters()) == 2


def test_an_untrained_residual_network_is_the_blend():
    keys = torch.rand(1, 3, 1, 64, 64)
    network = tiny(colours=1, residual=True, head="lean", motion_input=True)
    with torch.inference_mode():
        torch.testing.assert_close(network(keys), blend(keys, 9))


def test_the_blend_goes_from_keyframe_to_keyframe():
    keys = torch.tensor([0.0, 0.4, 1.0]).view(1, 3, 1, 1, 1)
    torch.testing.assert_close(blend(keys, 9).flatten(), torch.tensor([0, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1.0]))


def test_a_still_picture_has_no_motion():
    still = torch.rand(1, 1, 1, 8, 8).expand(1, 3, 1, 8, 8)
    assert with_motion(still)[:, :, 1].abs().max() < 1e-5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"frames": 8}, "odd", id="T even"),
        pytest.param({"frames": 3}, "at least 5", id="T too small"),
        pytest.param({"colours": 2}, "colours", id="two colours"),
        pytest.param({"heads": (2, 2, 2, 5)}, "multiple", id="heads that do not divide"),
        pytest.param({"depth": 0}, "depth", id="no block"),
    ],
)
def test_a_network_that_cannot_be_is_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        NetworkConfig(**changes)
