"""The settings of habits in one place, and the set of them that has a name."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from unusual.errors import ConfigError
from unusual.methods.objects.objects import ObjectConfig
from unusual.methods.objects.threshold import by_footage
from unusual.methods.objects.tracks import TrackConfig
from unusual.methods.settings import Method, MethodSettings, TrainingConfig
from unusual.video.flow import FlowConfig, FlowEstimator

JUDGED = 10.0  # frames a second, about
UNKNOWN_RATE = 10.0
DETECTOR = "unusual fetch yolox-nano, then learn with --set objects.detector=yolox-nano"
PASSING_S = 1.0  # memory of tracks before a camera; chosen on made-up cameras


@dataclass(frozen=True)
class MomentConfig:
    """When objects are looked at, and in which picture."""

    step: int = 0  # frames from one judged frame to the next; 0: as many as make about ten a second
    second: int = 0  # frames of a second, 0: the footage's own
    memory_s: float = 1.5  # over which a track's oddness is averaged; chosen on planted anomalies
    look: int = 1  # the detector sees every n-th judged frame; between them boxes are carried
    height: int = 0  # of the picture in px; 0: of the first video's, to whose size others are brought
    width: int = 0

    def __post_init__(self) -> None:
        if min(self.step, self.second, self.height, self.width) < 0 or self.look < 1 or not 0 < self.memory_s <= 60:
            raise ConfigError(
                "moments: need step, second, height and width of 0 or more, look >= 1, and memory_s above 0, up to 60, "
                f"got {self}"
            )

    @property
    def remembered(self) -> int:
        """Judged frames that are averaged."""
        return max(1, round(self.memory_s * self.second / self.step))


@dataclass(frozen=True)
class HabitsConfig(MethodSettings):
    """All that decides what habits are learnt. training: as all methods have it; no network is trained."""

    objects: ObjectConfig = field(default_factory=lambda: ObjectConfig(score=0.0, smallest_side=0))
    tracks: TrackConfig = field(default_factory=TrackConfig)
    flow: FlowConfig = field(default_factory=lambda: FlowConfig(preset="light", lowest=320, tallest=320))
    moments: MomentConfig = field(default_factory=MomentConfig)
    training: TrainingConfig = field(default_factory=lambda: TrainingConfig(held_out=0.15))

    def completed(self, frame_height: int, frame_width: int, rate: float = 0.0) -> "HabitsConfig":
        """These settings with the picture's size, the pace, and the digests of detector and flow network.

        Raises:
            ConfigError: one of them is not at hand, or is no such network.
        """
        given, pace = self.moments, rate or UNKNOWN_RATE
        step = given.step or judged_step(pace)
        moments = replace(
            given,
            step=step,
            second=given.second or max(step, round(pace)),
            height=given.height or frame_height,
            width=given.width or frame_width,
        )
        flow = replace(self.flow, sha256=FlowEstimator(self.flow).digest)
        return replace(self, moments=moments, objects=self.objects.completed(moments.height), flow=flow)

    def paced(self, rate: float) -> list[str]:
        """About ten judged frames a second, and less memory: that of a camera's score comes on top."""
        step = judged_step(rate)
        return [f"moments.step={step}", f"moments.second={max(step, round(rate))}", f"moments.memory_s={PASSING_S}"]

    def told_by(self, videos: Sequence[Path], rate: Fraction) -> list[str]:
        """The score from which on a detection counts."""
        return by_footage(videos, rate, self.objects, self.tracks, JUDGED)

    def lacking(self) -> str:
        """A detector, which knows kinds; of what moves alone it also sees who stands and tells people apart."""
        if self.objects.detector:
            return ""
        if self.objects.foreground:
            return f"a detector, for three times the work, would also know what the objects are: {DETECTOR}"
        return (
            "objects are found by their motion alone; a detector also sees who stands, tells people apart and knows "
            f"what they are: {DETECTOR}"
        )


def judged_step(rate: float) -> int:
    """Frames from one judged frame to the next, so that about ten a second are judged.

    >>> [judged_step(rate) for rate in (5, 10, 12, 15, 25, 30)]
    [1, 1, 1, 2, 3, 3]
    """
    return max(1, int(rate / JUDGED + 0.5))


def small() -> HabitsConfig:
    """For two processor cores; chosen on anomalies planted in ordinary footage (benchmarks/planted.py)."""
    return HabitsConfig(objects=ObjectConfig(score=0.0, smallest_side=0, foreground=True))


METHOD = Method(
    HabitsConfig,
    {"small": small},
    ("objects.detector", "flow.network"),
    has_network=False,
    exponential=True,
    of_one_scene=True,
    finds="who is where nobody was, goes another way, goes faster, stays longer, or is of another size",
    misses="what only looks unusual, and people who do ordinary things with bad intent",
)
