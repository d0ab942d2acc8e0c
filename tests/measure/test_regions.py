"""RBDC and TBDC against the definition read aloud, known answers, and what must not matter."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unusual.errors import ConfigError, DataError
from unusual.measure.regions import Matches, Regions, gather, match_regions, region_curve, regions_of_maps
from unusual.measure.truth_tracks import Tracks

NAN = float("nan")
quick = settings(deadline=None, max_examples=60, derandomize=True)


def regions(*rows: tuple) -> Regions:
    """(frame, left, right, score): boxes one pixel high."""
    table = np.array(rows, float).reshape(-1, 4)
    flat = np.zeros(len(table))
    return Regions(table[:, 0].astype(int), np.stack([table[:, 1], flat, table[:, 2], flat + 1], 1), table[:, 3])


def tracks(*rows: tuple) -> Tracks:
    """(frame, left, right, track)."""
    found = regions(*rows)
    return Tracks(found.frame, found.xyxy, found.score.astype(int))


def figures(predicted, truth, frames, **options) -> tuple[float, float]:
    curve = region_curve(match_regions(predicted, truth, frames, **options))
    return curve.rbdc, curve.tbdc


def iou(one, other, pixel) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0]) + pixel
    height = min(one[3], other[3]) - max(one[1], other[1]) + pixel
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0] + pixel) * (box[3] - box[1] + pixel) for box in (one, other)]
    return shared / (sum(areas) - shared) if sum(areas) > shared else 0


def literal_points(test_set, frames, alpha, beta):
    """The paper read aloud: at each threshold report the regions that reach it, and look at every one anew."""
    every = sorted({score for predicted, _ in test_set for score in predicted.score.tolist()}, reverse=True)
    points = [(0.0, 0.0, 0.0)]
    for threshold in every:
        false, found, number, tracks_found, tracks_there = 0, 0, 0, 0, 0
        for predicted, truth in test_set:
            reported = [i for i in range(len(predicted.frame)) if predicted.score[i] >= threshold]
            hit = {}
            for g in range(len(truth.frame)):
                hit[g] = any(
                    predicted.frame[i] == truth.frame[g] and iou(predicted.xyxy[i], truth.xyxy[g], 0) >= beta
                    for i in reported
                )
            for i in reported:
                false += all(
                    predicted.frame[i] != truth.frame[g] or iou(predicted.xyxy[i], truth.xyxy[g], 0) < beta
                    for g in range(len(truth.frame))
                )
            found, number = found + sum(hit.values()), number + len(hit)
            for track in set(truth.track.tolist()):
                of_track = [hit[g] for g in hit if truth.track[g] == track]
                tracks_found += sum(of_track) / len(of_track) >= alpha
                tracks_there += 1
        points.append((false / frames, found / number, tracks_found / tracks_there))
    return points


def script_points(test_set, frames, alpha, beta):
    """The AED script's rule: regions one by one as they fall, and what each adds to what was found."""
    listed = [(clip, i) for clip, (predicted, _) in enumerate(test_set) for i in range(len(predicted.frame))]
    listed.sort(key=lambda at: -test_set[at[0]][0].score[at[1]])  # stable
    found, false, points = set(), 0, [(0.0, 0.0, 0.0)]
    number = sum(len(truth.frame) for _, truth in test_set)
    for clip, i in listed:
        predicted, truth = test_set[clip]
        on = [
            g
            for g in range(len(truth.frame))
            if truth.frame[g] == predicted.frame[i] and iou(predicted.xyxy[i], truth.xyxy[g], 1) >= beta
        ]
        found |= {(clip, g) for g in on}
        false += not on
        of_track = {}
        for c, (_, other) in enumerate(test_set):
            for g in range(len(other.frame)):
                of_track.setdefault((c, other.track[g]), []).append((c, g) in found)
        share = np.mean([sum(hits) / len(hits) >= alpha for hits in of_track.values()])
        points.append((false / frames, len(found) / number, share))
    return points


def area(points, column) -> float:
    """Under straight lines between the points, from 0 to 1; the last rate holds on."""
    points = [*points, (max(1.0, points[-1][0]), *points[-1][1:])]
    total = 0.0
    for before, after in pairwise(points):
        if after[0] > before[0] and before[0] < 1:
            end = min(after[0], 1.0)
            there = before[column] + (after[column] - before[column]) * (end - before[0]) / (after[0] - before[0])
            total += (end - before[0]) * (before[column] + there) / 2
    return total


