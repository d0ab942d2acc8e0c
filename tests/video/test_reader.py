"""Whatever can be read becomes frames with true times; whatever is damaged is never called whole."""

import itertools
import os
import shutil
import socket
import struct
import threading
import time
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from made_camera import ordinary

from unusual.domain import Wholeness
from unusual.errors import VideoError
from unusual.video.reader import HEARD_EVERY, Limits, heard_by, open_video

X265_QUIET = {"x265-params": "log-level=none"}
KINDS = {  # file -> how it is encoded
    "a.mp4": ("libx264", "yuv420p", {"g": "12"}),
    "a.mkv": ("libx264", "yuv420p", {"g": "12"}),
    "a.ts": ("libx264", "yuv420p", {"g": "12"}),
    "a.avi": ("mpeg4", "yuv420p", {"g": "12"}),
    "a.webm": ("libvpx", "yuv420p", {"g": "12", "cpu-used": "8"}),
    "a.mov": ("mjpeg", "yuvj420p", {}),
    "b.mkv": ("ffv1", "yuv420p10le", {}),
    "b.mp4": ("libx265", "yuv420p10le", X265_QUIET),
}


def moving(
    n=30, height=48, width=64
):  # a smooth picture that shifts: each frame is near its code, unlike its neighbours
    greys = np.random.default_rng(1).integers(30, 220, (6, 8), dtype=np.uint8)
    slope = cv2.resize(greys, (width, height))[..., None] + np.array([0, 10, 20], np.uint8)
    return [np.roll(slope, 3 * i, axis=1) for i in range(n)]


