"""Detectors of both kinds: what they are shown, what is read from them, how tiles come together, what is refused."""

import hashlib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from onnx import TensorProto
from tiny_detectors import DETR_INPUTS, DETR_OUTPUTS, IMAGES, save_graph, write_red_finder, write_told, write_yolox

from unusual.errors import ConfigError
from unusual.methods.objects.detector import Detector, suppress_doubles, tiles, uncut

SHARED = Path(__file__).parents[4] / "shared"
NAN = float("nan")


def black(width=64, height=64):
    return np.zeros((height, width, 3), np.uint8)


def with_red(picture, *boxes):
    for left, top, right, bottom in boxes:
        picture[top:bottom, left:right, 0] = 255
    return picture


@pytest.fixture
def path(tmp_path):
    return tmp_path / "any_name.onnx"


# DETR


@pytest.mark.parametrize("size", [(64, 64), (128, 64), (64, 96), (32, 32)], ids=lambda size: "x".join(map(str, size)))
def test_a_red_thing_is_found_where_it_is(path, size):
    rows = Detector(write_red_finder(path), 0.5).find(with_red(black(*size), (8, 12, 20, 28)))
    np.testing.assert_allclose(rows, [[8, 12, 20, 28, 0.9, 7]], atol=2)


@pytest.mark.parametrize("channel", [1, 2], ids=["green", "blue"])
def test_red_is_the_first_channel(path, channel):
    picture = black()
    picture[8:20, 8:20, channel] = 255
    assert len(Detector(write_red_finder(path), 0.5).find(picture)) == 0


