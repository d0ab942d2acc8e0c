"""Pictures as they are: the right way up, as wide as players show them, none left out without a word."""

import struct
import zlib
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from unusual.domain import Wholeness
from unusual.errors import VideoError
from unusual.video.capture import CameraState, Capture, Pace
from unusual.video.decoder_messages import ALIVE, DAMAGED, Message, MessageKind
from unusual.video.reader import open_video

UPRIGHT = np.full((48, 64, 3), 60, np.uint8)
UPRIGHT[:12, :20] = (220, 40, 40)  # a corner, so that each turn and each mirror looks another way
SHOWN = {  # EXIF's orientation -> what is to be done with the stored picture
    1: lambda p: p,
    2: np.fliplr,
    3: lambda p: np.rot90(p, 2),
    4: np.flipud,
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: np.rot90(p, 2).transpose(1, 0, 2),
    8: lambda p: np.rot90(p, 1),
}


def read(source):
    with open_video(source) as video:
        frames = list(video)
    return frames, video.report


def like(rgb, wanted):
    return rgb.shape == wanted.shape and np.abs(rgb.astype(int) - wanted).mean() < 6


def exif(value, order="<"):
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x112, 3, 1, value, 0, 0)


def with_exif(suffix, rgb, value, order):
    data = cv2.imencode(suffix, rgb[..., ::-1])[1].tobytes()
    words = exif(value, order)
    if suffix == ".jpg":
        return data[:2] + b"\xff\xe1" + struct.pack(">H", len(words) + 8) + b"Exif\0\0" + words + data[2:]
    if suffix == ".png":
        chunk = b"eXIf" + words
        return data[:33] + struct.pack(">I", len(words)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]
    size = struct.pack("<BBBB", 8, 0, 0, 0) + b"".join((n - 1).to_bytes(3, "little") for n in (64, 48))
    parts = b"VP8X" + struct.pack("<I", 10) + size + data[12:] + b"EXIF" + struct.pack("<I", len(words)) + words
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


@pytest.mark.parametrize("value", SHOWN)
@pytest.mark.parametrize(("suffix", "order"), [(".jpg", "<"), (".jpg", ">"), (".png", "<"), (".webp", ">")])
def test_an_image_lies_as_its_exif_says(tmp_path, suffix, order, value):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(with_exif(suffix, UPRIGHT, value, order))
    frames, report = read(path)
    assert report.wholeness is Wholeness.COMPLETE, report
    assert like(frames[0].rgb, SHOWN[value](UPRIGHT))


@pytest.mark.parametrize("value", [0, 9, 77])
def test_an_orientation_that_there_is_not_is_none(tmp_path, value):
    (tmp_path / "a.jpg").write_bytes(with_exif(".jpg", UPRIGHT, value, "<"))
    assert like(read(tmp_path / "a.jpg")[0][0].rgb, UPRIGHT)


MATRICES = {  # (a, b, c, d) of the matrix in a track's header, in units of 1; what is done with the stored picture
    "mirrored": ((-1, 0, 0, 1), SHOWN[2]),
    "upside down and mirrored": ((1, 0, 0, -1), SHOWN[4]),
    "transposed": ((0, 1, 1, 0), SHOWN[5]),
    "transposed the other way": ((0, -1, -1, 0), SHOWN[7]),
    "a quarter to the right": ((0, 1, -1, 0), SHOWN[6]),
    "a quarter to the left": ((0, -1, 1, 0), SHOWN[8]),
    "half a turn": ((-1, 0, 0, -1), SHOWN[3]),
    "twice as large": ((2, 0, 0, 2), SHOWN[1]),
}


def film(path, pictures, *, aspect=None, matrix=None, codec="libx264", pixels="yuv420p", **options):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixels
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for rgb in pictures:
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(rgb, format="gray16le" if rgb.ndim == 2 else "rgb24"))
            )
        container.mux(stream.encode(None))
    if matrix is not None:
        a, b, c, d = (each << 16 for each in matrix)
        data = path.read_bytes()
        plain = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
        where = data.rindex(plain)
        path.write_bytes(
            data[:where] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + data[where + len(plain) :]
        )
    return path


@pytest.mark.parametrize("how", MATRICES)
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_a_film_lies_as_its_header_says(tmp_path, suffix, how):
    matrix, shown = MATRICES[how]
    frames, _ = read(film(tmp_path / f"a{suffix}", [UPRIGHT] * 3, matrix=matrix, qp="10"))
    assert all(like(frame.rgb, shown(UPRIGHT)) for frame in frames)


