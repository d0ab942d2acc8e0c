"""Pixel-level figures against the criterion read aloud and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from unusual.errors import ConfigError, DataError
from unusual.measure.metrics import auc, equal_error_rate, roc_curve
from unusual.measure.pixels import paint, pixel_auc, pixel_level_scores
from unusual.measure.regions import gather

NAN, INF = float("nan"), float("inf")
quick = settings(deadline=None, max_examples=60, derandomize=True)
few = settings(quick, max_examples=15)  # 2^18 bins are not much, but too much for sixty times six pixels


@st.composite
def footage(draw):  # frames of 2 x 3 pixels at few levels; the last two make sure of both classes
    frames = draw(st.integers(0, 4)) + 2
    cell = st.tuples(st.integers(-3, 3), st.booleans())
    pixels = np.array(draw(st.lists(st.lists(cell, min_size=6, max_size=6), min_size=frames, max_size=frames)))
    maps, masks = pixels[..., 0].reshape(-1, 2, 3).astype(np.float32), pixels[..., 1].reshape(-1, 2, 3) > 0
    masks[-2], masks[-1, 0, 0] = False, True
    return maps, masks


def literal_rates(maps, masks, threshold, share):
    """Mahadevan et al. read aloud: which frames are called abnormal at one threshold."""
    true, false = [], []
    for scores, mask in zip(maps, masks, strict=True):
        flagged = scores >= threshold
        if mask.any():
            true.append(np.sum(flagged & mask) / np.sum(mask) >= share)
        else:
            false.append(flagged.any())
    return np.mean(false), np.mean(true)


@quick
@given(footage(), st.sampled_from([0.4, 0.01, 0.5, 1.0]))
def test_the_rates_are_those_of_the_criterion(clip, share):
    scores, abnormal = pixel_level_scores(*clip, share=share)
    assert np.array_equal(abnormal, clip[1].any((1, 2)))
    roc = roc_curve(scores, abnormal)
    for threshold, false, true in zip(roc.thresholds, roc.fpr, roc.tpr, strict=True):
        assert (false, true) == literal_rates(*clip, threshold, share)


@few
@given(footage())
def test_the_pixel_auc_is_that_of_scikit_learn(clip):
    maps, masks = clip
    expected = sklearn.roc_auc_score(masks.ravel(), maps.ravel())
    assert pixel_auc(maps, masks).area == pytest.approx(expected, abs=1e-12)  # whole numbers do not share a bin


@pytest.mark.parametrize("spread", [1.0, 1e-4], ids=["far apart", "nearly the same"])
def test_the_error_of_the_pixel_auc_is_no_larger_than_it_says(spread):
    rng = np.random.default_rng(0)
    masks = rng.random((5, 40, 40)) < 0.2
    maps = 3 + spread * (rng.normal(size=masks.shape) + masks)
    found = pixel_auc(maps, masks)
    assert abs(found.area - sklearn.roc_auc_score(masks.ravel(), maps.ravel())) <= found.error
    assert found.error < (0.01 if spread == 1 else 0.51)


def test_every_step_of_1_in_512_and_every_sign_is_told_apart():
    size = 2.0 ** np.arange(-100, 100, 7)[:, None] * (1 + np.arange(512) / 512)
    rising = np.sort(np.concatenate([[-INF, 0, INF], size.ravel(), -size.ravel()]))
    for first in (0, 1):  # each against its neighbours, on either side
        masks = np.arange(rising.size) % 2 == first
        found = pixel_auc([rising], [masks])
        assert found.error == 0
        assert found.area == pytest.approx(sklearn.roc_auc_score(masks, np.arange(rising.size)), abs=1e-12)


def test_minus_nought_is_nought():
    assert pixel_auc([np.array([[0.0, -0.0]])], [np.array([[False, True]])]).area == 0.5


@pytest.mark.parametrize(
    ("sign", "expected"), [(1, 1), (-1, 0), (0, 0.5)], ids=["perfect", "inverted", "one score for all"]
)
def test_perfect_inverted_and_equal_scores(sign, expected):
    masks = np.zeros((4, 3, 3), bool)
    masks[2:, 1:] = True
    maps = sign * (masks + 1.0)
    assert pixel_auc(maps, masks).area == expected
    assert auc(*pixel_level_scores(maps, masks)) == expected
    assert equal_error_rate(*pixel_level_scores(maps, masks)) == 1 - expected


def test_pixels_at_chance_are_at_one_half():
    rng = np.random.default_rng(0)
    masks = np.broadcast_to(np.arange(400) % 4 == 0, (50, 400))
    assert pixel_auc(rng.random(masks.shape), masks).area == pytest.approx(0.5, abs=0.02)


@few
@given(footage(), st.randoms())
def test_only_the_order_of_scores_matters_and_not_that_of_frames(clip, random):
    maps, masks = clip
    order = random.sample(range(len(maps)), len(maps))
    curved, shuffled = np.exp(maps[order]) - 7, masks[order]
    assert pixel_auc(curved, shuffled).area == pytest.approx(pixel_auc(maps, masks).area, abs=1e-12)
    assert auc(*pixel_level_scores(curved, shuffled)) == auc(*pixel_level_scores(maps, masks))


@pytest.mark.parametrize(("pixels", "needed"), [(1, 1), (2, 1), (3, 2), (5, 2), (6, 3), (35, 14), (100, 40)])
def test_forty_percent_are_enough_and_no_fewer(pixels, needed):
    falling = -np.arange(float(pixels))[None]
    scores, _ = pixel_level_scores([falling], [np.ones((1, pixels), bool)])
    assert scores.tolist() == [1.0 - needed]


def test_rounding_asks_for_no_pixel_too_many():
    scores, _ = pixel_level_scores([-np.arange(25.0)[None]], [np.ones((1, 25), bool)], share=0.28)
    assert scores.tolist() == [-6]  # the seventh


def test_false_pixels_in_an_abnormal_frame_are_free():
    mask = np.array([[True, False, False, False]])
    for beside in (0.0, 9.0):
        assert pixel_level_scores([np.array([[1, beside, beside, beside]])], [mask])[0].tolist() == [1]


def test_nan_pixels_are_not_flagged_and_a_frame_of_them_is_not_scored():
    maps = np.array([[[NAN, 2.0, 1.0]], [[NAN, NAN, 5.0]], [[NAN, NAN, NAN]], [[NAN, 4.0, NAN]]])
    masks = np.array([[[1, 1, 1]], [[1, 1, 0]], [[1, 0, 0]], [[0, 0, 0]]], bool)
    np.testing.assert_array_equal(pixel_level_scores(maps, masks)[0], [1, -INF, NAN, 4])
    assert pixel_auc(maps[:2], masks[:2]).area == 0  # 2 and 1 against 5


def test_a_missing_class_gives_nan():
    for masks in (np.zeros((2, 1, 3), bool), np.ones((2, 1, 3), bool), np.zeros((0, 1, 3), bool)):
        found = pixel_auc(np.zeros(masks.shape), masks)
        assert np.isnan([found.area, found.error]).all()
        assert np.isnan(auc(*pixel_level_scores(np.zeros(masks.shape), masks)))


def test_a_pixel_has_the_highest_score_of_the_boxes_over_its_centre():
    boxes = [[[0, 0, 2, 1], [1, 0, 3, 2]], [], [[2.4, 0.6, 9, 1.6], [-1, -1, 0.6, 0.6]]]
    regions = gather(range(3), boxes, [[5, 3], [], [1, 2]])
    assert [picture.tolist() for picture in paint(regions, frames=3, height=2, width=4)] == [
        [[5, 5, 3, -INF], [-INF, 3, 3, -INF]],
        [[-INF] * 4, [-INF] * 4],
        [[2, -INF, -INF, -INF], [-INF, -INF, 1, 1]],
    ]


def test_boxes_are_judged_by_the_pixel_criterion_once_painted():
    regions = gather([0, 1], [[[0, 0, 2, 2]], [[0, 0, 1, 1]]], [[9], [4]])
    masks = np.zeros((2, 2, 4), bool)
    masks[0, :, 1:] = True
    scores, _ = pixel_level_scores(paint(regions, frames=2, height=2, width=4), masks)
    assert scores.tolist() == [-INF, 4]  # 2 of 6 pixels are not 40 %


@pytest.mark.parametrize("figure", [pixel_level_scores, pixel_auc])
@pytest.mark.parametrize(
    ("maps", "masks", "message"),
    [
        pytest.param(np.zeros((1, 2, 2)), np.zeros((1, 2, 3), bool), r"\(2, 2\), mask \(2, 3\)", id="shapes"),
        pytest.param(np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), "mask .* float64", id="masks that are no bool"),
        pytest.param(np.zeros((1, 2, 2)), np.zeros((2, 2, 2), bool), "one map for each mask", id="fewer maps"),
        pytest.param(np.zeros((2, 2, 2)), np.zeros((1, 2, 2), bool), "one map for each mask", id="more maps"),
    ],
)
def test_maps_that_do_not_fit_the_masks_are_refused(figure, maps, masks, message):
    with pytest.raises(DataError, match=message):
        figure(iter(maps), iter(masks))


@pytest.mark.parametrize("share", [0, 1.01, NAN])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ConfigError, match="share must lie above 0"):
        pixel_level_scores([], [], share=share)