@pytest.mark.parametrize(("level", "found"), [(120, 0), (135, 1)], ids=["below a half", "above a half"])
def test_pixels_are_shown_from_0_to_1(path, level, found):
    assert len(Detector(write_red_finder(path), 0.5).find(with_red(black(), (0, 0, 64, 64)) // 255 * level)) == found


def test_sizes_are_told_width_first(path):
    rows = Detector(write_told(path, (0.1, 0.2, 0.5, 1.0, 0.75, 3)), 0.5).find(black(200, 50))
    np.testing.assert_allclose(rows, [[20, 10, 100, 50, 0.75, 3]])


def test_only_confidences_above_the_score_count(path):
    told = [(0, 0, 0.1, 0.1, 0.5, 0), (0.5, 0, 0.6, 0.1, 0.501, 1)]
    assert Detector(write_told(path, *told), 0.5).find(black())[:, 5].tolist() == [1]


def test_what_is_no_number_is_no_object(path):
    told = [(0, 0, 0.1, 0.1, NAN, 0), (0.5, NAN, 0.6, 0.1, 0.9, 1), (0.5, 0, np.inf, 0.1, 0.9, 2)]
    assert len(Detector(write_told(path, *told), 0.5).find(black())) == 0


def test_nothing_found_is_an_empty_table(path):
    assert Detector(write_red_finder(path), 0.5).find(black()).shape == (0, 6)


def test_of_doubles_of_a_class_the_surest_stays(path):
    told = [(0, 0, 0.5, 0.5, 0.6, 0), (0, 0, 0.5, 0.45, 0.8, 0), (0, 0, 0.5, 0.5, 0.7, 1)]
    assert Detector(write_told(path, *told), 0.5).find(black())[:, 4].tolist() == pytest.approx([0.8, 0.7])


@pytest.mark.parametrize(("shift", "left"), [(3, 1), (4, 2)], ids=["IoU 0.54", "IoU 0.43"])
def test_doubles_are_of_an_iou_above_a_half(shift, left):
    rows = np.array([[0, 0, 10, 10, 0.9, 0], [shift, 0, 10 + shift, 10, 0.8, 0]], np.float32)
    assert len(suppress_doubles(rows)) == left


# YOLOX


def test_yolox_sees_blue_green_red_up_to_255_and_grey_beside_the_picture(path):
    seen = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (0, 31, 0), (0, 31, 31)]
    at = [(0, 0, 0, 0), (8, 0, 0, 0), (16, 0, 0, 0), (24, 0, 0, 0), (0, 24, 0, 0)]  # in strides: far apart
    picture = np.broadcast_to(np.array([200, 100, 50], np.uint8), (40, 80, 3)).copy()
    rows = Detector(write_yolox(path, at, seen), 0.0).find(picture)
    in_order = rows[np.lexsort((rows[:, 0], rows[:, 1]))]
    assert (in_order[:, 4] * 255).round().tolist() == [50, 100, 200, 114, 114]


def test_a_picture_is_shown_whole_and_in_its_own_shape(path):
    picture = black(64, 32)
    picture[-4:, -4:] = 255
    corner = [(0, 15, 31), (0, 16, 31)]  # the last row of the picture, and the first beside it
    rows = Detector(write_yolox(path, [(0, 0, 0, 0), (9, 9, 0, 0)], corner), 0.0).find(picture)
    assert sorted((rows[:, 4] * 255).round().tolist()) == [114, 255]


@pytest.mark.parametrize(
    ("anchor", "centre", "side"),
    [
        pytest.param(0, (0, 0), 8, id="the first of stride 8"),
        pytest.param(6, (16, 8), 8, id="row by row"),
        pytest.param(17, (16, 0), 16, id="stride 16"),
        pytest.param(20, (0, 0), 32, id="stride 32"),
    ],
)
def test_anchors_of_yolox(path, anchor, centre, side):
    still, white = [(0, 0, 0, 0)] * anchor, np.full((32, 32, 3), 255, np.uint8)
    pixels = [(0, 0, 0)] * anchor + [(0, 1, 1)]
    white[0, 0] = 0
    (row,) = Detector(write_yolox(path, [*still, (0.5, 0.25, 0, np.log(2))], pixels), 0.5).find(white)
    x, y = centre[0] + side / 2, centre[1] + side / 4
    np.testing.assert_allclose(row[:4], [x - side / 2, y - side, x + side / 2, y + side], atol=1e-4)


def test_boxes_of_yolox_are_in_pixels_of_the_picture(path):
    rows = Detector(write_yolox(path, [(1, 1, 0, 0)], [(0, 0, 0)]), 0.5).find(np.full((48, 64, 3), 255, np.uint8))
    np.testing.assert_allclose(rows[0, :4], [8, 8, 24, 24])  # twice 4 to 12


def test_boxes_of_yolox_that_are_decoded_already_are_taken_as_they_are(path):
    """In pixels of its input; a small one too, beside one that shows what they are."""
    network = write_yolox(path, [(16, 12, 20, 8), (5, 6, 2, 3)], [(0, 0, 0), (0, 0, 0)])
    rows = Detector(network, 0.5).find(np.full((48, 64, 3), 255, np.uint8))
    np.testing.assert_allclose(sorted(rows[:, :4].tolist()), [[8, 9, 12, 15], [12, 16, 52, 32]])


def test_a_class_of_yolox_is_as_sure_as_its_share_of_the_object(path):
    network = write_yolox(path, [(0, 0, 0, 0)], [(0, 0, 0)], classes=(0.4, 0.9, 0.6))
    rows = Detector(network, 0.5).find(np.full((32, 32, 3), 255, np.uint8))
    np.testing.assert_allclose(rows[:, 4:], [[0.9, 1], [0.6, 2]])


def test_only_confidences_of_yolox_above_the_score_count(path):
    network = write_yolox(path, [(0, 0, 0, 0)], [(0, 0, 0)], classes=(0.5, 0.501))
    assert Detector(network, 0.5).find(np.full((32, 32, 3), 255, np.uint8))[:, 5].tolist() == [1]


def test_an_endless_box_of_yolox_is_no_object(path):
    network = write_yolox(path, [(0, 0, 500, 0)], [(0, 0, 0)])
    assert len(Detector(network, 0.5).find(np.full((32, 32, 3), 255, np.uint8))) == 0


# tiles


@pytest.mark.parametrize("side", [32, 45, 208])
@pytest.mark.parametrize(("width", "height"), [(360, 240), (209, 100), (33, 500), (1920, 1080), (832, 31)])
def test_tiles_cover_the_picture_and_overlap_by_a_quarter(width, height, side):
    views = tiles(width, height, side)
    for low, length in ((0, width), (1, height)):
        spans = sorted({(view[low], view[low + 2]) for view in views})
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        assert {end - start for start, end in spans} == {min(side, length)}
        assert all(one[1] - other[0] >= side / 4 - 1 for one, other in pairwise(spans))


@pytest.mark.parametrize(("size", "side"), [((300, 200), 0), ((300, 200), 300), ((20, 20), 208)])
def test_no_tiles_where_the_whole_picture_is_one(size, side):
    assert tiles(*size, side) == []


@pytest.mark.parametrize(
    ("box", "stays"),
    [
        pytest.param((50, 50, 60, 60), True, id="inside"),
        pytest.param((20, 50, 30, 60), False, id="at the left edge"),
        pytest.param((50, 20.9, 60, 30), False, id="a pixel from the upper edge"),
        pytest.param((50, 50, 99.2, 60), False, id="nearly at the right edge"),
        pytest.param((50, 90, 60, 104), False, id="beyond the lower edge"),
        pytest.param((22.1, 22.1, 97.9, 97.9), True, id="a fortieth away from all"),
    ],
)
def test_what_the_inner_edge_of_a_tile_may_cut_is_left_out(box, stays):
    row = np.array([(*box, 0.9, 0)], np.float32)
    assert len(uncut(row, (20, 20, 100, 100), 120, 120)) == stays
    assert len(uncut(row - [20, 20, 20, 20, 0, 0], (0, 0, 80, 80), 80, 80)) == 1  # where the picture ends


@pytest.mark.parametrize("at", [(0, 0), (3, 50), (25, 20), (52, 52), (54, 30), (74, 44), (90, 10), (108, 76)])
def test_a_thing_is_found_once_and_at_its_place_however_tiles_lie(path, at):
    box = (*at, at[0] + 20, at[1] + 20)
    rows = Detector(write_red_finder(path), 0.5).find(with_red(black(128, 96), box), tile=64)
    assert len(rows) == 1
    np.testing.assert_allclose(rows[0, :4], box, atol=4)


def test_tiles_find_what_the_whole_picture_shows_too_small(path):
    picture = with_red(black(1600, 1200), (700, 500, 708, 508))
    assert len(Detector(write_red_finder(path), 0.5).find(picture)) == 0
    (row,) = Detector(write_red_finder(path), 0.5).find(picture, tile=64)
    np.testing.assert_allclose(row[:4], [700, 500, 708, 508], atol=2)


def test_of_a_thing_larger_than_tiles_no_pieces_are_left(path):
    rows = Detector(write_red_finder(path), 0.5).find(with_red(black(320, 320), (40, 40, 280, 280)), tile=64)
    np.testing.assert_allclose(rows[:, :4], [[40, 40, 280, 280]], atol=10)


def test_a_thing_cut_by_the_picture_itself_stays(path):
    rows = Detector(write_red_finder(path), 0.5).find(with_red(black(200, 64), (190, 54, 200, 64)), tile=64)
    np.testing.assert_allclose(rows[:, :4], [[190, 54, 200, 64]], atol=7)


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 90), (90, 1), (23, 17), (2, 2)], ids=lambda size: "x".join(map(str, size))
)
@pytest.mark.parametrize("tile", [0, 32])
def test_pictures_of_any_size_will_do(tmp_path, size, tile):
    white = np.full((size[1], size[0], 3), 255, np.uint8)
    for network in (
        write_red_finder(tmp_path / "detr.onnx"),
        write_yolox(tmp_path / "yolox.onnx", [(0,) * 4], [(0,) * 3]),
    ):
        assert len(Detector(network, 0.5).find(white, tile)) >= 1


