"""Torch is asked for where a network learns, SciPy and h5py where a MATLAB file is read: all else runs without."""

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
        if name.partition(".")[0] in ("torch", "onnx", "onnxscript", "scipy", "h5py"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Nowhere())
sys.modules |= dict.fromkeys(["torch", "scipy", "h5py"])  # and whoever only asks whether there is one hears no
from unusual.app.cli import run
codes = []
for words in sys.argv[1:]:
    sys.argv = ["unusual", *words.split()]
    codes.append(run())
print(*codes)
"""


def without_extras(*commands):
    """Run commands one after the other where there is no torch and no SciPy: how each ended, and what was said."""
    ran = subprocess.run([sys.executable, "-c", CODE, *commands], capture_output=True, text=True, check=False)
    return ran.stdout.splitlines()[-1], ran.stderr


def test_a_method_without_a_network_trains_scores_and_is_measured_without_extras(scene, tmp_path):
    clip, out = scene / "test/01.mp4", tmp_path
    ended, said = without_extras(
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


def test_a_network_that_was_learnt_scores_is_measured_and_watches_without_extras(scene, trained, tmp_path):
    out, home = tmp_path, camera_home(tmp_path)
    ended, said = without_extras(
        f"score {scene / 'test/01.mp4'} -c {trained} --out {out}/scores",
        f"report {out}/scores --out {out}/report.html",
        f"evaluate {scene} -c {trained} --out {out}/table --no-annotate",
        f"watch {unusual_clip()} --model {NAME} --home {home} --pace fast",
        "doctor",
    )
    assert ended == "0 0 0 0 0", said


def test_habits_are_learnt_scored_and_watched_without_extras(tmp_path):
    words = f"--method habits --set objects.smallest_side=4 --set flow.preset=ultrafast --cache {place() / 'cache'}"
    ended, said = without_extras(
        f"learn {ordinary()} --as gate --home {tmp_path} --odd ordinary {words}",
        f"watch {unusual_clip()} --model gate --home {tmp_path} --pace fast",
        f"score {unusual_clip()} -c {tmp_path}/cameras/gate --out {tmp_path}/scores --no-annotate",
    )
    assert ended == "0 0 0", said


def test_without_the_file_and_without_torch_it_is_told_what_to_run(scene, trained, tmp_path):
    (tmp_path / MODEL).write_bytes((trained / MODEL).read_bytes())
    ended, said = without_extras(f"score {scene / 'test/01.mp4'} -c {tmp_path} --out {tmp_path}/scores")
    assert ended == "2"
    assert f"there is no {tmp_path / ONNX}" in said and f"run `unusual export {tmp_path}`" in said
    assert not (tmp_path / "scores").exists()


def test_labels_and_scores_in_matlab_files_name_their_extra_before_anything_is_scored(scene, trained, tmp_path):
    clips, out = sorted((scene / "test").glob("*.mp4"))[:2], tmp_path / "out"
    for number, clip in enumerate(clips, 1):
        for folder in ("training_videos", "testing_videos"):
            (tmp_path / "avenue" / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / "avenue" / folder / f"{number:02d}.mp4").hardlink_to(clip)
        (tmp_path / "avenue/testing_label_mask").mkdir(exist_ok=True)
        (tmp_path / f"avenue/testing_label_mask/{number}_label.mat").write_bytes(b"MATLAB 5.0 MAT-file".ljust(128))
    (tmp_path / "scores.mat").write_bytes(b"MATLAB 5.0 MAT-file".ljust(128))
    ended, said = without_extras(
        f"evaluate {tmp_path}/avenue -c {trained} --out {out}",
        f"compare {scene} {tmp_path}/scores.mat --out {out}",
        f"data check {tmp_path}/avenue",
    )
    assert ended == "2 2 2", said
    assert said.count("is a MATLAB file, which scipy reads: pip install 'unusual[matlab]'") == 3
    assert not out.exists()
