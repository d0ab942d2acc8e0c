"""A stream that FFmpeg opens, a file, camera or URL -> Pictures.

Four signs of damage are gathered: errors, packets and frames marked corrupt, lines in FFmpeg's log, and fewer frames
or less time than the container promises.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from time import monotonic

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from unusual.video.decoding import (
    DAMAGE,
    Limits,
    Picture,
    RgbConverter,
    cannot_read,
    check_time,
    reason,
    refuse_large,
    too_large,
)

JUMP_S = 1  # seconds; smaller steps back are a camera's unsteady clock
MOST_SKIPPED = 250  # frames before the first key frame of a camera
PATIENCE = 100  # errors in a row after which the rest of a file is given up


class StreamSource:
    """A file, camera or URL that FFmpeg opens: its first video stream that is not the cover of an album.

    Args:
        target: what FFmpeg opens. name: what messages call it; holds no password.
        formats: FFmpeg's name of the input device for a camera, None to find out from the content.
        options: FFmpeg's options for opening. endless: the end of the stream is never the end of the video; None where
            that shows when it is opened.

    Raises:
        VideoError: it cannot be opened, has no pictures, or they are larger than the limits allow.
    """

    def __init__(
        self,
        target: str,
        name: str,
        limits: Limits,
        options: dict[str, str],
        *,
        device: str | None = None,
        endless: bool | None,
    ) -> None:
        self.name = name
        self._limits = limits
        self._container, logs = open_container(target, name, limits, options, device)
        try:
            self._stream = self._video_stream(logs)
            self._promise(endless)
        except BaseException:
            self._container.close()
            raise
        self._end = Fraction(0)  # where the last frame's time ends by the container's own clock, seconds
        self._undisplayed = 0  # packets that an edit list hides: decoded for others to refer to, never shown
        self._damages = 0
        self._first_damage: Fraction | None = None
        self._broke_off = ""
        self._clock = Clock(1 / self._period)
        self._convert = RgbConverter(name, limits)

    def _video_stream(self, logs: list[tuple[int, str, str]]) -> VideoStream:
        streams = [s for s in self._container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams:
            came = "sound only" if self._container.streams.audio else "no pictures"
            raise cannot_read(self.name, came, "give a file with moving pictures")
        stream = streams[0]
        if stream.codec_context is None:
            raise cannot_read(self.name, "a codec that this FFmpeg does not know", "convert it to H.264")
        if stream.width == 0:  # FFmpeg held back from a frame over the limit
            refuse_large(logs, self.name, self._limits)
        if stream.width * stream.height > self._limits.pixels:
            raise too_large(self.name, f"{stream.width}x{stream.height}", self._limits)
        stream.codec_context.thread_count = 1  # log lines of other threads, signs of damage, would be lost
        return stream

    def _promise(self, endless: bool | None) -> None:
        """Read what the header says of rate, number of frames and duration."""
        stream, container = self._stream, self._container
        self.rate = stream.average_rate or stream.guessed_rate or None
        self._period = 1 / (self.rate or Fraction(25))
        self._frames: int | None = stream.frames or None
        if "mp4" in container.format.name and len(stream.index_entries) < stream.frames:
            self._frames = None  # an edit list cuts some off, or the index is damaged: the duration must tell
        own = _tagged_duration(stream.metadata.get("DURATION", ""))
        self._slack = self._period * 3 / 2
        if own is None and container.duration:
            own = Fraction(container.duration, av.time_base)
            if len(container.streams) > 1:  # it is that of the longest stream, maybe the sound
                self._slack = Fraction(1)
        self._duration = own
        self.expected = self._frames or (round(own / self._period) if own else None)
        size = container.size
        self.is_endless = self.expected is None and size <= 0 if endless is None else endless
        self._cut_packet = "mpegts" in container.format.name and size > 0 and all(size % n for n in (188, 192, 204))

    def pictures(self) -> Iterator[Picture]:
        """See PictureSource."""
        for index, frame in enumerate(self._whole_frames()):
            unit = frame.time_base or self._stream.time_base  # flushed frames have lost theirs
            stamp = None if frame.pts is None or unit is None else frame.pts * unit
            if stamp is not None:
                self._end = max(self._end, stamp + self._period)
            time = self._clock.time(stamp)
            yield Picture(index, time, *self._convert(frame), self._clock.jumped)

    def _whole_frames(self) -> Iterator[av.VideoFrame]:
        """The frames; of a camera that is joined between two key frames, from the next key frame on.

        Those before it lack their ground and come grey or smeared. Some cameras never send one: so many are left out.
        """
        skipped = 0 if self.is_endless else MOST_SKIPPED
        for frame in self._frames_decoded():
            if not frame.key_frame and skipped < MOST_SKIPPED:
                skipped += 1
                continue
            skipped = MOST_SKIPPED
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
            corrupt = any(frame.is_corrupt for frame in frames)
            if packet is not None:
                corrupt |= packet.is_corrupt
                self._undisplayed += packet.is_discard
            if logs or failed or corrupt:
                self._note_damage()
            check_time(started, self.name, self._limits)
            for frame in frames:
                yield frame
                started = monotonic()

    def _packets(self) -> "Iterator[Packet[VideoStream] | None]":
        """Every packet that can still be reached; None at the end lets the decoder hand over what it holds back."""
        errors = 0
        while errors < PATIENCE:
            try:
                for packet in self._container.demux(self._stream):
                    errors = 0
                    yield packet
                return
            except av.error.InvalidDataError:  # what comes after the damage may be sound: go on
                errors += 1
                self._note_damage()
            except DAMAGE as error:
                self._broke_off = reason(error)
                break
        yield None

    def _note_damage(self) -> None:
        self._damages += 1
        if self._first_damage is None:
            self._first_damage = self._clock.last

    def verdict(self, decoded: int) -> tuple[int | None, list[str], list[str]]:
        """See PictureSource."""
        expected, wrong = None, []
        if self._broke_off:
            wrong.append(f"reading broke off: {self._broke_off}")
        elif self.is_endless:
            wrong.append("the live stream ended")
        if self._damages:
            near = float(self._first_damage or 0)
            wrong.append(f"damaged data (count: {self._damages}), first near {near:.2f} s")
        if self._frames:
            expected = max(decoded, self._frames - self._undisplayed)
            if decoded < expected:
                wrong.append(f"{expected - decoded} of {expected} frames are missing")
        elif self._duration and not self.is_endless:
            short = self._duration - max(self._end, self._clock.last + self._period)
            if short > self._slack:
                expected = decoded + max(1, round(short / self._period))
                wrong.append(f"the last {float(short):.2f} s of {float(self._duration):.2f} s are missing")
        if gaps := 0 if self._frames or self.is_endless else self._clock.gaps():
            expected = (expected or decoded) + gaps
            wrong.append(f"{gaps} frames seem to be missing in between: the rate is steady but for gaps")
        if self._cut_packet:
            wrong.append("the file ends in the middle of a packet")
        return expected, wrong, self._clock.repairs()

    def close(self) -> None:
        """See PictureSource."""
        self._container.close()


class Clock:
    """Time stamps as the source gives them -> times since the first frame that rise strictly.

    A missing stamp, or one that does not rise, is replaced by the previous time plus one frame; the stamps after one
    that jumped back are counted on from there.
    """

    def __init__(self, rate: Fraction) -> None:
        self._rate = rate
        self._start: Fraction | None = None
        self._frames = 0
        self._repaired = 0
        self._steady = 0  # frames that came when they were expected
        self._gaps = 0  # frames that would fill the longer pauses
        self.last = Fraction(0)
        self.jumped = False  # the last stamp was more than JUMP_S before the one before it

    def time(self, stamp: Fraction | None) -> Fraction:
        """Return the time of the next frame, in seconds. stamp: seconds on the source's clock, None where missing."""
        expected = self.last + 1 / self._rate if self._frames else Fraction(0)
        self.jumped = False
        if stamp is None:
            now = expected
            self._repaired += 1
        else:
            if self._start is None:
                self._start = stamp - expected
            now = stamp - self._start
            self.jumped = now < self.last - JUMP_S
            if self._frames and now <= self.last:
                now, self._start = expected, stamp - expected
                self._repaired += 1
        steps = round((now - self.last) * self._rate)
        self._steady += abs(now - expected) * self._rate < Fraction(1, 10)
        self._gaps += max(0, steps - 1)
        self._frames += 1
        self.last = now
        return now

    def gaps(self) -> int:
        """Frames that are missing between others; 0 where the rate varies, as pauses mean nothing there."""
        return self._gaps if self._steady >= 0.9 * self._frames else 0

    def repairs(self) -> list[str]:
        """Say in a line, if any stamp was replaced, how many."""
        if not self._repaired:
            return []
        rate = f"{float(self._rate):g} frames per second"
        return [f"{self._repaired} of {self._frames} time stamps were missing or did not rise: set by {rate}"]


