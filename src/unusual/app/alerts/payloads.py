"""What alerts say, as JSON: links and opaque ids, no picture and no secret."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter

from unusual.scores.wording import duration
from unusual.store.events import StoredEvent
from unusual.store.live import Outage
from unusual.store.outbox import WaitingAlert
from unusual.store.rules.wall_clock import local_zone

WHAT = {"storage_full": "short of storage", "unwatched": "not watched any more"}  # all others are called as they are


def alert_payload(event: StoredEvent, link: str, others: int) -> str:
    """Of an event.

    others: alarms of the camera since the alert before, which were not told by themselves.
    """
    more = f", and {others} more since the last alert" if others else ""
    started = datetime.fromtimestamp(event.start_utc, UTC)
    where = f"{event.camera}, {event.zone}" if event.zone else event.camera
    clock = f"{datetime.fromtimestamp(event.start_utc, local_zone()):%H:%M}"
    return json.dumps(
        {
            "event": event.id,
            "camera": event.camera,
            "start_utc": event.start_utc,
            "started": started.isoformat(timespec="seconds"),
            "score": event.score,
            "per_day": event.per_day,
            "box": None if event.box is None else asdict(event.box),
            "why": event.why,
            "zone": event.zone,
            "others": others,
            "words": f"unusual at {where} at {clock}{': ' if event.why else ''}{event.why}{more}",
            "link": f"{link.rstrip('/')}/events/{event.id}" if link else "",
        }
    )


def outage_payload(outage: Outage, link: str) -> str:
    """Of a camera that has become blind, or of the end of that.

    outage: what is wrong, or was; blind: whether it still is.
    """
    told_utc, what = outage.over_utc or outage.since_utc, WHAT.get(outage.state, outage.state)
    words = f"{outage.camera} is {what}{': ' if outage.words else ''}{outage.words}"
    if outage.over_utc is not None:
        lasted = duration(outage.over_utc - outage.since_utc)
        words = f"{outage.camera} is well again after {lasted}: it was {what}"
    return json.dumps(
        {
            "camera": outage.camera,
            "outage": outage.state,
            "blind": outage.over_utc is None,
            "since_utc": outage.since_utc,
            "over_utc": outage.over_utc,
            "started": datetime.fromtimestamp(told_utc, UTC).isoformat(timespec="seconds"),
            "words": words,
            "link": f"{link.rstrip('/')}/" if link else "",
        }
    )


def digest_payload(camera: str, alerts: Sequence[WaitingAlert], link: str) -> str:
    """Of all alarms of a camera in a time, the oldest first, in one: how many, and the highest of them."""
    told = [_TOLD.validate_json(alert.payload) for alert in alerts]
    highest = max(told, key=lambda one: one.score)
    first, last, peak = (
        f"{datetime.fromtimestamp(one.start_utc, local_zone()):%H:%M}" for one in (told[0], told[-1], highest)
    )
    count = f"{len(told)} alarms from {first} to {last}, the highest" if len(told) > 1 else "one alarm,"
    return json.dumps(
        {
            "camera": camera,
            "digest": len(told),
            "events": [alert.event for alert in alerts],
            "start_utc": told[0].start_utc,
            "started": datetime.fromtimestamp(told[0].start_utc, UTC).isoformat(timespec="seconds"),
            "words": f"{camera}: {count} at {peak}{': ' if highest.why else ''}{highest.why}",
            "link": f"{link.rstrip('/')}/events?camera={camera}&alarms=only" if link else "",
        }
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What a digest reads of an alert."""

    start_utc: float
    score: float
    why: str


_TOLD = TypeAdapter(_Told)
