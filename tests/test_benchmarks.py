"""What is typed wrongly to benchmarks/run.py is one line, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PED2 = str(BENCHMARKS / "plans" / "ped2.toml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["none.toml", "."], "cannot read the plan none.toml", id="a plan that is not there"),
        pytest.param([PED2, ".", "--only", "magic"], "has no row magic: it has", id="a row that is not in the plan"),
        pytest.param([PED2, "nowhere"], "nowhere", id="data that are not there"),
        pytest.param(["broken.toml", "."], "broken.toml is not TOML", id="a plan that is no TOML"),
        pytest.param(["odd.toml", "."], "odd.toml: rows.a.method", id="a row without a method"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, words, said):
    (tmp_path / "broken.toml").write_text("rows = ")
    (tmp_path / "odd.toml").write_text("changes = {}\nscored = {}\n[rows.a]\n")
    command = [sys.executable, str(BENCHMARKS / "run.py"), *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert said in done.stderr
