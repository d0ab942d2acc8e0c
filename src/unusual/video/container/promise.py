"""What a container's header promises, held against what its bytes hold and what came of them."""

import re
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from unusual.video.container.layout import Layout

USUAL_RATE = Fraction(25)  # frames per second where nobody says
NO_STAMPS = 0x80  # FFmpeg's AVFMT_NOTIMESTAMPS
STAMPLESS = {"mpjpeg", "mjpeg", "image2pipe"}  # and the formats named *_pipe: FFmpeg makes up the stamps, 25 a second
TELLS_RATE = {"h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4", "vc1"}  # codecs whose own head may hold the rate
TAIL = 0.05  # of a file's bytes, which an index at its end may take
PACKET_SIZES = (188, 192, 204)  # of a transport stream


@dataclass(slots=True)
class Passed:
    """What packets said as they were read.

    reached: bytes of the file up to which they came. others_end: where the other streams end, seconds.
    hidden: of pictures that an edit list hides: decoded for others to refer to, never shown.
    fed: that hold pictures, or fields of them. fields: whether a picture may come in two of them.
    indexed: entries of the index, which is whole at the end.
    """

    reached: int = 0
    others_end: Fraction = Fraction(0)
    hidden: int = 0
    fed: int = 0
    fields: bool = False
    indexed: int = 0


class Promise:
    """What a container says of its pictures.

    rate: frames per second, None where nobody says. period: seconds from frame to frame, by that or a usual rate.
    expected: frames, an estimate where only a duration is known; None where nothing is.
    stampless: whether the container carries no time stamps. told: whether its times are its own, or follow from a rate
    that its pictures carry.

    Args:
        layout: of a file, None of anything else.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, layout: Layout | None) -> None:
        name, codec = container.format.name, stream.codec_context
        self._stream, self._layout, self._name = stream, layout, name
        self.stampless = bool(container.format.flags & NO_STAMPS) or name in STAMPLESS or name.endswith("_pipe")
        self.rate = stream.average_rate or stream.guessed_rate or None
        if name == "avi" and codec.framerate and self.rate and 0 < len(stream.index_entries) < stream.frames:
            self.rate = min(self.rate, codec.framerate)  # an AVI with B-frames counts a packet that is empty for each
        self.told = not self.stampless
        if self.stampless and codec.name in TELLS_RATE and codec.framerate:
            self.rate, self.told = codec.framerate, True
        self.period = 1 / (self.rate or USUAL_RATE)
        self._bytes = container.size if layout is None else layout.size
        self._frames, self._duration = self._numbers(container)
        self.expected = self._frames or (round(self._duration / self.period) if self._duration else None)
        self._passed = Passed(indexed=len(stream.index_entries))
        self._start = Fraction(container.start_time or 0, av.time_base)

    def _numbers(self, container: InputContainer) -> tuple[int | None, Fraction | None]:
        """Frames and seconds that the header promises, as far as they make sense."""
        stream = self._stream
        frames, duration = stream.frames or None, _tagged_duration(stream.metadata.get("DURATION", ""))
        self._slack = self.period * 3 / 2
        self._own_duration = duration is not None
        if duration is None and container.duration:
            duration = Fraction(container.duration, av.time_base)
            if len(container.streams) > 1:  # it is that of the longest stream, maybe the sound
                self._slack = Fraction(1)
        if frames and frames > self._bytes > 0:  # a placeholder: a frame takes a byte at the least
            return None, None
        lies = duration and self.period > duration  # the clock does: then an edit list that is right leaves a frame
        if "mp4" in self._name and len(stream.index_entries) < stream.frames and not lies:
            frames = None  # an edit list cuts some off, or the index is damaged: the duration must tell
        return frames, duration

    def saw(self, packet: "Packet[Stream]") -> None:
        """Take note of a packet of any stream as it is read."""
        passed = self._passed
        passed.reached = max(passed.reached, (packet.pos or 0) + packet.size)
        if packet.stream.index == self._stream.index:
            passed.hidden += packet.is_discard
            passed.fed += packet.size > 0
        elif packet.dts is not None and packet.time_base:
            end = (packet.dts + (packet.duration or 0)) * packet.time_base - self._start
            passed.others_end = max(passed.others_end, end)

    def ended(self) -> None:
        """Say that the last packet was read: the index is whole by now. After this the container may be closed."""
        self._passed.indexed = len(self._stream.index_entries)

    def in_fields(self) -> None:
        """Say that a picture may come in two packets, a field each: the rate, too, may be that of the fields."""
        self._passed.fields = True
        own = self._stream.codec_context.framerate
        if self.rate and own and self.rate == 2 * own:
            self.rate, self.period = own, 1 / own
            self.expected = self.expected and self.expected // 2

    def kept(self, decoded: int, end: Fraction, *, live: bool, gaps: int) -> tuple[int | None, list[str]]:
        """Say how many frames there should be, if more than `decoded`, and what is missing in words.

        Args:
            decoded: frames that were decoded. end: seconds at which the last of them ends.
            live: the end of the stream is not that of the video. gaps: frames that seem to be missing in between.
        """
        expected, wrong = None, []
        if frames := self._frames_held():
            expected = max(decoded, frames - self._passed.hidden)
            if decoded < expected:
                wrong.append(f"{expected - decoded} of {expected} frames are missing")
        elif self._duration and not live and not self._whole_avi:
            reached = end if self._own_duration else max(end, self._passed.others_end)
            short = self._duration - reached
            if short > self._slack:
                expected = decoded + max(1, round((self._duration - end) / self.period))
                wrong.append(
                    f"the last {float(self._duration - end):.2f} s of {float(self._duration):.2f} s are missing"
                )
        if gaps and not frames and not live:
            expected = (expected or decoded) + gaps
            wrong.append(f"{gaps} frames seem to be missing in between: the rate is steady but for gaps")
        return expected, wrong + self._unread()

    @property
    def _whole_avi(self) -> bool:
        """Whether it is an AVI that was not cut: then its index, or its bytes, and not its header count."""
        return self._name == "avi" and not (self._layout and self._layout.cut)

    def _frames_held(self) -> int | None:
        """Frames by the index, else by the header; an AVI's header counts empty packets too, its index does not."""
        frames = self._frames
        if frames and self._whole_avi:
            frames = self._passed.indexed or None
        return None if frames and self._passed.fields and self._passed.fed >= frames else frames

    def _unread(self) -> list[str]:
        """What lies in the file's bytes and was not read."""
        layout, reached = self._layout, self._passed.reached
        if layout and layout.more and layout.end is not None:
            rest = layout.size - max(layout.end, reached)
            if reached <= layout.end or rest > TAIL * layout.size:  # read on: an index alone is left
                return [f"{rest} of the file's {layout.size} bytes are not read: another recording follows the first"]
        if "mpegts" in self._name and self._bytes > 0 and all(self._bytes % size for size in PACKET_SIZES):
            return ["it is no whole number of packets: cut off, or garbage lies in it"]
        return []


def _tagged_duration(tag: str) -> Fraction | None:
    """Read what Matroska and WebM note for each stream, "00:01:02.500000000", in seconds."""
    found = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", tag)
    return int(found[1]) * 3600 + int(found[2]) * 60 + Fraction(found[3]) if found else None
