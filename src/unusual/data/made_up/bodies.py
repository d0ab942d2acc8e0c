"""The bodies of a made-up scene and how they move: gait of walkers and runners, bicycles, carts, street furniture."""

from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, pi, sin

import numpy as np

from unusual.data.made_up.figures import Body, Colour, Limb, Panel

SKIN: tuple[Colour, ...] = ((236, 198, 170), (214, 168, 134), (176, 126, 92), (124, 84, 60), (82, 56, 42))
HAIR: tuple[Colour, ...] = ((30, 26, 24), (60, 42, 30), (104, 74, 46), (176, 146, 96), (150, 150, 150))
TOPS: tuple[Colour, ...] = (
    (228, 226, 220), (40, 42, 48), (58, 78, 118), (134, 42, 44), (96, 112, 84), (176, 150, 110),
    (120, 124, 130), (70, 96, 104), (196, 178, 70), (150, 90, 110), (208, 120, 70), (90, 70, 62),
)  # fmt: skip
TROUSERS: tuple[Colour, ...] = ((36, 38, 44), (52, 62, 88), (74, 92, 126), (150, 136, 108), (98, 98, 100), (66, 54, 48))
THIGH, SHIN, TRUNK = 0.44, 0.44, 0.5  # metres, in a person of 1.75 m
STRIDE = 0.42  # radians a walker's thigh swings either way
RUN_STRIDE = 0.72

Joint = tuple[float, float]  # forward, up: metres from the hip or shoulder


@dataclass(frozen=True, slots=True)
class Looks:
    """How one person looks. height: metres. skirt: metres of cloth below the hip. Bags are carried or not."""

    height: float
    girth: float
    skin: Colour
    hair: Colour
    top: Colour
    trousers: Colour
    shoes: Colour
    skirt: float
    long_hair: bool
    backpack: Colour | None
    handbag: Colour | None


def random_looks(rng: np.random.Generator) -> Looks:
    """Draw a person in ordinary clothes."""

    def pick(palette: tuple[Colour, ...]) -> Colour:
        r, g, b = np.clip(
            np.array(palette[rng.integers(len(palette))]) * rng.uniform(0.85, 1.12) + rng.normal(0, 5, 3), 8, 245
        )
        return float(r), float(g), float(b)

    return Looks(
        height=float(np.clip(rng.normal(1.72, 0.09), 1.45, 1.95)),
        girth=float(rng.uniform(0.9, 1.22)),
        skin=pick(SKIN),
        hair=pick(HAIR),
        top=pick(TOPS),
        trousers=pick(TROUSERS),
        shoes=pick(((28, 26, 26), (70, 50, 40), (214, 212, 206))),
        skirt=float(rng.choice([0, 0, 0, 0.22, 0.45])),
        long_hair=bool(rng.random() < 0.35),
        backpack=pick(TOPS) if rng.random() < 0.25 else None,
        handbag=pick(TOPS) if rng.random() < 0.25 else None,
    )


def dim(colour: Colour, by: float) -> Colour:
    """A colour made darker (by < 1) or lighter."""
    r, g, b = colour
    return r * by, g * by, b * by


def radians_per_metre(height: float, running: bool) -> float:
    """How far the gait's phase turns for each metre walked, so that feet do not slide."""
    leg = (THIGH + SHIN) * height / 1.75
    return 2 * pi / (4 * leg * sin(RUN_STRIDE) * 1.35) if running else 2 * pi / (4 * leg * sin(STRIDE))


def person(looks: Looks, phase: float, swing: float, running: bool = False, arms_up: float = 0.0) -> Body:
    """A person on foot. phase: radians of the gait. swing: 0 stands, 1 walks. arms_up: 0 hang, 1 above the head."""
    legs = [_leg(phase + half, swing, running) for half in (0.0, pi)]
    hip = max(-min(ankle[1], toe[1]) for _, ankle, toe in legs) + 0.045  # the lower foot stands: so the head bobs
    hip += 0.06 * abs(cos(phase)) if running else 0.0  # a runner has both feet off the ground
    arms = [_arm(phase + half, swing, running, arms_up) for half in (pi, 0.0)]
    neck = (0.08 if running else 0.015 * swing, hip + TRUNK)  # leaning forward
    limbs = _lower(looks, legs, hip, neck, swing) + _upper(looks, arms, neck, bag=not arms_up)
    return Body(limbs, size=looks.height / 1.75)


