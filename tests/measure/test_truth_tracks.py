"""Masks become boxes and boxes become tracks; track files say the same in text."""

import os
from pathlib import Path

import numpy as np
import pytest

from unusual.data.truth import iterate_masks
from unusual.errors import DataError
from unusual.measure.truth_tracks import Tracks, read_tracks, tracks_from_masks

PED2 = Path(os.environ.get("UNUSUAL_PED2") or Path(__file__).parents[3] / "shared" / "data" / "ped2")


def masks(*frames: str) -> np.ndarray:
    """One row of pixels a frame, rows parted by a slash: '#.#/..#'."""
    return np.array([[[pixel == "#" for pixel in row] for row in frame.split("/")] for frame in frames])


def described(tracks: Tracks) -> list[tuple]:
    return list(zip(tracks.frame.tolist(), tracks.track.tolist(), tracks.xyxy.tolist(), strict=True))


def test_a_region_is_the_box_around_pixels_that_hang_together():
    assert described(tracks_from_masks(masks("##..../##...#/......", "....../....../......"))) == [
        (0, 0, [0, 0, 2, 2]),
        (0, 1, [5, 1, 6, 2]),
    ]


def test_corners_hang_together():
    assert described(tracks_from_masks(masks("#../.#./..#"))) == [(0, 0, [0, 0, 3, 3])]


@pytest.mark.parametrize(
    ("frames", "tracks"),
    [
        pytest.param(["##...", ".##..", "..##."], [0, 0, 0], id="a thing that moves keeps its track"),
        pytest.param(["##...", ".....", "##..."], [0, 1], id="a thing that was away comes back as another"),
        pytest.param(["#....", "....#"], [0, 1], id="a thing that jumps is another"),
        pytest.param(["#...#", "#...#"], [0, 1, 0, 1], id="two things keep their tracks"),
        pytest.param(["###.##", "######"], [0, 1, 0], id="what merges goes on with the larger part"),
        pytest.param(["######", "#.####"], [0, 1, 0], id="of what parts the larger piece goes on"),
        pytest.param(["##.###.", ".####..", "##.###."], [0, 1, 1, 2, 1], id="of two that meet and part one is new"),
        pytest.param([".....", ".#..."], [0], id="a track may start late"),
        pytest.param(["#.#.", "#.#.", "#...", "#.##"], [0, 1, 0, 1, 0, 0, 2], id="numbers are not used again"),
        pytest.param(["###..", "#.#.."], [0, 0, 1], id="of equal pieces the first goes on"),
    ],
)
def test_tracks_go_on_where_most_pixels_are_shared(frames, tracks):
    assert tracks_from_masks(masks(*frames)).track.tolist() == tracks


def test_the_largest_shared_area_links_first():
    # The left thing (2 pixels) grows into the place of the right one (3): the right one keeps its track.
    found = tracks_from_masks(masks("##.###.", "#######", "......."))
    assert found.track.tolist() == [0, 1, 1]


def test_no_mask_has_no_track():
    for empty in (tracks_from_masks([]), tracks_from_masks(masks("...", "..."))):
        assert [empty.frame.shape, empty.xyxy.shape, empty.track.shape] == [(0,), (0, 4), (0,)]


def test_masks_of_two_sizes_are_refused():
    with pytest.raises(DataError, match=r"frame 1 is \(1, 2\), the one before it \(1, 3\)"):
        tracks_from_masks([np.zeros((1, 3), bool), np.zeros((1, 2), bool)])


def test_a_track_file_is_taken_as_it_stands(tmp_path):
    path = tmp_path / "01_0014.txt"
    path.write_text("0,154,4,142,119,249\n0,155,6,145,129.5,254\n\n1,154,0,0,1,1\n")
    tracks = read_tracks(path)
    assert described(tracks) == [(154, 0, [4, 142, 119, 249]), (155, 0, [6, 145, 129.5, 254]), (154, 1, [0, 0, 1, 1])]


def test_an_empty_track_file_has_no_track(tmp_path):
    (tmp_path / "a.txt").write_text("")
    assert read_tracks(tmp_path / "a.txt").xyxy.shape == (0, 4)


@pytest.mark.parametrize(
    "line", ["0,1,2,3,4", "0,1,2,3,4,5,6", "0,1.5,2,3,4,5", "0,-1,2,3,4,5", "0,1,9,3,4,5", "0,1,2,9,4,5", "a,1,2,3,4,5"]
)
def test_a_line_of_another_form_is_refused_with_its_number(tmp_path, line):
    (tmp_path / "a.txt").write_text(f"0,1,2,3,4,5\n{line}\n")
    with pytest.raises(DataError, match=r"a\.txt, line 2: expected track,frame,x1,y1,x2,y2, got"):
        read_tracks(tmp_path / "a.txt")


def test_a_missing_track_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        read_tracks(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("frame", "xyxy", "track", "message"),
    [
        pytest.param([0], [[0, 0, 1, 1], [0, 0, 1, 1]], [0], "boxes", id="more boxes than frames"),
        pytest.param([0.0], [[0, 0, 1, 1]], [0], "int", id="a frame that is no whole number"),
        pytest.param([0], [[1, 0, 0, 1]], [0], "left <= right", id="a box inside out"),
        pytest.param([0], [[0, 0, 1, np.nan]], [0], "finite", id="an edge that is nowhere"),
        pytest.param([0], [[0, 0, 1, 1]], [0, 1], "track number for each", id="more tracks than regions"),
    ],
)
def test_what_is_no_track_is_refused(frame, xyxy, track, message):
    with pytest.raises(DataError, match=message):
        Tracks(np.array(frame), np.array(xyxy, float), np.array(track))


@pytest.mark.skipif(not (PED2 / "masks").is_dir(), reason="Ped2 is not here")
def test_every_abnormal_frame_of_ped2_has_a_region_and_its_things_are_few():
    clips = [tracks_from_masks(iterate_masks(folder)) for folder in sorted((PED2 / "masks").iterdir())]
    labels = np.load(PED2 / "frame_labels_ped2.npy").ravel().astype(bool)
    lengths = [len(list(folder.iterdir())) for folder in sorted((PED2 / "masks").iterdir())]
    marked = [np.isin(np.arange(length), clip.frame) for clip, length in zip(clips, lengths, strict=True)]
    assert np.array_equal(np.concatenate(marked), labels)
    assert [np.unique(clip.track).size for clip in clips] == [1, 1, 2, 2, 1, 2, 2, 3, 2, 1, 3, 1]
