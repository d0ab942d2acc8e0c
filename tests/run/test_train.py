"""The loop: the same seed gives the same weights, a stop loses nothing, several processes learn as one."""

import csv
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tiny
import torch
from tiny import TINY, footage, learner_of, training
from typed import typed

from unusual.errors import CheckpointError, ConfigError
from unusual.methods.settings import TrainingConfig
from unusual.run import train
from unusual.run.checkpoint import load_checkpoint, read_tensors
from unusual.run.config import change_config, make_config
from unusual.run.progress import Watcher
from unusual.run.train import Training, learning_rate


@pytest.fixture
def config(tiny_config):
    return change_config(tiny_config, ["clips.width=64", "training.precision=fp32"])


class StopAt(Watcher):
    def __init__(self, steps):
        self.left = steps

    def step(self, share, loss):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def weights(made):
    return {name: tensor.clone() for name, tensor in made.learner.network.state_dict().items()}


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        torch.testing.assert_close(one[name], other[name], rtol=0, atol=0)


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(config, tmp_path):
    runs = [training(config, tmp_path / name) for name in "ab"]
    for run in runs:
        run.run()
    same(weights(runs[0]), weights(runs[1]))
    other = training(change_config(config, ["training.seed=1"]), tmp_path / "c")
    other.run()
    assert not torch.equal(weights(other)["stem.0.weight"], weights(runs[0])["stem.0.weight"])


@pytest.mark.parametrize("stop", [2, 6, 9], ids=lambda n: f"stopped after batch {n}")
def test_a_training_that_was_stopped_goes_on_along_the_same_curve(config, tmp_path, stop, monkeypatch):
    whole = training(config, tmp_path / "whole")
    whole.run()
    monkeypatch.setattr(train, "SAVE_EVERY_S", -1.0)  # after every batch
    with pytest.raises(KeyboardInterrupt):
        training(config, tmp_path / "cut").run(StopAt(stop))
    rest = training(config, tmp_path / "cut", resume=True)
    assert rest.at.step == stop - 1
    rest.run()
    same(weights(rest), weights(whole))
    curves = [[(row.loss, row.held_out) for row in made.rows] for made in (whole, rest)]
    assert curves[0] == curves[1]
    assert len(list(csv.DictReader((tmp_path / "cut/log.csv").read_text().splitlines()))) == 2


def test_kill_at_any_moment_leaves_a_state_that_goes_on(tmp_path):
    config = change_config(make_config(changes=TINY), ["clips.width=64", "training.epochs=100000"])
    waits = {str(wait): wait for wait in (0.0, 0.05, 0.11)}
    with subprocess.Popen([sys.executable, tiny.__file__, *waits], cwd=tmp_path, stdout=subprocess.PIPE) as trainings:
        for name, wait in waits.items():
            victim = int(trainings.stdout.readline())
            while not (tmp_path / name / "training.safetensors").exists():
                assert trainings.poll() is None
                time.sleep(0.01)
            time.sleep(wait)
            os.kill(victim, signal.SIGKILL)
    for name in waits:
        assert training(config, tmp_path / name, resume=True).at.step >= 1


def test_other_settings_cannot_be_resumed(config, tmp_path):
    training(config, tmp_path).run()
    with pytest.raises(CheckpointError, match="other settings"):
        training(change_config(config, ["training.learning_rate=0.01"]), tmp_path, resume=True)
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        training(config, tmp_path / "empty", resume=True)
    with pytest.raises(CheckpointError, match="other videos"):
        Training(learner_of(config), config, footage(3), footage(1), tmp_path, resume=True)


def test_a_training_that_ended_is_lengthened(config, tmp_path):
    """By epochs at a constant rate it becomes the longer one, batch for batch."""
    short = change_config(config, ["training.schedule=constant"])
    long = change_config(short, ["training.epochs=4"])
    whole = training(long, tmp_path / "whole")
    whole.run()
    training(short, tmp_path / "cut").run()
    rest = training(long, tmp_path / "cut", resume=True)
    assert rest.share_done() == 0.5
    rest.run()
    same(weights(rest), weights(whole))
    assert [row.loss for row in rest.rows] == [row.loss for row in whole.rows]


