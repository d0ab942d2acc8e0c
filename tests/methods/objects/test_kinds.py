"""A detector's number of a class, in a word."""

import pytest

from unusual.methods.objects.kinds import MOTION, NAMES, PERSON, name_of


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        pytest.param(PERSON, "person", id="the first of COCO"),
        pytest.param(79, "toothbrush", id="the last of COCO"),
        pytest.param(10, "fire hydrant", id="two words"),
        pytest.param(13, "bench", id="the first of the second line"),
        pytest.param(MOTION, "moving thing", id="found by its motion alone"),
        pytest.param(80, "thing of class 80", id="a class that COCO does not have"),
        pytest.param(-3, "thing of class -3", id="no class at all"),
    ],
)
def test_a_class_has_a_word(kind, word):
    assert name_of(kind) == word


def test_there_are_eighty_different_words_without_blanks_around_them():
    assert len(set(NAMES)) == len(NAMES) == 80
    assert all(name and name == name.strip() and "\n" not in name for name in NAMES)
