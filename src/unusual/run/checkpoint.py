"""A checkpoint: one folder with one file of weights, live scale and settings. No pickle anywhere.

model.safetensors     what scoring needs; its header carries settings, provenance and the scale's two numbers as JSON
training.safetensors  what going on with a training needs: weights, optimiser, position; absent from shipped models
model.onnx            the network as ONNX, see `run/export.py`; absent where a method has none
log.csv               a row an epoch
zones.json            where it counts, see `store/rules/zones.py`; a person draws them, and may change them
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from safetensors import SafetensorError
from safetensors.numpy import load, save

from unusual.domain import Provenance
from unusual.errors import CheckpointError, ConfigError, DataError, UnusualError
from unusual.files import whole_file
from unusual.methods import make_scorer, method_of
from unusual.methods.scorer import Array, Arrays, Scorer
from unusual.run.config import RunConfig, change_config, config_from_dict, config_to_dict, flat_settings
from unusual.run.nets import open_net
from unusual.scores.calibrate import LiveScale
from unusual.scores.zones import EVERYWHERE, Zone, ZoneMap
from unusual.store.rules.zones import read_zones
from unusual.video.condition.levels import Levels

FORMAT = "unusual-1"
MODEL, TRAINING = "model.safetensors", "training.safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A method that has learnt and is ready to score.

    learnt: what is kept of it, see `Learner.learnt`. levels: the part of deep pictures that it saw.
    sha256: of the very bytes that it was read from, "" of none. zone_map: where before its camera something counts.
    """

    scorer: Scorer
    config: RunConfig
    scale: LiveScale
    provenance: Provenance
    learnt: Arrays
    sha256: str = ""
    levels: Levels | None = None
    zone_map: ZoneMap = EVERYWHERE


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write `folder`/model.safetensors, whole or not at all. Raises OutputError."""
    tensors = named(checkpoint.learnt)
    tensors |= {"scale.mean": checkpoint.scale.mean, "scale.deviation": checkpoint.scale.deviation}
    header: dict[str, object] = {
        "config": config_to_dict(checkpoint.config),
        "provenance": asdict(checkpoint.provenance),
        "scale": {name: getattr(checkpoint.scale, name) for name in ("typical", "rare", "memory")},
    }
    if checkpoint.levels is not None:
        header["levels"] = asdict(checkpoint.levels)
    write_tensors(folder / MODEL, tensors, header)
    return folder / MODEL


def load_checkpoint(
    path: str | Path,
    changes: Sequence[str] = (),
    device: str = "",
    onnx_sha256: str = "",
    zones: Sequence[Zone] | None = None,
) -> Checkpoint:
    """Read a checkpoint folder, or its model.safetensors.

    Args:
        path: the folder or the file.
        changes: of its settings, `section.key=value` each; `clips.step=3` scores a unit every third frame.
        device: where PyTorch shall compute, in its words; "" for whoever runs the network best, see `open_net`.
        onnx_sha256: the digest that model.onnx must have where it is run, "" for any.
        zones: where something counts; None for those in its folder, if any.

    Raises:
        ConfigError: a change names no setting, or is out of range; nobody is there to run the network.
        CheckpointError: missing, not ours, broken, or weights that do not fit the settings they came with.
        DataError: its zones cannot be read.
    """
    file = Path(path) / MODEL if Path(path).is_dir() else Path(path)
    tensors, header, digest = _read(file)
    try:
        config = config_from_dict(_part(header, "config"), saved=True)
        provenance = TypeAdapter(Provenance).validate_python(header["provenance"])
        levels = TypeAdapter(Levels | None).validate_python(header.get("levels"))
        numbers = TypeAdapter(dict[str, float]).validate_python(header["scale"])
        scale = LiveScale(
            np.asarray(tensors.pop("scale.mean"), np.float32),
            np.asarray(tensors.pop("scale.deviation"), np.float32),
            numbers["typical"],
            numbers["rare"],
            int(numbers.get("memory", 1)),
        )
    except (KeyError, ValueError, OverflowError, ConfigError, DataError) as error:
        raise CheckpointError(f"{file} was not written by this version of unusual: {_first_line(error)}") from error
    refuse_other_changes(config.method, changes)
    config = change_config(config, changes)
    try:
        as_trained = config.settings.completed(0, 0) == config.settings
    except ZeroDivisionError as error:
        raise CheckpointError(f"{file} was not written by `unusual train`: it lacks the width of pictures") from error
    if not as_trained:  # a digest where training had none
        raise ConfigError(f"{file} was trained without such a file: leave out {', '.join(changes)}, or train anew")
    provenance = replace(provenance, settings=flat_settings(config))
    learnt = learnt_in(tensors, file)
    scorer = scorer_of(config, learnt, file, device, onnx_sha256)
    zone_map = ZoneMap(read_zones(file.parent).zones if zones is None else tuple(zones))
    return Checkpoint(scorer, config, scale, provenance, learnt, digest, levels, zone_map)


def load_scenes(folder: Path, changes: Sequence[str] = ()) -> dict[str, Checkpoint]:
    """The checkpoint of a folder, by ""; or those in it by their scenes, where each was learnt by itself.

    Raises as `load_checkpoint`.
    """
    if (folder / MODEL).exists() or not (found := scenes_in(folder)):
        return {"": load_checkpoint(folder, changes)}
    return {scene: load_checkpoint(folder / scene, changes) for scene in found}


def learnt_of(scene: str, checkpoints: Mapping[str, Checkpoint]) -> Checkpoint:
    """What was learnt of a scene, or of all of them together. Raises CheckpointError where neither was."""
    if found := checkpoints.get(scene) or checkpoints.get(""):
        return found
    which = f"scene {scene}" if scene else "a data set of one scene"
    raise CheckpointError(f"nothing was learnt of {which}, but of {', '.join(checkpoints)}: train on it")


def scenes_in(folder: Path) -> list[str]:
    """Names of the folders in it that hold a checkpoint each."""
    return sorted(file.parent.name for file in folder.glob(f"*/{MODEL}"))


def scorer_of(config: RunConfig, learnt: Arrays, source: Path, device: str = "", onnx_sha256: str = "") -> Scorer:
    """The method of these settings, by what was learnt, its network run as `open_net` says.

    Raises:
        CheckpointError: `learnt`, which came from `source`, does not fit them.
        ConfigError: a file that they name is missing, or nobody is there to run the network.
    """
    opening = partial(open_net, config, learnt, source, device, onnx_sha256)
    try:
        return make_scorer(config.method, config.settings, learnt, opening)
    except (KeyError, DataError) as error:
        raise CheckpointError(f"{source} does not fit these settings: {_first_line(error)}") from error


def refuse_other_changes(method: str, changes: Sequence[str]) -> None:
    """Raise ConfigError for a setting that would make the weights, or the live scale, mean something else."""
    changeable = method_of(method).changeable
    for change in changes:
        if change.partition("=")[0].strip() not in changeable:
            raise ConfigError(f"{change}: after training only {', '.join(changeable)} can be changed")


def named(learnt: Arrays) -> dict[str, Array]:
    """What was learnt under the names that it has in a file: network.NAME."""
    return {f"network.{name}": array for name, array in learnt.items()}


def learnt_in(tensors: Arrays, source: Path) -> Arrays:
    """The inverse of `named`. Raises CheckpointError for a value that is not finite."""
    for name, array in tensors.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise CheckpointError(f"{source}: {name} has values that are not finite; train again or use another")
    return {name.removeprefix("network."): array for name, array in tensors.items()}


def write_tensors(file: Path, tensors: Arrays, header: Mapping[str, object]) -> None:
    """Write tensors and a JSON header as safetensors, whole or not at all. Raises OutputError."""
    plain = {name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}
    with whole_file(file) as part:
        part.write_bytes(save(plain, {"format": FORMAT, "header": json.dumps(header)}))


def read_tensors(file: Path) -> tuple[dict[str, Array], dict[str, object]]:
    """Read what `write_tensors` wrote: tensors and the header. Raises CheckpointError."""
    return _read(file)[:2]


def _read(file: Path) -> tuple[dict[str, Array], dict[str, object], str]:
    """The same, and the SHA-256 of the file.

    It is read once, whole: what happens to the file afterwards changes nothing here.
    """
    if not file.is_file():
        scenes = scenes_in(file.parent)
        wanted = f"a scene's, such as {file.parent / scenes[0]}" if scenes else "a folder that `unusual train` wrote"
        raise CheckpointError(f"no checkpoint at {file}: give {wanted}")
    try:
        content = file.read_bytes()
        tensors = {name: np.array(array) for name, array in load(content).items()}  # it checks all sizes and places
        length = int.from_bytes(content[:8], "little")
        head = TypeAdapter(dict[str, dict[str, object]]).validate_json(content[8 : 8 + length])
        notes = TypeAdapter(dict[str, str]).validate_python(head.get("__metadata__", {}))
        if notes.get("format") != FORMAT:
            raise CheckpointError(f"{file} is no checkpoint of this version of unusual (format {notes.get('format')})")
        header = TypeAdapter(dict[str, object]).validate_json(notes["header"])
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{file} is broken or no checkpoint: {_first_line(error)}") from error
    return tensors, header, hashlib.sha256(content).hexdigest()


def _part(header: Mapping[str, object], key: str) -> dict[str, object]:
    return TypeAdapter(dict[str, object]).validate_python(header[key])


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0] if isinstance(error, UnusualError) else " ".join(line.strip() for line in lines[:2])
