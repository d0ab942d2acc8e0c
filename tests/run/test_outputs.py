"""Scores come back as they were written; the events file says what its docstring says."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from unusual.domain import (
    Box,
    Event,
    Provenance,
    ReadReport,
    ScoreCurve,
    Truth,
    VideoInfo,
    VideoResult,
    Wholeness,
)
from unusual.errors import DataError
from unusual.run.outputs import read_outputs, read_scores, scored_folders, write_events, write_scores
from unusual.video.floors import FLOORS

PROVENANCE = Provenance(
    "ustn_dsc", "small", "walkway", 2, 80, 7, 10, 0.5, "2025-05-04", "two cores", "", (("numpy", "2.0"),), (("T", "9"),)
)


def result(times=(0.0, 1 / 3, 0.7), live=(np.nan, 1 / 7, 2.5e-9), truth=None, events=()):
    def curve(protocol, scores):
        return ScoreCurve("gate", protocol, np.array(times), np.array(scores, float))

    return VideoResult(
        VideoInfo("gate", 64, 48, Fraction(30_000, 1001), 4),
        ReadReport(Wholeness.PARTIAL, 3, 4, ("cut short",)),
        curve("live", live),
        curve("paper", (np.nan, 0.0, 1.0)[: len(times)]),
        tuple(curve(name, (3.0, 3.0, 0.5)[: len(times)]) for name in FLOORS),
        1.5,
        1.0,
        events,
        (),
        None if truth is None else Truth(np.array(truth, bool)),
    )


HEAD = "frame,time_s,live_score,paper_score,frame_difference,constant_velocity"


@pytest.mark.parametrize("truth", [None, (True, False, True)], ids=["truth unknown", "truth known"])
def test_scores_come_back_bit_for_bit(tmp_path, truth):
    given = result(truth=truth)
    write_scores(tmp_path / "scores.csv", given)
    table = read_scores(tmp_path / "scores.csv")
    np.testing.assert_array_equal(table.times_s, given.live.times_s)
    np.testing.assert_array_equal(table.live, given.live.scores)
    np.testing.assert_array_equal(table.paper, given.paper.scores)
    np.testing.assert_array_equal(table.floors, [floor.scores for floor in given.floors])
    assert (table.abnormal is None) if truth is None else (table.abnormal.tolist() == list(truth))


def test_the_file_is_plain(tmp_path):
    write_scores(tmp_path / "scores.csv", result(times=(0.0, 0.5), live=(np.nan, 0.25), truth=(0, 1)))
    assert (tmp_path / "scores.csv").read_text() == (f"{HEAD},abnormal\n0,0.0,,,3.0,3.0,0\n1,0.5,0.25,0.0,3.0,3.0,1\n")


def test_a_video_without_frames_gives_a_header_only(tmp_path):
    write_scores(tmp_path / "scores.csv", result(times=(), live=()))
    assert read_scores(tmp_path / "scores.csv").times_s.shape == (0,)


def test_curves_of_other_frames_are_refused(tmp_path):
    one = result()
    with pytest.raises(DataError, match="not of the same frames"):
        write_scores(tmp_path / "s.csv", replace(one, paper=replace(one.paper, times_s=one.paper.times_s + 1)))
    with pytest.raises(DataError, match="3 scores, but 2 labels"):
        write_scores(tmp_path / "s.csv", result(truth=(True, False)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "first line must be", id="empty"),
        pytest.param("time,score\n", "got 'time,score'", id="another header"),
        pytest.param(f"{HEAD}\n0,0,1\n", "line 2: expected 6 numbers", id="a short row"),
        pytest.param(f"{HEAD}\n0,0,x,1,2,3\n", "line 2: expected 6", id="not a number"),
        pytest.param(None, "cannot read", id="no file"),
        pytest.param(f'{HEAD}\n"{"x" * 200_000}",0,1,2,3,4\n', "field larger than field limit", id="an endless cell"),
    ],
)
def test_another_file_is_refused(tmp_path, text, said):
    path = tmp_path / "scores.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DataError, match=said):
        read_scores(path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"video":' * 100_000, "null", "{"])
def test_events_of_another_form_are_refused(tmp_path, text):
    write_scores(tmp_path / "scores.csv", result())
    (tmp_path / "events.json").write_text(text)
    with pytest.raises(DataError, match="was not written by this version"):
        read_outputs(tmp_path)


def test_events_json_says_all(tmp_path):
    events = (Event(0.0, 0.5, 0.25, 2.0, Box(0.1, 0.2, 0.3, 0.4)), Event(0.6, 0.7, 0.7, 1.6))
    write_events(tmp_path / "events.json", result(events=events), PROVENANCE)
    read = json.loads((tmp_path / "events.json").read_text())
    assert list(read) == [
        "format",
        "video",
        "read",
        "paper_protocol",
        "thresholds",
        "calibrated",
        "events",
        "provenance",
    ]
    assert read["video"] == {"name": "gate", "width": 64, "height": 48, "rate": "30000/1001", "expected_frames": 4}
    assert read["read"] == {
        "wholeness": "partial",
        "decoded": 3,
        "expected": 4,
        "problems": ["cut short"],
        "timed": True,
    }
    assert read["thresholds"] == {"enter": 1.5, "leave": 1.0}
    assert read["calibrated"] is True  # as far as is known
    assert read["events"][0]["region"] == {"left": 0.1, "top": 0.2, "right": 0.3, "bottom": 0.4}
    assert read["events"][1] == {
        "start_s": 0.6,
        "end_s": 0.7,
        "peak_s": 0.7,
        "peak_score": 1.6,
        "region": None,
        "why": "",
        "zone": "",
        "pictured_s": None,
    }
    assert read["provenance"]["settings"] == {"T": "9"}


def test_scores_on_a_scale_of_too_little_footage_are_marked(tmp_path):
    for seconds, calibrated in ((10.0, False), (79.9, False), (80.0, True)):
        write_events(tmp_path / "events.json", result(), replace(PROVENANCE, scale_s=seconds))
        read = json.loads((tmp_path / "events.json").read_text())
        assert (read["calibrated"], read["provenance"]["scale_s"]) == (calibrated, seconds)


def test_an_unknown_rate_is_null(tmp_path):
    one = result()
    write_events(tmp_path / "events.json", replace(one, info=replace(one.info, rate=None)), PROVENANCE)
    assert json.loads((tmp_path / "events.json").read_text())["video"]["rate"] is None


def test_a_number_that_json_cannot_say_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be written as JSON"):
        write_events(tmp_path / "e.json", result(events=(Event(0.0, 1.0, 0.5, np.nan),)), PROVENANCE)
    assert not list(tmp_path.iterdir())


def test_what_was_scored_is_found_at_any_depth_in_natural_order_and_nothing_unfinished(tmp_path):
    for name in ("monday/2", "monday/10", "tuesday/night/1", "tuesday/.1.part", "notes"):
        (tmp_path / name).mkdir(parents=True)
        if name != "notes":
            (tmp_path / name / "scores.csv").touch()
    inside = [tmp_path / name for name in ("monday/2", "monday/10", "tuesday/night/1")]
    assert scored_folders(tmp_path) == inside
    assert scored_folders(tmp_path / "monday/2") == [tmp_path / "monday/2"]
    with pytest.raises(DataError, match="no folder below it has"):
        scored_folders(tmp_path / "notes")
