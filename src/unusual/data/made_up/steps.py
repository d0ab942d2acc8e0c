"""How everybody in a made-up scene moves for a moment: making way, walking, standing, loitering, throwing."""

from collections.abc import Sequence

import numpy as np

from unusual.data.made_up.bodies import radians_per_metre
from unusual.data.made_up.movers import ACT_S, PACE, THROW_EVERY_S, TURN_EVERY_S, Bag, Flight, Kind, Mover

LOITERING = 0.5  # m/s


def make_way(movers: Sequence[Mover], lying: Sequence[Bag], path: float, dt: float) -> None:
    """Everybody drifts to the lane they like, and aside from who is close ahead. path: metres wide."""
    along = np.array([m.along for m in movers] + [bag.along for bag in lying])
    across = np.array([m.across for m in movers] + [bag.across for bag in lying])
    wide = np.array([0.95 if m.kind is Kind.CART else 0.5 for m in movers] + [0.3] * len(lying))
    fast = np.array([m.kind in PACE for m in movers] + [False] * len(lying))
    for i, mover in enumerate(movers):
        gap, aside = mover.way * (along - mover.along), mover.across - across
        close = (((gap > 0.05) & (gap < 1.8)) | (fast & (np.abs(gap) < 4))) & (np.abs(aside) < wide + wide[i])
        close[i] = False
        if mover.errand:
            close[len(movers) :] = False
        push = 0.0
        if close.any() and mover.kind is not Kind.CART:
            side = np.where(aside[close] == 0, 1.0, np.sign(aside[close]))
            push = float(np.clip(np.sum(side * (1 - np.abs(aside[close]) / (wide[close] + wide[i]))), -1, 1)) * 0.9
        want = push + 0.5 * np.clip(mover.lane - mover.across, -0.6, 0.6)
        if mover.kind is not Kind.OFF_PATH:
            room = path / 2 - 0.15
            want += 2 * (np.clip(mover.across, -room, room) - mover.across)
        if mover.speed < 0.2:
            want = 0.0  # who stands does not slide
        mover.drift += (float(want) - mover.drift) * min(dt / 0.5, 1.0)


def move(mover: Mover, dt: float) -> bool:
    """Go on by dt seconds; whether a ball is thrown meanwhile."""
    throws = False
    target = mover.pace
    if (mover.along - mover.pause_at) * mover.way > 0 and mover.pause_s > 0:
        mover.pause_s -= dt
        target = 0.0
    if mover.act_s is not None and mover.kind in ACT_S:
        acts, loiters = mover.act_s < ACT_S[mover.kind], mover.kind is Kind.LOITERS
        throws = mover.kind is Kind.THROWN and acts and _passes(mover.act_s, dt, THROW_EVERY_S, 0.4)
        if loiters and acts and _passes(mover.act_s, dt, TURN_EVERY_S, 0.0):
            mover.way = -mover.way
        steps = loiters and mover.act_s % TURN_EVERY_S < 1.6
        mover.act_s += dt
        target = mover.pace if mover.act_s >= ACT_S[mover.kind] else LOITERING if steps else 0.0
    if mover.errand:
        target = mover.errand.pace(mover, dt)
    ease = 0.25 if mover.kind is Kind.FALL else 0.4
    mover.speed += (target - mover.speed) * min(dt / ease, 1.0)
    mover.along += mover.way * mover.speed * dt
    mover.across += mover.drift * min(mover.speed / 0.5, 1.0) * dt
    mover.phase += radians_per_metre(mover.looks.height, mover.kind is Kind.RUNNER) * mover.speed * dt
    return throws


def throw(mover: Mover, rng: np.random.Generator, number: int) -> Flight:
    """A ball that leaves the hand."""
    start = np.array([mover.along + 0.4 * mover.way, mover.across, 1.7])
    speed = np.array([mover.way * rng.uniform(3.5, 5.5), rng.uniform(-0.3, 0.3), rng.uniform(3.0, 4.5)])
    return Flight(start, speed, mover.looks.backpack or (206.0, 120.0, 60.0), number)


def _passes(clock_s: float, dt: float, period_s: float, at_s: float) -> bool:
    """Whether a clock that goes from clock_s to clock_s + dt passes `at_s` of a period."""
    return (clock_s - at_s) // period_s != (clock_s + dt - at_s) // period_s
