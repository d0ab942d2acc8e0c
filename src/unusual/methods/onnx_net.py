"""Networks that ONNX Runtime runs: what `run/export.py` wrote of a method's `judging.py`."""

from collections.abc import Sequence

import numpy as np

from unusual.errors import ConfigError
from unusual.methods.scorer import Array
from unusual.onnx_file import OnnxFile


class OnnxNet:
    """Runs a network whose inputs hold so many units, no more and no fewer. Meets `Net`.

    A pass that is short of them is filled up with its last unit.

    Raises:
        ConfigError: the size of a pass is left open in the file.
    """

    def __init__(self, file: OnnxFile) -> None:
        sizes = {port.shape[0] if port.shape else None for port in file.inputs}
        if len(sizes) != 1 or None in sizes:
            raise ConfigError(f"{file.path} does not say how many units it takes: run `unusual export` again")
        self._file, self._at_once = file, sizes.pop() or 1

    def run(self, wanted: Sequence[str], *inputs: Array) -> list[Array]:
        """As `Net`. Raises ConfigError where the network does not take these arrays."""
        names, units = [port.name for port in self._file.inputs], len(inputs[0])
        passes = [
            self._file.run(
                {name: self._filled(array, first) for name, array in zip(names, inputs, strict=True)}, wanted
            )
            for first in range(0, units, self._at_once)
        ]
        return [np.concatenate(outputs)[:units] for outputs in zip(*passes, strict=True)]

    def _filled(self, array: Array, first: int) -> Array:
        part = array[first : first + self._at_once]
        missing = self._at_once - len(part)
        return np.concatenate([part, np.repeat(part[-1:], missing, 0)]) if missing else part
