"""How large a MATLAB file is when it is unpacked: found out before anybody takes memory for it."""

import struct
import zlib
from pathlib import Path

from unusual.errors import DataError

MOST_UNPACKED = 1 << 30  # bytes: a zipped file of zeros packs a thousandfold
HEAD, PACKED = 128, 15  # bytes of a file's head; the kind of an element that is zipped
PIECE = 1 << 20


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