@pytest.mark.parametrize(
    ("aspect", "width"),
    [
        pytest.param(Fraction(20, 11), 116, id="wider than high"),
        pytest.param(Fraction(8, 9), 57, id="higher than wide"),
        pytest.param(Fraction(1), 64, id="square"),
        pytest.param(Fraction(1, 100), 64, id="nonsense"),
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_pixels_that_are_not_square_are_made_so(tmp_path, suffix, aspect, width):
    frames, _ = read(film(tmp_path / f"a{suffix}", [UPRIGHT] * 3, aspect=aspect))
    assert frames[0].rgb.shape == (48, width, 3)
    with open_video(tmp_path / f"a{suffix}") as video:
        assert (video.info.width, video.info.height) == (width, 48)


def test_a_turned_film_is_made_wider_before_it_is_turned(tmp_path):
    path = film(tmp_path / "a.mp4", [UPRIGHT] * 3, aspect=Fraction(3, 2), matrix=(0, 1, -1, 0))
    assert read(path)[0][0].rgb.shape == (96, 48, 3)


def warm(step, ground=28_930, noise=0):
    picture = np.full((48, 64), ground, np.uint16) + np.random.default_rng(step).integers(
        0, noise + 1, (48, 64), np.uint16
    )
    picture[10:30, 2 * step : 2 * step + 12] += 100  # somebody, one degree warmer
    return picture


def deep_film(tmp_path, kind, pictures):
    if kind == "video":
        return film(tmp_path / "a.mkv", pictures, codec="ffv1", pixels="gray16le")
    (tmp_path / "d").mkdir()
    for i, picture in enumerate(pictures):
        cv2.imwrite(str(tmp_path / "d" / f"{i:03d}{kind}"), picture)
    return tmp_path / "d"


@pytest.mark.parametrize("kind", [".tif", ".png", ".pgm", "video"])
def test_a_walker_within_256_of_65536_levels_is_seen(tmp_path, kind):
    frames, report = read(deep_film(tmp_path, kind, [warm(i) for i in range(10)]))
    for i, frame in enumerate(frames):
        inside, outside = frame.rgb[15, 2 * i + 5, 0], frame.rgb[40, 40, 0]
        assert int(inside) - int(outside) > 40
    assert "of its 16 bits the levels from 28672 to 29183 are shown, by its first picture" in report.problems
    assert report.wholeness is Wholeness.COMPLETE


@pytest.mark.parametrize("kind", [".tif", ".png", ".ppm"])
def test_colours_of_more_than_8_bits_are_shown_as_deep_greys_are(tmp_path, kind):
    bgr = [np.stack([warm(i), warm(i), warm(0)], axis=2) for i in range(10)]  # somebody whose blue and green walk
    frames, report = read(deep_film(tmp_path, kind, bgr))
    for i, frame in enumerate(frames[5:], start=5):
        there, elsewhere = frame.rgb[15, 2 * i + 8].astype(int), frame.rgb[40, 40].astype(int)
        assert (there - elsewhere > 40).tolist() == [False, True, True]
    assert "of its 16 bits the levels from 28672 to 29183 are shown, by its first picture" in report.problems


def test_the_levels_that_are_shown_stay_while_the_scene_changes(tmp_path):
    pictures = [warm(0), warm(5, ground=28_900), warm(9, ground=28_960)]
    frames, _ = read(deep_film(tmp_path, ".png", pictures))
    grounds = [int(frame.rgb[40, 40, 0]) for frame in frames]
    assert grounds[1] < grounds[0] < grounds[2]


def test_pictures_of_one_place_come_to_the_same_levels(tmp_path):
    seen = set()
    for place in range(4):
        (tmp_path / str(place)).mkdir()
        report = read(deep_film(tmp_path / str(place), ".png", [warm(place, noise=20)]))[1]
        seen.add(report.problems)
    assert len(seen) == 1


def test_deep_pictures_that_use_their_range_are_shown_whole(tmp_path):
    slope = np.tile(np.linspace(0, 65_535, 64).astype(np.uint16), (48, 1))
    frames, report = read(deep_film(tmp_path, ".png", [slope]))
    assert report.problems == ()
    assert np.abs(frames[0].rgb[0, :, 0].astype(int) - np.linspace(0, 255, 64)).max() < 2


def test_all_pages_of_a_tiff_are_frames(tmp_path):
    pages = [np.full((48, 64, 3), 20 * i, np.uint8) for i in range(7)]
    cv2.imwritemulti(str(tmp_path / "a.tif"), pages)
    frames, report = read(tmp_path / "a.tif")
    assert [round(f.rgb.mean()) for f in frames] == [20 * i for i in range(7)]
    assert [f.time_s for f in frames] == pytest.approx([i / 25 for i in range(7)])
    assert (report.wholeness, report.decoded) == (Wholeness.COMPLETE, 7)


def animation(path):
    film = cv2.Animation()
    film.frames = [np.full((48, 64, 4), 60 * i, np.uint8) for i in range(4)]
    film.durations = np.array([100] * 4)
    assert cv2.imwriteanimation(str(path), film)
    return path


def test_all_pictures_of_an_animated_png_are_frames(tmp_path):
    frames, report = read(animation(tmp_path / "a.png"))
    assert [f.time_s for f in frames] == pytest.approx([0, 0.1, 0.2, 0.3])
    assert report.wholeness is Wholeness.COMPLETE


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_an_animated_image_among_others_is_named(tmp_path, suffix):
    for i in range(3):
        cv2.imwrite(str(tmp_path / f"{i}.png"), UPRIGHT)
    animation(tmp_path / f"x{suffix}")
    frames, report = read(tmp_path)
    assert len(frames) == 3 and report.wholeness is Wholeness.PARTIAL
    assert f"x{suffix} (animated: give it by itself)" in report.problems[0]


@pytest.mark.parametrize(
    ("suffix", "grey"),
    [
        (".webp", False),
        (".ppm", False),
        (".pgm", True),
        (".jp2", False),
        (".JPG", False),
        (".jpe", False),
        (".pnm", False),
    ],
)
def test_pictures_of_every_usual_format_are_frames(tmp_path, suffix, grey):
    for i in range(3):
        picture = np.full((48, 64, 3), 50 * i + 50, np.uint8)
        (tmp_path / f"{i}{suffix}").write_bytes(
            cv2.imencode(suffix.lower(), picture[..., 0] if grey else picture)[1].tobytes()
        )
    frames, report = read(tmp_path)
    assert [round(f.rgb.mean()) for f in frames] == pytest.approx([50, 100, 150], abs=2)
    assert report.wholeness is Wholeness.COMPLETE


# What FFmpeg made up.


def damaged_film(path, at=15):
    """A film with one packet spoilt in its middle: the decoder fills up what it cannot read."""
    ground = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, options={"g": "1000", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        packets = []
        for i in range(30):
            frame = av.VideoFrame.from_ndarray(np.roll(ground, i, axis=1), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            packets += stream.encode(frame)
        for i, packet in enumerate([*packets, *stream.encode(None)]):
            data = bytearray(bytes(packet))
            if i == at:
                half = len(data) // 2
                data[half:] = bytes((37 * n + 11) % 256 for n in range(len(data) - half))
            spoilt = av.Packet(bytes(data))
            spoilt.pts, spoilt.dts, spoilt.time_base = packet.pts, packet.dts, packet.time_base
            spoilt.stream, spoilt.is_keyframe = stream, packet.is_keyframe
            container.mux(spoilt)
    return path


@pytest.mark.parametrize("suffix", [".mkv", ".avi", ".mp4"])
def test_a_picture_that_the_decoder_made_up_is_left_out_and_leaves_a_seam(tmp_path, suffix):
    frames, report = read(damaged_film(tmp_path / f"a{suffix}"))
    assert [f.index for f in frames if f.after_gap] == [16]
    assert 15 not in [f.index for f in frames] and len(frames) == 29
    assert report.wholeness is Wholeness.PARTIAL
    assert "1 pictures are damaged: left out" in report.problems


def test_a_damaged_picture_of_a_camera_is_one_that_was_dropped(tmp_path):
    with Capture(str(damaged_film(tmp_path / "a.mkv")), pace=Pace.FAST) as capture:
        frames = []
        while frame := capture.next(60):
            frames.append(frame)
        counts = capture.counts
    assert [f.index for f in frames] == [*range(15), *range(16, 30)]
    assert [f.index for f in frames if f.after_gap] == [16]
    assert len({f.session for f in frames}) == 1
    assert (counts.arrived, counts.taken, counts.dropped) == (30, 29, 1)


class OnlyDamaged:
    """Stands for a decoding process: one sound picture, then nothing but damaged ones."""

    requests = 0

    def __init__(self):
        self._sent, self._dead = 0, False

    def ask(self, request): ...

    def kill(self):
        self._dead = True

    def stop(self): ...

    def read(self, timeout_s):
        self._sent += 1
        if self._dead:
            raise VideoError("the decoder was ended by SIGKILL")
        if self._sent < 3:
            return Message(MessageKind.FRAME, np.zeros((4, 4, 3), np.uint8), True) if self._sent == 2 else ALIVE
        return DAMAGED


def test_a_camera_that_sends_nothing_but_damaged_pictures_says_so(monkeypatch):
    monkeypatch.setattr("unusual.video.capture.Decoder", OnlyDamaged)
    with Capture("rtsp://127.0.0.1:9/", pace=Pace.LIVE, stall_s=0.2) as capture:
        assert capture.next(10) is not None
        while capture.state is not CameraState.STALLED:
            assert capture.next(0.01) is None
        assert capture.reason == "nothing but damaged pictures for 0.2 s"
