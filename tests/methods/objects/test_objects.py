"""Objects of a frame: the authors' rules one by one, the whole finder, and what is kept on disk."""

import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tiny_detectors import write_red_finder, write_told

from unusual.errors import ConfigError, DataError, OutputError
from unusual.methods.objects import objects as objects_module
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.objects import (
    AVENUE,
    PED2,
    SHANGHAITECH,
    ObjectConfig,
    ObjectFinder,
    Objects,
    covered,
    keep_detected,
    load_objects,
    motion_boxes,
    save_objects,
)

NONE = np.empty((0, 4), np.float32)


def grey(width=80, height=60, level=100):
    return np.full((height, width, 3), level, np.uint8)


def with_patch(box, level=200, channels=slice(None), picture=None):
    left, top, right, bottom = box
    painted = grey() if picture is None else picture.copy()
    painted[top:bottom, left:right, channels] = level
    return painted


def moving(before, frame, after, detected=NONE, **changes):
    config = replace(PED2, **{"blur": 1, "margin": 0, **changes})
    return motion_boxes(before, frame, after, np.asarray(detected, np.float32), config).tolist()


def detections(*boxes):
    return np.array([(*box, 0.9, 0) for box in boxes], np.float32)


def kept(boxes, **changes):
    return keep_detected(detections(*boxes), 80, 60, replace(PED2, **changes))[:, :4].tolist()


# settings


@pytest.mark.parametrize(
    ("config", "numbers"),
    [
        (PED2, (0.5, 10, 0.6, 3, 18, 2, 10.0)),
        (AVENUE, (0.25, 40, 0.6, 5, 18, 2, 10.0)),
        (SHANGHAITECH, (0.5, 8, 0.65, 5, 15, 2, 10.0)),
    ],
    ids=["ped2", "avenue", "shanghaitech"],
)
def test_the_numbers_are_those_of_the_authors(config, numbers):
    names = ("score", "smallest_side", "cover", "blur", "motion_threshold", "margin", "aspect")
    assert tuple(getattr(config, name) for name in names) == numbers


@pytest.mark.parametrize(
    "changes",
    [
        {"motion": False},
        {"sha256": "abc"},
        {"sha256": "G" * 64},
        {"tile": 31},
        {"tile": -1},
        {"score": 1.0},
        {"score": -0.1},
        {"score": float("nan")},
        {"cover": 0.0},
        {"cover": 1.1},
        {"blur": 2},
        {"blur": 0},
        {"blur": 33},
        {"motion_threshold": 255},
        {"motion_threshold": -1},
        {"smallest_side": -1},
        {"margin": -1},
        {"aspect": 1.0},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(changes):
    with pytest.raises(ConfigError, match=next(iter(changes))):
        ObjectConfig(**changes)


# detected


@pytest.mark.parametrize(
    ("box", "count"),
    [
        pytest.param((10, 10, 19, 19), 1, id="(9 + 1)(9 + 1) is just enough"),
        pytest.param((10, 10, 19, 18.9), 0, id="a little less is not"),
        pytest.param((10, 10, 59, 11), 1, id="a thin one counts by its area"),
        pytest.param((-20, 10, 8.9, 19), 0, id="only what lies inside the frame counts"),
        pytest.param((30, 10, 30, 40), 0, id="without width it is nothing"),
        pytest.param((40, 40, 20, 20), 0, id="inside out it is nothing"),
        pytest.param((90, 10, 120, 40), 0, id="beside the frame it is nothing"),
    ],
)
def test_the_smallest_detection(box, count):
    assert len(kept([box])) == count


def test_detections_are_cut_to_the_frame():
    assert kept([(-5, -6, 100, 90)]) == [[0, 0, 80, 60]]


def test_detections_keep_their_order_confidence_and_class():
    rows = np.array([(0, 0, 20, 20, 0.6, 2), (0, 0, 5, 5, 0.9, 1), (30, 0, 70, 50, 0.7, 0)], np.float32)
    assert keep_detected(rows, 80, 60, PED2).tolist() == rows[[0, 2]].tolist()


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        pytest.param([(0, 0, 9, 9), (0, 0, 19, 9)], [True, False], id="the smaller inside the larger goes"),
        pytest.param([(0, 0, 19, 9), (0, 0, 9, 9)], [False, True], id="in whatever order"),
        pytest.param([(0, 0, 9, 9), (4, 0, 23, 9)], [False, False], id="0.6 covered stays"),
        pytest.param([(0, 0, 9, 9), (3, 0, 22, 9)], [True, False], id="0.7 covered goes"),
        pytest.param([(0, 0, 9, 9), (0, 0, 9, 9)], [True, False], id="of equals the last stays"),
        pytest.param([(0, 0, 9, 9), (2, 0, 12, 9), (4, 0, 30, 9)], [True, True, False], id="a covered one covers"),
        pytest.param([(0, 0, 9, 9), (30, 30, 70, 50)], [False, False], id="apart both stay"),
        pytest.param([(0, 0, 9, 9), (0, 0, 4, 40), (5, 0, 9, 40)], [False] * 3, id="two halves are no cover"),
    ],
)
def test_what_is_covered(boxes, expected):
    assert covered(np.array(boxes, np.float32), 0.6).tolist() == expected


