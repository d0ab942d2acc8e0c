"""The command line, as a person types it."""

import sys

import pytest
from made_archive import here

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


@pytest.fixture
def at_home(monkeypatch):
    """No process is started for what this one can do too."""
    for name in ("app.archiving", "run.archive.planning.looking", "run.archive.past.gather"):
        monkeypatch.setattr(f"unusual.{name}.in_children", here)
