"""Libraries that only some commands need, told in one line where they are missing."""

from unusual.errors import ConfigError


def needs_torch() -> None:
    """Raise ConfigError with what to do when the networks' libraries are not installed."""
    try:
        import safetensors
        import torch
    except ImportError as error:
        raise ConfigError(f"this needs {error.name}: pip install 'unusual[train]'") from error
    assert safetensors and torch  # noqa: S101
