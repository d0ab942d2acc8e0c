"""Every part of the paper's network, and attention held against all of its pairs one by one."""

import pytest
import torch
import torch.nn.functional as F

from unusual.errors import ConfigError
from unusual.methods.state.network import (
    AttentionStack,
    ConvolutionalAttention,
    State,
    folded,
)
from unusual.methods.state.settings import NetworkConfig

TINY = {"context": 2, "widths": (4, 8, 8), "layers": 2, "heads": 2}


def tiny(**changes):
    torch.manual_seed(0)
    return State(NetworkConfig(**{**TINY, **changes}))


def used_to_data(network):
    """Batch normalisation with statistics of its own, in eval mode."""
    network.train()
    for _ in range(3):
        network(torch.rand(4, network.config.frames, 3, 16, 16))
    return network.eval()


def cubes(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        pytest.param({}, 2_569_213, id="the paper's sizes, a head sees its slice"),
        pytest.param({"head_input": "all"}, 3_896_317, id="a head sees all channels"),
        pytest.param({"positions": "head"}, 2_567_869, id="heads share their positions"),
    ],
)
def test_the_parameters_are_those_that_the_layers_add_up_to(changes, count):
    assert sum(p.numel() for p in State(NetworkConfig(**changes)).parameters()) == count


def test_positions_are_a_row_a_frame():
    assert AttentionStack(NetworkConfig()).positions.shape == (7, 128)
    assert AttentionStack(NetworkConfig(positions="head")).positions.shape == (7, 32)


@pytest.mark.parametrize(
    ("context", "side", "changes"),
    [
        pytest.param(3, 32, {}, id="the paper's cube"),
        pytest.param(1, 8, {"head_input": "all"}, id="heads that see all"),
        pytest.param(2, 12, {"positions": "head"}, id="heads that share their positions"),
    ],
)
def test_a_cube_in_its_pixels_and_motion_out(context, side, changes):
    network = tiny(context=context, **changes).eval()
    frames = 2 * context + 1
    with torch.inference_mode():
        pixels, motion = network(cubes(2, frames, 3, side, side))
    assert pixels.shape == (2, frames, 3, side, side)
    assert motion.shape == (2, frames, 2, side, side)


def test_no_cubes_give_no_cubes():
    with torch.inference_mode():
        pixels, motion = tiny().eval()(torch.zeros(0, 5, 3, 8, 8))
    assert (len(pixels), len(motion)) == (0, 0)


def literal_attention(layer, z, positions):
    """All pairs: concat, convolution, LeakyReLU, softmax over j, sum of products; head by head. z (B, T, d, s, s)."""
    (frames, d), heads = z.shape[1:3], layer.heads
    size = d // heads
    query = [F.leaky_relu(layer.query(z[:, i]), 0.2) for i in range(frames)]
    value = [F.leaky_relu(layer.key_value(z[:, j]), 0.2) for j in range(frames)]
    mixed = torch.zeros_like(z)
    for h in range(heads):
        own = slice(h * size, (h + 1) * size)
        weight, bias = layer.attention_net.weight[h : h + 1], layer.attention_net.bias[h : h + 1]
        for i in range(frames):
            maps = []
            for j in range(frames):
                asks = query[i][:, own] + positions[i, own, None, None]
                answers = value[j][:, own] + positions[j, own, None, None]
                maps.append(F.leaky_relu(F.conv2d(torch.cat([asks, answers], 1), weight, bias, padding=1), 0.2))
            shares = torch.stack(maps).softmax(0)
            mixed[:, i, own] = sum(shares[j] * value[j][:, own] for j in range(frames))
    return mixed


@pytest.mark.parametrize(("head_input", "context", "heads"), [("slice", 3, 2), ("all", 1, 4)])
def test_attention_is_that_of_all_pairs_in_value_and_gradient(head_input, context, heads):
    torch.manual_seed(0)
    config = NetworkConfig(context, widths=(4, 8, 16), heads=heads, head_input=head_input)
    layer, frames = ConvolutionalAttention(config), config.frames
    z, positions = torch.randn(2, frames, 16, 5, 6, requires_grad=True), torch.randn(frames, 16, requires_grad=True)
    out = layer(z.flatten(0, 1), positions.repeat(2, 1)[..., None, None]).unflatten(0, (2, frames))
    expected = literal_attention(layer, z, positions)
    torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)
    along = torch.randn_like(out)
    of = [z, positions, *layer.parameters()]
    for got, wanted in zip(torch.autograd.grad(out, of, along), torch.autograd.grad(expected, of, along), strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-5, atol=2e-5)


