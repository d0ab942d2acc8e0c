"""A camera that sees colours by day and infrared by night: films of it, and what was learnt from one, made once."""

from functools import cache

import cv2
import numpy as np
from made_camera import NAME, ordinary, pictures, write
from once import once, place
from typed import typed

from unusual.store.home import Home
from unusual.video.condition.light import Light
from unusual.video.reader import open_video

DAY, NIGHT = Light.COLOUR, Light.INFRARED


def seen_in(light, rgb):
    """(N, H, W, 3): by night without colours, with less contrast, and leaves are brighter than the path."""
    if light is DAY:
        return rgb
    grey = np.stack([cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in rgb]).astype(float)
    grey = 60 + 0.5 * grey + 0.3 * (rgb[..., 1].astype(float) - rgb[..., 0])
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=3)


def film(path, *lights, of=None):
    """A video that shows the same, the cart if nothing else is given, in one light after the other."""
    rgb = pictures() if of is None else of
    return write(path, np.concatenate([seen_in(light, rgb) for light in lights]))


@cache
def day_and_night():
    """A video of four minutes of each: it becomes night in the middle of the film."""

    def make(path):
        with open_video(ordinary()) as video:
            film(path, DAY, NIGHT, of=np.stack([frame.rgb for frame in video]))

    return once("lights.mp4", make)


@cache
def learnt_in_both():
    """A home folder with a camera that was learnt from that film, as the command makes it."""

    def learn(home):
        words = ["learn", day_and_night(), "--as", NAME, "--home", home, "--odd", "ordinary"]
        said = typed(*words, "--method", "frame-difference", "--cache", place() / "cache")
        (home.parent / "said-lights.txt").write_text(said)

    home = once("home-lights", learn)
    return Home(home), (home.parent / "said-lights.txt").read_text()
