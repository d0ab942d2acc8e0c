"""All that is said of a clip comes of one pass: its error, its regions, its worst frame, the event restored."""

import pytest
import torch
from tiny import TINY

from unusual.methods.ustn_dsc.judging import Judging, judging
from unusual.methods.ustn_dsc.network import UstnDsc, keyframes
from unusual.methods.ustn_dsc.objective import region_errors, worst_frame_psnr
from unusual.run.config import make_config


@pytest.fixture
def settings():
    return make_config(changes=[*TINY, "clips.width=64", "network.colours=1"]).settings


def clips(number=3, frames=5):
    chance = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (number, frames, 48, 64, 1), dtype=torch.uint8, generator=chance)


@torch.inference_mode()
def test_it_says_what_the_paper_says_of_the_restored_event(settings):
    network = UstnDsc(settings.network).eval()
    judged = Judging(settings, network).eval()(clips())
    real = clips().permute(0, 1, 4, 2, 3) / 255
    torch.testing.assert_close(judged.restored, network(real[:, list(keyframes(5))]))
    torch.testing.assert_close(judged.error, -worst_frame_psnr(judged.restored, real))
    regions = region_errors(judged.restored, real, settings.objective.region)
    torch.testing.assert_close(judged.region, regions.amax(1))
    assert judged.worst.tolist() == [(1, 3)[int(n)] for n in regions.amax((2, 3)).argmax(1)]


@torch.inference_mode()
def test_it_is_made_of_the_weights_that_a_checkpoint_holds(settings):
    network = UstnDsc(settings.network).eval()
    first, again = Judging(settings, network).eval()(clips()), judging(settings, network.state_dict()).eval()(clips())
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one, other)


def test_it_can_be_traced_as_it_stands(settings):
    module = Judging(settings, UstnDsc(settings.network)).eval()
    traced = torch.export.export(module, (clips(2),)).module()
    with torch.no_grad():
        for one, other in zip(traced(clips(2)), module(clips(2)), strict=True):
            torch.testing.assert_close(one, other)