@st.composite
def clips(draw):  # few levels and few places, so that ties and overlaps are common
    place = st.tuples(st.integers(0, 2), st.integers(0, 6), st.integers(0, 5), st.integers(-2, 2))
    predicted = [(f, a, a + d, s) for f, a, d, s in draw(st.lists(place, max_size=8))]
    true = [(f, a, a + d + 1, t % 2) for f, a, d, t in draw(st.lists(place, min_size=1, max_size=5))]
    return regions(*predicted), tracks(*true)


test_sets = st.lists(clips(), min_size=1, max_size=3)
shares = st.sampled_from([0.1, 0.3, 0.5, 1.0])


@quick
@given(test_sets, shares, shares)
def test_the_area_is_that_of_the_definition(test_set, alpha, beta):
    predicted, truth = zip(*test_set, strict=True)
    points = literal_points(test_set, 3 * len(test_set), alpha, beta)
    found = figures(predicted, truth, [3] * len(test_set), alpha=alpha, beta=beta)
    assert found == pytest.approx((area(points, 1), area(points, 2)), abs=1e-12)


@quick
@given(test_sets, shares, shares)
def test_counted_as_the_script_does(test_set, alpha, beta):
    predicted, truth = zip(*test_set, strict=True)
    points = script_points(test_set, 3 * len(test_set), alpha, beta)
    found = figures(predicted, truth, [3] * len(test_set), alpha=alpha, beta=beta, aed=True)
    assert found == pytest.approx((area(points, 1), area(points, 2)), abs=1e-12)


@quick
@given(test_sets, st.randoms())
def test_neither_the_order_of_clips_and_rows_nor_the_scale_of_scores_matters(test_set, random):
    expected = figures(*zip(*test_set, strict=True), [3] * len(test_set))
    shuffled = []
    for predicted, truth in random.sample(test_set, len(test_set)):
        rows = random.sample(range(len(predicted.frame)), len(predicted.frame))
        rows = np.array(rows, int)
        moved = Regions(predicted.frame[rows], predicted.xyxy[rows], np.exp(predicted.score[rows]) - 9)
        shuffled.append((moved, Tracks(truth.frame[::-1], truth.xyxy[::-1], 7 - 3 * truth.track[::-1])))
    assert figures(*zip(*shuffled, strict=True), [3] * len(test_set)) == pytest.approx(expected, abs=1e-12)


TRUTH = tracks(*((frame, 0, 10, 0) for frame in range(4)))
RIGHT = [(frame, 0, 10) for frame in range(4)]
WRONG = [(frame, 20, 30) for frame in range(4)]


@pytest.mark.parametrize(
    ("predicted", "rbdc", "tbdc"),
    [
        pytest.param([(*r, 9) for r in RIGHT] + [(*w, 1) for w in WRONG], 1, 1, id="perfect"),
        pytest.param([(*r, 9) for r in RIGHT], 1, 1, id="perfect, and the curve ends before one false region a frame"),
        pytest.param([(*r, 1) for r in RIGHT] + [(*w, 9) for w in WRONG], 0, 0, id="inverted"),
        pytest.param([(*r, 5) for r in RIGHT] + [(*w, 5) for w in WRONG], 0.5, 0.5, id="one score for all"),
        pytest.param([], 0, 0, id="nothing reported"),
        pytest.param([(*WRONG[0], 1)], 0, 0, id="nothing found"),
        pytest.param([(*RIGHT[0], 9)], 0.25, 1, id="one region of four finds a tenth of the track"),
        pytest.param([(*WRONG[0], 9), (*RIGHT[0], 8)], 0.25 * 0.75, 0.75, id="after one false region in four frames"),
        pytest.param([(*RIGHT[0], 9), (*RIGHT[0], 8), (*RIGHT[0], 7)], 0.25, 1, id="found twice more is not false"),
        pytest.param([(*w, 9) for w in WRONG] + [(*RIGHT[0], 9)] + [(*w, 8) for w in WRONG], 0.125, 0.5, id="tied"),
    ],
)
def test_known_answers(predicted, rbdc, tbdc):
    assert figures([regions(*predicted)], [TRUTH], [4]) == pytest.approx((rbdc, tbdc))


def test_chance_finds_half_where_each_frame_has_one_false_region():
    scores = np.random.default_rng(0).random((2000, 2)).tolist()
    rows = [row for f, (one, other) in enumerate(scores) for row in ((f, 0, 9, one), (f, 20, 30, other))]
    truth = tracks(*((frame, 0, 10, frame) for frame in range(2000)))
    assert figures([regions(*rows)], [truth], [2000]) == pytest.approx((0.5, 0.5), abs=0.03)