def video(path, pictures=None, pts=None, time_base=Fraction(1, 25), codec=None, turn=None, rate=25):
    name, pixels, options = codec or KINDS.get(path.name, KINDS["a.mp4"])
    pictures = moving() if pictures is None else pictures
    with av.open(str(path), "w") as container:
        stream = container.add_stream(name, rate=rate, options=options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.codec_context.time_base = pixels, time_base
        for i, rgb in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts, frame.time_base = i if pts is None else pts[i], time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    if turn is not None:  # what phones write: the 3x3 matrix in the track header, here turning by 90 degrees
        data = path.read_bytes()
        plain = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
        where = data.rindex(plain)
        path.write_bytes(data[:where] + struct.pack(">9i", *turn) + data[where + len(plain) :])
    return path


def folder(path, pictures, suffix=".png"):
    path.mkdir()
    for i, rgb in enumerate(pictures):
        cv2.imwrite(str(path / f"{i}{suffix}"), rgb if rgb.ndim == 2 else rgb[..., ::-1])
    return path


def read(source, **options):  # -> (frames, report)
    with open_video(source, **options) as reader:
        frames = list(reader)
        assert all(f.rgb.dtype == np.uint8 and f.rgb.flags.c_contiguous for f in frames)
        assert all(f.rgb.shape == (reader.info.height, reader.info.width, 3) for f in frames)
        assert all(a.time_s < b.time_s and a.index < b.index for a, b in itertools.pairwise(frames))
        return frames, reader.report


def far(frames, pictures):  # mean difference of frames and pictures in grey levels
    assert len(frames) == len(pictures)
    return np.mean([np.abs(f.rgb.astype(int) - p).mean() for f, p in zip(frames, pictures, strict=True)])


@pytest.mark.parametrize("name", KINDS)
def test_every_container_is_read_whole_and_in_order(tmp_path, name):
    frames, report = read(video(tmp_path / name))
    assert (report.wholeness, report.decoded, report.problems) == (Wholeness.COMPLETE, 30, ())
    assert [f.time_s for f in frames] == pytest.approx([i / 25 for i in range(30)], abs=0.001)
    assert far(frames, moving()) < 8


def test_variable_frame_rate_keeps_its_times(tmp_path):
    times = [0, 0.04, 0.5, 0.51, 3.0, 3.04]
    path = video(tmp_path / "a.mp4", moving(6), [round(t * 1000) for t in times], Fraction(1, 1000))
    frames, report = read(path)
    assert [f.time_s for f in frames] == pytest.approx(times, abs=0.001)
    assert report.wholeness is Wholeness.COMPLETE


def test_times_count_from_the_first_frame(tmp_path):
    frames, _ = read(video(tmp_path / "a.ts", moving(5), [900 + i for i in range(5)]))
    assert [f.time_s for f in frames] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_a_broadcast_rate_stays_a_fraction(tmp_path):
    path = tmp_path / "a.mp4"
    video(path, moving(30), [1001 * i for i in range(30)], Fraction(1, 30_000), rate=Fraction(30_000, 1001))
    with open_video(path) as reader:
        assert reader.info.rate == Fraction(30_000, 1001)
        assert list(reader)[-1].time_s == pytest.approx(29 * 1001 / 30_000, abs=1e-6)


@pytest.mark.parametrize(
    ("codec", "size"),
    [
        pytest.param(("ffv1", "gray", {}), (48, 64), id="grey"),
        pytest.param(("ffv1", "gray10le", {}), (48, 64), id="grey, 10 bits"),
        pytest.param(("libx265", "yuv420p10le", X265_QUIET), (48, 64), id="colour, 10 bits"),
        pytest.param(("ffv1", "yuv444p", {}), (47, 61), id="odd size"),
        pytest.param(("libx264rgb", "rgb24", {}), (48, 64), id="rgb"),
    ],
)
def test_pixel_formats_become_rgb(tmp_path, codec, size):
    frames, report = read(video(tmp_path / "a.mkv", moving(5, *size), codec=codec))
    assert report.wholeness is Wholeness.COMPLETE
    expected = moving(5, *size)
    if codec[1].startswith("gray"):
        expected = [np.repeat(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2) for p in expected]
    assert far(frames, expected) < 5


@pytest.mark.parametrize(
    ("turn", "k"),
    [
        pytest.param((0, 1 << 16, 0, -1 << 16, 0, 0, 48 << 16, 0, 1 << 30), -1, id="phone held upright"),
        pytest.param((0, -1 << 16, 0, 1 << 16, 0, 0, 0, 64 << 16, 1 << 30), 1, id="phone upside down"),
        pytest.param((-1 << 16, 0, 0, 0, -1 << 16, 0, 64 << 16, 48 << 16, 1 << 30), 2, id="half a turn"),
    ],
)
def test_a_turned_phone_video_is_upright(tmp_path, turn, k):
    frames, _ = read(video(tmp_path / "a.mp4", turn=turn))
    assert far(frames, [np.rot90(p, k) for p in moving()]) < 8


def test_an_edit_list_hides_frames_and_the_file_is_still_whole(tmp_path):
    pts = [i - 5 for i in range(30)]  # the first five lie before zero: the container hides them
    frames, report = read(video(tmp_path / "a.mp4", pts=pts))
    assert report.wholeness is Wholeness.COMPLETE, report
    assert len(frames) == report.decoded


def sound(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda p: None, "no such file", id="missing"),
        pytest.param(lambda p: p.write_bytes(b""), "0 bytes", id="zero bytes"),
        pytest.param(lambda p: p.write_text("a letter, not a video\n" * 50), "invalid data", id="text renamed to mp4"),
        pytest.param(lambda p: p.write_bytes(b"PK\3\4" + bytes(5000)), "as video", id="zip renamed to mp4"),
        pytest.param(sound, "sound only", id="sound only"),
        pytest.param(lambda p: p.mkdir(), "holds no images", id="empty folder"),
        pytest.param(
            lambda p: (p.mkdir(), (p / "a.txt").write_text("a")), "holds no images", id="folder of other files"
        ),
        pytest.param(
            lambda p: (p.mkdir(), (p / "1.jpg").write_text("a")), "not one frame", id="folder of false images"
        ),
        pytest.param(lambda p: p.write_text("\n#EXTM3U\n#EXT-X-TARGETDURATION:5\n"), "as video", id="hidden playlist"),
        pytest.param(lambda p: p.write_text("ffconcat version 1.0\nfile b.ts\n"), "playlist", id="concat list"),
        pytest.param(os.mkfifo, "neither a file nor a folder", id="pipe"),
        pytest.param(lambda p: p.symlink_to(p), "a.mp4", id="link to itself"),
    ],
)
def test_what_is_no_video_is_refused_in_one_line(tmp_path, make, words):
    make(tmp_path / "a.mp4")
    with pytest.raises(VideoError, match=words) as caught:
        open_video(tmp_path / "a.mp4")
    assert "a.mp4" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_playlist_cannot_reach_the_file_beside_it(tmp_path):
    video(tmp_path / "a.ts")
    (tmp_path / "a.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(VideoError, match="playlist"):
        open_video(tmp_path / "a.m3u8")


@pytest.mark.parametrize(
    "source", ["", "x" * 5000, "a\0b.mp4", "none/*.png", 99, "99", "file:///etc/passwd", "lavfi://x"]
)
def test_impossible_sources_are_refused(source):
    with pytest.raises(VideoError):
        open_video(source)


@pytest.mark.parametrize("name", ["-i.mp4", "http:a.mp4", "frame%03d.mp4", "a[1].mp4"])
def test_a_name_is_only_a_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    shutil.copy(video(tmp_path / "a.mp4"), tmp_path / name)
    assert len(read(name)[0]) == 30


def test_frames_of_a_folder_come_in_natural_order(tmp_path):
    pictures = moving(12)
    frames, report = read(folder(tmp_path / "frames", pictures), rate=Fraction(10))
    assert far(frames, pictures) == 0
    assert [f.time_s for f in frames] == pytest.approx([i / 10 for i in range(12)])
    assert (report.wholeness, report.expected) == (Wholeness.COMPLETE, 12)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".bmp"])
