"""Arrays out of MATLAB files. What reads these is asked for when there is one: it is an extra, `matlab`.

They are parsed by the C code of scipy and of HDF5, which a crafted file may crash: open those of people you trust only.
How large one is when it is unpacked is found out before anybody takes memory for it.
"""

import struct
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, DataError

MOST_UNPACKED = 1 << 30  # bytes: a zipped file of zeros packs a thousandfold
HEAD, PACKED = 128, 15  # bytes of a file's head; the kind of an element that is zipped
PIECE = 1 << 20
OWN, HDF5 = 512, b"\x89HDF\r\n\x1a\n"  # bytes of MATLAB's own before the HDF5 of a file of version 7.3


def is_hdf5(path: Path) -> bool:
    """Whether a file is HDF5, as MATLAB's are from version 7.3 on; one that cannot be read is left to who reads it."""
    try:
        with path.open("rb") as file:
            begins = file.read(OWN + len(HDF5))
    except OSError:
        return False
    return HDF5 in (begins[: len(HDF5)], begins[OWN:])


def require_reader(path: Path) -> None:
    """Raise ConfigError where what reads this MATLAB file is not installed."""
    reader = "h5py" if is_hdf5(path) else "scipy"
    if find_spec(reader) is None:
        raise ConfigError(f"{path} is a MATLAB file, which {reader} reads: pip install 'unusual[matlab]'")


def arrays_in(path: Path, *names: str) -> dict[str, NDArray[np.generic]]:
    """The arrays of these names, or all, of a file of version 5 to 7.2; a cell array has the type object.

    Raises:
        DataError: it cannot be read, or unpacks to more than memory is for.
        ConfigError: what reads it is not installed.
    """
    require_reader(path)
    from scipy.io import loadmat

    try:
        refuse_overlarge(path)
        found = loadmat(path, variable_names=names or None)
    except DataError:
        raise
    except Exception as error:  # a damaged file makes scipy raise almost anything
        raise DataError(f"cannot read {path} as a MATLAB file: {error}") from error
    return {name: np.asarray(each) for name, each in found.items() if not name.startswith("__")}


def hdf5_cells(path: Path, name: str) -> Iterator[NDArray[np.generic]]:
    """The cells of a cell array of a file of version 7.3, one after the other.

    Raises:
        DataError: it cannot be read, has no such array, or one cell unpacks to more than memory is for.
        ConfigError: what reads it is not installed.
    """
    require_reader(path)
    import h5py

    try:
        with h5py.File(path) as file:  # cells are references, and every array is transposed
            for reference in file[name][()].ravel():
                if (size := file[reference].nbytes) > MOST_UNPACKED:
                    raise DataError(f"{path} unpacks to {size / 1e9:.1f} GB a cell")
                yield file[reference][()].T
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise DataError(f"{path} must hold a cell array named {name}: {error}") from error


def refuse_overlarge(path: Path, most: int = MOST_UNPACKED) -> None:
    """Raise DataError where a MATLAB file of version 5 to 7.2 unpacks to more than `most` bytes.

    One that is damaged is left to whoever reads it.
    """
    size = 0
    with path.open("rb") as file:
        order = ">" if file.read(HEAD)[-2:] == b"MI" else "<"
        while len(tag := file.read(8)) == 8:
            kind, left = struct.unpack(f"{order}II", tag)
            if kind != PACKED:
                file.seek(left, 1)
                continue
            unzip = zlib.decompressobj()
            while left and (packed := file.read(min(left, PIECE))):
                left -= len(packed)
                while packed:
                    try:
                        size += len(unzip.decompress(packed, PIECE))
                    except zlib.error:
                        return
                    packed = unzip.unconsumed_tail
                    if size > most:
                        raise DataError(f"{path} unpacks to more than {most / 1e9:.1f} GB: save it without compression")
