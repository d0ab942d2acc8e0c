"""An evaluation as people and programs see it."""

import json

import numpy as np
import pytest

from unusual.app.report.tables import draw_pictures, notes, print_tables, report_rows, write_evaluation
from unusual.measure.bootstrap import BootstrapInterval
from unusual.measure.compare import LabelledClip, compare
from unusual.measure.localise import Localisation

PLACE = Localisation(
    clips=2, frames=20, regions=5, tracks=2, rbdc=0.41, rbdc_interval=BootstrapInterval(0.2, 0.6, 1000, 0), tbdc=0.52,
    tbdc_interval=None, false_per_frame=0.3, pixel_level_auc=0.63, pixel_auc=0.74,
)  # fmt: skip


def clip(name, scores, abnormal, **kinds):
    curves = {"own (raw)": np.array(scores, float), "floor": np.zeros(len(scores))}
    flags = {kind: np.array(list(shown)) == "x" for kind, shown in kinds.items()}
    return LabelledClip(name, np.arange(float(len(scores))), np.array(list(abnormal)) == "x", curves, flags)


CLIPS = [
    clip("gate", [0, 1, 5, 6, 0, 0, 0, 4], "..xx....", cart="..xx...."),
    clip("door", [2, 3, 3, 0, np.nan, 1], "..x.xx"),
    clip("hall", [0, 0, 0, 7, 7, 0], "......"),
]


@pytest.fixture
def made():
    return compare(CLIPS, ["own (raw)", "floor"], alarm_at=3.0, place=PLACE, left_out=["yard: no labels"])


def test_results_json_says_everything_in_plain_json(made, tmp_path):
    write_evaluation(tmp_path, made, {"scores": "a.npy"})
    document = json.loads((tmp_path / "results.json").read_text(), parse_constant=pytest.fail)  # no NaN, no Infinity
    assert list(document) == [
        *("format", "protocols", "judged", "clips", "kinds", "alarms", "localisation", "left_out", "provenance")
    ]
    own = document["protocols"]["own (raw)"]
    assert own["micro_auc"] == made.rows[0].metrics.micro_auc
    assert own["micro_interval"].keys() == {"low", "high", "resamples", "undefined"}
    assert own["single_class"] == ["hall"]
    assert np.trapezoid(own["roc"]["tpr"], own["roc"]["fpr"]) == pytest.approx(own["micro_auc"])
    assert own["roc"]["thresholds"][0] is None  # infinite
    assert document["judged"] == ["own (raw)", "floor"]
    assert document["clips"][2] == {
        "name": "hall",
        "frames": 6,
        "abnormal": 0,
        "auc": {"own (raw)": None, "floor": None},
        "alarms": {"found": 0, "missed": 0, "false": 1},
    }
    assert document["kinds"] == {
        "cart": {"frames": 2, "auc": {"own (raw)": made.kinds[0].auc["own (raw)"], "floor": 0.5}}
    }
    first = document["alarms"]["points"][0]
    assert (first["threshold"], first["found"], first["missed"], first["false"]) == (3, 2, 1, 2)
    assert first["false_alarms_per_hour"] == pytest.approx(2 / first["ordinary_hours"])
    assert document["alarms"]["detection_rate"] == 0.9
    place = document["localisation"]
    assert (place["rbdc"], place["rbdc_interval"]["low"], place["rbdc_interval"]["high"]) == (0.41, 0.2, 0.6)
    assert (place["tbdc"], place["tbdc_interval"]) == (0.52, None)
    assert document["left_out"] == ["yard: no labels"]
    assert document["provenance"] == {"scores": "a.npy"}


def test_what_is_not_defined_is_null(tmp_path):
    write_evaluation(tmp_path, compare(CLIPS[2:], ["own (raw)"]), {})
    document = json.loads((tmp_path / "results.json").read_text(), parse_constant=pytest.fail)
    assert document["protocols"]["own (raw)"]["micro_auc"] is None
    assert document["protocols"]["own (raw)"]["micro_interval"] is None
    assert document["alarms"]["points"] == []
    assert document["localisation"] is None


def test_the_tables_show_rows_intervals_clips_kinds_and_alarms(made, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    print_tables("Gate [bold]and door", made)
    said = capsys.readouterr().out
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.splitlines() if line.startswith("│")]
    row, interval = made.rows[0], made.rows[0].micro_interval
    assert cells[0][:3] == ["own (raw)", f"{row.metrics.micro_auc:.3f}", f"{interval.low:.3f} to {interval.high:.3f}"]
    assert cells[2:5] == [
        ["gate", "8", "2", "1.000", "0.500", "1 / 0 / 1"],
        ["door", "6", "3", "0.583", "0.500", "1 / 1 / 0"],
        ["hall", "6", "0", "", "", "0 / 0 / 1"],
    ]
    assert cells[5][:2] == ["cart", "2"]
    assert [line[0] for line in cells[6:]] == ["3", "1"]


def test_the_notes_say_what_was_counted_and_what_was_not(made):
    said = "\n".join(notes(made))
    assert "19 frames scored, 1 left out, 4 of the scored abnormal" in said
    assert "over the 2 clips that show both classes; left out of it: hall" in said
    assert "RBDC 0.410 (95 % interval 0.200 to 0.600), TBDC 0.520 (95 % interval unknown)" in said
    assert ", whose curve ends at 0.30 false regions a frame, pixel-level AUC 0.630" in said
    assert "left out: yard: no labels" in said
    assert "all 6 scored frames are normal" in "\n".join(notes(compare(CLIPS[2:], ["own (raw)"])))


def test_the_report_gets_every_figure_that_is_defined(made):
    rows = {(row.name, row.protocol): row for row in report_rows(made)}
    assert rows["micro AUC", "own (raw)"].value == made.rows[0].metrics.micro_auc
    assert rows["micro AUC", "own (raw)"].note.startswith("95 % interval 0.")
    assert rows["EER", "own (raw)"].note == ""
    assert (rows["RBDC", "own (raw)"].value, rows["RBDC", "own (raw)"].note) == (0.41, "95 % interval 0.200 to 0.600")
    assert rows["TBDC", "own (raw)"].note == "95 % interval unknown"
    assert report_rows(compare(CLIPS[2:], ["own (raw)"])) == []


def test_pictures_are_drawn(made, tmp_path):
    draw_pictures(tmp_path, made)
    assert {path.name for path in tmp_path.iterdir()} == {"roc.png", "roc.svg", "curves.png", "curves.svg"}
