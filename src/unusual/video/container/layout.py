"""How a file is built, by its bytes alone: where the recording that it begins with ends. Nothing is decoded."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
EBML, SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
RIFF_OPEN = (0, 0xFFFFFFFF)  # what stands for the size where the writer could not go back to it
FLV_TAGS = (8, 9, 18)  # sound, picture, data
BLANK = 4096  # bytes after the end that are looked at: recorders fill a file up with zeros
NONSENSE = 1 << 48  # bytes: no file is so long, a writer left its placeholder there


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file's structure says.

    size: bytes of the file. end: where its first recording ends, None where the structure does not say; beyond `size`
    where the file was cut. more: whether something follows there that is not blank.
    """

    size: int
    end: int | None = None
    more: bool = False

    @property
    def cut(self) -> bool:
        """Whether the file ends before its structure does."""
        return self.end is not None and self.end > self.size


def layout_of(path: Path) -> Layout:
    """Walk through the file's outermost parts: MP4 and MOV, AVI, FLV, ASF and WMV, Matroska and WebM.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        end = next((walk(file, size) for fits, walk in WALKS if fits(head)), None)
        if end is None or end >= size:
            return Layout(size, None if end is None or end > NONSENSE else end)
        file.seek(end)
        return Layout(size, end, any(file.read(BLANK)))


def _riff(file: BinaryIO, size: int) -> int | None:
    """RIFF parts of 4 bytes name, 4 bytes size; a large AVI goes on in parts of its own kind, AVIX."""
    end = 0
    while end < size:
        file.seek(end)
        head = file.read(12)
        if head[:4] != b"RIFF" or (end and head[8:12] != b"AVIX"):
            break
        length = int.from_bytes(head[4:8], "little")
        if length in RIFF_OPEN:
            return None
        end += 8 + length + length % 2
    return end


def _boxes(file: BinaryIO, size: int) -> int | None:
    """Boxes of 4 bytes size, 4 bytes name. A second index, or a second beginning, is another recording's."""
    place, seen, whole = 0, set[bytes](), 0
    while place < size:
        file.seek(place)
        head = file.read(16)
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:  # to the end of the file
            length = size - place
        if length < 8 or not (name.isascii() and name.strip().isalnum()):
            return place if seen else None
        if name in (b"ftyp", b"moov") and name in seen:
            return whole or place
        seen.add(name)
        place += length
        if not whole and {b"moov", b"mdat"} <= seen:
            whole = place
    return place


def _flv(file: BinaryIO, size: int) -> int | None:
    """After a head of 9 bytes, tags of kind, 3 bytes size and 7 more; 4 bytes of the tag's length follow each."""
    place = 13
    while place + 11 <= size:
        file.seek(place)
        head = file.read(4)
        if head[0] & 0x1F not in FLV_TAGS:
            return place
        place += 15 + int.from_bytes(head[1:4], "big")
    return place


def _asf(file: BinaryIO, size: int) -> int | None:
    """Objects of 16 bytes name, 8 bytes size; the second head is another recording's."""
    place = 0
    while place + 24 <= size:
        file.seek(place)
        head = file.read(24)
        if place and head[:16] == ASF_HEADER:
            break
        length = int.from_bytes(head[16:], "little")
        if length < 24:
            return None
        place += length
    return place


def _matroska(file: BinaryIO, size: int) -> int | None:
    """An EBML head, and a segment that says its size, or that goes on for as long as it does."""
    place = 0
    for name in (EBML, SEGMENT):
        file.seek(place)
        head = file.read(12)
        if head[:4] != name or not head[4]:
            return None
        digits = 9 - head[4].bit_length()  # bytes of the size, by the zeros before its first one
        length = int.from_bytes(head[4 : 4 + digits], "big") - (1 << 7 * digits)
        if length == (1 << 7 * digits) - 1:
            return None
        place += 4 + digits + length
    return place


WALKS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO, int], int | None]], ...] = (
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"AVI ", _riff),
    (lambda head: head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"), _boxes),
    (lambda head: head[:4] == b"FLV\x01", _flv),
    (lambda head: head[:16] == ASF_HEADER, _asf),
    (lambda head: head[:4] == EBML, _matroska),
)
