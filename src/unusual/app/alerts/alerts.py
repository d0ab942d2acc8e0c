"""Alerts: which events are told, and their way out of the outbox. The ways themselves are in channels.py.

A watcher announces; what is announced is in the database before anything is sent, and a thread for each channel sends.
So a slow or dead receiver never slows the watching, and no crash loses an alert.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError

from unusual.app.alerts.apprise_channel import KINDS, AppriseChannel, AppriseSettings
from unusual.app.alerts.channels import (
    Alert,
    Channel,
    CommandChannel,
    CommandSettings,
    Failure,
    LogChannel,
    WebhookChannel,
    WebhookSettings,
)
from unusual.app.alerts.digest import Every
from unusual.app.alerts.enclosures import Enclosures
from unusual.app.alerts.mqtt import MqttChannel, MqttSettings
from unusual.app.alerts.mqtt_controls import Controls
from unusual.app.alerts.payloads import alert_payload, outage_payload
from unusual.app.links import MOST_MINUTES, Links
from unusual.camera.condition.outages import BLIND_S
from unusual.errors import ConfigError, DataError, UnusualError
from unusual.scores.hours import Mode, Week
from unusual.scores.zones import Zones
from unusual.store.events import EventStore, StoredEvent
from unusual.store.live import Outage
from unusual.store.names import new_id
from unusual.store.outbox import HELD, OUTAGE, Outbox
from unusual.store.rules.duty import Duties
from unusual.store.rules.zones import read_zones
from unusual.store.settings import Setting
from unusual.video.source import Source


def opened_by_browsers(address: str) -> str:
    """An address of http or https, or none. Raises ValueError."""
    if address and Source.of(address).scheme not in ("http", "https"):
        raise ValueError("no address of http or https")
    return address


DashboardAddress = Annotated[str, Field(pattern=r"^[!-~]*$"), AfterValidator(opened_by_browsers)]  # as others reach it


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """The [alerts] table of the settings: where alerts go, and how many.

    link: address of the dashboard, put before /events/ID in alerts; "" for none. link_hours: that links which open
    something without a log-in hold; snooze_minutes: for which such a link lets its camera be silent, 0 for no link.
    cool_down_s: at most one alert of a camera in that time, unless its own setting says otherwise; the next one counts
    the others. blind_s: that a camera has been blind, overloaded or without storage when that is told.
    give_up_days: see Outbox. log: print a line for each. digest: "hour" or "day": alarms are told together.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    link: DashboardAddress = ""
    link_hours: Annotated[float, Field(gt=0, le=8760)] = 24.0
    snooze_minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)] = 0
    cool_down_s: Annotated[float, Field(ge=0)] = 60.0
    blind_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = BLIND_S
    give_up_days: Annotated[float, Field(gt=0)] = 3.0
    log: bool = True
    webhook: WebhookSettings | None = None
    command: CommandSettings | None = None
    mqtt: MqttSettings | None = None
    apprise: AppriseSettings | None = None
    digest: Every | None = None

    @property
    def linking(self) -> list[str]:
        """The settings by which alerts carry links that open something without a log-in."""
        ways = {"webhook": self.webhook, "command": self.command, "mqtt": self.mqtt, "apprise": self.apprise}
        asked = [f"{name}.{what}" for name, way in ways.items() for what in KINDS if getattr(way, what, False)]
        return [*["snooze_minutes"] * (self.snooze_minutes > 0), *asked]


def alert_settings(table: Mapping[str, object]) -> AlertSettings:
    """Check a TOML table. Raises ConfigError: an unknown key, or a value that does not fit; the message names it.

    >>> alert_settings({"command": {"argv": ["notify"]}}).command.timeout_s
    10.0
    """
    try:
        return TypeAdapter(AlertSettings).validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]  # never say its input: it may be a secret in a wrong place
        key = ".".join(str(part) for part in ("alerts", *first["loc"]))
        raise ConfigError(f"setting {key!r}: {first['msg']}") from None


ENCLOSING = ("apprise", "mqtt.picture")  # these send more than links


