"""A damaged file is read as far as it goes and never called whole when frames are missing; nothing but VideoError."""

import itertools
import socket
import time
import traceback
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unusual.domain import Wholeness
from unusual.errors import ConfigError, VideoError
from unusual.video.container.stamps import AHEAD_S, Clock
from unusual.video.reader import Limits, open_video

VTEST = Path(__file__).parents[2].parent / "shared" / "data" / "vtest.avi"
FRAMES = 40
CODECS = {"a.mp4": "libx264", "a.mkv": "libx264", "a.ts": "libx264", "a.avi": "mpeg4", "a.mov": "mjpeg"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):  # name -> bytes of a sound video
    path = tmp_path_factory.mktemp("sound")
    ground = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    videos = {}
    for name, codec in CODECS.items():
        with av.open(str(path / name), "w") as container:
            stream = container.add_stream(codec, rate=25, options={"g": "12"})
            stream.width, stream.height = 64, 48
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for i in range(FRAMES):
                frame = av.VideoFrame.from_ndarray(np.roll(ground, i, axis=1), format="rgb24")
                frame.pts, frame.time_base = i, Fraction(1, 25)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        videos[name] = (path / name).read_bytes()
    return videos


def classify(path):  # -> (wholeness, frames, problems)
    try:
        with open_video(path, Limits(decode_s=5)) as reader:
            try:
                frames = list(reader)
            except VideoError:
                frames = []
            report = reader.report
    except VideoError as error:
        assert str(path) in str(error)
        return Wholeness.UNREADABLE, 0, (str(error),)
    assert report.wholeness is Wholeness.PARTIAL or report.decoded == len(frames)
    return report.wholeness, report.decoded, report.problems


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("share", [0.5, 0.75, 0.95])
def test_a_cut_file_is_partial_or_unreadable(tmp_path, sound, name, share):
    data = sound[name]
    (tmp_path / name).write_bytes(data[: int(len(data) * share) // 188 * 188 + 100])
    wholeness, decoded, problems = classify(tmp_path / name)
    assert wholeness is not Wholeness.COMPLETE
    assert problems
    assert (wholeness is Wholeness.UNREADABLE) == (name in ("a.mp4", "a.mov")), "their index is at the end"
    assert decoded < FRAMES


def test_a_cut_mp4_with_its_index_in_front_tells_how_many_are_missing(tmp_path, sound):
    (tmp_path / "a.mp4").write_bytes(sound["a.mp4"])
    with (
        av.open(str(tmp_path / "a.mp4")) as whole,
        av.open(str(tmp_path / "b.mp4"), "w", options={"movflags": "faststart"}) as front,
    ):
        stream = front.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.size:
                packet.stream = stream
                front.mux(packet)
    data = (tmp_path / "b.mp4").read_bytes()
    (tmp_path / "b.mp4").write_bytes(data[: len(data) * 6 // 10])
    with open_video(tmp_path / "b.mp4") as reader:
        assert reader.info.expected_frames == FRAMES
        decoded = len(list(reader))
    report = reader.report
    assert (report.wholeness, report.decoded, report.expected) == (Wholeness.PARTIAL, decoded, FRAMES)
    assert any(f"{FRAMES - decoded} of {FRAMES} frames are missing" in line for line in report.problems)


def test_a_cut_mkv_tells_how_much_time_is_missing(tmp_path, sound):
    (tmp_path / "a.mkv").write_bytes(sound["a.mkv"][: len(sound["a.mkv"]) // 2])
    with open_video(tmp_path / "a.mkv") as reader:
        decoded = len(list(reader))
    assert abs(reader.report.expected - FRAMES) <= 1
    assert any(line.startswith("the last ") for line in reader.report.problems)
    assert decoded < FRAMES


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.avi"])
def test_reading_goes_on_after_the_damage(tmp_path, sound, name):
    data = bytearray(sound[name])
    middle = len(data) // 2
    data[middle : middle + 1500] = bytes(1500)
    (tmp_path / name).write_bytes(data)
    with open_video(tmp_path / name) as reader:
        times = [frame.time_s for frame in reader]
    assert reader.report.wholeness is Wholeness.PARTIAL
    assert times[-1] > 0.8 * FRAMES / 25


def test_a_hole_in_a_steady_rate_is_noticed_and_a_pause_in_a_varying_one_is_not(tmp_path):
    for name, pts in {"hole": [*range(20), *range(25, 45)], "pauses": [i * i for i in range(20)]}.items():
        path = tmp_path / f"{name}.mkv"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("ffv1", rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for i in pts:
                frame = av.VideoFrame(64, 48, "yuv420p")
                frame.pts, frame.time_base = i, Fraction(1, 25)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    assert classify(tmp_path / "hole.mkv")[0] is Wholeness.PARTIAL
    assert "5 frames seem to be missing" in classify(tmp_path / "hole.mkv")[2][0]
    assert classify(tmp_path / "pauses.mkv") == (Wholeness.COMPLETE, 20, ())


def mutate(data, kind, rng):
    data, where = bytearray(data), int(rng.integers(len(data)))
    match kind:
        case "cut short":
            return data[:where]
        case "bits flipped":
            for _ in range(3):
                data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        case "zeros":
            data[where : where + 400] = bytes(len(data[where : where + 400]))
        case "a piece lost":
            del data[where : where + 700]
        case "a piece put in":
            data[where:where] = rng.bytes(300)
        case "a broken header":
            data[rng.integers(min(len(data), 600))] ^= 0xFF
    return data


@pytest.mark.parametrize(
    "kind", ["cut short", "bits flipped", "zeros", "a piece lost", "a piece put in", "a broken header"]
)
@pytest.mark.parametrize("name", CODECS)
def test_mutated_files_are_classified(tmp_path, sound, name, kind):
    for seed in range(3):
        path = tmp_path / f"{seed}{name}"
        path.write_bytes(mutate(sound[name], kind, np.random.default_rng([seed, len(kind)])))
        wholeness, decoded, problems = classify(path)
        assert wholeness is not Wholeness.COMPLETE or decoded >= FRAMES, (seed, decoded, problems)


def test_a_real_recording():
    if not VTEST.exists():
        pytest.skip(f"the recording {VTEST.name} is not at hand")
    with open_video(VTEST) as reader:
        count = sum(1 for _ in reader)
    assert (count, reader.report.wholeness, reader.report.problems) == (795, Wholeness.COMPLETE, ())


@pytest.mark.parametrize("mistyped", ["rtsp:/me:canary@10.0.0.7/x", "me:canary@10.0.0.7/x", "rtsp:me:canary@x"])
def test_no_secret_of_a_mistyped_address_is_shown(mistyped):
    with pytest.raises(VideoError) as told:
        open_video(mistyped)
    assert "canary" not in str(told.value)


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as server:
        started = time.monotonic()
        with pytest.raises(VideoError, match=r"127\.0\.0\.1"):
            open_video(f"http://user:secret@127.0.0.1:{server.getsockname()[1]}/a.mp4", Limits(decode_s=0.5))
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("scheme", ["rtsp", "http", "rtmp", "ftp"])
def test_no_password_in_an_error(scheme, caplog, capfd):
    with pytest.raises(VideoError) as caught:
        open_video(f"{scheme}://admin:s3cret@127.0.0.1:9/live?token=s3cret", Limits(decode_s=2))
    told = "".join(traceback.format_exception(caught.value)) + caplog.text + "".join(capfd.readouterr())
    assert "s3cret" not in told.replace('admin:s3cret@127.0.0.1:9/live?token=s3cret", Limits', "")  # this line itself
    assert caught.value.__context__ is None


@given(st.lists(st.none() | st.fractions(-100, 100, max_denominator=90_000), min_size=1, max_size=50))
def test_times_rise_whatever_the_stamps(stamps):
    clock = Clock(Fraction(30_000, 1001))
    times = [float(time) for time, _, _ in clock.times((stamp, None) for stamp in stamps)]
    assert times[0] == 0
    assert all(a < b for a, b in itertools.pairwise(times))
    good = None not in stamps and all(a < b <= a + AHEAD_S for a, b in itertools.pairwise(stamps))
    assert not good or clock.repairs() == []


def test_a_rate_must_be_positive(tmp_path):
    with pytest.raises(ConfigError):
        open_video(tmp_path, rate=Fraction(0))
