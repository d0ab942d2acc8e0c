"""What is loaded is what was saved, or it is refused in one line."""

import hashlib
import json
import math
import os
import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from unusual.errors import CheckpointError, ConfigError, DataError
from unusual.run.checkpoint import FORMAT, MODEL, load_checkpoint, read_tensors, save_checkpoint, write_tensors
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.rules.zones import ZONES, write_zones


def test_a_checkpoint_comes_back_as_it_was(trained, tmp_path):
    first = load_checkpoint(trained)
    first = replace(first, scale=replace(first.scale, memory=7))
    save_checkpoint(tmp_path, first)
    again = load_checkpoint(tmp_path / MODEL)
    assert first.learnt.keys() == again.learnt.keys()
    for name, array in first.learnt.items():
        np.testing.assert_array_equal(again.learnt[name], array)
    np.testing.assert_array_equal(again.scale.mean, first.scale.mean)
    assert (again.scale.typical, again.scale.rare) == (first.scale.typical, first.scale.rare)
    assert again.scale.memory == 7
    assert again.config == first.config
    assert again.provenance == first.provenance
    assert [p.name for p in tmp_path.iterdir()] == [MODEL]


def test_it_knows_where_it_comes_from(trained):
    made = load_checkpoint(trained).provenance
    assert (made.method, made.preset, made.data, made.steps) == ("ustn-dsc", "small", "own", 12)
    assert made.frames > 100
    assert dict(made.versions)["torch"] == torch.__version__


def test_settings_can_be_changed_on_loading(trained):
    assert load_checkpoint(trained, ["clips.step=3"]).config.settings.clips.step == 3
    assert dict(load_checkpoint(trained, ["clips.step=3"]).provenance.settings)["clips.step"] == "3"
    for change in ("clips.stp=3", "network.channels=16", "network.residual=false"):
        with pytest.raises(ConfigError, match=r"only clips\.step, training\.precision can"):
            load_checkpoint(trained, [change])


def broken(trained, tmp_path, change):
    tensors, header = read_tensors(trained / MODEL)
    change(tensors, header)
    write_tensors(tmp_path / MODEL, tensors, header)
    return tmp_path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda t, h: h["config"].update(method="magic"), "unknown method 'magic'", id="other method"),
        pytest.param(lambda t, h: h["config"]["settings"]["network"].update(x=1), "unknown setting", id="unknown key"),
        pytest.param(lambda t, h: h.pop("scale"), "scale", id="no scale"),
        pytest.param(lambda t, h: h.pop("provenance"), "provenance", id="no provenance"),
        pytest.param(lambda t, h: t.pop("network.stem.0.weight"), "does not fit", id="a weight is missing"),
        pytest.param(lambda t, h: t.update({"network.x": np.ones(1)}), "does not fit", id="a weight too many"),
        pytest.param(lambda t, h: t["network.stem.0.weight"].fill(float("nan")), "not finite", id="nan"),
        pytest.param(lambda t, h: t["scale.mean"].fill(float("nan")), "finite means", id="a scale of nan"),
        pytest.param(lambda t, h: t["scale.deviation"].fill(0.0), "deviations above 0", id="a scale without width"),
        pytest.param(lambda t, h: h["scale"].update(typical=1, rare=1), "typical < rare", id="a scale without range"),
        pytest.param(lambda t, h: t["scale.deviation"].fill(math.inf), "deviations above 0", id="endless deviations"),
        pytest.param(lambda t, h: t["scale.mean"].fill(1e30), "finite means up to", id="means beyond measure"),
        pytest.param(lambda t, h: t.update({"scale.mean": np.ones((2, 2), int)}), "shape", id="integers"),
        pytest.param(lambda t, h: h["scale"].update(rare=1e30), "typical < rare", id="a score that nothing reaches"),
        pytest.param(lambda t, h: h["scale"].update(memory=math.nan), "memory|NaN|integer", id="a memory of nan"),
        pytest.param(lambda t, h: h["scale"].update(memory=math.inf), "memory|infinity", id="a memory without end"),
        pytest.param(lambda t, h: h["scale"].update(memory=10**9), "memory", id="a memory of years"),
        pytest.param(lambda t, h: h["config"]["settings"]["clips"].update(width=0), "width", id="no width"),
        pytest.param(
            lambda t, h: h["config"]["settings"]["network"].update(channels=32_000), "larger", id="far too large"
        ),
    ],
)
def test_a_wrong_checkpoint_is_refused(trained, tmp_path, change, said):
    with pytest.raises(CheckpointError, match=said) as caught:
        load_checkpoint(broken(trained, tmp_path, change))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a checkpoint", pickle.dumps({"a": 1}), (2**40).to_bytes(8, "little") + b"{}"],
    ids=["empty", "text", "a pickle", "a header larger than the file"],
)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    (tmp_path / MODEL).write_bytes(content)
    with pytest.raises(CheckpointError, match="broken or no checkpoint"):
        load_checkpoint(tmp_path)


def test_a_cut_checkpoint_is_refused(trained, tmp_path):
    whole = (trained / MODEL).read_bytes()
    (tmp_path / MODEL).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match="broken or no checkpoint"):
        load_checkpoint(tmp_path)


def test_a_missing_checkpoint_says_what_to_give(tmp_path):
    with pytest.raises(CheckpointError, match="unusual train"):
        load_checkpoint(tmp_path / "nothing")


@pytest.mark.parametrize("header", ["{", "[1]"])
def test_a_header_that_is_no_table_is_refused(tmp_path, header):
    from safetensors.torch import save_file

    save_file({"a": torch.ones(1)}, tmp_path / MODEL, {"format": FORMAT, "header": header})
    with pytest.raises(CheckpointError, match="broken or no checkpoint"):
        load_checkpoint(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / MODEL)
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        load_checkpoint(tmp_path)


def test_somebody_elses_safetensors_are_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"a": torch.ones(1)}, tmp_path / MODEL, {"format": "pt", "header": json.dumps({})})
    with pytest.raises(CheckpointError, match="no checkpoint of this version"):
        load_checkpoint(tmp_path)


def test_a_checkpoint_knows_the_digest_of_what_it_was_read_from_and_holds_it(trained, tmp_path):
    file = tmp_path / MODEL
    file.write_bytes((trained / MODEL).read_bytes())
    made = load_checkpoint(tmp_path)
    before = [array.copy() for array in made.learnt.values()]
    assert made.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    with file.open("r+b") as opened:  # in place
        opened.write(bytes(file.stat().st_size))
    assert all(map(np.array_equal, made.learnt.values(), before))


def test_zones_beside_a_model_are_obeyed_by_whoever_loads_it_and_others_can_be_given(trained, tmp_path):
    folder = tmp_path / "camera"
    shutil.copytree(trained, folder)
    assert load_checkpoint(folder).zone_map.zones == ()
    trees = (Zone(ZoneKind.IGNORE, ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))),)
    write_zones(folder, trees)
    assert load_checkpoint(folder).zone_map.zones == load_checkpoint(folder / MODEL).zone_map.zones == trees
    assert load_checkpoint(folder, zones=[]).zone_map.zones == ()
    assert load_checkpoint(trained, zones=trees).zone_map.zones == trees
    (folder / ZONES).write_text("{")
    with pytest.raises(DataError, match="holds no zones"):
        load_checkpoint(folder)
