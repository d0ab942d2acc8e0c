"""Who and what moves in a made-up scene: walkers and what can befall them, errands with a bag, thrown balls."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

import numpy as np

from unusual.data.made_up.bodies import Looks, bag, cart, cyclist, person
from unusual.data.made_up.figures import Body, Colour, Floats, Place
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
    LEFT = "left"
    TAKEN = "taken"
    LOITERS = "loiters"


PACE = {Kind.CYCLIST: (3.6, 5.2), Kind.CART: (2.2, 3.2), Kind.RUNNER: (3.1, 4.2)}  # metres a second
WALKING = (0.95, 1.6)
ACT_S = {Kind.THROWN: 4.6, Kind.FALL: 5.0, Kind.LOITERS: 14.0}  # how long what happens to a walker takes
PAUSE_S = (1.5, 5.0)  # ordinary walkers who stand for a while
THROW_EVERY_S = 1.2
TURN_EVERY_S = 3.5  # who loiters goes a few steps, stands, and comes back
STOOP_S, STOOP = 1.5, 0.5  # of who puts a bag down or picks it up; radians
AWAY_S = 5.0  # with it, or without it, before turning round
GRAVITY = 9.81


class Thing(NamedTuple):
    """What is to be drawn. kind: when it is unusual now. number: of the mover or the thing, the same in every frame.

    there: False for the place of a thing that was taken: it belongs to what is unusual, and nothing is drawn.
    """

    body: Body
    place: Place
    kind: Kind | None
    number: int
    there: bool = True


class Step(IntEnum):
    """How far an errand has come."""

    COMES = 0
    STOOPS = 1
    AWAY = 2
    BACK = 3
    STOOPS_AGAIN = 4
    DONE = 5


@dataclass(slots=True)
class Bag:
    """A bag or a suitcase. along, across: metres, where it stands or stood last. owner: who carries it, else None.

    number: its own; empty: the number of the place where it should stand.
    """

    along: float
    across: float
    colour: Colour
    number: int
    empty: int
    kind: Kind | None = None
    owner: "Mover | None" = None

    def things(self, walkway: Walkway) -> list[Thing]:
        """The bag on the ground or in a hand; where one was taken from, its place too."""
        body = bag(self.colour)
        standing = Place(*walkway.to_world(self.along, self.across), heading=walkway.heading)
        if self.owner is None:
            return [Thing(body, standing, Kind.LEFT if self.kind is Kind.LEFT else None, self.number)]
        x, y = walkway.to_world(self.owner.along, self.owner.across - 0.32 * self.owner.way)
        in_hand = Place(x, y, z=0.3, heading=walkway.heading)
        if self.kind is not Kind.TAKEN:
            return [Thing(body, in_hand, None, self.number)]
        return [
            Thing(body, in_hand, self.kind, self.number),
            Thing(body, standing, self.kind, self.empty, there=False),
        ]


@dataclass(slots=True)
class Errand:
    """Somebody puts a bag down, walks on, and comes back for it; or takes one that stands, and brings it back.

    spot: along, metres, where it stands.
    """

    kind: Kind
    bag: Bag
    spot: float
    step: Step = Step.COMES
    clock_s: float = 0.0

    def pace(self, mover: "Mover", dt: float) -> float:
        """Go on by dt seconds; the speed that its mover wants, m/s."""
        self.clock_s += dt
        if self.step in (Step.COMES, Step.BACK):
            if (self.spot - mover.along) * mover.way < 0.3:
                self._next()
        elif self.step in (Step.STOOPS, Step.STOOPS_AGAIN):
            if self.clock_s >= STOOP_S / 2 and (self.bag.owner is mover) == self.begins_in_hand:
                self._hand_over(mover)
            if self.clock_s >= STOOP_S:
                mover.way *= -1 if self.step is Step.STOOPS_AGAIN else 1
                self._next()
        elif self.step is Step.AWAY and self.clock_s >= AWAY_S:
            mover.way = -mover.way
            self._next()
        return 0.0 if self.step in (Step.STOOPS, Step.STOOPS_AGAIN) else mover.pace

    @property
    def begins_in_hand(self) -> bool:
        """Whether the bag is in a hand before this stoop and on the ground after it."""
        return (self.kind is Kind.LEFT) == (self.step is Step.STOOPS)

    @property
    def unusual(self) -> bool:
        """Whether the mover is to be labelled; who walks on without his bag is not."""
        if self.kind is Kind.TAKEN:
            return Step.STOOPS <= self.step <= Step.STOOPS_AGAIN
        return self.step in (Step.STOOPS, Step.BACK, Step.STOOPS_AGAIN)

    @property
    def bend(self) -> float:
        """Radians that its mover stoops."""
        if self.step not in (Step.STOOPS, Step.STOOPS_AGAIN):
            return 0.0
        return STOOP * float(np.sin(np.pi * min(self.clock_s / STOOP_S, 1.0)))

    def _next(self) -> None:
        self.step, self.clock_s = Step(self.step + 1), 0.0

    def _hand_over(self, mover: "Mover") -> None:
        """The bag goes from hand to ground or back; it is unusual until it is where it belongs."""
        self.bag.owner = None if self.bag.owner is mover else mover
        if self.kind is Kind.LEFT and self.step is Step.STOOPS:
            self.bag.along = mover.along + 0.25 * mover.way
        self.bag.kind = self.kind if self.step is Step.STOOPS else None


@dataclass(slots=True)
class Mover:
    """Someone or something under way. along, across: metres on the walkway; way: +1 or -1 along it; pace: m/s.

    lane: the across it keeps to when nobody is near. act_s: seconds since the act (fall, throw) began, None before it.
    number: its own.
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
    errand: Errand | None = None
    number: int = 0

    @property
    def unusual(self) -> bool:
        """Whether this mover is to be labelled now. Who loiters is, once nobody else would still stand there."""
        if self.errand:
            return self.errand.unusual
        if self.kind in ACT_S:
            first_s = PAUSE_S[1] if self.kind is Kind.LOITERS else 0.0
            return self.act_s is not None and first_s <= self.act_s < ACT_S[self.kind]
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
        if self.errand:
            return self.errand.bend
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
    number: int = 0

    def step(self, dt: float) -> None:
        """Fly, bounce, roll on."""
        self.velocity[2] -= GRAVITY * dt
        self.position += self.velocity * dt
        if self.position[2] <= 0 and self.velocity[2] < 0:
            self.position[2] = 0.0
            bounces = self.velocity[2] < -1.0
            self.velocity *= (0.85, 0.85, -0.5) if bounces else (1.0, 1.0, 0.0)
