"""Known detectors: where they are looked for, that only the known file is kept, that nothing happens unasked."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from unusual.errors import ConfigError, OutputError
from unusual.methods.objects.objects import ObjectConfig, ObjectFinder
from unusual.methods.objects.weights import (
    KNOWN,
    Weights,
    fetch,
    fetch_weights,
    find_detector,
    keep_known,
    models_folder,
)

SHARED = Path(__file__).parents[4] / "shared"
DATA = b"a detector"
NOWHERE = Weights(
    "a.onnx", (hashlib.sha256(DATA).hexdigest(),), "https://127.0.0.1:1/a.onnx", "its authors", "Apache-2.0", 10.0
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("UNUSUAL_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def one_line(refusal):
    return "\n" not in str(refusal.value)


def test_the_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("UNUSUAL_MODELS", str(tmp_path))
    assert models_folder() == tmp_path
    monkeypatch.delenv("UNUSUAL_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert models_folder() == tmp_path / "unusual" / "models"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert models_folder() == tmp_path / ".cache" / "unusual" / "models"


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_name_is_looked_for_in_the_folder(folder, name):
    with pytest.raises(ConfigError, match=KNOWN[name].digests[0]) as refusal:
        find_detector(name)
    assert one_line(refusal)
    assert str(folder / KNOWN[name].file) in str(refusal.value)
    folder.mkdir()
    (folder / KNOWN[name].file).write_bytes(DATA)
    assert find_detector(name) == folder / KNOWN[name].file


def test_any_other_name_is_a_path(tmp_path, monkeypatch):
    (tmp_path / "mine.onnx").write_bytes(DATA)
    assert find_detector(str(tmp_path / "mine.onnx")) == tmp_path / "mine.onnx"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_detector("~/mine.onnx") == tmp_path / "mine.onnx"


@pytest.mark.parametrize("name", ["yolox-nono", "missing/mine.onnx", "."])
def test_a_name_of_nothing_is_refused_with_those_that_are_known(name):
    with pytest.raises(ConfigError, match=r"deimv2-femto, yolox-nano") as refusal:
        find_detector(name)
    assert one_line(refusal)


def test_a_finder_downloads_nothing(folder):
    with pytest.raises(ConfigError, match="no detector file"):
        ObjectFinder(ObjectConfig(detector="yolox-nano"))
    assert not folder.exists()


def test_an_unknown_name_cannot_be_fetched(tmp_path):
    with pytest.raises(ConfigError, match="choose from deimv2-femto, yolox-nano"):
        fetch("mine.onnx", tmp_path)


def test_without_a_network_it_is_said_which_file_to_put_where(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot download a.onnx \(") as refusal:
        fetch_weights(NOWHERE, tmp_path / "models")
    assert one_line(refusal)
    assert f"put a.onnx (sha256 {NOWHERE.digests[0]}) into {tmp_path / 'models'}" in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_without_an_address_it_is_said_how_the_file_is_made(folder):
    with pytest.raises(ConfigError, match="checkpoint: export it") as refusal:
        fetch("deimv2-femto")
    assert one_line(refusal)
    assert f"into {folder}" in str(refusal.value)


@pytest.mark.parametrize("address", ["http://example.org/a.onnx", "file:///etc/hostname", "ftp://example.org/a.onnx"])
def test_only_https_is_asked(tmp_path, address):
    with pytest.raises(ConfigError, match="only from https"):
        fetch_weights(replace(NOWHERE, address=address), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(folder):
    folder.mkdir()
    (folder / "yolox_nano_coco.onnx").write_bytes(b"my own")
    assert fetch("yolox-nano").read_bytes() == b"my own"


def test_the_known_file_is_kept(tmp_path):
    keep_known(DATA, NOWHERE, tmp_path / "models" / "a.onnx")
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["a.onnx"]
    assert (tmp_path / "models" / "a.onnx").read_bytes() == DATA


@pytest.mark.parametrize("data", [b"", DATA[:-1], DATA + b".", b"<html>not found</html>"])
def test_any_other_is_not(tmp_path, data):
    with pytest.raises(ConfigError, match=hashlib.sha256(data).hexdigest()) as refusal:
        keep_known(data, NOWHERE, tmp_path / "a.onnx")
    assert one_line(refusal)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "models").write_text("a file of that name")
    with pytest.raises(OutputError):
        keep_known(DATA, NOWHERE, tmp_path / "models" / "a.onnx")


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_noted_of_each_is_complete(name):
    weights = KNOWN[name]
    assert weights.address == "" or weights.address.startswith("https://")
    assert all(len(digest) == 64 for digest in weights.digests)
    assert "https://" in weights.source
    assert "Apache-2.0" in weights.licence


@pytest.mark.parametrize("name", KNOWN)
def test_the_digest_is_that_of_the_file_that_was_tried(name):
    file = SHARED / "weights" / KNOWN[name].file
    if not file.exists():
        pytest.skip(f"{file} is not there")
    assert hashlib.sha256(file.read_bytes()).hexdigest() in KNOWN[name].digests
