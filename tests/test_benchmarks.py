"""Benchmarks: a mistake is one line, never a traceback; what a lent machine does is done once before it is lent."""

import json
import os
import runpy
import subprocess
import sys
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch

from unusual.methods.footage import Footage
from unusual.video.writer import write_video

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PED2 = str(BENCHMARKS / "plans" / "ped2.toml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["none.toml", "."], "cannot read the plan none.toml", id="a plan that is not there"),
        pytest.param([PED2, ".", "--only", "magic"], "has no row magic: it has", id="a row that is not in the plan"),
        pytest.param([PED2, "nowhere"], "nowhere", id="data that are not there"),
        pytest.param(["broken.toml", "."], "broken.toml is not TOML", id="a plan that is no TOML"),
        pytest.param(["odd.toml", "."], "odd.toml: rows.a.method", id="a row without a method"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, monkeypatch, capsys, words, said):
    (tmp_path / "broken.toml").write_text("rows = ")
    (tmp_path / "odd.toml").write_text("changes = {}\nscored = {}\n[rows.a]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["run.py", *words])
    monkeypatch.syspath_prepend(BENCHMARKS)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(BENCHMARKS / "run.py"), run_name="__main__")
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert len(err.splitlines()) == 1, err
    assert said in err


TINY_PAPER = [
    "clips.height=32",
    "clips.width=32",
    "network.frames=5",
    "network.channels=16",
    "network.depth=1",
]


def on_a_bare_machine(folder, *words):
    """Run gpu_ped2.py where there is no PyAV, no SciPy and no command line."""
    for missing in ("av", "scipy", "h5py", "typer", "rich", "onnxruntime"):
        (folder / "bare").mkdir(exist_ok=True)
        (folder / "bare" / f"{missing}.py").write_text("raise ImportError('not on this machine')")
    environment = os.environ | {
        "PYTHONPATH": f"{folder / 'bare'}:{BENCHMARKS.parent / 'src'}",
        "OUT": str(folder / "out"),
        "OMP_NUM_THREADS": "1",
    }
    changes = [word for change in TINY_PAPER for word in ("--set", change)]
    command = [sys.executable, str(BENCHMARKS / "gpu_ped2.py"), "--minutes", "0.001", *changes, *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def packed(tmp_path):
    """A folder in which runs/lent is packed: noise, and brighter noise where it is unusual."""
    chance, frames = np.random.default_rng(0), 40
    for name in ("training/1", "training/2", "training/3", "training/4", "testing/1"):
        with write_video(tmp_path / f"runs/lent/clips/{name}.mp4", 64, 48, Fraction(10)) as sink:
            for at in range(frames):
                high = 255 if name == "testing/1" and at >= 20 else 90
                sink.add(chance.integers(60, high, (48, 64, 3), np.uint8), at / 10)
    training = {f"{number}.mp4": frames for number in (1, 2, 3, 4)}
    said = {"data": "own", "commit": "", "frames": training, "abnormal": {"1.mp4": "0" * 20 + "1" * 20}}
    (tmp_path / "runs/lent/packed.json").write_text(json.dumps(said))
    return tmp_path


def test_a_lent_machine_learns_scores_and_another_goes_on(packed):
    done = on_a_bare_machine(packed, "--batch", "2")
    assert done.returncode == 0, done.stderr
    first = json.loads((packed / "out/record.json").read_text())
    assert first["a unit every 5 frames"]["protocols"]["live"]["micro_auc"] > 0.9
    assert first["a unit every 5 frames"]["protocols"]["live"]["frames_abnormal"] == 20
    assert (packed / "out/model.safetensors.0").read_bytes() == (
        packed / "runs/gpu_ped2/model.safetensors"
    ).read_bytes()

    (packed / "out/state.safetensors").rename(packed / "runs/lent/state.safetensors")
    (packed / "runs/gpu_ped2").rename(packed / "runs/left_behind")
    done = on_a_bare_machine(packed)
    assert done.returncode == 0, done.stderr
    second = json.loads((packed / "out/record.json").read_text())
    assert second["training"]["steps"] > first["training"]["steps"]
    assert second["training"]["settings"]["training.batch"] == first["training"]["settings"]["training.batch"]


def test_a_batch_is_doubled_while_that_brings_a_tenth_more_clips_a_second_and_fits(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    gpu = import_module("gpu_ped2")
    learner = gpu.learner_of(gpu.settings(4, 1, TINY_PAPER))
    noise = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8)
    assert gpu.clips_a_second(learner, [Footage.of_frames("noise", noise)], 1, times=1) > 0

    def speed(learner, whole, batch):
        if batch > fits:
            raise torch.cuda.OutOfMemoryError
        return {4: 10.0, 8: 19.0, 16: 20.0}[batch]

    monkeypatch.setattr(gpu, "clips_a_second", speed)
    fits = 16
    assert gpu.busiest(learner, []) == (8, {4: 10.0, 8: 19.0, 16: 20.0})
    fits = 4
    assert gpu.busiest(learner, []) == (4, {4: 10.0})


def test_a_machine_with_other_frames_than_were_packed_says_so(packed):
    said = json.loads((packed / "runs/lent/packed.json").read_text())
    said["frames"]["1.mp4"] = 41
    (packed / "runs/lent/packed.json").write_text(json.dumps(said))
    done = on_a_bare_machine(packed)
    assert done.returncode == 2
    assert "OpenCV reads 40 frames here, 41 were packed" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_order_of_models_by_planted_anomalies_is_compared_with_their_order_on_the_test_clips(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    planted = import_module("planted")
    means, aucs = {"a": 1, "b": 2, "c": 3}, {"a": 0.6, "b": 0.9, "c": 0.7}
    rows = {name: {"live": {planted.MEAN: mean}, "own": {planted.MEAN: 0.5}} for name, mean in means.items()}
    tests = {name: {"live": auc, "own": auc, "frame difference": 0} for name, auc in aucs.items()}
    found = planted.rank_correlations(rows, tests)
    assert found["live"] == 0.5
    assert found["own"] is None, "they do not differ there"


@pytest.fixture
def ceiling(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("ceiling")


def test_a_unit_has_its_worst_frame_and_the_last_one_reaches_back(ceiling):
    scores = np.array([0.0, 1, 0, 2, 0, 0, 0, 0])
    assert ceiling.worst_of_units(scores, 3).tolist() == [1, 1, 1, 2, 2, 2, 0, 0]
    assert ceiling.worst_of_units(np.array([0.0, 0, 3, 0]), 3).tolist() == [3, 3, 3, 3]


def test_no_scores_of_units_beat_how_abnormal_they_are_but_for_min_max_of_a_clip_abnormal_throughout(ceiling):
    frames, masks = np.zeros((6, 4, 4), np.uint8), np.zeros((6, 4, 4), bool)
    mixed = ceiling.Clip("a", frames, masks, np.array([0, 0, 0, 1, 1, 1], bool))
    whole = ceiling.Clip("b", frames, masks, np.ones(6, bool))
    assert ceiling.no_better([mixed], 3) == {"plain": 1.0, "min-max": 1.0}
    assert ceiling.no_better([mixed, whole], 3) == {"plain": 1.0, "min-max": round(1 - 0.5 * 3 / 9, 4)}


def test_noise_is_that_of_what_stands_still(ceiling):
    frames = np.random.default_rng(0).normal(100, 2, (60, 40, 40))
    frames[:, :20] += 50 * np.sin(np.arange(60))[:, None, None]
    assert ceiling.noise_of(frames.round().astype(np.uint8)) == pytest.approx(2, rel=0.05)


def test_what_the_foreground_network_learns_from_shows_the_same_bodies_whatever_is_done_to_a_moment(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    scenes, samples = import_module("foreground_scenes"), import_module("foreground_samples")
    moments = list(scenes.moments_of(60_001))
    assert len(moments) == scenes.MOMENTS
    asked, bodies = np.random.default_rng(0), 0
    for shots, rows in 3 * moments:
        given = shots.copy(), rows.copy()
        *three, target = samples.sample(asked, shots, rows, lambda: moments[0][0])
        np.testing.assert_array_equal(shots, given[0])
        np.testing.assert_array_equal(rows, given[1])
        assert {each.shape for each in three} == {(samples.HEIGHT, samples.WIDTH, 3)}
        for i, j in zip(*np.nonzero((target.heat == 1) & (target.weight > 0)), strict=True):
            left, top, right, bottom = np.exp(target.sides[:, i, j])
            x, y = (j + 0.5) * samples.STRIDE, (i + 0.5) * samples.STRIDE
            assert -0.1 < x - left < x + right < samples.WIDTH + 0.1
            assert bottom + top >= samples.LOWEST - 0.1
            frame, _, ground = (each.astype(float) for each in three)
            inside = slice(int(y - top), int(y + bottom)), slice(int(x - left), int(x + right))
            apart = np.abs(frame - ground).max(-1)
            bodies += apart[inside].mean() > apart.mean()
    assert bodies > 20


def test_a_network_that_says_what_is_there_loses_nothing_and_one_that_does_not_does(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    foreground, samples = import_module("foreground"), import_module("foreground_samples")
    target = samples.target(np.array([[40, 40, 80, 140, 1, 0], [150, 20, 180, 90, 1, 0]], np.float32))
    asked = [torch.from_numpy(each)[None] for each in (target.heat, target.sides, target.weight, target.spared)]
    logit = torch.where(asked[0] == 1, 20.0, -20.0)[:, None]
    right = torch.cat([logit, asked[1]], 1)
    assert float(sum(foreground.losses(right, *asked))) < 1e-3
    wider = torch.cat([logit, asked[1] + 0.5], 1)
    assert float(foreground.losses(wider, *asked)[1]) > 0.5
    assert float(foreground.losses(torch.cat([-logit, asked[1]], 1), *asked)[0]) > 10
