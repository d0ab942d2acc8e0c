"""Prepared footage: cut by frames, and split into what is learnt from and what is held out."""

import numpy as np
import pytest

from unusual.methods.footage import Footage, order, split_footage


def test_a_stretch_is_cut_by_frames_not_by_rows():
    footage = Footage("a", 10, np.array([0, 0, 4, 4, 4, 9]), np.arange(6, dtype=np.uint8)[:, None], None)
    first, rest = footage.cut(0, 4), footage.cut(4, 10)
    assert (first.frames, first.frame.tolist(), first.pictures.ravel().tolist()) == (4, [0, 0], [0, 1])
    assert (rest.frames, rest.frame.tolist(), rest.pictures.ravel().tolist()) == (6, [0, 0, 0, 5], [2, 3, 4, 5])


def test_boxes_and_tracks_are_cut_with_their_rows():
    rows = np.arange(4)
    footage = Footage("a", 4, rows, rows, boxes=np.tile(rows / 4, (4, 1)).T.astype(np.float32), tracks=rows + 7)
    boxes, tracks = footage.cut(1, 3).placed
    assert (boxes[:, 0].tolist(), tracks.tolist()) == ([0.25, 0.5], [8, 9])
    with pytest.raises(ValueError, match="without objects"):
        _ = Footage.of_frames("b", rows).placed


def test_whole_videos_are_held_out():
    videos = [Footage.of_frames(str(n), np.zeros((10 + n, 1, 1, 1), np.uint8)) for n in range(8)]
    kept, held = split_footage(videos, 0.2, seed=0)
    assert {f.name for f in kept} | {f.name for f in held} == {str(n) for n in range(8)}
    assert not {f.name for f in kept} & {f.name for f in held}
    assert 0.2 <= sum(len(f.pictures) for f in held) / sum(len(f.pictures) for f in videos) < 0.4


@pytest.mark.parametrize("seed", range(5))
def test_one_long_video_among_short_ones_is_never_held_out_whole(seed):
    videos = [
        Footage.of_frames(str(n), np.zeros((length, 1, 1, 1), np.uint8)) for n, length in enumerate((50, 50, 50, 5000))
    ]
    kept, held = split_footage(videos, 0.1, seed)
    assert sum(len(f.pictures) for f in kept) > 4000
    assert held


def test_of_few_videos_the_end_of_each_is_held_out():
    kept, held = split_footage(
        [Footage.of_frames("a", np.arange(100).reshape(-1, 1, 1, 1).astype(np.uint8))], 0.2, seed=0
    )
    assert (len(kept[0].pictures), len(held[0].pictures)) == (80, 20)
    assert held[0].pictures.min() == 80


def test_between_training_and_held_out_footage_of_one_video_a_margin_is_left_out():
    video = Footage.of_frames("a", np.arange(100, dtype=np.uint8)[:, None])
    (kept,), (held,) = split_footage([video], 0.2, seed=0, margin=7)
    assert (kept.pictures[-1], held.pictures[0]) == (79, 87)
    assert (kept.frames, held.frames) == (80, 13)


def test_each_pass_through_the_samples_has_an_order_of_its_own():
    assert sorted(order(20, 0, 0).tolist()) == list(range(20))
    assert order(20, 0, 0).tolist() != order(20, 0, 1).tolist()
    assert order(20, 0, 0).tolist() != order(20, 1, 0).tolist()


def footage(frames, *seams):
    return Footage.of_frames("gate", np.arange(frames, dtype=np.uint8).reshape(-1, 1, 1, 1), seams)


def numbers(pieces):
    return [piece.pictures.ravel().tolist() for piece in pieces]


def test_footage_without_a_seam_stays_what_it_is():
    whole = footage(9)
    assert whole.pieces(4)[0] is whole


@pytest.mark.parametrize(
    ("margin", "expected"),
    [(0, [[0, 1, 2, 3], [4, 5, 6, 7, 8]]), (2, [[0, 1, 2], [5, 6, 7, 8]]), (3, [[0, 1], [6, 7, 8]])],
)
def test_a_seam_cuts_footage_and_what_would_see_both_sides_is_left_out(margin, expected):
    assert numbers(footage(9, 4).pieces(margin)) == expected


def test_a_part_of_footage_keeps_its_own_seams():
    assert footage(20, 3, 10, 15).cut(5, 12).seams == (5,)
    assert numbers(footage(8, 3, 6).cut(2, 7).pieces(0)) == [[2], [3, 4, 5], [6]]


def test_seams_so_close_that_nothing_is_left_between_them_leave_nothing():
    assert numbers(footage(8, 3, 4).pieces(4)) == [[0], [6, 7]]