@pytest.mark.parametrize(
    ("right", "found"), [pytest.param(100, 1, id="exactly"), pytest.param(101, 0, id="just below")]
)
def test_an_overlap_of_a_tenth_is_enough(right, found):
    assert figures([regions((0, 0, right, 1))], [tracks((0, 0, 10, 0))], [1]) == (found, found)


@pytest.mark.parametrize(("alpha", "length", "needed"), [(0.1, 10, 1), (0.1, 31, 4), (0.1, 70, 7), (0.28, 25, 7)])
def test_a_tenth_of_a_track_is_enough_and_no_less(alpha, length, needed):
    truth = tracks(*((frame, 0, 10, 0) for frame in range(length)))
    for found in (needed - 1, needed):
        predicted = regions(*((frame, 0, 10, 1) for frame in range(found)))
        assert figures([predicted], [truth], [length], alpha=alpha)[1] == (found == needed)


def test_boxes_apart_in_both_directions_do_not_overlap():
    apart = replace(regions((0, 20, 30, 1)), xyxy=np.array([[20.0, 20, 30, 30]]))
    true = Tracks(np.array([0]), np.array([[0.0, 0, 10, 10]]), np.array([0]))
    assert figures([apart], [true], [1]) == (0, 0)


def test_a_curve_that_passes_one_false_region_a_frame_is_cut_there():
    tied = regions((0, 0, 10, 5), (0, 20, 30, 5), (0, 40, 50, 5))  # a line from nothing to two false regions a frame
    assert figures([tied], [tracks((0, 0, 10, 0))], [1]) == (0.25, 0.25)


def test_one_region_may_find_several():
    assert figures([regions((0, 0, 20, 1))], [tracks((0, 0, 8, 0), (0, 10, 20, 1))], [1]) == (1, 1)


def test_a_region_in_another_frame_or_clip_finds_nothing():
    truth = [tracks((0, 0, 10, 0)), tracks((1, 0, 10, 0))]
    assert figures([regions((1, 0, 10, 1)), regions((0, 0, 10, 1))], truth, [2, 2]) == (0, 0)


def test_tracks_of_different_clips_are_different():
    truth = [tracks((0, 0, 10, 0)), tracks((0, 0, 10, 0))]
    assert figures([regions((0, 0, 10, 1)), regions()], truth, [1, 1]) == (0.5, 0.5)


def test_a_region_without_area_is_false():
    clip = match_regions([regions((0, 5, 5, 1))], [tracks((0, 5, 5, 0), (0, 0, 10, 0))], [1])[0]
    assert (clip.false.tolist(), clip.regions.tolist()) == ([1], [-np.inf, -np.inf])


def test_the_script_takes_edges_as_pixels():
    predicted, truth = [regions((0, 0, 99, 1))], [tracks((0, 0, 9, 0))]
    assert figures(predicted, truth, [1]) == (0, 0)  # 9 of 99
    assert figures(predicted, truth, [1], aed=True) == (1, 1)  # 10 of 100


def test_the_curve_has_a_point_for_each_score():
    curve = region_curve([Matches(np.array([2.0, 5.0]), np.array([5.0, -np.inf]), np.array([5.0]), frames=4)])
    assert curve.thresholds.tolist() == [np.inf, 5, 2]
    assert curve.false_rate.tolist() == [0, 0.25, 0.5]
    assert curve.region_rate.tolist() == [0, 0.5, 0.5]
    assert curve.track_rate.tolist() == [0, 1, 1]


def test_without_anything_to_find_there_is_no_figure():
    assert np.isnan(figures([regions((0, 0, 1, 1))], [tracks()], [1])).all()
    assert np.isnan(figures([], [], [])).all()


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        pytest.param(([regions()], [], [1]), {}, DataError, "1 clips predicted, 0 clips of truth", id="clips"),
        pytest.param(([regions((3, 0, 1, 1))], [tracks()], [3]), {}, DataError, "predicted .* 3 to 3 of 3", id="late"),
        pytest.param(([regions()], [tracks((-1, 0, 1, 0))], [3]), {}, DataError, "true .* -1 to -1", id="early"),
        pytest.param(([], [], []), {"alpha": 0}, ConfigError, "alpha=0", id="alpha"),
        pytest.param(([], [], []), {"beta": 1.1}, ConfigError, "beta=1.1", id="beta"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, options, error, message):
    with pytest.raises(error, match=message):
        match_regions(*arguments, **options)