def test_kinds_of_images(tmp_path, suffix):
    frames, _ = read(folder(tmp_path / "frames", moving(3), suffix))
    assert far(frames, moving(3)) < 4
    assert far(read(tmp_path / "frames" / f"1{suffix}")[0], moving(3)[1:2]) < 4


def test_a_glob_and_a_hidden_file(tmp_path):
    folder(tmp_path / "frames", moving(3))
    (tmp_path / "frames" / "._0.png").write_text("what a Mac leaves behind")
    (tmp_path / "frames" / "3.jpg").write_text("not asked for")
    assert len(read(str(tmp_path / "frames" / "*.png"))[0]) == 3


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda p: p.write_text("no image"), id="text"),
        pytest.param(lambda p: p.write_bytes(b""), id="empty"),
        pytest.param(lambda p: p.write_bytes(p.read_bytes()[:60]), id="cut short"),
    ],
)
def test_a_bad_image_is_named_and_the_rest_keeps_its_time(tmp_path, spoil):
    folder(tmp_path / "frames", moving(5))
    spoil(tmp_path / "frames" / "2.png")
    frames, report = read(tmp_path / "frames")
    assert [(f.index, round(f.time_s * 25)) for f in frames if f.index != 2] == [(0, 0), (1, 1), (3, 3), (4, 4)]
    assert report.wholeness is Wholeness.PARTIAL
    assert "2.png" in report.problems[0]


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        pytest.param(moving(1, 50, 64)[0], "frame 2 is 64x50 colour, those before it 64x48 colour", id="another size"),
        pytest.param(moving(1)[0][..., 0], "frame 2 is 64x48 grey, those before it 64x48 colour", id="grey in colour"),
    ],
)
def test_frames_must_be_alike(tmp_path, odd, words):
    folder(tmp_path / "frames", [*moving(2), odd, *moving(2)])
    with open_video(tmp_path / "frames") as reader:
        with pytest.raises(VideoError, match=words):
            list(reader)
        assert (reader.report.wholeness, reader.report.decoded) == (Wholeness.PARTIAL, 2)


