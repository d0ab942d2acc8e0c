"""Pictures of measurements. matplotlib is loaded only when one is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, DataError
from unusual.files import whole_file


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


def write_roc_picture(path: Path, curves: Sequence[RocCurve]) -> None:
    """Draw ROC curves into one picture; the suffix of `path` (.png, .svg, .pdf) says the format.

    Raises:
        ConfigError: matplotlib is not installed, or it does not know the suffix.
        OutputError: the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError("ROC pictures need matplotlib: pip install 'unusual[report]'") from error

    figure = Figure(figsize=(5.2, 5.2), layout="constrained")  # a Figure of its own: no global state, any thread
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linestyle=":", linewidth=1)
    for curve in curves:
        # a name that starts with "_" is no secret and one with "$" no formula
        label = f"\u200b{curve.name} (AUC {curve.auc:.3f})".replace("$", r"\$")
        axes.plot(curve.fpr, curve.tpr, linewidth=2, label=label, solid_joinstyle="round")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.set(xlabel="ordinary frames called unusual", ylabel="unusual frames found")
    axes.spines[["top", "right"]].set_visible(False)
    if curves:
        axes.legend(loc="lower right", frameon=False)
    with whole_file(path) as part:
        try:
            figure.savefig(part, dpi=150)
        except ValueError as error:
            raise ConfigError(f"cannot draw {path.name}: {error}") from error
