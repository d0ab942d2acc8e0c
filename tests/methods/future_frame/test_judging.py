"""What the network sees of a clip, and the paper's error of what it predicts."""

import pytest
import torch

from unusual.methods.future_frame.judging import Judging
from unusual.methods.future_frame.network import UNet
from unusual.methods.pictures.pixels import own_peak_psnr, pooled_errors
from unusual.run.config import make_config


@pytest.fixture
def judging():
    settings = make_config("future-frame", changes=["clips.width=240", "network.residual=false"]).settings
    return Judging(settings, UNet(settings.network)).eval()


def clips():
    return torch.randint(0, 256, (2, 5, 32, 32, 1), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_the_frame_that_is_predicted_is_not_seen(judging):
    other = clips()
    other[:, -1] = 0
    assert torch.equal(judging(clips()).rebuilt, judging(other).rebuilt)
    other[:, 0] = 0
    assert not torch.equal(judging(clips()).rebuilt, judging(other).rebuilt)


def test_the_error_is_minus_the_psnr_with_the_predicted_frames_peak(judging):
    judged, real = judging(clips()), clips()[:, -1:].permute(0, 1, 4, 2, 3) / 255
    torch.testing.assert_close(judged.error, -own_peak_psnr(judged.rebuilt, real))
    torch.testing.assert_close(judged.region, pooled_errors(judged.rebuilt, real, 16))
    assert (judged.error.shape, judged.region.shape) == ((2, 1), (2, 1, 3, 3))
