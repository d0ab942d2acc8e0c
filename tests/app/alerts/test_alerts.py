"""Alerts: which events are told, and that they arrive past hanging, failing and dying receivers, without secrets."""

import hmac
import json
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from unusual.app.alerts.alerts import AlertSettings, Announcer, Deliverer, alert_settings, open_channels
from unusual.app.alerts.channels import (
    Alert,
    Channel,
    CommandChannel,
    CommandSettings,
    Failure,
    LogChannel,
    WebhookChannel,
    WebhookSettings,
    read_secret,
)
from unusual.app.alerts.mqtt import MqttChannel, MqttSettings
from unusual.domain import Box
from unusual.errors import ConfigError, OutputError
from unusual.store.events import StoredEvent
from unusual.store.live import Outage
from unusual.store.names import new_id
from unusual.store.outbox import HELD_S, Outbox
from unusual.store.settings import Setting

NOW = 1_700_000_000.0
ALERT = Alert("a" * 22, "gate", '{"words": "unusual at gate", "score": 3.5}')
SECRET = "s3cr3t:@/#%"


@pytest.fixture
def outbox(store):
    return Outbox(store.database)


def event(camera="gate", **changes):
    return StoredEvent(new_id(), camera, NOW, None, NOW, 3.5, 0.125, Box(0.1, 0.2, 0.3, 0.4), "moves", **changes)


def wait_for(happened, seconds=20.0):
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.005)


# --- which events are told


def announcer(store, **changes):
    return Announcer(store, Outbox(store.database), AlertSettings(**changes), ["webhook", "log"])


def told(outbox, channel="log"):
    return [json.loads(alert.payload) for alert in outbox.due(1e12, channel, most=99)]


def test_an_alarm_is_told_by_every_channel_with_link_and_place(store, outbox):
    alarm = event()
    assert announcer(store, link="https://watch.example/").announce(alarm, NOW)
    for channel in ("webhook", "log"):
        (payload,) = told(outbox, channel)
        assert payload["event"] == alarm.id
        assert payload["link"] == f"https://watch.example/events/{alarm.id}"
        assert payload["words"] == "unusual at gate: moves"
        assert payload["started"] == "2023-11-14T22:13:20+00:00"
        assert (payload["score"], payload["per_day"], payload["others"]) == (3.5, 0.125, 0)
        assert payload["box"] == {"left": 0.1, "top": 0.2, "right": 0.3, "bottom": 0.4}


def test_an_event_is_told_once_also_after_a_restart(store, outbox):
    alarm = event()
    assert announcer(store, cool_down_s=0).announce(alarm, NOW)
    assert not announcer(store, cool_down_s=0).announce(alarm, NOW + 5)
    assert len(told(outbox)) == 1


def test_a_camera_that_cools_down_is_silent_and_the_next_alert_counts_the_others(store, outbox):
    desk = announcer(store, cool_down_s=60)
    moments = {"gate": (0, 10, 59.9, 60, 130), "yard": (20,)}
    answers = {camera: [desk.announce(event(camera), NOW + s) for s in seconds] for camera, seconds in moments.items()}
    assert answers == {"gate": [True, False, False, True, True], "yard": [True]}
    assert [(one["camera"], one["others"]) for one in told(outbox)] == [
        ("gate", 0),
        ("yard", 0),
        ("gate", 2),
        ("gate", 0),
    ]


def test_the_next_alert_says_in_words_how_many_others_there_were(store, outbox):
    desk = announcer(store)
    for second in (0, 1, 61):
        desk.announce(event(), NOW + second)
    assert told(outbox)[-1]["words"] == "unusual at gate: moves, and 1 more since the last alert"


def test_a_cool_down_outlasts_a_restart_and_a_camera_may_have_its_own(store):
    assert announcer(store, cool_down_s=60).announce(event(), NOW)
    assert not announcer(store, cool_down_s=60).announce(event(), NOW + 30)
    store.settings.set("gate", Setting.COOL_DOWN_S, 20)
    assert announcer(store, cool_down_s=60).announce(event(), NOW + 30)


def test_a_clock_that_was_set_back_silences_nobody(store):
    desk = announcer(store, cool_down_s=60)
    assert desk.announce(event(), NOW)
    assert desk.announce(event(), NOW - 3600)


