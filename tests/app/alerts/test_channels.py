"""The ways out for an alert: past hanging, failing and lying receivers, without a shell and without secrets."""

import hmac
import json
import shutil
import ssl
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path

import pytest
from alert_receiver import ALERT, SECRET, receiving, wait_for, webhook

from unusual.app.alerts.channels import (
    Alert,
    CommandChannel,
    CommandSettings,
    Failure,
    LogChannel,
    WebhookChannel,
    WebhookSettings,
    read_secret,
)
from unusual.app.links import Links
from unusual.errors import ConfigError
from unusual.store.home import Home


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


def test_links_that_open_picture_and_clip_go_along_where_asked_for_and_are_signed_with_the_rest(tmp_path, monkeypatch):
    monkeypatch.setenv("KEY", SECRET)
    links = Links(Home(tmp_path), "https://watch.example", snooze_minutes=30)
    alert = Alert("b" * 22, "door", json.dumps({"event": "e" * 22}))
    with receiving() as receiver:
        settings = WebhookSettings(url=receiver.url, secret_from="env:KEY", picture=True, clip=True)
        assert WebhookChannel(settings, links).deliver(alert) is None
        assert WebhookChannel(WebhookSettings(url=receiver.url), links).deliver(alert) is None
        assert WebhookChannel(settings).deliver(alert) is None
    (_, headers, body), (_, _, plain), (_, _, unlinked) = receiver.got
    told = json.loads(body)
    for what, path in {"picture": "picture.jpg", "clip": "clip.mp4", "snooze": "snooze/30"}.items():
        assert told[what].startswith(f"https://watch.example/link/{'e' * 22}/{path}?until=")
    signed = f"{headers['X-Unusual-Time']}.{alert.id}.".encode() + body
    assert headers["X-Unusual-Signature"] == "sha256=" + hmac.new(SECRET.encode(), signed, sha256).hexdigest()
    assert {*json.loads(plain)} == {"id", "event", "snooze"}
    assert {*json.loads(unlinked)} == {"id", "event"}


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


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({}, "either url or url_from", id="no address"),
        pytest.param({"url": "http://h", "url_from": "env:X"}, "either url or url_from", id="two addresses"),
        pytest.param({"url_from": "env:UNSET_VARIABLE"}, "no secret in env:UNSET_VARIABLE", id="not set"),
        pytest.param(
            {"url": "http://h", "secret_from": SECRET}, "named by env:VARIABLE, file:PATH or", id="written out"
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


def test_a_secret_that_systemd_hands_over_is_read_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "entrance").write_text("rtsp://user:secret@camera/\n")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError, match="there is no credential 'entrance'"):
        read_secret("credential:entrance")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "inside"))
    (tmp_path / "inside").mkdir()
    for outside in ("../entrance", "", str(tmp_path / "entrance")):
        with pytest.raises(ConfigError, match="there is no credential"):
            read_secret(f"credential:{outside}")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret("credential:entrance") == "rtsp://user:secret@camera/"
