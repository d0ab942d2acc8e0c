"""A MATLAB file that unpacks to far more than it is, is refused before it is unpacked."""

import numpy as np
import pytest
from scipy.io import savemat

from unusual.data.matlab import refuse_overlarge
from unusual.data.truth import _cells
from unusual.errors import DataError
from unusual.measure.score_files import read_values


def bomb(path, packed=True):
    savemat(path, {"volLabel": np.zeros((2000, 2000))}, do_compression=packed)
    assert path.stat().st_size < 100_000 or not packed
    return path


def test_it_is_refused_before_it_takes_memory(tmp_path):
    with pytest.raises(DataError, match=r"unpacks to more than 0\.0 GB: save it without compression"):
        refuse_overlarge(bomb(tmp_path / "a.mat"), most=1_000_000)
    refuse_overlarge(bomb(tmp_path / "a.mat"), most=33_000_000)
    refuse_overlarge(bomb(tmp_path / "b.mat", packed=False), most=1_000_000)  # the disk has as much of it as memory


@pytest.mark.parametrize("read", [lambda path: _cells(path, "volLabel"), read_values], ids=["labels", "scores"])
def test_nobody_reads_one_without_a_look(tmp_path, monkeypatch, read):
    for module in ("unusual.data.truth", "unusual.measure.score_files"):
        monkeypatch.setattr(f"{module}.refuse_overlarge", lambda path: refuse_overlarge(path, most=1_000_000))
    with pytest.raises(DataError, match="unpacks to more than"):
        read(bomb(tmp_path / "a.mat"))


@pytest.mark.parametrize("content", [b"", b"x" * 300, bytes(128) + b"\x0f\0\0\0\xff\xff\xff\xff" + b"x" * 99])
def test_a_damaged_one_is_left_to_who_reads_it(tmp_path, content):
    (tmp_path / "a.mat").write_bytes(content)
    refuse_overlarge(tmp_path / "a.mat")
