"""What a film's packets say of its frames, without decoding any: how many, where it may be entered, what two share."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from unusual.errors import VideoError
from unusual.video.container.promise import USUAL_RATE
from unusual.video.decoding import DAMAGE, Limits, cannot_read
from unusual.video.reader import LIMITS, way_to_film
from unusual.video.source import Source
from unusual.video.streams import PATIENCE, main_stream, open_container

SAMPLE = 65_536  # bytes of the head, the middle and the tail of a file, by which it is known again


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """A frame from which a film can be decoded. position: of the frame, from 0. stamp: see `open_video`."""

    position: int
    stamp: Fraction


@dataclass(frozen=True, slots=True)
class Film:
    """A film as its packets tell it.

    frames: that are shown. first: stamp of the first. seconds: from the first to the end of the last.
    width, height: as it is coded. rate: frames a second. keys: where it may be entered beside its first frame, in
    order; none where its stamps cannot be trusted.
    """

    frames: int
    first: Fraction
    seconds: Fraction
    width: int
    height: int
    rate: Fraction
    keys: tuple[KeyFrame, ...]

    def key_before(self, position: int) -> KeyFrame | None:
        """The last key frame at or before a frame; None for the film's beginning."""
        return next((key for key in reversed(self.keys) if key.position <= position), None)


def read_film(path: Path, limits: Limits = LIMITS) -> Film:
    """Read a film's packets, all of them, at the pace of the disk.

    Raises:
        VideoError: it is no film, or has no frames.
    """
    stamps: list[tuple[Fraction, bool]] = []
    with _packets(path, limits) as (stream, packets):
        sound = True
        for packet in packets:
            sound &= packet.pts is not None and not packet.is_corrupt
            if not packet.is_discard:  # an edit list hides it
                stamps.append(((packet.pts or 0) * (packet.time_base or Fraction(1)), packet.is_keyframe))
        rate = stream.average_rate or stream.guessed_rate or USUAL_RATE
        width, height = stream.width, stream.height
    if not stamps:
        raise cannot_read(Source.of(path).shown, "it holds no frames", "copy or record it again")
    shown = sorted(stamps)
    rising = sound and len({stamp for stamp, _ in shown}) == len(shown) and stamps[0] == shown[0]
    keys = [KeyFrame(n, stamp) for n, (stamp, key) in enumerate(shown) if key and n] if rising else []
    seconds = shown[-1][0] - shown[0][0] + 1 / rate if rising else len(shown) / rate
    return Film(len(shown), shown[0][0], seconds, width, height, rate, tuple(keys))


def shared_frames(earlier: Path, later: Path, limits: Limits = LIMITS) -> int:
    """How many frames at the head of the later film are those at the tail of the earlier one, packet for packet.

    Recorders write the seconds before an alarm, or around a cut, into both.
    """
    before, after = (_packet_digests(path, limits) for path in (earlier, later))
    for start in (n for n, digest in enumerate(before) if digest == after[0]):
        tail = before[start:]
        if tail == after[: len(tail)]:
            return len(tail)
    return 0


def content_of(path: Path) -> tuple[int, int, str]:
    """By what a file is known again: bytes, when it was changed (ns), and a digest of its size and some of its bytes.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        digest = hashlib.blake2b(str(size).encode(), digest_size=16)
        for place in (0, max(0, size // 2 - SAMPLE // 2), max(0, size - SAMPLE)):
            file.seek(place)
            digest.update(file.read(SAMPLE))
    return size, path.stat().st_mtime_ns, digest.hexdigest()


def _packet_digests(path: Path, limits: Limits) -> list[bytes]:
    with _packets(path, limits) as (_, packets):
        return [hashlib.blake2b(bytes(packet), digest_size=8).digest() for packet in packets]


@contextmanager
def _packets(path: Path, limits: Limits) -> "Iterator[tuple[VideoStream, Iterator[Packet[VideoStream]]]]":
    """The main stream, and its packets that hold something, as far as they can be reached."""
    name = Source.of(path).shown
    try:
        container, logs = open_container(way_to_film(path), name, limits)
    except OSError as error:
        raise VideoError(f"cannot read {name}: {error.strerror}") from error
    with container:
        stream, _ = main_stream(container, name, limits, logs)
        yield stream, _reached(container, stream)


def _reached(container: InputContainer, stream: VideoStream) -> "Iterator[Packet[VideoStream]]":
    for _ in range(PATIENCE):
        try:
            yield from (packet for packet in container.demux(stream) if packet.size)
            return
        except av.error.InvalidDataError:  # what comes after the damage may be sound, as the reader has it
            continue
        except DAMAGE:
            return
