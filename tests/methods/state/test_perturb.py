"""Eq. 2: the step, what its gradient flows through, and what it must leave alone."""

import numpy as np
import pytest
import torch

from unusual.errors import ConfigError
from unusual.methods.state import perturb as perturbing
from unusual.methods.state.network import State, folded
from unusual.methods.state.objective import cube_errors
from unusual.methods.state.settings import NetworkConfig, PerturbConfig

ETA = 1 / 256  # a step that float32 takes exactly
STEP = PerturbConfig(eta=ETA)


@pytest.fixture(scope="module")
def network():
    """Trained for a moment, so that gradients are not those of noise and BatchNorm has statistics."""
    torch.manual_seed(0)
    network = State(NetworkConfig(context=1, widths=(8, 8, 8), layers=1, heads=2)).train()
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    for seed in range(12):
        rgb, flow = cubes(4, seed)
        optimiser.zero_grad()
        sum(error.sum() for error in cube_errors(*network(rgb), rgb, flow)).backward()
        optimiser.step()
    network.zero_grad(set_to_none=True)
    return network.eval()


def cubes(n, seed=0):
    chance = torch.Generator().manual_seed(seed)
    rgb = torch.randint(0, 256, (n, 3, 3, 8, 8), generator=chance) / 256
    return rgb, torch.randn((n, 3, 2, 8, 8), generator=chance)


def perturb(*args):
    return perturbing.perturb(*args)[0]


def moved(network, config, p=2.0, seed=99, n=2):
    rgb, flow = cubes(n, seed)
    return perturb(network, rgb, flow, config, p) - rgb


def error(network, rgb, flow, target=None, p=2.0, weights=(1.0, 1.0)):
    raw, motion = cube_errors(*network(rgb), rgb if target is None else target, flow, p)
    return weights[0] * raw.sum() + weights[1] * motion.sum()


def slopes(network, n=2, seed=99, fixed=False, p=2.0, weights=(1.0, 1.0)):
    """The gradient by autograd, in the plainest words."""
    rgb, flow = cubes(n, seed)
    x = rgb.clone().requires_grad_()
    error(network, x, flow, rgb if fixed else None, p, weights).backward()
    network.zero_grad(set_to_none=True)
    return x.grad


def agreement(a, b):
    return (a.sign() == b.sign()).float().mean().item()


def test_every_element_moves_by_eta_against_the_gradient(network):
    gradient = slopes(network)
    assert (gradient != 0).all()
    torch.testing.assert_close(moved(network, STEP), -ETA * gradient.sign(), rtol=0, atol=0)


def test_the_gradient_is_the_change_of_the_error():
    """Finite differences, in double precision, on a network that nothing trained."""
    torch.manual_seed(0)
    net = State(NetworkConfig(context=1, widths=(4, 4, 4), layers=1, heads=2)).double().eval()
    rgb, flow = (x.double() for x in cubes(1))
    down = perturb(net, rgb, flow, STEP) - rgb
    chance = np.random.default_rng(0)
    for at in chance.integers(0, rgb.numel(), 12):
        step = torch.zeros_like(rgb)
        step.view(-1)[at] = 1e-3
        with torch.inference_mode():
            slope = error(net, rgb + step, flow) - error(net, rgb - step, flow)
        assert slope.sign() == -down.view(-1)[at].sign()


def test_the_step_lowers_the_error(network):
    rgb, flow = cubes(8, seed=5)
    with torch.inference_mode():
        better = perturb(network, rgb, flow, STEP)
        assert error(network, better, flow) < error(network, rgb, flow)


def test_the_target_moves_or_stays_fixed(network):
    moving, fixed = slopes(network), slopes(network, fixed=True)
    assert agreement(moving, fixed) < 0.999
    torch.testing.assert_close(moved(network, PerturbConfig(ETA, target="fixed")), -ETA * fixed.sign(), rtol=0, atol=0)


