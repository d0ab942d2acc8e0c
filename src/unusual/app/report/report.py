"""One HTML file that shows a stranger what was unusual, when and where. Nothing in it points outside the file."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unusual.app.pages import page
from unusual.app.report.curve_drawing import HEIGHT, WIDTH, CurveDrawing, draw_curve
from unusual.domain import Box, Event, Pictured, Provenance, Truth, VideoResult, Wholeness
from unusual.files import write_text
from unusual.scores.calibrate import CALIBRATED_S, calibrated
from unusual.scores.wording import clock, duration, not_calibrated
from unusual.video.pictures import RGB, draw_box, jpeg, resize_to_fit

MOST_PICTURED = 12  # events shown with pictures, in one video
MOST_PICTURED_IN_ALL = 60  # and in one report, about; the rest are listed. It keeps the file small enough to mail
PICTURE_WIDTH, CUBE_WIDTH, USUAL_WIDTH = 560, 680, 264  # px, sharp at the size of the page


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One number of a table of measurements. protocol: the scale it was measured on; note: a remark or nothing."""

    name: str
    protocol: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Picture:
    data: str  # data: address
    alt: str
    caption: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class _EventView:
    anchor: str
    number: int
    when: str
    peak: str
    score: str
    times_alarm: str
    why: str
    zone: str
    verdict: str  # what the labels say of it; "" where they are not known
    pictures: tuple[_Picture, ...]


@dataclass(frozen=True, slots=True)
class _VideoView:
    anchor: str
    name: str
    facts: str
    highest: str
    verdict: str
    truth: str
    problems: tuple[str, ...]
    live: CurveDrawing
    paper: CurveDrawing
    paper_protocol: str
    curve_label: str
    events: tuple[_EventView, ...]

    @property
    def pictured(self) -> list[_EventView]:
        return [event for event in self.events if event.pictures]

    @property
    def listed(self) -> list[_EventView]:
        return [event for event in self.events if not event.pictures]


