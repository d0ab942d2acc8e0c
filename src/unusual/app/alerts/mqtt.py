"""Alerts over MQTT, in the words of Home Assistant's discovery: a binary sensor for each camera. Needs unusual[mqtt].

PREFIX/binary_sensor/unusual_CAMERA/config   retained: what it is, told at each connection, so it appears by itself
TOPIC/CAMERA/attributes                      retained: the last alert as JSON, id included, with links where asked for
TOPIC/CAMERA/state                           ON at each alert; the receiver turns it off after OFF_DELAY_S
TOPIC/CAMERA/availability                    retained: offline while the camera is blind, online else
TOPIC/CAMERA/outage                          retained: the last outage as JSON, or the end of it
TOPIC/CAMERA/image                           retained, with picture = true: of the newest alarm, a JPEG
TOPIC/status                                 retained: online, or offline, also after a crash (last will)

Everything goes with quality of service 1: an alert is delivered when the broker has acknowledged it.
"""

import json
import math
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from unusual.app.alerts.channels import Alert, Channel, Failure, Seconds, read_secret
from unusual.app.alerts.enclosures import Enclosures
from unusual.app.alerts.mqtt_controls import Controls
from unusual.app.alerts.mqtt_pictures import AlarmPictures
from unusual.app.links import Links
from unusual.errors import ConfigError, UnusualError

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

