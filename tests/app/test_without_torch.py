"""A method without a network asks for no torch; one with a network says what to install, before anything is made."""

import subprocess
import sys

CODE = """
import sys
sys.modules["torch"] = None  # importing it is refused
from unusual.app.cli import run
codes = []
for words in sys.argv[1:]:
    sys.argv = ["unusual", *words.split()]
    codes.append(run())
print(*codes)
"""


def test_a_method_without_a_network_trains_scores_and_is_measured_without_torch(scene, tmp_path):
    clip, out = scene / "test/01.mp4", tmp_path
    commands = [
        f"train {scene} --method frame-difference --preset small --out {out}/plain --set training.epochs=1",
        f"score {clip} -c {out}/plain --out {out}/scores --no-annotate",
        f"evaluate {scene} -c {out}/plain --out {out}/table --no-annotate",
        f"train {scene} --method ustn-dsc --out {out}/deep",
        f"learn {clip} --as gate --method state --home {out}/home",
    ]
    ran = subprocess.run([sys.executable, "-c", CODE, *commands], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1] == "0 0 0 2 2", ran.stderr
    for name in ("ustn-dsc", "state"):
        assert f"unusual: {name} has a network, which needs torch: pip install 'unusual[train]'" in ran.stderr
    assert not (out / "home/cameras/gate").exists()
    assert not list(out.glob("deep/*"))
