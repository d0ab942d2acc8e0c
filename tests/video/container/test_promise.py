"""Whole is whole, damaged is damaged: what was read is held against what the bytes hold, not what a header says."""

import struct
from fractions import Fraction

import av
import pytest
from video.container.films import FRAMES, film, read

from unusual.domain import Wholeness
from unusual.video.reader import open_video


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".flv", ".wmv", ".avi", ".mkv", ".webm", ".ts"])
def test_two_files_in_one_are_read_to_the_end_or_called_partial(tmp_path, suffix):
    one = film(tmp_path / f"one{suffix}").read_bytes()
    (tmp_path / f"both{suffix}").write_bytes(one + one)
    frames, report = read(tmp_path / f"both{suffix}")
    if len(frames) < 2 * FRAMES:
        assert report.wholeness is Wholeness.PARTIAL
        assert report.problems[0].startswith(f"{len(one)} of the file's {2 * len(one)} bytes are not read")


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".flv", ".wmv", ".mkv"])
def test_a_file_that_is_filled_up_with_zeros_is_whole(tmp_path, suffix):
    path = film(tmp_path / f"a{suffix}")
    path.write_bytes(path.read_bytes() + bytes(50_000))
    frames, report = read(path)
    assert (len(frames), report.wholeness) == (FRAMES, Wholeness.COMPLETE), report


def as_piped(data):
    """An AVI as it comes out of a pipe: no size, no index, and FFmpeg's placeholder of 2^30 frames."""
    data = bytearray(data[: data.rindex(b"idx1")])
    data[4:8] = b"\xff" * 4
    movi = data.index(b"movi")
    data[movi - 4 : movi] = b"\xff" * 4
    avih, strh = data.index(b"avih"), data.index(b"strh")
    data[avih + 24 : avih + 28] = data[strh + 40 : strh + 44] = struct.pack("<I", 1 << 30)
    return bytes(data)


def test_a_placeholder_for_the_number_of_frames_is_no_promise(tmp_path):
    path = film(tmp_path / "a.avi")
    path.write_bytes(as_piped(path.read_bytes()))
    with open_video(path) as video:
        assert video.info.expected_frames is None
        frames = list(video)
    assert (len(frames), video.report.wholeness, video.report.problems) == (FRAMES, Wholeness.COMPLETE, ())


@pytest.mark.parametrize("promised", [31, 500, 5000])
def test_a_header_that_counts_more_than_the_file_holds_makes_no_whole_file_partial(tmp_path, promised):
    path = film(tmp_path / "a.avi")
    data = bytearray(path.read_bytes())
    strh = data.index(b"strh")
    data[strh + 40 : strh + 44] = struct.pack("<I", promised)
    path.write_bytes(data)
    frames, report = read(path)
    assert (len(frames), report.wholeness) == (FRAMES, Wholeness.COMPLETE), report


def test_empty_packets_stand_for_time_and_are_no_missing_frames(tmp_path):
    frames, report = read(film(tmp_path / "a.avi", pts=range(0, FRAMES, 5)))  # the muxer fills the others up
    assert [f.time_s for f in frames] == pytest.approx([i / 25 for i in range(0, FRAMES, 5)])
    assert (report.wholeness, report.problems) == (Wholeness.COMPLETE, ())


def test_b_frames_that_were_moved_into_an_avi_keep_their_rate(tmp_path):
    film(tmp_path / "a.ts", bf="3")
    with av.open(str(tmp_path / "a.ts")) as one, av.open(str(tmp_path / "a.avi"), "w") as other:
        stream = other.add_stream_from_template(one.streams.video[0])
        stream.time_base = Fraction(1, 50)
        for packet in one.demux():
            if packet.dts is not None:
                packet.stream = stream
                other.mux(packet)
    frames, report = read(tmp_path / "a.avi")
    assert (len(frames), report.wholeness) == (FRAMES, Wholeness.COMPLETE), report
    assert frames[-1].time_s == pytest.approx((FRAMES - 1) / 25, abs=0.6 / 25)
    with open_video(tmp_path / "a.avi") as video:
        assert video.info.rate == 25


@pytest.mark.parametrize("suffix", [".mp4", ".flv", ".mkv", ".ts", ".mov"])
def test_sound_that_goes_on_makes_no_picture_missing(tmp_path, suffix):
    frames, report = read(film(tmp_path / f"a{suffix}", sound_s=9))
    assert (len(frames), report.wholeness, report.problems) == (FRAMES, Wholeness.COMPLETE, ())