def test_a_budget_that_ended_within_an_epoch_goes_on_in_it(config, tmp_path):
    wide = change_config(config, ["training.epoch_batches=100000", "training.minutes=0.001"])
    first = training(wide, tmp_path)
    first.run()
    assert [row.step for row in first.rows] == [first.at.step]
    rest = training(change_config(wide, ["training.minutes=0.02"]), tmp_path, resume=True)
    rest.run()
    assert [row.step for row in rest.rows] == [rest.at.step] and rest.at.step > first.at.step
    assert rest.rows[0].loss < 10 * first.rows[0].loss


def test_ctrl_c_ends_the_batch_and_saves_it(config, tmp_path):
    class PressAt(Watcher):
        def step(self, share, loss):
            if share >= 0.2:
                os.kill(os.getpid(), signal.SIGINT)

    whole, cut = training(config, tmp_path / "whole"), training(config, tmp_path / "cut")
    whole.run()
    with pytest.raises(KeyboardInterrupt):
        cut.run(PressAt())
    rest = training(config, tmp_path / "cut", resume=True)
    assert 0 < rest.at.step < 12
    rest.run()
    same(weights(rest), weights(whole))


def test_a_time_budget_ends_the_training(config, tmp_path):
    run = training(change_config(config, ["training.minutes=0.02", "training.epochs=100000"]), tmp_path)
    assert 1.2 <= run.run().at.seconds < 10
    assert run.rows


def test_a_loss_that_is_not_finite_is_told(config, tmp_path):
    run = training(config, tmp_path)
    with torch.no_grad():
        next(run.learner.network.parameters()).fill_(float("inf"))
    with pytest.raises(ConfigError, match=r"not finite at batch 0: lower training.learning_rate"):
        run.run()


def test_every_clip_is_shown_once_in_a_pass(config, tmp_path):
    run = training(config, tmp_path)
    shown = np.concatenate([run._drawn(step) for step in range(len(run.starts) // 2)])
    assert sorted(shown.tolist()) == list(range(len(run.starts)))


UNEXPORTED = """  # the command, without model.onnx, which takes long and is not looked at
from unusual.app.start import main
import unusual.run.export
unusual.run.export.export_or_say = lambda *of_a_training: (None, "")
raise SystemExit(main())
"""


def test_several_processes_learn_as_one_with_a_larger_batch(scene, tmp_path, unexported):
    words = ["train", str(scene), "--cache", str(tmp_path / "cache"), "--set", "training.epoch_batches=3"]
    plain = [word for change in TINY[:-4] for word in ("--set", change)]
    words += [*plain, "--set", "clips.crop=0", "--set", "training.precision=fp32", "--set", "training.held_out=0.4"]
    words += ["--set", "training.warm_start=none", "--set", "training.epochs=1", "--set", "training.warmup_batches=0"]
    words += ["--set", "training.learning_rate=0.01"]
    (tmp_path / "unexported.py").write_text(UNEXPORTED)
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    two = [*start, str(tmp_path / "unexported.py"), *words, "--out", str(tmp_path / "two"), "--set", "training.batch=1"]
    done = subprocess.run(two, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    typed(*words, "--out", tmp_path / "one", "--set", "training.batch=2")
    a, b = (read_tensors(tmp_path / name / "model.safetensors")[0] for name in ("one", "two"))
    fresh = learner_of(load_checkpoint(tmp_path / "one").config).learnt()
    names = [name for name in fresh if fresh[name].size > 1]
    apart = [np.abs(a[f"network.{name}"] - b[f"network.{name}"]).mean() for name in names]
    moved = [np.abs(a[f"network.{name}"] - fresh[name]).mean() for name in names]
    assert sum(apart) < 0.2 * sum(moved)  # they learnt the same, but for rounding that Adam magnifies


@pytest.mark.parametrize(("share", "step", "rate"), [(0.0, 0, 0.1), (0.0, 99, 1.0), (0.5, 500, 0.5), (1.0, 999, 0.0)])
def test_the_learning_rate_rises_and_falls(share, step, rate):
    settings = TrainingConfig(learning_rate=1.0, warmup_batches=10)
    assert learning_rate(settings, share, step) == pytest.approx(rate, abs=1e-9)
