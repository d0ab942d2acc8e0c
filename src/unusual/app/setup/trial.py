"""A test alert: by every way that alerts go, and what became of it by each."""

import json
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from unusual.app.alerts.alerts import AlertSettings, open_channels
from unusual.app.alerts.channels import Alert, LogChannel
from unusual.store.names import new_id


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a test alert. by: the way it went; why: it did not arrive, "" where it did."""

    by: str
    why: str


def send_test_alert(settings: AlertSettings, camera: str) -> list[Tried]:
    """Send one, and wait for each receiver's word. Raises ConfigError where a way is not in order."""
    now = time.time()
    told = {
        "camera": camera,
        "test": True,
        "start_utc": now,
        "started": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
        "words": f"a test: this is how an alarm of {camera} would be told",
        "link": f"{settings.link.rstrip('/')}/" if settings.link else "",
    }
    alert, tried = Alert(new_id(), camera, json.dumps(told)), []
    for channel in open_channels(settings):
        if not isinstance(channel, LogChannel):
            with closing(channel):
                failure = channel.deliver(alert)
            tried.append(Tried(channel.name, failure.why if failure else ""))
    return tried
