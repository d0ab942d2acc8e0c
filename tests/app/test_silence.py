"""It talks to nobody: no command asks for a machine that the user did not name, not by a library either."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from made_camera import NAME, camera_home, pictures, write

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
OURS = {"unusual", "matplotlib", "torch", "fontconfig"}  # what may be kept in the user's own folders
LIBRARIES = ["numpy", "av", "cv2", "scipy", "h5py", "pydantic", "typer", "rich", "jinja2", "onnxruntime", "torch"]
LIBRARIES += ["safetensors", "matplotlib", "fastapi", "uvicorn", "paho.mqtt.client"]


@pytest.fixture(scope="module")
def hook(tmp_path_factory):
    """A library that hears what is asked for, and the file that it writes it to."""
    folder = tmp_path_factory.mktemp("hook")
    library, asked = folder / "asked.so", folder / "asked"
    source = Path(__file__).with_name("asked.c")
    command = ["cc", "-shared", "-fPIC", "-O1", f'-DASKED="{asked}"', "-o", library, source, "-ldl"]
    subprocess.run(command, check=True)
    return library, asked


@pytest.fixture
def heard(hook, tmp_path):
    """Takes a command; gives what it and those that it started asked for, and what they left in the user's folder."""
    (library, asked), user = hook, tmp_path / "user"
    asked.unlink(missing_ok=True)
    user.mkdir()
    usual = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "UNUSUAL_", "ORT_"))}
    environment = usual | {"HOME": str(user), "LD_PRELOAD": str(library)}

    def listen(command, during=None):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with subprocess.Popen([sys.executable, *map(str, command)], env=environment, **pipes) as process:
            if during is not None:
                during(process)
            said, _ = process.communicate(timeout=400)
        assert "Traceback" not in said, said
        left = {path.name for folder in user.iterdir() for path in folder.iterdir()}
        return set(asked.read_text().split() if asked.exists() else ()), left - OURS, said

    return listen


def test_the_hook_hears_what_is_asked_for(heard):
    code = "import socket; socket.socket().connect_ex(('127.0.0.2', 1)); socket.getaddrinfo('unusual.invalid', 1)"
    with pytest.raises(AssertionError, match="Traceback"):
        heard(["-c", code])
    assert heard(["-c", "pass"])[0] == {"127.0.0.2", "unusual.invalid"}


def test_no_library_reports_to_its_makers(heard):
    code = f"import unusual, importlib; [importlib.import_module(name) for name in {LIBRARIES}]"
    assert heard(["-c", code])[:2] == (set(), set())


EACH = """
import sys
from unusual.app.cli import run
for words in sys.argv[1:]:
    sys.argv = ["unusual", *words.split()]
    assert run() == 0, words
"""


def test_no_command_talks_to_anybody(heard, scene, trained, tmp_path):
    quick = ("network.widths=[8, 8, 8]", "clips.height=48", "training.epochs=1", "training.epoch_batches=1")
    plain = " ".join(f"--set {change.replace(' ', '')}" for change in quick)
    clip = scene / "test/01.mp4"
    commands = [
        f"train --cache {tmp_path}/cache {scene} --out {tmp_path}/model --method conv-ae {plain}",
        f"score {clip} -c {trained} --out {tmp_path}/out --no-annotate",
        f"evaluate {scene} -c {trained} --out {tmp_path}/evaluated --set clips.step=3",
        f"report {tmp_path}/out/01 --out {tmp_path}/report.html",
        "doctor",
        f"data check {scene}",
        "fetch --help",
    ]
    asked, left, said = heard(["-c", EACH, *commands])
    assert (asked, left) == (set(), set()), said


def test_watching_a_file_talks_to_nobody_and_loads_no_torch(heard, tmp_path):
    home = camera_home(tmp_path)
    clip = write(tmp_path / "clip.mp4", pictures())
    loaded = "'onnxruntime' in sys.modules and 'torch' not in sys.modules"
    code = f"import sys; from unusual.app.cli import main; main(); assert {loaded}"
    asked, left, said = heard(["-c", code, "watch", clip, "--model", NAME, "--home", home, "--pace", "fast"])
    assert (asked, left) == (set(), set()), said
    assert "frames 100 in" in said


def test_the_dashboard_talks_to_nobody_but_who_asks_it(heard, tmp_path):
    def look(process):
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        assert urlopen(f"{address}/events").status == 200
        process.send_signal(signal.SIGINT)

    asked, left, _ = heard(["-m", "unusual", "serve", "--home", tmp_path / "home", "--port", 0], look)
    assert (asked, left) == (set(), set())
