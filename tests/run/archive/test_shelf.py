"""Files on a shelf, whole or absent: of a folder, and of what fsspec reaches."""

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

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


class Named(MemoryFileSystem):
    """The files of memory:// by another name."""

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.partition("://")[2] or path)


class Remembering(Named):
    """Remembers what it has listed, as the drivers of object stores do where they may."""

    def ls(self, path, detail=True, **how):
        found = self.dircache[path] if path in self.dircache else super().ls(path, detail=True)
        self.dircache[path] = found
        return found if detail else [each["name"] for each in found]


class Locked(Named):
    """Takes nothing, and says so in an error of its own."""

    def pipe_file(self, path, value, mode="overwrite", **how):
        raise RuntimeError("unable to locate credentials")


@pytest.fixture
def place(request, tmp_path):
    """An address of a driver that a test brings along."""
    fsspec.register_implementation(request.param.__name__.lower(), request.param, clobber=True)
    return f"{request.param.__name__.lower()}://{tmp_path}"


@pytest.mark.parametrize("place", [Remembering], indirect=True)
def test_what_others_put_there_meanwhile_is_seen(place):
    shelf = Shelf(place)
    shelf.check()
    assert list(shelf.names(".parquet")) == []
    fsspec.filesystem("memory").pipe_file(place.partition("://")[2] + "/a.parquet", b"theirs")
    assert list(shelf.names(".parquet")) == ["a.parquet"] and shelf.there(".parquet")("a.parquet")


@pytest.mark.parametrize("place", [Locked], indirect=True)
def test_a_place_that_takes_nothing_is_told_before_the_work_and_while_it_goes_on(place):
    with pytest.raises(OutputError, match=r"cannot write \.trial to locked://.*: unable to locate credentials"):
        Shelf(place).check()
    with pytest.raises(OutputError, match=r"cannot write a\.parquet"):
        Shelf(place).write("a.parquet", b"rows")


def test_half_a_file_that_was_left_beside_its_name_is_none(shelf):
    shelf.check()
    if shelf.is_address:
        fsspec.core.url_to_fs(shelf.place)[0].pipe_file(f"{shelf.place}/.a.parquet.part", b"ro")
    assert not shelf.has("a.parquet") and list(shelf.names(".parquet")) == list(shelf.names(".part")) == []


def test_an_address_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError, match="fsspec"):
        Shelf("nowhere://bucket/x").check()


@pytest.fixture
def bucket(monkeypatch):
    """A bucket of an S3 of this machine, where its packages are installed."""
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in (keys | {"AWS_ENDPOINT_URL": "http://{}:{}".format(*server.get_host_and_port())}).items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir("recordings")
    yield "s3://recordings"
    server.stop()


@pytest.mark.filterwarnings("default")  # of packages that are not ours
def test_a_bucket_is_a_shelf_and_a_mistyped_one_is_not_made(bucket):
    shelf = Shelf(f"{bucket}/november")
    test_what_is_put_there_is_there(shelf)
    fsspec.filesystem("s3", skip_instance_cache=True).pipe_file(f"{bucket}/november/other.parquet", b"theirs")
    assert shelf.has("other.parquet") and list(shelf.names(".parquet")) == ["other.parquet"]
    with pytest.raises(OutputError, match=r"cannot write to s3://recrodings/x: .*bucket does not exist"):
        Shelf("s3://recrodings/x").check()
