"""`unusual score`: videos -> curves, events, annotated videos and a report."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import Denser, Enter, Leave, Model, Out, Rate, told
from unusual.app.terminal import then


def score(
    videos: Annotated[list[str], typer.Argument(help="Video files, folders of frames, or globs of images.")],
    checkpoint: Model,
    out: Out = Path("runs/score"),
    enter: Enter = 2.0,
    leave: Leave = 1.0,
    changes: Denser = None,
    annotate: Annotated[bool, typer.Option(help="Write the annotated video.")] = True,
    rate: Rate = None,
) -> None:
    """Score videos: curves, events, annotated videos, and one report."""
    from unusual.app.scoring import run_scoring
    from unusual.run.checkpoint import load_checkpoint
    from unusual.run.score import Thresholds

    trained = load_checkpoint(checkpoint, changes or [])
    named = [told(video) for video in videos]
    print(run_scoring(named, trained, out, Thresholds(enter, leave), annotate=annotate, rate=rate))
    then(f"open {out / 'report.html'} in a browser")
