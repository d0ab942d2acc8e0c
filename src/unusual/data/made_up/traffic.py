"""Who moves through a made-up scene, and how: walkers who make way for each other, and the unusual events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import numpy as np

from unusual.data.made_up.bodies import Looks, ball, cart, cyclist, person, radians_per_metre, random_looks
from unusual.data.made_up.figures import Body, Camera, Colour, Floats, Place
from unusual.data.made_up.scenery import Walkway


class Kind(StrEnum):
    """What can happen that does not happen in ordinary footage of the scene."""

    CYCLIST = "cyclist"
    CART = "cart"
    RUNNER = "runner"
    WRONG_WAY = "wrong_way"
    OFF_PATH = "off_path"
    THROWN = "thrown"
    FALL = "fall"


PACE = {Kind.CYCLIST: (3.6, 5.2), Kind.CART: (2.2, 3.2), Kind.RUNNER: (3.1, 4.2)}  # metres a second
WALKING = (0.95, 1.6)
ACT_S = {Kind.THROWN: 4.6, Kind.FALL: 5.0}  # how long what happens to a walker takes
THROW_EVERY_S = 1.2
GRAVITY = 9.81


@dataclass(slots=True)
class Mover:
    """Someone or something under way. along, across: metres on the walkway; way: +1 or -1 along it; pace: m/s.

    lane: the across it keeps to when nobody is near. act_s: seconds since the act (fall, throw) began, None before it.
    """

    looks: Looks
    along: float
    across: float
    way: int
    pace: float
    kind: Kind | None = None
    lane: float = 0.0
    speed: float = 0.0
    drift: float = 0.0
    phase: float = 0.0
    pause_at: float = np.inf
    pause_s: float = 0.0
    act_s: float | None = None

    @property
    def unusual(self) -> bool:
        """Whether this mover is to be labelled now."""
        if self.kind in ACT_S:
            return self.act_s is not None and self.act_s < ACT_S[self.kind]
        return self.kind is not None

    def body(self) -> Body:
        """The body in its present pose."""
        if self.kind is Kind.CYCLIST:
            return cyclist(self.looks, self.phase)
        if self.kind is Kind.CART:
            return cart(self.looks)
        arms = 0.0
        if self.kind is Kind.THROWN and self.unusual and self.act_s is not None:
            arms = max(0.0, np.sin(np.pi * min((self.act_s % THROW_EVERY_S) / 0.7, 1.0)))
        swing = min(self.speed / max(self.pace, 0.1), 1.2)
        return person(self.looks, self.phase, swing, running=self.kind is Kind.RUNNER, arms_up=arms)

    def place(self, walkway: Walkway) -> Place:
        """Where the body stands in the world, and which way it faces."""
        x, y = walkway.to_world(self.along, self.across)
        turn = walkway.heading + np.arctan2(self.drift, self.way * max(self.speed, 0.4))
        return Place(x, y, heading=float(turn), pitch=self._pitch())

    def _pitch(self) -> float:
        """A fall tips the body over within a second; it lies, then rises."""
        if self.kind is not Kind.FALL or self.act_s is None:
            return 0.0
        down = float(np.clip(self.act_s / 0.7, 0, 1)) ** 2
        up = float(np.clip((self.act_s - 3.4) / 1.6, 0, 1))
        return 1.5 * down * (1 - up * up * (3 - 2 * up))


@dataclass(slots=True)
class Flight:
    """A thrown ball: position along, across and up in metres, velocity in m/s."""

    position: Floats
    velocity: Floats
    colour: Colour

    def step(self, dt: float) -> None:
        """Fly, bounce, roll on."""
        self.velocity[2] -= GRAVITY * dt
        self.position += self.velocity * dt
        if self.position[2] <= 0 and self.velocity[2] < 0:
            self.position[2] = 0.0
            bounces = self.velocity[2] < -1.0
            self.velocity *= (0.85, 0.85, -0.5) if bounces else (1.0, 1.0, 0.0)


def reach_of(camera: Camera, walkway: Walkway, across: float, margin: float = 0.0) -> tuple[float, float]:
    """The stretch of the walkway at `across` metres that the camera sees, in metres along, widened by a margin."""
    low, high = _reach(camera, walkway, round(across * 4) / 4)
    return low - margin, high + margin


@lru_cache(maxsize=512)
def _reach(camera: Camera, walkway: Walkway, across: float) -> tuple[float, float]:
    along = np.linspace(-90, 90, 721)
    c, s = np.cos(walkway.heading), np.sin(walkway.heading)
    x, y = along * c - across * s, along * s + across * c
    seen = np.zeros(along.size, bool)
    for z in (0.0, 1.7):
        uv, depth = camera.project(np.stack([x, y, np.full_like(x, z)], axis=-1))
        u, v = uv.T
        edge = 0.3 * camera.focal / depth  # half the width of a person
        seen |= (u > -edge) & (u < camera.width + edge) & (v > 0) & (v < camera.height) & (depth > 0.8)
    where = np.flatnonzero(seen)
    if where.size == 0:
        return -1.0, 1.0
    return float(along[where[0]]), float(along[where[-1]])


@dataclass(slots=True)
class Traffic:
    """All movers of a scene. walkers: how many are in view on average. pace: factor on walking speeds."""

    camera: Camera
    walkway: Walkway
    rng: np.random.Generator
    walkers: float
    two_way: bool
    pace: float = 1.0
    movers: list[Mover] = field(default_factory=list)
    flights: list[Flight] = field(default_factory=list)
    waiting: list[Kind] = field(default_factory=list)

    def __post_init__(self) -> None:
        for _ in range(self.rng.poisson(self.walkers)):
            walker = self._walker()
            low, high = reach_of(self.camera, self.walkway, walker.lane)
            walker.along = float(self.rng.uniform(low, high))
            walker.speed = walker.pace
            self.movers.append(walker)

    def step(self, dt: float) -> None:
        """Let everybody move for dt seconds; who has left goes, who arrives comes."""
        self._arrivals(dt)
        self._events()
        self._make_way(dt)
        for mover in self.movers:
            self._move(mover, dt)
        for flight in self.flights:
            flight.step(dt)
        self.flights = [f for f in self.flights if not self._is_past(f.position[0], f.position[1], f.velocity[0])]
        self.movers = [m for m in self.movers if not self._is_past(m.along, m.across, m.way)]

    def things(self) -> Iterator[tuple[Body, Place, Kind | None]]:
        """Bodies to draw, each with its kind when it is unusual now."""
        for mover in self.movers:
            yield mover.body(), mover.place(self.walkway), mover.kind if mover.unusual else None
        for flight in self.flights:
            x, y = self.walkway.to_world(flight.position[0], flight.position[1])
            yield ball(flight.colour), Place(x, y, z=float(flight.position[2])), Kind.THROWN

    def _lane(self, way: int) -> float:
        room = max(self.walkway.width / 2 - 0.35, 0.1)
        return float(way * self.rng.uniform(-room, -0.2)) if self.two_way else float(self.rng.uniform(-room, room))

    def _walker(self, way: int | None = None) -> Mover:
        """An ordinary walker about to come into view."""
        way = way or (int(self.rng.choice([-1, 1])) if self.two_way else 1)
        looks = random_looks(self.rng)
        lane = self._lane(way)
        low, high = reach_of(self.camera, self.walkway, lane, margin=0.5)
        pace = float(self.rng.uniform(*WALKING)) * self.pace
        walker = Mover(looks, low if way > 0 else high, lane, way, pace, lane=lane, speed=pace)
        walker.phase = float(self.rng.uniform(0, 2 * np.pi))
        if self.rng.random() < 0.2:
            walker.pause_at = float(self.rng.uniform(low, high))
            walker.pause_s = float(self.rng.uniform(1.5, 5.0))
        return walker

    def _arrivals(self, dt: float) -> None:
        low, high = reach_of(self.camera, self.walkway, 0.0)
        crossing_s = (high - low) / (np.mean(WALKING) * self.pace)
        if self.rng.random() < self.walkers / crossing_s * dt / 1.25:
            walker = self._walker()
            self.movers.append(walker)
            if self.rng.random() < 0.25:  # a friend beside
                aside = 0.65 if walker.lane < 0 else -0.65
                friend = Mover(random_looks(self.rng), walker.along - 0.1, walker.lane + aside, walker.way, walker.pace)
                friend.lane, friend.speed, friend.phase = friend.across, walker.pace, walker.phase + 1.0
                friend.pause_at, friend.pause_s = walker.pause_at, walker.pause_s
                if not self.two_way or friend.lane * walker.lane > 0:
                    self.movers.append(friend)

    def _events(self) -> None:
        """Begin what waits: a newcomer enters at the edge; a fall or a throw befalls a walker in the middle."""
        for kind in list(self.waiting):
            if kind not in ACT_S:
                self.movers.append(self._newcomer(kind))
                self.waiting.remove(kind)
                continue
            low, high = reach_of(self.camera, self.walkway, 0.0)
            middle, span = (low + high) / 2, (high - low) / 5
            ordinary = [m for m in self.movers if m.kind is None]
            near = [m for m in ordinary if abs(m.along - middle) < span]
            if not ordinary:
                self.movers.append(self._walker())
            if near:
                one = min(near, key=lambda m: abs(m.along - middle))
                one.kind, one.act_s, one.pause_s = kind, 0.0, 0.0
                self.waiting.remove(kind)

    def _newcomer(self, kind: Kind) -> Mover:
        mover = self._walker()
        mover.kind, mover.pause_s = kind, 0.0  # the walker it was made of may have had a pause in mind
        if kind in PACE:
            mover.pace = float(self.rng.uniform(*PACE[kind]))
        elif kind is Kind.WRONG_WAY:
            mover.way = -mover.way
            mover.pace = float(self.rng.uniform(1.3, 1.8)) * self.pace
        elif kind is Kind.OFF_PATH:
            mover.lane = float(self.rng.choice([-1, 1])) * (self.walkway.width / 2 + float(self.rng.uniform(0.5, 0.9)))
        mover.across, mover.speed = mover.lane, mover.pace
        low, high = reach_of(self.camera, self.walkway, mover.lane, margin=1.0 if kind in PACE else 0.3)
        mover.along = low if mover.way > 0 else high
        return mover

    def _make_way(self, dt: float) -> None:
        """Everybody drifts to the lane they like and aside from who is close ahead."""
        along = np.array([m.along for m in self.movers])
        across = np.array([m.across for m in self.movers])
        wide = np.array([0.95 if m.kind is Kind.CART else 0.5 for m in self.movers])
        fast = np.array([m.kind in PACE for m in self.movers])
        for i, mover in enumerate(self.movers):
            gap, aside = mover.way * (along - mover.along), mover.across - across
            close = (((gap > 0.05) & (gap < 1.8)) | (fast & (np.abs(gap) < 4))) & (np.abs(aside) < wide + wide[i])
            close[i] = False
            push = 0.0
            if close.any() and mover.kind is not Kind.CART:
                side = np.where(aside[close] == 0, 1.0, np.sign(aside[close]))
                push = float(np.clip(np.sum(side * (1 - np.abs(aside[close]) / (wide[close] + wide[i]))), -1, 1)) * 0.9
            want = push + 0.5 * np.clip(mover.lane - mover.across, -0.6, 0.6)
            if mover.kind is not Kind.OFF_PATH:
                room = self.walkway.width / 2 - 0.15
                want += 2 * (np.clip(mover.across, -room, room) - mover.across)
            if mover.speed < 0.2:
                want = 0.0  # who stands does not slide
            mover.drift += (float(want) - mover.drift) * min(dt / 0.5, 1.0)

    def _move(self, mover: Mover, dt: float) -> None:
        target = mover.pace
        if (mover.along - mover.pause_at) * mover.way > 0 and mover.pause_s > 0:
            mover.pause_s -= dt
            target = 0.0
        if mover.act_s is not None and mover.kind in ACT_S:
            if mover.kind is Kind.THROWN and mover.unusual and _passes(mover.act_s, dt, THROW_EVERY_S, 0.4):
                self.flights.append(self._throw(mover))
            mover.act_s += dt
            target = 0.0 if mover.act_s < ACT_S[mover.kind] else mover.pace
        ease = 0.25 if mover.kind is Kind.FALL else 0.4
        mover.speed += (target - mover.speed) * min(dt / ease, 1.0)
        mover.along += mover.way * mover.speed * dt
        mover.across += mover.drift * min(mover.speed / 0.5, 1.0) * dt
        mover.phase += radians_per_metre(mover.looks.height, mover.kind is Kind.RUNNER) * mover.speed * dt

    def _throw(self, mover: Mover) -> Flight:
        start = np.array([mover.along + 0.4 * mover.way, mover.across, 1.7])
        speed = np.array(
            [mover.way * self.rng.uniform(3.5, 5.5), self.rng.uniform(-0.3, 0.3), self.rng.uniform(3.0, 4.5)]
        )
        return Flight(start, speed, mover.looks.backpack or (206.0, 120.0, 60.0))

    def _is_past(self, along: float, across: float, way: float) -> bool:
        low, high = reach_of(self.camera, self.walkway, across, margin=1.5)
        return along > high if way > 0 else along < low


def _passes(clock_s: float, dt: float, period_s: float, at_s: float) -> bool:
    """Whether a clock that goes from clock_s to clock_s + dt passes `at_s` of a period."""
    return (clock_s - at_s) // period_s != (clock_s + dt - at_s) // period_s
