"""Scores of labelled clips, whoever made them -> the figures of one table. docs/evaluation.md defines each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.data.datasets import DatasetVideo
from unusual.data.truth import MILLISECOND, SecondsTable, read_table
from unusual.domain import Interval, ScoreCurve
from unusual.errors import ConfigError, DataError
from unusual.measure.bootstrap import BootstrapInterval, bootstrap, micro_auc_of
from unusual.measure.localise import Localisation
from unusual.measure.metrics import FrameMetrics, RocCurve, auc, frame_metrics, roc_curve
from unusual.measure.operating import OperatingPoint, operating_point, threshold_for
from unusual.scores.calibrate import per_video_minmax
from unusual.scores.events import EventCounts, intervals_of
from unusual.scores.gaussian import gaussian

DETECTION_RATE = 0.9  # of the labelled stretches, at the second alarm threshold
JOIN_S = 1.0  # false alarms nearer to each other are one, as `Thresholds` joins events
MARGIN_S = 1.0  # so near to a labelled stretch an alarm is neither right nor false: units of frames reach over its ends

Curve = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LabelledClip:
    """A test clip: its labels, and every score of its frames.

    times_s: (N,) seconds, strictly rising. abnormal: (N,) bool.
    curves: protocol -> (N,) float64, higher = more abnormal, NaN = not scored; the same protocols for every clip.
    kinds: what happens -> (N,) bool, the frames in which it does; empty where nobody says.
    """

    name: str
    times_s: Curve
    abnormal: Flags
    curves: Mapping[str, Curve]
    kinds: Mapping[str, Flags]


@dataclass(frozen=True, slots=True)
class Smoothing:
    """A Gaussian along the frames of one clip; what lies outside the clip or is NaN has no weight.

    sigma: in frames; 0 smooths nothing. 3 is what AI-VAD takes on Ped2 and Avenue; neither USTN-DSC nor STATE smooths.
    It must not be chosen by the test set that it is measured on.
    """

    sigma: float = 3.0

    def __post_init__(self) -> None:
        if not (self.sigma == 0 or 0.1 <= self.sigma <= 1000):
            raise ConfigError(f"sigma must be 0 (no smoothing) or from 0.1 to 1000 frames, got {self.sigma:g}")

    def name(self, protocol: str) -> str:
        """What a smoothed protocol is called."""
        return f"{protocol}, smoothed (Gaussian, sigma {self.sigma:g} frames)"

    def smooth(self, scores: Curve) -> Curve:
        """(N,) -> (N,). NaN stays NaN; an infinite score counts as the nearest finite one of the clip.

        >>> Smoothing(0.5).smooth(np.array([0.0, 1.0, np.nan, 1.0])).round(2).tolist()
        [0.12, 0.88, nan, 1.0]
        """
        finite = scores[np.isfinite(scores)]
        if not (self.sigma and finite.size):
            return scores
        known = ~np.isnan(scores)
        values = np.where(known, np.clip(scores, finite.min(), finite.max()), 0)
        radius = min(round(4 * self.sigma), len(scores))
        total, weight = (
            gaussian(part.astype(np.float64), self.sigma, 0, "constant", radius) for part in (values, known)
        )
        return np.where(known, total / np.where(known, weight, 1), np.nan)

    def beside(self, curves: Mapping[str, Curve], protocols: Sequence[str]) -> dict[str, Curve]:
        """The curves, and behind them those of `protocols` smoothed; with sigma 0 the curves alone."""
        smoothed = {self.name(name): self.smooth(curves[name]) for name in protocols} if self.sigma else {}
        return {**curves, **smoothed}


LIKE_OTHERS = Smoothing()


@dataclass(frozen=True, slots=True)
class ProtocolRow:
    """A protocol over all clips. micro_interval: of the micro AUC, by bootstrap over clips; None with one clip."""

    protocol: str
    metrics: FrameMetrics
    micro_interval: BootstrapInterval | None
    roc: RocCurve


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip. auc: by judged protocol, NaN where the clip is of one class. alarms: at the first alarm threshold."""

    clip: LabelledClip
    auc: Mapping[str, float]
    alarms: EventCounts


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of event. frames: that show it. auc: by judged protocol, of these against all ordinary ones of all clips.

    Frames of other kinds are left out.
    """

    kind: str
    frames: int
    auc: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that a comparison gave.

    judged: the protocols of the rows of clips and kinds; the first is that of alarms and pictures.
    alarms: at the threshold that was asked for, if any, then at the highest that finds DETECTION_RATE of the events.
    place: None where no clip has pixel masks, or the scores say no place.
    left_out: clips without usable scores or labels, with the reason.
    """

    rows: tuple[ProtocolRow, ...]
    judged: tuple[str, ...]
    clips: tuple[ClipRow, ...]
    kinds: tuple[KindRow, ...]
    alarms: tuple[OperatingPoint, ...]
    place: Localisation | None
    left_out: tuple[str, ...]

    @property
    def events(self) -> EventCounts:
        """Labelled events found and missed, and false alarms, at the first alarm threshold; the sum over the clips."""
        return self.alarms[0].counts if self.alarms else EventCounts(0, 0, 0)


