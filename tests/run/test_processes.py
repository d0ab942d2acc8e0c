"""Alone, nothing waits; two processes share a value, and the second finds the first one's work done."""

import os
import subprocess
import sys
from pathlib import Path

from unusual.run.processes import first_process_first, rank, several_processes, together, world_size

TWO = """if True:
    import sys, time
    from pathlib import Path
    from unusual.run.processes import first_process_first, rank, several_processes, together, world_size
    done = Path(sys.argv[1]) / "done"
    with several_processes():
        assert world_size() == 2
        with first_process_first():
            if rank() == 0:
                time.sleep(0.2)
                done.touch()
            assert done.exists()
        assert together(float(rank() + 7)) == 7.0
"""


def test_alone_there_is_one_process_and_it_is_the_first():
    with several_processes(), first_process_first():
        assert (rank(), world_size(), together(0.25)) == (0, 1, 0.25)


def test_two_processes_work_in_turn_and_agree(tmp_path):
    script = tmp_path / "two.py"
    script.write_text(TWO)
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(map(str, sys.path))}
    start = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--master-port=29631"]
    done = subprocess.run([*start, str(script), str(tmp_path)], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert Path(tmp_path / "done").exists()