def _lower(looks: Looks, legs: list[tuple[Joint, Joint, Joint]], hip: float, neck: Joint, swing: float) -> list[Limb]:
    """Legs and feet, a skirt, the trunk."""
    limbs, bare, girth = [], looks.skirt > 0, looks.girth
    for y, tone, (knee, ankle, toe) in zip((0.09, -0.09), (1.0, 0.9), legs, strict=True):
        at_knee, at_ankle, at_toe = ((x, y, hip + z) for x, z in (knee, ankle, toe))
        thigh, shin = (looks.top, looks.skin) if bare else (looks.trousers, looks.trousers)
        limbs.append(Limb((0, y, hip), at_knee, 0.088 * girth, 0.06, dim(thigh, tone)))
        limbs.append(Limb(at_knee, at_ankle, 0.058, 0.042, dim(shin, tone)))
        limbs.append(Limb(at_ankle, at_toe, 0.045, 0.032, looks.shoes))
    if bare:
        hem = (0.0, 0.0, hip - looks.skirt)
        limbs.append(Limb((0, 0, hip + 0.06), hem, 0.13 * girth, 0.17 + 0.04 * swing, looks.trousers))
    x, z = neck[0], neck[1] - 0.06
    ribs = ((y, y * 1.5) for y in (0.075, 0.0, -0.075))
    return limbs + [Limb((0, a, hip + 0.02), (x, b, z), 0.1 * girth, 0.105 * girth, looks.top) for a, b in ribs]


def _upper(looks: Looks, arms: list[tuple[Joint, Joint]], neck: Joint, bag: bool) -> list[Limb]:
    """Arms, head, hair and what is carried."""
    limbs, (x, z) = [], neck
    for y, tone, (elbow, hand) in zip((0.2, -0.2), (1.04, 0.88), arms, strict=True):
        y *= looks.girth
        at_elbow = (x + elbow[0], y * 1.15, z + elbow[1])
        a, b, c = at_hand = (x + hand[0], y * 1.1, z + hand[1])
        limbs.append(Limb((x, y, z - 0.03), at_elbow, 0.06, 0.048, dim(looks.top, tone)))
        limbs.append(Limb(at_elbow, at_hand, 0.045, 0.035, dim(looks.top, tone * 0.96)))
        limbs.append(Limb(at_hand, (a, b, c - 0.05), 0.04, 0.035, looks.skin))
        if looks.handbag and bag and y < 0:
            limbs.append(
                Limb((a - 0.06, b * 1.1, c - 0.18), (a + 0.06, b * 1.1, c - 0.18), 0.075, 0.075, looks.handbag)
            )
    if looks.backpack:
        limbs.append(Limb((x - 0.17, 0, z - 0.06), (x - 0.19, 0, z - 0.34), 0.11, 0.13, looks.backpack))
    limbs.append(Limb((x, 0, z - 0.02), (x + 0.02, 0, z + 0.1), 0.055, 0.05, dim(looks.skin, 0.85)))
    limbs.append(Limb((x + 0.025, 0, z + 0.13), (x + 0.02, 0, z + 0.19), 0.082, 0.095, looks.skin))
    nape = (x - 0.025, 0.0, z + (0.08 if looks.long_hair else 0.17))
    limbs.append(Limb(nape, (x, 0, z + 0.215), 0.085, 0.1, looks.hair))
    return limbs


