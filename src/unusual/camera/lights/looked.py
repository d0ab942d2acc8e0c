"""Footage after a look at it: all of it, or what was seen in one light. A camera of two lights is learnt in each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from unusual.camera.cuts import Cuts
from unusual.camera.footage import Examination
from unusual.camera.progress import LearningProgress
from unusual.errors import DataError
from unusual.scores.wording import duration
from unusual.video.condition.light import Light

LEAST_S = 240.0  # of usable footage: held out, half of it makes the eight blocks that the calibration needs


@dataclass(frozen=True, slots=True)
class Looked:
    """All footage after a look at it, or what is in a light. findings: a line each, with the names of the files."""

    seen: Mapping[Path, Examination]
    findings: tuple[str, ...]

    @property
    def examinations(self) -> list[Examination]:
        """Of each video."""
        return list(self.seen.values())

    @property
    def usable(self) -> Cuts:
        """What can be learnt from."""
        found = {
            video: [(each.first, each.last + 1) for each in seen.usable]
            for video, seen in self.seen.items()
            if seen.usable_s
        }
        return Cuts(found)

    @property
    def lights(self) -> "dict[Light, Looked]":
        """What is in each light that it shows, the most footage first."""
        lights = {light for each in self.examinations for light in each.lights}
        of = {light: replace(self, seen={v: each.within(light) for v, each in self.seen.items()}) for light in lights}
        return {light: of[light] for light in sorted(of, key=lambda light: (-of[light].usable_s, light))}

    @property
    def main(self) -> Examination:
        """The video with the most usable footage."""
        return max(self.examinations, key=attrgetter("usable_s"))

    @property
    def usable_s(self) -> float:
        """Seconds that can be learnt from."""
        return sum(each.usable_s for each in self.examinations)

    @property
    def sways(self) -> bool:
        """Whether the camera does: then all of it is steadied, as it is when it is watched."""
        return any(each.swaying_s for each in self.examinations)

    @property
    def still_s(self) -> float:
        """The longest that ordinary footage repeated a picture."""
        return max(each.still_s for each in self.examinations)


def by_light(looked: Looked, progress: LearningProgress) -> "dict[Light | None, Looked]":
    """The footage of each light that there is enough of, the most first; under None where that is one alone."""
    lights = looked.lights
    enough: dict[Light | None, Looked] = {light: part for light, part in lights.items() if is_enough(part.usable_s)}
    lengths = ", ".join(f"{light} {duration(part.usable_s)}" for light, part in lights.items() if part.usable_s)
    if len(enough) > 1:
        progress.note(f"the camera sees in {len(enough)} lights, each is learnt by itself: {lengths}")
        return enough
    if len(enough) == 1 and sum(part.usable_s > 0 for part in lights.values()) > 1:
        progress.note(
            f"the camera sees in two lights ({lengths}): {duration(LEAST_S)} of each are needed to learn both"
        )
        return {None: next(iter(enough.values()))}
    return {None: looked}


def is_enough(seconds: float) -> bool:
    """Whether there is enough footage to learn and to calibrate."""
    return round(seconds) >= LEAST_S  # four minutes are four, whatever is lost when frames are divided by their rate


def refuse_too_little(seconds: float) -> None:
    """Raise DataError where there is not enough footage to learn and to calibrate."""
    if not is_enough(seconds):
        raise DataError(
            f"only {duration(seconds)} of the footage can be learnt from, need {duration(LEAST_S)} at the least "
            "and an hour for thresholds that hold: give more"
        )
