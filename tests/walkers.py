"""An ordinary clip of a camera that stands still, all of whose people are known."""

import cv2
import numpy as np

from unusual.data.datasets import DatasetVideo
from unusual.measure.truth_tracks import Tracks

FRAMES, HEIGHT, WIDTH = 60, 80, 160


def walkers():
    """Frames (T, H, W, 3) of two slabs that walk to the right, 30 rows apart, before a rough ground; their tracks."""
    rng = np.random.default_rng(0)
    ground = 120 + 12 * rng.normal(size=(HEIGHT, WIDTH, 1))
    frames = ground + rng.normal(0, 1, (FRAMES, HEIGHT, WIDTH, 1)).repeat(3, -1)
    rows = [(at, who, x + 2 * at, y) for at in range(FRAMES) for who, (x, y) in enumerate(((8, 10), (20, 40)))]
    for at, who, left, top in rows:
        frames[at, top : top + 16, left : left + 8] = (30, 220)[who]
    boxes = np.array([(left, top, left + 8, top + 16) for _, _, left, top in rows], float)
    tracks = Tracks(np.array([row[0] for row in rows]), boxes, np.array([row[1] for row in rows]))
    return np.clip(frames, 0, 255).round().astype(np.uint8), tracks


def filmed(folder, name="a"):
    """The clip as a folder of pictures."""
    (folder / name).mkdir(parents=True)
    for at, frame in enumerate(walkers()[0]):
        cv2.imwrite(str(folder / name / f"{at:03}.png"), frame)
    return DatasetVideo(name, folder / name)