def literal_covered(boxes, share):
    """The authors' loop: from the smallest to the largest, against all that come after."""
    areas = [(right - left + 1) * (bottom - top + 1) for left, top, right, bottom in boxes]
    order = sorted(range(len(boxes)), key=lambda i: areas[i])
    gone = set()
    for place, i in enumerate(order):
        for j in order[place + 1 :]:
            width = min(boxes[i][2], boxes[j][2]) - max(boxes[i][0], boxes[j][0]) + 1
            height = min(boxes[i][3], boxes[j][3]) - max(boxes[i][1], boxes[j][1]) + 1
            if max(0, width) * max(0, height) / areas[i] > share:
                gone.add(i)
    return [i in gone for i in range(len(boxes))]


corners = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 12), st.integers(1, 12))


@settings(deadline=None, max_examples=100)
@given(st.lists(corners, max_size=7), st.sampled_from([0.25, 0.5, 0.75]))
def test_what_is_covered_is_what_the_authors_loop_drops(corners, share):
    boxes = [(x, y, x + width, y + height) for x, y, width, height in corners]
    assert covered(np.array(boxes, np.float32).reshape(-1, 4), share).tolist() == literal_covered(boxes, share)


# moving


def test_what_appears_is_found_where_it_is():
    assert moving(grey(), with_patch((20, 10, 40, 30)), grey()) == [[20, 10, 40, 30]]


def test_nothing_moves_nothing_is_found():
    still = with_patch((20, 10, 40, 30))
    assert moving(still, still, still) == []


@pytest.mark.parametrize(
    ("change", "count"), [(9, 0), (10, 1)], ids=["9 + 9 is the threshold, and stays", "10 + 10 is above it"]
)
def test_the_two_changes_are_added(change, count):
    assert len(moving(grey(), with_patch((20, 10, 40, 30), 100 + change), grey())) == count


@pytest.mark.parametrize("channel", [0, 1, 2], ids=["red", "green", "blue"])
def test_one_colour_is_enough(channel):
    patch = with_patch((20, 10, 40, 30), 119, channel)
    assert len(moving(grey(), patch, patch)) == 1


def test_colours_are_not_added():
    assert moving(grey(), with_patch((20, 10, 40, 30), 109), grey()) == []


def test_the_fastest_does_not_vanish():
    """128 + 128 is 0 in eight bits."""
    assert moving(grey(level=0), with_patch((20, 10, 40, 30), 128, picture=grey(level=0)), grey(level=0))


def test_a_change_before_or_after_is_enough():
    patch = with_patch((20, 10, 40, 30))
    assert moving(grey(), patch, patch) == moving(patch, patch, grey()) == [[20, 10, 40, 30]]


@pytest.mark.parametrize(
    ("width", "height", "count"),
    [
        pytest.param(9, 9, 0, id="(9 + 1)(9 + 1) is not enough"),
        pytest.param(9, 10, 1, id="a little more is"),
        pytest.param(50, 5, 0, id="ten times as wide as high"),
        pytest.param(49, 5, 1, id="not quite ten times as wide"),
        pytest.param(5, 50, 0, id="ten times as high as wide"),
        pytest.param(5, 49, 1, id="not quite ten times as high"),
    ],
)
def test_size_and_shape_of_what_moves(width, height, count):
    assert len(moving(grey(), with_patch((4, 4, 4 + width, 4 + height)), grey())) == count


def test_moving_boxes_are_enlarged_and_end_at_the_frame():
    assert moving(grey(), with_patch((20, 10, 40, 30)), grey(), margin=3) == [[17, 7, 43, 33]]
    assert moving(grey(), with_patch((1, 0, 80, 59)), grey(), margin=3) == [[0, 0, 80, 60]]