def test_a_muted_camera_is_silent_until_then(store):
    store.settings.set("gate", Setting.MUTED_UNTIL, NOW + 100)
    desk = announcer(store)
    assert [desk.announce(event(), NOW + s) for s in (0, 99, 100)] == [False, False, True]


# --- the way out of the outbox


def outage(**changes):
    return Outage("gate", "offline", "no answer", NOW, **changes)


def test_a_blind_camera_and_its_return_are_told_by_every_channel(store, outbox):
    desk = announcer(store, link="https://watch.example")
    for later_s, told_of in enumerate((outage(), outage(over_utc=NOW + 720), outage())):  # the last is nothing new
        assert desk.outage(told_of, NOW + later_s)
    for channel in ("webhook", "log"):
        begun, over = told(outbox, channel)
        assert (begun["camera"], begun["outage"], begun["blind"]) == ("gate", "offline", True)
        assert begun["words"] == "gate is offline: no answer"
        assert begun["link"] == "https://watch.example/"
        assert (over["blind"], over["words"]) == (False, "gate is well again after 12 min: it was offline")
        assert over["started"] == "2023-11-14T22:25:20+00:00"


def test_an_outage_neither_waits_for_a_cool_down_nor_begins_one_and_a_muted_camera_is_told_of_later(store, outbox):
    desk = announcer(store, cool_down_s=60)
    assert desk.announce(event(), NOW)
    assert desk.outage(outage(), NOW + 1)
    assert desk.announce(event(), NOW + 60)
    store.settings.set("gate", Setting.MUTED_UNTIL, NOW + 100)
    assert not desk.outage(outage(over_utc=NOW + 90), NOW + 90)
    assert desk.outage(outage(over_utc=NOW + 90), NOW + 101)


def test_a_full_disk_is_told_though_no_alert_can_be_kept(store):
    class Full(Outbox):
        def put_all(self, *_, **__):
            raise OutputError("the disk is full")

    heard, fails = [], [True, False]

    class Heard(Flaky):
        def deliver(self, alert):
            heard.append(json.loads(alert.payload)["words"])
            return Failure("busy") if fails.pop(0) else None

    deliverer = Deliverer(Full(store.database), [Heard()], poll_s=0.01)
    desk = Announcer(store, Full(store.database), AlertSettings(), ["flaky"], deliverer.unkept)
    deliverer.start()
    try:
        assert desk.outage(Outage("gate", "storage_full", "the disk is full", NOW), NOW)
        wait_for(lambda: not fails)
    finally:
        deliverer.close()
    assert heard == ["gate is short of storage: the disk is full"] * 2


class Flaky(Channel):
    """A channel that does as it is told: answers in turn, then None for ever."""

    name = "flaky"

    def __init__(self, *answers):
        self.answers, self.got = list(answers), []

    def deliver(self, alert):
        self.got.append(alert.id)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def delivering(outbox, *channels):
    deliverer = Deliverer(outbox, channels, poll_s=0.01).start()
    try:
        yield
    finally:
        deliverer.close()


def at_once(store):
    return Outbox(store.database, jitter=lambda: 2.0)  # a random half taken off twice: no wait at all


def put(outbox, channel="flaky", payload=ALERT.payload):
    return outbox.put(new_id(), channel, payload, camera="gate")


def waits(store):
    return store.database.read("SELECT count(*) FROM outbox WHERE state = 'waiting'")[0][0]


def test_an_alert_is_tried_until_it_arrives_and_then_never_again(store):
    outbox, channel = at_once(store), Flaky(Failure("no"), RuntimeError(SECRET), Failure("no"))
    alert = put(outbox)
    with delivering(outbox, channel):
        wait_for(lambda: not waits(store))
        time.sleep(0.05)
    with delivering(Outbox(store.database), channel):
        time.sleep(0.05)
    assert channel.got == [alert] * 4


def test_a_channel_that_breaks_says_only_its_kind_of_failure(store):
    outbox = Outbox(store.database)
    put(outbox)
    with delivering(outbox, Flaky(RuntimeError(SECRET))):
        wait_for(lambda: outbox.waiting() and outbox.waiting()[0][2])
    assert outbox.waiting() == [("flaky", 1, "flaky failed: RuntimeError")]


