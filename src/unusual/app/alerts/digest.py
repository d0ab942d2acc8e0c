"""Alarms by the hour or by the day: held in the outbox, and told in one when their time is over."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from unusual.app.alerts.channels import Alert, Channel, Failure
from unusual.app.alerts.payloads import digest_payload
from unusual.store.outbox import Outbox
from unusual.store.rules.wall_clock import local_zone

DAY_AT = 8  # o'clock: when a day's digest is told


class Every(StrEnum):
    """How often."""

    HOUR = "hour"
    DAY = "day"

    def began(self, utc: float, zone: tzinfo) -> float:
        """When the present hour or day began, UTC seconds: what is older is told now."""
        now = datetime.fromtimestamp(utc, zone)
        start = now.replace(minute=0, second=0, microsecond=0)
        if self is Every.DAY:
            start = start.replace(hour=DAY_AT)
            start -= timedelta(days=now < start)
        return start.timestamp()


class DigestChannel(Channel):
    """No way out itself: it puts digests of what is held into the outbox, for the channels that are.

    channels: their names. link: as in `AlertSettings`. clock: UTC seconds.
    """

    name = "digest"

    def __init__(
        self,
        every: Every,
        outbox: Outbox,
        channels: Sequence[str],
        link: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._every, self._outbox, self._channels, self._link = every, outbox, tuple(channels), link
        self._clock, self._zone = clock, local_zone()

    def deliver(self, alert: Alert) -> Failure | None:
        """See Channel: nothing is ever put for it."""
        return None

    def meet(self) -> None:
        """See Channel: tell what is due. Raises as `Database`; nothing is lost, and nothing told twice, then."""
        began = self._every.began(self._clock(), self._zone)
        held = sorted(self._outbox.held(began), key=attrgetter("camera", "put_utc"))
        for camera, group in groupby(held, key=attrgetter("camera")):
            alerts = list(group)
            payload = digest_payload(camera, alerts, self._link)
            about = f"digest:{alerts[0].id}"  # the same where a crash has left them held
            self._outbox.put_all(about, self._channels, payload, camera=camera, now=self._clock())
            for alert in alerts:
                self._outbox.delivered(alert.id)
