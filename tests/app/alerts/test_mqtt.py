"""Alerts over MQTT, against a broker of a few lines: what Home Assistant is told, and what a failure is."""

import json
import os
import shutil
import socket
import struct
import subprocess
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import replace

import pytest
from alert_receiver import ALERT, SECRET, wait_for
from made_home import add_event

from unusual.app.alerts.alerts import AlertSettings, Deliverer, open_channels
from unusual.app.alerts.channels import Alert, Failure
from unusual.app.alerts.enclosures import Enclosures
from unusual.app.alerts.mqtt import MqttChannel, MqttSettings
from unusual.app.alerts.mqtt_controls import Controls
from unusual.scores.hours import Mode
from unusual.store.outbox import Outbox
from unusual.store.rules.duty import Duties


class Broker:
    """The part of MQTT 3.1.1 that we need: CONNECT, PUBLISH with QoS 1, SUBSCRIBE, PING, DISCONNECT."""

    def __init__(self, refuse):
        self.messages, self.connects, self.refuse, self.silent = [], [], refuse, False
        self.subscribed = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                client, _ = self.listener.accept()
                self.open.append(client)
                threading.Thread(target=self._serve, args=[client], daemon=True).start()
        except OSError:
            return

    def _serve(self, client):
        try:
            with client, client.makefile("rb") as stream:
                while head := stream.read(1):
                    self._answer(client, head[0], stream.read(self._length(stream)))
        except (OSError, ValueError):
            return

    def _length(self, stream):
        length = shift = 0
        while True:
            byte = stream.read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return length

    def _answer(self, client, head, body):
        kind = head >> 4
        if kind == 1:  # CONNECT
            self.connects.append(body)
            client.sendall(bytes([0x20, 2, 0, self.refuse]))
        elif kind == 3:  # PUBLISH
            size = struct.unpack(">H", body[:2])[0]
            topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
            self.messages.append((topic, rest[2:].decode(errors="surrogateescape"), bool(head & 1), head >> 1 & 3))
            if not self.silent or topic.endswith("status"):
                client.sendall(b"\x40\x02" + rest[:2])
        elif kind == 8:  # SUBSCRIBE
            topics, rest = [], body[2:]
            while rest:
                size = struct.unpack(">H", rest[:2])[0]
                topics.append(rest[2 : 2 + size].decode())
                rest = rest[3 + size :]
            self.subscribed += topics
            client.sendall(bytes([0x90, 2 + len(topics)]) + body[:2] + b"\x01" * len(topics))
        elif kind == 12:  # PINGREQ
            client.sendall(b"\xd0\x00")

    def say(self, topic, payload):
        """Publish to the newest client, QoS 1."""
        body = struct.pack(">H", len(topic)) + topic.encode() + b"\0\x07" + payload
        self.open[-1].sendall(bytes([0x32, len(body)]) + body)

    def hang_up(self):
        for client in self.open:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.hang_up()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@contextmanager
def mqtt(timeout_s=10.0, user="", password_from="", refuse=0, blind=None, picture=False, **given):
    pytest.importorskip("paho.mqtt.client")
    server = Broker(refuse)
    settings = MqttSettings("127.0.0.1", server.port, user=user, password_from=password_from, timeout_s=timeout_s)
    settings = replace(settings, picture=picture)
    channel = MqttChannel(settings, blind or {}, **given)
    try:
        yield server, channel
    finally:
        channel.close()
        server.close()


def test_home_assistant_finds_a_sensor_for_each_camera_and_is_told_of_the_alert(monkeypatch):
    monkeypatch.setenv("PASSWORD", SECRET)
    with mqtt(user="me", password_from="env:PASSWORD") as (broker, channel):
        assert channel.deliver(ALERT) is None
        assert channel.deliver(Alert("b" * 22, "gate", ALERT.payload)) is None
        channel.close()
        wait_for(lambda: ("unusual/status", "offline", True, 1) in broker.messages)
    by_topic = {topic: (payload, retained, qos) for topic, payload, retained, qos in reversed(broker.messages)}
    config, *how = by_topic["homeassistant/binary_sensor/unusual_gate/config"]
    assert how == [True, 1]
    described = json.loads(config)
    assert described["unique_id"] == "unusual_gate"
    assert by_topic[described["state_topic"]] == ("ON", False, 1)
    attributes, *how = by_topic[described["json_attributes_topic"]]
    assert json.loads(attributes) == {"id": ALERT.id, **json.loads(ALERT.payload)}
    assert how == [True, 1]
    assert described["availability_mode"] == "all"
    for place in described["availability"]:
        assert by_topic[place["topic"]] == ("online", True, 1)
    topics = [topic for topic, *_ in broker.messages]
    assert topics.count("homeassistant/binary_sensor/unusual_gate/config") == 1
    assert topics.count("unusual/gate/state") == 2
    assert b"unusual/status" in broker.connects[0], "the last will"
    assert SECRET.encode() in broker.connects[0]
    assert SECRET not in str(broker.messages)


