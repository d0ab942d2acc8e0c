"""The small files a program reads: scores as CSV, events as JSON."""

import csv
import io
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Provenance, VideoResult
from unusual.errors import DataError
from unusual.files import write_text

_COLUMNS = ["frame", "time_s", "live_score", "paper_score", "frame_difference"]
_TRUTH = "abnormal"


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """What scores.csv holds, a value a frame. Scores: NaN where the frame was not scored; abnormal: None if unknown."""

    times_s: NDArray[np.float64]
    live: NDArray[np.float64]
    paper: NDArray[np.float64]
    floor: NDArray[np.float64]
    abnormal: NDArray[np.bool_] | None


def write_scores_csv(path: Path, result: VideoResult) -> None:
    """Write one row a frame, under a header row, with "," between and "\\n" after.

    frame:       0-based position in the order of display.
    time_s:      seconds from the video's first frame.
    live_score:  on the scale fitted to ordinary footage, higher = more abnormal; empty where not scored.
    paper_score: the published protocol's (events.json says how it is scaled); empty where not scored.
    frame_difference: what needs no learning, in grey levels.
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
    rows.writerow(_COLUMNS + [_TRUTH] * (truth is not None))
    for i, time_s in enumerate(live.times_s):
        label = [] if truth is None else [int(truth.abnormal[i])]
        cells = [_cell(curve.scores[i]) for curve in (live, paper, result.floor)]
        rows.writerow([i, float(time_s), *cells, *label])
    write_text(path, text.getvalue())


def read_scores_csv(path: Path) -> ScoreTable:
    """Read what write_scores_csv wrote. Raises DataError, with the line, where the file is of another form."""
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    header = lines[0] if lines else []
    if header not in (_COLUMNS, [*_COLUMNS, _TRUTH]):
        raise DataError(f"{path}: first line must be {','.join(_COLUMNS)}[,{_TRUTH}], got {','.join(header)!r}")
    values = np.array([_numbers(cells, len(header), path, i) for i, cells in enumerate(lines[1:], start=2)])
    values = values.reshape(-1, len(header))
    abnormal = values[:, 5].astype(bool) if _TRUTH in header else None
    return ScoreTable(values[:, 1], values[:, 2], values[:, 3], values[:, 4], abnormal)


def write_events_json(path: Path, result: VideoResult, provenance: Provenance) -> None:
    """Write one video's events as a JSON object; keys always come in this order.

    {
      "format": "unusual-events-1",
      "video": {"name", "width", "height", "rate": "30000/1001" or null, "expected_frames": count or null},
      "read": {"wholeness": "complete" | "partial" | "unreadable", "decoded", "expected", "problems": [line, ...]},
      "paper_protocol": how the published protocol's scores in scores.csv are scaled,
      "thresholds": {"enter", "leave"},                                   on the live scale
      "events": [{"start_s", "end_s", "peak_s", "peak_score",
                  "region": {"left", "top", "right", "bottom"} or null,    shares of width and height in [0, 1]
                  "why": in words, "" where the method cannot tell,
                  "pictured_s": time of the frame in its pictures, or null}],
      "provenance": {"method", "preset", "data", "videos", "frames", "seed", "steps", "minutes", "trained_at",
                     "machine", "commit", "held_out", "versions": {package: version}, "settings": {name: value}}
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
        "format": "unusual-events-1",
        "video": info | {"rate": info["rate"] and str(info["rate"])},
        "read": asdict(result.read),
        "paper_protocol": result.paper.protocol,
        "thresholds": {"enter": result.enter, "leave": result.leave},
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
