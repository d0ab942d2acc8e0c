"""`unusual score`: what the words of the command do to what is written."""

import json

import av
import cv2
import numpy as np
import pytest
from tiny import EVENTFUL

from unusual.run.outputs import read_outputs


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