def test_a_head_sees_its_own_channels_or_all_of_them():
    z = torch.randn(7, 8, 4, 4)
    changed = z.clone()
    changed[:, 4:] += 1  # the second head's
    for head_input, unmoved in (("slice", True), ("all", False)):
        torch.manual_seed(0)
        layer = ConvolutionalAttention(NetworkConfig(widths=(4, 4, 8), heads=2, head_input=head_input))
        moved = layer(changed, torch.zeros(7, 8, 1, 1)) - layer(z, torch.zeros(7, 8, 1, 1))
        assert (moved[:, :4].abs().max() < 1e-6) == unmoved
        assert moved[:, 4:].abs().max() > 1e-2


def test_values_have_no_position():
    """Positions tell whom to look at, not what is seen there: with equal frames they change nothing."""
    layer = ConvolutionalAttention(NetworkConfig(widths=(4, 4, 8), heads=2))
    same = torch.randn(1, 8, 4, 4).expand(7, 8, 4, 4)
    torch.testing.assert_close(layer(same, torch.randn(7, 8, 1, 1)), layer(same, torch.zeros(7, 8, 1, 1)))


@pytest.mark.parametrize("positions", ["stack", "head"])
def test_without_positions_the_order_of_frames_would_not_matter(positions):
    torch.manual_seed(0)
    stack = AttentionStack(NetworkConfig(widths=(4, 4, 8), heads=2, positions=positions))
    z, order = torch.randn(7, 8, 4, 4), torch.randperm(7)
    assert (stack(z[order]) - stack(z)[order]).abs().max() > 1e-2
    torch.nn.init.zeros_(stack.positions)
    torch.testing.assert_close(stack(z[order]), stack(z)[order])


