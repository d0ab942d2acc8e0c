"""What several commands take, and how words become values."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from unusual.errors import ConfigError
from unusual.methods import DEFAULT, METHODS

REFERRING = ("env:", "file:", "credential:")  # begin words that say where an address is kept


def to_rate(word: str) -> Fraction:
    """Frames per second, as 10, 29.97 or 30000/1001. Raises ConfigError."""
    try:
        if (rate := Fraction(word)) > 0:
            return rate
    except (ValueError, ZeroDivisionError):
        pass
    raise ConfigError(f"--rate must be frames per second above 0, as 10 or 30000/1001, got {word!r}")


def seconds_of(duration: str) -> float:
    """A duration in seconds. Raises ConfigError where it is none.

    >>> seconds_of("2h"), seconds_of("1.5m"), seconds_of("")
    (7200.0, 90.0, 0.0)
    """
    found = re.fullmatch(r"([0-9]+\.?[0-9]*)([smhd])", duration.strip())
    if duration and not found:
        raise ConfigError(f"a duration is a number and s, m, h or d, as 2h, got {duration!r}")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]] if found else 0.0


def told(word: str) -> str:
    """The source that a word names: env:NAME and file:PATH stand for the address that is kept there."""
    from unusual.app.alerts.channels import read_secret
    from unusual.app.terminal import warn
    from unusual.video.source import Source, hidden_in

    if word.startswith(REFERRING):
        return read_secret(word)
    if hidden_in(Source.of(word)):
        warn(
            "everybody on this machine can read that address, with its password, in the list of processes: put it into "
            "a variable or a file, and give env:NAME or file:PATH instead"
        )
    return word


Out = Annotated[Path, typer.Option(help="Folder for the results.")]
Model = Annotated[Path, typer.Option("--checkpoint", "-c", help="Folder that `unusual train` wrote.")]
Enter = Annotated[float, typer.Option(help="Live score that opens an event; ordinary footage seldom passes 1.")]
Leave = Annotated[float, typer.Option(help="Live score below which an event ends.")]
Denser = Annotated[
    list[str] | None, typer.Option("--set", help="clips.step=3 (state: cubes.step=3) scores a unit every third frame.")
]
Changes = Annotated[list[str] | None, typer.Option("--set", help="One setting: network.depth=4. Repeatable.")]
Method = Annotated[str | None, typer.Option(help=f"One of {', '.join(METHODS)}; {DEFAULT} if not given.")]
Seed = Annotated[int, typer.Option(help="Of everything that is drawn at random.")]
Rate = Annotated[
    Fraction | None, typer.Option(parser=to_rate, metavar="FPS", help="Frames a second of folders of frames.")
]
LowerIsWorse = Annotated[bool, typer.Option("--lower-is-worse", help="Of others' scores, as of a PSNR.")]
PadFrames = Annotated[
    str,
    typer.Option(metavar="N[,N]", help="Frames at the start (and end) of each clip that others' scores lack."),
]
RowNames = Annotated[
    list[str] | None, typer.Option(help="What a file of scores is called in the table; one after the other.")
]
Sigma = Annotated[float, typer.Option(help="Of the smoothed rows, in frames; 0: none.")]
Home = Annotated[Path | None, typer.Option(help="Folder of cameras, events and media; else $UNUSUAL_HOME.")]
CameraName = Annotated[str, typer.Option("--as", help="What the camera is called.")]
TrainingMinutes = Annotated[float, typer.Option(min=0, help="Of training; 0: by the length of the footage.")]
AlarmsPerDay = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        max=1440,
        help="False alarms a day that you can live with; else the fewest that the footage supports, down to 1.",
    ),
]
EvenIfWorse = Annotated[
    bool, typer.Option("--even-if-worse", help="With --yes: also take a model that loses useful alarms.")
]
Cache = Annotated[Path | None, typer.Option(help="Folder of prepared footage; safe to delete.")]
CacheGb = Annotated[float, typer.Option(help="What prepared footage may take of the disk.")]