def test_a_blind_camera_is_unavailable_to_home_assistant_until_it_sees_again():
    with mqtt() as (broker, channel):
        for blind in (True, False):
            payload = json.dumps({"camera": "gate", "blind": blind, "words": "gate is offline"})
            assert channel.deliver(Alert("c" * 22, "gate", payload)) is None
    topics = [(topic, payload) for topic, payload, retained, _ in broker.messages if "gate" in topic and retained]
    assert topics[0][0].endswith("/config"), "a camera that never had an alarm is known as well"
    available = json.loads(topics[0][1])["availability"][1]["topic"]
    assert [payload for topic, payload in topics if topic == available] == ["offline", "online"]
    assert [json.loads(payload)["blind"] for topic, payload in topics if topic.endswith("/outage")] == [True, False]
    assert not any(topic.endswith("/state") for topic, *_ in broker.messages)


def test_cameras_are_known_and_available_from_the_start_and_after_a_new_one_of_the_broker(store):
    with (
        mqtt(blind={"gate": False, "yard": True}) as (broker, channel),
        closing(Deliverer(Outbox(store.database), [channel], poll_s=0.01).start()),
    ):
        wait_for(lambda: len(broker.messages) == 5)
        topics = {topic: (payload, retained) for topic, payload, retained, _ in broker.messages}
        assert topics["unusual/gate/availability"] == ("online", True)
        assert topics["unusual/yard/availability"] == ("offline", True), "it was blind when watching ended"
        described = json.loads(topics["homeassistant/binary_sensor/unusual_yard/config"][0])
        assert described["availability"][1]["topic"] == "unusual/yard/availability"
        broker.hang_up()
        wait_for(lambda: len(broker.messages) == 10)


def test_a_broker_that_refuses_when_watching_starts_is_not_asked_all_the_time():
    with mqtt(refuse=5, blind={"gate": False}) as (broker, channel):
        for _ in range(3):
            channel.meet()
        assert len(broker.connects) == 1


def test_an_alert_that_the_broker_does_not_acknowledge_has_not_arrived_and_the_channel_starts_afresh():
    with mqtt(timeout_s=0.5) as (broker, channel):
        assert channel.deliver(ALERT) is None
        broker.silent = True
        assert channel.deliver(ALERT) == Failure("mqtt at 127.0.0.1: not acknowledged for 0.5 s")
        broker.silent = False
        assert channel.deliver(ALERT) is None
        assert len(broker.connects) == 2, "nothing old is sent behind our back"
        described = [topic for topic, *_ in broker.messages if topic.endswith("/config")]
        assert len(described) == 2, "it may be a new broker that knows nothing"


def test_a_broker_that_refuses_or_is_not_there_is_a_failure():
    with mqtt(refuse=5) as (_, channel):
        assert channel.deliver(ALERT) == Failure("mqtt at 127.0.0.1: Not authorized")
    with mqtt() as (broker, channel):
        broker.close()
        assert channel.deliver(ALERT) == Failure("mqtt at 127.0.0.1: no connection (ConnectionRefusedError)")
        broker.listener = socket.create_server(("127.0.0.1", 0))


def test_a_broker_that_hangs_up_between_alerts_is_found_again():
    with mqtt(timeout_s=5) as (broker, channel):
        assert channel.deliver(ALERT) is None
        broker.hang_up()
        wait_for(lambda: channel.deliver(ALERT) is None)
        assert len(broker.connects) > 1


def test_a_camera_is_disarmed_over_the_broker_and_how_it_stands_is_told_back(store):
    said, home = [], store.database.home
    controls = Controls(home, store.settings, ["gate"], "unusual", "homeassistant", said.append)
    with (
        mqtt(blind={"gate": False}, controls=controls) as (broker, channel),
        closing(Deliverer(Outbox(store.database), [channel], poll_s=0.01).start()),
    ):
        wait_for(lambda: "unusual/gate/mode/set" in broker.subscribed)
        wait_for(lambda: ("unusual/gate/armed", "ON", True, 1) in broker.messages)
        broker.say("unusual/gate/armed/set", b"OFF")
        wait_for(lambda: ("unusual/gate/armed", "OFF", True, 1) in broker.messages)
        assert Duties(home).now("gate").mode is Mode.QUIET
        broker.say("unusual/gate/mode/set", b"hours")
        wait_for(lambda: broker.messages[-1][:2] == ("unusual/gate/armed", "ON"))
        stands = [topic for topic, *_ in broker.messages if topic == "unusual/gate/mode"]
        assert len(stands) == 3, "only what is news is told"
        broker.hang_up()
        wait_for(lambda: broker.subscribed.count("unusual/gate/mode/set") == 2)
    topics = {topic for topic, *_ in broker.messages}
    assert "homeassistant/switch/unusual_gate/config" in topics
    assert said == ["gate: armed OFF, as was said over MQTT", "gate: mode hours, as was said over MQTT"]