def write_report(
    path: str | Path,
    results: Sequence[VideoResult],
    provenance: Provenance,
    *,
    title: str,
    metrics: Sequence[MetricRow] = (),
) -> None:
    """Write one HTML file that needs nothing else: no network, no script, no other file.

    Args:
        path: the file to make.
        results: the videos, in the order in which they are shown. At most MOST_PICTURED events of each are shown with
            pictures, those with the highest peaks; fewer where there are many videos.
        provenance: of the checkpoint that gave the scores.
        title: what the report is of, in a few words.
        metrics: rows of a table of measurements; without any there is no table.

    Raises:
        DataError: a picture cannot be encoded.
        OutputError: the file cannot be written.
    """
    eventful = sum(bool(result.events) for result in results)
    most = max(1, min(MOST_PICTURED, MOST_PICTURED_IN_ALL // max(1, eventful)))
    html = page(
        "report.html.j2",
        title=title,
        headline=headline(results),
        summary=_summary(results),
        troubles=[*_troubles(results), *_uncalibrated(provenance)],
        videos=[_video_view(result, number, most) for number, result in enumerate(results, start=1)],
        labelled=any(result.truth for result in results),
        metrics=metrics,
        origin=_origin(provenance),
        provenance=provenance,
        drawing=(WIDTH, HEIGHT),
    )
    write_text(
        Path(path), html.encode("utf-8", "replace").decode("utf-8")
    )  # a file's name may hold bytes that are no text


def headline(results: Sequence[VideoResult]) -> str:
    """What came out, in one line of plain words.

    >>> headline([])
    'No video was scored'
    """
    if not results:
        return "No video was scored"
    where = results[0].info.name if len(results) == 1 else f"{len(results)} videos"
    found = sum(len(result.events) for result in results)
    if not any(np.isfinite(result.live.scores).any() for result in results):
        return f"Nothing could be scored in {where}"
    if not found:
        return f"Nothing unusual found in {where}"
    if len(results) > 1:
        where = f"{sum(bool(result.events) for result in results)} of {where}"
    return f"{_count(found, 'unusual event')} in {where}"


def _summary(results: Sequence[VideoResult]) -> str:
    seconds = sum(result.live.times_s[-1] for result in results if result.live.times_s.size)
    frames = sum(result.read.decoded for result in results)
    return f"{clock(seconds)} of video watched, {_count(frames, 'frame')}."


def _troubles(results: Sequence[VideoResult]) -> list[str]:
    """What a reader must know before trusting the headline, a line for each video that has something."""
    lines = []
    for result in results:
        if result.read.wholeness is Wholeness.UNREADABLE:
            lines.append(f"{result.info.name} could not be read")
        elif result.read.wholeness is Wholeness.PARTIAL:
            lines.append(f"{result.info.name} was read only in part: {_read_share(result)}")
        elif not np.isfinite(result.live.scores).any():
            lines.append(f"{result.info.name} could not be scored: it is too short")
    return lines


def _uncalibrated(provenance: Provenance) -> list[str]:
    known = calibrated(provenance.scale_s)
    return [] if known else [not_calibrated(provenance.scale_s, CALIBRATED_S)]


def _video_view(result: VideoResult, number: int, most: int) -> _VideoView:
    anchor = f"video-{number}"
    shown = sorted(result.pictures, key=lambda pictures: -pictures.event.peak_score)[:most]
    events = tuple(
        _event_view(result, event, i, f"{anchor}-event-{i}", next((p for p in shown if p.event == event), None))
        for i, event in enumerate(result.events, start=1)
    )
    info, live = result.info, result.live
    seconds = float(live.times_s[-1]) if live.times_s.size else 0.0
    rate = f", {float(info.rate):.4g} frames a second" if info.rate else ""
    length = f"{clock(seconds, tenths=True)}, {_count(result.read.decoded, 'frame')}"
    verdict = _verdict(result)
    return _VideoView(
        anchor=anchor,
        name=info.name,
        facts=f"{length}, {info.width} x {info.height}{rate}",
        highest=f"{np.nanmax(live.scores):.2f}" if np.isfinite(live.scores).any() else "none",
        verdict=verdict,
        truth=_truth_words(result.truth),
        problems=_problems(result),
        live=draw_curve(live, result.events, result.truth, enter=result.enter, leave=result.leave),
        paper=draw_curve(result.paper, (), result.truth),
        paper_protocol=result.paper.protocol,
        curve_label=f"Score of {info.name} over {clock(seconds)}. {verdict}",
        events=events,
    )


def _event_view(result: VideoResult, event: Event, number: int, anchor: str, pictures: Pictured | None) -> _EventView:
    times = event.peak_score / result.enter if result.enter > 0 else 0.0
    return _EventView(
        anchor=anchor,
        number=number,
        when=f"{clock(event.start_s, tenths=True)} to {clock(event.end_s, tenths=True)}",
        peak=clock(event.peak_s, tenths=True),
        score=f"{event.peak_score:.2f}",
        times_alarm=f"{times:.1f} times the alarm level" if times else "",
        why=event.why,
        zone=event.zone,
        verdict=_event_truth(result, event),
        pictures=_pictures(pictures, number) if pictures else (),
    )


def _pictures(pictures: Pictured, number: int) -> tuple[_Picture, ...]:
    event = pictures.event
    at = clock(pictures.time_s, tenths=True)
    boxed = ", with a box around the unusual region" if event.region else ""
    told = (
        (pictures.real, "What the camera saw", f"the frame at {at}{boxed}"),
        (
            pictures.restored,
            "What the method made of it: the moment restored, or the way that the object came",
            "the same moment as the method shows it",
        ),
        (pictures.error, "What is unusual: the brighter, the more", "heat map of what is unusual"),
    )
    shown = [
        _Picture(_data_address(rgb, event.region), f"Event {number}: {alt}", caption) for rgb, caption, alt in told
    ]
    if pictures.usual is not None:
        data = _data_address(pictures.usual, None, USUAL_WIDTH)
        alt = "the unusual object, and to its right an ordinary one at that place"
        shown.append(_Picture(data, f"Event {number}: {alt}", "The object, and one that is ordinary there"))
    if pictures.cube is not None:
        alt = "the object in the frames around this one, and its motion, each above what the method rebuilt"
        data = _data_address(pictures.cube, None, CUBE_WIDTH)
        shown.append(_Picture(data, f"Event {number}: {alt}", "The object, frame by frame", wide=True))
    return tuple(shown)


def _data_address(rgb: RGB, region: Box | None, width: int = PICTURE_WIDTH) -> str:
    small = resize_to_fit(rgb, width, width)
    boxed = draw_box(small, region) if region else small
    return f"data:image/jpeg;base64,{b64encode(jpeg(boxed)).decode('ascii')}"


def _verdict(result: VideoResult) -> str:
    scores = result.live.scores
    if not np.isfinite(scores).any():
        return "No part of it could be scored."
    if result.events:
        return f"{_count(len(result.events), 'unusual event')} found."
    peak = int(np.nanargmax(scores))
    return (
        f"Nothing unusual found. The highest score was {scores[peak]:.2f}, at "
        f"{clock(float(result.live.times_s[peak]), tenths=True)}; the alarm level is {result.enter:.2f}."
    )


def _truth_words(truth: Truth | None) -> str:
    if truth is None:
        return ""
    what = f" ({', '.join(truth.kinds)})" if truth.kinds else ""
    count = int(truth.abnormal.sum())
    return f"People labelled {count} of its {_count(truth.abnormal.size, 'frame')} as unusual{what if count else ''}."


def _event_truth(result: VideoResult, event: Event) -> str:
    if result.truth is None:
        return ""
    times = result.live.times_s[: result.truth.abnormal.size]
    inside = result.truth.abnormal[: times.size][(times >= event.start_s) & (times <= event.end_s)]
    return "The labels agree: unusual" if inside.any() else "The labels disagree: not marked as unusual"


def _problems(result: VideoResult) -> tuple[str, ...]:
    if result.read.wholeness is Wholeness.COMPLETE:
        return result.read.problems
    return (f"{_read_share(result)} could be read", *result.read.problems)


def _read_share(result: VideoResult) -> str:
    read = result.read
    return f"{read.decoded:,} of {read.expected:,} frames" if read.expected else _count(read.decoded, "frame")


def _origin(provenance: Provenance) -> list[tuple[str, str]]:
    p = provenance
    return [
        ("Method", p.method),
        ("Preset", p.preset),
        ("Trained on", f"{p.data}: {_count(p.videos, 'video')}, {_count(p.frames, 'frame')}"),
        ("Training", f"{_count(p.steps, 'step')} in {duration(60 * p.minutes)}, finished {p.trained_at}"),
        ("Held-out footage", p.held_out or "not recorded"),
        ("Live scale", f"fitted on {duration(p.scale_s)} of held-out footage" if p.scale_s else "of unknown footage"),
        ("Seed", str(p.seed)),
        ("Commit", p.commit or "unknown"),
        ("Machine", p.machine),
        ("Versions", ", ".join(f"{package} {version}" for package, version in p.versions)),
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
