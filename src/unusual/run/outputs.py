"""A scored video -> its folder: curves, events, pictures, annotated video; and back, to make a report of it later.

scores.csv      a row a frame, see `write_scores`
events.json     events, thresholds, what was read, the checkpoint's provenance, see `write_events`
annotated.mp4   original beside heat map, curve underneath, see `Annotator`
event-01-*.jpg  real, restored, error of each event; cube or usual where the method judges objects
"""

import csv
import io
import json
import math
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from unusual.domain import Event, Pictured, Provenance, ReadReport, ScoreCurve, Truth, VideoInfo, VideoResult
from unusual.errors import DataError, OutputError
from unusual.files import scratch_folder, sweep_folders, whole_folder, write_text
from unusual.scores.calibrate import calibrated
from unusual.video.floors import FLOORS
from unusual.video.pictures import jpeg
from unusual.video.source import natural_order

SCORES, EVENTS, ANNOTATED = "scores.csv", "events.json", "annotated.mp4"
FORMAT = "unusual-events-1"
COLUMNS = ["frame", "time_s", "live_score", "paper_score", *(name.replace(" ", "_") for name in FLOORS)]
TRUTH = "abnormal"
VIEWS, OBJECTS = ("real", "restored", "error"), ("cube", "usual")
LONGEST_NAME = 200  # bytes: a disk holds 255, and the name of what is not whole yet is longer
Annotate = Callable[[Path, VideoResult], None]
LIVE = "live"  # protocol of the curve; the paper's says how it is scaled, a floor's is its name


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """What scores.csv holds, a value a frame. Scores: NaN where the frame was not scored; abnormal: None if unknown."""

    times_s: NDArray[np.float64]
    live: NDArray[np.float64]
    paper: NDArray[np.float64]
    floors: tuple[NDArray[np.float64], ...]  # in the order of FLOORS
    abnormal: NDArray[np.bool_] | None


def result_folder(out: Path, name: str, taken: set[Path]) -> Path:
    """A folder under `out` for one video, named after it; a number tells it from what is taken.

    >>> result_folder(Path("out"), "*", set()), result_folder(Path("out"), "gate", {Path("out/gate").resolve()})
    (PosixPath('out/video'), PosixPath('out/gate-2'))
    """
    coding = sys.getfilesystemencoding()  # ASCII in a bare environment
    short = name.encode(coding, "replace")[:LONGEST_NAME].decode(coding, "ignore")
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]', "", short).strip(" .") or "video"
    names = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    folder = next(out / name for name in names if (out / name).resolve() not in taken)
    taken.add(folder.resolve())
    return folder


@dataclass(frozen=True, slots=True)
class FiledPictures:
    """`Pictured` of an event, the number-th of its video, in a folder: read whenever one is asked for, to be let go of.

    Raises:
        DataError: the folder does not hold it any more.
    """

    event: Event
    time_s: float
    folder: Path
    number: int

    def file(self, view: str) -> Path:
        """Where one is. view: one of VIEWS, or of OBJECTS, which need not be there."""
        return self.folder / f"event-{self.number:02}-{view}.jpg"

    @property
    def real(self) -> NDArray[np.uint8]:
        """As `EventPictures`; so are the others."""
        return self._read("real")

    @property
    def restored(self) -> NDArray[np.uint8]:
        """What the method made of it."""
        return self._read("restored")

    @property
    def error(self) -> NDArray[np.uint8]:
        """Where the two differ."""
        return self._read("error")

    @property
    def cube(self) -> NDArray[np.uint8] | None:
        """The worst object, of a method that rebuilds objects."""
        return self._read("cube") if self.file("cube").exists() else None

    @property
    def usual(self) -> NDArray[np.uint8] | None:
        """The worst object beside an ordinary one, of a method that knows some."""
        return self._read("usual") if self.file("usual").exists() else None

    def _read(self, view: str) -> NDArray[np.uint8]:
        bgr = cv2.imread(str(self.file(view)))
        if bgr is None:
            raise DataError(f"{self.file(view)} is missing or no picture: score the video again")
        return np.ascontiguousarray(bgr[..., ::-1], np.uint8)


