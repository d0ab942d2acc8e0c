"""A made-up archive: one film, and the same film cut into segments as a recorder does."""

import numpy as np
import pytest
from made_archive import segment, write_film


@pytest.fixture(scope="session")
def values():
    """Calm, but for two bright stretches: one lies across a cut."""
    calm = np.random.default_rng(0).integers(20, 60, 400)
    calm[115:128], calm[263:270] = 200, 240
    return calm


@pytest.fixture(scope="session")
def film(tmp_path_factory, values):
    return write_film(tmp_path_factory.mktemp("film") / "yard.mp4", values)


@pytest.fixture(scope="session")
def segments(tmp_path_factory, film):
    """Twenty groups in segments of two each, of 4 s."""
    folder = tmp_path_factory.mktemp("archive")
    for first in range(0, 20, 2):
        segment(film, folder, first, first + 2)
    return folder
