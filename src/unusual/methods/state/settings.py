"""STATE's settings in one place, and the sets of them that have a name."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from unusual.errors import ConfigError
from unusual.methods.objects.objects import AVENUE, PED2, SHANGHAITECH, ObjectConfig
from unusual.methods.objects.threshold import by_footage
from unusual.methods.objects.tracks import TrackConfig
from unusual.methods.settings import PRESET_RATE, Method, MethodSettings, Precision, TrainingConfig
from unusual.methods.state.cubes import CubeConfig
from unusual.video.flow import FlowConfig, FlowEstimator

NORM_GROUPS = 4
JUDGED = 4.0  # frames a second, about, where tracks are judged; of planted anomalies 8 tell no more
LOOKED_AT = 8.0  # frames a second, about, by which the footage tells how sure of an object the detector must be
LONGEST_MEMORY = 10_000  # frames
PAPER_TRAINING = TrainingConfig(
    epochs=20, batch=128, learning_rate=1e-3, schedule="constant", beta2=0.999, epsilon=1e-7, weight_decay=0.0
)


@dataclass(frozen=True)
class NetworkConfig:
    """What STATE is built of. The defaults are the paper's.

    head_input: what a head's W_Q and W_KV convolve. "slice", as in the authors' code: the head's own d/H channels of
        the layer's input, 2,569,213 parameters in all. "all", as Eq. 1 can also be read (W^(h) * Z): all d channels,
        3,896,317. The paper gives no count.
    positions: of the learnable encoding. "stack", as in the paper: (T, d). "head", as in the authors' code: (T, d/H),
        the same for every head. Either is shared by the layers of a stack.
    """

    context: int = 3  # frames on either side of the middle one: T = 2 context + 1
    widths: tuple[int, int, int] = (32, 64, 128)  # of the encoder's blocks; the last is d
    layers: int = 3  # N, of the attention stack
    heads: int = 4  # H
    head_input: Literal["slice", "all"] = "slice"
    positions: Literal["stack", "head"] = "stack"

    def __post_init__(self) -> None:
        if self.context < 1 or self.layers < 1 or self.heads < 1:
            raise ConfigError(
                f"context, layers and heads must be at least 1, got {self.context}, {self.layers} and {self.heads}"
            )
        if len(self.widths) != 3 or min(self.widths) < 1:
            raise ConfigError(f"widths must be three numbers above 0, got {self.widths}")
        if self.channels % self.heads or self.channels % NORM_GROUPS:
            raise ConfigError(
                f"the last width must be a multiple of heads ({self.heads}) and of {NORM_GROUPS}, got {self.channels}"
            )
        if self.head_input not in ("slice", "all"):
            raise ConfigError(f'head_input must be "slice" or "all", got "{self.head_input}"')
        if self.positions not in ("stack", "head"):
            raise ConfigError(f'positions must be "stack" or "head", got "{self.positions}"')

    @property
    def frames(self) -> int:
        """T."""
        return 2 * self.context + 1

    @property
    def channels(self) -> int:
        """d."""
        return self.widths[-1]


@dataclass(frozen=True)
class ScoreConfig:
    """How the two errors of an object become its score. The paper: weights (0.3, 1) on Avenue, (1, 1) on ShanghaiTech,
    p = 2, each frame by itself, and one mean and deviation for all objects (Section III.E).

    usual: what an error is held against. "everywhere": the mean of all training cubes. "place": the median of those at
        its place in the picture, where boxes are of one size.
    """

    w_raw: float = 1.0
    w_motion: float = 1.0
    p: float = 2.0  # of the norm, in training too; at least 1
    memory: int = 0  # frames over which a track's scores are averaged; 0: each frame by itself, -1: those of a second
    usual: Literal["everywhere", "place"] = "everywhere"

    def __post_init__(self) -> None:
        if not (0 <= self.w_raw <= 1e6 and 0 <= self.w_motion <= 1e6 and self.w_raw + self.w_motion > 0):
            raise ConfigError(
                f"w_raw and w_motion must be from 0 to 1e6, and one above 0, got {self.w_raw} and {self.w_motion}"
            )
        if not 1 <= self.p <= 8:
            raise ConfigError(f"p of the norm must be from 1 to 8, got {self.p}")
        if not -1 <= self.memory <= LONGEST_MEMORY:
            raise ConfigError(f"score.memory must be from -1 to {LONGEST_MEMORY} frames, got {self.memory}")
        if self.usual not in ("everywhere", "place"):
            raise ConfigError(f'score.usual must be "everywhere" or "place", got "{self.usual}"')


@dataclass(frozen=True)
class PerturbConfig:
    """How the input is perturbed before it is scored.

    eta: step in units of [0, 1]; 0 is no perturbation. The paper: 0.002 on Avenue, 0.005 on ShanghaiTech.
    target: "moving", as Eq. 2 has it and the authors' code does: the pixels are also what is rebuilt, and the gradient
        flows through them in both places. "fixed": only through the network.
    reduction: of the two errors before they are added. "sum", as in the paper. "mean" over their elements, as in the
        authors' code: pixels then weigh 2/3 of what they do in a sum, for they have three channels and motion has two.
    """

    eta: float = 0.0
    target: Literal["moving", "fixed"] = "moving"
    reduction: Literal["sum", "mean"] = "sum"

    def __post_init__(self) -> None:
        if not 0 <= self.eta <= 1:
            raise ConfigError(f"eta must lie in [0, 1], got {self.eta}")
        if self.target not in ("moving", "fixed"):
            raise ConfigError(f'target must be "moving" or "fixed", got "{self.target}"')
        if self.reduction not in ("sum", "mean"):
            raise ConfigError(f'reduction must be "sum" or "mean", got "{self.reduction}"')


@dataclass(frozen=True)
class StateConfig(MethodSettings):
    """All that decides what a STATE is, learns and reports. The defaults are the paper's for CUHK Avenue."""

    objects: ObjectConfig = AVENUE
    tracks: TrackConfig = field(default_factory=TrackConfig)  # where score.memory is not 0
    flow: FlowConfig = field(default_factory=FlowConfig)
    cubes: CubeConfig = field(default_factory=CubeConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    perturbation: PerturbConfig = field(default_factory=lambda: PerturbConfig(eta=0.002))
    score: ScoreConfig = field(default_factory=lambda: ScoreConfig(w_raw=0.3, w_motion=1.0))
    training: TrainingConfig = PAPER_TRAINING

    def completed(self, frame_height: int, frame_width: int, rate: float = 0.0) -> "StateConfig":
        """These settings with the pace and the digests of detector and flow network; frames of any size will do.

        Raises:
            ConfigError: one of them is not at hand, or is no such network.
        """
        step, second = _pace(rate or PRESET_RATE)
        cubes = replace(self.cubes, step=self.cubes.step or step, train_step=self.cubes.train_step or step)
        score = replace(self.score, memory=second if self.score.memory < 0 else self.score.memory)
        flow = replace(self.flow, sha256=FlowEstimator(self.flow).digest)
        return replace(self, cubes=cubes, score=score, flow=flow, objects=self.objects.completed(frame_height))

    def paced(self, rate: float) -> list[str]:
        """Objects are judged as many times a second as they were learnt from; each track about four times."""
        step, second = _pace(rate)
        if self.score.memory:
            return [f"cubes.step={step}", f"cubes.train_step={step}", f"score.memory={second}"]
        step = max(1, round(self.cubes.train_step * rate / PRESET_RATE))
        return [f"cubes.step={step}", f"cubes.train_step={step}"]

    def told_by(self, videos: Sequence[Path], rate: Fraction) -> list[str]:
        """The score from which on a detection counts."""
        return by_footage(videos, rate, self.objects, self.tracks, LOOKED_AT)

    def remembered(self, step: int) -> int:
        """Scored frames, each `step` frames, that a track's score is the mean of; 0: each frame is by itself."""
        return max(1, round(self.score.memory / step)) if self.score.memory else 0

    @property
    def scored_in(self) -> Precision:
        """A step of 0.002 is less than bf16 can tell from none: perturbed cubes are judged in fp32."""
        return "fp32" if self.perturbation.eta else super().scored_in


def _pace(rate: float) -> tuple[int, int]:
    """Frames from one judged frame to the next, and those of a second."""
    step = max(1, round(rate / JUDGED))
    return step, max(step, round(rate))


def paper() -> StateConfig:
    """The paper's for CUHK Avenue: 2.6 M parameters, 20 epochs; for a GPU.

    Departures: no weights of its detector (Cascade R-CNN) and its flow (FlowNet 2.0) are to be had, so
    `objects.detector` is to be given and flow is DIS; a tenth of the training footage is held out, for the checks and
    the live scale.
    """
    return StateConfig()


def paper_shanghaitech() -> StateConfig:
    """The paper's for ShanghaiTech."""
    return replace(
        StateConfig(), objects=SHANGHAITECH, perturbation=PerturbConfig(eta=0.005), score=ScoreConfig(1.0, 1.0)
    )


def paper_ped2() -> StateConfig:
    """For UCSD Ped2, which the paper leaves out: the objects of its source VEC, the rest as for ShanghaiTech."""
    return replace(paper_shanghaitech(), objects=PED2)


def small() -> StateConfig:
    """Ours, for two CPU cores: half the widths, N = 2, no perturbation, tracks judged over their last second.

    The footage chooses how sure of an object the detector must be: a track begins with a sure one, and goes on with
    weaker ones.
    """
    return StateConfig(
        objects=replace(PED2, score=0.0),
        flow=FlowConfig(tallest=288),
        cubes=CubeConfig(step=0, train_step=0),
        network=NetworkConfig(widths=(16, 32, 64), layers=2),
        perturbation=PerturbConfig(eta=0.0),
        score=ScoreConfig(1.0, 1.0, memory=-1, usual="place"),
        training=replace(PAPER_TRAINING, batch=64, schedule="cosine", warmup_batches=50),
    )


METHOD = Method(
    StateConfig,
    {"paper": paper, "paper-shanghaitech": paper_shanghaitech, "paper-ped2": paper_ped2, "small": small},
    ("cubes.step", "objects.detector", "flow.network", "training.precision"),  # another file is refused
    finds="each object that looks or moves unlike all that came by",
    misses="where it is: an ordinary walker on a forbidden path stays ordinary",
)
