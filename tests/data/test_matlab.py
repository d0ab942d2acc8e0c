"""MATLAB files: what reads them may be missing, and one that unpacks to far more than it is, is refused before that."""

import sys

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from unusual.data.matlab import arrays_in, hdf5_cells, is_hdf5, refuse_overlarge
from unusual.data.truth import _cells
from unusual.errors import ConfigError, DataError
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
    monkeypatch.setattr("unusual.data.matlab.refuse_overlarge", lambda path: refuse_overlarge(path, most=1_000_000))
    with pytest.raises(DataError, match="unpacks to more than"):
        read(bomb(tmp_path / "a.mat"))


@pytest.mark.parametrize("content", [b"", b"x" * 300, bytes(128) + b"\x0f\0\0\0\xff\xff\xff\xff" + b"x" * 99])
def test_a_damaged_one_is_left_to_who_reads_it(tmp_path, content):
    (tmp_path / "a.mat").write_bytes(content)
    refuse_overlarge(tmp_path / "a.mat")


def newer(path, before=0):
    with h5py.File(path, "w", userblock_size=before) as file:
        cell = file.create_dataset("cell", data=np.arange(6).reshape(3, 2))
        file.create_dataset("cells", (1, 1), dtype=h5py.ref_dtype)[0, 0] = cell.ref
    return path


def test_the_newer_kind_is_told_by_what_it_begins_with(tmp_path):
    assert all(is_hdf5(newer(tmp_path / f"{before}.mat", before)) for before in (0, 512))
    for name, content in {"5": bomb(tmp_path / "b.mat").read_bytes(), "short": b"x", "empty": b""}.items():
        (tmp_path / name).write_bytes(content)
        assert not is_hdf5(tmp_path / name)
    assert not is_hdf5(tmp_path / "none")


def test_cells_of_the_newer_kind_are_turned_as_they_were(tmp_path):
    (cell,) = hdf5_cells(newer(tmp_path / "7.mat", 512), "cells")
    assert cell.tolist() == [[0, 2, 4], [1, 3, 5]]


def test_arrays_are_read_by_their_names_and_all_without(tmp_path):
    savemat(tmp_path / "a.mat", {"one": [1.0, 2.0], "other": [3]})
    assert list(arrays_in(tmp_path / "a.mat", "one")) == ["one"]
    assert {name: each.ravel().tolist() for name, each in arrays_in(tmp_path / "a.mat").items()} == {
        "one": [1, 2],
        "other": [3],
    }


@pytest.mark.parametrize(("reader", "made"), [("scipy", bomb), ("h5py", newer)])
def test_where_nothing_reads_it_it_is_told_what_to_install(tmp_path, monkeypatch, reader, made):
    path = made(tmp_path / "a.mat")
    monkeypatch.setitem(sys.modules, reader, None)
    with pytest.raises(ConfigError, match=rf"a\.mat is a MATLAB file, which {reader} reads: .*'unusual\[matlab\]'"):
        list(arrays_in(path) if made is bomb else hdf5_cells(path, "cells"))