def compare(
    clips: Sequence[LabelledClip],
    judged: Sequence[str],
    *,
    alarm_at: float | None = None,
    place: Localisation | None = None,
    left_out: Sequence[str] = (),
) -> Evaluation:
    """Set every protocol of the clips beside the labels.

    Args:
        judged: see `Evaluation`. alarm_at: on the scale of the first of them. place, left_out: passed on.

    Raises:
        DataError: there is no clip.
    """
    if not clips:
        raise DataError("none of the test clips has labels: there is nothing to compare the scores with")
    alarms = _alarms(clips, judged[0], alarm_at)
    first = alarms[0].threshold if alarms else float("nan")
    return Evaluation(
        rows=tuple(_protocol_row(protocol, clips) for protocol in clips[0].curves),
        judged=tuple(judged),
        clips=tuple(
            ClipRow(
                clip,
                {protocol: auc(clip.curves[protocol], clip.abnormal) for protocol in judged},
                _alarm([clip], judged[0], first).counts,
            )
            for clip in clips
        ),
        kinds=_kind_rows(clips, judged),
        alarms=alarms,
        place=place,
        left_out=tuple(left_out),
    )


def scaled(name: str) -> str:
    """What the scores of this name are called when each test video's own minimum and maximum scale them."""
    return f"{name}, min-max over each test video"


def with_minmax(curves: Mapping[str, Curve]) -> dict[str, Curve]:
    """Each curve of a clip, and behind it the same by min-max."""
    return {
        each: scores
        for name, curve in curves.items()
        for each, scores in ((name, curve), (scaled(name), per_video_minmax(curve)))
    }


def kinds_of(video: DatasetVideo, times_s: Curve) -> dict[str, Flags]:
    """For each kind that the labels name in this clip, (N,) bool: its frames. Empty where labels name none."""
    if not isinstance(video.truth, SecondsTable):
        return {}
    kinds: dict[str, Flags] = {}
    for stretch in read_table(video.truth.path):
        if stretch.kind and stretch.video in video.truth.videos:
            span, slack = stretch.interval, MILLISECOND / 2  # as the labels themselves are applied
            inside = (times_s >= span.start_s - slack) & (times_s <= span.end_s + slack)
            kinds[stretch.kind] = kinds.get(stretch.kind, np.zeros(len(times_s), np.bool_)) | inside
    return kinds


def _protocol_row(protocol: str, clips: Sequence[LabelledClip]) -> ProtocolRow:
    scores, abnormal = [clip.curves[protocol] for clip in clips], [clip.abnormal for clip in clips]
    return ProtocolRow(
        protocol,
        frame_metrics(scores, abnormal, [clip.name for clip in clips]),
        bootstrap(micro_auc_of(scores, abnormal), len(clips)) if len(clips) > 1 else None,
        roc_curve(np.concatenate(scores), np.concatenate(abnormal)),
    )


def _kind_rows(clips: Sequence[LabelledClip], judged: Sequence[str]) -> tuple[KindRow, ...]:
    ordinary = ~np.concatenate([clip.abnormal for clip in clips])
    scores = {protocol: np.concatenate([clip.curves[protocol] for clip in clips]) for protocol in judged}
    rows = []
    for kind in dict.fromkeys(kind for clip in clips for kind in clip.kinds):
        shown = np.concatenate([clip.kinds.get(kind, np.zeros(len(clip.abnormal), np.bool_)) for clip in clips])
        told = ordinary | shown
        areas = {protocol: auc(every[told], shown[told]) for protocol, every in scores.items()}
        rows.append(KindRow(kind, int(shown.sum()), areas))
    return tuple(rows)


def _alarms(clips: Sequence[LabelledClip], protocol: str, alarm_at: float | None) -> tuple[OperatingPoint, ...]:
    curves, truth = _curves_and_truth(clips, protocol)
    thresholds = [] if alarm_at is None else [alarm_at]
    if any(truth):
        thresholds.append(threshold_for(curves, truth, detection_rate=DETECTION_RATE))
    return tuple(_alarm(clips, protocol, threshold) for threshold in thresholds)


def _alarm(clips: Sequence[LabelledClip], protocol: str, threshold: float) -> OperatingPoint:
    curves, truth = _curves_and_truth(clips, protocol)
    return operating_point(curves, truth, threshold=threshold, join_s=JOIN_S, margin_s=MARGIN_S)


def _curves_and_truth(clips: Sequence[LabelledClip], protocol: str) -> tuple[list[ScoreCurve], list[list[Interval]]]:
    curves = [ScoreCurve(clip.name, protocol, clip.times_s, clip.curves[protocol]) for clip in clips]
    return curves, [intervals_of(clip.abnormal, clip.times_s) for clip in clips]
