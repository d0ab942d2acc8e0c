"""Pictures of alarms over MQTT: each follows its alert once it is there, and of an outage there is none."""

import json

from alert_receiver import ALERT
from made_home import add_event

from unusual.app.alerts.channels import Alert
from unusual.app.alerts.enclosures import PICTURE_S, Enclosures
from unusual.app.alerts.mqtt_pictures import AlarmPictures


class Client:
    def __init__(self):
        self.published = []

    def publish(self, topic, payload, **how):
        self.published.append((topic, payload[:2], how))


def test_a_picture_follows_once_and_one_that_never_comes_is_given_up(store):
    clock, client = [0.0], Client()
    pictures = AlarmPictures(Enclosures(store, lambda: clock[0]), "unusual", "homeassistant")
    there, lacking = add_event(store, "gate", 1e9, 3.0, clip=True), add_event(store, "yard", 1e9, 3.0)
    for camera, event in (("gate", there), ("yard", lacking)):
        pictures.expect(Alert("b" * 22, camera, json.dumps({"event": event})))
    pictures.expect(ALERT)
    for _ in range(3):
        pictures.publish(client)
    assert client.published == [("unusual/gate/image", b"\xff\xd8", {"qos": 1, "retain": True})]
    clock[0] = PICTURE_S + 1
    pictures.publish(client)
    assert len(client.published) == 1
    assert not pictures._waiting


def test_home_assistant_is_told_where_it_is(store):
    topic, described = AlarmPictures(Enclosures(store), "unusual", "ha").introduction("gate")
    assert topic == "ha/image/unusual_gate/config"
    assert json.loads(described)["image_topic"] == "unusual/gate/image"