def test_the_picture_is_left_as_it_was_and_the_answer_is_always_the_same(path):
    picture = with_red(black(100, 70), (10, 10, 20, 20))
    before = picture.copy()
    detector = Detector(write_red_finder(path), 0.5)
    np.testing.assert_array_equal(detector.find(picture, 40), detector.find(picture, 40))
    np.testing.assert_array_equal(picture, before)


# what is refused


def graph(path, inputs, outputs):
    """Gives zeros of the shapes it says."""
    nodes = [("Identity", [f"zero_{name}"], [name], {}) for name, _, _ in outputs]
    zeros = {
        f"zero_{name}": np.zeros([1 if isinstance(n, str) else n for n in shape], np.int64 if kind == 7 else np.float32)
        for name, kind, shape in outputs
    }
    return save_graph(path, nodes, inputs, outputs, **zeros)


FLOAT = TensorProto.FLOAT
HEAD = [("output", FLOAT, [1, 21, 85])]


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        pytest.param([IMAGES], [("logits", FLOAT, [1, 1000])], id="a classifier"),
        pytest.param([IMAGES], [("output", FLOAT, [1, 22, 85])], id="yolox with anchors of other strides"),
        pytest.param([IMAGES], [("output", FLOAT, [1, 85, 21])], id="yolox turned round"),
        pytest.param([IMAGES], [("output", FLOAT, [1, 21, 5])], id="yolox without a class"),
        pytest.param([("images", FLOAT, [1, 3, "H", "W"])], HEAD, id="yolox of an open size"),
        pytest.param([("images", FLOAT, [4, 3, 32, 32])], HEAD, id="yolox of four pictures"),
        pytest.param([("images", FLOAT, [1, 32, 32, 3])], HEAD, id="channels last"),
        pytest.param([("images", FLOAT, [1, 3, 32, 64])], HEAD, id="not square"),
        pytest.param([("images", FLOAT, [1, 1, 32, 32])], HEAD, id="of grey pictures"),
        pytest.param([IMAGES], DETR_OUTPUTS, id="detr without sizes"),
        pytest.param(DETR_INPUTS, DETR_OUTPUTS[:2], id="detr without scores"),
        pytest.param(DETR_INPUTS, [*DETR_OUTPUTS[:2], ("scores", FLOAT, ["N"])], id="detr with a score for all"),
        pytest.param([("images", FLOAT, [32, 3, 32, 32]), DETR_INPUTS[1]], DETR_OUTPUTS, id="detr of 32 pictures"),
    ],
)
def test_another_network_is_refused_in_a_line_that_says_what_is_understood(path, inputs, outputs):
    with pytest.raises(ConfigError, match="no detector that is understood") as refusal:
        Detector(graph(path, inputs, outputs), 0.5)
    assert "\n" not in str(refusal.value)
    for word in ("any_name.onnx", inputs[0][0], outputs[0][0], "orig_target_sizes", "strides 8, 16 and 32"):
        assert word in str(refusal.value)


