"""What a written video says when it is read back, and what is left behind when writing fails."""

import os
import resource
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from unusual.errors import DataError, OutputError
from unusual.video.writer import write_video

RATE = Fraction(30_000, 1001)


def picture(height, width, value=0):  # a smooth slope: H.264 keeps it nearly exact
    slope = np.linspace(0, 200, width, dtype=np.uint8) + np.uint8(value)
    return np.repeat(np.tile(slope, (height, 1))[..., None], 3, axis=2)


def write(path, times, height=48, width=64):
    with write_video(path, width, height, RATE) as sink:
        for i, time_s in enumerate(times):
            sink.add(picture(height, width, i), time_s)


def read(path):  # -> (stream's facts, times, pictures)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [(float(f.pts * f.time_base), f.to_ndarray(format="rgb24")) for f in container.decode(stream)]
        facts = stream.codec_context.name, stream.pix_fmt, float(stream.duration * stream.time_base)
    return facts, [t for t, _ in frames], [rgb for _, rgb in frames]


def test_a_browser_can_play_it(tmp_path):
    write(tmp_path / "a.mp4", [0, 0.1, 0.2])
    (codec, pixels, _), _, _ = read(tmp_path / "a.mp4")
    assert (codec, pixels) == ("h264", "yuv420p")
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat"), "the index must come first"


@pytest.mark.parametrize(
    "times",
    [
        pytest.param([i * 1001 / 30_000 for i in range(20)], id="steady NTSC rate"),
        pytest.param([0, 0.04, 0.08, 0.3, 0.301, 2.0], id="variable rate with a pause"),
        pytest.param([3600.5, 3600.54, 3601.0], id="a cut from the middle of an hour"),
        pytest.param([7.25], id="one frame"),
    ],
)
def test_times_come_back(tmp_path, times):
    write(tmp_path / "a.mp4", times)
    (_, _, duration_s), read_times, _ = read(tmp_path / "a.mp4")
    assert read_times == pytest.approx([t - times[0] for t in times], abs=1 / 90_000)
    assert duration_s == pytest.approx(times[-1] - times[0] + 1 / RATE, abs=1 / 1000)


@pytest.mark.parametrize(("height", "width"), [(48, 64), (49, 65), (48, 65), (1, 1)])
def test_odd_sizes_grow_by_a_repeated_edge(tmp_path, height, width):
    write(tmp_path / "a.mp4", [0], height, width)
    rgb = read(tmp_path / "a.mp4")[2][0].astype(int)
    assert rgb.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(rgb[:height, :width] - picture(height, width)).mean() < 4
    if width == 65:
        assert np.abs(rgb[:, 65] - rgb[:, 64]).mean() < 6


@pytest.mark.parametrize(
    ("rgb", "time_s", "words"),
    [
        pytest.param(picture(48, 66), 1, r"need frames \(48, 64, 3\)", id="another size"),
        pytest.param(picture(48, 64).astype(np.float32), 1, "float32", id="another type"),
        pytest.param(picture(48, 64)[..., 0], 1, r"got \(48, 64\)", id="no colour axis"),
        pytest.param(picture(48, 64), 0, "must rise", id="the same time twice"),
        pytest.param(picture(48, 64), -1, "must rise", id="time runs back"),
    ],
)
def test_a_wrong_frame_is_refused_and_nothing_is_left(tmp_path, rgb, time_s, words):
    with pytest.raises(DataError, match=words), write_video(tmp_path / "a.mp4", 64, 48, RATE) as sink:
        sink.add(picture(48, 64), 0)
        sink.add(rgb, time_s)
    assert list(tmp_path.iterdir()) == []


def test_one_thread_encodes_so_that_the_same_frames_make_the_same_file(tmp_path):
    if "libx264" not in av.codecs_available:
        pytest.skip("only x264 writes down how many threads it had")
    write(tmp_path / "a.mp4", [0, 0.1, 0.2])
    assert b"threads=1 " in (tmp_path / "a.mp4").read_bytes()


PAN = """
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from unusual.video.writer import write_video

wall = np.random.default_rng(0).integers(0, 256, (32, 100, 3), np.uint8).repeat(8, 0).repeat(8, 1)
with write_video(Path(sys.argv[1]), 320, 240, Fraction(15)) as sink:
    for index in range(40):
        sink.add(np.ascontiguousarray(wall[:240, 4 * index : 4 * index + 320]), index / 15)
"""


def test_what_memory_held_before_does_not_show_in_the_film(tmp_path):
    for fill in ("0", "1"):  # glibc fills what is taken and given back with it
        environment = {**os.environ, "MALLOC_PERTURB_": fill}
        subprocess.run([sys.executable, "-c", PAN, tmp_path / f"{fill}.mp4"], env=environment, check=True)
    assert (tmp_path / "0.mp4").read_bytes() == (tmp_path / "1.mp4").read_bytes()


def test_a_failure_keeps_what_stood_there(tmp_path):
    write(tmp_path / "a.mp4", [0])
    before = (tmp_path / "a.mp4").read_bytes()
    with pytest.raises(KeyboardInterrupt), write_video(tmp_path / "a.mp4", 64, 48, RATE) as sink:
        sink.add(picture(48, 64), 0)
        raise KeyboardInterrupt
    assert (tmp_path / "a.mp4").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_no_frame_is_no_video(tmp_path):
    with pytest.raises(OutputError, match="not one frame"), write_video(tmp_path / "a.mp4", 64, 48, RATE):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_stands_where_the_folder_should_be(tmp_path):
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(OutputError, match="cannot write"), write_video(tmp_path / "folder" / "a.mp4", 64, 48, RATE):
        pass


@pytest.mark.parametrize("frames", [pytest.param(2, id="found on closing"), pytest.param(60, id="found on the way")])
def test_no_space_left(tmp_path, frames):
    noise = np.random.default_rng(0).integers(0, 256, (frames, 240, 320, 3), dtype=np.uint8)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # the nearest thing to a full disk without being root
    try:
        with pytest.raises(OutputError, match=r"a\.mp4"), write_video(tmp_path / "a.mp4", 320, 240, RATE) as sink:
            for i, rgb in enumerate(noise):
                sink.add(rgb, i / 25)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_fails_for_want_of_memory_says_so(tmp_path):
    def fail(_):
        raise av.error.ExternalError(-0x20545845, "Generic error in an external library")

    with (
        pytest.raises(OutputError, match=r"a\.mp4: the encoder failed: there may be too little memory"),
        write_video(tmp_path / "a.mp4", 64, 48, RATE) as sink,
    ):
        sink._stream = SimpleNamespace(encode=fail)
        sink.add(picture(48, 64), 0.0)


@pytest.mark.parametrize("name", ["-y.mp4", "http:a.mp4", "frame%03d.mp4"])
def test_a_name_is_only_a_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write(Path(name), [0, 0.1])
    assert [p.name for p in tmp_path.iterdir()] == [name]