def test_one_encoding_serves_all_heads_or_each_has_its_own():
    """Two heads of equal weights and equal input differ only by their positions."""
    for positions, equal in (("head", True), ("stack", False)):
        torch.manual_seed(0)
        stack = AttentionStack(NetworkConfig(widths=(4, 4, 8), heads=2, layers=1, positions=positions))
        for part in (
            stack.layers[0].attend.query,
            stack.layers[0].attend.key_value,
            stack.layers[0].attend.attention_net,
        ):
            for p in part.parameters():
                p.data[len(p) // 2 :] = p.data[: len(p) // 2]
        z = torch.randn(7, 4, 4, 4).repeat(1, 2, 1, 1)
        placed = stack.positions.repeat(1, stack.repeats)[..., None, None]
        first, second = stack.layers[0].attend(z, placed).chunk(2, dim=1)
        assert torch.allclose(first, second, atol=1e-6) == equal


def test_the_layer_is_two_residual_sublayers_and_a_norm():
    torch.manual_seed(0)
    layer = AttentionStack(NetworkConfig(widths=(4, 4, 8), heads=2)).layers[0]
    z, positions = torch.randn(7, 8, 4, 4), torch.randn(7, 8, 1, 1)
    attended = z + layer.attend(z, positions)
    summed = attended + F.leaky_relu(F.conv2d(attended, layer.convolve.weight, layer.convolve.bias, padding=1), 0.2)
    groups = summed.view(7, 4, -1)
    normal = (groups - groups.mean(2, keepdim=True)) / (groups.var(2, keepdim=True, correction=0) + 1e-5).sqrt()
    torch.testing.assert_close(layer(z, positions), normal.view_as(z))


def test_encoder_and_decoder_are_those_of_the_paper():
    def names(part):
        return [type(layer).__name__ for layer in part]

    branch, twice = State(NetworkConfig()).motion, ["Conv2d", "BatchNorm2d", "ReLU"] * 2
    assert names(branch.encode) == [*twice, "MaxPool2d", *twice, "MaxPool2d", *twice]
    assert names(branch.decode) == ["ConvTranspose2d", *twice, "ConvTranspose2d", *twice, "Conv2d"]
    widths = [layer.out_channels for layer in (*branch.encode, *branch.decode) if hasattr(layer, "out_channels")]
    assert widths == [32, 32, 64, 64, 128, 128, 128, 64, 64, 64, 32, 32, 2]
    assert branch.encode(torch.zeros(1, 3, 32, 32)).shape == (1, 128, 8, 8)


def test_the_branches_share_nothing_and_nothing_starts_equal():
    network = tiny().train()
    pixels, _ = network(cubes(2, 5, 3, 8, 8))
    pixels.sum().backward()
    assert all(p.grad is None for p in network.motion.parameters())
    kernels = [p for p in network.parameters() if p.ndim == 4]
    kernels += [half for layer in network.motion.attend.layers for half in layer.attend.query.weight.chunk(2)]
    assert not any(a.shape == b.shape and torch.equal(a, b) for n, a in enumerate(kernels) for b in kernels[:n])


def test_every_parameter_learns():
    network = tiny().train()
    pixels, motion = network(cubes(2, 5, 3, 8, 8))
    (pixels.square().mean() + motion.square().mean()).backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_every_frame_reaches_every_other_and_no_other_cube():
    network = used_to_data(tiny())
    rgb = cubes(2, 5, 3, 8, 8)
    changed = rgb.clone()
    changed[0, 0] += 0.5
    with torch.inference_mode():
        moved = [(a - b).abs().amax((2, 3, 4)) for a, b in zip(network(changed), network(rgb), strict=True)]
    for of_branch in moved:
        assert of_branch[0].min() > 0
        assert of_branch[1].max() == 0


def test_frames_are_encoded_and_decoded_one_by_one_and_keep_their_places():
    network, rgb = used_to_data(tiny()), cubes(2, 5, 3, 8, 8)
    with torch.inference_mode():
        for branch, rebuilt in zip((network.pixels, network.motion), network(rgb), strict=True):
            for cube in range(2):
                features = torch.cat([branch.encode(rgb[cube, i : i + 1]) for i in range(5)])
                expected = torch.cat([branch.decode(frame[None]) for frame in branch.attend(features)])
                torch.testing.assert_close(rebuilt[cube], expected, rtol=1e-5, atol=1e-5)


def test_the_memory_layout_of_the_input_does_not_matter():
    network, rgb = used_to_data(tiny()), cubes(2, 5, 3, 8, 8)
    last = rgb.permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3)
    with torch.inference_mode():
        for one, other in zip(network(rgb), network(last), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_half_precision_gives_float32_near_full_precision():
    network, rgb = used_to_data(tiny()), cubes(2, 5, 3, 8, 8)
    with torch.inference_mode():
        full = network(rgb)
        with torch.autocast("cpu", torch.bfloat16):
            half = network(rgb)
    for one, other in zip(half, full, strict=True):
        assert one.dtype == torch.float32
        assert (one - other).abs().max() < 0.05


def test_folded_batch_normalisation_changes_no_output_and_no_gradient():
    network, rgb = used_to_data(tiny()), cubes(2, 5, 3, 8, 8).requires_grad_()
    with torch.inference_mode():
        copy = folded(network)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in copy.modules())
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())
    for one, other in zip(copy(rgb), network(rgb), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
        gradients = [torch.autograd.grad(out.square().sum(), rgb)[0] for out in (one, other)]
        torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"context": 0}, "context", id="no context"),
        pytest.param({"layers": 0}, "layers", id="no layer"),
        pytest.param({"heads": 0}, "heads", id="no head"),
        pytest.param({"heads": 3}, r"multiple of heads \(3\)", id="heads that do not divide"),
        pytest.param({"widths": (4, 4, 6)}, "and of 4", id="norm groups that do not divide"),
        pytest.param({"widths": (8, 8)}, "three", id="two widths"),
        pytest.param({"widths": (0, 8, 8)}, "above 0", id="a width of nothing"),
        pytest.param({"head_input": "some"}, '"some"', id="no such head input"),
        pytest.param({"positions": "none"}, '"none"', id="no such positions"),
    ],
)
def test_a_network_that_cannot_be_is_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        NetworkConfig(**{**TINY, **changes})