def file_pictures(folder: Path, number: int, pictures: Pictured) -> FiledPictures:
    """Write an event's pictures as JPEG; those that are filed elsewhere are copied as they are."""
    filed = FiledPictures(pictures.event, pictures.time_s, folder, number)
    for view in (*VIEWS, *OBJECTS):
        if isinstance(pictures, FiledPictures):
            if pictures.file(view).exists():
                shutil.copyfile(pictures.file(view), filed.file(view))
        elif (rgb := getattr(pictures, view)) is not None:
            filed.file(view).write_bytes(jpeg(rgb, 90))
    return filed


class Album:
    """Keeps the pictures of a video's events on disk while it is scored, so that many events take no more memory.

    A context manager: leaving it removes what it kept. folder: in which it is kept; made when absent.
    """

    def __init__(self, folder: Path) -> None:
        self._place = folder / "pictures"
        self._open = ExitStack()
        self._folder: Path | None = None

    def file(self, number: int, pictures: Pictured) -> FiledPictures:
        """Keep those of the number-th event. Raises OutputError."""
        if self._folder is None:
            self._folder = self._open.enter_context(scratch_folder(self._place))
        try:
            return file_pictures(self._folder, number, pictures)
        except OSError as error:
            raise OutputError(f"cannot keep an event's pictures in {self._folder}: {error.strerror}") from error

    def __enter__(self) -> Self:
        sweep_folders(self._place)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def write_outputs(
    result: VideoResult, provenance: Provenance, folder: Path, annotate: Annotate | None = None
) -> VideoResult:
    """Write all files of one video into `folder`, or none; returns the result with the pictures that are there.

    annotate: draws annotated.mp4, see `Annotator.write`.

    Raises:
        DataError: curves and truth are not of the same frames, or a number is NaN or infinite that must not be.
        OutputError: a file cannot be written.
    """
    with whole_folder(folder) as part:
        write_scores(part / SCORES, result)
        write_events(part / EVENTS, result, provenance)
        for pictures in result.pictures:
            file_pictures(part, result.events.index(pictures.event) + 1, pictures)
        if annotate is not None:
            annotate(part / ANNOTATED, result)
    numbers = [(result.events.index(each.event) + 1, each) for each in result.pictures]
    return replace(result, pictures=tuple(FiledPictures(p.event, p.time_s, folder, number) for number, p in numbers))


def scored_folders(folder: Path) -> list[Path]:
    """The folder of a scored video, or of a folder above such folders those in it, in natural order.

    Raises:
        DataError: nothing was scored there.
    """
    if (folder / SCORES).exists():
        return [folder]
    found = (file.parent for file in folder.rglob(SCORES))
    inside = [each for each in found if not any(part.startswith(".") for part in each.relative_to(folder).parts)]
    if not inside:
        raise DataError(f"{folder} has no {SCORES}, and no folder below it has: give what `unusual score` wrote")
    return natural_order(inside)


def read_outputs(folder: Path) -> tuple[VideoResult, Provenance]:
    """Read what `write_outputs` wrote. Raises DataError where a file is missing or of another form."""
    table = read_scores(folder / SCORES)
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
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError, RecursionError) as error:
        raise DataError(f"{folder / EVENTS} is missing or was not written by this version: {error!s:.120}") from error
    live, paper, *floors = (
        ScoreCurve(video.name, name, table.times_s, scores)
        for name, scores in zip((LIVE, protocol, *FLOORS), (table.live, table.paper, *table.floors), strict=True)
    )
    filed = [
        FiledPictures(event, time_s, folder, number)
        for number, (event, time_s) in enumerate(zip(events, pictured, strict=True), start=1)
        if time_s is not None
    ]
    pictures = tuple(each for each in filed if all(each.file(view).exists() for view in VIEWS))
    truth = None if table.abnormal is None else Truth(table.abnormal)
    return VideoResult(
        video, read, live, paper, tuple(floors), enter, leave, events=events, pictures=pictures, truth=truth
    ), provenance