def test_blur_takes_single_pixels_away():
    noisy = grey()
    noisy[::4, ::4] = 128  # each alone would be seen
    assert moving(grey(), noisy, noisy, smallest_side=1)
    assert moving(grey(), noisy, noisy, smallest_side=1, blur=5) == []


def test_a_hole_is_no_thing_of_its_own():
    ring = with_patch((30, 20, 50, 40), 100, picture=with_patch((20, 10, 60, 50)))
    assert moving(grey(), ring, grey()) == [[20, 10, 60, 50]]


@pytest.mark.parametrize(
    ("detected", "expected"),
    [
        pytest.param((18, 8, 42, 32), [], id="what is detected is not found again"),
        pytest.param((19.9, 9.9, 39, 29), [], id="the last pixel of a detection is its own"),
        pytest.param((0, 0, 38, 60), [[39, 10, 40, 30]], id="what sticks out is found"),
        pytest.param((50, 40, 70, 55), [[20, 10, 40, 30]], id="a detection elsewhere changes nothing"),
        pytest.param((0, 0, 80, 60), [], id="a detection of all"),
    ],
)
def test_motion_in_detected_boxes_is_left_out(detected, expected):
    changes = {"smallest_side": 1, "aspect": 99.0}
    assert moving(grey(), with_patch((20, 10, 40, 30)), grey(), [detected], **changes) == expected


@pytest.mark.parametrize(("margin", "count"), [(1, 4), (2, 0)])
def test_detected_boxes_are_left_out_with_the_margin(margin, count):
    outside = moving(
        grey(), with_patch((20, 10, 40, 30)), grey(), [(22, 12, 37, 27)], margin=margin, smallest_side=1, aspect=99.0
    )
    assert len(outside) == (1 if count else 0)


def test_detected_boxes_in_the_corner_are_left_out_with_the_margin():
    changes = {"margin": 2, "smallest_side": 1, "aspect": 99.0}
    assert moving(grey(), with_patch((0, 0, 20, 20)), grey(), [(1, 1, 20, 20)], **changes) == []


pictures = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)))


@settings(deadline=None, max_examples=60)
@given(pictures, st.sampled_from([1, 3, 5]))
def test_moving_boxes_lie_inside_frames_of_any_size(frame, blur):
    config = replace(PED2, smallest_side=1, blur=blur)
    boxes = motion_boxes(np.zeros_like(frame), frame, frame[::-1, ::-1], NONE, config)
    height, width = frame.shape[:2]
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= (width, height)).all()
    assert (boxes[:, :2] < boxes[:, 2:]).all()


# both


RED = (20, 10, 44, 34)


def red_and_moving():
    """A red thing that stands, and a grey one that moves."""
    still = with_patch(RED, (255, 0, 0), picture=grey(level=50))
    return still, with_patch((50, 40, 70, 55), 90, picture=still), still


def test_detected_things_come_first_then_what_moves_besides(tmp_path):
    config = replace(PED2, detector=str(write_red_finder(tmp_path / "red.onnx")))
    found = ObjectFinder(config).find(*red_and_moving())
    assert found.kind.tolist() == [7, MOTION]
    assert found.confidence.tolist() == pytest.approx([0.9, 1.0])
    np.testing.assert_allclose(found.xyxy, [RED, (47, 37, 73, 58)], atol=3)
    assert (found.xyxy.dtype, found.confidence.dtype, found.kind.dtype) == (np.float32, np.float32, np.int16)


def test_either_pass_serves_alone(tmp_path):
    detector = str(write_red_finder(tmp_path / "red.onnx"))
    assert ObjectFinder(replace(PED2, detector=detector, motion=False)).find(*red_and_moving()).kind.tolist() == [7]
    finder = ObjectFinder(PED2)
    assert finder.find(*red_and_moving()).kind.tolist() == [MOTION]
    assert finder.digest == ""


def test_what_is_detected_and_moves_is_one_thing(tmp_path):
    config = replace(PED2, detector=str(write_red_finder(tmp_path / "red.onnx")), margin=4)
    red = red_and_moving()[0]
    assert ObjectFinder(config).find(grey(level=50), red, grey(level=50)).kind.tolist() == [7]


def test_all_classes_are_kept_above_the_score_and_uncovered(tmp_path):
    table = [
        (0, 0, 0.4, 0.4, 0.9, 79),
        (0, 0, 0.3, 0.3, 0.9, 0),
        (0.5, 0.5, 0.9, 0.9, 0.5, 1),
        (0.5, 0, 1, 0.4, 0.6, 56),
    ]
    config = replace(PED2, detector=str(write_told(tmp_path / "told.onnx", *table)))
    assert ObjectFinder(config).find(grey(), grey(), grey()).kind.tolist() == [79, 56]


