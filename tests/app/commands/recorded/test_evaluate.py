"""`unusual evaluate`: a rate of one's own, and words that do not go together."""

import json

import cv2
import numpy as np
import pytest


def test_a_rate_that_is_given_for_a_data_set_stands_in_place_of_its_own(run, trained, scene, tmp_path):
    clip = tmp_path / "ped2/testing/frames/01"
    clip.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(20):
        cv2.imwrite(str(clip / f"{number:03}.png"), rng.integers(0, 255, (64, 96, 3), np.uint8))
    np.save(tmp_path / "ped2/frame_labels_ped2.npy", np.arange(20) > 9)
    np.save(tmp_path / "scores.npy", np.arange(20.0))
    hours = []
    for of in (("-c", trained), ("--scores", tmp_path / "scores.npy")):
        for words in ((), ("--rate", "5")):
            assert run("evaluate", tmp_path / "ped2", *of, *words, "--out", tmp_path / "out")[0] == 0
            document = json.loads((tmp_path / "out/results.json").read_text())
            hours.append(document["alarms"]["points"][0]["ordinary_hours"])
    assert [hour * 3600 for hour in hours] == pytest.approx([0 / 10, 5 / 5] * 2)  # of ten frames, less the last second


def test_the_rows_are_smoothed_as_it_was_told_and_the_report_is_where_it_says(run, trained, scene, tmp_path):
    words = ("-c", trained, "--out", tmp_path, "--sigma", "0", "--set", "clips.step=3")
    code, out, err = run("evaluate", scene, *words)
    assert code == 0
    assert not [name for name in json.loads((tmp_path / "results.json").read_text())["protocols"] if "smooth" in name]
    assert out.endswith(f"report: {tmp_path / 'report.html'}\n")
    assert err.endswith(f"next: open {tmp_path / 'report.html'} in a browser\n")


@pytest.mark.parametrize("words", [("--name", "a"), ("--pad", "2")])
def test_words_for_the_scores_of_others_are_refused_for_our_own(run, trained, scene, tmp_path, words):
    code, _, err = run("evaluate", scene, "-c", trained, *words, "--out", tmp_path / "out")
    assert code == 2
    assert "go with --scores, not with --checkpoint" in err
    assert not (tmp_path / "out").exists()
