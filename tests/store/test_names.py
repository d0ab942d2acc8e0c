"""Names that may stand in a path or an address."""

import pytest

from unusual.errors import DataError
from unusual.store.names import check_camera, check_id, is_id, new_id


def test_a_new_id_is_one_and_never_the_same():
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(is_id(each) and check_id(each) == each for each in ids)


@pytest.mark.parametrize("event", ["", "a" * 21, "a" * 23, "a" * 22 + "\n", "a" * 21 + "/", "ä" * 22])
def test_what_is_no_id(event):
    assert not is_id(event)
    with pytest.raises(DataError, match="an event's id"):
        check_id(event)


@pytest.mark.parametrize("name", ["", "a" * 42, "a\n", "-a", "_a", "A", "a.b", "a/b", "ä"])
def test_what_cannot_be_the_name_of_a_camera(name):
    with pytest.raises(DataError, match="a camera's name"):
        check_camera(name)
