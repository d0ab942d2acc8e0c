"""`unusual score` and `unusual evaluate`: every video to its folder, all of them to one report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unusual.app.evaluation import COLUMNS, notes, report_rows, table_rows, write_evaluation, write_roc
from unusual.app.outputs import result_folder, write_outputs
from unusual.app.progress import bars, frame_bar, say, table, warn
from unusual.app.report import headline, write_report
from unusual.app.sources import expand
from unusual.domain import VideoResult
from unusual.errors import ConfigError, DataError, VideoError
from unusual.files import refuse_unwritable
from unusual.run.checkpoint import Checkpoint
from unusual.run.evaluate import evaluate, score_clip
from unusual.run.score import ScoredVideo, Thresholds, is_live, score_video
from unusual.video.cache import cache_folder
from unusual.video.datasets import open_dataset
from unusual.video.reader import open_video

REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class Clip:
    """A video to score. name: of its folder and its bar, "" for what the video is called."""

    source: str | Path
    name: str
    score: Callable[..., ScoredVideo]  # takes progress


def run_scoring(
    named: Sequence[str], checkpoint: Checkpoint, out: Path, thresholds: Thresholds, *, annotate: bool
) -> str:
    """Score videos and write their folders and a report; returns what to say at the end.

    Raises:
        VideoError: some of them could not be scored; the others were, and are in the report.
    """
    refuse_unwritable(out)
    videos = expand(named)
    for video in videos:  # a wrong name is told before hours of work, not after
        if not is_live(video):
            open_video(video).close()
    clips = [
        Clip(video, "", partial(score_video, video, checkpoint, thresholds=thresholds, cache=cache_folder()))
        for video in videos
    ]
    results, failed = _score_all(clips, checkpoint, out, annotate)
    write_report(out / REPORT, results, checkpoint.provenance, title="Unusual events")
    said = f"{headline(results)}\nreport: {out / REPORT}"
    _tell_failed(failed, len(videos), said)
    return said


def run_evaluation(
    data: Path, checkpoint: Checkpoint, out: Path, thresholds: Thresholds, *, annotate: bool, title: str = ""
) -> str:
    """Score a data set's test part, compare, write all files; returns what to say at the end.

    Raises:
        DataError: it has no test clips, or none of them has labels.
        VideoError: some clips could not be scored; the others were, and are in the table and the report.
    """
    refuse_unwritable(out)
    dataset = open_dataset(data)
    if not any(video.truth for video in dataset.test):
        raise DataError(f"{data} has no test clip with labels: there is nothing to compare scores with")
    clips = [
        Clip(v.source, v.name, partial(score_clip, v, checkpoint, thresholds, cache_folder())) for v in dataset.test
    ]
    results, failed = _score_all(clips, checkpoint, out, annotate)
    evaluation = evaluate(results, [str(error) for error in failed])
    write_evaluation(out, evaluation, results, checkpoint.provenance)
    title = title or f"Evaluation on {dataset.name}"
    rows = report_rows(evaluation)
    write_report(out / REPORT, results, checkpoint.provenance, title=title, metrics=rows)
    table(title, COLUMNS, table_rows(evaluation))
    try:
        write_roc(out, evaluation)
    except ConfigError as error:  # matplotlib is not installed: all else is there
        warn(str(error))
    said = "\n".join([*notes(evaluation), f"report: {out / REPORT}"])
    _tell_failed(failed, len(dataset.test), said)
    return said


def _score_all(
    clips: Sequence[Clip], checkpoint: Checkpoint, out: Path, annotate: bool
) -> tuple[list[VideoResult], list[VideoError]]:
    """Score clip after clip, each into its folder; one that cannot be read does not cost the others.

    Raises:
        VideoError: none could be scored.
    """
    results: list[VideoResult] = []
    failed: list[VideoError] = []
    taken = {path.resolve() for path in (out / REPORT, *(Path(clip.source) for clip in clips))}  # stay what they are
    with bars() as progress:
        for clip in clips:
            try:
                scored = clip.score(progress=frame_bar(progress, clip.name or str(clip.source)))
            except VideoError as error:
                failed.append(error)
                continue
            folder = result_folder(out, clip.name or Path(scored.result.info.name).stem, taken)
            results.append(_keep(scored, clip.source, checkpoint, folder, annotate))
    if not results:
        raise failed[0]
    return results, failed


def _keep(scored: ScoredVideo, source: str | Path, checkpoint: Checkpoint, folder: Path, annotate: bool) -> VideoResult:
    """Write a video's files, and warn of what could not be read."""
    write_outputs(scored, source, checkpoint.provenance, folder, video=annotate)
    for problem in scored.result.read.problems:
        warn(f"{scored.result.info.name}: {problem}")
    return scored.result


def _tell_failed(failed: Sequence[VideoError], videos: int, said: str) -> None:
    """Raise what went wrong with some of the videos, after saying what came of the others."""
    if failed:
        say(said)
        others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise VideoError(f"{len(failed)} of {videos} videos could not be scored: {failed[0]}{others}")
