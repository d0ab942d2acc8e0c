"""Pixels in and errors out, held against their literal forms."""

import math

import numpy as np
import pytest
import torch

from unusual.methods.pictures.pixels import own_peak_psnr, pooled_errors, psnr, to_unit_range


def test_bytes_become_shares_with_colours_first():
    some = np.array([0, 51, 255], np.uint8).reshape(1, 1, 1, 1, 3)
    out = to_unit_range(torch.from_numpy(some))
    assert out.shape == (1, 1, 3, 1, 1)
    assert out.flatten().tolist() == pytest.approx([0, 0.2, 1])


def test_psnr_is_of_each_frame_by_itself():
    real = torch.zeros(2, 3, 1, 4, 4)
    rebuilt = real.clone()
    rebuilt[0, 1] = 0.1
    assert psnr(rebuilt, real).flatten().tolist() == pytest.approx([100, 20, 100, 100, 100, 100], abs=1e-3)


def test_the_published_psnr_has_the_rebuilt_frames_own_peak():
    real, rebuilt = torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    rebuilt[..., 0, 0] = 0.8
    assert own_peak_psnr(rebuilt, real).item() == pytest.approx(10 * math.log10(0.8**2 / 0.16), rel=1e-5)
    assert own_peak_psnr(real, real).isfinite().all()


def test_a_region_has_the_mean_error_of_its_own_pixels():
    real, rebuilt = torch.zeros(2, 3, 32, 48), torch.zeros(2, 3, 32, 48)
    rebuilt[1, 0, 16:32, 8:24] = -0.6
    errors = pooled_errors(rebuilt, real, 16)
    assert errors.shape == (2, 3, 5)
    assert errors[1, 2, 1].item() == pytest.approx(0.2, rel=1e-5)  # one colour of three
    assert errors[1, 2, 3] == 0
    assert errors[0].max() == 0