@pytest.mark.parametrize("outputs", [HEAD, DETR_OUTPUTS], ids=["yolox", "detr"])
def test_the_like_of_them_is_taken(path, outputs):
    inputs = [IMAGES] if outputs is HEAD else DETR_INPUTS
    assert Detector(graph(path, inputs, outputs), 0.5).find(black()).shape == (0, 6)


def test_a_broken_file_and_another_digest_are_refused(path):
    write_told(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert Detector(path, 0.5, digest).digest == digest
    with pytest.raises(ConfigError, match=digest):
        Detector(path, 0.5, "0" * 64)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ConfigError, match="any_name"):
        Detector(path, 0.5)
    with pytest.raises(ConfigError, match="missing"):
        Detector(path.with_name("missing.onnx"), 0.5)


# the real ones


def real(name):
    file = SHARED / "weights" / name
    if not file.exists():
        pytest.skip(f"{file} is not there")
    return Detector(file, 0.35)


@pytest.fixture(scope="module")
def pedestrians():
    """A frame of UCSD Ped2 with some twenty people of about 14 x 29 pixels and a bicycle."""
    file = SHARED / "data/ped2/testing/frames/01/100.jpg"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    return np.ascontiguousarray(cv2.imread(str(file))[..., ::-1])


@pytest.mark.parametrize(
    ("name", "whole", "tiled"), [("deimv2_femto_coco.onnx", 18, 20), ("yolox_nano_coco.onnx", 9, 15)]
)
def test_real_detectors_find_people_on_ped2_and_more_of_them_in_tiles(pedestrians, name, whole, tiled):
    detector = real(name)
    for rows, least in ((detector.find(pedestrians), whole), (detector.find(pedestrians, 208), tiled)):
        width, height = (rows[:, 2:4] - rows[:, :2]).T
        kinds = Counter(rows[:, 5].tolist())
        assert least <= kinds[0] <= 30  # person
        assert kinds[1] >= 1  # bicycle
        assert 8 < np.median(width) < 25
        assert 20 < np.median(height) < 50


