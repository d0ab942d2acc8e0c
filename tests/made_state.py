"""A STATE of tiny sizes, learnt from the made-up scene for a moment, and what its tests look at."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from tiny import TINY_STATE, learner_of

from unusual.run.checkpoint import scorer_of
from unusual.run.config import make_config
from unusual.video.reader import open_video
from unusual.video.writer import write_video


def config_of(*changes):
    return make_config("state", changes=[*TINY_STATE, *changes])


def method_of(*changes):
    return learner_of(config_of(*changes))


def changed(checkpoint, **settings):
    """The scorer of these weights under other settings, which training would not know."""
    config = replace(checkpoint.config, settings=replace(checkpoint.config.settings, **settings))
    return scorer_of(config, checkpoint.learnt, Path("here"))


def learner_from(checkpoint, config):
    learner = learner_of(config)
    learner.begin(checkpoint.learnt, Path("here"))
    return learner


def pictures_of(path):
    with open_video(path) as video:
        return [(frame.time_s, frame.rgb) for frame in video]


def a_square_that_walks(frames, across=2, size=12, height=48, width=96):
    for n in range(frames):
        rgb = np.full((height, width, 3), 120, np.uint8)
        left = 10 + across * n
        rgb[20 : 20 + size, left : left + size] = (200, 40, 40)
        yield n / 10, rgb


def write_still(path):
    with write_video(path, 96, 64, Fraction(10)) as sink:
        for n in range(12):
            sink.add(np.full((64, 96, 3), 90, np.uint8), n / 10)
    return path
