"""The loss and the errors of Section III.C held against numbers worked by hand."""

import pytest
import torch

from unusual.methods.state.objective import cube_errors, floor_errors, reconstruction_loss


def cubes(seed, *shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def rebuilt_and_real():
    return cubes(1, 2, 3, 3, 4, 4), cubes(2, 2, 3, 2, 4, 4), cubes(3, 2, 3, 3, 4, 4), cubes(4, 2, 3, 2, 4, 4)


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_errors_are_sums_of_powers_over_each_cube(p):
    pixels, motion, rgb, flow = rebuilt_and_real()
    raw, of_motion = cube_errors(pixels, motion, rgb, flow, p)
    for cube in range(2):
        for got, one, other in ((raw, pixels, rgb), (of_motion, motion, flow)):
            literal = sum(abs(a - b) ** p for a, b in zip(one[cube].flatten(), other[cube].flatten(), strict=True))
            assert got[cube].item() == pytest.approx(literal.item(), rel=1e-5)


def test_the_loss_is_the_sum_of_both_averaged_over_cubes():
    pixels, motion, rgb, flow = rebuilt_and_real()
    expected = ((pixels - rgb).square().sum() + (motion - flow).square().sum()) / 2
    torch.testing.assert_close(reconstruction_loss(pixels, motion, rgb, flow), expected)
    expected = ((pixels - rgb).abs().sum() + (motion - flow).abs().sum()) / 2
    torch.testing.assert_close(reconstruction_loss(pixels, motion, rgb, flow, 1), expected)


def test_the_floors_are_a_still_picture_and_no_motion():
    rgb = torch.tensor([1.0, 0.5, 0.0, 0.5, 0.5]).view(1, 5, 1, 1, 1).expand(2, 5, 3, 2, 2)
    flow = torch.full((2, 5, 2, 2, 2), 3.0)
    raw, of_motion = floor_errors(rgb, flow)
    assert raw.tolist() == [(1 + 3 * 0.25) * 12] * 2
    assert of_motion.tolist() == [5 * 8 * 9.0] * 2
    assert floor_errors(rgb, flow, p=1)[1].tolist() == [5 * 8 * 3.0] * 2
