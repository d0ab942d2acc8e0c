"""What becomes of a picture: its size, its colours, its box; and that the one given stays as it was."""

import cv2
import numpy as np
import pytest

from unusual.domain import Box
from unusual.errors import DataError
from unusual.video.pictures import CYAN, INFERNO, draw_box, heat_map_rgb, heat_over, jpeg, resize, resize_to_fit


def grey(height, width, level=100):
    return np.full((height, width, 3), level, np.uint8)


def heat(*rows):
    return np.array(rows, np.float32)


def test_heat_runs_from_black_to_pale_yellow():
    picture = heat_map_rgb(heat([0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]), 40, 40)
    assert picture.shape == (40, 40, 3)
    assert picture[0, 0].tolist() == INFERNO[0, 0].tolist() == [0, 0, 4]  # red first: blue is the last channel
    assert picture[-1, 0].tolist() == INFERNO[255, 0].tolist()
    assert np.all(np.diff(picture[:, 20].sum(1, dtype=int)) >= 0)


def test_the_hot_place_keeps_its_place_when_enlarged():
    values = np.zeros((6, 9), np.float32)
    values[1, 7] = 1
    y, x = np.unravel_index(heat_map_rgb(values, 360, 240).sum(2).argmax(), (240, 360))
    assert 40 <= y < 80 and 280 <= x < 320


@pytest.mark.parametrize(
    ("value", "level"),
    [
        pytest.param(7.0, 255, id="above one is one"),
        pytest.param(-3.0, 0, id="below nought is nought"),
        pytest.param(np.nan, 0, id="nan is nought"),
        pytest.param(np.inf, 255, id="infinite is one"),
    ],
)
def test_values_outside_the_range(value, level):
    assert heat_map_rgb(heat([value]), 4, 4)[2, 2].tolist() == INFERNO[level, 0].tolist()


@pytest.mark.parametrize("shape", [(0, 3), (4,), (2, 2, 3)])
def test_what_is_no_map_is_refused(shape):
    with pytest.raises(DataError, match="heat map"):
        heat_map_rgb(np.zeros(shape, np.float32), 4, 4)


def test_heat_over_a_picture_darkens_the_quiet_and_lights_the_hot():
    over = heat_over(grey(40, 40), heat([0, 0, 1, 1]))
    assert over[20, 0].tolist() == [50, 50, 50]
    assert over[20, 39, 0] > 200 and over[20, 39, 2] < 200


def test_a_box_is_drawn_around_its_region_on_a_copy():
    picture = grey(200, 300)
    drawn = draw_box(picture, Box(0.5, 0.25, 0.75, 0.75))
    assert np.all(picture == 100)
    y, x = np.nonzero(np.all(drawn == CYAN, axis=2))
    assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((150, 224, 50, 149), abs=2)
    assert np.all(drawn[60:140, 160:210] == 100)  # the region itself stays in sight


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        pytest.param((100, 50), (100, 50), id="small stays"),
        pytest.param((1000, 500), (200, 100), id="wide shrinks to the width"),
        pytest.param((300, 1200), (50, 200), id="tall shrinks to the height"),
        pytest.param((9000, 3), (200, 1), id="a thread keeps a pixel"),
    ],
)
def test_resize_to_fit(size, fitted):
    height, width = resize_to_fit(grey(size[1], size[0]), 200, 200).shape[:2]
    assert (width, height) == fitted


def test_resize_grows_and_shrinks():
    assert resize(grey(10, 20), 40, 30).shape == (30, 40, 3)
    assert np.all(resize(grey(30, 40), 20, 10) == 100)


def test_jpeg_keeps_the_colours_apart():
    picture = grey(32, 32, 0)
    picture[..., 0] = 200
    back = cv2.imdecode(np.frombuffer(jpeg(picture), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(back.astype(int) - picture).max() < 8


def test_an_empty_picture_has_no_jpeg():
    with pytest.raises(DataError, match="empty"):
        jpeg(grey(0, 4))