def test_after_a_crash_between_sending_and_noting_it_the_same_id_is_sent_again(store, outbox):
    long_ago = time.time() - 2 * HELD_S
    alert = outbox.put(new_id(), "flaky", ALERT.payload, camera="gate", now=long_ago)
    channel = Flaky()
    (taken,) = outbox.due(long_ago)
    channel.deliver(taken)  # and here the process dies
    with delivering(Outbox(store.database), channel):
        wait_for(lambda: not waits(store))
    assert channel.got == [alert, alert]


def test_what_arrived_is_not_sent_again_though_the_disk_was_too_full_to_note_it(store):
    class Full(Outbox):
        refusals = 3

        def delivered(self, alert_id):
            if self.refusals:
                self.refusals -= 1
                raise OutputError("the disk is full")
            super().delivered(alert_id)

    outbox, channel = Full(store.database), Flaky()
    with delivering(outbox, channel):
        alert = put(outbox)
        wait_for(lambda: not waits(store))
    assert channel.got == [alert]


def test_a_channel_that_hangs_holds_up_neither_the_others_nor_the_announcing_nor_the_end(store, outbox):
    released, got = threading.Event(), Flaky()
    got.name = "log"

    class Hanging(Flaky):
        name = "hanging"

        def deliver(self, alert):
            released.wait(20)

        def close(self):
            released.set()

    for _ in range(5):
        put(outbox, "hanging")
        put(outbox, "log")
    with delivering(outbox, Hanging(), got):
        wait_for(lambda: len(got.got) == 5)
        put(outbox, "log")
        wait_for(lambda: len(got.got) == 6)
        assert not released.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("alerts by")]


# --- webhook


class Receiver:
    """A web server on the loopback that keeps what it gets and answers as it is told, with 200 in the end."""

    def __init__(self, *answers):
        self.got, self.answers, self.release = [], list(answers), threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers), body))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if answer == "hang":
                    receiver.release.wait(20)
                elif answer == "drip":
                    self._drip()
                elif answer == "nonsense":
                    self.wfile.write(b"\0\xff nonsense\r\n\r\n")
                else:
                    self.send_response(answer)
                    self.send_header("Location", receiver.url + "/elsewhere")
                    self.end_headers()

            def _drip(self):
                while not receiver.release.wait(0.05):
                    self.wfile.write(b"H")
                    self.wfile.flush()

            def handle(self):
                with suppress(OSError):
                    super().handle()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def receiving(*answers):
    receiver = Receiver(*answers)
    try:
        yield receiver
    finally:
        receiver.close()


def webhook(url, timeout_s=5.0, **settings):
    return WebhookChannel(WebhookSettings(url=url, timeout_s=timeout_s, **settings))


def test_a_webhook_gets_the_alert_signed(monkeypatch):
    monkeypatch.setenv("KEY", SECRET)
    with receiving() as receiver:
        assert webhook(f"{receiver.url}/hook?to=us", secret_from="env:KEY").deliver(ALERT) is None
    ((path, headers, body),) = receiver.got
    assert path == "/hook?to=us"
    assert json.loads(body) == {"id": ALERT.id, "words": "unusual at gate", "score": 3.5}
    assert headers["X-Unusual-Id"] == ALERT.id
    assert abs(int(headers["X-Unusual-Time"]) - time.time()) < 60
    signed = f"{headers['X-Unusual-Time']}.{ALERT.id}.".encode() + body
    assert headers["X-Unusual-Signature"] == "sha256=" + hmac.new(SECRET.encode(), signed, sha256).hexdigest()
    assert SECRET not in str(receiver.got)


def test_without_a_secret_nothing_is_signed_and_a_path_is_not_needed():
    with receiving() as receiver:
        assert webhook(receiver.url).deliver(ALERT) is None
    ((path, headers, _),) = receiver.got
    assert path == "/"
    assert not {"X-Unusual-Signature", "Authorization"} & headers.keys()


