"""The smallest network that has every part, and trainings of it that never end, for a test to kill."""

import os
import signal
import sys
from pathlib import Path

import numpy as np

from unusual.methods import make_learner
from unusual.methods.footage import Footage
from unusual.run import train
from unusual.run.config import make_config

TINY = [
    "clips.height=48",
    "network.channels=8",
    "network.depth=1",
    "network.heads=[1, 1, 1, 1]",
    "training.epochs=2",
    "training.epoch_batches=6",
    "training.batch=2",
    "clips.crop=32",
    "training.held_out=0.4",
    "training.warm_start=none",
]

TINY_STATE = [
    "objects.smallest_side=4",
    "cubes.patch=16",
    "cubes.step=1",
    "cubes.train_step=2",
    "score.memory=10",
    "flow.preset=ultrafast",
    "network.widths=[4, 8, 8]",
    "network.layers=1",
    "network.heads=2",
    "training.epochs=2",
    "training.epoch_batches=15",
    "training.batch=16",
    "training.held_out=0.4",
    "training.precision=fp32",  # the same numbers on every processor
]

EVENTFUL = ("--enter", "0.5", "--leave", "0.2")  # thresholds that what knows little reaches


def footage(videos=2, frames=40, height=48, width=64):
    """A texture that slides by two pixels a frame."""
    chance = np.random.default_rng(0)
    still = chance.integers(60, 200, (height, width, 1), np.uint8)
    return [
        Footage.of_frames(f"v{n}", np.stack([np.roll(still, 2 * t, 1) for t in range(frames)])) for n in range(videos)
    ]


def learner_of(config):
    """A method that has learnt nothing yet."""
    return make_learner(config.method, config.settings, "cpu")


def training(config, folder, **changes):
    """A training of the tiny network on that footage."""
    return train.Training(learner_of(config), config, footage(), footage(1), folder, **changes)


if __name__ == "__main__":  # a training into each folder, one after the other: what has been loaded serves them all
    train.SAVE_EVERY_S = -1.0  # after every batch
    for folder in sys.argv[1:]:
        if not (child := os.fork()):
            training(make_config(changes=[*TINY, "clips.width=64", "training.epochs=100000"]), Path(folder)).run()
        os.write(1, b"%d\n" % child)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
            break
