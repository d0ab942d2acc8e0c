"""Why an object is unusual, in a sentence that a person understands."""

from collections.abc import Mapping

import numpy as np

from unusual.methods.habits.aspects import SPEEDS, STAYS, STILL, tall
from unusual.methods.habits.moments import GONE, TENTHS, Moments, feet
from unusual.methods.objects.kinds import name_of
from unusual.methods.objects.places import Counts, cells, chances, quantiles

MOST = 0.99  # of those at a place, whom a sentence compares with


class Words:
    """Says what is unusual. Made of what was counted; `rate`: frames per second."""

    def __init__(self, counts: Mapping[str, Counts], shape: tuple[int, int], rate: float) -> None:
        self._shape, self._rate = shape, rate
        self._speeds = np.exp(quantiles(chances(counts["speed"]), SPEEDS, MOST)) - STILL
        self._stays = np.exp(quantiles(chances(counts["stay"]), STAYS, MOST)) - 5
        self._share = counts["kind"].ravel() / max(counts["kind"].sum(), 1.0)

    def of(self, aspect: str, moment: Moments) -> str:
        """The sentence for one moment (1,) whose rarest aspect this is.

        Args:
            aspect: its name in `ASPECTS`.
        """
        row, column = cells(feet(moment, self._shape), self._speeds.shape)
        height, stay_s = float(tall(moment)[0]), float(moment["stay"][0]) / self._rate
        if aspect == "speed":
            own, most = (
                v * self._rate / height for v in (float(moment["speed"][0]), float(self._speeds[row, column][0]))
            )
            return (
                f"moves faster than people do here: {own:.1f} of its heights a second, {MOST:.0%} stay below {most:.1f}"
            )
        if aspect == "stay":
            most_s = max(0.0, float(self._stays[row, column][0]) / self._rate)
            return f"has stayed for {stay_s:.0f} s, {MOST:.0%} are gone after {most_s:.0f} s"
        if aspect == "ground":
            since_s = float(moment["stay"][0]) / TENTHS
            gone = f"always stood here and is gone for {since_s:.0f} s"
            return gone if int(moment["kind"][0]) == GONE else f"was left behind {since_s:.0f} s ago"
        if aspect == "kind":
            kind = int(moment["kind"][0])
            return f"is a {name_of(kind)}: {self._share[kind + 1]:.1%} of what is seen here are"
        return {
            "way": "goes another way than people go here",
            "place": "is where hardly anybody ever is",
            "size": f"is of another size than anything at this place: {height:.0f} px high",
            "shape": "is of another shape than anything at this place",
            "rides": f"rides, or is, a vehicle: the detector is {float(moment['rides'][0]):.0%} sure of one",
            "gait": "glides: its legs move less than those of others at this speed",
        }[aspect]