def open_container(
    target: str, name: str, limits: Limits, options: dict[str, str], device: str | None
) -> tuple[InputContainer, list[tuple[int, str, str]]]:
    """Open a file, URL or device; return it with FFmpeg's log. Raises VideoError, which holds `name`, not `target`."""
    with av.logging.Capture() as logs:
        try:
            return av.open(
                target,
                "r",
                format=device,
                options={"max_pixels": str(limits.pixels), **options},
                metadata_errors="replace",
                timeout=limits.decode_s,
            ), logs
        except av.error.ExitError:
            why = f"no answer within {limits.decode_s:g} s"
        except av.error.ArgumentError:  # also what FFmpeg says of a format that is not on our list
            why = "a broken file, or a playlist, which names other files"
        except DAMAGE as error:
            why = reason(error)
    # Raised out here, so that no traceback shows FFmpeg's error: it holds the URL with its password.
    refuse_large(logs, name, limits)
    raise cannot_read(name, why, "check that it is there, that it is a video, and that it plays")


def _tagged_duration(tag: str) -> Fraction | None:
    """Read what Matroska and WebM note for each stream, "00:01:02.500000000", in seconds."""
    found = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", tag)
    return int(found[1]) * 3600 + int(found[2]) * 60 + Fraction(found[3]) if found else None
