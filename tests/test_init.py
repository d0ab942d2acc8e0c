"""The package itself: its public names, loaded when they are used, and what is said before any library is loaded."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import unusual


def test_the_public_names_are_there_and_no_others():
    assert dir(unusual) == sorted(unusual.__all__) == sorted({*unusual.PUBLIC, "__version__"})
    for name in unusual.__all__:
        assert getattr(unusual, name) is not None
    told = {name.asname for node in ast.walk(ast.parse(Path(unusual.__file__).read_text())) for name in typed(node)}
    assert told == unusual.PUBLIC.keys() | unusual.DEPRECATED.keys()
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        unusual.nonsense  # noqa: B018


def typed(node):
    """The names that type checkers are told, as `from unusual.domain import Event as Event`."""
    return [name for name in node.names if name.asname] if isinstance(node, ast.ImportFrom) else []


def test_a_process_that_is_started_from_here_is_told_the_same():
    assert unusual.__name__
    assert (os.environ["ORT_DISABLE_TELEMETRY"], os.environ["RAY_USAGE_STATS_ENABLED"]) == ("1", "0")


def test_importing_it_loads_no_library_and_using_a_name_does():
    code = (
        "import sys, unusual\n"
        "before = {'numpy', 'cv2', 'av', 'torch'} & set(sys.modules)\n"
        "unusual.Frame\n"
        "print(sorted(before), 'numpy' in sys.modules, 'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] True False\n"


def test_old_names_still_work_and_are_not_shown():
    for name in unusual.DEPRECATED:
        assert callable(getattr(unusual, name))
        assert name not in dir(unusual)
