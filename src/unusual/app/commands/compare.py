"""`unusual compare`: frame scores that others made, beside the labels of a data set: the table of `evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import LowerIsWorse, Out, Rate, Sigma
from unusual.app.commands.terminal import bars, frame_bar


def compare(
    data: Annotated[Path, typer.Argument(help="A data set with labels.")],
    scores: Annotated[Path, typer.Argument(help="Frame scores: .npy, .csv or .json, see docs/evaluation.md.")],
    lower_is_worse: LowerIsWorse = False,
    sigma: Sigma = 3.0,
    out: Out = Path("runs/compare"),
    rate: Rate = None,
) -> None:
    """Compare others' frame scores with a data set's labels: tables, results.json, pictures. Needs no torch."""
    from unusual.app.report.tables import draw_pictures, notes, print_tables, write_evaluation
    from unusual.files import refuse_unwritable
    from unusual.measure.compare import Smoothing
    from unusual.measure.others import compare_foreign, read_foreign

    smoothing = Smoothing(sigma)
    refuse_unwritable(out)
    foreign = read_foreign(scores, lower_is_worse=lower_is_worse)
    with bars() as progress:
        compared = compare_foreign(foreign, data, smoothing, rate=rate, watch=lambda name: frame_bar(progress, name))
    write_evaluation(out, compared.evaluation, dict(compared.origin))
    print_tables(f"Scores of {foreign.name} on {compared.data}", compared.evaluation)
    draw_pictures(out, compared.evaluation)
    print("\n".join([*notes(compared.evaluation), f"results: {out / 'results.json'}"]))
