"""Torch is asked for where a network learns, and nowhere else: all that scores runs where there is none."""

import subprocess
import sys

from made_camera import NAME, camera_home, ordinary, place, unusual_clip

from unusual.run.checkpoint import MODEL
from unusual.run.nets import ONNX

CODE = """
import sys
from importlib.abc import MetaPathFinder

class Nowhere(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in ("torch", "onnx", "onnxscript"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Nowhere())
sys.modules["torch"] = None  # and whoever only asks whether there is one hears no
from unusual.app.cli import run
codes = []
for words in sys.argv[1:]:
    sys.argv = ["unusual", *words.split()]
    codes.append(run())
print(*codes)
"""


def without_torch(*commands):
    """Run commands one after the other where there is no torch: how each ended, and what was said."""
    ran = subprocess.run([sys.executable, "-c", CODE, *commands], capture_output=True, text=True, check=False)
    return ran.stdout.splitlines()[-1], ran.stderr


def test_a_method_without_a_network_trains_scores_and_is_measured_without_torch(scene, tmp_path):
    clip, out = scene / "test/01.mp4", tmp_path
    ended, said = without_torch(
        f"train {scene} --method frame-difference --preset small --out {out}/plain --set training.epochs=1",
        f"score {clip} -c {out}/plain --out {out}/scores --no-annotate",
        f"evaluate {scene} -c {out}/plain --out {out}/table --no-annotate",
        f"train {scene} --method ustn-dsc --out {out}/deep",
        f"learn {clip} --as gate --method state --home {out}/home",
    )
    assert ended == "0 0 0 2 2", said
    for name in ("ustn-dsc", "state"):
        assert f"unusual: {name} has a network, which needs torch: pip install 'unusual[train]'" in said
    assert not (out / "home/cameras/gate").exists()
    assert not list(out.glob("deep/*"))


def test_a_network_that_was_learnt_scores_is_measured_and_watches_without_torch(scene, trained, tmp_path):
    out, home = tmp_path, camera_home(tmp_path)
    ended, said = without_torch(
        f"score {scene / 'test/01.mp4'} -c {trained} --out {out}/scores",
        f"report {out}/scores --out {out}/report.html",
        f"evaluate {scene} -c {trained} --out {out}/table --no-annotate",
        f"watch {unusual_clip()} --model {NAME} --home {home} --pace fast",
        "doctor",
    )
    assert ended == "0 0 0 0 0", said


def test_habits_are_learnt_scored_and_watched_without_torch(tmp_path):
    words = f"--method habits --set objects.smallest_side=4 --set flow.preset=ultrafast --cache {place() / 'cache'}"
    ended, said = without_torch(
        f"learn {ordinary()} --as gate --home {tmp_path} --odd ordinary {words}",
        f"watch {unusual_clip()} --model gate --home {tmp_path} --pace fast",
        f"score {unusual_clip()} -c {tmp_path}/cameras/gate --out {tmp_path}/scores --no-annotate",
    )
    assert ended == "0 0 0", said


def test_without_the_file_and_without_torch_it_is_told_what_to_run(scene, trained, tmp_path):
    (tmp_path / MODEL).write_bytes((trained / MODEL).read_bytes())
    ended, said = without_torch(f"score {scene / 'test/01.mp4'} -c {tmp_path} --out {tmp_path}/scores")
    assert ended == "2"
    assert f"there is no {tmp_path / ONNX}" in said and f"run `unusual export {tmp_path}`" in said
    assert not (tmp_path / "scores").exists()