def test_tiles_find_more_and_pieces_of_nothing(tmp_path):
    config = replace(PED2, detector=str(write_red_finder(tmp_path / "red.onnx")), motion=False, smallest_side=4)
    far = with_patch((400, 300, 408, 308), (255, 0, 0), picture=grey(800, 600))
    assert len(ObjectFinder(config).find(far, far, far)) == 0
    assert len(ObjectFinder(replace(config, tile=100)).find(far, far, far)) == 1
    near = with_patch((100, 100, 700, 500), (255, 0, 0), picture=grey(800, 600))
    assert len(ObjectFinder(replace(config, tile=100)).find(near, near, near)) == 1


def test_the_digest_a_training_saw_is_asked_for(tmp_path):
    config = replace(PED2, detector=str(write_told(tmp_path / "told.onnx")))
    digest = ObjectFinder(config).digest
    assert ObjectFinder(replace(config, sha256=digest)).digest == digest
    with pytest.raises(ConfigError, match=digest):
        ObjectFinder(replace(config, sha256="0" * 64))


@pytest.mark.parametrize("size", [(17, 23), (1, 1), (1, 40), (40, 1)], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("tile", [0, 32])
def test_frames_of_any_size_will_do(tmp_path, size, tile):
    config = replace(PED2, detector=str(write_red_finder(tmp_path / "red.onnx")), tile=tile, smallest_side=1)
    red = with_patch((0, 0, *size), (255, 0, 0), picture=grey(*size))
    found = ObjectFinder(config).find(grey(*size), red, red)
    np.testing.assert_allclose(found.xyxy[0], (0, 0, *size))


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        pytest.param([grey(20, 20)] * 2 + [grey(21, 20)], "one shape", id="another size"),
        pytest.param([np.zeros((20, 20), np.uint8)] * 3, "uint8", id="no colours"),
        pytest.param([np.zeros((20, 20, 3), np.float32)] * 3, "float32", id="no bytes"),
        pytest.param([np.zeros((0, 20, 3), np.uint8)] * 3, "not empty", id="no rows"),
    ],
)
def test_what_is_no_three_frames_is_refused(frames, message):
    with pytest.raises(DataError, match=message):
        ObjectFinder(PED2).find(*frames)


def test_objects_of_unequal_lengths_are_refused():
    with pytest.raises(DataError, match=r"\(2, 4\), \(1,\), \(2,\), \(2,\)"):
        Objects(np.zeros((2, 4), np.float32), np.zeros(1, np.float32), np.zeros(2, np.int16), np.zeros(2, np.float32))


# what somebody rides


RIDER = (20.0, 10.0, 32.0, 46.0)


@pytest.mark.parametrize(
    ("vehicle", "rides"),
    [
        pytest.param((18, 30, 34, 50, 0.3, 1), 0.3, id="a bicycle that reaches below"),
        pytest.param((22, 46, 30, 50, 0.3, 36), 0.3, id="a skateboard under his feet"),
        pytest.param((60, 30, 76, 50, 0.3, 1), 0.0, id="a bicycle elsewhere"),
        pytest.param((0, 0, 70, 60, 0.9, 2), 0.0, id="a car behind"),
        pytest.param((22, 20, 30, 30, 0.3, 24), 0.0, id="a backpack"),
    ],
)
def test_who_rides_is_told_by_what_lies_in_his_box(vehicle, rides):
    rows = np.array([(*RIDER, 0.9, 0), vehicle], np.float32)
    assert objects_module.rides(np.array([RIDER], np.float32), rows).tolist() == pytest.approx([rides])


def test_what_is_too_weak_to_be_an_object_still_tells_that_somebody_rides(tmp_path):
    told = write_told(tmp_path / "told.onnx", (0.2, 0.1, 0.4, 0.8, 0.9, 0), (0.2, 0.5, 0.4, 0.8, 0.2, 1))
    found = ObjectFinder(replace(PED2, detector=str(told), motion=False)).find(*[grey()] * 3)
    assert found.kind.tolist() == [0]
    assert found.rides.tolist() == pytest.approx([0.2])


# kept


def objects(count, seed=0):
    chance = np.random.default_rng(seed)
    numbers = chance.random((count, 6), np.float32)
    return Objects(numbers[:, :4], numbers[:, 4], chance.integers(-1, 80, count).astype(np.int16), numbers[:, 5])


