"""The command line as a person uses it: what it writes, what it says, how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import av
import pytest
from tiny import EVENTFUL, TINY
from typed import settings

import unusual
from unusual.run.checkpoint import load_checkpoint
from unusual.run.outputs import read_outputs, read_scores
from unusual.scores.wording import duration


class Words(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.words = []
        self.feed(path.read_text())

    def handle_data(self, data):
        self.words.append(data)


def test_a_training_says_what_came_of_it(trained):
    said, seconds = trained.with_suffix(".txt").read_text(), load_checkpoint(trained).provenance.scale_s
    assert 1 < seconds < 24
    assert f"warning: not calibrated: the scale of the scores rests on {duration(seconds)} of held-out footage" in said
    assert f"checkpoint: {trained}" in said.splitlines()
    assert {p.name for p in trained.iterdir()} == {"model.safetensors", "model.onnx", "training.safetensors", "log.csv"}
    assert re.search(r"it scores without torch: model\.onnx agrees with PyTorch to \S+, units: \d+ of held-out", said)


def test_score_evaluate_report_from_end_to_end(run, scene, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("UNUSUAL_CACHE", str(tmp_path / "cache"))
    model, out = trained, tmp_path / "out"
    code, said, err = run("score", scene / "test/01.mp4", "-c", model, "--out", out, *EVENTFUL)
    assert code == 0
    assert "warning: not calibrated" in err
    assert f"report: {out / 'report.html'}" in said
    folder = out / "01"
    events = json.loads((folder / "events.json").read_text())
    assert len(read_scores(folder / "scores.csv").live) == 135
    assert events["read"]["wholeness"] == "complete"
    assert len(list(folder.glob("*.jpg"))) == 3 * len(events["events"]) > 0
    with av.open(str(folder / "annotated.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 135
    assert "01.mp4" in " ".join(Words(out / "report.html").words)

    code, said, _ = run("evaluate", scene, "-c", model, "--out", tmp_path / "ev", "--set", "clips.step=3")
    assert code == 0
    assert "frame difference" in said and "constant velocity" in said
    document = json.loads((tmp_path / "ev/results.json").read_text())
    assert len(document["protocols"]) == 8
    assert all(metrics["frames_scored"] == 270 for metrics in document["protocols"].values())
    assert all((tmp_path / "ev" / name).stat().st_size > 1000 for name in ("roc.png", "curves.png"))
    assert document["localisation"]["clips"] == 2
    assert set(document["kinds"]) == {"cyclist", "cart"}
    assert not (tmp_path / "ev/01/annotated.mp4").exists()

    assert run("report", folder, tmp_path / "ev/02", "--out", tmp_path / "both.html")[0] == 0
    text = " ".join(Words(tmp_path / "both.html").words)
    assert "01.mp4" in text
    assert "02.mp4" in text


def test_state_goes_the_same_road_and_says_why(run, scene, trained_state, tmp_path, monkeypatch):
    monkeypatch.setenv("UNUSUAL_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "out"
    assert run("evaluate", scene, "-c", trained_state, "--out", out, "--annotate", *EVENTFUL)[0] == 0
    document = json.loads((out / "results.json").read_text())
    protocols = document["protocols"]
    assert document["localisation"]["frames"] == 270
    assert [name for name in protocols if name.startswith("paper")] == [
        "paper's protocol (unscaled)",
        "paper's protocol (min-max over each test video)",
        "paper's protocol (unscaled), smoothed (Gaussian, sigma 3 frames)",
    ]
    result, provenance = read_outputs(out / "01")
    assert (provenance.method, result.paper.protocol) == ("state", "paper's protocol (unscaled)")
    assert len(list((out / "01").glob("event-*-cube.jpg"))) == len(result.events) == len(result.pictures) > 0
    assert all(picture.cube is not None and picture.event.region for picture in result.pictures)
    said = " ".join(Words(out / "report.html").words)
    for event in result.events:
        assert event.why.startswith(("moves unlike anything seen here: ", "looks unlike anything seen here: "))
        assert f"It {event.why}" in said
    assert "0 is an average ordinary object" in said
    with av.open(str(out / "01/annotated.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 135

    code, _, err = run(
        "train", scene, "--method", "state", "--out", tmp_path / "m2", "--set", "training.warm_start=made-up"
    )
    assert (code, "no warm start is shipped" in err) == (2, True)


def test_doctor_knows_this_machine(run):
    code, said, _ = run("doctor")
    assert code == 0
    assert "torch" in said
    assert "yolox-nano" in said


VIDEO, MODEL = "{scene}/test/01.mp4", ("-c", "{trained}")
STATE = ("train", "{scene}", "--out", "{empty}/m", "--method", "state", "--set")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["score", "missing.mp4", *MODEL], "missing.mp4", id="a missing video"),
        pytest.param(["score", "{scene}/labels.csv", *MODEL], "labels.csv", id="a table for a video"),
        pytest.param(["score", VIDEO, "-c", "{scene}"], "unusual train", id="a folder for a model"),
        pytest.param(["score", VIDEO, *MODEL, "--leave", "3"], "leave", id="thresholds swapped"),
        pytest.param(["score", VIDEO, *MODEL, "--set", "a.b=1"], "only clips.step", id="an unknown key"),
        pytest.param(["score"], "--help", id="no argument"),
        pytest.param(["data", "make", "{empty}/s", "--seed", "-1"], "seed", id="a seed below 0"),
        pytest.param(["data", "make", "{empty}/s", "--minutes", "nan"], "minutes", id="no number"),
        pytest.param(["score", "", *MODEL], "empty", id="an unset variable"),
        pytest.param(["train", "{scene}", "--out", "{empty}/m", "--cache-gb", "nan"], "cache", id="no size of cache"),
        pytest.param(
            ["train", "{scene}", "--out", "{empty}/m", "--set", "objective.region=1000"], "region", id="a huge region"
        ),
        pytest.param(["score", VIDEO, *MODEL, "--rate", "0"], "--rate must be frames per second", id="a rate of 0"),
        pytest.param(["evaluate", "{scene}", *MODEL, "--rate", "1/0"], "--rate must be", id="no rate"),
        pytest.param(["nonsense"], "nonsense", id="no such command"),
        pytest.param(["train", "{scene}", "--out", "{trained}"], "already holds a training", id="over a training"),
        pytest.param(["train", "{empty}", "--out", "{empty}/m"], "empty", id="an empty folder"),
        pytest.param(["train", "{scene}", "--out", "{empty}/m", "--resume"], "no checkpoint", id="nothing to resume"),
        pytest.param(["train", "{scene}", "--out", "{empty}/m", "--config", "no.toml"], "no.toml", id="no config"),
        pytest.param(["train", "{scene}", "--out", "{empty}/m", "--method", "magic"], "magic", id="no such method"),
        pytest.param(["evaluate", "{scene}/masks", *MODEL], "layout", id="no data set"),
        pytest.param(["evaluate", "{scene}"], "--checkpoint", id="nothing to evaluate"),
        pytest.param(
            ["evaluate", "{scene}", *MODEL, "--scores", "a.npy", "--annotate"],
            "alone",
            id="both, and others' annotated",
        ),
        pytest.param(["evaluate", "{scene}", *MODEL, "--sigma", "nan"], "sigma", id="no sigma"),
        pytest.param(["evaluate", "{scene}", *MODEL, "--lower-is-worse"], "--scores", id="our scores turned"),
        pytest.param(
            ["evaluate", "{scene}", "--scores", "a.npy", "--annotate"], "--checkpoint", id="others' scores annotated"
        ),
        pytest.param(["evaluate", "{scene}", "--scores", "a.npy"], "a.npy", id="no such scores"),
        pytest.param(["evaluate", "{scene}", "--scores", "{scene}/labels.csv"], "score", id="a table without scores"),
        pytest.param(["report", "{scene}"], "scores.csv", id="nothing was scored there"),
        pytest.param(["data", "check", "{empty}/nothing"], "no such folder", id="no such folder"),
        pytest.param([*STATE, "objects.detector=no.onnx"], "no detector 'no.onnx'", id="no such detector"),
        pytest.param(
            [*STATE, "objects.detector=yolox-nano"], "put yolox_nano_coco.onnx", id="a detector to be fetched"
        ),
        pytest.param([*STATE, "objects.detector={scene}/labels.csv"], "ONNX", id="a table for a detector"),
        pytest.param([*STATE, "flow.backend=onnx"], "network", id="a flow network without a file"),
        pytest.param(["fetch", "magic"], "yolox-nano", id="no known detector"),
        pytest.param(["fetch", "deimv2-femto"], "export", id="a detector that nobody publishes"),
    ],
)
def test_a_mistake_is_one_clear_line_and_leaves_nothing(run, trained, scene, tmp_path, words, said, monkeypatch):
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNUSUAL_CACHE", str(scene / "cache"))
    monkeypatch.setenv("UNUSUAL_MODELS", str(scene / "models"))
    code, _, err = run(*(word.format(trained=trained, scene=scene, empty=empty) for word in words))
    assert code == 2
    line = err.strip().splitlines()[-1]
    assert line.startswith("unusual: ")
    assert said in line
    assert list(tmp_path.rglob("*")) == [empty]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_with_130_and_the_training_can_go_on(scene, tmp_path, stop):
    command = [sys.executable, "-m", "unusual", "train", str(scene), "--out", str(tmp_path / "m"), *settings(TINY)]
    command += ["--set", "training.epochs=100000", "--cache", str(tmp_path / "cache")]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    deadline = time.monotonic() + 90
    while not (tmp_path / "m/training.safetensors").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    child.send_signal(stop)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "unusual: stopped" in err
    assert "Traceback" not in err
    assert (tmp_path / "m/training.safetensors").exists()
    assert not list(tmp_path.rglob("*.part*"))


def test_a_full_disk_under_standard_output_is_one_line(tmp_path):
    command = [sys.executable, "-m", "unusual", "serve", "--set-password", "--home", str(tmp_path)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, input="long enough", stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "unusual: the output: No space left on device\n")


def test_help_is_there_for_every_command(run):
    for words in (["demo"], ["train"], ["score"], ["evaluate"], ["report"], ["doctor"], ["data"], ["data", "check"]):
        assert run(*words, "--help")[0] == 0


def test_help_begins_with_what_the_program_is_for(run):
    code, out, _ = run("--help")
    first = next(line for line in out.splitlines() if line.strip() and "Usage" not in line)
    assert code == 0
    assert first.strip().startswith("Video anomaly detection: learn what is usual before a fixed camera")
    assert all(f" {word} " in out for word in ("compare", "update", "demo", "data"))


def test_the_version_is_said(run):
    code, out, err = run("--version")
    assert (code, out, err) == (0, f"unusual {unusual.__version__}\n", "")


def test_each_command_says_what_to_type_next(run, trained, scene, tmp_path):
    made = tmp_path / "made"
    out = tmp_path / "out"
    for words, following in (
        (("data", "make", made, "--minutes", "0.02", "--clips", "0"), f"unusual learn {made} --as NAME"),
        (("data", "check", scene), f"unusual train {scene} --out CHECKPOINT"),
        (("score", scene / "test", "-c", trained, "--out", out, "--no-annotate"), f"open {out / 'report.html'}"),
        (("report", out, "--out", tmp_path / "all.html"), f"open {tmp_path / 'all.html'} in a browser"),
    ):
        code, _, err = run(*words)
        assert code == 0
        assert following.replace(" ", "") in "".join(err.split()).rpartition("next:")[2]
