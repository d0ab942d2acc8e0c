"""Who walks through a made-up scene when: walkers who make way for each other, and the events that begin among them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from unusual.data.made_up.bodies import ball, random_looks
from unusual.data.made_up.figures import Camera, Place
from unusual.data.made_up.movers import (
    ACT_S,
    PACE,
    PAUSE_S,
    WALKING,
    Bag,
    Errand,
    Flight,
    Kind,
    Mover,
    Step,
    Thing,
)
from unusual.data.made_up.scenery import Walkway
from unusual.data.made_up.steps import make_way, move, throw


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
    """All movers of a scene. walkers: how many are in view on average. pace: factor on walking speeds.

    standing: a suitcase that belongs to the place, None where there is none.
    """

    camera: Camera
    walkway: Walkway
    rng: np.random.Generator
    walkers: float
    two_way: bool
    pace: float = 1.0
    movers: list[Mover] = field(default_factory=list)
    flights: list[Flight] = field(default_factory=list)
    waiting: list[Kind] = field(default_factory=list)
    standing: Bag | None = None
    bags: list[Bag] = field(default_factory=list)
    numbers: int = 0

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
        make_way(self.movers, [bag for bag in self.bags if bag.owner is None], self.walkway.width, dt)
        for mover in self.movers:
            if move(mover, dt):
                self.flights.append(throw(mover, self.rng, self._number()))
        for flight in self.flights:
            flight.step(dt)
        self.flights = [f for f in self.flights if not self._is_past(f.position[0], f.position[1], f.velocity[0])]
        self.movers = [m for m in self.movers if _is_busy(m) or not self._is_past(m.along, m.across, m.way)]
        self.bags = [b for b in self.bags if b.owner is None or b.owner in self.movers]

    def things(self) -> Iterator[Thing]:
        """What is to be drawn, each with its kind when it is unusual now."""
        for mover in self.movers:
            yield Thing(mover.body(), mover.place(self.walkway), mover.kind if mover.unusual else None, mover.number)
        for flight in self.flights:
            x, y = self.walkway.to_world(flight.position[0], flight.position[1])
            place = Place(x, y, z=float(flight.position[2]))
            yield Thing(ball(flight.colour), place, Kind.THROWN, flight.number)
        for bag in self._all_bags():
            yield from bag.things(self.walkway)

    def place_suitcase(self, rng: np.random.Generator) -> None:
        """A suitcase stands beside the path, in the middle of the view, from now on: it may be taken."""
        across = float(rng.choice([-1, 1])) * (self.walkway.width / 2 + 0.25)
        colour = (float(rng.uniform(20, 190)), float(rng.uniform(20, 90)), float(rng.uniform(20, 160)))
        self.standing = Bag(float(rng.uniform(-1, 1)), across, colour, self._number(), self._number())

    def _all_bags(self) -> list[Bag]:
        return [self.standing, *self.bags] if self.standing else self.bags

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers

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
        walker = Mover(looks, low if way > 0 else high, lane, way, pace, lane=lane, speed=pace, number=self._number())
        walker.phase = float(self.rng.uniform(0, 2 * np.pi))
        if self.rng.random() < 0.2:
            walker.pause_at = float(self.rng.uniform(low, high))
            walker.pause_s = float(self.rng.uniform(*PAUSE_S))
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
                friend.number = self._number()
                if not self.two_way or friend.lane * walker.lane > 0:
                    self.movers.append(friend)

    def _events(self) -> None:
        """Begin what waits: a newcomer enters at the edge; a fall or a throw befalls a walker in the middle."""
        for kind in list(self.waiting):
            if kind is Kind.TAKEN and (self.standing is None or self.standing.owner or self.standing.kind):
                continue
            if kind in (Kind.LEFT, Kind.TAKEN):
                self.movers.append(self._on_an_errand(kind))
                self.waiting.remove(kind)
                continue
            if kind not in ACT_S:
                self.movers.append(self.newcomer(kind))
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

    def newcomer(self, kind: Kind) -> Mover:
        """Somebody of this kind, about to come into view."""
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

    def _on_an_errand(self, kind: Kind) -> Mover:
        """Somebody who enters at the nearer end of the path, with a bag to leave or with empty hands to take one."""
        reach = reach_of(self.camera, self.walkway, 0.0)
        ends = [self.camera.project(np.array([*self.walkway.to_world(end, 0.0), 0.0]))[1] for end in reach]
        mover = self._walker(1 if ends[0] <= ends[1] or not self.two_way else -1)
        mover.kind, mover.pause_s = kind, 0.0
        mover.looks = replace(mover.looks, handbag=None)
        if kind is Kind.TAKEN and self.standing:
            room = self.walkway.width / 2 - 0.3
            mover.lane = float(np.clip(self.standing.across, -room, room))
            mover.errand = Errand(kind, self.standing, self.standing.along)
            return mover
        mover.lane = mover.across  # the bag will stand where it is put down
        self.bags.append(
            Bag(0.0, mover.across - 0.3 * mover.way, mover.looks.top, self._number(), self._number(), owner=mover)
        )
        mover.errand = Errand(kind, self.bags[-1], float(self.rng.uniform(-1, 1)))
        return mover

    def _is_past(self, along: float, across: float, way: float) -> bool:
        low, high = reach_of(self.camera, self.walkway, across, margin=1.5)
        return along > high if way > 0 else along < low


def _is_busy(mover: Mover) -> bool:
    """Whether it will come back into view."""
    return mover.errand is not None and mover.errand.step is not Step.DONE
