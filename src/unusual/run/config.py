"""Settings of a run: a method, a preset, and what a TOML file or the command line changes of it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from unusual.errors import ConfigError
from unusual.methods import DEFAULT, method_of
from unusual.methods.settings import MethodSettings

Nested = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Which method, which preset it started from, and all its settings after changes."""

    method: str
    preset: str
    settings: MethodSettings


def make_config(
    method: str | None = None, preset: str | None = None, file: Path | None = None, changes: Sequence[str] = ()
) -> RunConfig:
    """A preset, changed by a TOML file, changed by `section.key=value` words; values are written as in TOML.

    Method and preset are those given, else the file's, else `DEFAULT` and small.

    Raises:
        ConfigError: an unknown method, preset, key, or a value out of range; the message names it.

    >>> make_config(changes=["network.depth=4"]).settings.network.depth
    4
    """
    nested = _read_toml(file) if file else {}
    named = {"method": str(nested.pop("method", DEFAULT)), "preset": str(nested.pop("preset", "small"))}
    given = {key: value for key, value in (("method", method), ("preset", preset)) if value is not None}
    return change_config(config_from_dict({**named, **given, "settings": nested}), changes)


def change_config(config: RunConfig, changes: Sequence[str]) -> RunConfig:
    """Settings changed by `section.key=value` words. Raises ConfigError as `make_config`."""
    nested = asdict(config.settings)
    for change in changes:
        nested = _merge(nested, _parse_change(change))
    return config_from_dict({"method": config.method, "preset": config.preset, "settings": nested})


def config_from_dict(nested: Nested, *, saved: bool = False) -> RunConfig:
    """Check a nested dictionary; what it leaves out comes from its preset. Raises ConfigError.

    saved: it was written whole. What it lacks is younger than it is, and a setting's default is what was done before
    there was the setting.
    """
    method, preset = str(nested["method"]), str(nested["preset"])
    entry = method_of(method)
    if preset not in entry.presets:
        raise ConfigError(f"unknown preset {preset!r} of {method}: choose from {', '.join(entry.presets)}")
    settings = nested["settings"]
    if not isinstance(settings, Mapping):
        raise ConfigError("settings must be tables of keys")
    defaults = asdict(entry.settings() if saved else entry.presets[preset]())
    _refuse_unknown(settings, defaults, "")
    return RunConfig(method, preset, _validate(entry.settings, _merge(defaults, settings)))


def config_to_dict(config: RunConfig) -> dict[str, object]:
    """The inverse of `config_from_dict`."""
    return {"method": config.method, "preset": config.preset, "settings": asdict(config.settings)}


def flat_settings(config: RunConfig) -> tuple[tuple[str, str], ...]:
    """Every setting as ("section.key", "value"), for people."""
    sections = asdict(config.settings)
    return tuple((f"{section}.{key}", str(value)) for section, keys in sections.items() for key, value in keys.items())


def _validate(settings: type[MethodSettings], nested: Nested) -> MethodSettings:
    try:
        return TypeAdapter(settings).validate_python(nested)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"setting {key!r}: {first['msg']}, got {first['input']!r}") from error


def _refuse_unknown(nested: Nested, known: Nested, above: str) -> None:
    for key, value in nested.items():
        if key not in known:
            raise ConfigError(f"unknown setting {above + key!r}: there are {', '.join(above + name for name in known)}")
        below = known[key]
        if isinstance(below, Mapping):
            if not isinstance(value, Mapping):
                raise ConfigError(f"setting {above + key!r} is a table of {', '.join(below)}, got {value!r}")
            _refuse_unknown(value, below, f"{above}{key}.")


def _read_toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # it may be nested without end
        raise ConfigError(f"{file} is not TOML: {error}") from error


def _parse_change(change: str) -> dict[str, object]:
    name, equals, value = change.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (equals and dot and section and key):
        raise ConfigError(f"a change is written section.key=value, got {change!r}")
    try:
        parsed: object = tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        parsed = value  # a bare word is text
    return {section: {key: parsed}}


def _merge(base: Nested, changes: Nested) -> dict[str, object]:
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
