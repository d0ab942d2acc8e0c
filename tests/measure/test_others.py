"""Others' scores in Python: what the command prints, as values."""

import numpy as np
import pytest

from unusual.errors import DataError
from unusual.measure.compare import Smoothing
from unusual.measure.others import compare_foreign, read_foreign
from unusual.video.floors import FLOORS


def test_they_are_compared_and_whoever_watches_hears_of_each_clip(scene, tmp_path):
    np.save(tmp_path / "theirs.npy", np.arange(270.0))
    heard = {}

    def watch(name):
        return lambda done, expected: heard.update({name: (done, expected)})

    foreign = read_foreign(str(tmp_path / "theirs.npy"), lower_is_worse=True)
    compared = compare_foreign(foreign, str(scene), Smoothing(0), watch=watch)
    assert heard == {"01": (135, 135), "02": (135, 135)}
    assert compared.data == "own"
    assert compared.origin["scores"]["theirs.npy"]["lower_is_worse"] is True
    names = [row.protocol for row in compared.evaluation.rows]
    assert names[0] == "theirs.npy"
    assert set(FLOORS) < set(names)


def test_what_does_not_fit_is_told(scene, tmp_path):
    np.save(tmp_path / "theirs.npy", np.arange(269.0))
    with pytest.raises(DataError, match="269 scores"):
        compare_foreign(read_foreign(tmp_path / "theirs.npy"), scene)
