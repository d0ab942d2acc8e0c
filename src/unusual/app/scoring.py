"""`unusual score` and `unusual evaluate`: every video to its folder, all of them to one report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from unusual.app.report.report import headline, write_report
from unusual.app.report.tables import draw_pictures, notes, print_tables, report_rows, write_evaluation
from unusual.app.terminal import bars, frame_bar, say, warn
from unusual.camera.lights.recorded import judges_of, score_lit
from unusual.data.datasets import DatasetVideo, open_labelled
from unusual.domain import VideoResult
from unusual.errors import VideoError
from unusual.files import refuse_unwritable
from unusual.measure.compare import LIKE_OTHERS, Smoothing
from unusual.measure.evaluate import Details, details_of, evaluate, score_clip
from unusual.run.annotate import Annotator
from unusual.run.archive.planning.recordings import begins_utc
from unusual.run.checkpoint import Checkpoint, learnt_of
from unusual.run.outputs import Album, result_folder, write_outputs
from unusual.run.score import Progress, Thresholds, refuse_endless, score_video
from unusual.run.stream import Listener
from unusual.scores.by_hour import promised
from unusual.scores.calibrate import CALIBRATED_S, calibrated
from unusual.scores.wording import not_calibrated
from unusual.store.home import Home
from unusual.store.rules.wall_clock import local_zone
from unusual.video.cache import cache_folder
from unusual.video.images import RATE
from unusual.video.source import Named, Source, expand

REPORT = "report.html"
Scored = Callable[[Named, Progress, Sequence[Listener], Album], VideoResult]


@dataclass(frozen=True, slots=True)
class Clip:
    """A video to score. name: of its folder and its bar, "" for what it is called. checkpoint: that judges it."""

    source: Named
    name: str
    checkpoint: Checkpoint
    score: Callable[[Progress, Sequence[Listener], Album], VideoResult]


def run_scoring(
    named: Sequence[str],
    checkpoint: Checkpoint,
    out: Path,
    thresholds: Thresholds,
    *,
    annotate: bool,
    rate: Fraction | None = None,
) -> str:
    """Score videos and write their folders and a report; returns what to say at the end.

    Args:
        rate: frames per second of folders of frames, RATE if not given; other videos tell their own.

    Raises:
        VideoError: some of them could not be scored; the others were, and are in the report.
    """
    scored_as = partial(
        score_video, checkpoint=checkpoint, thresholds=thresholds, rate=rate or RATE, cache=cache_folder()
    )

    def score(video: Named, progress: Progress, listeners: Sequence[Listener], album: Album) -> VideoResult:
        return scored_as(video, progress=progress, listeners=listeners, pictures=album).result

    return _run(named, score, checkpoint, out, thresholds, annotate=annotate)


def run_camera_scoring(
    named: Sequence[str], camera: str, home: Home, alarms_per_day: float | None, out: Path, *, annotate: bool
) -> str:
    """The same by a camera's models, each stretch by that of its light, with the camera's own thresholds.

    What a path says of when a recording begins is read in this machine's time zone, as thresholds follow the hour.
    """
    zone = local_zone()
    judges = judges_of(home, camera, alarms_per_day, zone)
    for light, judge in judges.items():
        words = promised(judge.card.alarm_scale.threshold(judge.alarms_per_day), judge.thresholds.hourly)
        say(f"{light}: {words}" if light else words)

    def score(video: Named, progress: Progress, listeners: Sequence[Listener], album: Album) -> VideoResult:
        begins = begins_utc(Source.of(video).path, zone)
        return score_lit(
            video, judges, begins_utc=begins, pictures=album, progress=progress, listeners=listeners
        ).result

    first = next(iter(judges.values()))
    return _run(named, score, first.checkpoint, out, first.thresholds, annotate=annotate)


def _run(
    named: Sequence[str], score: Scored, checkpoint: Checkpoint, out: Path, thresholds: Thresholds, *, annotate: bool
) -> str:
    refuse_unwritable(out)
    videos = expand(named, say)
    for video in videos:  # a wrong name is told before hours of work, not after
        refuse_endless(video)
    clips = [Clip(video, "", checkpoint, partial(score, video)) for video in videos]
    results, failed = _score_all(clips, out, thresholds, annotate=annotate)
    write_report(out / REPORT, results, checkpoint.provenance, title="Unusual events")
    said = f"{headline(results)}\nreport: {out / REPORT}"
    _tell_failed(failed, len(videos), said)
    return said


def run_evaluation(
    data: Path,
    checkpoints: Mapping[str, Checkpoint],
    out: Path,
    thresholds: Thresholds,
    *,
    annotate: bool,
    smoothing: Smoothing = LIKE_OTHERS,
    title: str = "",
    rate: Fraction | None = None,
) -> str:
    """Score a data set's test part, compare, write all files; returns what to say at the end.

    Args:
        checkpoints: of `load_scenes`.
        rate: of clips that are folders of frames, see `open_dataset`.

    Raises:
        DataError: it has no test clips, or none of them has labels, or these do not fit.
        ConfigError: what reads the labels is not installed.
        CheckpointError: a clip's scene was not learnt.
        VideoError: some clips could not be scored; the others were, and are in the table and the report.
    """
    refuse_unwritable(out)
    dataset = open_labelled(data, rate=rate)
    details: list[Details] = []

    def score(
        video: DatasetVideo, learnt: Checkpoint, progress: Progress, listeners: Sequence[Listener], album: Album
    ) -> VideoResult:
        scored = score_clip(video, learnt, thresholds, cache_folder(), progress, listeners, album)
        details.append(details_of(scored))
        return scored.result

    judged = [(video, learnt_of(video.scene, checkpoints)) for video in dataset.test]
    clips = [Clip(video.source, video.name, learnt, partial(score, video, learnt)) for video, learnt in judged]
    results, failed = _score_all(clips, out, thresholds, annotate=annotate)
    evaluation = evaluate(results, [str(error) for error in failed], details, smoothing)
    made = next(iter(checkpoints.values())).provenance
    pairs = {"versions": dict(made.versions), "settings": dict(made.settings), "scenes": len(checkpoints)}
    write_evaluation(out, evaluation, asdict(made) | pairs)
    title = title or f"Evaluation on {dataset.name}"
    write_report(out / REPORT, results, made, title=title, metrics=report_rows(evaluation))
    print_tables(title, evaluation)
    draw_pictures(out, evaluation)
    said = "\n".join([*notes(evaluation), f"report: {out / REPORT}"])
    _tell_failed(failed, len(dataset.test), said)
    return said


def _score_all(
    clips: Sequence[Clip], out: Path, thresholds: Thresholds, *, annotate: bool
) -> tuple[list[VideoResult], list[VideoError]]:
    """Score clip after clip, each into its folder; one that cannot be read does not cost the others.

    Raises:
        VideoError: none could be scored.
    """
    for seconds in sorted({clip.checkpoint.provenance.scale_s for clip in clips}):
        if not calibrated(seconds):
            warn(not_calibrated(seconds, CALIBRATED_S))
    results: list[VideoResult] = []
    failed: list[VideoError] = []
    sources = [Source.of(clip.source) for clip in clips]
    taken = {path.resolve() for path in (out / REPORT, *(Path(each.text) for each in sources if not each.is_camera))}
    with bars() as progress:
        for clip in clips:
            bar = frame_bar(progress, clip.name or Source.of(clip.source).shown)
            with Album(out) as album, Annotator(out, enter=thresholds.enter, leave=thresholds.leave) as annotator:
                try:
                    result = clip.score(bar, [annotator] if annotate else [], album)
                except VideoError as error:
                    failed.append(error)
                    continue
                folder = result_folder(out, clip.name or Path(result.info.name).stem, taken)
                draw = annotator.write if annotate else None
                results.append(write_outputs(result, clip.checkpoint.provenance, folder, draw))
            for problem in result.read.problems:
                warn(f"{result.info.name}: {problem}")
    if not results:
        raise failed[0]
    return results, failed


def _tell_failed(failed: Sequence[VideoError], videos: int, said: str) -> None:
    """Raise what went wrong with some of the videos, after saying what came of the others."""
    if failed:
        say(said)
        others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise VideoError(f"{len(failed)} of {videos} videos could not be scored: {failed[0]}{others}")
