"""The same place in the frames around an object; windows that shift at the ends; flow that goes with its frame."""

import numpy as np
import pytest

from unusual.errors import ConfigError
from unusual.methods.objects.objects import Objects
from unusual.methods.objects.tracks import TrackConfig, Tracker
from unusual.methods.state.cubes import CubeConfig, cut_cube, cut_cubes, whole_box, window_of

SMALL = CubeConfig(patch=4)


def objects(*boxes):
    xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    return Objects(
        xyxy, np.ones(len(xyxy), np.float32), np.full(len(xyxy), -1, np.int16), np.zeros(len(xyxy), np.float32)
    )


def video(frames, height=8, width=12):
    """Frame n is grey level n all over."""
    return [np.full((height, width, 3), n, np.uint8) for n in range(frames)]


def step_flow(first, second):
    """Across: the number of the first frame; down: how much later the second one is."""
    flow = np.zeros((*first.shape[:2], 2), np.float32)
    flow[..., 0] = first[0, 0, 0]
    flow[..., 1] = int(second[0, 0, 0]) - int(first[0, 0, 0])
    return flow


def cut(pictures, find=lambda index, *_: objects([0, 0, 4, 4]), config=SMALL, context=3, step=1, **more):
    return list(cut_cubes(pictures, find, step_flow, config, context=context, step=step, **more))


@pytest.mark.parametrize("frames", [7, 8, 20], ids="{} frames".format)
def test_every_frame_has_a_window_that_shifts_at_the_ends_and_never_pads(frames):
    cubes = cut(video(frames))
    assert [cube.index for cube in cubes] == list(range(frames))
    for cube in cubes:
        first, last = window_of(cube.index, frames, 3)
        assert cube.rgb.shape == (1, 7, 4, 4, 3)
        assert cube.rgb[0, :, 0, 0, 0].tolist() == list(range(first, last + 1))
        assert first <= cube.index <= last


def test_flow_leads_to_the_next_frame_and_the_last_takes_the_one_before():
    cubes = cut(video(9))
    assert cubes[0].flow[0, :, 0, 0].tolist() == [[n, 1] for n in range(7)]
    assert cubes[8].flow[0, :, 0, 0].tolist() == [[n, 1] for n in (2, 3, 4, 5, 6, 7, 7)]


def test_objects_are_found_in_a_frame_beside_its_neighbours():
    asked = []

    def find(index, before, frame, after):
        asked.append((index, *(int(picture[0, 0, 0]) for picture in (before, frame, after))))
        return objects()

    cut(video(8), find)
    assert asked == [(0, 0, 0, 1), *((n, n - 1, n, n + 1) for n in range(1, 7)), (7, 6, 7, 7)]


def test_a_step_scores_every_nth_frame_and_looks_for_objects_in_no_other():
    asked = []

    def find(index, *_):
        asked.append(index)
        return objects([0, 0, 4, 4])

    assert [cube.index for cube in cut(video(20), find, step=6)] == asked == [0, 6, 12, 18]


def test_a_frame_without_objects_still_comes():
    cubes = cut(video(7), find=lambda *_: objects())
    assert [(len(cube), cube.rgb.shape) for cube in cubes] == [(0, (0, 7, 4, 4, 3))] * 7
    assert cubes[0].flow.shape == (0, 7, 4, 4, 2)


def test_flow_is_estimated_once_and_only_where_a_cube_needs_it():
    asked = []

    def estimate(first, second):
        asked.append((int(first[0, 0, 0]), int(second[0, 0, 0])))
        return step_flow(first, second)

    def find(index, *_):
        return objects([0, 0, 4, 4], [4, 0, 8, 4]) if index in (10, 12) else objects()

    cubes = list(cut_cubes(video(30), find, estimate, SMALL, context=2, step=2))
    assert len(cubes) == 15
    assert asked == [(n, n + 1) for n in range(8, 15)]


