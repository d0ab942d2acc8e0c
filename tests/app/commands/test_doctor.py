"""What a machine lacks is told with what to type, letter for letter."""

import sys

import pytest


@pytest.mark.parametrize(
    ("library", "extra", "ends"),
    [
        ("torch", "train", 0),
        ("safetensors", "", 1),
        ("matplotlib", "report", 0),
        ("h5py", "matlab", 0),
        ("fastapi", "serve", 0),
        ("uvicorn", "serve", 0),
        ("paho.mqtt", "mqtt", 0),
    ],
)
def test_a_missing_library_is_told_with_its_extra(run, monkeypatch, library, extra, ends):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setitem(sys.modules, library, None)
    code, out, _ = run("doctor")
    assert code == ends
    (line,) = [line for line in out.splitlines() if f" {library} " in line]
    assert "missing" in line
    assert (f"pip install 'unusual[{extra}]'" if extra else "pip install unusual") in line