def test_means_weigh_pixels_less_than_sums_do(network):
    means = slopes(network, weights=(2 / 3, 1.0))  # 1/(T 3 S S) to 1/(T 2 S S)
    assert agreement(means, slopes(network)) < 1
    step = moved(network, PerturbConfig(ETA, reduction="mean"))
    assert agreement(-step, means) > 0.999  # but for rounding where the gradient is next to nothing


def test_the_norm_is_that_of_the_objective(network):
    of_abs = slopes(network, p=1)
    assert agreement(of_abs, slopes(network)) < 0.999
    assert agreement(-moved(network, STEP, p=1), of_abs) == 1


def test_what_is_rebuilt_of_the_cubes_themselves_comes_of_the_same_pass(network):
    rgb, flow = cubes(2)
    calls = []
    handle = network.register_forward_hook(lambda *_: calls.append(1))
    _, *rebuilt = perturbing.perturb(network, rgb, flow, STEP)
    handle.remove()
    assert calls == [1]
    for one, other in zip(rebuilt, network(rgb), strict=True):
        assert not one.requires_grad
        torch.testing.assert_close(one, other)


def test_pixels_may_leave_the_unit_range(network):
    rgb, flow = cubes(2)
    rgb = rgb.round()
    out = perturb(network, rgb, flow, STEP)
    assert ((out < 0) | (out > 1)).any()


def test_cubes_do_not_influence_each_other(network):
    rgb, flow = cubes(6)
    together = perturb(network, rgb, flow, STEP)
    alone = torch.cat([perturb(network, rgb[i : i + 1], flow[i : i + 1], STEP) for i in range(6)])
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    shuffled = perturb(network, rgb[order], flow[order], STEP)
    assert agreement(together - rgb, alone - rgb) > 0.999  # sums in another order: a slope next to 0 may turn
    assert agreement(together[order] - rgb[order], shuffled - rgb[order]) > 0.999


def test_train_mode_is_refused(network):
    network.train()
    try:
        with pytest.raises(ConfigError, match="eval mode"):
            perturb(network, *cubes(1), STEP)
    finally:
        network.eval()


@pytest.mark.parametrize("turned_off", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("bf16", [False, True], ids=["fp32", "bf16"])
def test_callers_may_have_turned_gradients_off(network, turned_off, bf16):
    """Also after a pass of the network under the same autocast, whose cached weights know no gradient."""
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        expected = moved(network, STEP)
    with turned_off(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        rgb, flow = cubes(2, 99)
        network(rgb)
        out = perturb(network, rgb, flow, STEP)
        network(out)
        assert not out.requires_grad
    assert agreement(out - rgb, expected) > 0.999


def test_nothing_is_left_behind(network):
    rgb, flow = cubes(2)
    before = rgb.clone()
    rgb.requires_grad_()
    out = perturb(network, rgb, flow, STEP).detach()
    assert all(p.grad is None for p in network.parameters())
    assert rgb.grad is None
    assert torch.equal(rgb, before)
    assert not torch.equal(out, before)


def test_half_precision_mostly_agrees(network):
    full = moved(network, STEP, n=8)
    with torch.autocast("cpu", torch.bfloat16):
        half = moved(network, STEP, n=8)
    assert half.dtype == torch.float32
    assert agreement(full, half) > 0.9


def test_a_folded_network_perturbs_alike(network):
    assert agreement(moved(folded(network), STEP, n=8), moved(network, STEP, n=8)) > 0.995


def test_no_cubes_give_no_cubes(network):
    assert perturb(network, *cubes(0), STEP).shape == (0, 3, 3, 8, 8)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"eta": -0.1}, "eta", id="a step uphill"),
        pytest.param({"eta": float("nan")}, "eta", id="no number"),
        pytest.param({"eta": 2}, "eta", id="a step beyond white"),
        pytest.param({"target": "still"}, '"still"', id="no such target"),
        pytest.param({"reduction": "max"}, '"max"', id="no such reduction"),
    ],
)
def test_a_perturbation_that_cannot_be_is_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        PerturbConfig(**changes)