def test_each_frame_is_by_itself_where_nobody_is_followed():
    cubes = cut(video(12), find=lambda index, *_: objects([0, 0, 4, 4]) if index != 9 else objects())
    assert [len(cube) for cube in cubes] == [1] * 9 + [0, 1, 1]
    assert {int(number) for cube in cubes for number in cube.tracks} == {-1}


def test_an_object_that_is_missed_for_a_frame_is_cut_all_the_same_and_keeps_its_number():
    found = {n: objects([2, 2, 6, 6]) for n in range(12) if n != 9}
    tracker = Tracker(TrackConfig(), rate=10)
    cubes = list(
        cut_cubes(
            video(12),
            lambda index, *_: found.get(index, objects()),
            lambda first, second: np.zeros((*first.shape[:2], 2), np.float32),
            SMALL,
            context=3,
            step=1,
            tracker=tracker,
        )
    )
    assert [cube.tracks.tolist() for cube in cubes] == [[0]] * 12
    assert cubes[9].rgb.shape == (1, 7, 4, 4, 3)
    np.testing.assert_allclose(cubes[9].boxes, cubes[8].boxes)


def test_between_scored_frames_a_track_is_carried_by_what_moves_in_it():
    def right(first, second):
        return np.full((*first.shape[:2], 2), (1.0, 0.0), np.float32)

    cubes = list(
        cut_cubes(
            video(12, width=40),
            lambda index, *_: objects([2 + index, 2, 6 + index, 6]) if index < 6 else objects(),
            right,
            SMALL,
            context=3,
            step=3,
            tracker=Tracker(TrackConfig(), rate=10),
        )
    )
    np.testing.assert_allclose([cube.boxes[0, 0] * 40 for cube in cubes], [2, 5, 8, 11], atol=1e-5)
    assert [cube.tracks.tolist() for cube in cubes] == [[0]] * 4


@pytest.mark.parametrize("frames", [0, 1, 6], ids="{} frames".format)
def test_a_video_shorter_than_a_cube_has_none(frames):
    assert cut(video(frames)) == []


def test_frames_are_taken_as_they_come_and_only_a_cube_of_them_is_held():
    taken = 0

    def frames():
        nonlocal taken
        for picture in video(100):
            taken += 1
            yield picture

    cubes = cut_cubes(frames(), lambda *_: objects(), step_flow, SMALL, context=3, step=1)
    for cube in cubes:
        assert taken <= cube.index + 8 or cube.index < 4


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        pytest.param((1.2, 2.0, 5.0, 6.7), (2, 7), (2, 5), id="sides are rounded up"),
        pytest.param((-9, -9, 99, 99), (0, 8), (0, 12), id="it ends at the picture's edges"),
        pytest.param((3.0, 3.0, 3.0, 3.0), (3, 4), (3, 4), id="it never becomes empty"),
        pytest.param((50, 50, 60, 60), (7, 8), (11, 12), id="outside the picture it is the corner"),
    ],
)
def test_a_box_is_cut_at_whole_pixels(box, rows, columns):
    place = whole_box(np.array(box, np.float32), 8, 12)
    assert [(one.start, one.stop) for one in place] == [rows, columns]


def test_a_cube_is_the_box_resized_frame_by_frame():
    picture = np.zeros((8, 12, 3), np.uint8)
    picture[2:6, 4:12] = (10, 20, 30)
    flow = np.zeros((8, 12, 2), np.float32)
    flow[2:6, 4:12] = (3, -5)
    rgb, moved = cut_cube([(picture, flow)] * 2, np.array([4, 2, 12, 6], np.float32), SMALL)
    assert (rgb == np.array((10, 20, 30))).all()
    assert (moved == np.array((3, -5))).all()
    assert (rgb.shape, moved.shape) == ((2, 4, 4, 3), (2, 4, 4, 2))


@pytest.mark.parametrize("change", [{"patch": 6}, {"patch": 512}, {"step": -1}, {"train_step": 251}], ids=str)
def test_settings_out_of_range_are_refused(change):
    with pytest.raises(ConfigError):
        CubeConfig(**change)
