"""`unusual events`: what was found, taken along."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import Home
from unusual.errors import ConfigError
from unusual.store.events import Verdict

events = typer.Typer(no_args_is_help=True, help="Take events along: a table, a ZIP with clips, a clip.")
Id = Annotated[str, typer.Argument(help="The event's id: the end of its address, the first column of the table.")]
Boxes = Annotated[bool, typer.Option("--boxes/--plain", help="Draw a box around what is unusual into clips.")]
Since = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Local time.")]


@events.command("export")
def export(
    out: Annotated[Path, typer.Argument(help="table.csv, or events.zip: clips, pictures, curves, a page.")],
    home: Home = None,
    camera: Annotated[str | None, typer.Option(help="Of this camera alone.")] = None,
    since: Since = None,
    until: Since = None,
    least: Annotated[float | None, typer.Option(help="With at least this score.")] = None,
    alarms: Annotated[bool, typer.Option("--alarms", help="Alarms alone.")] = False,
    reviewed: Annotated[bool | None, typer.Option("--reviewed/--unreviewed", help="Looked at, or not.")] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="With this verdict.")] = None,
    boxes: Boxes = False,
) -> None:
    """Write the events that pass as a table or a ZIP file. Nothing is deleted from the home meanwhile."""
    from unusual.app.exporting.selection import export_events
    from unusual.store.events import EventFilter
    from unusual.store.home import home_folder
    from unusual.store.rules.wall_clock import local_zone

    if out.suffix not in (".csv", ".zip"):
        raise ConfigError(f"events are written as .csv or .zip, got {out.name!r}: give it one of these endings")
    zone = local_zone()
    from_utc, to_utc = (None if day is None else day.replace(tzinfo=zone).timestamp() for day in (since, until))
    wanted = EventFilter(camera, from_utc, to_utc, least, reviewed, verdict, alarms)
    print(export_events(home_folder(home), wanted, out, zone, boxes=boxes))


@events.command("clip")
def clip(
    event: Id, out: Annotated[Path, typer.Argument(help="The MP4 file.")], home: Home = None, boxes: Boxes = True
) -> None:
    """Write an event's clip."""
    from unusual.app.exporting.selection import export_clip
    from unusual.store.home import home_folder

    print(export_clip(home_folder(home), event, out, boxes=boxes))
