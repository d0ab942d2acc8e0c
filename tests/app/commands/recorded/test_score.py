"""`unusual score`: what the words of the command do to what is written."""

import json
import shutil
from dataclasses import replace
from datetime import UTC

import av
import cv2
import numpy as np
import pytest
from made_camera import NAME
from made_lights import DAY, NIGHT, film, learnt_in_both
from tiny import EVENTFUL

from unusual.run.outputs import read_outputs
from unusual.scores.by_hour import HourlyLevels
from unusual.store.cameras import read_cards, write_card
from unusual.store.home import Home


def test_a_place_that_cannot_be_written_is_one_line(run, trained, scene, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = run("score", scene / "test/01.mp4", "-c", trained, "--out", tmp_path / "file")
    assert code == 2
    assert "cannot write" in err


@pytest.mark.parametrize(("words", "rate", "last_s"), [((), "25", 0.76), (("--rate", "29.97"), "2997/100", 19 / 29.97)])
def test_the_seconds_of_frames_are_those_of_their_rate(run, trained, tmp_path, words, rate, last_s):
    rng = np.random.default_rng(0)
    (tmp_path / "gate").mkdir()
    for number in range(20):
        cv2.imwrite(str(tmp_path / f"gate/{number}.png"), rng.integers(0, 255, (64, 96, 3), np.uint8))
    out = tmp_path / "out"
    assert run("score", tmp_path / "gate", "-c", trained, "--out", out, *EVENTFUL, *words)[0] == 0
    document = json.loads((out / "gate/events.json").read_text())
    assert document["video"]["rate"] == rate
    assert document["events"][0]["end_s"] <= last_s
    with av.open(str(out / "gate/annotated.mp4")) as drawn:
        times = [float(frame.time) for frame in drawn.decode(video=0)]
    assert (times[0], times[-1]) == (0, pytest.approx(last_s, abs=1e-3))


def test_what_was_written_is_read_back(run, trained, scene, tmp_path):
    run("score", scene / "test/01.mp4", "-c", trained, "--out", tmp_path, *EVENTFUL, "--no-annotate")
    result, provenance = read_outputs(tmp_path / "01")
    assert result.info.name == "01.mp4"
    assert result.enter == 0.5
    assert len(result.events) == len(result.pictures) > 0
    assert result.events[0].region is not None
    assert dict(provenance.settings)["network.channels"] == "8"


def test_a_camera_is_scored_by_its_own_models_and_thresholds(run, tmp_path, monkeypatch):
    """A cart by day and by night, at one in the morning as the name says; nights are quiet on its card."""
    monkeypatch.setenv("TZ", "UTC")
    home = Home(shutil.copytree(learnt_in_both()[0].folder, tmp_path / "home"))
    card = read_cards(home, NAME)[0]
    quiet = replace(card.alarm_scale, busy=(0.1,) * 6 + (1.0,) * 18)
    write_card(card.folder(home), replace(card, alarm_scale=quiet))
    video = film(tmp_path / "yard_20261120-010000.mp4", DAY, NIGHT)
    code, _, err = run("score", video, "--model", NAME, "--home", home.folder, "--out", tmp_path / "out",
                         "--alarms-per-day", 20, "--no-annotate")  # fmt: skip
    assert code == 0, err
    assert "colour: at most 20 alarms a day" in err and "by the hour of the day alarms start from" in err
    assert "infrared: at most 20 alarms a day" in err
    result, _ = read_outputs(tmp_path / "out/yard_20261120-010000")
    assert result.enter == HourlyLevels.of(quiet, 20.0, UTC).scores[1] < quiet.threshold(20.0).score
    assert any("seen in several lights" in problem for problem in result.read.problems)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "give -c FOLDER that `unusual train` wrote, or --model NAME"),
        (("-c", "here", "--alarms-per-day", 1), "give -c FOLDER that `unusual train` wrote, or --model NAME"),
        (("--model", "gate", "-c", "here"), "takes a camera as it was learnt: leave out"),
        (("--model", "gate", "--enter", 3), "takes a camera as it was learnt: leave out"),
        (("--model", "gate"), "no camera 'gate'"),
    ],
)
def test_who_scores_is_one_of_two(run, scene, tmp_path, words, line):
    code, _, err = run("score", scene / "test/01.mp4", "--out", tmp_path / "out", "--home", tmp_path / "home", *words)
    assert code == 2
    assert line in err
    assert not (tmp_path / "out").exists()