@pytest.mark.parametrize("score", [[NAN], [np.inf], [1.0, 2.0]])
def test_each_region_needs_a_finite_score(score):
    with pytest.raises(DataError, match="finite score"):
        Regions(np.array([0]), np.array([[0, 0, 1, 1.0]]), np.array(score))


def test_boxes_of_single_frames_are_put_together():
    found = gather([3, 5, 4], [[[0, 0, 1, 1]], np.empty((0, 4)), [[1, 1, 2, 2], [2, 2, 3, 3]]], [[7], [], [8, 9]])
    assert (found.frame.tolist(), found.score.tolist()) == ([3, 4, 4], [7, 8, 9])
    assert found.xyxy[:, 0].tolist() == [0, 1, 2]
    assert gather([], [], []).xyxy.shape == (0, 4)


@pytest.mark.parametrize(
    ("frames", "boxes", "scores"),
    [
        pytest.param([0], [[[0, 0, 1, 1]]], [[1, 2]], id="more scores than boxes"),
        pytest.param([0, 1], [[[0, 0, 1, 1]]], [[1]], id="more frames than lists"),
        pytest.param([0, 1], [[[0, 0, 1, 1]], []], [[], [1]], id="a score in another frame"),
    ],
)
def test_boxes_and_scores_that_do_not_fit_are_refused(frames, boxes, scores):
    with pytest.raises(DataError, match="must fit each other"):
        gather(frames, boxes, scores)


@pytest.mark.parametrize(
    ("places", "spans", "scores"),
    [
        pytest.param([[0, 4, 0, 0, 2]], [(1, 2), (4, 5)], [4, 2], id="each candidate is a region"),
        pytest.param([[0, 4, 2, 1.9, 0]], [(1, 3)], [4], id="a region is what reaches half the peak"),
        pytest.param([[4, 1, 3, 1, 0]], [(0, 1), (2, 3)], [4, 3], id="a candidate may fall apart"),
        pytest.param([[-3, 0, -1, 0, 0]], [], [], id="at 0 and below there is nothing"),
        pytest.param([[0.1, 0, 9, NAN, 9]], [(0, 1), (2, 3), (4, 5)], [0.1, 9, 9], id="nan lies in no region"),
        pytest.param([[4, 4, 4, 4, 4]], [(0, 5)], [4], id="all of it"),
    ],
)
def test_regions_of_a_map(places, spans, scores):
    found = regions_of_maps([([0], np.array(places, np.float32))], 50, 10, cover=1)
    assert found.xyxy[:, [0, 2]].tolist() == [[10 * a, 10 * b] for a, b in spans]
    assert found.score == pytest.approx(scores)


def test_corners_of_a_map_hang_together_and_places_lie_where_they_were_measured():
    places = np.zeros((3, 5), np.float32)
    places[1, 3] = places[2, 4] = 1
    apart, overlapping = (regions_of_maps([([0], places)], 60, 40, cover=cover) for cover in (1, 2))
    assert apart.xyxy == pytest.approx(np.array([[36, 40 / 3, 60, 40]]))
    assert overlapping.xyxy.tolist() == [[30, 10, 60, 40]]


def test_the_frames_of_a_unit_share_its_regions():
    maps = [([0, 1], np.eye(2, dtype=np.float32)), ([2], np.zeros((2, 2), np.float32)), ([3], np.eye(2))]
    assert regions_of_maps(maps, 8, 8).frame.tolist() == [0, 1, 3]


def test_least_leaves_out_low_candidates():
    places = np.array([[3, 0, 1]], np.float32)
    assert regions_of_maps([([0], places)], 3, 1, least=1).score.tolist() == [3]
    for options in ({"least": -1}, {"cover": 0}):
        with pytest.raises(ConfigError, match="least >= 0 and cover >= 1"):
            regions_of_maps([], 3, 1, **options)


def test_a_box_and_a_map_that_say_the_same_count_the_same():
    places = np.zeros((4, 4), np.float32)
    places[1:3, 1:3] = 2.0
    truth = Tracks(np.array([0]), np.array([[8.0, 8, 24, 24]]), np.array([0]))
    found = regions_of_maps([([0], places)], 32, 32, cover=1)
    box = replace(found, xyxy=np.array([[8.0, 8, 24, 24]]))
    assert figures([found], [truth], [1]) == figures([box], [truth], [1]) == (1, 1)
    assert np.array_equal(found.xyxy, box.xyxy)
