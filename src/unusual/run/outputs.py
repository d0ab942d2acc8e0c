"""A scored video -> its folder: curves, events, pictures, annotated video; and back, to make a report of it later.

scores.csv      a row a frame
events.json     events, thresholds, what was read, the checkpoint's provenance
annotated.mp4   original beside heat map, curve underneath
event-01-*.jpg  real, restored, error of each event; cube where the method judges objects
"""

import json
import re
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from pydantic import TypeAdapter, ValidationError

from unusual.domain import Event, EventPictures, Provenance, ReadReport, ScoreCurve, Truth, VideoInfo, VideoResult
from unusual.errors import DataError
from unusual.files import whole_folder
from unusual.run.annotate import write_annotated_video
from unusual.run.results import read_scores_csv, write_events_json, write_scores_csv
from unusual.video.pictures import jpeg
from unusual.video.reader import open_video
from unusual.video.source import Named, natural_order

if TYPE_CHECKING:
    from unusual.run.score import ScoredVideo  # loads torch, which a report does without

SCORES, EVENTS, ANNOTATED = "scores.csv", "events.json", "annotated.mp4"
VIEWS, CUBE = ("real", "restored", "error"), "cube"
USUAL_RATE = Fraction(25)  # of an annotated video whose source names no rate; its time stamps are right all the same


def result_folder(out: Path, name: str, taken: set[Path]) -> Path:
    """A folder under `out` for one video, named after it; a number tells it from what is taken.

    >>> result_folder(Path("out"), "*", set()), result_folder(Path("out"), "gate", {Path("out/gate").resolve()})
    (PosixPath('out/video'), PosixPath('out/gate-2'))
    """
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]', "", name).strip(" .") or "video"
    names = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    folder = next(out / name for name in names if (out / name).resolve() not in taken)
    taken.add(folder.resolve())
    return folder


def write_outputs(scored: "ScoredVideo", source: Named, provenance: Provenance, folder: Path, *, video: bool) -> None:
    """Write all files of one video into `folder`, or none. video=False leaves out annotated.mp4. Raises OutputError."""
    with whole_folder(folder) as part:
        _write_all(scored, source, provenance, part, video=video)


def _write_all(scored: "ScoredVideo", source: Named, provenance: Provenance, part: Path, *, video: bool) -> None:
    result = scored.result
    write_scores_csv(part / SCORES, result)
    write_events_json(part / EVENTS, result, provenance)
    for pictures in result.pictures:
        number = result.events.index(pictures.event) + 1
        for view in VIEWS:
            _picture_file(part, number, view).write_bytes(jpeg(getattr(pictures, view), 90))
        if pictures.cube is not None:
            _picture_file(part, number, CUBE).write_bytes(jpeg(pictures.cube, 90))
    if video:
        rate = result.info.rate or USUAL_RATE
        with open_video(source, rate=rate) as frames:
            write_annotated_video(
                part / ANNOTATED,
                (replace(frame, index=position) for position, frame in enumerate(frames)),  # heat goes by position
                scored.heat,
                scored.marks,
                result.live,
                result.events,
                enter=result.enter,
                rate=rate,
            )


def scored_folders(folder: Path) -> list[Path]:
    """The folder of a scored video, or of a folder around such folders those in it, in natural order.

    Raises:
        DataError: nothing was scored there.
    """
    if (folder / SCORES).exists():
        return [folder]
    inside = [file.parent for file in folder.glob(f"*/{SCORES}")]
    if not inside:
        raise DataError(f"{folder} has no {SCORES}, and no folder in it has: give what `unusual score` wrote")
    return natural_order(inside)


def read_outputs(folder: Path) -> tuple[VideoResult, Provenance]:
    """Read what `write_outputs` wrote. Raises DataError where a file is missing or of another form."""
    table = read_scores_csv(folder / SCORES)
    try:
        document = json.loads((folder / EVENTS).read_text(encoding="utf-8"))
        info = document["video"]
        rate = None if info["rate"] is None else Fraction(info.pop("rate"))
        video = TypeAdapter(VideoInfo).validate_python(info | {"rate": rate})
        read = TypeAdapter(ReadReport).validate_python(document["read"])
        pictured = [event.pop("pictured_s") for event in document["events"]]
        events = TypeAdapter(tuple[Event, ...]).validate_python(document["events"])
        protocol = str(document["paper_protocol"])
        enter, leave = (float(document["thresholds"][key]) for key in ("enter", "leave"))
        origin = document["provenance"]
        pairs = {key: tuple(origin[key].items()) for key in ("versions", "settings")}
        provenance = TypeAdapter(Provenance).validate_python(origin | pairs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise DataError(f"{folder / EVENTS} is missing or was not written by this version: {error!s:.120}") from error
    curves = {
        name: ScoreCurve(video.name, protocol, table.times_s, scores)
        for name, protocol, scores in (
            ("live", "live", table.live),
            ("paper", protocol, table.paper),
            ("floor", "frame difference", table.floor),
        )
    }
    pictures = tuple(
        read_pictures
        for number, (event, time_s) in enumerate(zip(events, pictured, strict=True), start=1)
        if time_s is not None and (read_pictures := _read_pictures(folder, number, event, time_s))
    )
    truth = None if table.abnormal is None else Truth(table.abnormal)
    return VideoResult(
        video, read, **curves, enter=enter, leave=leave, events=events, pictures=pictures, truth=truth
    ), provenance


def _read_pictures(folder: Path, number: int, event: Event, time_s: float) -> EventPictures | None:
    views = [cv2.imread(str(_picture_file(folder, number, view))) for view in (*VIEWS, CUBE)]
    found = [np.ascontiguousarray(view[..., ::-1], np.uint8) for view in views if view is not None]
    return EventPictures(event, time_s, *found) if all(view is not None for view in views[:-1]) else None


def _picture_file(folder: Path, number: int, view: str) -> Path:
    return folder / f"event-{number:02}-{view}.jpg"
