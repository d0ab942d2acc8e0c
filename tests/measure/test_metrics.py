"""Frame-level figures against scikit-learn, against brute force, and where they are undefined."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from unusual.errors import DataError
from unusual.measure.metrics import (
    FrameMetrics,
    auc,
    average_precision,
    equal_error_rate,
    frame_metrics,
    macro_auc,
    micro_auc,
    roc_curve,
)

NAN = float("nan")
FIGURES = [auc, average_precision, equal_error_rate]
quick = settings(deadline=None, max_examples=80)


@st.composite
def clips(draw, fewest=2):  # few levels, so that ties are common; always both classes
    frames = draw(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=fewest, max_size=30))
    frames += [(draw(st.integers(-3, 3)), label) for label in (False, True)]
    scores, labels = zip(*frames, strict=True)
    return np.array(scores, float), np.array(labels)


def labels(text: str) -> np.ndarray:
    return np.array([letter == "A" for letter in text])


@quick
@given(clips())
def test_auc_is_that_of_scikit_learn(clip):
    scores, abnormal = clip
    assert auc(scores, abnormal) == pytest.approx(sklearn.roc_auc_score(abnormal, scores), abs=1e-12)


@quick
@given(clips())
def test_auc_counts_pairs_and_half_of_the_ties(clip):
    scores, abnormal = clip
    difference = scores[abnormal][:, None] - scores[~abnormal][None]
    assert auc(scores, abnormal) == np.sum(np.sign(difference) + 1) / (2 * difference.size)


@quick
@given(clips())
def test_average_precision_is_that_of_scikit_learn(clip):
    scores, abnormal = clip
    expected = sklearn.average_precision_score(abnormal, scores)
    assert average_precision(scores, abnormal) == pytest.approx(expected, abs=1e-12)


@quick
@given(clips())
def test_the_roc_curve_is_that_of_scikit_learn(clip):
    scores, abnormal = clip
    false_rate, true_rate, thresholds = sklearn.roc_curve(abnormal, scores, drop_intermediate=False)
    roc = roc_curve(scores, abnormal)
    assert np.array_equal(roc.thresholds, thresholds)
    assert np.allclose(roc.fpr, false_rate, rtol=0, atol=1e-12)
    assert np.allclose(roc.tpr, true_rate, rtol=0, atol=1e-12)


@quick
@given(clips())
def test_the_equal_error_rate_is_where_the_roc_curve_crosses_the_diagonal(clip):
    scores, abnormal = clip
    thresholds = [np.inf, *sorted(set(scores.tolist()), reverse=True)]
    points = [(np.mean(scores[~abnormal] >= t), np.mean(scores[abnormal] < t)) for t in thresholds]  # false, missed
    for (f0, m0), (f1, m1) in pairwise(points):
        if f0 < m0 and f1 >= m1:
            share = (m0 - f0) / ((m0 - f0) + (f1 - m1))
            expected = f0 + share * (f1 - f0)
    assert equal_error_rate(scores, abnormal) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("scores", "truth", "area", "precision", "equal_error"),
    [
        pytest.param([0, 1, 2, 3], "nnAA", 1, 1, 0, id="perfect"),
        pytest.param([3, 2, 1, 0], "nnAA", 0, (1 / 3 + 2 / 4) / 2, 1, id="inverted"),
        pytest.param([5, 5, 5, 5], "nnAA", 0.5, 0.5, 0.5, id="one score for all"),
        pytest.param([0, 1, 1, 2], "nnAA", 0.875, (1 + 2 / 3) / 2, 0.25, id="one tie between the classes"),
        pytest.param([1, 3, 2, 4], "nnAA", 0.75, (1 + 2 / 3) / 2, 0.5, id="one pair the wrong way round"),
        pytest.param([-np.inf, 0, 1, np.inf], "nnAA", 1, 1, 0, id="infinite scores are scores"),
        pytest.param([0, NAN, 2, NAN], "nAAn", 1, 1, 0, id="nan is left out"),
    ],
)
def test_known_answers(scores, truth, area, precision, equal_error):
    clip = np.array(scores, float), labels(truth)
    assert [figure(*clip) for figure in FIGURES] == pytest.approx([area, precision, equal_error])


@quick
@given(clips())
def test_only_the_order_of_scores_matters(clip):
    scores, abnormal = clip
    for figure in FIGURES:
        assert figure(np.exp(scores) - 7, abnormal) == figure(scores, abnormal)


@quick
@given(clips())
def test_turning_scores_round_turns_the_auc_round(clip):
    scores, abnormal = clip
    assert auc(-scores, abnormal) == pytest.approx(1 - auc(scores, abnormal), abs=1e-12)
    assert auc(scores, ~abnormal) == pytest.approx(1 - auc(scores, abnormal), abs=1e-12)


def test_chance_scores_one_half():
    scores, abnormal = np.random.default_rng(0).random(20_000), np.arange(20_000) % 4 == 0
    assert auc(scores, abnormal) == pytest.approx(0.5, abs=0.02)
    assert equal_error_rate(scores, abnormal) == pytest.approx(0.5, abs=0.02)
    assert average_precision(scores, abnormal) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(("sign", "expected"), [(1, 1), (-1, 0), (0, 0.5)], ids=["perfect", "inverted", "one for all"])
def test_perfect_inverted_and_equal_scores_of_several_clips(sign, expected):
    truth = [np.arange(length) % 3 == 0 for length in (9, 30, 4)]
    scores = [sign * (shown + 1.0) for shown in truth]
    assert micro_auc(scores, truth) == macro_auc(scores, truth) == expected


def test_chance_scores_one_half_over_several_clips():
    rng = np.random.default_rng(0)
    truth = [np.arange(2000) % 4 == 0] * 10
    scores = [rng.random(2000) for _ in truth]
    assert micro_auc(scores, truth) == pytest.approx(0.5, abs=0.02)
    assert macro_auc(scores, truth) == pytest.approx(0.5, abs=0.02)


@quick
@given(st.lists(clips(), min_size=1, max_size=5), st.randoms())
def test_the_order_of_the_clips_does_not_matter(test_set, random):
    shuffled = random.sample(test_set, len(test_set))
    assert micro_auc(*zip(*shuffled, strict=True)) == micro_auc(*zip(*test_set, strict=True))
    assert macro_auc(*zip(*shuffled, strict=True)) == pytest.approx(macro_auc(*zip(*test_set, strict=True)))


@quick
@given(st.lists(clips(), min_size=1, max_size=5))
def test_a_clip_twice_as_long_weighs_no_more_in_macro(test_set):
    longer = [(scores.repeat(2), abnormal.repeat(2)) for scores, abnormal in test_set[:1]] + test_set[1:]
    assert macro_auc(*zip(*longer, strict=True)) == pytest.approx(macro_auc(*zip(*test_set, strict=True)), abs=1e-12)


def test_micro_and_macro_differ_when_clips_have_different_levels():
    scores = [np.array([0.0, 1.0]), np.array([2.0, 3.0])]
    truth = [labels("nA"), labels("nA")]
    assert macro_auc(scores, truth) == 1.0
    assert micro_auc(scores, truth) == 0.75


def test_a_whole_test_set():
    scores = [np.array([0.1, 0.9, NAN]), np.array([0.2, 0.3]), np.array([0.8, 0.95]), np.array([NAN])]
    truth = [labels("nAA"), labels("nn"), labels("AA"), labels("n")]
    assert frame_metrics(scores, truth, ["door", "yard", "gate", "roof"]) == FrameMetrics(
        micro_auc=1.0,
        macro_auc=1.0,
        macro_videos=1,
        single_class=("yard", "gate", "roof"),
        average_precision=1.0,
        equal_error_rate=0.0,
        frames_scored=6,
        frames_left_out=2,
        frames_abnormal=3,
    )


def test_padding_gives_every_scored_video_an_auc():
    scores = [np.array([0.9, 0.1]), np.array([0.5, 0.5]), np.array([NAN])]
    truth = [labels("nA"), labels("nn"), labels("n")]
    plain, padded = (frame_metrics(scores, truth, ["a", "b", "c"], pad=pad) for pad in (False, True))
    assert (plain.macro_auc, plain.macro_videos) == (0.0, 1)
    assert (padded.macro_auc, padded.macro_videos) == ((0.75 + 1) / 2, 2)  # of [0, .1, .9, 1], labels nAnA: 3 of 4
    assert padded.single_class == plain.single_class == ("b", "c")
    assert padded.micro_auc == plain.micro_auc


@pytest.mark.parametrize("scores", [[-0.1, 0.5], [0.5, 1.1]], ids=["below 0", "above 1"])
def test_padding_refuses_scores_on_another_scale(scores):
    with pytest.raises(DataError, match=r"must lie in \[0, 1\]"):
        macro_auc([np.array(scores)], [labels("nA")], pad=True)


@pytest.mark.parametrize(
    ("scores", "truth", "reason"),
    [
        pytest.param([1.0, 2.0], "nn", "all 2 scored frames are normal", id="no abnormal frame"),
        pytest.param([1.0, 2.0, NAN], "AAn", "all 2 scored frames are abnormal", id="the only normal frame is nan"),
        pytest.param([NAN, NAN], "nA", "no frame was scored", id="nothing scored"),
        pytest.param([], "", "no frame was scored", id="an empty video"),
        pytest.param([1.0, 2.0], "nA", "", id="both classes"),
    ],
)
def test_a_missing_class_gives_nan_and_a_reason(scores, truth, reason):
    found = frame_metrics([np.array(scores, float)], [labels(truth).astype(bool)], ["door"])
    figures = [found.micro_auc, found.macro_auc, found.average_precision, found.equal_error_rate]
    assert found.undefined == reason
    assert np.isnan(figures).all() == bool(reason)
    assert found.single_class == (("door",) if reason else ())


def test_no_videos_at_all():
    assert frame_metrics([], [], []).undefined == "no frame was scored"


def test_the_roc_curve_without_abnormal_frames_has_no_true_rate():
    roc = roc_curve(np.array([1.0, 2.0]), labels("nn"))
    assert roc.fpr.tolist() == [0, 0.5, 1]
    assert np.isnan(roc.tpr).all()


def test_too_few_labels_are_refused_with_both_numbers_and_the_name():
    with pytest.raises(DataError, match=r"gate: scores \(3,\) and labels \(2,\)"):
        frame_metrics([np.zeros(2), np.zeros(3)], [labels("nA"), labels("nA")], ["door", "gate"])


def test_two_wrong_lengths_do_not_make_a_right_one():
    with pytest.raises(DataError, match="video 0"):
        micro_auc([np.zeros(2), np.zeros(3)], [labels("nAn"), labels("nA")])


@pytest.mark.parametrize("figure", [*FIGURES, roc_curve])
def test_every_figure_refuses_labels_that_do_not_fit(figure):
    with pytest.raises(DataError, match=r"\(3,\) and labels \(2,\)"):
        figure(np.zeros(3), labels("nA"))
    with pytest.raises(DataError, match="must be bool"):
        figure(np.zeros(2), np.array([-1, 1]))


def test_a_name_for_every_video():
    with pytest.raises(DataError, match="1 names for 2 score curves and 2 label arrays"):
        frame_metrics([np.zeros(2)] * 2, [labels("nA")] * 2, ["door"])
