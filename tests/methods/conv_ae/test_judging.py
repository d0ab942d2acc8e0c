"""The paper's error of a frame."""

import pytest
import torch

from unusual.methods.conv_ae.judging import frame_errors


def test_a_frames_error_is_the_l2_norm_over_its_pixels():
    real, rebuilt = torch.zeros(1, 10, 1, 8, 8), torch.zeros(1, 10, 1, 8, 8)
    rebuilt[0, 3, 0, :2, :2] = 0.5
    errors = frame_errors(rebuilt, real)
    assert errors.shape == (1, 10)
    assert errors[0, 3] == pytest.approx(1.0)  # sqrt(4 * 0.25)
    assert errors.sum() == errors[0, 3]