def test_both_real_detectors_mean_the_same_places(pedestrians):
    one, other = (real(name).find(pedestrians) for name in ("deimv2_femto_coco.onnx", "yolox_nano_coco.onnx"))
    centres = [(rows[:, :2] + rows[:, 2:4])[rows[:, 5] == 0] / 2 for rows in (one, other)]
    nearest = np.linalg.norm(centres[1][:, None] - centres[0], axis=2).min(1)
    assert np.median(nearest) < 4


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param(
            {"boxes": np.zeros((1, 3, 4), np.float32), "scores": np.ones((1, 2), np.float32)}, id="counts differ"
        ),
        pytest.param({"boxes": np.zeros((1, 2, 5), np.float32)}, id="five sides"),
        pytest.param({"boxes": np.zeros((0, 2, 4), np.float32)}, id="no picture"),
        pytest.param({"labels": np.array([["cat", "dog"]])}, id="words for labels"),
    ],
)
def test_a_network_that_does_not_give_what_it_promised_is_refused_in_one_line(path, outputs):
    given = {
        "labels": np.zeros((1, 2), np.int64),
        "boxes": np.zeros((1, 2, 4), np.float32),
        "scores": np.ones((1, 2), np.float32),
    } | outputs
    kinds = {"f": TensorProto.FLOAT, "i": TensorProto.INT64, "U": TensorProto.STRING}
    ports = [(name, kinds[array.dtype.kind], ["N", *"BK"[: array.ndim - 1]]) for name, array in given.items()]
    constants = {
        f"the_{name}": array.astype(object) if array.dtype.kind == "U" else array for name, array in given.items()
    }
    nodes = [("Identity", [f"the_{name}"], [name], {}) for name in given]
    detector = Detector(save_graph(path, nodes, DETR_INPUTS, ports, **constants), 0.5)
    with pytest.raises(ConfigError, match=r"must give labels \(1, N\)"):
        detector.find(black())


def test_of_thousands_of_boxes_the_surest_stay(path):
    chance = np.random.default_rng(0)
    corners = chance.random((4000, 2)) * 0.9
    rows = np.concatenate(
        [corners, corners + 0.01, 0.5 + 0.4 * chance.random((4000, 1)), chance.integers(0, 80, (4000, 1))], 1
    )
    found = Detector(write_told(path, *rows), 0.1).find(black())
    assert 250 < len(found) <= 300
    assert found[:, 4].min() > np.quantile(rows[:, 4], 0.9)
