"""No command says the secrets of an address, whatever it takes the word for; what is written is not for all."""

import os

import pytest

from unusual.app.commands.options import told
from unusual.video.source import Source, hidden_in

SECRETS = ("canaryuser", "canarypass", "canarytoken", "p%40ss", "p@ss")
ADDRESS = "http://canaryuser:canarypass@127.0.0.1:1/live.mp4?token=canarytoken&key=p%40ss"
COMMANDS = [
    "train {} --out m",
    "train x --config {} --out m",
    "train x --out m --set network.x={}",
    "data check {}",
    "score {} -c /nowhere",
    "score x -c {}",
    "score x -c x --rate {}",
    "evaluate {} -c /nowhere",
    "evaluate {} --scores {}",
    "report {}",
    "learn {} --as x",
    "learn x --as {}",
    "watch {} --model x",
    "watch x --model {}",
    "watch --config {}",
    "{}",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_says_a_secret(run, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*command.replace("{}", ADDRESS).split())
    assert code == 2
    assert len(err.splitlines()) <= 3
    assert not [secret for secret in SECRETS if secret in out + err]


def test_what_is_no_secret_is_said(run, tmp_path):
    code, _, err = run("data", "check", tmp_path / "not there")
    assert (code, str(tmp_path / "not there") in err) == (2, True)
    assert hidden_in(Source.of("rtsp://10.0.0.7/live")) == hidden_in(Source.of("monday.mp4")) == ()


def test_an_address_can_be_kept_out_of_the_list_of_processes(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GATE", ADDRESS)
    (tmp_path / "gate").write_text(f"{ADDRESS}\n")
    assert told("env:GATE") == told(f"file:{tmp_path / 'gate'}") == ADDRESS
    assert told("rtsp://10.0.0.7/live") == "rtsp://10.0.0.7/live"
    assert capsys.readouterr().err == ""
    assert told(ADDRESS) == ADDRESS
    assert "env:NAME or file:PATH instead" in " ".join(capsys.readouterr().err.split())


def test_what_is_written_is_not_for_everybody(run, tmp_path):
    before = os.umask(0o022)
    try:
        assert run("data", "make", tmp_path / "made", "--minutes", "0.02", "--clips", "0")[0] == 0
    finally:
        os.umask(before)
    assert not [path for path in (tmp_path / "made").rglob("*") if path.stat().st_mode & 0o007]