def open_channels(
    settings: AlertSettings,
    blind: Mapping[str, bool] | None = None,
    controls: Controls | None = None,
    enclosures: Enclosures | None = None,
) -> list[Channel]:
    """The channels that are set.

    Args:
        blind: of each camera that is watched, whether alerts have told that it is blind.
        controls: of these cameras, for a channel that may command them.
        enclosures: for those that send pictures, or links that open them; without them, none is sent.

    Raises:
        ConfigError: a secret is not where it should be, a library is missing, or the address that links begin with.
    """
    useless = [name for name in settings.linking if not name.startswith(ENCLOSING)]
    if useless and not settings.link:
        raise ConfigError(f"alerts.{useless[0]} sends links: set alerts.link, the dashboard's address for others")
    links = None
    if enclosures is not None and settings.link:
        links = Links(enclosures.store.database.home, settings.link, settings.link_hours, settings.snooze_minutes)
    channels: list[Channel] = [LogChannel()] if settings.log else []
    if settings.webhook is not None:
        channels.append(WebhookChannel(settings.webhook, links))
    if settings.command is not None:
        channels.append(CommandChannel(settings.command, links))
    if settings.mqtt is not None:
        allowed = controls if settings.mqtt.commands else None
        channels.append(MqttChannel(settings.mqtt, blind or {}, allowed, enclosures, links))
    if settings.apprise is not None:
        for number, url in enumerate(settings.apprise.receivers, start=1):
            channels.append(AppriseChannel(number, url, settings.apprise, enclosures, links))
    return channels


POLL_S = 5.0  # between two looks at what waits and two of a channel's meetings; what is put here is sent at once
MOST_UNKEPT = 100  # alerts that the outbox could not keep, of each channel


class Announcer:
    """Decides which events and outages become alerts, and puts those into the outbox, once for each channel.

    unkept: takes the alert of an outage, camera and payload, that the outbox cannot keep: the disk may be the outage.
    """

    def __init__(
        self,
        store: EventStore,
        outbox: Outbox,
        settings: AlertSettings,
        channels: Sequence[str],
        unkept: Callable[[str, str], object] = lambda camera, payload: None,
    ) -> None:
        self._store = store
        self._unkept = unkept
        self._outbox = outbox
        self._settings = settings
        self._channels = tuple(channels)
        self._duties = Duties(store.database.home)
        self._others: Counter[tuple[str, str]] = Counter()  # alarms of each camera, or its zone, since its last alert

    def announce(self, event: StoredEvent, now: float | None = None) -> bool:
        """Tell of an alarm; False where it waits for no one: muted, quiet hours, cooling down, or told before.

        Raises:
            OutputError, DataError: it could not be stored; call again.
        """
        utc = time.time() if now is None else now
        if self._is_muted(event.camera, utc) or self._outbox.holds(event.id):
            return False
        zones = self._zones(event.camera)
        if self._mode(event, zones, utc) is not Mode.ARMED:
            return False
        own = {zone.name: zone.cool_down_s for zone in zones if zone.cool_down_s is not None}
        among = event.camera, event.zone if event.zone in own else ""
        if self._settings.digest is not None:
            payload = alert_payload(event, self._settings.link, 0)
            self._outbox.put_all(event.id, [HELD], payload, camera=event.camera, now=utc)
            return True
        if self._cools_down(event, own, utc):
            self._others[among] += 1
            return False
        payload = alert_payload(event, self._settings.link, self._others[among])
        self._outbox.put_all(event.id, self._channels, payload, camera=event.camera, now=utc)
        del self._others[among]
        return True

    def outage(self, outage: Outage, now: float | None = None) -> bool:
        """Tell that a camera is blind, or that it sees again; False while it is muted. No cool-down holds it back."""
        utc = time.time() if now is None else now
        payload = outage_payload(outage, self._settings.link)
        about = f"{OUTAGE}{outage.state}:{outage.since_utc:.0f}:{'over' if outage.over_utc else 'begun'}"
        try:
            if self._is_muted(outage.camera, utc):
                return False
            self._outbox.put_all(f"{about}:{outage.camera}", self._channels, payload, camera=outage.camera, now=utc)
        except UnusualError:
            self._unkept(outage.camera, payload)
        return True

    def _is_muted(self, camera: str, utc: float) -> bool:
        return (self._store.settings.get(camera, Setting.MUTED_UNTIL) or 0.0) > utc

    def _zones(self, camera: str) -> Zones:
        try:
            return read_zones(self._store.database.home.camera(camera)).zones
        except DataError:  # the watcher says so
            return ()

    def _mode(self, event: StoredEvent, zones: Zones, utc: float) -> Mode:
        """What is to be done where an event is: by hand, else by the hours of its zone, else by the camera's."""
        try:
            duty = self._duties.now(event.camera, utc)
        except DataError:
            duty = self._duties.now(event.camera, utc)
        hours = next((zone.hours for zone in zones if zone.name and zone.name == event.zone), ())
        return duty.mode if duty.by_hand or not hours else Week.of(hours).at(utc, self._duties.zone)

    def _cools_down(self, event: StoredEvent, own: Mapping[str, float], utc: float) -> bool:
        """Whether it is too soon. own: seconds, of each zone that has its own; alerts elsewhere do not hold it back."""
        if event.zone in own:
            cool_down_s = own[event.zone]
            last = self._outbox.last_put(event.camera, [event.zone], inside=True)
        else:
            chosen = self._store.settings.get(event.camera, Setting.COOL_DOWN_S)
            cool_down_s = self._settings.cool_down_s if chosen is None else chosen
            last = self._outbox.last_put(event.camera, [*own])
        return last is not None and 0 <= utc - last < cool_down_s  # one of the future is of a clock that was set back


