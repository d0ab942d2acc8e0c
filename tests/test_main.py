"""`python -m unusual` is the command `unusual`."""

import runpy
import sys

import pytest

import unusual


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [(["--version"], 0, f"unusual {unusual.__version__}\n"), (["nonsense"], 2, "")],
    ids=["it does what it is told", "a mistake ends with 2"],
)
def test_the_module_runs_the_command_line(monkeypatch, capsys, words, code, said):
    monkeypatch.setattr(sys, "argv", ["unusual", *words])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("unusual", run_name="__main__")
    assert (ended.value.code, capsys.readouterr().out) == (code, said)


def test_importing_it_runs_nothing(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["unusual", "nonsense"])
    assert runpy.run_module("unusual.__main__", run_name="unusual.__main__")
