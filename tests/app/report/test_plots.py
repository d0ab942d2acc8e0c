"""ROC curves and score curves as pictures, and what is said where they cannot be drawn."""

import sys

import cv2
import numpy as np
import pytest

from unusual.app.report.plots import Panel, RocCurve, write_curves_picture, write_roc_picture
from unusual.errors import ConfigError, DataError


def curve(name="live"):
    return RocCurve(name, np.array([0, 0.1, 1.0]), np.array([0, 0.9, 1.0]), 0.9)


def test_a_picture_is_drawn(tmp_path):
    write_roc_picture(tmp_path / "roc.png", [curve(), curve("paper")])
    picture = cv2.imread(str(tmp_path / "roc.png"))
    assert min(picture.shape[:2]) >= 600
    assert picture.std() > 10


def test_the_legend_covers_no_curve(tmp_path):
    """The square that the curves are drawn in looks the same with long names and with short."""
    squares = []
    for name in ("a", "a name as long as the picture is wide, and then some more of it"):
        write_roc_picture(tmp_path / "roc.png", [curve(name)] * 9)
        squares.append(cv2.imread(str(tmp_path / "roc.png"))[:600, 200:700])
    np.testing.assert_array_equal(*squares)


def panel(name="gate", scores=(0, 3, 1), abnormal=(False, True, True)):
    return Panel(name, np.arange(float(len(scores))), np.array(scores, float), np.array(abnormal))


def test_a_panel_for_each_clip_shades_what_is_labelled(tmp_path):
    ordinary = panel(abnormal=(False, False, False))
    red = {}
    for name, panels in {"shaded": [panel()] * 4, "plain": [ordinary] * 4, "one": [panel()]}.items():
        write_curves_picture(tmp_path / f"{name}.png", panels, 2.0)
        picture = cv2.imread(str(tmp_path / f"{name}.png")).astype(int)
        red[name] = int((picture[..., 2] - picture[..., 1] > 20).sum())
    assert red["plain"] < 100 < red["one"]
    assert red["shaded"] > 2 * red["one"]


def test_clips_without_scores_and_odd_names_are_drawn_too(tmp_path):
    nothing = panel("$\\frac{$", scores=(np.nan, np.nan, np.nan))
    write_curves_picture(tmp_path / "curves.png", [nothing, panel(scores=(np.inf, 1, -np.inf))], float("nan"))
    assert (tmp_path / "curves.png").stat().st_size > 1000


def test_names_are_words_not_formulas(tmp_path):
    write_roc_picture(tmp_path / "roc.svg", [curve("_hidden"), curve("$\\frac{$")])
    assert (tmp_path / "roc.svg").stat().st_size > 1000


def test_no_curve_is_an_empty_picture(tmp_path):
    write_roc_picture(tmp_path / "roc.png", [])
    assert (tmp_path / "roc.png").exists()


def test_no_global_figure_is_made(tmp_path):
    write_roc_picture(tmp_path / "roc.png", [curve()])
    assert "matplotlib.pyplot" not in sys.modules


def test_without_matplotlib_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ConfigError, match=r"pip install 'unusual\[report\]'"):
        write_roc_picture(tmp_path / "roc.png", [curve()])


def test_an_unknown_format_leaves_nothing_behind(tmp_path):
    with pytest.raises(ConfigError, match="roc\\.xyz"):
        write_roc_picture(tmp_path / "roc.xyz", [curve()])
    assert not list(tmp_path.iterdir())


def test_lengths_must_agree():
    with pytest.raises(DataError, match="must both be"):
        RocCurve("live", np.zeros(3), np.zeros(2), 0.5)