def test_a_cut_file_is_partial_though_its_sound_went_on(tmp_path):
    path = film(tmp_path / "a.flv", sound_s=9)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert read(path)[1].wholeness is Wholeness.PARTIAL


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_of_two_picture_tracks_the_main_one_is_read_and_the_other_named(tmp_path, suffix):
    frames, report = read(film(tmp_path / f"a{suffix}", small=True))
    assert len(frames) == FRAMES and frames[0].rgb.shape == (48, 64, 3)
    assert "of 2 picture tracks the main one is read, and not 16x16" in report.problems


@pytest.mark.parametrize("garbage", [bytes(300_000), b"\xaa" * 30_000, bytes(5_000_000), bytes(1000)])
def test_a_transport_stream_is_read_on_after_garbage(tmp_path, garbage):
    path = film(tmp_path / "a.ts")
    data = path.read_bytes()
    half = len(data) // 2 // 188 * 188
    path.write_bytes(data[:half] + garbage + data[half:])
    frames, report = read(path)
    assert len(frames) >= FRAMES - 2
    assert report.wholeness is Wholeness.PARTIAL


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_fields_that_come_one_by_one_are_not_counted_as_frames(tmp_path, suffix):
    (tmp_path / "a.h264").write_bytes(field_by_field(20))
    with av.open(str(tmp_path / "a.h264")) as raw, av.open(str(tmp_path / f"a{suffix}"), "w") as container:
        stream = container.add_stream_from_template(raw.streams.video[0])
        for number, packet in enumerate(p for p in raw.demux(video=0) if p.size):
            packet.pts = packet.dts = number
            packet.duration = 1
            packet.time_base, packet.stream = Fraction(1, 50), stream
            container.mux(packet)
    frames, report = read(tmp_path / f"a{suffix}")
    assert (len(frames), report.wholeness) == (20, Wholeness.COMPLETE), report
    with open_video(tmp_path / f"a{suffix}") as video:
        assert video.info.rate == 25


def field_by_field(frames):
    """Interlaced H.264 in two packets a frame (PAFF), 16x32 pixels, written without a codec (I_PCM)."""

    def ue(value):
        bits = f"{value + 1:b}"
        return "0" * (len(bits) - 1) + bits

    def nal(head, bits, body=b""):
        bits += "" if body else "1"
        bits += "0" * (-len(bits) % 8)
        out, zeros = bytearray(), 0
        for byte in bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)) + body:
            if zeros > 1 and byte < 4:
                out.append(3)
                zeros = 0
            out.append(byte)
            zeros = 0 if byte else zeros + 1
        return b"\0\0\0\1" + bytes([head]) + bytes(out)

    timing = f"{1:032b}{50:032b}"  # fields a second
    sequence = f"{77:08b}{0:08b}{30:08b}" + ue(0) * 3 + ue(1) * 2 + "0" + ue(0) * 2 + "0010100001" + timing + "10000"
    stream = nal(0x67, sequence) + nal(0x68, ue(0) * 2 + "00" + ue(0) * 3 + "000" + ue(0) * 3 + "000")
    for frame in range(frames):
        for bottom in (0, 1):
            head = (
                ue(0) + ue(7) + ue(0) + "00001" + str(bottom) + (ue(frame % 2) if not bottom else "") + f"{bottom:05b}"
            )
            grey = bytes([40 + (frame * 3 + 7 * bottom) % 150] * 256 + [128] * 128)
            stream += nal(0x61 if bottom else 0x65, head + ("0" if bottom else "00") + ue(0) + ue(25), grey + b"\x80")
    return stream


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize(
    ("box", "at", "value"),
    [
        pytest.param(b"mdhd", 12, 0, id="no tick a second"),
        pytest.param(b"mdhd", 12, 0xFFFFFFFF, id="less than none"),
        pytest.param(b"mdhd", 12, 1, id="a tick a second"),
        pytest.param(b"stts", 12, 0x7FFFFFFF, id="hours from frame to frame"),
    ],
)
def test_a_clock_that_lies_makes_no_whole_file_of_its_first_frames(tmp_path, suffix, box, at, value):
    film(tmp_path / f"a{suffix}")
    data = bytearray((tmp_path / f"a{suffix}").read_bytes())
    place = data.index(box) + 4 + at
    data[place : place + 4] = value.to_bytes(4, "big")
    (tmp_path / f"a{suffix}").write_bytes(data)
    with open_video(tmp_path / f"a{suffix}") as video:
        shown = sum(1 for _ in video)
    assert (video.report.wholeness is Wholeness.PARTIAL) == (shown < FRAMES)
    assert shown == FRAMES or f"{FRAMES - shown} of {FRAMES} frames are missing" in video.report.problems
