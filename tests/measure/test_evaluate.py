"""A data set and a checkpoint in, one table out."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from unusual.data.datasets import DatasetVideo, open_dataset
from unusual.data.truth import LabelFile
from unusual.domain import ReadReport, Wholeness
from unusual.errors import DataError
from unusual.measure.compare import Smoothing, scaled
from unusual.measure.evaluate import LIVE, Details, curves_of, details_of, evaluate, labelled, score_clip
from unusual.run.checkpoint import load_checkpoint
from unusual.run.score import PAPER, PAPER_MINMAX, Thresholds
from unusual.scores.calibrate import per_video_minmax
from unusual.video.floors import FLOORS
from unusual.video.reader import open_video

LOW = Thresholds(enter=0.5, leave=0.2)


@pytest.fixture(scope="module")
def scored(trained, scene):
    checkpoint = load_checkpoint(trained)
    return [score_clip(video, checkpoint, LOW) for video in open_dataset(scene).test]


@pytest.fixture(scope="module")
def results(scored):
    return [clip.result for clip in scored]


def test_the_protocols_stand_side_by_side(results):
    made = evaluate(results)
    smooth = [f"{name}, smoothed (Gaussian, sigma 3 frames)" for name in (LIVE, PAPER_MINMAX)]
    floors = [name for floor in FLOORS for name in (floor, scaled(floor))]
    assert [row.protocol for row in made.rows] == [LIVE, PAPER_MINMAX, *floors, *smooth]
    labels = np.concatenate([result.truth.abnormal for result in results])
    by_name = {row.protocol: row.metrics for row in made.rows}
    for protocol, metrics in by_name.items():
        scores = np.concatenate([curves_of(result, Smoothing())[protocol] for result in results])
        assert metrics.micro_auc == pytest.approx(roc_auc_score(labels, scores))
        assert (metrics.frames_scored, metrics.frames_abnormal) == (270, labels.sum())
    for floor in FLOORS:
        assert by_name[floor].micro_auc != by_name[scaled(floor)].micro_auc
    assert made.judged == (LIVE, PAPER_MINMAX, *FLOORS)
    assert made.alarms[0].threshold == LOW.enter
    assert made.events.found + made.events.missed >= 2


def test_each_curve_is_that_of_its_name(results):
    result = replace(results[0], paper=replace(results[0].paper, protocol=PAPER, scores=results[0].live.scores * 3))
    curves = curves_of(result, Smoothing(0))
    floors = [name for floor in FLOORS for name in (floor, scaled(floor))]
    assert list(curves) == [LIVE, PAPER, PAPER_MINMAX, *floors]
    np.testing.assert_array_equal(curves[LIVE], result.live.scores)
    np.testing.assert_array_equal(curves[PAPER], result.paper.scores)
    np.testing.assert_array_equal(curves[PAPER_MINMAX], per_video_minmax(result.paper.scores))
    for floor in result.floors:
        np.testing.assert_array_equal(curves[floor.protocol], floor.scores)
        np.testing.assert_array_equal(curves[scaled(floor.protocol)], per_video_minmax(floor.scores))
    assert not np.array_equal(*(floor.scores for floor in result.floors))


def test_details_bring_kinds_and_places(scored, results):
    details = [details_of(clip) for clip in scored]
    made = evaluate(results, details=details)
    assert {row.kind for row in made.kinds} == {"cyclist", "cart"}
    shown = np.any([flags for each in details[:1] for flags in each.kinds.values()], axis=0)
    np.testing.assert_array_equal(shown, results[0].truth.abnormal)
    assert (made.place.clips, made.place.frames) == (2, 270)
    assert 0 <= made.place.rbdc <= 1
    assert (evaluate(results).kinds, evaluate(results).place) == ((), None)


def test_what_has_no_labels_is_left_out_and_named(results, scored):
    bare = replace(results[1], truth=None)
    made = evaluate([results[0], bare], ["00.mp4: cannot be read"], [Details(), Details()])
    assert [row.clip.name for row in made.clips] == ["01.mp4"]
    assert made.left_out == ("00.mp4: cannot be read", "02.mp4: without labels that fit it")
    assert details_of(replace(scored[1], result=bare)) == Details()
    with pytest.raises(DataError, match="none of the test clips has labels"):
        evaluate([bare])


@pytest.fixture
def mislabelled(scored, tmp_path):
    """A clip whose labels are a frame short."""
    np.save(tmp_path / "labels.npy", np.zeros(134, np.uint8))
    return replace(scored[0].video, truth=LabelFile(tmp_path / "labels.npy"))


def test_labels_of_another_length_are_refused(results, mislabelled):
    with pytest.raises(DataError, match="134"):
        labelled(results[0], mislabelled)


def test_a_damaged_video_is_scored_without_labels_that_do_not_fit(results, mislabelled):
    cut = replace(results[0], truth=None, read=ReadReport(Wholeness.PARTIAL, 135, 200, ("cut short",)))
    made = labelled(cut, mislabelled)
    assert made.truth is None
    assert made.read.problems[0] == "cut short"
    assert "its labels are not used" in made.read.problems[1]


def test_labels_in_seconds_are_not_used_where_seconds_are_a_guess(results, scored):
    read = replace(results[0].read, timed=False)
    made = labelled(replace(results[0], truth=None, read=read), scored[0].video)
    assert made.truth is None
    assert "labels are in seconds, but the times of its frames are made up" in made.read.problems[-1]


def test_frames_are_scored_alike_at_any_rate_and_only_their_seconds_differ(scene, trained, tmp_path):
    with open_video(open_dataset(scene).test[0].source) as video:
        for frame in video:
            cv2.imwrite(str(tmp_path / f"{frame.index:03}.png"), frame.rgb[..., ::-1])
    checkpoint = load_checkpoint(trained)
    slow, fast = (
        score_clip(DatasetVideo("01", tmp_path, rate=Fraction(rate)), checkpoint, replace(LOW, join_s=0.0)).result
        for rate in (10, 20)
    )
    assert (slow.info.rate, fast.info.rate) == (10, 20)
    for one, other in zip(curves_of(slow, Smoothing()).values(), curves_of(fast, Smoothing()).values(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(slow.live.times_s, np.arange(135) / 10)
    assert slow.events
    for kind in ("start_s", "end_s", "peak_s"):
        assert [getattr(e, kind) for e in slow.events] == pytest.approx([2 * getattr(e, kind) for e in fast.events])
    assert [shown.time_s for shown in slow.pictures] == pytest.approx([2 * shown.time_s for shown in fast.pictures])


def test_nothing_at_all_is_refused():
    with pytest.raises(DataError, match="none of the test clips has labels"):
        evaluate([])