def test_the_picture_of_an_alarm_is_published_once_it_is_there(store):
    event = add_event(store, "gate", 1e9, 3.0, clip=True)
    alert = Alert("d" * 22, "gate", json.dumps({"event": event, "words": "unusual at gate"}))
    for wanted in (False, True):
        with (
            mqtt(blind={"gate": False}, picture=wanted, enclosures=Enclosures(store)) as (broker, channel),
            closing(Deliverer(Outbox(store.database), [channel], poll_s=0.01).start()),
        ):
            wait_for(lambda: broker.messages)
            assert channel.deliver(alert) is None
            if wanted:
                wait_for(lambda: any(topic == "unusual/gate/image" for topic, *_ in broker.messages))
            topics = {topic: payload for topic, payload, *_ in broker.messages}
        assert ("homeassistant/image/unusual_gate/config" in topics) is wanted
        assert ("unusual/gate/image" in topics) is wanted
        assert not wanted or topics["unusual/gate/image"].startswith("\udcff\udcd8")


def listens(port):
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def mosquitto(folder):
    """Debian's broker: its port, and what it was told, by topic."""
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    client = pytest.importorskip("paho.mqtt.client")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    (folder / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    broker = subprocess.Popen([program, "-c", folder / "mosquitto.conf"], stderr=subprocess.DEVNULL)
    listener, told = client.Client(client.CallbackAPIVersion.VERSION2), {}
    listener.on_connect = lambda *_: listener.subscribe("#", 1)
    listener.on_message = lambda _client, _data, message: told.update({message.topic: message.payload})
    try:
        wait_for(lambda: listens(port))
        listener.connect("127.0.0.1", port)
        listener.loop_start()
        yield port, told, listener
    finally:
        listener.disconnect()
        listener.loop_stop()
        broker.terminate()
        broker.wait()


def test_a_real_broker_is_told_all_that_home_assistant_wants_and_commands_arrive(store, tmp_path):
    event, home = add_event(store, "gate", 1e9, 3.0, clip=True), store.database.home
    with mosquitto(tmp_path) as (port, told, listener):
        settings = MqttSettings("127.0.0.1", port, commands=True, picture=True, clip=True)
        controls = Controls(home, store.settings, ["gate"], settings.topic, settings.prefix, lambda _: None)
        asked = AlertSettings(log=False, link="http://watch.example", snooze_minutes=60, mqtt=settings)
        channels = open_channels(asked, {"gate": False}, controls, Enclosures(store))
        outbox = Outbox(store.database)
        outbox.put(event, "mqtt", json.dumps({"event": event, "words": "unusual at gate"}), camera="gate")
        with closing(Deliverer(outbox, channels, poll_s=600.0).start()):
            wait_for(lambda: {"unusual/gate/image", "unusual/gate/attributes", "unusual/gate/armed"} <= told.keys())
            for kind, what in {
                "binary_sensor": "",
                "image": "_image",
                "switch": "",
                "number": "",
                "select": "",
            }.items():
                described = json.loads(told[f"homeassistant/{kind}/unusual_gate/config"])
                assert described["unique_id"].startswith(f"unusual_gate{what}")
                assert described.get("state_topic", described.get("image_topic")) in told or kind == "number"
            assert told["unusual/gate/image"][:2] == b"\xff\xd8" and told["unusual/gate/state"] == b"ON"
            linked = json.loads(told["unusual/gate/attributes"])
            assert linked["picture"].startswith(f"http://watch.example/link/{event}/picture.jpg?until=")
            assert {"clip", "snooze"} <= linked.keys()
            listener.publish("unusual/gate/alarms_per_day/set", b"2.5", qos=1)
            listener.publish("unusual/gate/armed/set", b"OFF", qos=1)
            wait_for(lambda: (told.get("unusual/gate/alarms_per_day"), told["unusual/gate/armed"]) == (b"2.5", b"OFF"))
            assert Duties(home).now("gate").mode is Mode.QUIET
        wait_for(lambda: told["unusual/status"] == b"offline")


def test_nobody_is_commanded_where_that_is_not_allowed(store):
    (channel,) = open_channels(AlertSettings(log=False, mqtt=MqttSettings("127.0.0.1")), {}, object())
    assert channel._controls is None
    (channel,) = open_channels(AlertSettings(log=False, mqtt=MqttSettings("127.0.0.1", commands=True)), {}, "controls")
    assert channel._controls == "controls"
