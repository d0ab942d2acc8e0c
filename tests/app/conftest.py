"""The command line, as a person types it."""

import sys

import pytest

from unusual.app.cli import main


@pytest.fixture
def run(monkeypatch, capsys):
    """Takes words; gives the exit code, standard output and standard error."""

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["unusual", *map(str, words)])
        code = main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return command
