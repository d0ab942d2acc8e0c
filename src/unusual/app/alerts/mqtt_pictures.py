"""The picture of each camera's newest alarm over MQTT, where `picture = true` asks for it: published once it is there.

TOPIC/CAMERA/image                    retained: a JPEG with its box
PREFIX/image/unusual_CAMERA/config    retained: Home Assistant finds it
"""

import json
from collections import deque
from typing import TYPE_CHECKING

from unusual.app.alerts.channels import Alert
from unusual.app.alerts.enclosures import Enclosures

if TYPE_CHECKING:
    from paho.mqtt.client import Client

MOST = 20  # that wait until they are there


class AlarmPictures:
    """Pictures on their way. topic, prefix: see `MqttSettings`."""

    def __init__(self, enclosures: Enclosures, topic: str, prefix: str) -> None:
        self._enclosures, self._topic, self._prefix = enclosures, topic, prefix
        self._waiting: deque[tuple[str, str]] = deque(maxlen=MOST)  # camera and event

    def expect(self, alert: Alert) -> None:
        """An alert has arrived: its picture is to follow, if it is of an event."""
        if event := json.loads(alert.payload).get("event"):
            self._waiting.append((alert.camera, event))

    def publish(self, client: "Client") -> None:
        """Publish those that are there by now."""
        for camera, event in [self._waiting.popleft() for _ in range(len(self._waiting))]:
            found = self._enclosures.of(event, picture=True, clip=False)
            if found is None:
                self._waiting.append((camera, event))
            for each in found or ():
                client.publish(f"{self._topic}/{camera}/image", each.content, qos=1, retain=True)

    def introduction(self, camera: str) -> tuple[str, str]:
        """What says that there is a picture: topic and payload."""
        unique = f"unusual_{camera}"
        description = {
            "name": "Newest alarm",
            "unique_id": f"{unique}_image",
            "image_topic": f"{self._topic}/{camera}/image",
            "content_type": "image/jpeg",
            "device": {"identifiers": [unique], "name": camera, "manufacturer": "unusual"},
        }
        return f"{self._prefix}/image/{unique}/config", json.dumps(description)
