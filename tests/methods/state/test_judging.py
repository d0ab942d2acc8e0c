"""All that is said of cubes comes of one module: errors after the perturbation, cubes rebuilt without it."""

from dataclasses import replace

import pytest
import torch
from made_state import config_of

from unusual.methods.state.judging import Judging, judging, to_colours, to_flow
from unusual.methods.state.network import LearntState, folded
from unusual.methods.state.objective import cube_errors
from unusual.methods.state.perturb import perturb
from unusual.methods.state.settings import PerturbConfig


@pytest.fixture(scope="module")
def learnt():
    torch.manual_seed(0)
    learnt = LearntState(config_of().settings).train()
    for _ in range(3):
        learnt(torch.rand(4, 7, 3, 16, 16))
    return learnt.eval()


@pytest.fixture
def cubes():
    chance = torch.Generator().manual_seed(0)
    rgb = torch.randint(0, 256, (5, 7, 16, 16, 3), dtype=torch.uint8, generator=chance)
    return rgb, torch.randn((5, 7, 16, 16, 2), generator=chance)


def settings_of(eta):
    return replace(config_of().settings, perturbation=PerturbConfig(eta=eta))


@pytest.mark.parametrize("eta", [0.0, 0.01], ids=["unperturbed", "perturbed"])
@torch.inference_mode()
def test_it_says_what_the_paper_says_of_cubes(learnt, cubes, eta):
    judged = Judging(settings_of(eta), learnt.state).eval()(*cubes)
    network, rgb, flow = folded(learnt.state), to_colours(cubes[0]), to_flow(cubes[1])
    seen = perturb(network, rgb, flow, PerturbConfig(eta=eta))[0] if eta else rgb
    for one, other in zip((judged.raw, judged.moved), cube_errors(*network(seen), seen, flow), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    for one, other in zip((judged.colours, judged.motion), learnt(rgb), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@torch.inference_mode()
def test_it_asks_the_network_once_unless_it_perturbs(learnt, cubes):
    for eta, passes in ((0.0, 1), (0.01, 2)):
        module, calls = Judging(settings_of(eta), learnt.state).eval(), []
        module.network.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        module(*cubes)
        assert len(calls) == passes


@torch.inference_mode()
def test_it_is_made_of_the_weights_that_a_checkpoint_holds(learnt, cubes):
    settings = settings_of(0.0)
    first, again = (
        module.eval()(*cubes) for module in (Judging(settings, learnt.state), judging(settings, learnt.state_dict()))
    )
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one, other)


def test_perturbed_cubes_are_judged_in_full_precision():
    assert replace(settings_of(0.002), training=replace(settings_of(0).training, precision="bf16")).scored_in == "fp32"
    assert replace(settings_of(0.0), training=replace(settings_of(0).training, precision="bf16")).scored_in == "bf16"


def test_it_can_be_traced_as_it_stands(learnt, cubes):
    module = Judging(settings_of(0.0), learnt.state).eval()
    traced = torch.export.export(module, cubes).module()
    with torch.no_grad():
        for one, other in zip(traced(*cubes), module(*cubes), strict=True):
            torch.testing.assert_close(one, other)
