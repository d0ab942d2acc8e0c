"""A method without a network, for tests of what is around it: a frame is as unusual as it is bright."""

from collections import deque

import numpy as np

from unusual.domain import Explanation, FrameErrors, Provenance
from unusual.errors import VideoError
from unusual.methods.scorer import Reach
from unusual.run.checkpoint import Checkpoint
from unusual.scores.calibrate import LiveScale


class Brightness:
    """Units of `span` frames every `step` frames, as bright as their last frame; a map of `places`."""

    stretched, at_once = False, 1

    def __init__(self, span=1, step=1, places=(3, 4)):
        self.span, self.step, self.places = span, step, places

    @property
    def reach(self):
        return Reach(self.step, self.span, self.span)

    def picture(self, rgb):
        return rgb

    def judge(self, name, pictures, kept=None):
        held = deque(maxlen=self.span)
        for count, (time_s, picture) in enumerate(pictures, 1):
            held.append(time_s)
            if count >= self.span and (count - self.span) % self.step == 0:
                error = float(picture[0, 0, 0])
                indices = np.arange(count - self.span, count)
                yield FrameErrors(indices, np.array(held), error, np.full(self.places, error, np.float32))
        if len(held) < self.span:
            raise VideoError(f"{name}: too short")

    def shown(self, unit, frames):
        return int(unit.indices[0]), int(unit.indices[-1])

    def explain(self, unit, pictures, first):
        return Explanation(len(pictures) - 1, pictures[-1], np.ones(pictures.shape[1:3], np.float32))


def checkpoint(method=None, memory=1):
    """On a live scale on which a brightness is its own score."""
    method = method or Brightness()
    scale = LiveScale(np.zeros(method.places, "f4"), np.ones(method.places, "f4"), 0.0, 1.0, memory)
    made = Provenance("brightness", "", "", 0, 0, 0, 0, 0.0, "", "", "", (), ())
    return Checkpoint(scorer=method, config=None, scale=scale, provenance=made, learnt={})


def frame(value, height=8, width=12):
    return np.full((height, width, 3), value, np.uint8)
