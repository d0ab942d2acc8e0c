"""The tree of errors: whoever catches its root catches all, and the drawing of it is true."""

import re

import pytest

from unusual import errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_an_unusual_error_and_says_when(kind):
    assert issubclass(kind, errors.UnusualError)
    assert kind.__doc__.endswith(".")


def test_no_kind_is_caught_as_another():
    branches = [kind for kind in KINDS if kind is not errors.UnusualError]
    assert all(kind.__bases__ == (errors.UnusualError,) for kind in branches)
    assert not issubclass(errors.UnusualError, OSError | ValueError), "what the system or numpy raise is told apart"


def test_the_drawing_names_all_of_them():
    assert set(re.findall(r"\b(\w+Error)\b", errors.__doc__)) == {kind.__name__ for kind in KINDS}