def _leg(phase: float, swing: float, running: bool) -> tuple[Joint, Joint, Joint]:
    """Knee, ankle and toe. The knee bends while the thigh swings forward."""
    thigh = (RUN_STRIDE if running else STRIDE) * swing * sin(phase) + (0.18 if running else 0.03)
    bend = 0.05 + swing * (0.25 + 1.5 * max(cos(phase), 0) if running else 0.85 * max(cos(phase), 0) ** 1.5)
    knee = THIGH * sin(thigh), -THIGH * cos(thigh)
    shin = thigh - bend
    ankle = knee[0] + SHIN * sin(shin), knee[1] - SHIN * cos(shin)
    foot = 0.55 * shin
    return knee, ankle, (ankle[0] + 0.17 * cos(foot), ankle[1] - 0.02 + 0.17 * sin(foot))


def _arm(phase: float, swing: float, running: bool, raised: float) -> tuple[Joint, Joint]:
    """Elbow and hand."""
    upper = (0.75 if running else 0.42) * swing * sin(phase) + raised * 2.4
    fore = upper + (1.45 if running else 0.18 + 0.25 * swing) + 0.4 * raised
    elbow = 0.29 * sin(upper), -0.29 * cos(upper)
    return elbow, (elbow[0] + 0.24 * sin(fore), elbow[1] - 0.24 * cos(fore))


def _wheel(forward: float, left: float, radius: float, thick: float, colour: Colour) -> list[Limb]:
    """A tyre that can be seen through."""
    rim = [(forward + radius * cos(a), left, radius + thick + radius * sin(a)) for a in np.linspace(0, 2 * pi, 13)]
    return [Limb(a, b, thick, thick, colour) for a, b in pairwise(rim)]


def cyclist(looks: Looks, phase: float) -> Body:
    """A person on a bicycle. phase: radians of the pedals."""
    steel, tyre = dim(looks.trousers, 1.3), (26.0, 26.0, 28.0)
    crank, seat, bar = (0.0, 0.0, 0.3), (-0.18, 0.0, 0.93), (0.42, 0.0, 1.02)
    front, rear = (0.55, 0.0, 0.35), (-0.5, 0.0, 0.35)
    tubes = ((rear, crank), (crank, seat), (seat, bar), (crank, (0.4, 0.0, 0.85)), (bar, front), (rear, seat))
    limbs = _wheel(0.55, 0, 0.33, 0.02, tyre) + _wheel(-0.5, 0, 0.33, 0.02, tyre)
    limbs += [Limb(a, b, 0.022, 0.022, steel) for a, b in tubes]
    limbs.append(Limb((0.42, 0.25, 1.04), (0.42, -0.25, 1.04), 0.018, 0.018, tyre))
    for side, half in ((0.1, 0.0), (-0.1, pi)):
        foot = (0.17 * cos(-phase + half), 0.3 + 0.17 * sin(-phase + half))
        knee = _bent((-0.15, 0.98), foot, THIGH + 0.02)
        limbs.append(Limb((-0.15, side, 0.98), (knee[0], side, knee[1]), 0.09, 0.065, looks.trousers))
        limbs.append(Limb((knee[0], side, knee[1]), (foot[0], side, foot[1]), 0.06, 0.045, looks.trousers))
        limbs.append(Limb((foot[0] - 0.04, side, foot[1]), (foot[0] + 0.13, side, foot[1]), 0.045, 0.035, looks.shoes))
        limbs.append(Limb((0.2, side * 1.9, 1.4), (0.28, side * 2.3, 1.17), 0.06, 0.05, looks.top))
        limbs.append(Limb((0.28, side * 2.3, 1.17), (0.43, side * 2.3, 1.07), 0.048, 0.038, looks.skin))
        limbs.append(Limb((-0.15, side * 0.8, 1.02), (0.18, side * 1.1, 1.42), 0.11, 0.11, looks.top))
    limbs.append(Limb((0.24, 0, 1.45), (0.28, 0, 1.54), 0.055, 0.055, looks.skin))
    limbs.append(Limb((0.31, 0, 1.58), (0.31, 0, 1.63), 0.085, 0.095, looks.skin))
    limbs.append(Limb((0.26, 0, 1.66), (0.32, 0, 1.68), 0.1, 0.1, looks.hair))
    return Body(limbs)


