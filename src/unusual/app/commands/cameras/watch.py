"""`unusual watch`: cameras in, events with clips and alerts out."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import AlarmsPerDay, Home, told
from unusual.errors import ConfigError


def watch(
    source: Annotated[str | None, typer.Argument(help="A camera (rtsp://..., env:NAME, 0) or a file.")] = None,
    model: Annotated[str | None, typer.Option(help="What the camera was learnt as.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of several cameras, alerts and what to keep.")] = None,
    home: Home = None,
    alarms_per_day: AlarmsPerDay = None,
    pace: Annotated[str | None, typer.Option(help="live, realtime or fast; a file is played in real time.")] = None,
) -> None:
    """Watch cameras: score frames as they come, keep events with clips, send alerts. Ends with Ctrl-C.

    Without a source it watches those that were set up in the dashboard.
    """
    from unusual.app.watching import CameraTable, WatchTable, read_watch_table, run_watching
    from unusual.store.home import home_folder
    from unusual.video.capture import Pace

    place = home_folder(home)
    if source is None and model is None and config is None and place.watch_list.exists():
        config = place.watch_list
    if (config is None) == (source is None) or (source is None) != (model is None):
        raise ConfigError("give a source and --model, or --config with a file of cameras")
    if pace is not None and pace not in list(Pace):
        raise ConfigError(f"--pace is one of {', '.join(Pace)}, got {pace!r}")
    if config is not None:
        table = read_watch_table(config)
    else:
        camera = CameraTable(told(str(source)), alarms_per_day=alarms_per_day, pace=Pace(pace) if pace else None)
        table = WatchTable({str(model): camera})
    print(run_watching(place, table))
