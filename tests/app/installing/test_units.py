"""systemd units, as text."""

from pathlib import Path

import pytest

from unusual.app.installing.units import Service, word

PLAIN = Service(
    ["/opt/unusual/bin/unusual"],
    Path("/etc/unusual/cameras.toml"),
    Path("/var/lib/unusual"),
    "unusual",
    "127.0.0.1",
    8765,
)


def test_both_run_as_a_user_of_their_own_shut_in_and_are_started_again():
    watch, serve = PLAIN.units().values()
    assert (
        "ExecStart=/opt/unusual/bin/unusual watch --config /etc/unusual/cameras.toml --home /var/lib/unusual\n" in watch
    )
    assert "ExecStart=/opt/unusual/bin/unusual serve --home /var/lib/unusual --host 127.0.0.1 --port 8765\n" in serve
    for unit in (watch, serve):
        for line in (
            "User=unusual",
            "Restart=always",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "ReadWritePaths=/var/lib/unusual",
            "ProtectHome=yes",
            "PrivateDevices=yes",
            "CapabilityBoundingSet=",
        ):
            assert line in unit.splitlines(), line
    assert "IPAddressDeny=any" in serve and "IPAddressDeny" not in watch


def test_secrets_are_handed_to_the_watching_alone():
    watch, serve = Service(**fields(PLAIN) | {"credentials": ["entrance"]}).units().values()
    assert "LoadCredential=entrance:/etc/unusual/credentials/entrance" in watch
    assert "LoadCredential" not in serve


def test_cameras_at_the_machine_and_other_machines_that_look_are_let_through():
    watch, serve = Service(**fields(PLAIN) | {"devices": True, "loopback": False}).units().values()
    assert "DeviceAllow=char-video4linux rw" in watch and "PrivateDevices" not in watch
    assert "IPAddressDeny" not in serve


def test_what_lies_in_a_persons_folder_can_be_read():
    watch, _ = Service(**fields(PLAIN) | {"home": Path("/home/anna/unusual home")}).units().values()
    assert "ProtectHome=read-only" in watch
    assert 'ReadWritePaths="/home/anna/unusual home"' in watch


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("a b", '"a b"'),
        ("50%", '"50%%"'),
        ("$HOME", '"$$HOME"'),
        ("a\\", '"a\\\\"'),
        ("'", '"\'"'),
    ],
)
def test_words_reach_the_program_as_they_are(text, written):
    assert word(text) == written


def fields(service):
    return {name: getattr(service, name) for name in service.__slots__}
