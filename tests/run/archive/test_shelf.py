"""Files on a shelf, whole or absent: of a folder, and of what fsspec reaches."""

import pytest

from unusual.errors import ConfigError, OutputError
from unusual.run.archive.shelf import Shelf


@pytest.fixture(params=["folder", "file://", "memory://"])
def shelf(request, tmp_path):
    return Shelf(str(tmp_path / "shelf") if request.param == "folder" else f"{request.param}{tmp_path}/shelf")


def test_what_is_put_there_is_there(shelf):
    shelf.check()
    assert list(shelf.names(".parquet")) == [] and not shelf.has("a.parquet")
    shelf.write("a.parquet", b"rows")
    shelf.write("b.json", b"{}")
    assert shelf.has("a.parquet") and shelf.read("a.parquet") == b"rows"
    assert list(shelf.names(".parquet")) == ["a.parquet"]
    there = shelf.there(".parquet")
    assert there("a.parquet") and not there("c.parquet")
    shelf.remove("a.parquet")
    shelf.remove("a.parquet")
    assert not shelf.has("a.parquet") and list(shelf.names(".json")) == ["b.json"]


def test_what_is_not_there_cannot_be_read(shelf):
    with pytest.raises(OutputError, match="cannot read none"):
        shelf.read("none")


def test_an_address_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError, match="fsspec"):
        Shelf("nowhere://bucket/x").check()
