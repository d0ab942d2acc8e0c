"""A checkpoint: one folder with one file of weights, live scale and settings. No pickle anywhere.

model.safetensors     what scoring needs; its header carries settings, provenance and the scale's two numbers as JSON
training.safetensors  what going on with a training needs: weights, optimiser, position; absent from shipped models
log.csv               a row an epoch
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from unusual.domain import Provenance
from unusual.errors import CheckpointError, ConfigError, DataError, UnusualError
from unusual.files import whole_file
from unusual.methods import METHODS, build
from unusual.methods.learner import Learner, Method
from unusual.run.config import RunConfig, change_config, config_from_dict, config_to_dict, flat_settings
from unusual.scores.calibrate import LiveScale

FORMAT = "unusual-1"
MODEL, TRAINING = "model.safetensors", "training.safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trained method that is ready to score."""

    scorer: Method
    config: RunConfig
    scale: LiveScale
    provenance: Provenance


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write `folder`/model.safetensors, whole or not at all. Raises OutputError."""
    tensors = network_tensors(checkpoint.scorer)
    tensors["scale.mean"] = torch.from_numpy(checkpoint.scale.mean)
    tensors["scale.deviation"] = torch.from_numpy(checkpoint.scale.deviation)
    header = {
        "config": config_to_dict(checkpoint.config),
        "provenance": asdict(checkpoint.provenance),
        "scale": {name: getattr(checkpoint.scale, name) for name in ("typical", "rare", "memory")},
    }
    write_tensors(folder / MODEL, tensors, header)
    return folder / MODEL


def load_checkpoint(path: str | Path, changes: Sequence[str] = (), device: torch.device | None = None) -> Checkpoint:
    """Read a checkpoint folder, or its model.safetensors.

    Args:
        path: the folder or the file.
        changes: of its settings, `section.key=value` each; `clips.step=3` scores a unit every third frame.
        device: where to compute; a GPU if there is one.

    Raises:
        ConfigError: a change names no setting, or is out of range.
        CheckpointError: missing, not ours, broken, or weights that do not fit the settings they came with.
    """
    file = Path(path) / MODEL if Path(path).is_dir() else Path(path)
    tensors, header = read_tensors(file)
    try:
        config = config_from_dict(_part(header, "config"))
        provenance = TypeAdapter(Provenance).validate_python(header["provenance"])
        numbers = TypeAdapter(dict[str, float]).validate_python(header["scale"])
        scale = LiveScale(
            tensors.pop("scale.mean").numpy(),
            tensors.pop("scale.deviation").numpy(),
            numbers["typical"],
            numbers["rare"],
            int(numbers.get("memory", 1)),
        )
    except (KeyError, ValidationError, ConfigError, DataError) as error:
        raise CheckpointError(f"{file} was not written by this version of unusual: {_first_line(error)}") from error
    refuse_other_changes(config.method, changes)
    config = change_config(config, changes)
    if config.settings.completed(0, 0) != config.settings:  # a digest where training had none
        raise ConfigError(f"{file} was trained without such a file: leave out {', '.join(changes)}, or train anew")
    provenance = replace(provenance, settings=flat_settings(config))
    method = build_method(config, device or default_device())
    load_weights(method, tensors, file)
    return Checkpoint(method, config, scale, provenance)


def refuse_other_changes(method: str, changes: Sequence[str]) -> None:
    """Raise ConfigError for a setting that would make the weights, or the live scale, mean something else."""
    changeable = METHODS[method].changeable
    for change in changes:
        if change.partition("=")[0].strip() not in changeable:
            raise ConfigError(f"{change}: after training only {', '.join(changeable)} can be changed")


def build_method(config: RunConfig, device: torch.device) -> Method:
    """A method with fresh weights, drawn from training.seed."""
    torch.manual_seed(config.settings.training.seed)
    return build(config.settings, device)


def network_tensors(method: Learner) -> dict[str, Tensor]:
    """A method's weights under the names they have in a file: network.NAME."""
    return {f"network.{name}": tensor for name, tensor in method.network.state_dict().items()}


def load_weights(method: Learner, tensors: Mapping[str, Tensor], source: Path) -> None:
    """Put `network_tensors` into a method's network, in its own precision.

    Raises:
        CheckpointError: a name, a shape or a value is wrong.
    """
    weights = {name.removeprefix("network."): tensor for name, tensor in tensors.items()}
    broken = [name for name, tensor in weights.items() if tensor.is_floating_point() and not tensor.isfinite().all()]
    if broken:
        raise CheckpointError(f"{source}: {broken[0]} has values that are not finite; train again or use another")
    try:
        method.network.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"{source} does not fit these settings: {_first_line(error)}") from error


def write_tensors(file: Path, tensors: Mapping[str, Tensor], header: Mapping[str, object]) -> None:
    """Write tensors and a JSON header as safetensors, whole or not at all. Raises OutputError."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with whole_file(file) as part:
        part.write_bytes(save(plain, {"format": FORMAT, "header": json.dumps(header)}))


def read_tensors(file: Path) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Read what `write_tensors` wrote: tensors on the CPU and the header. Raises CheckpointError."""
    if not file.is_file():
        raise CheckpointError(f"no checkpoint at {file}: give a folder that `unusual train` wrote")
    try:
        with safe_open(file, "pt") as opened:
            notes = opened.metadata() or {}
            if notes.get("format") != FORMAT:
                raise CheckpointError(
                    f"{file} is no checkpoint of this version of unusual (format {notes.get('format')})"
                )
            header = TypeAdapter(dict[str, object]).validate_json(notes["header"])
            return {name: opened.get_tensor(name) for name in opened.keys()}, header  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{file} is broken or no checkpoint: {_first_line(error)}") from error


def default_device() -> torch.device:
    """A GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _part(header: Mapping[str, object], key: str) -> dict[str, object]:
    return TypeAdapter(dict[str, object]).validate_python(header[key])


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0] if isinstance(error, UnusualError) else " ".join(line.strip() for line in lines[:2])
