"""A data set's test part -> one table: live scale and paper's protocol beside the floors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from unusual.data.datasets import DatasetVideo, read_masks, read_truth
from unusual.domain import VideoResult, Wholeness
from unusual.errors import DataError
from unusual.measure.compare import (
    LIKE_OTHERS,
    Curve,
    Evaluation,
    Flags,
    LabelledClip,
    Smoothing,
    compare,
    kinds_of,
    with_minmax,
)
from unusual.measure.localise import ClipPlaces, Reported, localise, places_of
from unusual.run.checkpoint import Checkpoint
from unusual.run.score import PAPER_MINMAX, Progress, Thresholds, score_video
from unusual.run.stream import Listener
from unusual.scores.calibrate import per_video_minmax
from unusual.video.floors import FLOORS

LIVE = "live scale (fitted on training footage)"


@dataclass(frozen=True, slots=True)
class Details:
    """What the labels of a clip say beyond which frames are abnormal. kinds: see `LabelledClip`."""

    kinds: Mapping[str, Flags] = field(default_factory=dict)
    places: ClipPlaces | None = None


@dataclass(frozen=True, slots=True)
class ScoredClip:
    """A clip of a data set with its result, and what was reported in it where it has pixel masks to compare with."""

    video: DatasetVideo
    result: VideoResult
    reported: Reported | None


def score_clip(
    video: DatasetVideo,
    checkpoint: Checkpoint,
    thresholds: Thresholds,
    cache: Path | None = None,
    progress: Progress = lambda done, expected: None,
    listeners: Sequence[Listener] = (),
) -> ScoredClip:
    """Score a clip of a data set with its truth, where it has one. Raises VideoError, DataError."""
    reported = Reported() if read_masks(video) is not None else None
    scored = score_video(
        video.source,
        checkpoint,
        thresholds=thresholds,
        rate=video.rate,
        cache=cache,
        progress=progress,
        listeners=[*listeners, *([reported] if reported else [])],
    )
    return ScoredClip(video, labelled(scored.result, video), reported)


def labelled(result: VideoResult, video: DatasetVideo) -> VideoResult:
    """The result with the clip's truth; read in part, or without times of its own, without labels that do not fit.

    Raises:
        DataError: the labels are not of as many frames as were read.
    """
    try:
        return replace(result, truth=read_truth(video, result.live.times_s, timed=result.read.timed))
    except DataError as error:
        if result.read.wholeness is not Wholeness.PARTIAL and result.read.timed:
            raise
        problems = (*result.read.problems, f"its labels are not used: {error}")
        return replace(result, read=replace(result.read, problems=problems))


def details_of(clip: ScoredClip) -> Details:
    """Compare kinds and places of a scored clip with its labels. Raises DataError."""
    if clip.result.truth is None:
        return Details()
    kinds = kinds_of(clip.video, clip.result.live.times_s)
    return Details(kinds, None if clip.reported is None else places_of(clip.reported, clip.video))


def evaluate(
    results: Sequence[VideoResult],
    failed: Sequence[str] = (),
    details: Sequence[Details] = (),
    smoothing: Smoothing = LIKE_OTHERS,
) -> Evaluation:
    """Compare scores with the truth of the same frames.

    Args:
        results: of `score_video`; those without truth are left out and named.
        failed: what is to be named beside them, a line for each clip that could not be scored.
        details: of `details_of`, one for each result; without them there are no kinds and no places.
        smoothing: of the live scale's and the paper's rows that stand beside the plain ones.

    Raises:
        DataError: none of them has truth.
    """
    clips = [
        LabelledClip(result.info.name, result.live.times_s, result.truth.abnormal, curves_of(result, smoothing), kinds)
        for result, kinds in zip(results, [each.kinds for each in details] or [{}] * len(results), strict=True)
        if result.truth is not None
    ]
    unlabelled = [f"{result.info.name}: without labels that fit it" for result in results if result.truth is None]
    own = results[0].paper.protocol if results else PAPER_MINMAX
    return compare(
        clips,
        [LIVE, own, *FLOORS],
        alarm_at=results[0].enter if results else None,
        place=localise([each.places for each in details if each.places is not None]),
        left_out=[*failed, *unlabelled],
    )


def curves_of(result: VideoResult, smoothing: Smoothing) -> dict[str, Curve]:
    """The frame scores of a video in every protocol, in the order of the table's rows."""
    live, paper = result.live.scores, result.paper.scores
    curves = {
        LIVE: live,
        result.paper.protocol: paper,
        PAPER_MINMAX: per_video_minmax(paper),  # scaled again it stays what it is
        **with_minmax({floor.protocol: floor.scores for floor in result.floors}),
    }
    return smoothing.beside(curves, [LIVE, result.paper.protocol])