class Deliverer:
    """Sends what waits in the outbox, each channel in a thread of its own.

    What was delivered is not sent again while this process lives, also where the disk is too full to note it; after a
    crash in between it is sent again under the same id.
    """

    def __init__(self, outbox: Outbox, channels: Sequence[Channel], *, poll_s: float = POLL_S) -> None:
        self._outbox = outbox
        self._channels = tuple(channels)
        self._poll_s = poll_s
        self._unkept: dict[str, deque[Alert]] = {channel.name: deque(maxlen=MOST_UNKEPT) for channel in channels}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._drain, args=[channel], name=f"alerts by {channel.name}", daemon=True)
            for channel in self._channels
        ]

    def start(self) -> "Deliverer":
        """Begin to send."""
        for thread in self._threads:
            thread.start()
        return self

    def unkept(self, camera: str, payload: str) -> None:
        """Send an alert that the outbox cannot keep; it is tried until it arrives or this process ends."""
        alert = Alert(new_id(), camera, payload)
        for waiting in self._unkept.values():
            waiting.append(alert)
        self._outbox.wake()

    def finish(self, wait_s: float = 3.0) -> None:
        """Wait until all was tried once, but no longer than that: a film ends sooner than a channel looks."""
        until = time.monotonic() + wait_s
        while self._outbox.untried() and time.monotonic() < until:
            self._stop.wait(0.05)

    def close(self, wait_s: float = 3.0) -> None:
        """Stop; what is being sent has that long to end, and is sent again the next time otherwise."""
        self._stop.set()
        self._outbox.wake()
        for channel in self._channels:
            channel.close()
        until = time.monotonic() + wait_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _drain(self, channel: Channel) -> None:
        arrived: list[str] = []
        while not self._stop.is_set():
            put_count = self._outbox.put_count
            self._send_unkept(channel)
            try:
                idle = not self._send_one(channel, arrived)
            except UnusualError:  # the database is full or busy: the watcher says so
                idle = True
            if idle:
                with suppress(Exception):  # as in `_try`
                    channel.meet()
                self._outbox.wait(put_count, self._poll_s)

    def _send_unkept(self, channel: Channel) -> None:
        waiting = self._unkept[channel.name]
        while waiting and _try(channel, waiting[0]) is None:
            waiting.popleft()

    def _send_one(self, channel: Channel, arrived: list[str]) -> bool:
        """Send the alert whose turn it is, False where there is none. arrived: ids of those not noted yet."""
        self._note(arrived)
        for alert in self._outbox.due(time.time(), channel.name):
            failure = _try(channel, Alert(alert.id, alert.camera, alert.payload))
            if failure is None:
                arrived.append(alert.id)
                self._note(arrived)
            elif not self._stop.is_set():
                self._outbox.failed(alert.id, time.time(), failure.why, final=failure.final)
            return True
        return False

    def _note(self, arrived: list[str]) -> None:
        while arrived:
            self._outbox.delivered(arrived[-1])
            arrived.pop()


def _try(channel: Channel, alert: Alert) -> Failure | None:
    try:
        return channel.deliver(alert)
    except Exception as error:  # one odd answer must not end a channel, and its words may hold a secret
        return Failure(f"{channel.name} failed: {type(error).__name__}")
