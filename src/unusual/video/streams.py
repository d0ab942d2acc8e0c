"""A stream that FFmpeg opens, a file, camera or URL -> Pictures.

Signs of damage are gathered: errors, packets and frames marked corrupt, lines in FFmpeg's log, and fewer frames or less
time than the container promises and its bytes can hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic
from typing import Protocol, cast

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from unusual.errors import VideoError
from unusual.video.address.redirects import Redirects
from unusual.video.condition.levels import Levels
from unusual.video.container.entrance import enter, from_stamp
from unusual.video.container.layout import Layout
from unusual.video.container.promise import Promise
from unusual.video.container.stamps import Clock, DisplayOrder
from unusual.video.decoding import (
    DAMAGE,
    Limits,
    Picture,
    ReadVerdict,
    RgbConverter,
    cannot_read,
    check_time,
    reason,
    refuse_large,
    too_large,
)

MOST_SKIPPED = 250  # frames before the first key frame of a camera
PATIENCE = 100  # errors in a row after which the rest of a file is given up
RESYNC = 4096  # bytes of garbage in a transport stream that FFmpeg passes over in silence
GARBAGE = 100_000  # times RESYNC bytes of it in a row after which the rest of a file is given up
NO_CLOCK = "Invalid mdhd time scale"  # FFmpeg's words; it goes on with one tick a second
ELSEWHERE = "where that is right, add #hosts=HOST:PORT to the address"
SNAPSHOT = "a single picture, as a snapshot address does: give the address of the stream"
MICROSECOND = Fraction(1, 1_000_000)


class Fetching(Protocol):
    """Opens a file that FFmpeg asks for. refused: where it would have led that is not allowed, in words, or ""."""

    @property
    def refused(self) -> str:
        """In words."""

    def __call__(self, url: str, flags: int, options: dict[str, str]) -> object:
        """Give what can be read. Raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How FFmpeg comes to a stream.

    target: what it opens. options: for opening. device: its name of the input device of a camera, None to find out the
    format from the content. fetch: opens for it what a playlist names. watched: the address, where its redirects are
    to be watched. start: the stamp of the key frame to begin with, None for the beginning.
    """

    target: str
    options: dict[str, str]
    device: str | None = None
    fetch: Fetching | None = None
    watched: str = ""
    start: Fraction | None = None


@dataclass(slots=True)
class Damage:
    """What went wrong on the way. first_s: where; broke_off: why there was no more to read; corrupt: pictures."""

    count: int = 0
    first_s: float = 0.0
    broke_off: str = ""
    corrupt: int = 0

    def note(self, near: Fraction) -> None:
        """Count one more, `near` seconds from the start."""
        self.first_s = self.first_s if self.count else float(near)
        self.count += 1

    def words(self, *, live: bool) -> list[str]:
        """A line each."""
        said = [f"reading broke off: {self.broke_off}"] if self.broke_off else ["the live stream ended"] * live
        if self.count:
            said.append(f"damaged data (count: {self.count}), first near {self.first_s:.2f} s")
        if self.corrupt:
            said.append(f"{self.corrupt} pictures are damaged: left out")
        return said


class StreamSource:
    """A file, camera or URL that FFmpeg opens: its main video stream, as players choose it, and no album's cover.

    Args:
        name: what messages call it; holds no password.
        endless: the end of the stream is never the end of the video; None where that shows when it is opened.
        layout: of a file.

    Raises:
        VideoError: it cannot be opened, has no pictures, or they are larger than the limits allow.
    """

    def __init__(
        self, way: Way, name: str, limits: Limits, *, endless: bool | None, layout: Layout | None = None
    ) -> None:
        self.name = name
        self._limits = limits
        self._container, logs = open_container(way, name, limits)
        try:
            self._stream, self._others = main_stream(self._container, name, limits, logs)
            self._promise = Promise(self._container, self._stream, layout)
            if way.start is not None:
                enter(self._container, self._stream, way.start, name)
        except BaseException:
            self._container.close()
            raise
        self.is_endless = self.expected is None and self._container.size <= 0 if endless is None else endless
        self._may_be_snapshot = endless is not False and self._container.format.name.endswith(("image2", "_pipe"))
        self._begin = way.start
        self._end = Fraction(0)  # where the last frame's time ends by the container's own clock, seconds
        self._damage = Damage()
        if any(NO_CLOCK in line for _, _, line in logs):
            self._damage.note(Fraction(0))
        self._order = DisplayOrder()
        self._clock = Clock(1 / self._promise.period)
        self._convert = RgbConverter(name, limits, self._stream.sample_aspect_ratio)

    @property
    def rate(self) -> Fraction | None:
        """See PictureSource."""
        return None if self._arrives else self._promise.rate

    @property
    def expected(self) -> int | None:
        """See PictureSource."""
        return self._promise.expected

    @property
    def _arrives(self) -> bool:
        """Whether the time at which a frame comes is the only one there is."""
        return self.is_endless and self._promise.stampless

    @property
    def levels(self) -> Levels | None:
        """See PictureSource."""
        return self._convert.levels

    def pictures(self) -> Iterator[Picture]:
        """See PictureSource."""
        for index, (time, jumped, frame) in enumerate(self._clock.times(self._stamped())):
            self._damage.corrupt += frame.is_corrupt
            yield Picture(index, time, *self._convert(frame), jumped, frame.is_corrupt)

    def _stamped(self) -> Iterator[tuple[Fraction | None, av.VideoFrame]]:
        for frame in self._whole_frames():
            if self._arrives:
                yield round(monotonic() / MICROSECOND) * MICROSECOND, frame
                continue
            unit = frame.time_base or self._stream.time_base  # flushed frames have lost theirs
            stamp = None
            if frame.pts is not None and unit is not None:
                stamp = self._order.show(frame.pts * unit, self._stream.codec_context.reorder_depth)
                self._end = max(self._end, stamp + self._promise.period)
            yield stamp, frame

    def _whole_frames(self) -> Iterator[av.VideoFrame]:
        frames = self._frames_decoded()
        if self._begin is not None:
            frames = from_stamp(frames, self._begin, self.name)
        for frame in from_key_frame(frames) if self.is_endless else frames:
            if frame.interlaced_frame:
                self._promise.in_fields()
            yield frame

    def _frames_decoded(self) -> Iterator[av.VideoFrame]:
        packets = self._packets()
        started = monotonic()
        while True:
            with av.logging.Capture() as logs:
                try:
                    packet = next(packets)
                except StopIteration:
                    return
                try:
                    frames, failed = self._stream.decode(packet), False
                except DAMAGE:
                    frames, failed = [], True
            refuse_large(logs, self.name, self._limits)
            corrupt = any(frame.is_corrupt for frame in frames) or (packet is not None and packet.is_corrupt)
            if failed or corrupt or any(level <= av.logging.ERROR for level, _, _ in logs):
                self._damage.note(self._clock.last)
            check_time(started, self.name, self._limits)
            for frame in frames:
                yield frame
                started = monotonic()

    def _packets(self) -> "Iterator[Packet[VideoStream] | None]":
        """Every packet that can still be reached; None at the end lets the decoder hand over what it holds back."""
        errors, stamps = 0.0, False
        while errors < PATIENCE:
            try:
                for packet in self._container.demux():
                    errors = 0
                    self._promise.saw(packet)
                    if self._may_be_snapshot and 0 < self._container.size <= packet.size:
                        raise VideoError(f"cannot read {self.name} as video: it sends {SNAPSHOT}")
                    if packet.stream.index != self._stream.index:
                        continue
                    stamps |= packet.pts is not None
                    if not stamps:  # the order of decoding is all there is
                        packet.pts = packet.dts
                    if packet.pts is not None and packet.time_base and packet.size and not packet.is_discard:
                        self._order.feed(packet.pts * packet.time_base)
                    yield cast("Packet[VideoStream]", packet)
                self._promise.ended()
                return
            except av.error.InvalidDataError:  # what comes after the damage may be sound: go on
                errors += 1
                self._damage.note(self._clock.last)
            except av.error.BlockingIOError as error:  # garbage in a transport stream; of a camera, its end
                errors += PATIENCE / GARBAGE
                self._damage.note(self._clock.last)
                if self.is_endless:
                    self._damage.broke_off = reason(error)
                    break
            except DAMAGE as error:
                self._damage.broke_off = reason(error)
                break
        self._promise.ended()
        yield None

    def verdict(self, decoded: int) -> ReadVerdict:
        """See PictureSource."""
        gaps = 0 if self._arrives else self._clock.gaps()
        end = max(self._end, self._clock.last + self._promise.period)
        expected, missing = self._promise.kept(decoded, end, live=self.is_endless, gaps=gaps)
        repaired = [*self._others, *self._convert.words(), *self._clock.repairs()]
        if self._order.mended:
            repaired.append("the container keeps the order of decoding alone: times are set in the order of display")
        if not (self._promise.told or self._arrives):
            repaired.append(f"it carries no time stamps: {1 / self._promise.period} frames per second are assumed")
        wrong = [*self._damage.words(live=self.is_endless), *missing]
        if self.is_endless and self._may_be_snapshot and decoded <= 1:
            wrong = [f"it sends {SNAPSHOT}"]
        timed = self._arrives or (self._promise.told if self._promise.stampless else self._clock.trusted)
        return ReadVerdict(expected, wrong, repaired, timed)

    def close(self) -> None:
        """See PictureSource."""
        self._container.close()


def from_key_frame(frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """The frames of a camera that is joined between two key frames, from the next key frame on.

    Those before it lack their ground and come grey or smeared. Some cameras never send one: so many are left out.
    """
    skipped = 0
    for frame in frames:
        if not frame.key_frame and skipped < MOST_SKIPPED:
            skipped += 1
            continue
        skipped = MOST_SKIPPED
        yield frame


def main_stream(
    container: InputContainer, name: str, limits: Limits, logs: list[tuple[int, str, str]]
) -> tuple[VideoStream, list[str]]:
    """The video stream that players choose, and what there is beside it, in words. Raises VideoError."""
    best = container.streams.best("video")
    tracks = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    tracks.sort(key=lambda track: track is not best)
    if not tracks:
        came = "sound only" if container.streams.audio else "no pictures"
        raise cannot_read(name, came, "give a file with moving pictures")
    stream = tracks[0]
    if stream.codec_context is None:
        raise cannot_read(name, "a codec that this FFmpeg does not know", "convert it to H.264")
    if stream.width == 0:  # FFmpeg held back from a frame over the limit
        refuse_large(logs, name, limits)
    if stream.width * stream.height > limits.pixels:
        raise too_large(name, f"{stream.width}x{stream.height}", limits)
    stream.codec_context.thread_count = 1  # log lines of other threads, signs of damage, would be lost
    others = ", ".join(f"{track.width}x{track.height}" for track in tracks[1:])
    return stream, [f"of {len(tracks)} picture tracks the main one is read, and not {others}"] if others else []


def open_container(way: Way, name: str, limits: Limits) -> tuple[InputContainer, list[tuple[int, str, str]]]:
    """Open a file, URL or device; return it with FFmpeg's log. Raises VideoError, which holds `name`, not `target`."""
    redirects = Redirects(way.watched) if way.watched else None
    with redirects or av.logging.Capture() as logs:
        try:
            return av.open(
                way.target,
                "r",
                format=way.device,
                options={"max_pixels": str(limits.pixels), **way.options},
                metadata_errors="replace",
                timeout=limits.decode_s,
                io_open=way.fetch,
            ), logs
        except av.error.ExitError:
            why = f"no answer within {limits.decode_s:g} s"
        except av.error.ArgumentError:  # also what FFmpeg says of a format that is not on our list
            why = "a broken file, or a playlist, which names other files"
        except DAMAGE as error:
            why = reason(error)
    # Raised out here, so that no traceback shows FFmpeg's error: it holds the URL with its password.
    if refused := (redirects and redirects.refused) or (way.fetch and way.fetch.refused):
        raise cannot_read(name, refused, ELSEWHERE)
    refuse_large(logs, name, limits)
    raise cannot_read(name, why, "check that it is there, that it is a video, and that it plays")


def answer_of(way: Way, limits: Limits) -> str:
    """What an address answers that is no video, in words; "" where that cannot be told."""
    try:
        with av.open(way.target, "r", format="data", options=way.options, timeout=limits.decode_s) as container:
            head = bytes(next(container.demux())).lstrip(b"\xef\xbb\xbf \r\n\t")
    except (*DAMAGE, StopIteration):
        return ""
    if b"<html" in head.lower() or head[:14].lower() == b"<!doctype html":
        return "a web page"
    if head[:13].lower() == b"content-type:" or b"\xff\xd8" in head[:200]:
        return "MJPEG whose first part has no boundary before it"
    return "text" if head[:1] in (b"{", b"[", b"<") else ""
