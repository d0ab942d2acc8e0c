"""Eq. 3 to 6 held against their literal forms."""

import math

import pytest
import torch

from unusual.errors import ConfigError
from unusual.methods.ustn_dsc.objective import (
    EPSILON,
    adjacent_frame_difference,
    charbonnier,
    copy_nearest,
    missing_psnr,
    region_errors,
    restoration_loss,
    worst_frame_psnr,
)
from unusual.methods.ustn_dsc.settings import ObjectiveConfig


def clips(seed, *shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_charbonnier_is_the_smoothed_absolute_difference():
    a, b = clips(1, 2, 5, 1, 3, 4), clips(2, 2, 5, 1, 3, 4)
    literal = sum(math.hypot(x - y, EPSILON) for x, y in zip(a.flatten().tolist(), b.flatten().tolist(), strict=True))
    assert charbonnier(a, b).item() == pytest.approx(literal / (2 * 1 * 3 * 4), rel=1e-5)


def test_the_adjacent_frame_loss_compares_squared_changes():
    a, b = clips(3, 1, 5, 1, 2, 2), clips(4, 1, 5, 1, 2, 2)
    total = 0.0
    for t in range(4):
        change = (a[:, t] - a[:, t + 1]) ** 2 - (b[:, t] - b[:, t + 1]) ** 2
        total += float(((change**2 + EPSILON**2) ** 0.5).mean())
    assert adjacent_frame_difference(a, b).item() == pytest.approx(total, rel=1e-5)


def test_the_loss_is_the_sum_and_the_second_term_can_be_left_out():
    a, b = clips(5, 1, 5, 3, 4, 4), clips(6, 1, 5, 3, 4, 4)
    assert restoration_loss(a, b) == charbonnier(a, b) + adjacent_frame_difference(a, b)
    assert restoration_loss(a, b, adjacent_frames=False) == charbonnier(a, b)


def test_the_worst_frame_counts_with_its_own_peak():
    real = torch.zeros(1, 5, 1, 2, 2)
    restored = real.clone()
    restored[0, 1] = 0.1
    restored[0, 3, 0, 0, 0] = 0.8  # the largest mean square: 0.64 / 4
    assert worst_frame_psnr(restored, real).item() == pytest.approx(10 * math.log10(0.8**2 / 0.16), rel=1e-5)


def test_a_perfect_restoration_has_a_finite_psnr():
    real = clips(7, 2, 5, 1, 4, 4)
    assert worst_frame_psnr(real, real).isfinite().all()


def test_the_psnr_of_missing_frames_does_not_see_the_keyframes():
    real = clips(8, 1, 5, 1, 4, 4)
    wrong = real.clone()
    wrong[:, [0, 2, 4]] += 0.5
    assert missing_psnr(wrong, real).item() == pytest.approx(100)
    wrong[:, [1, 3]] += 0.1
    assert missing_psnr(wrong, real).item() == pytest.approx(20, abs=0.01)


def test_the_nearest_keyframe_is_the_nearest():
    keys = torch.tensor([0.0, 1.0, 2.0]).view(1, 3, 1, 1, 1)
    assert copy_nearest(keys, 9).flatten().tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2]


def test_a_region_reports_its_own_mean_error_and_no_other_does():
    real, restored = torch.zeros(1, 5, 1, 64, 64), torch.zeros(1, 5, 1, 64, 64)
    restored[0, 1, 0, 32:48, 16:32] = 0.5
    assert region_errors(restored, real, 16).shape == (1, 2, 7, 7)
    errors = region_errors(restored, real, 16).amax(1)
    assert errors[0, 4, 2] == 0.5
    assert errors[0, 0].max() == 0
    restored[0, 2] = 1.0  # a keyframe
    assert region_errors(restored, real, 16)[0, :, 0].max() == 0


def test_a_region_must_be_even():
    with pytest.raises(ConfigError, match="even"):
        ObjectiveConfig(region=5)
