"""STATE learns from a made-up scene: cubes in batches, both errors lower, what is ordinary measured."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from made_state import a_square_that_walks, config_of, learner_from, method_of, write_still

from unusual.data.datasets import open_dataset
from unusual.errors import DataError
from unusual.methods.footage import Footage
from unusual.methods.state.learner import spread
from unusual.run.fit import CacheLimits, fit
from unusual.video.writer import write_video

pytestmark = pytest.mark.usefixtures("unexported")


@pytest.mark.parametrize("seed", range(3))
def test_a_still_video_among_others_costs_nothing(scene, tmp_path, seed):
    others = [video.source for video in open_dataset(scene).train]
    videos = [
        others[0],
        write_still(tmp_path / "a.mp4"),
        write_still(tmp_path / "b.mp4"),
        write_still(tmp_path / "c.mp4"),
    ]
    config = config_of(
        "training.epochs=1", "training.epoch_batches=1", f"training.seed={seed}", "training.held_out=0.5"
    )
    try:
        assert fit(videos, config, tmp_path / "m", CacheLimits(tmp_path / "cache"), data="made-up").checks
    except DataError as error:  # all that moves is on one side
        assert "in 7 frames" in str(error)


def test_a_training_video_shorter_than_a_cube_is_noted_and_costs_nothing(scene, tmp_path):
    with write_video(tmp_path / "short.mp4", 96, 64, Fraction(10)) as sink:
        for n, rgb in a_square_that_walks(6, height=64):
            sink.add(rgb, n)
    videos = [tmp_path / "short.mp4", *(video.source for video in open_dataset(scene).train)]
    learnt = fit(videos, config_of("training.epochs=1"), tmp_path / "m", CacheLimits(tmp_path / "c"), data="made-up")
    assert learnt.problems == ("short.mp4: nothing is learnt from its 6 frames, a unit needs 7",)


def test_a_batch_holds_colours_and_flow_of_the_rows_asked_for():
    chance = np.random.default_rng(0)
    rgb = chance.integers(0, 255, (5, 7, 16, 16, 3), np.uint8)
    flow = chance.normal(size=(5, 7, 16, 16, 2)).astype(np.float16)
    footage = [Footage("a", 9, np.arange(5), rgb, flow), Footage("b", 9, np.arange(5), rgb[::-1], flow[::-1])]
    batch = method_of("score.memory=0").batch(footage, np.array([[1, 0], [0, 2]]), chance)
    assert batch.shape == (2, 7, 5, 16, 16)
    np.testing.assert_allclose(batch[0, :, :3].movedim(1, -1), rgb[4] / 255, rtol=1e-6)
    np.testing.assert_allclose(batch[1, :, 3:].movedim(1, -1), flow[2])


def followed(frames, tracks):
    """Footage in which a cube's grey says its row."""
    rgb = np.broadcast_to(
        np.arange(len(frames), dtype=np.uint8)[:, None, None, None, None], (len(frames), 7, 16, 16, 3)
    )
    flow, boxes = np.zeros((len(frames), 7, 16, 16, 2), np.float16), np.zeros((len(frames), 4), np.float32)
    return Footage("a", 100, np.array(frames), rgb, flow, boxes, np.array(tracks))


def test_who_stands_for_long_is_drawn_once_a_second_and_any_of_its_cubes_may_be():
    frames = [n for n in range(30) for _ in (0, 1)][:50] + list(range(25, 30))
    tracks = [0, 1] * 25 + [0] * 5  # one stands for 30 frames, the other is gone after 25
    method, footage = method_of("score.memory=10"), followed(frames, tracks)
    starts = method.starts([footage])
    assert starts[:, 1].tolist() == [0, 1, 20, 21, 40, 41]
    drawn = {
        int(method.batch([footage], starts[2:3], np.random.default_rng(seed))[0, 0, 0, 0, 0] * 255 + 0.5)
        for seed in range(60)
    }
    assert drawn == set(range(20, 40, 2))
    assert method_of("score.memory=0").starts([footage])[:, 1].tolist() == list(range(55))


def test_what_is_usual_is_measured_on_stretches_as_long_as_a_memory():
    frames = list(range(23))
    assert spread(frames, 1, 4) == [0, 4, 8, 12, 16, 20]
    assert spread(frames, 5, 2) == [*range(5), *range(10, 15)]
    assert spread(frames[:3], 5, 2) == [0, 1, 2] and spread([], 5, 2) == []


def test_learning_lowers_both_errors_and_measures_what_is_ordinary(checkpoint, scene, tmp_path):
    learner = learner_from(checkpoint, config_of())
    footage, _ = learner.footage(open_dataset(scene).train[0].source, tmp_path, 10**9)
    untrained, trained = method_of().check([footage]), learner.check([footage])
    assert [check.name for check in trained] == ["pixels, dB", "motion, dB"]
    for before, after in zip(untrained, trained, strict=True):
        assert after.value > before.value
        assert after.floors == before.floors
    assert checkpoint.learnt["ordinary"].shape == (16, 24, 4) and checkpoint.learnt["ordinary"].min() > 0
    scores = [unit.error for unit in checkpoint.scorer.judge_footage(footage)]
    assert np.median(scores) == pytest.approx(float(checkpoint.learnt["calm"]), abs=1.0)


def test_what_is_ordinary_is_measured_without_perturbation_and_calm_with(checkpoint, prepared, scene):
    changes = ("perturbation.eta=0.01", "training.precision=fp32", "score.memory=0", "score.usual=everywhere")
    method = method_of(*changes)
    method.begin({**checkpoint.learnt, "ordinary": np.ones(4)}, Path("here"))
    footage, _ = method.footage(open_dataset(scene).train[0].source, prepared, 10**9)
    method.settle([footage])
    real = method.batch([footage], method.starts([footage]), np.random.default_rng(0))
    with torch.inference_mode():
        pixels, motion = method.network.eval()(real[:, :, :3])
    raw = (pixels - real[:, :, :3]).square().sum((1, 2, 3, 4)).double()
    moved = (motion - real[:, :, 3:]).square().sum((1, 2, 3, 4)).double()
    expected = [raw.mean(), raw.std(correction=0), moved.mean(), moved.std(correction=0)]
    np.testing.assert_allclose(method.network.ordinary, expected, rtol=1e-3)
    scores = [unit.error for unit in method.scorer().judge_footage(footage)]
    assert np.median(scores) == pytest.approx(float(method.network.calm), abs=1e-3)
