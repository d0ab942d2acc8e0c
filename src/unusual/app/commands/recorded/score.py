"""`unusual score`: videos -> curves, events, annotated videos and a report."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import Denser, Home, Leave, Out, Rate, told
from unusual.app.terminal import then
from unusual.errors import ConfigError


def score(
    videos: Annotated[list[str], typer.Argument(help="Video files, folders of frames, or globs of images.")],
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", "-c", help="Folder that `unusual train` wrote.")
    ] = None,
    camera: Annotated[
        str, typer.Option("--model", help="A camera that was learnt: each stretch by the light that it was seen in.")
    ] = "",
    home: Home = None,
    alarms_per_day: Annotated[
        float | None, typer.Option(min=0.001, max=1440, help="With --model; else those that it is watched for.")
    ] = None,
    out: Out = Path("runs/score"),
    enter: Annotated[
        float | None,
        typer.Option(help="Live score that opens an event; 2 if not given: ordinary footage seldom passes 1."),
    ] = None,
    leave: Leave = 1.0,
    changes: Denser = None,
    annotate: Annotated[bool, typer.Option(help="Write the annotated video.")] = True,
    rate: Rate = None,
) -> None:
    """Score videos: curves, events, annotated videos, and one report."""
    from unusual.app.scoring import run_camera_scoring, run_scoring
    from unusual.run.checkpoint import load_checkpoint
    from unusual.run.score import Thresholds
    from unusual.store.home import home_folder

    named = [told(video) for video in videos]
    if camera:
        if checkpoint or enter is not None or changes or rate:
            raise ConfigError("--model NAME takes a camera as it was learnt: leave out -c, --enter, --set and --rate")
        said = run_camera_scoring(named, camera, home_folder(home), alarms_per_day, out, annotate=annotate)
    elif checkpoint and alarms_per_day is None:
        trained = load_checkpoint(checkpoint, changes or [])
        thresholds = Thresholds(Thresholds().enter if enter is None else enter, leave)
        said = run_scoring(named, trained, out, thresholds, annotate=annotate, rate=rate)
    else:
        raise ConfigError("give -c FOLDER that `unusual train` wrote, or --model NAME of a camera that was learnt")
    print(said)
    then(f"open {out / 'report.html'} in a browser")
