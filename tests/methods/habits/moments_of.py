"""Moments of walkers that are made up: who walks where, how fast, which way."""

import numpy as np

from unusual.methods.habits.habits import Stretch
from unusual.methods.habits.moments import MOMENT

SHAPE = (240, 360)


def moments(n=1, **fields):
    """n moments of somebody who walks to the right in the middle of the picture, with other fields as given."""
    made = np.zeros(n, MOMENT)
    made["box"], made["speed"], made["way"], made["legs"] = (170, 100, 190, 140), 1.5, (1.4, 0), 0.8
    made["walks"] = True
    for name, value in fields.items():
        made[name] = value
    return made


def at(x, y, height=40.0):
    """A box whose feet are at x, y."""
    return np.stack(np.broadcast_arrays(x - height / 4, y - height, x + height / 4, y), -1)


def walkers(frames=600, seed=0, speed=1.5, people=3):
    """A stretch in which people cross the picture one after the other, far ones half as large and fast as near ones."""
    chance = np.random.default_rng(seed)
    frame, rows, number = [], [], 0
    for lane in range(people):
        y = 80 + 60 * lane
        near, t = 0.5 + lane / 4, 0
        while t < frames:
            own = speed * near * chance.uniform(0.8, 1.25)
            steps = min(int(340 / own), frames - t)
            walk = moments(steps, number=number, speed=own * chance.uniform(0.9, 1.1, steps), way=(own, 0))
            walk["box"] = at(10 + own * np.arange(steps), y, 40 * near)
            walk["legs"] = 0.5 * own
            walk["stay"] = np.minimum(np.arange(steps), 10)
            frame.append(np.arange(t, t + steps))
            rows.append(walk)
            t, number = t + steps + 5, number + 1
    order = np.argsort(np.concatenate(frame), kind="stable")
    return Stretch(frames, np.concatenate(frame)[order], np.concatenate(rows)[order])
