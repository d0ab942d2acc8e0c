"""An evaluation -> a table, results.json, a ROC picture, and rows for the report."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from unusual.app.plots import RocCurve, write_roc_picture
from unusual.app.report import MetricRow
from unusual.domain import Provenance, VideoResult
from unusual.files import write_text
from unusual.run.evaluate import Evaluation, ProtocolRow

COLUMNS = ["protocol", "micro AUC", "macro AUC", "AP", "EER"]


def table_rows(evaluation: Evaluation) -> list[list[str]]:
    """The table's cells, under COLUMNS."""
    return [[row.protocol, *(f"{value:.3f}" for value in _numbers(row))] for row in evaluation.rows]


def notes(evaluation: Evaluation) -> list[str]:
    """What must be said beside the table: frames counted and left out, videos of one class, events."""
    metrics, events = evaluation.rows[0].metrics, evaluation.events
    said = [
        f"{metrics.frames_scored} frames scored, {metrics.frames_left_out} left out, "
        f"{metrics.frames_abnormal} of the scored abnormal",
        f"events: {events.found} of {events.found + events.missed} labelled stretches found, {events.false} false",
    ]
    if metrics.single_class:
        said.append(
            f"macro AUC is over the {metrics.macro_videos} videos that show both classes; "
            f"left out of it: {', '.join(metrics.single_class)}"
        )
    return [*said, *(f"left out: {line}" for line in evaluation.left_out)]


def report_rows(evaluation: Evaluation) -> list[MetricRow]:
    """The same numbers for the report."""
    return [
        MetricRow(name, row.protocol, value)
        for row in evaluation.rows
        for name, value in zip(COLUMNS[1:], _numbers(row), strict=True)
        if not math.isnan(value)
    ]


def write_evaluation(
    folder: Path, evaluation: Evaluation, results: Sequence[VideoResult], provenance: Provenance
) -> None:
    """Write results.json. Raises OutputError."""
    document = {
        "format": "unusual-evaluation-1",
        "protocols": {row.protocol: _plain(asdict(row.metrics)) for row in evaluation.rows},
        "events": asdict(evaluation.events),
        "left_out": list(evaluation.left_out),
        "videos": [
            {"name": r.info.name, "frames": len(r.live.scores), "read": r.read.wholeness.value, "events": len(r.events)}
            for r in results
        ],
        "provenance": asdict(provenance)
        | {"versions": dict(provenance.versions), "settings": dict(provenance.settings)},
    }
    write_text(folder / "results.json", json.dumps(document, indent=2) + "\n")


def write_roc(folder: Path, evaluation: Evaluation) -> None:
    """Draw roc.png. Raises OutputError; ConfigError when matplotlib is not installed."""
    curves = [
        RocCurve(row.protocol, row.roc.false_rate, row.roc.true_rate, row.metrics.micro_auc) for row in evaluation.rows
    ]
    write_roc_picture(folder / "roc.png", [curve for curve in curves if not math.isnan(curve.auc)])


def _numbers(row: ProtocolRow) -> list[float]:
    metrics = row.metrics
    return [metrics.micro_auc, metrics.macro_auc, metrics.average_precision, metrics.equal_error_rate]


def _plain(metrics: dict[str, object]) -> dict[str, object]:
    """JSON has no NaN: what is undefined becomes null."""
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in metrics.items()}