@pytest.mark.parametrize(
    "counts", [(), (0,), (3,), (2, 0, 5), (0, 0, 1, 0)], ids=lambda counts: "-".join(map(str, counts)) or "no frames"
)
def test_what_is_kept_comes_back(tmp_path, counts):
    video = {3 * seed: objects(count, seed) for seed, count in enumerate(counts)}
    save_objects(tmp_path / "new" / "video.npz", video)
    back = load_objects(tmp_path / "new" / "video.npz")
    assert list(back) == list(video)
    for one, other in zip(video.values(), back.values(), strict=True):
        for name in ("xyxy", "confidence", "kind", "rides"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            assert getattr(one, name).dtype == getattr(other, name).dtype


def test_a_broken_file_is_as_good_as_none(tmp_path):
    file = tmp_path / "video.npz"
    assert load_objects(file) is None
    save_objects(file, {0: objects(4), 7: objects(40)})
    whole, chance = file.read_bytes(), np.random.default_rng(0)
    for size in range(0, len(whole), 37):
        file.write_bytes(whole[:size])
        assert load_objects(file) is None
    for _ in range(500):
        broken = bytearray(whole)
        for at in chance.integers(0, len(whole), 3):
            broken[at] ^= int(chance.integers(1, 256))
        file.write_bytes(broken)
        back = load_objects(file)
        assert back is None or [len(one) for one in back.values()] == [4, 40]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"counts": np.array([3, 3])}, id="more counted than there are"),
        pytest.param({"counts": np.array([6, -1])}, id="less than nothing"),
        pytest.param({"counts": np.array([[2, 3]])}, id="a table of counts"),
        pytest.param({"counts": np.array([2.0, 3.0])}, id="broken counts"),
        pytest.param({"rows": np.zeros((4, 7), np.float32)}, id="objects of fewer"),
        pytest.param({"frames": np.array([0, 1, 2])}, id="more frames than counts"),
        pytest.param({"rows": np.zeros((5, 7))}, id="other numbers"),
        pytest.param({"rows": np.zeros((5, 6), np.float32)}, id="a column missing"),
        pytest.param({"rows": np.full((5, 7), None)}, id="pickled things"),
    ],
)
def test_arrays_that_do_not_fit_are_as_good_as_none(tmp_path, changes):
    fitting = {"frames": np.array([0, 6]), "counts": np.array([2, 3]), "rows": np.zeros((5, 7), np.float32)}
    np.savez(tmp_path / "video.npz", **fitting)
    assert len(load_objects(tmp_path / "video.npz")) == 2
    np.savez(tmp_path / "video.npz", **{**fitting, **changes})
    assert load_objects(tmp_path / "video.npz") is None


class Planted:
    """What an unpickled file could do."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return Path.mkdir, (self.folder,)


def test_nothing_is_unpickled(tmp_path):
    planted = np.array([Planted(tmp_path / "planted")])
    np.savez(tmp_path / "video.npz", frames=np.array([0]), counts=planted, rows=np.zeros((0, 6)))
    assert load_objects(tmp_path / "video.npz") is None
    assert not (tmp_path / "planted").exists()


def test_another_archive_is_as_good_as_none(tmp_path):
    with zipfile.ZipFile(tmp_path / "video.npz", "w") as archive:
        archive.writestr("counts.npy", b"no array")
    assert load_objects(tmp_path / "video.npz") is None


def test_where_nothing_can_be_kept_it_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        save_objects(tmp_path / "file" / "video.npz", {0: objects(1)})


def test_frames_are_left_as_they_were(tmp_path):
    frames = [frame.copy() for frame in red_and_moving()]
    config = replace(PED2, detector=str(write_red_finder(tmp_path / "red.onnx")))
    ObjectFinder(config).find(*frames)
    for frame, before in zip(frames, red_and_moving(), strict=True):
        np.testing.assert_array_equal(frame, before)


def test_blurred_is_what_the_authors_blur():
    """A change that only the blurred frames show tells that they are blurred before they are compared."""
    frame = with_patch((30, 20, 50, 40), 119)
    blurred = cv2.GaussianBlur(frame, (5, 5), 0)
    seen = np.argwhere(blurred[..., 0] > 118)
    (top, left), (bottom, right) = seen.min(0), seen.max(0) + 1
    assert moving(grey(), frame, frame, blur=5) == [[left, top, right, bottom]]
