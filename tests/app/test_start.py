"""Where a command begins: silent when it is stopped while it loads, and no library speaks beside it."""

import os
import subprocess
import sys

import pytest

INTERRUPTED_AT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
class Finger:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Finger())
from unusual.app.start import main
raise SystemExit(main())
"""


@pytest.mark.parametrize(
    "loading", ["unusual.app.cli", "typer", "unusual.app.commands", "unusual.app.commands.cameras.watch"]
)
def test_ctrl_c_while_it_is_still_loading_is_silent(loading):
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_AT, loading], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


WITHOUT_MEMORY = """
import sys
class Finder:
    def find_spec(self, name, *_):
        if name == "typer":
            raise eval(sys.argv[1])
sys.meta_path.insert(0, Finder())
from unusual.app.start import main
raise SystemExit(main())
"""


@pytest.mark.parametrize(
    "error",
    [
        "MemoryError()",
        "ImportError('x.so: failed to map segment from shared object')",
        "OSError(12, 'Cannot allocate')",
    ],
)
def test_no_memory_to_load_what_it_needs_is_one_line(error):
    done = subprocess.run([sys.executable, "-c", WITHOUT_MEMORY, error], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("unusual: not enough memory, or no more threads: ")
    assert done.stderr.count("\n") == 1


def test_what_else_fails_while_it_loads_is_not_taken_for_that():
    command = [sys.executable, "-c", WITHOUT_MEMORY, "ImportError('no such name')"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "ImportError: no such name" in done.stderr


def test_opencv_prints_nothing_of_its_own_beside_our_lines():
    code = "import sys; sys.argv = ['unusual', '--version']; from unusual.app.start import main; main()\n"
    code += "import cv2; cv2.imread('none.png')"
    environment = {key: value for key, value in os.environ.items() if key != "OPENCV_LOG_LEVEL"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize("again", ["", "; raise KeyboardInterrupt"])
def test_who_is_stopped_ends_at_once_also_in_the_midst_of_a_librarys_threads(again):
    code = "\n".join(
        (
            "import atexit",
            "from unusual.app import cli, start",
            "atexit.register(print, 'the usual way out')",
            "def stopped():",
            f"    print('what was said'){again}; return start.INTERRUPTED",
            "cli.main = stopped",
            "start.main()",
        )
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130, done.stderr
    assert "the usual way out" not in done.stdout
    assert done.stderr == ""
    assert again or done.stdout == "what was said\n"


def test_a_signal_on_the_way_out_changes_nothing():
    code = "\n".join(
        (
            "import atexit, os, signal",
            "from unusual.app import cli, start",
            "atexit.register(lambda: [os.kill(os.getpid(), kind) for kind in (signal.SIGTERM, signal.SIGINT)])",
            "cli.main = lambda: 0",
            "raise SystemExit(start.main())",
        )
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