def test_user_and_password_of_the_address_go_into_a_header_and_nowhere_else():
    with receiving(500) as receiver:
        url = receiver.url.replace("http://", "http://me:pa%40ss@") + "/key-in-the-path"
        failure = webhook(url).deliver(ALERT)
    ((path, headers, body),) = receiver.got
    assert headers["Authorization"] == "Basic bWU6cGFAc3M="  # me:pa@ss
    assert "pa" not in path.replace("path", "") and b"pa" not in body
    assert failure == Failure("webhook at 127.0.0.1: answered 500")


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        pytest.param(204, None, id="204 is delivered"),
        pytest.param(299, None, id="299 is delivered"),
        pytest.param(301, Failure("webhook at 127.0.0.1: answered 301"), id="a redirect is not followed"),
        pytest.param(307, Failure("webhook at 127.0.0.1: answered 307"), id="nor is this one"),
        pytest.param(404, Failure("webhook at 127.0.0.1: answered 404"), id="404 is tried again"),
        pytest.param(410, Failure("webhook at 127.0.0.1: answered 410", final=True), id="410 is given up"),
        pytest.param(503, Failure("webhook at 127.0.0.1: answered 503"), id="503 is tried again"),
        pytest.param("nonsense", Failure("webhook at 127.0.0.1: no answer (BadStatusLine)"), id="nonsense"),
    ],
)
def test_what_an_answer_means(status, failure):
    with receiving(status) as receiver:
        assert webhook(receiver.url).deliver(ALERT) == failure
    assert len(receiver.got) == 1


@pytest.mark.parametrize("way", ["hang", "drip"])
def test_a_receiver_that_hangs_or_drips_is_left_in_time(way):
    with receiving(way) as receiver:
        failure = webhook(receiver.url, timeout_s=0.3).deliver(ALERT)
        assert failure.why.startswith("webhook at 127.0.0.1: no answer (")
        assert not failure.final
        assert not receiver.release.is_set()


def test_a_receiver_that_is_not_there_is_a_failure():
    with receiving() as receiver:
        pass
    assert webhook(receiver.url).deliver(ALERT) == Failure("webhook at 127.0.0.1: no answer (ConnectionRefusedError)")


def test_a_receiver_is_trusted_by_its_certificate_alone(tmp_path, monkeypatch):
    if shutil.which("openssl") is None:
        pytest.skip("a certificate can only be made with openssl")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=here"
    places = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made.split(), *places], check=True, capture_output=True)
    with receiving() as receiver:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
        url = receiver.url.replace("http:", "https:")
        assert webhook(url).deliver(ALERT) == Failure("webhook at 127.0.0.1: no answer (SSLCertVerificationError)")
        assert receiver.got == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert webhook(url).deliver(ALERT) is None
    assert len(receiver.got) == 1


def test_close_ends_a_delivery_that_hangs():
    with receiving("hang") as receiver:
        channel = webhook(receiver.url, timeout_s=20)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(channel.deliver(ALERT)))
        thread.start()
        wait_for(lambda: receiver.got)
        channel.close()
        thread.join(10)
        assert answers[0].why.startswith("webhook at 127.0.0.1: no answer")


def test_a_receiver_that_hangs_fails_and_recovers_gets_each_alert_under_one_id(store):
    outbox = at_once(store)
    with receiving("hang", 500, 500, 503) as receiver:
        alerts = {put(outbox, "webhook") for _ in range(3)}
        with delivering(outbox, webhook(receiver.url, timeout_s=0.2)):
            wait_for(lambda: not waits(store))
            time.sleep(0.05)
    got = [headers["X-Unusual-Id"] for _, headers, _ in receiver.got]
    assert set(got) == alerts
    assert len(got) == 7, "four tries failed, and each alert arrived once"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("ftp://host/k3y", id="another scheme"),
        pytest.param("host/k3y", id="no scheme"),
        pytest.param("http:///k3y", id="no host"),
        pytest.param("http://host:99999/k3y", id="a port too high"),
        pytest.param("https://ho st/k3y", id="a space"),
        pytest.param("https://höst/k3y", id="no ASCII"),
        pytest.param("http://host/\r\nk3y:y", id="a header smuggled in"),
        pytest.param("http://[k3y", id="half an IPv6 address"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_without_being_repeated(url):
    with pytest.raises(ConfigError, match=r"alerts\.webhook: an address") as error:
        webhook(url)
    assert "k3y" not in str(error.value)


# --- command and log


def command(*argv, timeout_s=20.0):
    return CommandChannel(CommandSettings(argv, timeout_s))


def test_a_command_gets_the_alert_on_its_standard_input_and_no_shell_sees_its_words(tmp_path):
    keep = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read() + sys.argv[2])"
    assert command(sys.executable, "-c", keep, str(tmp_path / "got"), "$(id); `id`").deliver(ALERT) is None
    body, _, word = (tmp_path / "got").read_text().partition("}")
    assert json.loads(body + "}") == {"id": ALERT.id, **json.loads(ALERT.payload)}
    assert word == "$(id); `id`"


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        pytest.param(("/bin/sh", "-c", "exit 3"), "command sh: ended with 3", id="fails"),
        pytest.param(("/nowhere/tell",), "command tell: No such file or directory", id="is not there"),
        pytest.param(("/bin/sh", "-c", "kill -9 $$"), "command sh: ended with -9", id="is killed"),
    ],
)
def test_a_command_that_fails_is_tried_again(argv, why):
    assert command(*argv).deliver(ALERT) == Failure(why)


