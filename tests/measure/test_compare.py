"""Scores of any origin beside labels: every figure by hand, or by another's library."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from unusual.data.datasets import DatasetVideo
from unusual.data.truth import LabelFile, SecondsTable
from unusual.errors import ConfigError, DataError
from unusual.measure.compare import LabelledClip, Smoothing, compare, kinds_of
from unusual.scores.events import EventCounts

NAN = float("nan")


def clip(name, scores, abnormal, kinds=None, step_s=1.0, other=None):
    scores = np.array(scores, float)
    flags = {kind: np.array(list(shown)) == "x" for kind, shown in (kinds or {}).items()}
    curves = {"own": scores, "other": -scores if other is None else np.array(other, float)}
    return LabelledClip(name, np.arange(len(scores)) * step_s, np.array(list(abnormal)) == "x", curves, flags)


CLIPS = [
    clip("gate", [0, 1, 5, 6, 0, 0, 0, 4], "..xx....", {"cart": "..xx...."}),
    clip("door", [2, 3, 3, 0, NAN, 1], "..x.xx", {"cart": "....x.", "dog": "..x..x"}),
    clip("hall", [0, 0, 0, 7, 7, 0], "......"),
]


def test_a_row_for_each_protocol_has_every_figure_and_its_interval():
    made = compare(CLIPS, ["own"])
    assert [row.protocol for row in made.rows] == ["own", "other"]
    labels = np.concatenate([each.abnormal for each in CLIPS])
    for row in made.rows:
        scores = np.concatenate([each.curves[row.protocol] for each in CLIPS])
        told = ~np.isnan(scores)
        assert row.metrics.micro_auc == pytest.approx(roc_auc_score(labels[told], scores[told]))
        assert row.metrics.average_precision == pytest.approx(average_precision_score(labels[told], scores[told]))
        assert 0 <= row.micro_interval.low <= row.micro_interval.high <= 1
        assert row.micro_interval.undefined > 0  # "hall" three times
        assert (row.metrics.frames_scored, row.metrics.frames_left_out, row.metrics.frames_abnormal) == (19, 1, 4)
        assert (row.metrics.single_class, row.metrics.macro_videos) == (("hall",), 2)
        assert row.roc.tpr[-1] == 1


def test_one_clip_has_no_interval():
    (row, _) = compare(CLIPS[:1], ["own"]).rows
    assert row.micro_interval is None


def test_no_clip_is_refused():
    with pytest.raises(DataError, match="none of the test clips has labels"):
        compare([], ["own"])


def test_a_clip_row_has_its_areas_and_its_share_of_the_alarms():
    made = compare(CLIPS, ["own", "other"], alarm_at=3.0)
    assert [row.clip.name for row in made.clips] == ["gate", "door", "hall"]
    np.testing.assert_equal([row.auc["own"] for row in made.clips], [1, 3.5 / 6, NAN])
    assert made.clips[0].auc["other"] == 0
    assert [row.alarms for row in made.clips] == [EventCounts(1, 0, 1), EventCounts(1, 1, 0), EventCounts(0, 0, 1)]
    assert made.events == made.alarms[0].counts == EventCounts(2, 1, 2)


def test_alarms_at_the_asked_threshold_then_at_the_one_that_finds_nine_in_ten():
    asked, nine = compare(CLIPS, ["own"], alarm_at=4.0).alarms
    assert (asked.threshold, nine.threshold) == (4, 1)  # to find all three
    assert nine.counts == EventCounts(3, 0, 3)  # what lies within a second of a stretch is not false
    assert asked.median_delay_s == 0
    assert asked.ordinary_hours == pytest.approx((4 + 1 + 6) / 3600)  # a frame a second, none beside a stretch
    assert asked.false_alarms_per_hour == pytest.approx(2 / asked.ordinary_hours)
    assert [point.threshold for point in compare(CLIPS, ["own"]).alarms] == [1]


def test_alarms_are_of_the_first_judged_protocol():
    assert compare(CLIPS, ["other", "own"]).alarms[0].threshold == -5


def test_without_events_only_the_asked_alarm_is_left():
    made = compare(CLIPS[2:], ["own"], alarm_at=5.0)
    assert [point.counts for point in made.alarms] == [EventCounts(0, 0, 1)]
    assert compare(CLIPS[2:], ["own"]).events == EventCounts(0, 0, 0)


def test_a_kind_is_measured_against_the_ordinary_frames_of_all_clips():
    cart, dog = compare(CLIPS, ["own"]).kinds
    ordinary = [0, 1, 0, 0, 0, 4, 2, 3, 0, 0, 0, 0, 7, 7, 0]
    for row, shown, frames in ((cart, [5, 6], 3), (dog, [3, 1], 2)):
        labels = [False] * len(ordinary) + [True] * len(shown)
        assert row.auc["own"] == pytest.approx(roc_auc_score(labels, ordinary + shown))
        assert row.frames == frames
    assert [cart.kind, dog.kind] == ["cart", "dog"]


def test_kinds_come_from_a_table_of_seconds_and_nowhere_else(tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text(
        "video,start_s,end_s,kind\ngate,0.2,0.3,cart\ngate.mp4,0.3,0.4,cart\ngate,0.0,0.1,\ndoor,0,9,dog\n"
    )
    video = DatasetVideo("gate", tmp_path / "gate.mp4", SecondsTable(table, ("gate.mp4", "gate")))
    kinds = kinds_of(video, np.array([0.0, 0.1, 0.2 - 4e-4, 0.3, 0.4, 0.5]))
    assert {kind: shown.tolist() for kind, shown in kinds.items()} == {"cart": [False, False, True, True, True, False]}
    assert kinds_of(DatasetVideo("gate", tmp_path, LabelFile(table)), np.zeros(1)) == {}


def by_hand(scores, sigma):
    places = np.arange(len(scores))
    known = ~np.isnan(scores)
    reach = min(round(4 * sigma), len(scores))
    made = []
    for place in places:
        weight = np.exp(-0.5 * ((places - place) / sigma) ** 2) * known * (np.abs(places - place) <= reach)
        made.append(weight @ np.nan_to_num(scores) / weight.sum() if known[place] else NAN)
    return made


@pytest.mark.parametrize("sigma", [0.5, 3.0, 40.0])
def test_smoothing_weighs_what_is_known_by_a_gaussian(sigma):
    scores = np.random.default_rng(0).normal(size=30)
    scores[[0, 7, 8]] = NAN
    np.testing.assert_allclose(Smoothing(sigma).smooth(scores), by_hand(scores, sigma), atol=1e-12)


def test_smoothing_leaves_what_is_even_alone_also_at_the_ends_and_beside_gaps():
    even = np.array([2.0, 2, 2, NAN, 2, 2])
    np.testing.assert_allclose(Smoothing(3).smooth(even), even)


def test_an_infinite_score_counts_as_the_nearest_finite_one():
    infinite = Smoothing(1).smooth(np.array([1.0, np.inf, 3, -np.inf]))
    np.testing.assert_array_equal(infinite, Smoothing(1).smooth(np.array([1.0, 3, 3, 1])))
    assert np.isnan(Smoothing(1).smooth(np.array([NAN, NAN]))).all()


def test_smoothed_rows_stand_behind_the_plain_ones_and_sigma_0_has_none():
    curves = {"own": np.array([0.0, 1]), "floor": np.array([1.0, 0])}
    named = "own, smoothed (Gaussian, sigma 2 frames)"
    assert list(Smoothing(2).beside(curves, ["own"])) == ["own", "floor", named]
    assert list(Smoothing(0).beside(curves, ["own"])) == ["own", "floor"]
    assert curves.keys() == {"own", "floor"}


@pytest.mark.parametrize("sigma", [-1, 0.01, NAN, np.inf, 1e9])
def test_a_sigma_that_cannot_be_is_refused_at_birth(sigma):
    with pytest.raises(ConfigError, match="sigma must be 0"):
        Smoothing(sigma)


def test_alarm_stretches_are_those_of_the_labels():
    late = clip("late", [0, 0, 9, 0, 0, 0], ".xx...", step_s=2.0)
    (point,) = compare([late], ["own"], alarm_at=9.0).alarms[:1]
    assert (point.median_delay_s, point.counts.found) == (2.0, 1)
