"""What alerts say, as JSON: links and opaque ids, no picture and no secret."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

from unusual.scores.wording import duration
from unusual.store.events import StoredEvent
from unusual.store.live import Outage

WHAT = {"storage_full": "short of storage", "unwatched": "not watched any more"}  # all others are called as they are


def alert_payload(event: StoredEvent, link: str, others: int) -> str:
    """Of an event.

    others: alarms of the camera since the alert before, which were not told by themselves.
    """
    more = f", and {others} more since the last alert" if others else ""
    started = datetime.fromtimestamp(event.start_utc, UTC)
    where = f"{event.camera}, {event.zone}" if event.zone else event.camera
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
            "words": f"unusual at {where}{': ' if event.why else ''}{event.why}{more}",
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