def test_a_command_that_does_not_read_is_no_trouble():
    assert command("/bin/true").deliver(Alert("a" * 22, "gate", json.dumps({"words": "x" * 500_000}))) is None


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path):
    channel = command("/bin/sh", "-c", f"sleep 60 & echo $! > {tmp_path}/child; wait", timeout_s=0.4)
    assert channel.deliver(ALERT) == Failure("command sh: not done after 0.4 s")
    wait_for(lambda: _ended((tmp_path / "child").read_text().strip()))


def test_close_ends_a_command(tmp_path):
    channel = command("/bin/sh", "-c", f"echo started > {tmp_path}/started; sleep 60")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(channel.deliver(ALERT)))
    thread.start()
    wait_for((tmp_path / "started").exists)
    channel.close()
    thread.join(10)
    assert answers == [Failure("command sh: ended with -9")]


def _ended(process):
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_the_log_is_one_plain_line(capsys):
    payload = {
        "started": "2026-07-01T12:00:00+00:00",
        "words": "unusual\nat \x1b[31mgate",
        "link": "https://x/events/1",
    }
    assert LogChannel().deliver(Alert("a" * 22, "gate", json.dumps(payload))) is None
    assert capsys.readouterr().out == "ALERT 2026-07-01T12:00:00+00:00 unusual?at ?[31mgate https://x/events/1\n"


# --- MQTT


class Broker:
    """The part of MQTT 3.1.1 that a publisher needs: CONNECT, PUBLISH with QoS 1, PING, DISCONNECT."""

    def __init__(self, refuse):
        self.messages, self.connects, self.refuse, self.silent = [], [], refuse, False
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
            self.messages.append((topic, rest[2:].decode(), bool(head & 1), head >> 1 & 3))
            if not self.silent or topic.endswith("status"):
                client.sendall(b"\x40\x02" + rest[:2])
        elif kind == 12:  # PINGREQ
            client.sendall(b"\xd0\x00")

    def hang_up(self):
        for client in self.open:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.hang_up()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@contextmanager
def mqtt(timeout_s=10.0, user="", password_from="", refuse=0, blind=None):
    pytest.importorskip("paho.mqtt.client")
    server = Broker(refuse)
    settings = MqttSettings("127.0.0.1", server.port, user=user, password_from=password_from, timeout_s=timeout_s)
    channel = MqttChannel(settings, blind or {})
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


def test_cameras_are_known_and_available_from_the_start_and_after_a_new_one_of_the_broker(outbox):
    with mqtt(blind={"gate": False, "yard": True}) as (broker, channel), delivering(outbox, channel):
        wait_for(lambda: len(broker.messages) == 5)
        topics = {topic: (payload, retained) for topic, payload, retained, _ in broker.messages}
        assert topics["unusual/gate/availability"] == ("online", True)
        assert topics["unusual/yard/availability"] == ("offline", True), "it was blind when watching ended"
        described = json.loads(topics["homeassistant/binary_sensor/unusual_yard/config"][0])
        assert described["availability"][1]["topic"] == "unusual/yard/availability"
        broker.hang_up()
        wait_for(lambda: len(broker.messages) == 10)


