"""A data set's test part -> one table: our two protocols beside the frame-difference floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.domain import VideoResult
from unusual.errors import DataError
from unusual.run.checkpoint import Checkpoint
from unusual.run.score import PAPER_MINMAX, Progress, ScoredVideo, Thresholds, score_video
from unusual.scores.calibrate import per_video_minmax
from unusual.scores.events import EventCounts, intervals_of, match_events
from unusual.scores.metrics import FrameMetrics, RocCurve, frame_metrics, roc_curve
from unusual.video.datasets import DatasetVideo, read_truth

LIVE = "live scale (fitted on training footage)"
FLOOR = "frame difference"
FLOOR_MINMAX = "frame difference, min-max over each test video"


@dataclass(frozen=True, slots=True)
class ProtocolRow:
    """One row of the table: a protocol, its metrics, its ROC curve over all frames."""

    protocol: str
    metrics: FrameMetrics
    roc: RocCurve


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation gave. left_out: clips without usable labels, with the reason."""

    rows: tuple[ProtocolRow, ...]
    events: EventCounts
    left_out: tuple[str, ...]


def score_clip(
    video: DatasetVideo,
    checkpoint: Checkpoint,
    thresholds: Thresholds,
    cache: Path | None = None,
    progress: Progress = lambda done, expected: None,
) -> ScoredVideo:
    """Score a clip of a data set with its truth, where it has one. Raises VideoError, DataError."""
    truth = partial(read_truth, video)
    return score_video(video.source, checkpoint, thresholds=thresholds, truth=truth, cache=cache, progress=progress)


def evaluate(results: Sequence[VideoResult], failed: Sequence[str] = ()) -> Evaluation:
    """Compare scores with the truth of the same frames.

    Args:
        results: of `score_video`; those without truth are left out and named.
        failed: what is to be named beside them, a line for each clip that could not be scored.

    Raises:
        DataError: none of them has truth.
    """
    known = [result for result in results if result.truth is not None]
    left_out = (
        *failed,
        *(f"{result.info.name}: without labels that fit it" for result in results if result.truth is None),
    )
    if not known:
        raise DataError("none of the test clips has labels: there is nothing to compare the scores with")
    abnormal = [result.truth.abnormal for result in known if result.truth is not None]
    names = [result.info.name for result in known]
    rows = []
    for protocol in protocols_of(known):
        scores = [scores_of(result, protocol) for result in known]
        whole, labels = np.concatenate(scores), np.concatenate(abnormal)
        told = np.isfinite(whole)
        roc = roc_curve(whole[told], labels[told])
        rows.append(ProtocolRow(protocol, frame_metrics(scores, abnormal, names), roc))
    counts = [
        match_events(result.events, intervals_of(labels, result.live.times_s))
        for result, labels in zip(known, abnormal, strict=True)
    ]
    events = EventCounts(sum(c.found for c in counts), sum(c.missed for c in counts), sum(c.false for c in counts))
    return Evaluation(tuple(rows), events, left_out)


def protocols_of(results: Sequence[VideoResult]) -> tuple[str, ...]:
    """The protocols that stand side by side: the live scale, the paper's own and its min-max, the floor's two."""
    own = results[0].paper.protocol
    return (LIVE, *dict.fromkeys((own, PAPER_MINMAX)), FLOOR, FLOOR_MINMAX)


def scores_of(result: VideoResult, protocol: str) -> NDArray[np.float64]:
    """The frame scores of a video in one of `protocols_of`, higher = more abnormal."""
    if protocol == LIVE:
        return result.live.scores
    if protocol == result.paper.protocol:
        return result.paper.scores
    if protocol == PAPER_MINMAX:
        return per_video_minmax(result.paper.scores)
    return result.floor.scores if protocol == FLOOR else per_video_minmax(result.floor.scores)
