"""An evaluation -> tables, results.json, pictures, and rows for the report."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from unusual.app.report.plots import CurvePanel, RocLine, write_curves_picture, write_roc_picture
from unusual.app.report.report import MetricRow
from unusual.app.terminal import table, warn
from unusual.errors import ConfigError
from unusual.files import write_text
from unusual.measure.bootstrap import BootstrapInterval
from unusual.measure.compare import DETECTION_RATE, JOIN_S, MARGIN_S, Evaluation, ProtocolRow
from unusual.measure.operating import OperatingPoint
from unusual.scores.wording import duration
from unusual.video.floors import FLOORS

COLUMNS = {  # and the field of FrameMetrics that stands in it; the first has an interval beside it
    "micro AUC": "micro_auc",
    "macro AUC": "macro_auc",
    "AP": "average_precision",
    "EER": "equal_error_rate",
}
ROC_POINTS = 1000  # of a curve, in results.json


def print_tables(title: str, evaluation: Evaluation) -> None:
    """Print protocols, clips, kinds and alarms."""
    short = [f"AUC, {name.partition(' (')[0]}" for name in evaluation.judged]
    rows = [
        [row.protocol, micro, _interval(row.micro_interval), *rest]
        for row in evaluation.rows
        for micro, *rest in [[f"{value:.3f}" for value in _numbers(row)]]
    ]
    first, *others = COLUMNS
    table(title, ["protocol", first, "95 % interval", *others], rows)
    clips = [
        [
            *(row.clip.name, str(len(row.clip.abnormal)), str(row.clip.abnormal.sum()), *_areas(row.auc)),
            f"{row.alarms.found} / {row.alarms.missed} / {row.alarms.false}",
        ]
        for row in evaluation.clips
    ]
    columns = ["clip", "frames", "abnormal", *short, "found / missed / false"]
    table("Clip by clip", columns, clips)
    if evaluation.kinds:
        kinds = [[row.kind, str(row.frames), *_areas(row.auc)] for row in evaluation.kinds]
        table("Kind by kind", ["kind", "frames", *short], kinds)
    if evaluation.alarms:
        columns = ["alarm from", "found", "missed", "false", "one in", "false an hour", "95 % interval", "median delay"]
        table(f"Alarms: {evaluation.judged[0]}", columns, [_alarm_cells(point) for point in evaluation.alarms])


def notes(evaluation: Evaluation) -> list[str]:
    """What must be said beside the tables: what was counted and left out, what an alarm is, figures of the place."""
    metrics = evaluation.rows[0].metrics
    said = [
        f"{metrics.frames_scored} frames scored, {metrics.frames_left_out} left out, "
        f"{metrics.frames_abnormal} of the scored abnormal"
    ]
    if metrics.undefined:
        said.append(f"no figure over all frames: {metrics.undefined}")
    if metrics.single_class:
        said.append(
            f"macro AUC is over the {metrics.macro_videos} clips that show both classes; "
            f"left out of it: {', '.join(metrics.single_class)}"
        )
    if evaluation.alarms:
        said.append(
            f"found, missed: labelled stretches; false: alarms more than {MARGIN_S:g} s away from them; clip by clip "
            f"at the first alarm level; the last one is the highest that finds {DETECTION_RATE:.0%}; "
            f"false ones are counted in {duration(3600 * evaluation.alarms[0].ordinary_hours)} of ordinary footage"
        )
    said += _beaten(evaluation)
    if place := evaluation.place:
        ends = f", whose curve ends at {place.false_per_frame:.2f} false regions a frame"
        said.append(
            f"where, over {place.clips} clips with pixel masks: "
            f"RBDC {place.rbdc:.3f} (95 % interval {_interval(place.rbdc_interval)}), "
            f"TBDC {place.tbdc:.3f} (95 % interval {_interval(place.tbdc_interval)})"
            f"{ends if place.false_per_frame < 1 else ''}, pixel-level AUC {place.pixel_level_auc:.3f}, "
            f"pixel AUROC {place.pixel_auc:.3f}"
        )
    return [*said, *(f"left out: {line}" for line in evaluation.left_out)]


def _beaten(evaluation: Evaluation) -> list[str]:
    """A line where what learns nothing is as good as what is measured."""
    areas = {row.protocol: row.metrics.micro_auc for row in evaluation.rows}
    own = areas[evaluation.judged[0]]
    better = [f"{name} has {areas[name]:.3f}" for name in FLOORS if areas.get(name, -math.inf) >= own]
    if not better:
        return []
    told = f"{evaluation.judged[0]} has a micro AUC of {own:.3f}, {', '.join(better)}"
    return [f"no better than what learns nothing: {told}"]


def report_rows(evaluation: Evaluation) -> list[MetricRow]:
    """The same numbers for the report."""
    first = next(iter(COLUMNS))
    rows = [
        MetricRow(name, row.protocol, value, _note(row.micro_interval) if name == first else "")
        for row in evaluation.rows
        for name, value in zip(COLUMNS, _numbers(row), strict=True)
    ]
    if place := evaluation.place:
        rows += [
            MetricRow("RBDC", evaluation.judged[0], place.rbdc, _note(place.rbdc_interval)),
            MetricRow("TBDC", evaluation.judged[0], place.tbdc, _note(place.tbdc_interval)),
            MetricRow("pixel-level AUC", evaluation.judged[0], place.pixel_level_auc),
            MetricRow("pixel AUROC", evaluation.judged[0], place.pixel_auc),
        ]
    return [row for row in rows if not math.isnan(row.value)]


def write_evaluation(folder: Path, evaluation: Evaluation, provenance: Mapping[str, object]) -> None:
    """Write results.json: one object; what is not defined is null.

    {
      "format": "unusual-evaluation-1",
      "protocols": {protocol: {"micro_auc", "macro_auc", "macro_videos", "single_class": [clip, ...],
                               "average_precision", "equal_error_rate", "frames_scored", "frames_left_out",
                               "frames_abnormal", "roc": {"thresholds", "fpr", "tpr"} of at most ROC_POINTS corners,
                               "micro_interval": {"low", "high", "resamples", "undefined"} or null with one clip}},
      "judged": [protocol, ...],                        those of the clips and kinds; the first is that of the alarms
      "clips": [{"name", "frames", "abnormal": count, "auc": {protocol: area or null},
                 "alarms": {"found", "missed", "false"}}],                          at the first alarm threshold
      "kinds": {kind: {"frames", "auc": {protocol: area}}},                         empty where labels name none
      "alarms": {"detection_rate", "join_s", "margin_s",
                 "points": [{"threshold", "found", "missed", "false", "ordinary_hours", "false_alarms_per_hour",
                             "hourly_interval": [low, high], "median_delay_s"}]},
                                                     at the threshold for alarms, if any; at that for detection_rate
      "localisation": {"clips", "frames", "regions", "tracks", "rbdc", "rbdc_interval", "tbdc", "tbdc_interval",
                       "false_per_frame", "pixel_level_auc", "pixel_auc"} or null,          intervals as above
      "left_out": [line, ...],
      "provenance": of the checkpoint, or {"data", "scores": {row: {"file", "sha256", "lower_is_worse"}}}
    }

    Raises:
        OutputError: the file cannot be written.
    """
    document = {
        "format": "unusual-evaluation-1",
        "protocols": {
            row.protocol: asdict(row.metrics)
            | {"micro_interval": row.micro_interval and asdict(row.micro_interval)}
            | {"roc": {name: curve.tolist() for name, curve in asdict(row.roc.thinned(ROC_POINTS)).items()}}
            for row in evaluation.rows
        },
        "judged": evaluation.judged,
        "clips": [
            {
                "name": row.clip.name,
                "frames": len(row.clip.abnormal),
                "abnormal": int(row.clip.abnormal.sum()),
                "auc": row.auc,
                "alarms": asdict(row.alarms),
            }
            for row in evaluation.clips
        ],
        "kinds": {row.kind: {"frames": row.frames, "auc": row.auc} for row in evaluation.kinds},
        "alarms": {
            "detection_rate": DETECTION_RATE,
            "join_s": JOIN_S,
            "margin_s": MARGIN_S,
            "points": [_alarm_object(point) for point in evaluation.alarms],
        },
        "localisation": evaluation.place and asdict(evaluation.place),
        "left_out": evaluation.left_out,
        "provenance": provenance,
    }
    write_text(folder / "results.json", json.dumps(_plain(document), indent=2, allow_nan=False) + "\n")


def draw_pictures(folder: Path, evaluation: Evaluation) -> None:
    """Draw roc and curves, as PNG and as SVG; warn where matplotlib is not installed, as all else is there.

    Raises:
        OutputError: a picture cannot be written.
    """
    curves = [RocLine(row.protocol, row.roc.fpr, row.roc.tpr, row.metrics.micro_auc) for row in evaluation.rows]
    protocol = evaluation.judged[0]
    panels = [
        CurvePanel(row.clip.name, row.clip.times_s, row.clip.curves[protocol], row.clip.abnormal)
        for row in evaluation.clips
    ]
    level = evaluation.alarms[0].threshold if evaluation.alarms else math.nan
    try:
        for suffix in (".png", ".svg"):
            write_roc_picture(folder / f"roc{suffix}", [curve for curve in curves if not math.isnan(curve.auc)])
            write_curves_picture(folder / f"curves{suffix}", panels, level)
    except ConfigError as error:
        warn(str(error))


def _numbers(row: ProtocolRow) -> list[float]:
    return [getattr(row.metrics, field) for field in COLUMNS.values()]


def _interval(found: BootstrapInterval | None) -> str:
    return f"{found.low:.3f} to {found.high:.3f}" if found and not math.isnan(found.low) else "unknown"


def _note(found: BootstrapInterval | None) -> str:
    return f"95 % interval {_interval(found)}"


def _areas(auc: Mapping[str, float]) -> list[str]:
    return ["" if math.isnan(area) else f"{area:.3f}" for area in auc.values()]


def _alarm_cells(point: OperatingPoint) -> list[str]:
    counts = [str(count) for count in (point.counts.found, point.counts.missed, point.counts.false)]
    hourly, (low, high), delay_s = point.false_alarms_per_hour, point.hourly_interval, point.median_delay_s
    one_in = duration(3600 / hourly) if hourly > 0 else ""
    rate = ["", "", ""] if math.isnan(hourly) else [one_in, f"{hourly:.2f}", f"{low:.2f} to {high:.2f}"]
    return [f"{point.threshold:.3g}", *counts, *rate, "" if math.isnan(delay_s) else f"{delay_s:.2f} s"]


def _alarm_object(point: OperatingPoint) -> dict[str, object]:
    return {
        "threshold": point.threshold,
        **asdict(point.counts),
        "ordinary_hours": point.ordinary_hours,
        "false_alarms_per_hour": point.false_alarms_per_hour,
        "hourly_interval": point.hourly_interval,
        "median_delay_s": point.median_delay_s,
    }


def _plain(value: object) -> object:
    """JSON has no NaN and no infinity: what is not a number becomes null."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