OFF_DELAY_S = 30
MEET_S = 30.0  # between two tries to connect without an alert
Topic = Annotated[str, Field(pattern=r"^[^+#\x00-\x1f]+$")]


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """[alerts.mqtt]. password, or password_from: "env:NAME" or "file:PATH". prefix: of discovery; topic: of all else.

    commands: whether cameras are armed, quietened and set over it, see mqtt_controls.py. picture: whether an event's
    picture is published, once it is there, and a link that opens it goes along; clip: a link that opens its clip.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    password_from: str = ""
    prefix: Topic = "homeassistant"
    topic: Topic = "unusual"
    commands: bool = False
    picture: bool = False
    clip: bool = False
    timeout_s: Seconds = 10.0


class MqttChannel(Channel):
    """Stays connected; after a failure it starts afresh. Each connection makes the cameras known, and how they do.

    blind: of each camera, whether it is. controls: of cameras, where they may be commanded. enclosures: find pictures,
    where these are published. links: open them. Raises ConfigError: there is no password where it should be, or
    no paho-mqtt.
    """

    name = "mqtt"

    def __init__(
        self,
        settings: MqttSettings,
        blind: Mapping[str, bool],
        controls: Controls | None = None,
        enclosures: Enclosures | None = None,
        links: Links | None = None,
    ) -> None:
        try:
            import paho.mqtt.client  # noqa: F401 - said now rather than at the first alert
        except ImportError as error:
            raise ConfigError("alerts.mqtt needs paho-mqtt: pip install 'unusual[mqtt]'") from error
        self._settings = settings
        self._password = read_secret(settings.password_from) if settings.password_from else settings.password or None
        self._status = f"{settings.topic}/status"
        self._client: Client | None = None
        self._blind = dict(blind)  # of the cameras that are known
        self._controls, self._links = controls, links
        wanted = enclosures if settings.picture else None
        self._pictures = AlarmPictures(wanted, settings.topic, settings.prefix) if wanted else None
        self._met_s = -math.inf  # when a connection was last tried without an alert

    def meet(self) -> None:
        """See Channel: connect, so that the cameras are known before the first alert."""
        if self._client is None and time.monotonic() - self._met_s > MEET_S:
            self._met_s = time.monotonic()
            self._done(lambda client: None)
        if self._client and self._controls:
            _tell_news(self._client, self._controls)
        if self._client and self._pictures:
            self._pictures.publish(self._client)

    def deliver(self, alert: Alert) -> Failure | None:
        """See Channel."""
        linked = alert.linked(self._links, picture=self._settings.picture, clip=self._settings.clip)
        failure = self._done(lambda client: self._send(client, linked))
        if failure is None and self._pictures:
            self._pictures.expect(alert)
        return failure

    def _done(self, act: "Callable[[Client], None]") -> Failure | None:
        """Act with a connection."""
        where = f"mqtt at {self._settings.host}"
        try:
            act(self._client or self._connect())
        except _RefusedError as error:
            self._drop()
            return Failure(f"{where}: {error}")
        except (OSError, RuntimeError, ValueError) as error:  # what paho raises of a lost connection
            self._drop()
            return Failure(f"{where}: no connection ({type(error).__name__})")
        return None

    def close(self) -> None:
        """See Channel. Says offline first, where that is still possible."""
        if (client := self._client) is not None:
            with suppress(OSError, RuntimeError, ValueError):
                client.publish(self._status, "offline", qos=1, retain=True).wait_for_publish(1.0)
            self._drop()

    def _connect(self) -> "Client":
        from paho.mqtt.client import Client, MQTTv311
        from paho.mqtt.enums import CallbackAPIVersion

        settings = self._settings
        client = Client(CallbackAPIVersion.VERSION2, f"unusual-{secrets.token_hex(6)}", protocol=MQTTv311)
        self._client = client
        client.connect_timeout = settings.timeout_s
        if settings.user:
            client.username_pw_set(settings.user, self._password)
        if settings.tls:
            client.tls_set()
        client.will_set(self._status, "offline", qos=1, retain=True)
        answered = threading.Event()
        refusal: list[str] = []

        def connected(
            client: "Client", _data: object, _flags: "ConnectFlags", code: "ReasonCode", _more: "Properties | None"
        ) -> None:
            if code.is_failure:
                refusal.append(str(code))
            else:
                client.publish(self._status, "online", qos=1, retain=True)
                for topic, payload in self._introductions():
                    client.publish(topic, payload, qos=1, retain=True)
                if self._controls:
                    client.subscribe([(topic, 1) for topic in self._controls.subscriptions])
            answered.set()

        client.on_connect = connected
        if (controls := self._controls) is not None:

            def commanded(client: "Client", _data: object, message: "MQTTMessage") -> None:
                controls.obey(message.topic, bytes(message.payload))
                with suppress(UnusualError):  # told at the next meeting
                    _tell_news(client, controls)

            client.on_message = commanded
            controls.forget()
        client.connect(settings.host, settings.port, keepalive=30)
        client.loop_start()
        if not answered.wait(settings.timeout_s):
            raise _RefusedError(f"no answer for {settings.timeout_s:g} s")
        if refusal:
            raise _RefusedError(refusal[0])
        return client

    def _send(self, client: "Client", alert: Alert) -> None:
        topic, body = f"{self._settings.topic}/{alert.camera}", alert.body.decode()
        blind = json.loads(body).get("blind")  # None of an event
        known = alert.camera in self._blind
        if blind is not None or not known:
            self._blind[alert.camera] = bool(blind)
        sensor, availability = self._introduction(alert.camera)
        messages = [] if known else [(*sensor, True)]
        if blind is not None:
            messages += [(*availability, True), (f"{topic}/outage", body, True)]
        else:
            messages += [] if known else [(*availability, True)]
            messages += [(f"{topic}/attributes", body, True), (f"{topic}/state", "ON", False)]
        until = time.monotonic() + self._settings.timeout_s
        sent = [client.publish(place, payload, qos=1, retain=retain) for place, payload, retain in messages]
        for message in sent:
            message.wait_for_publish(max(0.0, until - time.monotonic()))
            if not message.is_published():
                raise _RefusedError(f"not acknowledged for {self._settings.timeout_s:g} s")

    def _introductions(self) -> list[tuple[str, str]]:
        known = tuple(self._blind)
        images = map(self._pictures.introduction, known) if self._pictures else ()
        controls = self._controls.introductions() if self._controls else ()
        return [*chain.from_iterable(map(self._introduction, known)), *images, *controls]

    def _introduction(self, camera: str) -> tuple[tuple[str, str], tuple[str, str]]:
        """What says that there is a camera, and whether it sees: topic and payload each."""
        topic = f"{self._settings.topic}/{camera}"
        sensor = f"{self._settings.prefix}/binary_sensor/unusual_{camera}/config"
        description = _description(camera, topic, self._status)
        return (sensor, description), (f"{topic}/availability", "offline" if self._blind[camera] else "online")

    def _drop(self) -> None:
        """Forget the connection and all that it still wanted to send: the outbox sends it again."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()


def _tell_news(client: "Client", controls: Controls) -> None:
    for topic, state in controls.news():
        client.publish(topic, state, qos=1, retain=True)


def _description(camera: str, topic: str, status: str) -> str:
    unique = f"unusual_{camera}"
    return json.dumps(
        {
            "name": "Unusual",
            "unique_id": unique,
            "device_class": "problem",
            "state_topic": f"{topic}/state",
            "off_delay": OFF_DELAY_S,
            "json_attributes_topic": f"{topic}/attributes",
            "availability": [{"topic": status}, {"topic": f"{topic}/availability"}],
            "availability_mode": "all",
            "device": {"identifiers": [unique], "name": camera, "manufacturer": "unusual"},
        }
    )


class _RefusedError(Exception):
    """The broker did not take it; in words."""
