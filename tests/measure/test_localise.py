"""Where something was reported beside where it is, by one rule for maps and for objects."""

import numpy as np
import pytest

from unusual.data.datasets import DatasetVideo
from unusual.data.truth import PixelMasks
from unusual.domain import Frame, FrameErrors, ObjectErrors
from unusual.errors import DataError
from unusual.measure.localise import Reported, localise, places_of
from unusual.scores.calibrate import LiveScale
from unusual.scores.judgement import judge

FRAMES, HEIGHT, WIDTH = 4, 40, 60


def scored(units, shape):
    """What was reported, on a live scale on which an error is its own score."""
    scale, reported = LiveScale(np.zeros(shape, "f4"), np.ones(shape, "f4"), 0.0, 1.0), Reported()
    for n in range(FRAMES):
        covering = [judge(scale, unit) for unit in units if n in unit.indices]
        reported.scored(Frame(n, float(n), np.zeros((20, 30, 3), np.uint8)), 0.0, covering)
    return reported


def mapped(*units):
    """Each unit: its frames, and (3, 5) scores of overlapping places of ten pixels a step."""
    made = [FrameErrors(np.array(n), np.array(n, float), 0.0, np.array(places, "f4")) for n, places in units]
    return scored(made, (3, 5))


def with_objects(*frames):
    """For each frame its boxes in pixels and their scores."""
    units = []
    for n, objects in enumerate(frames):
        boxes = np.array([box for box, _ in objects], "f4").reshape(-1, 4) / np.array([WIDTH, HEIGHT] * 2, "f4")
        scores = np.array([score for _, score in objects], "f4")
        errors = ObjectErrors(boxes, scores, np.zeros(len(scores), "f4"), np.zeros(len(scores), np.int16))
        units.append(FrameErrors(np.array([n]), np.array([float(n)]), 0.0, np.zeros((1, 1), "f4"), objects=errors))
    return scored(units, (1, 1))


def place(row, column, score):
    places = np.zeros((3, 5))
    places[row, column] = score
    return places


@pytest.fixture
def masked(tmp_path):
    """A clip in whose frames 1 and 2 the pixels from (10, 20) to (30, 40) are abnormal; `times` larger."""

    def make(times=1, frames=FRAMES, name="v"):
        masks = np.zeros((frames, HEIGHT, WIDTH), np.uint8)
        masks[1:3, 10:30, 20:40] = 1
        path = tmp_path / f"{name}-{times}-{frames}.npy"
        np.save(path, masks.repeat(times, 1).repeat(times, 2))
        return DatasetVideo(name, tmp_path / "v.mp4", PixelMasks(path))

    return make


ON_IT, BESIDE = [20, 10, 40, 30], [0, 0, 10, 10]
FOUND = with_objects([], [(ON_IT, 5)], [(ON_IT, 5)], [(BESIDE, 1)])
EXACT = mapped(([0], np.zeros((3, 5))), ([1, 2], place(1, 2, 5)), ([3], place(0, 0, 1)))


@pytest.mark.parametrize("video", [FOUND, EXACT], ids=["objects", "maps"])
@pytest.mark.parametrize("times", [1, 2])
def test_what_is_found_exactly_scores_one_whatever_the_method_and_the_size_of_the_masks(video, times, masked):
    made = localise([places_of(video, masked(times))])
    assert (made.rbdc, made.tbdc, made.pixel_level_auc, made.pixel_auc) == (1, 1, 1, 1)
    assert (made.clips, made.frames, made.regions, made.tracks) == (1, 4, 2, 1)
    assert made.false_per_frame == 0.25
    assert made.rbdc_interval is made.tbdc_interval is None  # of one clip


def test_a_place_of_a_map_is_the_box_of_two_steps_that_it_covers():
    regions = EXACT.regions(WIDTH, HEIGHT)
    assert regions.frame.tolist() == [1, 2, 3]
    assert regions.xyxy.tolist() == [ON_IT, ON_IT, [0, 0, 20, 20]]
    assert regions.score.tolist() == [5, 5, 1]


def test_where_units_overlap_a_frame_has_one_mean_map():
    regions = mapped(([0, 1], place(1, 2, 6)), ([1, 2], place(1, 2, 2))).regions(WIDTH, HEIGHT)
    assert (regions.frame.tolist(), regions.score.tolist()) == ([0, 1, 2], [6, 4, 2])


def test_objects_are_boxes_in_pixels_with_live_scores_for_every_frame_of_their_unit():
    regions = FOUND.regions(2 * WIDTH, HEIGHT)
    np.testing.assert_allclose(regions.xyxy[0], [40, 10, 80, 30], rtol=1e-6)
    assert (regions.frame.tolist(), regions.score.tolist()) == ([1, 2, 3], [5, 5, 1])


def test_what_is_missed_and_false_costs(masked):
    made = localise([places_of(with_objects([(BESIDE, 9)], [(BESIDE, 8)], [(ON_IT, 5)], []), masked())])
    assert made.rbdc == 0.5 * 0.5  # half of the regions, from half a false region a frame on
    assert made.false_per_frame == 0.5
    assert made.pixel_level_auc < 0.5
    assert made.pixel_auc < 1


def test_all_clips_share_one_threshold(masked):
    quiet = with_objects([(BESIDE, 7)], [(ON_IT, 5)], [(ON_IT, 5)], [])
    first, second = places_of(FOUND, masked(name="a")), places_of(quiet, masked(name="b"))
    both = localise([first, second])
    assert (both.clips, both.frames, both.tracks) == (2, 8, 2)
    assert both.rbdc < localise([first]).rbdc
    assert localise([]) is None


def test_the_intervals_are_over_the_clips(masked):
    half = with_objects([], [(ON_IT, 5)], [], [(BESIDE, 1)])  # of the regions, hence the track
    made = localise([places_of(FOUND, masked(name="a")), places_of(half, masked(name="b"))])
    assert (made.rbdc, made.tbdc) == (0.75, 1)
    assert [(found.low, found.high) for found in (made.rbdc_interval, made.tbdc_interval)] == [(0.5, 1), (1, 1)]


def test_a_clip_without_pixel_masks_has_no_place(tmp_path):
    assert places_of(FOUND, DatasetVideo("v", tmp_path / "v.mp4")) is None


def test_a_clip_with_nothing_abnormal_has_figures_that_are_not_defined(tmp_path):
    np.save(tmp_path / "none.npy", np.zeros((FRAMES, HEIGHT, WIDTH), np.uint8))
    made = localise([places_of(FOUND, DatasetVideo("v", tmp_path, PixelMasks(tmp_path / "none.npy")))])
    np.testing.assert_equal((made.rbdc, made.tbdc, made.pixel_level_auc, made.pixel_auc), (np.nan,) * 4)


@pytest.mark.parametrize("frames", [3, 5])
def test_masks_for_another_number_of_frames_are_refused_by_name(frames, masked):
    with pytest.raises(DataError, match="clip gate: pixel masks for 4 frames"):
        places_of(FOUND, masked(frames=frames, name="gate"))


def test_a_folder_without_masks_is_refused(tmp_path):
    with pytest.raises(DataError, match="clip v: pixel masks for 4 frames: there is none"):
        places_of(FOUND, DatasetVideo("v", tmp_path, PixelMasks(tmp_path)))
