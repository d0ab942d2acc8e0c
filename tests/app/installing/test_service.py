"""Units written into a folder, looked at by systemd where it is at hand."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from unusual.app.installing.service import install_service, say_what_is_next, service_of
from unusual.errors import ConfigError
from unusual.store.home import Home

TOML = """
[cameras.entrance]
source_from = "credential:entrance"
[cameras.desk]
source = "0"
[alerts.webhook]
url = "http://example.org"
secret_from = "credential:hook"
"""


@pytest.fixture
def service(tmp_path):
    (tmp_path / "cameras.toml").write_text(TOML)
    return service_of(tmp_path / "cameras.toml", Home(tmp_path / "home"), "unusual", "127.0.0.1", 8765, loopback=True)


def test_secrets_and_cameras_at_the_machine_are_found_in_the_file(service):
    assert service.credentials == ["entrance", "hook"]
    assert service.devices
    assert service.config.is_absolute() and service.home.is_absolute()


def test_units_are_written_and_written_again(service, tmp_path, capsys):
    assert "unusual-watch.service, unusual-serve.service" in install_service(service, tmp_path / "units")
    install_service(replace(service, port=1234), tmp_path / "units")
    assert "--port 1234" in (tmp_path / "units" / "unusual-serve.service").read_text()
    assert sorted(path.name for path in (tmp_path / "units").iterdir()) == [
        "unusual-serve.service",
        "unusual-watch.service",
    ]
    if shutil.which("systemd-analyze"):
        assert "Overall exposure level for unusual-watch.service" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_a_unit_that_systemd_finds_fault_with_is_not_installed(service, tmp_path):
    with pytest.raises(ConfigError, match="systemd finds fault with a unit"):
        install_service(replace(service, program=["/no/such/program"]), tmp_path / "units")
    assert not (tmp_path / "units").exists()


def test_a_unit_of_somebody_else_is_left_alone(service, tmp_path):
    (tmp_path / "units").mkdir()
    (tmp_path / "units" / "unusual-watch.service").write_text("[Unit]\n")
    with pytest.raises(ConfigError, match="was not written by us"):
        install_service(service, tmp_path / "units")


def test_what_is_next_is_said(service, tmp_path, capsys):
    say_what_is_next(replace(service, user="no-such-user"), Path("/etc/systemd/system"))
    said = capsys.readouterr().err
    assert "useradd --system" in said and "put the secret entrance into" in said and "systemctl daemon-reload" in said
