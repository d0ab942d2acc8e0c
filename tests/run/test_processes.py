"""Alone, nothing waits; two processes share a value, and the second finds the first one's work done."""

import os
import socket
import subprocess
import sys

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
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(map(str, sys.path))}
    env |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}  # what torchrun says to each
    both = [
        subprocess.Popen([sys.executable, "-c", TWO, str(tmp_path)], env=env | {"RANK": rank, "LOCAL_RANK": rank})
        for rank in "01"
    ]
    assert [process.wait() for process in both] == [0, 0]
    assert (tmp_path / "done").exists()
