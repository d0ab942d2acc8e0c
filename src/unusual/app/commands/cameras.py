"""The commands for cameras: learn, watch. Parse, call the library, print."""

import re
from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.needs import needs_torch
from unusual.errors import ConfigError

Home = Annotated[Path | None, typer.Option(help="Folder of cameras, events and media; else $UNUSUAL_HOME.")]
Changes = Annotated[list[str] | None, typer.Option("--set", help="One setting: network.depth=4. Repeatable.")]
AlarmsPerDay = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        max=1440,
        help="False alarms a day that you can live with; else the fewest that the footage supports, down to 1.",
    ),
]


def learn(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Ordinary footage: files, folders, or a live camera with --for.")
    ] = None,
    name: Annotated[str, typer.Option("--as", help="What the camera is called.")] = "camera",
    duration: Annotated[str, typer.Option("--for", help="How long to record a live camera: 2h, 30m.")] = "",
    home: Home = None,
    method: Annotated[str | None, typer.Option(help="Else chosen for this machine; docs/method.md has all.")] = None,
    preset: Annotated[str | None, typer.Option(help="Else chosen for this machine.")] = None,
    changes: Changes = None,
    minutes: Annotated[float, typer.Option(min=0, help="Of training; 0: by the length of the footage.")] = 0.0,
    odd: Annotated[str, typer.Option(help="The oddest stretches: ask, aside, ordinary or unusual.")] = "ask",
    alarms_per_day: AlarmsPerDay = None,
    update: Annotated[bool, typer.Option("--update", help="Learn from events that were marked ordinary.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --update: take the new model without asking.")] = False,
    cache: Annotated[Path | None, typer.Option(help="Folder of prepared footage; safe to delete.")] = None,
    cache_gb: Annotated[float, typer.Option(help="What prepared footage may take of the disk.")] = 20.0,
) -> None:
    """Learn a camera from its own ordinary footage: model, thresholds, and a card that says what they are worth."""
    needs_torch()
    from unusual.app.commands.learn import Odd, Wanted, run_learning
    from unusual.app.commands.update import run_update
    from unusual.run.fit import CacheLimits
    from unusual.store.home import home_folder
    from unusual.video.cache import cache_folder

    if odd not in list(Odd):
        raise ConfigError(f"--odd is one of {', '.join(Odd)}, got {odd!r}")
    place, words = home_folder(home), tuple(changes or ())
    limits = CacheLimits(cache or cache_folder(), cache_gb)
    if update:
        print(run_update(place, name, words, minutes, alarms_per_day, limits, yes=yes))
        return
    if not sources:
        raise ConfigError("give ordinary footage to learn from: files, folders, or rtsp://... with --for 2h")
    wanted = Wanted(
        name,
        place,
        tuple(map(told, sources)),
        seconds_of(duration),
        method,
        preset,
        words,
        minutes,
        Odd(odd),
        alarms_per_day,
        limits,
    )
    print(run_learning(wanted))


def watch(
    source: Annotated[str | None, typer.Argument(help="A camera (rtsp://..., env:NAME, 0) or a file.")] = None,
    model: Annotated[str | None, typer.Option(help="What the camera was learnt as.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of several cameras, alerts and what to keep.")] = None,
    home: Home = None,
    alarms_per_day: AlarmsPerDay = None,
    pace: Annotated[str | None, typer.Option(help="live, realtime or fast; a file is played in real time.")] = None,
) -> None:
    """Watch cameras: score frames as they come, keep events with clips, send alerts. Ends with Ctrl-C."""
    needs_torch()
    from unusual.app.commands.watch import CameraTable, WatchTable, read_watch_table, run_watching
    from unusual.store.home import home_folder
    from unusual.video.capture import Pace

    if (config is None) == (source is None) or (source is None) != (model is None):
        raise ConfigError("give a source and --model, or --config with a file of cameras")
    if pace is not None and pace not in list(Pace):
        raise ConfigError(f"--pace is one of {', '.join(Pace)}, got {pace!r}")
    if config is not None:
        table = read_watch_table(config)
    else:
        camera = CameraTable(told(str(source)), alarms_per_day=alarms_per_day, pace=Pace(pace) if pace else None)
        table = WatchTable({str(model): camera})
    print(run_watching(home_folder(home), table))


def told(word: str) -> str:
    """The source that a word names: env:NAME and file:PATH stand for the address that is kept there."""
    from unusual.app.alerts.channels import read_secret
    from unusual.app.commands.terminal import warn
    from unusual.video.source import Source, hidden_in

    if word.startswith(("env:", "file:")):
        return read_secret(word)
    if hidden_in(Source.of(word)):
        warn(
            "everybody on this machine can read that address, with its password, in the list of processes: put it into "
            "a variable or a file, and give env:NAME or file:PATH instead"
        )
    return word


def serve(
    home: Home = None,
    host: Annotated[str, typer.Option(help="0.0.0.0 lets other machines look; that needs a password.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    set_password: Annotated[bool, typer.Option("--set-password", help="Ask for a new password, and end.")] = False,
) -> None:
    """Show cameras, events and settings in a browser. Ends with Ctrl-C."""
    from unusual.app.dashboard.server import change_password, run_dashboard
    from unusual.store.home import home_folder

    if set_password:
        print(change_password(home_folder(home)))
    else:
        run_dashboard(home_folder(home), host, port)


def seconds_of(duration: str) -> float:
    """A duration in seconds. Raises ConfigError where it is none.

    >>> seconds_of("2h"), seconds_of("1.5m"), seconds_of("")
    (7200.0, 90.0, 0.0)
    """
    found = re.fullmatch(r"([0-9]+\.?[0-9]*)([smhd])", duration.strip())
    if duration and not found:
        raise ConfigError(f"a duration is a number and s, m, h or d, as 2h, got {duration!r}")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]] if found else 0.0
