"""What zones make of the events that are kept: those that do not count by them are no alarms any more. Nothing is lost.

An event is known by its place at its peak; one that has none, as it goes on or its method knows no places, counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from unusual.scores.zones import ZoneMap
from unusual.store.events import EventFilter, EventStore, StoredEvent

PAGE = 500  # events that are read at once


@dataclass(frozen=True, slots=True)
class Heeded:
    """An event by some zones: whether it counts, and the name of the one that it is in, "" for none."""

    event: StoredEvent
    counts: bool
    zone: str


def heeded(event: StoredEvent, zone_map: ZoneMap) -> Heeded:
    """What zones make of an event."""
    counts, zone, _ = (True, "", 1.0) if event.box is None or not zone_map.zones else zone_map.of_event(event.box)
    return Heeded(event, counts, zone)


def heed_zones(store: EventStore, camera: str, zone_map: ZoneMap) -> int:
    """Let all events of a camera obey its zones; returns how many do not count. Raises as `Database`."""
    found = [heeded(event, zone_map) for event in events_of(store, EventFilter(camera))]
    changed = [
        (not each.counts, each.zone, each.event.id)
        for each in found
        if (not each.counts, each.zone) != (each.event.ignored, each.event.zone)
    ]
    if changed:
        with store.database.write() as connection:
            connection.executemany("UPDATE events SET ignored = ?, zone = ? WHERE id = ?", changed)
    return sum(not each.counts for each in found)


def events_of(store: EventStore, wanted: EventFilter) -> Iterator[StoredEvent]:
    """All events that pass, newest first, a page of them in memory at a time."""
    before = None
    while page := store.list(wanted, before, PAGE):
        yield from page
        before = page[-1].cursor
