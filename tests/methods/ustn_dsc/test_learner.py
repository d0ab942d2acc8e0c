"""USTN-DSC learns to restore an event from three of its frames, and is set beside what needs no learning."""

import pytest
import torch
from tiny import TINY, footage, learner_of

from unusual.methods.ustn_dsc.network import blend
from unusual.methods.ustn_dsc.objective import copy_nearest, missing_psnr, restoration_loss
from unusual.run.config import make_config

SMALL = [*TINY, "clips.width=64", "network.frames=9", "network.colours=1", "training.precision=fp32"]


@pytest.fixture(scope="module")
def learner():
    return learner_of(make_config("ustn-dsc", changes=SMALL))


def clips():
    return torch.rand(2, 9, 1, 32, 32, generator=torch.Generator().manual_seed(0))


def test_only_the_three_keyframes_are_shown_to_the_network(learner):
    other = clips()
    other[:, [n for n in range(9) if n not in (0, 4, 8)]] = 0.5
    with torch.inference_mode():
        restored = learner.network.eval()(clips()[:, [0, 4, 8]])
        torch.testing.assert_close(learner.rebuild(learner.network, clips()), restored)
        torch.testing.assert_close(learner.rebuild(learner.network, other), restored)


@pytest.mark.parametrize("adjacent", [True, False])
def test_the_loss_is_the_papers_with_the_frames_that_the_settings_say(adjacent):
    words = [*SMALL, "network.drop_path=0.0", f"objective.adjacent_frames={str(adjacent).lower()}"]
    learner = learner_of(make_config("ustn-dsc", changes=words))
    restored = learner.rebuild(learner.network, clips())
    expected = restoration_loss(restored, clips(), adjacent_frames=adjacent)
    torch.testing.assert_close(learner.loss(learner.network, clips()), expected)


def test_the_floors_are_the_nearest_keyframe_and_keyframes_blended(learner):
    floors = learner.floors(clips())
    assert [*floors] == ["copied", "blended"]
    keys = clips()[:, [0, 4, 8]]
    torch.testing.assert_close(floors["copied"], copy_nearest(keys, 9))
    torch.testing.assert_close(floors["blended"], blend(keys, 9))


def test_what_is_measured_is_that_of_missing_frames_alone(learner):
    rebuilt, keys_wrong = clips() * 0.9, clips() * 0.9
    keys_wrong[:, [0, 4, 8]] = 0.0
    torch.testing.assert_close(learner.psnr(rebuilt, clips()), missing_psnr(rebuilt, clips()))
    torch.testing.assert_close(learner.psnr(keys_wrong, clips()), learner.psnr(rebuilt, clips()))
    (check,) = learner.check(footage(1, 20))
    assert check.name == "PSNR of missing frames, dB"


def test_the_first_weights_are_drawn_from_the_seed():
    one, same, other = (
        learner_of(make_config("ustn-dsc", changes=[*SMALL, f"training.seed={seed}"])).learnt() for seed in (1, 1, 2)
    )
    assert all((one[name] == same[name]).all() for name in one)
    assert any((one[name] != other[name]).any() for name in one)
