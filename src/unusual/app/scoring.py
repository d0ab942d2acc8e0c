"""`unusual score` and `unusual evaluate`: every video to its folder, all of them to one report."""

from collections.abc import Sequence
from pathlib import Path

from unusual.app.evaluation import COLUMNS, notes, report_rows, table_rows, write_evaluation
from unusual.app.outputs import result_folder, write_outputs
from unusual.app.progress import bars, console, frame_bar, table
from unusual.app.report import headline, write_report
from unusual.domain import VideoResult
from unusual.run.checkpoint import Checkpoint
from unusual.run.evaluate import evaluate, score_dataset
from unusual.run.score import ScoredVideo, Thresholds, score_video
from unusual.video.datasets import open_dataset
from unusual.video.reader import open_video


def run_scoring(
    videos: Sequence[str], checkpoint: Checkpoint, out: Path, thresholds: Thresholds, *, annotate: bool
) -> str:
    """Score videos and write their folders and a report; returns what to say at the end."""
    for video in videos:  # a wrong name is told before hours of work, not after
        open_video(video).close()
    results: list[VideoResult] = []
    taken: set[Path] = set()
    with bars() as progress:
        for video in videos:
            scored = score_video(video, checkpoint, thresholds=thresholds, progress=frame_bar(progress, video))
            results.append(
                _keep(scored, video, checkpoint, result_folder(out, scored.result.info.name, taken), annotate)
            )
    write_report(out / "report.html", results, checkpoint.provenance, title="Unusual events")
    return f"{headline(results)}\nreport: {out / 'report.html'}"


def run_evaluation(
    data: Path, checkpoint: Checkpoint, out: Path, thresholds: Thresholds, *, annotate: bool, title: str | None = None
) -> str:
    """Score a data set's test part, compare, write all files; returns what to say at the end."""
    dataset = open_dataset(data)
    results: list[VideoResult] = []
    with bars() as progress:
        task = progress.add_task("scoring", total=len(dataset.test))
        scored_videos = score_dataset(dataset, checkpoint, thresholds)
        for video, scored in zip(dataset.test, scored_videos, strict=True):
            results.append(_keep(scored, video.source, checkpoint, out / video.name, annotate))
            progress.advance(task)
    evaluation = evaluate(results)
    write_evaluation(out, evaluation, results, checkpoint.provenance)
    rows = report_rows(evaluation)
    title = title or f"Evaluation on {dataset.name}"
    write_report(out / "report.html", results, checkpoint.provenance, title=title, metrics=rows)
    table(title, COLUMNS, table_rows(evaluation))
    return "\n".join([*notes(evaluation), f"report: {out / 'report.html'}"])


def _keep(scored: ScoredVideo, source: str | Path, checkpoint: Checkpoint, folder: Path, annotate: bool) -> VideoResult:
    """Write a video's files, and warn of what could not be read."""
    write_outputs(scored, source, checkpoint.provenance, folder, video=annotate)
    for problem in scored.result.read.problems:
        console.print(f"[yellow]warning[/]: {scored.result.info.name}: {problem}", highlight=False)
    return scored.result
