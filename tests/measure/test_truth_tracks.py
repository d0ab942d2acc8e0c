"""Masks become boxes and boxes become tracks; track files say the same in text."""

import os
from pathlib import Path

import numpy as np
import pytest

from unusual.data.made_up.scene import Kind, SceneConfig, render_scene
from unusual.data.truth import iterate_masks
from unusual.errors import DataError
from unusual.measure.truth_tracks import Tracks, read_tracks, tracks_from_masks, tracks_from_objects

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
        pytest.param(["##...", ".....", "##..."], [0, 0], id="a thing that was hidden is the same again"),
        pytest.param(["##.....", ".......", ".....##"], [0, 1], id="far from where one was lost is another"),
        pytest.param(["##...", *["....."] * 12, "##..."], [0, 0], id="hidden for as long as may be"),
        pytest.param(["##...", *["....."] * 13, "##..."], [0, 1], id="hidden for longer"),
        pytest.param(["#....", "....#"], [0, 1], id="a thing that jumps is another"),
        pytest.param(["#...#", "#...#"], [0, 1, 0, 1], id="two things keep their tracks"),
        pytest.param(["###.##", "######"], [0, 1, 0], id="what merges goes on with the larger part"),
        pytest.param(["######", "#.####"], [0, 1, 0], id="of what parts the larger piece goes on"),
        pytest.param(["##.###.", ".####..", "##.###."], [0, 1, 1, 0, 1], id="two that meet and part are the same two"),
        pytest.param([".....", ".#..."], [0], id="a track may start late"),
        pytest.param(["#.#.", "#.#.", "#...", "#.##"], [0, 1, 0, 1, 0, 0, 1], id="beside its place it goes on"),
        pytest.param(["###..", "#.#.."], [0, 0, 1], id="of equal pieces the first goes on"),
    ],
)
def test_tracks_go_on_where_most_pixels_are_shared(frames, tracks):
    assert tracks_from_masks(masks(*frames)).track.tolist() == tracks


def block(*places: tuple[int, int, int, int]) -> np.ndarray:
    """A mask of 40x60 px with filled boxes: left, top, right, bottom."""
    mask = np.zeros((40, 60), bool)
    for left, top, right, bottom in places:
        mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize(
    ("pieces", "regions"),
    [
        pytest.param([(10, 10, 20, 30), (22, 10, 24, 30)], 1, id="a wheel behind a post"),
        pytest.param([(10, 10, 20, 30), (24, 10, 28, 14)], 1, id="a splinter further away"),
        pytest.param([(10, 10, 20, 30), (26, 10, 28, 14)], 2, id="too far from it"),
        pytest.param([(10, 10, 20, 30), (24, 10, 32, 30)], 2, id="two things of about one size"),
        pytest.param([(10, 10, 20, 30), (22, 12, 24, 14), (28, 12, 30, 14)], 2, id="no splinter of a splinter"),
        pytest.param([(2, 10, 12, 30), (40, 10, 50, 30), (36, 10, 38, 12)], 2, id="of the nearest"),
    ],
)
def test_a_splinter_belongs_to_what_it_lies_beside(pieces, regions):
    assert len(tracks_from_masks([block(*pieces)]).frame) == regions


def test_a_cyclist_behind_lamp_posts_is_one_track():
    frames = []
    for step in range(20):
        mask = block((2 + 2 * step, 10, 14 + 2 * step, 30))
        mask[:, 20:22] = mask[:, 40:42] = False  # the posts: for a while they part him into pieces
        frames.append(mask)
    assert set(tracks_from_masks(frames).track.tolist()) == {0}


def test_numbered_objects_are_tracks_whatever_they_fall_into():
    numbers = np.zeros((3, 40, 60), np.uint16)
    numbers[0, 10:20, 5:10] = numbers[0, 10:20, 30:31] = numbers[2, 0, 0] = 4
    numbers[:, 30, 40] = 2
    assert described(tracks_from_objects(numbers)) == [
        (0, 2, [40, 30, 41, 31]),
        (0, 4, [5, 10, 31, 20]),
        (1, 2, [40, 30, 41, 31]),
        (2, 2, [40, 30, 41, 31]),
        (2, 4, [0, 0, 1, 1]),
    ]
    assert tracks_from_objects(np.zeros((2, 4, 4), np.uint16)).xyxy.shape == (0, 4)


def test_the_tracks_of_a_made_up_scene_are_its_unusual_objects():
    """Splinters and all: the rule for masks makes about as many tracks as there are things."""
    shots = list(render_scene(SceneConfig(seed=5, walkers=8), 16.0, (Kind.CYCLIST, Kind.RUNNER)))
    true, guessed = tracks_from_objects(shot.objects for shot in shots), tracks_from_masks(shot.mask for shot in shots)
    assert np.unique(true.track).size == 2
    assert np.unique(guessed.track).size <= 6
    assert np.array_equal(np.unique(true.frame), np.flatnonzero([bool(shot.kinds) for shot in shots]))


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
