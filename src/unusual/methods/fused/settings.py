"""The settings of habits and STATE together. What both need they share: the objects, their tracks, the flow."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from unusual.methods.habits import settings as of_habits
from unusual.methods.habits.settings import HabitsConfig, MomentConfig
from unusual.methods.objects.objects import ObjectConfig
from unusual.methods.objects.tracks import TrackConfig
from unusual.methods.settings import Method, MethodSettings, Precision, TrainingConfig
from unusual.methods.state import settings as of_state
from unusual.methods.state.cubes import CubeConfig
from unusual.methods.state.settings import NetworkConfig, PerturbConfig, ScoreConfig, StateConfig
from unusual.video.flow import FlowConfig

PACE = 4  # judged frames from one in which cubes are cut to the next: two or three looks a second
HABITS, STATE = of_habits.small(), of_state.small()


@dataclass(frozen=True)
class FusedConfig(MethodSettings):
    """All that decides what is learnt. Objects, tracks, flow and moments are those of habits, the rest STATE's."""

    objects: ObjectConfig = field(default_factory=lambda: HabitsConfig().objects)
    tracks: TrackConfig = HABITS.tracks
    flow: FlowConfig = HABITS.flow
    moments: MomentConfig = HABITS.moments
    cubes: CubeConfig = STATE.cubes
    network: NetworkConfig = STATE.network
    perturbation: PerturbConfig = STATE.perturbation
    score: ScoreConfig = field(default_factory=lambda: replace(STATE.score, memory=0))  # habits remember for both
    training: TrainingConfig = field(default_factory=lambda: replace(STATE.training, held_out=HABITS.training.held_out))

    @property
    def habits(self) -> HabitsConfig:
        """Those of habits alone."""
        return HabitsConfig(self.objects, self.tracks, self.flow, self.moments, self.training)

    @property
    def state(self) -> StateConfig:
        """Those of STATE alone."""
        network, wrong = self.network, self.perturbation
        return StateConfig(
            self.objects, self.tracks, self.flow, self.cubes, network, wrong, self.score, training=self.training
        )

    def completed(self, frame_height: int, frame_width: int, rate: float = 0.0) -> "FusedConfig":
        """As those of habits; cubes are cut in every few judged frames. Raises as they do."""
        done = self.habits.completed(frame_height, frame_width, rate)
        step = self.cubes.step or PACE * done.moments.step
        cubes = replace(self.cubes, step=step, train_step=self.cubes.train_step or step)
        return replace(self, objects=done.objects, flow=done.flow, moments=done.moments, cubes=cubes)

    def paced(self, rate: float) -> list[str]:
        """As habits."""
        return self.habits.paced(rate)

    def told_by(self, videos: Sequence[Path], rate: Fraction) -> list[str]:
        """As habits."""
        return self.habits.told_by(videos, rate)

    def lacking(self) -> str:
        """As habits."""
        return self.habits.lacking()

    @property
    def scored_in(self) -> Precision:
        """As STATE."""
        return self.state.scored_in


def small() -> FusedConfig:
    """For two processor cores."""
    return FusedConfig(objects=HABITS.objects)


METHOD = Method(
    FusedConfig,
    {"small": small},
    ("objects.detector", "flow.network", "training.precision"),
    exponential=True,
    of_one_scene=True,
    finds=f"{of_habits.METHOD.finds}; and {of_state.METHOD.finds}",
    misses="people who do ordinary things with bad intent",
)