def test_a_video_that_changes_its_size(tmp_path):
    parts = [video(tmp_path / "a.ts").read_bytes(), video(tmp_path / "a.ts", moving(30, 96, 64)).read_bytes()]
    (tmp_path / "a.ts").write_bytes(b"".join(parts))
    with open_video(tmp_path / "a.ts") as reader, pytest.raises(VideoError, match=r"frame \d+ is 64x96"):
        list(reader)


@pytest.mark.parametrize("name", ["a.mp4", "a.ts", "b.mkv"])
def test_a_frame_over_the_limit_is_refused(tmp_path, name):
    with pytest.raises(VideoError, match="64x48 is over the limit of 3000 pixels"):
        open_video(video(tmp_path / name), Limits(pixels=3000))


def test_an_image_over_the_limit_is_refused_unseen(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8000, 8000), np.uint8))
    with pytest.raises(VideoError, match="8000x8000 is over the limit of 50000000 pixels"):
        open_video(tmp_path / "a.png")


def test_a_slow_frame_is_refused_and_a_slow_reader_is_not(tmp_path):
    path = video(tmp_path / "a.mp4", moving(5))
    with pytest.raises(VideoError, match=r"no (frame|answer) within"):
        open_video(path, Limits(decode_s=1e-9))
    with open_video(path, Limits(decode_s=0.5)) as reader:
        for i, _ in enumerate(reader):
            time.sleep(0.6 if i == 2 else 0)
    assert reader.report.wholeness is Wholeness.COMPLETE


@pytest.mark.parametrize(
    ("header", "wholeness", "problems"),
    [
        pytest.param(b"Content-Length: %d\r\n", Wholeness.COMPLETE, [], id="a file of known length"),
        pytest.param(b"X-Bytes: %d\r\n", Wholeness.PARTIAL, ["broke off"], id="a stream without an end"),
    ],
)
def test_a_stream_over_the_network_is_read(tmp_path, header, wholeness, problems):
    data = video(tmp_path / "a.ts").read_bytes()

    def serve(server):
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + header % len(data) + b"\r\n" + data)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        frames, report = read(f"http://user:secret@127.0.0.1:{server.getsockname()[1]}/a.ts?token=secret")
        thread.join()
    assert [f.time_s for f in frames] == pytest.approx([i / 25 for i in range(30)])
    assert report.wholeness is wholeness
    assert all(any(words in line for line in report.problems) for words in problems)
    assert not any("time stamps" in line for line in report.problems)


def test_reading_stopped_early_is_partial(tmp_path):
    with open_video(video(tmp_path / "a.mp4")) as reader:
        for frame in reader:
            if frame.index == 4:
                break
        report = reader.report
    assert (report.wholeness, report.decoded, report.expected) == (Wholeness.PARTIAL, 5, 30)


def test_a_video_is_read_once(tmp_path):
    with open_video(video(tmp_path / "a.mp4")) as reader:
        list(reader)
        with pytest.raises(VideoError, match="already read"):
            list(reader)


def test_a_stream_without_time_stamps_is_set_by_its_rate(tmp_path):
    frames, report = read(video(tmp_path / "a.h264"))
    assert [f.time_s for f in frames] == pytest.approx([i / 25 for i in range(30)])
    assert report.wholeness is Wholeness.COMPLETE
    assert "30 of 30 time stamps" in report.problems[0]


def test_how_far_a_file_is_read_is_heard_in_there_and_nowhere_else():
    def read():
        with open_video(ordinary()) as video:
            return sum(1 for _ in video)

    heard = []
    with heard_by(lambda name, share: heard.append((name, share))):
        frames = read()
    read()
    assert [name for name, _ in heard] == [str(ordinary())] * (frames // HEARD_EVERY)
    shares = [share for _, share in heard]
    assert shares == sorted(shares) and 0 < shares[0] < 0.1 and 0.9 < shares[-1] <= 1
