"""What is in each pixel of a made-up frame: the truth of unusual things, and of everybody who is in view."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.data.made_up.figures import Sprite
from unusual.data.made_up.movers import Kind, Thing
from unusual.domain import Frame

Numbers = NDArray[np.uint16]
Drawn = tuple[Sprite, Thing | None]  # None of the street's furniture

SOLID = 96  # alpha from which a pixel belongs to a figure
FEWEST_PIXELS = 6  # of an unusual thing, for its frame to be labelled


@dataclass(frozen=True, slots=True)
class SceneFrame:
    """A frame and what is unusual in it.

    objects: (H, W) uint16, to be read only: 0, or the number of the unusual thing whose pixel it is, the same in every
    frame. kinds: whose they are, in Kind's order; empty when nothing is unusual, and objects all 0 with it.
    """

    frame: Frame
    objects: Numbers
    kinds: tuple[Kind, ...]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(H, W) the visible pixels of unusual things."""
        return np.asarray(self.objects > 0, np.bool_)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that moves, ordinary or not, in one frame.

    number: its own in the whole scene; the number in `SceneFrame.objects`. kind: None while it is ordinary.
    xyxy: left, top, right, bottom in px, around all of it that lies in the picture, hidden or not.
    visible: the share of that which nothing nearer covers, in [0, 1]. cut: whether the picture's edge cuts it off, or
    touches it: it enters or leaves.
    """

    number: int
    kind: Kind | None
    xyxy: tuple[int, int, int, int]
    visible: float
    cut: bool


def _owners(drawn: Sequence[Drawn], size: tuple[int, int]) -> Numbers:
    """(H, W) 1 + the place in `drawn` of what is nearest in each pixel, 0 where there is nothing."""
    owners = np.zeros(size, np.uint16)
    for place, (sprite, _) in enumerate(drawn, 1):
        height, width = sprite.rgba.shape[:2]
        region = owners[sprite.top : sprite.top + height, sprite.left : sprite.left + width]
        region[sprite.rgba[..., 3] > SOLID] = place
    return owners


def label_frame(frame: Frame, drawn: Sequence[Drawn], nothing: Numbers) -> SceneFrame:
    """Number the unusual things' pixels. A kind of too few pixels does not count."""
    kinds = [thing.kind if thing else None for _, thing in drawn]
    if not any(kinds):
        return SceneFrame(frame, nothing, ())
    owners = _owners(drawn, nothing.shape)
    pixels = np.bincount(owners.ravel(), minlength=1 + len(drawn))[1:]
    enough = [k for k in Kind if sum(n for n, kind in zip(pixels, kinds, strict=True) if kind is k) >= FEWEST_PIXELS]
    numbers = [thing.number if thing and thing.kind in enough else 0 for _, thing in drawn]
    return SceneFrame(frame, np.array([0, *numbers], np.uint16)[owners] if enough else nothing, tuple(enough))


def actors_of(drawn: Sequence[Drawn], size: tuple[int, int]) -> tuple[Actor, ...]:
    """Everybody of whom a pixel lies in the picture, from far to near."""
    there = [(sprite, thing) for sprite, thing in drawn if thing is None or thing.there]
    pixels = np.bincount(_owners(there, size).ravel(), minlength=1 + len(there))
    actors = []
    for place, (sprite, thing) in enumerate(there, 1):
        solid = sprite.rgba[..., 3] > SOLID
        if thing is None or not solid.any():
            continue
        rows, columns = (np.flatnonzero(solid.any(axis=side)) for side in (1, 0))
        left, right = sprite.left + int(columns[0]), sprite.left + int(columns[-1]) + 1
        top, bottom = sprite.top + int(rows[0]), sprite.top + int(rows[-1]) + 1
        cut = left <= 0 or top <= 0 or right >= size[1] or bottom >= size[0]
        visible = float(pixels[place] / solid.sum())
        actors.append(Actor(thing.number, thing.kind, (left, top, right, bottom), visible, cut))
    return tuple(actors)
