"""`unusual evaluate`: a data set's test part, scored and compared with its labels."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import (
    Denser,
    Enter,
    Leave,
    LowerIsWorse,
    Out,
    PadFrames,
    Rate,
    RowNames,
    Sigma,
)
from unusual.app.commands.recorded.compare import compare
from unusual.app.terminal import say, then
from unusual.errors import ConfigError


def evaluate(
    data: Annotated[Path, typer.Argument(help="A data set with labels.")],
    checkpoint: Annotated[Path | None, typer.Option("--checkpoint", "-c", help="Folder of `unusual train`.")] = None,
    scores: Annotated[
        list[Path] | None, typer.Option(help="Others' frame scores: `unusual compare` is the new word. Repeatable.")
    ] = None,
    name: RowNames = None,
    lower_is_worse: LowerIsWorse = False,
    pad: PadFrames = "",
    sigma: Sigma = 3.0,
    out: Out = Path("runs/evaluate"),
    enter: Enter = 2.0,
    leave: Leave = 1.0,
    changes: Denser = None,
    annotate: Annotated[bool, typer.Option(help="Write annotated videos.")] = False,
    rate: Rate = None,
) -> None:
    """Score a data set's test part and compare with its labels: tables, results.json, pictures, a report."""
    from unusual.measure.compare import Smoothing

    smoothing = Smoothing(sigma)
    if checkpoint is None and not scores:
        raise ConfigError("give --checkpoint, to score the clips, or --scores, a file of scores, or both")
    if scores:
        if changes or annotate:
            raise ConfigError("--set and --annotate go with --checkpoint alone, not with --scores")
        also = f" --checkpoint {checkpoint}" if checkpoint else ""
        say(f"evaluate --scores is called compare now: unusual compare {data} {' '.join(map(str, scores))}{also}")
        compare(
            data,
            scores,
            [checkpoint] if checkpoint else None,
            name=name,
            lower_is_worse=lower_is_worse,
            pad=pad,
            sigma=sigma,
            out=out,
            rate=rate,
        )
    elif checkpoint is not None:
        from unusual.app.scoring import run_evaluation
        from unusual.run.checkpoint import load_scenes
        from unusual.run.score import Thresholds

        if lower_is_worse or name or pad:
            raise ConfigError("--lower-is-worse, --name and --pad go with --scores, not with --checkpoint")
        trained, thresholds = load_scenes(checkpoint, changes or []), Thresholds(enter, leave)
        print(run_evaluation(data, trained, out, thresholds, annotate=annotate, smoothing=smoothing, rate=rate))
        then(f"open {out / 'report.html'} in a browser")
