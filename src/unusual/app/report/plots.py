"""Pictures of measurements. matplotlib is loaded only when one is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, DataError
from unusual.files import whole_file
from unusual.scores.events import runs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS_ACROSS = 3


@dataclass(frozen=True, slots=True)
class RocCurve:
    """How the share of true alarms grows with the share of false ones.

    name: what was measured, for the legend.
    fpr, tpr: (K,) float64 in [0, 1], rising together from (0, 0) to (1, 1). auc: the area under them.
    """

    name: str
    fpr: NDArray[np.float64]
    tpr: NDArray[np.float64]
    auc: float

    def __post_init__(self) -> None:
        if self.fpr.ndim != 1 or self.fpr.shape != self.tpr.shape:
            raise DataError(f"{self.name}: fpr {self.fpr.shape} and tpr {self.tpr.shape} must both be (K,)")


@dataclass(frozen=True, slots=True)
class Panel:
    """The scores of one clip. times_s, scores: (N,), NaN where not scored. abnormal: (N,) bool, to be shaded."""

    name: str
    times_s: NDArray[np.float64]
    scores: NDArray[np.float64]
    abnormal: NDArray[np.bool_]


def write_roc_picture(path: Path, curves: Sequence[RocCurve]) -> None:
    """Draw ROC curves into one picture; the suffix of `path` (.png, .svg, .pdf) says the format.

    Raises:
        ConfigError: matplotlib is not installed, or it does not know the suffix.
        OutputError: the file cannot be written.
    """
    figure = _figure(5.4, 5.2 + 0.17 * len(curves))
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linestyle=":", linewidth=1)
    for curve in curves:
        label = f"\u200b{_words(curve.name)} (AUC {curve.auc:.3f})"  # a name that starts with "_" is no secret
        axes.plot(curve.fpr, curve.tpr, linewidth=2, label=label, solid_joinstyle="round")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.set(xlabel="false positive rate (FPR): ordinary frames called unusual")
    axes.set(ylabel="true positive rate (TPR): unusual frames found")
    axes.spines[["top", "right"]].set_visible(False)
    if curves:
        figure.legend(loc="outside lower center", frameon=False, fontsize="x-small")  # below the curves, not on them
    _save(figure, path)


def write_curves_picture(path: Path, panels: Sequence[Panel], level: float) -> None:
    """Draw a small panel for each clip, all on one scale: its scores, what is labelled shaded, the alarm level dotted.

    Args:
        panels: at least one. level: NaN draws no line.

    Raises:
        ConfigError: matplotlib is not installed, or it does not know the suffix.
        OutputError: the file cannot be written.
    """
    rows = -(-len(panels) // PANELS_ACROSS)
    figure = _figure(9.6, 0.4 + 1.3 * rows)
    grid = figure.subplots(rows, PANELS_ACROSS, sharey=True, squeeze=False).ravel()
    for axes, panel in zip(grid, panels, strict=False):
        for first, last in runs(panel.abnormal):
            axes.axvspan(*panel.times_s[[first, last]], color="tab:red", alpha=0.2, linewidth=1)  # a single frame shows
        axes.plot(panel.times_s, panel.scores, linewidth=0.9)
        if np.isfinite(level):
            axes.axhline(level, color="0.4", linestyle=":", linewidth=0.8)
        axes.set_title(_words(panel.name), fontsize=8, pad=2)
        axes.tick_params(labelsize=6)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    figure.supxlabel("seconds", fontsize=8)
    _save(figure, path)


def _figure(width: float, height: float) -> "Figure":
    """An empty picture, in inches; a Figure of its own: no global state, any thread."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError("pictures of measurements need matplotlib: pip install 'unusual[report]'") from error
    return Figure(figsize=(width, height), layout="constrained")


def _words(name: str) -> str:
    """A name with "$" in it is no formula."""
    return name.replace("$", r"\$")


def _save(figure: "Figure", path: Path) -> None:
    with whole_file(path) as part:
        try:
            figure.savefig(part, dpi=150)
        except ValueError as error:
            raise ConfigError(f"cannot draw {path.name}: {error}") from error
