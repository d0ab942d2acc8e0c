"""`unusual events`: events that pass a filter, from a home into a file; what came of it, in a line."""

import shutil
from contextlib import closing
from datetime import tzinfo
from pathlib import Path

from unusual.app.exporting.boxed import write_boxed_clip
from unusual.app.exporting.bundle import write_bundle
from unusual.app.exporting.table import csv_of
from unusual.app.terminal import bars, warn
from unusual.errors import ConfigError, DataError
from unusual.files import whole_file
from unusual.store.events import EventFilter, EventStore
from unusual.store.home import Home
from unusual.store.keeping.hold import kept_whole
from unusual.store.media import CLIP
from unusual.store.names import check_id
from unusual.store.rules.past import events_of
from unusual.store.rules.wall_clock import local_zone


def export_events(
    home: Home, wanted: EventFilter, out: Path, zone: tzinfo | None = None, *, boxes: bool = False
) -> str:
    """Write the events that pass as a table, or as a ZIP file where `out` is called that; a line on what came of it.

    zone: of the times that are written; None for this machine's.

    Raises:
        ConfigError: there is no such home, or no event that passes. DataError, OutputError: as `EventStore`, or `out`
            cannot be written.
    """
    zone = zone or local_zone()
    with closing(_opened(home)) as store, kept_whole(home), bars() as progress:
        chosen = list(events_of(store, wanted))
        if not chosen:
            raise ConfigError(f"no event in {home} passes: ask for fewer things at once")
        if out.suffix == ".csv":
            with whole_file(out) as part, part.open("w", encoding="utf-8", newline="") as file:
                file.writelines(csv_of(chosen, zone))
            return f"{out}: {_count(len(chosen))}"
        task = progress.add_task("packing", total=len(chosen))
        packed = write_bundle(
            out, home, chosen, zone, boxes=boxes, tell=lambda done: progress.update(task, completed=done)
        )
    for event in packed.lacking:
        warn(f"the clip of event {event} cannot be read: it is not in {out}")
    return f"{out}: {_count(packed.events)}; unpack it and open index.html"


def export_clip(home: Home, event_id: str, out: Path, *, boxes: bool) -> str:
    """Write the clip of an event, with its box or as it is. Raises as `export_events`; DataError: there is no clip."""
    with closing(_opened(home)) as store, kept_whole(home):
        event = store.get(check_id(event_id))
        if event is None:
            raise DataError(f"there is no event {event_id} in {home}")
        if boxes:
            write_boxed_clip(home, event, out)
            return str(out)
        file = home.event(event_id) / CLIP
        if CLIP not in event.media or not file.is_file():
            raise DataError(f"there is no clip of event {event_id}: it was removed, or is not written yet")
        with whole_file(out) as part:
            shutil.copyfile(file, part)
    return str(out)


def _count(events: int) -> str:
    return f"{events} event{'s' * (events != 1)}"


def _opened(home: Home) -> EventStore:
    if not home.database.is_file():
        raise ConfigError(f"there are no events in {home}: give the folder with --home")
    return EventStore.open(home)