def _bent(hip: Joint, foot: Joint, length: float) -> Joint:
    """The knee between a hip and a foot, bent forward, with thigh and shin of one length."""
    dx, dz = foot[0] - hip[0], foot[1] - hip[1]
    reach = hypot(dx, dz)
    out = max(length**2 - reach**2 / 4, 0) ** 0.5 / reach
    return hip[0] + dx / 2 - dz * out, hip[1] + dz / 2 + dx * out


def box(centre: tuple[float, float, float], size: tuple[float, float, float], colour: Colour) -> list[Panel]:
    """Five sides of a box (not the floor), each a little darker or lighter. centre, size: metres forward, left, up."""
    low = [c - s / 2 for c, s in zip(centre, size, strict=True)]
    high = [c + s / 2 for c, s in zip(centre, size, strict=True)]
    (a, b, c), (d, e, f) = low, high
    sides = (
        (((a, b, c), (d, b, c), (d, b, f), (a, b, f)), 0.82),
        (((a, e, c), (d, e, c), (d, e, f), (a, e, f)), 0.92),
        (((a, b, c), (a, e, c), (a, e, f), (a, b, f)), 0.72),
        (((d, b, c), (d, e, c), (d, e, f), (d, b, f)), 0.86),
        (((a, b, f), (d, b, f), (d, e, f), (a, e, f)), 1.08),
    )
    return [Panel(corners, dim(colour, tone)) for corners, tone in sides]


def cart(looks: Looks) -> Body:
    """A small electric cart with a roof, and its driver."""
    white, dark = (226.0, 226.0, 218.0), (40.0, 42.0, 46.0)
    panels = box((0, 0, 0.5), (2.3, 1.15, 0.42), dim(looks.top, 1.1)) + box((-0.75, 0, 0.9), (0.8, 1.1, 0.4), white)
    panels += box((-0.05, 0, 1.93), (1.9, 1.2, 0.08), white)
    limbs = [Limb((x, y, 0.24), (x, y + 0.01, 0.24), 0.24, 0.24, dark) for x in (0.8, -0.8) for y in (0.58, -0.58)]
    limbs += [Limb((x, y, 0.7), (x, y, 1.9), 0.03, 0.03, dark) for x in (0.75, -0.9) for y in (0.52, -0.52)]
    for y in (0.12, 0.3):
        limbs.append(Limb((-0.25, y, 0.85), (-0.3, y, 1.32), 0.13, 0.13, looks.top))
        limbs.append(Limb((-0.2, y, 0.85), (0.25, y, 0.82), 0.09, 0.08, looks.trousers))
        limbs.append(Limb((-0.25, y, 1.28), (0.4, y, 1.05), 0.06, 0.045, looks.top))
    limbs.append(Limb((-0.28, 0.21, 1.52), (-0.28, 0.21, 1.6), 0.085, 0.1, looks.skin))
    limbs.append(Limb((-0.32, 0.21, 1.62), (-0.29, 0.21, 1.65), 0.1, 0.1, looks.hair))
    return Body(limbs, panels)


def ball(colour: Colour) -> Body:
    """A ball that is thrown, lying at height 0."""
    return Body(
        [
            Limb((-0.02, 0, 0.14), (0.02, 0, 0.14), 0.14, 0.14, colour),
            Limb((0, 0, 0.2), (0.01, 0, 0.2), 0.07, 0.07, dim(colour, 1.2)),
        ]
    )


def bag(colour: Colour) -> Body:
    """A travelling bag that stands on the ground, or hangs from a hand."""
    strap = dim(colour, 0.5)
    handle = ((-0.12, 0, 0.42), (-0.06, 0, 0.52), (0.06, 0, 0.52), (0.12, 0, 0.42))
    return Body(
        [Limb(a, b, 0.02, 0.02, strap) for a, b in pairwise(handle)], box((0, 0, 0.22), (0.56, 0.28, 0.42), colour)
    )