def write_scores(path: Path, result: VideoResult) -> None:
    """Write one row a frame, under a header row, with "," between and "\\n" after.

    frame:       0-based position in the order of display.
    time_s:      seconds from the video's first frame.
    live_score:  on the scale fitted to ordinary footage, higher = more abnormal; empty where not scored.
    paper_score: the published protocol's (events.json says how it is scaled); empty where not scored.
    frame_difference, constant_velocity: what needs no learning, in grey levels.
    abnormal:    1 or 0; the column is there only where the truth is known.

    Numbers are written so that reading them back gives the same float64.

    Raises:
        DataError: the two curves, or the curve and the truth, are not of the same frames.
        OutputError: the file cannot be written.
    """
    live, paper, truth = result.live, result.paper, result.truth
    if not np.array_equal(live.times_s, paper.times_s):
        raise DataError(f"{result.info.name}: live and paper curve are not of the same frames")
    if truth is not None and truth.abnormal.shape != live.scores.shape:
        raise DataError(f"{result.info.name}: {live.scores.size} scores, but {truth.abnormal.size} labels")
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS + [TRUTH] * (truth is not None))
    for i, time_s in enumerate(live.times_s):
        label = [] if truth is None else [int(truth.abnormal[i])]
        cells = [_cell(curve.scores[i]) for curve in (live, paper, *result.floors)]
        rows.writerow([i, float(time_s), *cells, *label])
    write_text(path, text.getvalue())


def read_scores(path: Path) -> ScoreTable:
    """Read what write_scores wrote. Raises DataError, with the line, where the file is of another form."""
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    header = lines[0] if lines else []
    if header not in (COLUMNS, [*COLUMNS, TRUTH]):
        raise DataError(f"{path}: first line must be {','.join(COLUMNS)}[,{TRUTH}], got {','.join(header)!r}")
    values = np.array([_numbers(cells, len(header), path, i) for i, cells in enumerate(lines[1:], start=2)])
    values = values.reshape(-1, len(header))
    _, times_s, live, paper, *floors = values[:, : len(COLUMNS)].T
    abnormal = values[:, -1].astype(bool) if TRUTH in header else None
    return ScoreTable(times_s, live, paper, tuple(floors), abnormal)


def write_events(path: Path, result: VideoResult, provenance: Provenance) -> None:
    """Write one video's events as a JSON object; keys always come in this order.

    {
      "format": "unusual-events-1",
      "video": {"name", "width", "height", "rate": "30000/1001" or null, "expected_frames": count or null},
      "read": {"wholeness": "complete" | "partial" | "unreadable", "decoded", "expected", "problems": [line, ...],
               "timed": whether times are the video's own},
      "paper_protocol": how the published protocol's scores in scores.csv are scaled,
      "thresholds": {"enter", "leave"},                                   on the live scale
      "calibrated": whether that scale rests on footage enough, as far as is known: see provenance.scale_s,
      "events": [{"start_s", "end_s", "peak_s", "peak_score",
                  "region": {"left", "top", "right", "bottom"} or null,    shares of width and height in [0, 1]
                  "why": in words, "" where the method cannot tell,
                  "pictured_s": time of the frame in its pictures, or null}],
      "provenance": {"method", "preset", "data", "videos", "frames", "seed", "steps", "minutes", "trained_at",
                     "machine", "commit", "held_out", "scale_s", "versions": {package: version},
                     "settings": {name: value}}
    }

    Events are in order of time; times are seconds from the video's first frame.

    Raises:
        DataError: a number is NaN or infinite, which JSON cannot say.
        OutputError: the file cannot be written.
    """
    info = asdict(result.info)
    source = asdict(provenance)
    pictured = {pictures.event: pictures.time_s for pictures in result.pictures}
    document = {
        "format": FORMAT,
        "video": info | {"rate": info["rate"] and str(info["rate"])},
        "read": asdict(result.read),
        "paper_protocol": result.paper.protocol,
        "thresholds": {"enter": result.enter, "leave": result.leave},
        "calibrated": calibrated(provenance.scale_s),
        "events": [asdict(event) | {"pictured_s": pictured.get(event)} for event in result.events],
        "provenance": source | {key: dict(source[key]) for key in ("versions", "settings")},
    }
    try:
        write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n")
    except ValueError as error:
        raise DataError(f"{result.info.name}: events cannot be written as JSON: {error}") from error


def _cell(score: float) -> float | str:
    return "" if math.isnan(score) else float(score)


def _numbers(cells: list[str], count: int, path: Path, line: int) -> list[float]:
    try:
        if len(cells) == count:
            return [float(cell) if cell else math.nan for cell in cells]
    except ValueError:
        pass
    raise DataError(f"{path}, line {line}: expected {count} numbers, got {','.join(cells)!r}")
