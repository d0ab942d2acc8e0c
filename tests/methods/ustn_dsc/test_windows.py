"""Windows of all frames at once: how a grid is cut into them, and who sees whom."""

import pytest
import torch

from unusual.methods.ustn_dsc.network import keyframes
from unusual.methods.ustn_dsc.windows import WindowAttention, WindowGrid, position_offsets, strips, window_mask

CPU = torch.device("cpu")


def test_no_cell_sees_the_padding_of_its_window():
    grid = WindowGrid(5, 6, 4, 2)
    mask = window_mask(grid, 1, 1, CPU)
    inside = torch.zeros(8, 8, dtype=torch.bool)
    inside[:5, :6] = True
    tokens = WindowGrid(8, 8, 4, 0).split(inside.roll((-2, -2), (0, 1))[None, None, ..., None].float())[..., 0].bool()
    sees = mask == 0
    assert not (sees & (tokens[:, :, None] != tokens[:, None])).any()


def test_keyframes_are_placed_in_time_as_the_frames_they_are():
    """T = 9: the middle keyframe lies at 4; the released code of RSTT would have put it at 3."""
    offset, offsets = position_offsets(1, range(9), keyframes(9))
    assert offset.shape == (9, 3)
    assert offsets == 17
    assert (offset[4, 1] == offset[0, 0]) and (offset[8, 2] == offset[0, 0])


def test_attention_is_the_textbook_formula():
    torch.manual_seed(0)
    attention = WindowAttention(8, 2, 2, range(3), range(3))
    x = torch.rand(5, 12, 8)
    q = attention.query(x).view(5, 12, 2, 4)
    k, v = attention.key_value(x).view(5, 12, 2, 2, 4).unbind(2)
    logits = torch.einsum("bqhd,bkhd->bhqk", q, k) / 2 + attention.bias[:, attention.offset]
    expected = attention.project(torch.einsum("bhqk,bkhd->bqhd", logits.softmax(-1), v).flatten(2))
    torch.testing.assert_close(attention(x, x, None), expected)


@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("size", [(8, 8), (5, 7), (4, 12)], ids=str)
def test_windows_come_apart_and_together_again(size, shift):
    x = torch.rand(2, 3, *size, 4)
    grid = WindowGrid.of(x, 4, shift)
    torch.testing.assert_close(grid.join(grid.split(x), 2, 3), x)


def test_one_window_holds_the_same_place_in_all_frames():
    x = torch.zeros(1, 3, 8, 8, 1)
    x[:, :, :4, :4] = 1
    windows = WindowGrid(8, 8, 4, 0).split(x)
    assert windows.shape == (4, 48, 1)
    assert windows[0].min() == 1
    assert windows[1:].max() == 0


def test_shifted_windows_do_not_see_what_was_rolled_in_from_the_other_side():
    rows = torch.arange(8.0).view(1, 1, 8, 1, 1).expand(1, 1, 8, 8, 1)
    grid = WindowGrid(8, 8, 4, 2)
    seen, mask = grid.split(rows)[..., 0], window_mask(grid, 1, 1, CPU)
    apart = (seen[:, :, None] - seen[:, None]).abs() >= 4
    assert (mask[apart] == -100).all()
    assert window_mask(WindowGrid(8, 8, 4, 0), 1, 1, CPU) is None


def test_a_single_window_is_never_shifted():
    assert WindowGrid.of(torch.rand(1, 1, 4, 3, 1), 4, 2).shift == 0
    assert WindowGrid.of(torch.rand(1, 1, 4, 5, 1), 4, 2).shift == 2


def test_a_rolled_axis_falls_into_the_strips_that_lay_side_by_side():
    assert strips(8, 4, 2).tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    assert strips(8, 4, 0).tolist() == [0] * 8


@pytest.mark.parametrize("shift", [0, 2])
def test_attention_reaches_all_frames_of_its_own_window_and_no_other(shift):
    torch.manual_seed(0)
    attention, grid = WindowAttention(4, 1, 4, range(3), range(3)), WindowGrid(8, 8, 4, shift)
    x = torch.rand(1, 3, 8, 8, 4)
    other = x.clone()
    other[:, 2, 5, 5] += 1.0
    with torch.inference_mode():
        changed = (grid.attend(attention, x) != grid.attend(attention, other)).any(-1)[0]
    window = torch.zeros(8, 8, dtype=torch.bool)
    window[slice(4 - shift, 8 - shift), slice(4 - shift, 8 - shift)] = True
    assert all(torch.equal(frame, window) for frame in changed)


def test_queries_may_be_other_frames_than_keys():
    attention, grid = WindowAttention(4, 2, 4, range(9), keyframes(9)), WindowGrid(5, 7, 4, 2)
    assert grid.attend(attention, torch.rand(2, 9, 5, 7, 4), torch.rand(2, 3, 5, 7, 4)).shape == (2, 9, 5, 7, 4)