def test_a_broker_that_is_away_when_watching_starts_is_not_asked_all_the_time():
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


# --- settings


def test_a_table_becomes_settings_and_channels(monkeypatch, tmp_path):
    pytest.importorskip("paho.mqtt.client")
    monkeypatch.setenv("KEY", SECRET)
    (tmp_path / "url").write_text("https://user:pass@host/key\n")
    table = {
        "link": "https://watch.example",
        "cool_down_s": 5,
        "webhook": {"url_from": f"file:{tmp_path}/url", "secret_from": "env:KEY"},
        "command": {"argv": ["notify", "--json"], "timeout_s": 3},
        "mqtt": {"host": "broker", "port": 8883, "tls": True},
    }
    settings = alert_settings(table)
    assert (settings.cool_down_s, settings.command.argv) == (5.0, ("notify", "--json"))
    assert [channel.name for channel in open_channels(settings)] == ["log", "webhook", "command", "mqtt"]
    assert SECRET not in repr(settings)
    assert "pass" not in repr(alert_settings({"webhook": {"url": "https://user:pass@host/"}}).webhook)
    assert open_channels(alert_settings({"log": False})) == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        pytest.param({"colour": "red"}, r"'alerts.colour': Unexpected keyword", id="an unknown key"),
        pytest.param({"webhook": {"secret": SECRET}}, "webhook.secret': Unexpected", id="a secret written out"),
        pytest.param({"cool_down_s": -1}, r"'alerts.cool_down_s': Input should be greater", id="out of range"),
        pytest.param({"command": {"argv": []}}, r"'alerts.command.argv'", id="no program"),
        pytest.param({"command": {"argv": "rm -r /"}}, r"'alerts.command.argv'", id="a shell's line"),
        pytest.param({"mqtt": {"host": "h", "topic": "a/#"}}, r"'alerts.mqtt.topic'", id="a topic for all"),
        pytest.param({"mqtt": {"host": "h", "port": 0}}, r"'alerts.mqtt.port'", id="no port"),
        pytest.param({"webhook": {"timeout_s": 1e9}}, r"'alerts.webhook.timeout_s'", id="for ever"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_by_its_key_and_no_secret_is_repeated(table, message):
    with pytest.raises(ConfigError, match=message) as error:
        alert_settings(table)
    assert SECRET not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({}, "either url or url_from", id="no address"),
        pytest.param({"url": "http://h", "url_from": "env:X"}, "either url or url_from", id="two addresses"),
        pytest.param({"url_from": "env:UNSET_VARIABLE"}, "no secret in env:UNSET_VARIABLE", id="not set"),
        pytest.param(
            {"url": "http://h", "secret_from": SECRET}, "named by env:VARIABLE or file:PATH", id="written out"
        ),
        pytest.param({"url": "http://h", "secret_from": "file:/nowhere/key"}, "cannot read the secret", id="no file"),
    ],
)
def test_a_secret_that_is_not_where_it_should_be_is_said_without_it(settings, message):
    with pytest.raises(ConfigError, match=message) as error:
        WebhookChannel(WebhookSettings(**settings))
    assert SECRET not in str(error.value)


def test_a_secret_in_a_file_ends_before_the_line_does(tmp_path):
    (tmp_path / "key").write_text(f"{SECRET}\n")
    assert read_secret(f"file:{tmp_path}/key") == SECRET


def test_no_secret_reaches_the_database_or_the_output(store, monkeypatch, capfd):
    monkeypatch.setenv("KEY", SECRET)
    outbox = at_once(store)
    with receiving(500, 410) as receiver:
        url = receiver.url.replace("http://", f"http://me:{SECRET.encode().hex()}@") + "/path-key"
        put(outbox, "webhook")
        with delivering(outbox, webhook(url, secret_from="env:KEY")):
            wait_for(lambda: not waits(store))
    assert store.health.list("gate")[0].state == "alert given up"
    rows = str([tuple(row) for table in ("outbox", "health") for row in store.database.read(f"SELECT * FROM {table}")])
    for secret in (SECRET, SECRET.encode().hex(), "path-key"):
        assert secret not in rows + str(capfd.readouterr())
